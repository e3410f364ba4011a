"""AWK, as Debian's mawk runs it."""

from __future__ import annotations

from typing import Final

from codeeval.languages import Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

CHECK: Final = """
function check_equal(found, expected) {
    if (found "" != expected "") {
        printf "assertion failed: %s, not %s\\n", found, expected > "/dev/stderr"
        exit 1
    }
}
"""
"""What tests call. ``exit`` runs END rules, so a candidate may still change the exit status: only the token
that the epilogue writes lets a program pass."""


def tests_of(body: str) -> str:
    """Return tests: their last brace closes the rule that runs them."""
    return f"{CHECK}\nBEGIN {{\n{body}\n}}\n"


AWK: Final = Language(
    id="awk",
    title="AWK",
    fences=("awk", "mawk", "gawk"),
    source_name="main.awk",
    image="awk",
    run=Command(argv=("mawk", "-f", "main.awk"), limits=Limits(cpu_s=5.0, wall_s=20.0)),
    epilogue=Epilogue(code=f'    printf "%s", "{TOKEN_PLACEHOLDER}" > "/dev/fd/3"', closings=1),
    marks=Marks(
        syntax=(r"^mawk: main\.awk: line \d+: ",),
        memory=(r"out of memory",),
        assertion=(r"^assertion failed: ",),
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source='{ printf "%s!", $0 }\n',
            stdin="hello\n",
            stdout="hello!",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="passes", source=tests_of("check_equal(2 + 2, 4)"), outcome=Outcome.PASSED),
        SelfTest(name="assertion", source=tests_of("check_equal(2 + 2, 5)"), outcome=Outcome.WRONG_ANSWER),
        SelfTest(name="exception", source=tests_of('printf "%s %s", "one"'), outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source="function broken(\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source="BEGIN { while (1) n++ }\n", outcome=Outcome.TIMEOUT, cpu_s=1.0),
        SelfTest(
            name="memory-bomb",
            source='BEGIN { text = "x"; while (1) text = text text }\n',
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=128 << 20,
        ),
        SelfTest(
            name="early-exit",
            source="BEGIN { exit 0 }\n" + tests_of("check_equal(2 + 2, 4)"),
            outcome=Outcome.INCOMPLETE,
        ),
        SelfTest(
            name="exit-status-forged",
            source="END { exit 0 }\n" + tests_of("check_equal(2 + 2, 5)"),
            outcome=Outcome.INCOMPLETE,
        ),
    ),
)
