"""Python problems from JSON lines: ``prompt``, ``tests`` (or ``test``) and ``entry_point`` in each."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.errors import DataError
from codeeval.interfaces import PythonSource, Sourced

if TYPE_CHECKING:
    from pathlib import Path

_FORM: Final = (
    'A line is an object with the texts "prompt", "tests" (or "test"; a text or a list of texts) and '
    '"entry_point", and maybe "task_id" and "code" (or "canonical_solution").'
)


class FileTask(NamedTuple):
    """A problem of a file."""

    task_id: str
    sourced: Sourced


class _Line(msgspec.Struct, frozen=True):
    prompt: str
    entry_point: str
    tests: str | list[str] | None = None
    test: str | list[str] | None = None
    task_id: str | int | None = None
    code: str | None = None
    canonical_solution: str | None = None


def read_tasks(path: Path) -> list[FileTask]:
    """Read the problems of a file.

    A prompt that is Python and defines the function is its head (HumanEval's form). Any other is what is
    asked for in words, and the code shows the function's head (MBPP's form).

    Raises:
        DataError: the file cannot be read, a line is no such object, or two lines have one name.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {error}", _FORM) from error
    tasks: list[FileTask] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        task = _task(_read(line, where), number)
        name = task.sourced.source.name
        if name in seen:
            raise DataError(
                f"{where}: named {name}, as line {seen[name]} is", "Give each line a task_id of its own."
            )
        seen[name] = number
        tasks.append(task)
    if not tasks:
        raise DataError(f"{path}: no problems in it", _FORM)
    return tasks


def _read(text: str, where: str) -> _Line:
    try:
        raw = json.loads(text)
        json.dumps(raw, ensure_ascii=False).encode()  # a lone surrogate is a ValueError too
        line = msgspec.convert(raw, _Line)
    except (ValueError, RecursionError) as error:  # msgspec's ValidationError is a ValueError
        raise DataError(f"{where}: {error}", _FORM) from error
    if line.tests is None and line.test is None:
        raise DataError(f"{where}: neither tests nor test is in it", _FORM)
    if not line.entry_point.isidentifier():
        raise DataError(f"{where}: the entry_point {line.entry_point!r} is no function's name", _FORM)
    return line


def _task(line: _Line, number: int) -> FileTask:
    task_id = f"task/{number}" if line.task_id is None else str(line.task_id)
    given = line.tests if line.tests is not None else line.test
    tests = given if isinstance(given, str) else "\n".join(given or ())
    plain = re.sub(r"[^A-Za-z0-9]+", "_", task_id).strip("_")
    name = f"{plain}_{line.entry_point}"
    code = line.code if line.code is not None else line.canonical_solution
    if code is None or _defines(line.prompt, line.entry_point):
        return FileTask(task_id, Sourced(PythonSource(name, line.entry_point, line.prompt, tests)))
    sentence = f"\n\t{line.prompt.strip()}\n\t"
    return FileTask(task_id, Sourced(PythonSource(name, line.entry_point, code, tests, sentence)))


def _defines(prompt: str, name: str) -> bool:
    """Whether a prompt is a function's head; what is wrong with it is told when it is parsed."""
    try:
        tree = ast.parse(prompt)
    except (SyntaxError, ValueError, RecursionError):
        return bool(re.search(rf"^def {name}\(", prompt, re.MULTILINE))
    return any(isinstance(each, ast.FunctionDef) and each.name == name for each in tree.body)
