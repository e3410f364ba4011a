"""What the references returned and how long their slow calls took, as shipped with codeeval.

Executing all references takes minutes, because single inputs of MBPP+ take seconds. A table holds the results
by the content of the program that asked for them and by the Python that it ran on. Another dataset, variant
or Python finds nothing in it: then the references are executed. ``codeeval doctor`` executes each reference
against the table; ``tests/end_to_end/make_shipped_outputs.py`` makes it anew.
"""

from __future__ import annotations

import functools
import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import zstandard

from codeeval.types import CallsStep, Execution, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codeeval.types import Program

_FOLDER: Final = Path(__file__).parent / "shipped"
_LEVEL: Final = 19


class Returned(msgspec.Struct, frozen=True, array_like=True):
    """What the calls of one group returned."""

    values: str
    """One line a call."""
    slow: dict[int, float]
    """CPU seconds of slow calls, by number."""


class Entry(msgspec.Struct, frozen=True):
    """One program on some Pythons."""

    key: str
    """Of the program; see ``key_of``."""
    pythons: tuple[str, ...]
    """Such as ``3.13``."""
    groups: tuple[Returned, ...]
    """In the order of the program's steps."""


def key_of(program: Program) -> str:
    """Hash what decides about the results of a program of calls: its files, and what is called with what."""
    calls = [
        (step.program, step.inputs, step.entry_point) for step in program.steps if isinstance(step, CallsStep)
    ]
    content = msgspec.json.encode([[(file.path, file.content) for file in program.files], calls])
    return hashlib.sha256(content).hexdigest()


def shipped_execution(family: str, program: Program, toolchain: Mapping[str, str]) -> Execution | None:
    """Return what a sandbox would measure of a program of a reference; None if the table does not hold it.

    Args:
        family: whose table.
        program: of the reference.
        toolchain: versions of the tools in its sandbox.
    """
    found = _table(family).get((key_of(program), python_of(program.image, toolchain)))
    if found is None or len(found) != len(program.steps):
        return None
    steps = tuple(
        StepResult(
            name=step.name,
            status=StepStatus.EXITED,
            completed=True,
            values=group.values,
            slow_calls=tuple(group.slow.items()),
        )
        for step, group in zip(program.steps, found, strict=True)
    )
    return Execution(task_id=program.task_id, sample=program.sample, steps=steps)


def python_of(image: str, toolchain: Mapping[str, str]) -> str:
    """Name the Python of an image as entries do; empty if unknown."""
    version = toolchain.get("python") or toolchain.get(f"{image}/python", "")
    return ".".join(version.split(".")[:2])


def write_table(family: str, entries: Iterable[Entry]) -> None:
    """Write a family's table."""
    encoder = msgspec.json.Encoder()
    lines = b"".join(encoder.encode(entry) + b"\n" for entry in entries)
    _FOLDER.mkdir(exist_ok=True)
    _file(family).write_bytes(zstandard.ZstdCompressor(level=_LEVEL).compress(lines))


def read_table(family: str) -> list[Entry]:
    """Read a family's table; empty where none is shipped."""
    decoder = msgspec.json.Decoder(Entry)
    try:
        raw = _file(family).open("rb")
    except FileNotFoundError:
        return []
    with raw, zstandard.ZstdDecompressor().stream_reader(raw) as stream:
        return [decoder.decode(line) for line in io.BufferedReader(stream)]


@functools.cache
def _table(family: str) -> Mapping[tuple[str, str], tuple[Returned, ...]]:
    return {(entry.key, python): entry.groups for entry in read_table(family) for python in entry.pythons}


def _file(family: str) -> Path:
    return _FOLDER / f"{family}.jsonl.zst"
