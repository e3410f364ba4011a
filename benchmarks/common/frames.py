"""A language as one benchmark's programs need it, where that differs from the language's own way.

Tests that others wrote bring conventions of their own: a class of another name, a library, a flag. A
``Frame`` states them, and ``adapted`` puts them into the language's entry and steps.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.languages import Epilogue, Language, language
from codeeval.types import CommandMode, CommandStep, Forbidden, SourceFile

if TYPE_CHECKING:
    from codeeval.types import Step

_STAND_INS: Final = Path(__file__).parent / "stand_ins"


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What is particular about the programs of one language."""

    language: str
    source_name: str = ""
    """File name of a program's source; empty for the language's own."""
    script: bool = False
    """Whether a program brings a ``main`` of its own where the language's test programs have none."""
    epilogue: Epilogue | None = None
    """Its code is the language's where it has none; None for the language's own epilogue."""
    replaced: dict[str, tuple[str, ...]] = {}
    """Arguments of the language's own commands, and what stands in the place of each."""
    compile: tuple[str, ...] = ()
    """The command that compiles, where it is another than the language's."""
    forbidden: tuple[Forbidden, ...] | None = None
    """What a program that passes may not have printed; None for the language's own rules."""
    stand_ins: dict[str, str] = {}
    """Path in the program's folder -> file of ours: libraries that the tests name."""
    end: str = ""
    """What ends the function, and the class where the tests bring their own."""


class Adapted(NamedTuple):
    """A language's entry and steps for the programs of one benchmark."""

    language: Language
    steps: tuple[Step, ...]


def adapted(frame: Frame) -> Adapted:
    """Return the language as a frame's programs need it.

    Raises:
        UnknownName: the language has no entry.
    """
    entry = language(frame.language)
    epilogue = frame.epilogue or entry.epilogue
    if epilogue and entry.epilogue and not epilogue.code:  # the language's own code, in another place
        epilogue = msgspec.structs.replace(epilogue, code=entry.epilogue.code)
    own = {path: SourceFile(path=path, content=_read(name)) for path, name in frame.stand_ins.items()}
    entry = msgspec.structs.replace(
        entry,
        source_name=frame.source_name or entry.source_name,
        epilogue=epilogue,
        support=(*(file for file in entry.support if file.path not in own), *own.values()),
        forbidden=entry.forbidden if frame.forbidden is None else frame.forbidden,
    )
    steps = entry.script_steps("") if frame.script else entry.steps()
    return Adapted(entry, tuple(_adapted(step, frame) for step in steps))


@functools.cache
def _read(name: str) -> str:
    return (_STAND_INS / name).read_text("utf-8")


def _adapted(step: Step, frame: Frame) -> Step:
    if not isinstance(step, CommandStep):
        return step
    if frame.compile and step.name == "compile":
        return msgspec.structs.replace(step, mode=CommandMode.PLAIN, argv=frame.compile, cold_argv=())

    def put(argv: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new for each in argv for new in frame.replaced.get(each, (each,)))

    return msgspec.structs.replace(step, argv=put(step.argv), cold_argv=put(step.cold_argv))
