"""RL: a repository of several files between marks, with its input and the command that runs it.

The marks' closing halves are spelt in three ways; between them and the next name may stand prose.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.surge.executable.asked import (
    Asked,
    CannotRun,
    Shape,
    as_then,
    compiling,
    make,
    running,
)

if TYPE_CHECKING:
    from codeeval.benchmarks.surge.rows import Row
    from codeeval.types import Step

IMAGE: Final = "surge"
"""It has make beside the compilers."""
INPUTS: Final = "input/"
"""Files below this folder are what the program reads from its standard input."""
LATEX: Final = "generated.tex"
_FILE: Final = re.compile(
    r"(?P<name>[\w./-]+):\s*<start_file>(?P<content>.*?)<(?:end_file|endfile|enfile)>", re.DOTALL
)
_SOURCE: Final = re.compile(r"[\w-]+\.cpp\b")
_WRITES: Final = re.compile(r'"(sudoku\.txt)"')
_LATEX_PARTS: Final = re.compile(
    r"repo:\s*```(?P<library>.*)```\s*function:\s*(?P<function>def (?P<name>\w+).*)", re.DOTALL
)


def asked_repository(row: Row) -> Asked | CannotRun:
    """Make the program of a row of RL."""
    if not row.features.run_instruction:
        return _latex(row)
    found = {each["name"].removeprefix("./"): each["content"] for each in _FILE.finditer(row.question)}
    if not found:
        return CannotRun(reason="the question holds no files")
    files = {name: content for name, content in found.items() if not name.startswith(INPUTS)}
    stdin = "".join(content for name, content in found.items() if name.startswith(INPUTS))
    if "main.exe" in row.features.run_instruction:
        return _sudoku(row, files)
    files |= _missing_source(files)
    steps: list[Step] = []
    for line in row.features.run_instruction.splitlines():
        command = as_then(*shlex.split(line))
        built = line.split()[0] in ("g++", "make")
        steps.append(compiling(*command) if built else running(*command))
    if row.features.run_instruction.strip() == "make":
        steps.append(running("./main"))
    return make(row, image=IMAGE, files=files, steps=tuple(steps), shape=Shape.OUTPUT, stdin=stdin)


def _missing_source(files: dict[str, str]) -> dict[str, str]:
    """Give ``main.cpp`` the name under which the makefile wants it, where the row renamed it."""
    wanted = set(_SOURCE.findall(files.get("makefile", ""))) - files.keys()
    if len(wanted) == 1 and "main.cpp" in files and "main.cpp" not in files.get("makefile", ""):
        return {wanted.pop(): files["main.cpp"]}
    return {}


def _sudoku(row: Row, files: dict[str, str]) -> Asked | CannotRun:
    """Compile and run the solver, which writes its solution into a file.

    A stray ``<`` opens the game. The row names no compiler; the program wants one whose headers
    bring memset.
    """
    files = {
        name: content.removeprefix("<") if name.endswith(".txt") else content
        for name, content in files.items()
    }
    written = _WRITES.search(files.get("main.cpp", ""))
    if written is None:
        return CannotRun(reason="nothing states where the program writes its result")
    steps = (
        compiling(*as_then("g++", "-include", "cstring", "main.cpp", "-o", "main.exe")),
        running(*shlex.split(row.features.run_instruction)),
        running("cat", written.group(1)),
    )
    return make(row, image=IMAGE, files=files, steps=steps, shape=Shape.OUTPUT)


def _latex(row: Row) -> Asked | CannotRun:
    """Make a script of PlotNeuralNet's two modules, which the row joins, and the function to be run."""
    parts = _LATEX_PARTS.search(row.question)
    if parts is None:
        return CannotRun(reason="the question holds no library with a function")
    library = parts["library"].replace("from .tikzeng import *", "")
    script = f"{library}\n{parts['function']}\n\nto_generate({parts['name']}(), {LATEX!r})\n"
    steps = (running("python3", "main.py"), running("cat", LATEX))
    return make(row, image=IMAGE, files={"main.py": script}, steps=steps, shape=Shape.OUTPUT)
