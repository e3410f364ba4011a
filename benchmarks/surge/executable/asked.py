"""What is run for a row, and the limits that it runs under."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from codeeval.benchmarks.surge.rows import Row  # noqa: TC001 -- msgspec resolves the annotations at run time
from codeeval.types import COMPARED_BYTES, CommandStep, Extraction, Limits, Program, SourceFile, Step

COMPILE_CPU_S: Final = 60.0
"""CPU seconds of one compilation; the slowest here takes four."""
RUN_CPU_S: Final = 60.0
"""CPU seconds of one run; the longest rows take minutes and need more."""
WALL_FACTOR: Final = 10.0
"""Factor of wall time over CPU time: the guard is for programs that wait."""
MEMORY_BYTES: Final = 1536 << 20
TOOLS: Final = "/opt/surge/bin"
"""Where the image ``surge`` has the compilers and interpreters that the answers were made with."""


class Shape(enum.StrEnum):
    """How a row's answer is made of what the program's steps print."""

    OUTPUT = "output"
    """Standard output of the last step; of a program that failed, both streams."""
    COMPILED = "compiled"
    """BG: the compiler's complaint under a heading, or else what the program printed."""
    SHELL = "shell"
    """DR: standard error of all commands, then standard output."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The program of a row, and how its answer is read off."""

    program: Program
    shape: Shape


class CannotRun(msgspec.Struct, frozen=True, kw_only=True):
    """Why a row's program is not run."""

    reason: str


def compiling(*argv: str) -> CommandStep:
    """Make a step that compiles; its standard output and errors may be part of the answer."""
    limits = Limits(
        cpu_s=COMPILE_CPU_S,
        wall_s=COMPILE_CPU_S * WALL_FACTOR,
        memory_bytes=MEMORY_BYTES,
        output_bytes=COMPARED_BYTES,
    )
    return CommandStep(name="compile", argv=argv, limits=limits)


def running(*argv: str) -> CommandStep:
    """Make a step that runs the program, or a command after it."""
    limits = Limits(
        cpu_s=RUN_CPU_S,
        wall_s=RUN_CPU_S * WALL_FACTOR,
        memory_bytes=MEMORY_BYTES,
        output_bytes=COMPARED_BYTES,
    )
    return CommandStep(name="run", argv=argv, limits=limits)


def as_then(*argv: str) -> tuple[str, ...]:
    """Make a command that uses the tools of the image ``surge``, in plain ASCII as the answers are."""
    return ("env", f"PATH={TOOLS}:/usr/bin:/bin", "LC_ALL=C", *argv)


def make(
    row: Row, *, image: str, files: dict[str, str], steps: tuple[Step, ...], shape: Shape, stdin: str = ""
) -> Asked:
    """Put a row's program together."""
    program = Program(
        task_id=row.task_id,
        sample=0,
        language=row.features.language or "python",
        image=image,
        extraction=Extraction(rule="row"),
        files=tuple(SourceFile(path=path, content=content) for path, content in files.items()),
        steps=steps,
        stdin=stdin,
    )
    return Asked(program=program, shape=shape)
