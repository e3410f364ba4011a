"""Files that a program finds in its work folder, and files that it leaves there."""

from __future__ import annotations

import base64
import binascii
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import UsageError
from codeeval.types import CommandStep, DataFile, Limits, WorkFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codeeval.types import Execution, Program, StepResult, Verdict

FETCH: Final = "fetch"
"""Name, and part, of the step that returns files."""
FETCH_LIMITS: Final = Limits(cpu_s=10.0, wall_s=30.0, memory_bytes=256 << 20, output_bytes=24 << 20)
MOST_FETCHED_BYTES: Final = 16 << 20
"""Of all files together: those that come after are not returned."""
FETCH_SOURCE: Final = """
import base64, json, os, stat, sys
room, found = int(sys.argv[1]), {}
for path in sys.argv[2:]:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        about = os.fstat(file)
        if stat.S_ISREG(about.st_mode) and about.st_size <= room:
            with open(file, "rb") as opened:
                data = opened.read(room)
            room -= len(data)
            found[path] = base64.b64encode(data).decode()
    except OSError:
        pass
print(json.dumps(found))
"""
"""Runs in the sandbox, as the program did: it can read no more than the program could."""


def with_files(program: Program, files: Mapping[str, str | bytes]) -> Program:
    """Return a program that finds files in its work folder.

    Args:
        program: what is executed.
        files: relative paths, and what is in them.

    Raises:
        UsageError: a path lies outside the work folder, or is the program's own.
    """
    own = {file.path for file in program.files}
    data = []
    for given, content in files.items():
        if (path := check_path(given)) in own:
            raise UsageError(f"file {given!r} would replace the program's own", "Give it another name.")
        data.append(DataFile(path=path, content=content.encode() if isinstance(content, str) else content))
    return msgspec.structs.replace(program, data_files=tuple(data)) if data else program


def with_fetch(program: Program, paths: Iterable[str]) -> Program:
    """Return a program of which files are returned, under limits that are not the program's.

    Args:
        program: what is executed, under its limits.
        paths: relative paths of files that it may leave.

    Raises:
        UsageError: a path lies outside the work folder, or there are several cases.
    """
    wanted = tuple(map(check_path, paths))
    if not wanted:
        return program
    if program.cases:
        raise UsageError("each case runs in a work folder of its own", "Fetch files of a single run.")
    return msgspec.structs.replace(
        program, steps=(*program.steps, fetching(wanted)), work_folder=WorkFolder.SHARED
    )


def fetching(paths: tuple[str, ...]) -> CommandStep:
    """Return the step that returns files, also of a program that failed: it is a part of its own."""
    return CommandStep(
        name=FETCH,
        part=FETCH,
        argv=("python3", "-I", "-c", FETCH_SOURCE, str(MOST_FETCHED_BYTES), *paths),
        limits=FETCH_LIMITS,
    )


def fetched(execution: Execution) -> dict[str, bytes]:
    """Return the files that were there; none where the step that returns them failed."""
    step = next((step for step in execution.steps if step.name == FETCH), None)
    if step is None:
        return {}
    try:
        encoded = msgspec.json.decode(step.stdout, type=dict[str, str])
        return {path: base64.b64decode(text, validate=True) for path, text in encoded.items()}
    except (msgspec.DecodeError, binascii.Error):
        return {}


def without_fetch(execution: Execution) -> tuple[StepResult, ...]:
    """Return how the program's own steps ended."""
    return tuple(step for step in execution.steps if step.name != FETCH)


def without_fetching(verdict: Verdict, execution: Execution | None) -> Verdict:
    """Return a verdict with the times of the program alone."""
    for step in execution.steps if execution else ():
        if step.name == FETCH:
            return msgspec.structs.replace(
                verdict, wall_s=verdict.wall_s - step.wall_s, cpu_s=verdict.cpu_s - step.cpu_s
            )
    return verdict


def check_path(path: str) -> str:
    """Return a path without ``.`` and empty parts, if it lies below the work folder.

    Raises:
        UsageError: it does not.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise UsageError(
            f"file path {path!r:.200} does not lie below the work folder", "Use relative paths without '..'."
        )
    return "/".join(parts)
