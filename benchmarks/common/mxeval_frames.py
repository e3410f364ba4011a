"""How mxeval's programs are compiled, run and finished, where that differs from the language's own way.

Source: amazon-science/mxeval, mxeval/execution.py (``check_correctness_*``), and the rows' tests.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import msgspec

from codeeval.languages import Epilogue, Language, language
from codeeval.types import TOKEN_PLACEHOLDER, CommandMode, CommandStep, SourceFile, Step

_STAND_INS: Final = Path(__file__).parent / "stand_ins"
_TYPESCRIPT: Final = (
    *("sh", "-c"),
    # where types are missing tsc exits with 1 or 2, and writes the program all the same
    "tsc main.ts --target es5 --lib es2016 || test -f main.js",
)


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What is particular about the programs of one language."""

    language: str
    epilogue: Epilogue
    renamed: dict[str, str] = {}
    """Arguments of the language's own commands and what replaces them here."""
    added: dict[str, tuple[str, ...]] = {}
    """Step -> arguments added at the end of its command."""
    stand_ins: dict[str, str] = {}
    """Path in the program's folder -> file of ours: libraries that the tests name."""


_IN_JAVASCRIPT: Final = f"require('fs').writeSync(3, '{TOKEN_PLACEHOLDER}');"
_FRAMES: Final = {
    "cpp": Frame(
        language="cpp",
        epilogue=Epilogue(
            code=f"""\
    {{
        FILE* done = fopen("/dev/fd/3", "w");
        fputs("{TOKEN_PLACEHOLDER}", done);
        fclose(done);
    }}
    return 0;""",
            instead_of="    return 0;",
        ),
    ),
    "csharp": Frame(
        language="csharp",
        epilogue=Epilogue(code="", closings=3),
        added={"compile": ("CompareNetObjects.cs",)},
        stand_ins={"CompareNetObjects.cs": "CompareNetObjects.cs"},
    ),
    "java": Frame(language="java", epilogue=Epilogue(code="", closings=2), renamed={"Problem": "Main"}),
    "javascript": Frame(
        language="javascript",
        epilogue=Epilogue(code=_IN_JAVASCRIPT),
        stand_ins={"node_modules/lodash/index.js": "lodash.js"},
    ),
    "php": Frame(language="php", epilogue=Epilogue(code="")),
    "ruby": Frame(
        language="ruby",
        epilogue=Epilogue(code=f"IO.for_fd(3, 'w', autoclose: false).syswrite('{TOKEN_PLACEHOLDER}')\n"),
    ),
    "typescript": Frame(
        language="typescript",
        epilogue=Epilogue(code=f"(eval('require') as any)('fs').writeSync(3, '{TOKEN_PLACEHOLDER}');\n"),
    ),
}
"""The languages whose programs run here: those with reference solutions."""

ENDS: Final = {
    "cpp": "\n}\n",
    "csharp": "\n        }\n",
    "java": "\n    }\n}\n",
    "javascript": "}\n",
    "php": "}\n",
    "ruby": "end\n",
    "typescript": "}\n",
}
"""What ends the function, and the class where the tests bring their own."""

WITH_REFERENCES: Final = tuple(_FRAMES)


def framed(id_: str) -> tuple[Language, tuple[Step, ...]] | None:
    """Return a language as mxeval's programs need it, and their steps; None where its rows are prompts only.

    Raises:
        UnknownName: the language has no entry.
    """
    frame = _FRAMES.get(id_)
    if frame is None:
        return None
    entry = language(frame.language)
    epilogue = frame.epilogue
    if not epilogue.code and entry.epilogue:  # the language's own code, in another place
        epilogue = msgspec.structs.replace(epilogue, code=entry.epilogue.code)
    support = tuple(SourceFile(path=path, content=_read(name)) for path, name in frame.stand_ins.items())
    adapted = msgspec.structs.replace(entry, epilogue=epilogue, support=(*entry.support, *support))
    return adapted, tuple(_adapted(step, frame) for step in entry.steps())


@functools.cache
def _read(name: str) -> str:
    return (_STAND_INS / name).read_text("utf-8")


def _adapted(step: Step, frame: Frame) -> Step:
    if not isinstance(step, CommandStep):
        return step
    if frame.language == "typescript" and step.name == "compile":
        return msgspec.structs.replace(step, mode=CommandMode.PLAIN, argv=_TYPESCRIPT, cold_argv=())
    more = frame.added.get(step.name, ())

    def adapted(argv: tuple[str, ...]) -> tuple[str, ...]:
        return (*(frame.renamed.get(each, each) for each in argv), *more) if argv else ()

    return msgspec.structs.replace(step, argv=adapted(step.argv), cold_argv=adapted(step.cold_argv))
