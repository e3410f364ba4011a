"""The languages of McEval that run here, and how its programs are compiled, run and finished.

Source: MCEVAL/McEval, eval/excute.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common.frames import Frame
from codeeval.languages import Epilogue
from codeeval.types import TOKEN_PLACEHOLDER, Forbidden, StreamName

if TYPE_CHECKING:
    from codeeval.types import Problem

NAMES: Final = {
    "bash": "Shell",
    "c": "C",
    "cpp": "CPP",
    "csharp": "C#",
    "elixir": "Elixir",
    "go": "Go",
    "haskell": "Haskell",
    "java": "Java",
    "javascript": "JavaScript",
    "julia": "Julia",
    "kotlin": "Kotlin",
    "lua": "Lua",
    "perl": "Perl",
    "php": "PHP",
    "python": "Python",
    "r": "R",
    "racket": "Racket",
    "ruby": "Ruby",
    "rust": "Rust",
    "scala": "Scala",
    "swift": "Swift",
    "typescript": "TypeScript",
}
"""Language id -> the dataset's name."""

TESTIFY: Final = '"github.com/stretchr/testify/assert"'
"""Go's import of what the frame has a stand-in for."""
_IMPLICIT: Final = """\
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
"""
"""What .NET's projects import of their own accord."""
_FAILED: Final = (
    Forbidden(name="reported that an assertion failed", stream=StreamName.STDERR, pattern="failed"),
)
_STDIO: Final = "#include <stdio.h>"
_WITHIN_MAIN: Final = f"""\
    {{
        FILE* done = fopen("/dev/fd/3", "w");
        fputs("{TOKEN_PLACEHOLDER}", done);
        fclose(done);
    }}
    return 0;"""

FRAMES: Final = {
    **{id_: Frame(language=id_) for id_ in ("bash", "elixir", "julia", "perl", "php", "r", "swift")},
    "c": Frame(language="c", epilogue=Epilogue(code=_WITHIN_MAIN, instead_of="return 0;", needs=_STDIO)),
    "cpp": Frame(
        language="cpp",
        epilogue=Epilogue(code=_WITHIN_MAIN, instead_of="return 0;", needs=_STDIO),
        replaced={"-std=c++17": ("-std=c++11",)},
    ),
    "csharp": Frame(language="csharp", epilogue=Epilogue(code="", closings=2)),
    "go": Frame(language="go", stand_ins={"codeeval_done.txt": "testify.go.txt"}),
    "haskell": Frame(
        language="haskell", epilogue=Epilogue(code=f'    >> writeFile "/dev/fd/3" "{TOKEN_PLACEHOLDER}"')
    ),
    "java": Frame(
        language="java",
        source_name="Solution.java",
        epilogue=Epilogue(code="", closings=2),
        replaced={"Problem.java": ("Solution.java",), "Problem": ("Solution",)},
    ),
    "javascript": Frame(language="javascript", forbidden=_FAILED),
    "lua": Frame(
        language="lua",
        epilogue=Epilogue(
            code='do local done = io.open("/dev/fd/3", "w") '
            f'done:write("{TOKEN_PLACEHOLDER}") done:close() end'
        ),
    ),
    "racket": Frame(
        language="racket",
        forbidden=(Forbidden(name="rackunit says FAILURE", stream=StreamName.STDERR, pattern="FAILURE"),),
    ),
    "ruby": Frame(
        language="ruby",
        epilogue=Epilogue(code=f"IO.for_fd(3, 'w', autoclose: false).syswrite('{TOKEN_PLACEHOLDER}')"),
    ),
    "rust": Frame(
        language="rust",
        epilogue=Epilogue(code="", closings=2),
        replaced={"rustc": ("rustc", "--test", "--edition=2021", "@/opt/codeeval/crates/flags")},
    ),
    "scala": Frame(language="scala", epilogue=Epilogue(code="", closings=2), forbidden=()),
    "typescript": Frame(
        language="typescript",
        epilogue=Epilogue(code=f"(eval('require') as any)('fs').writeSync(3, '{TOKEN_PLACEHOLDER}');"),
        compile=("sh", "-c", "tsc --lib es2015,dom main.ts || test -f main.js"),
        forbidden=_FAILED,
    ),
}
"""Language id -> frame; Python has none."""
_OBJECT: Final = re.compile(r"^ *object (\w+)( extends App)?", re.MULTILINE)


def frame_of(problem: Problem) -> Frame:
    """Return the frame of a problem's language; of Scala, whose object the prompt names, its own."""
    frame = FRAMES[problem.language]
    found = _OBJECT.search(problem.prompt) if problem.language == "scala" else None
    if not found:
        return frame
    epilogue = Epilogue(code="", closings=1 if found[2] else 2)
    return msgspec.structs.replace(frame, epilogue=epilogue, replaced={"Problem": (found[1],)})


def tests_of(test: str, language: str) -> str:
    """Return tests that something may follow: without the end of PHP."""
    return test.rstrip().removesuffix("?>") if language == "php" else test


def as_compiled(solution: str, language: str) -> str:
    """Return a solution as our compilers take it: C# with what .NET's projects import, Go without testify."""
    match language:
        case "csharp":
            return _IMPLICIT + solution
        case "go":
            return solution.replace(TESTIFY, "")  # the frame has a stand-in
        case _:
            return solution
