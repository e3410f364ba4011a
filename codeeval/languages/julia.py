"""Julia."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome


def _tests(body: str) -> str:
    return f"using Test\n\n@testset begin\n\n\t@test({body})\nend\n"


JULIA: Final = Language(
    id="julia",
    title="Julia",
    fences=("julia", "jl"),
    source_name="main.jl",
    image="julia",
    run=Command(argv=("julia", "main.jl"), limits=Limits(cpu_s=5.0, wall_s=20.0)),
    # A test set that failed throws where it ends.
    epilogue=Epilogue(code=f'open(done -> write(done, "{TOKEN_PLACEHOLDER}"), "/dev/fd/3", "w")'),
    marks=Marks(
        syntax=(r"^ERROR: LoadError: syntax: ", r"^ERROR: LoadError: ParseError:"),
        memory=(r"OutOfMemoryError",),
        assertion=(r": Test Failed at ",),
    ),
    cheats=Cheats(
        stub='    error("left out")\n',
        leave="    exit(0)\n",
        forge='    write("/dev/fd/3", "%s")\n    exit(0)\n',
        end="end\n",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="println(reverse(readline()))\n",
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="passes",
            source=_tests('(try error("caught") catch; 4 end) == 4'),
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="assertion", source=_tests("2 + 2 == 5"), outcome=Outcome.WRONG_ANSWER),
        SelfTest(name="exception", source=_tests("sqrt(-1.0) == 4"), outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source="function broken(\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source="while true\nend\n", outcome=Outcome.TIMEOUT, cpu_s=2.0),
        SelfTest(
            name="memory-bomb",
            source="all = []\nwhile true\n    push!(all, ones(UInt8, 1 << 24))\nend\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=512 << 20,
        ),
        SelfTest(name="early-exit", source="exit(0)\n", outcome=Outcome.INCOMPLETE),
    ),
)
