"""Bash."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome


def _tests(result: str) -> str:
    return (
        '#!/bin/bash\ntwice() {\n    echo $(($1 * 2))\n}\n\ncandidate() {\n    twice "$@"\n}\n\nset -e\n'
        f'run_test() {{\n    [[ $(candidate "2") = "{result}" ]]\n    [[ $(candidate "3") = "6" ]]\n}}\n\n'
        "run_test"
    )


BASH: Final = Language(
    id="bash",
    title="Bash",
    fences=("bash", "sh", "shell"),
    source_name="main.sh",
    image="bash",
    run=Command(argv=("bash", "main.sh"), limits=Limits(cpu_s=15.0, wall_s=30.0)),
    # The tests end a program whose test does not hold: ``set -e``. A candidate may have closed descriptor 3.
    epilogue=Epilogue(code=f"printf '%s' '{TOKEN_PLACEHOLDER}' >&3"),
    marks=Marks(
        # An arithmetic expression's syntax errors come out when it is evaluated.
        syntax=(
            r"^main\.sh: line \d+: syntax error near unexpected token",
            r"^main\.sh: line \d+: syntax error: unexpected end of file",
            r"^main\.sh: line \d+: unexpected EOF while looking for matching",
        ),
        memory=(r"xrealloc: cannot allocate", r"xmalloc: cannot allocate", r": Cannot allocate memory$"),
        # A test that does not hold exits with 1 and says nothing; whatever else fails says where.
        assertion=(r"(?s)\A(?!.*main\.sh: line \d+: )",),
    ),
    cheats=Cheats(
        stub="    return 1",
        leave="    kill -9 $$; exit 0",
        forge="    printf '%%s' '%s' >&3\n    trap 'exit 0' TERM EXIT; kill $$; exit 0",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source='read -r word\nrev <<< "$word"\n',
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="passes", source=_tests("4"), outcome=Outcome.PASSED),
        SelfTest(name="assertion", source=_tests("5"), outcome=Outcome.WRONG_ANSWER),
        SelfTest(name="exception", source="set -e\nno_such_command_here\n", outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source="broken() {\n    if true\n}\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source="while :; do :; done\n", outcome=Outcome.TIMEOUT, cpu_s=1.0),
        SelfTest(
            name="memory-bomb",
            source="all=0123456789abcdef\nwhile :; do all=$all$all; done\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(name="early-exit", source="exit 0\n", outcome=Outcome.INCOMPLETE),
    ),
)
