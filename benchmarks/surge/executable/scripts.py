"""SC and TC: a Python program and the command line that it is started with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.surge.executable.asked import Asked, CannotRun, Shape, make, running

if TYPE_CHECKING:
    from codeeval.benchmarks.surge.rows import Row

IMAGE: Final = "python-bigcodebench"
"""It has numpy."""
_PARTS: Final = re.compile(r"code:```\n(?P<code>.*)```\s*command:```\n(?P<command>.*?)\s*```\s*", re.DOTALL)
_OPTION: Final = re.compile(r"(?:^|\s)(--\w+)(?=\s|$)")


def asked_script(row: Row) -> Asked | CannotRun:
    """Make the program of a row of SC or TC."""
    found = _PARTS.fullmatch(row.question)
    words = found["command"].split(maxsplit=2) if found else []
    if found is None or words[:1] != ["python"] or len(words) < 2:
        return CannotRun(reason="the question holds no program with its command")
    name = words[1]
    arguments = option_values(words[2] if len(words) > 2 else "")
    return make(
        row,
        image=IMAGE,
        files={name: found["code"]},
        steps=(running("python3", name, *arguments),),
        shape=Shape.OUTPUT,
    )


def option_values(text: str) -> tuple[str, ...]:
    """Split a command line's options: whatever stands between two of them is one value.

    The rows write matrices without quotation marks (``--A 1 2 ;3 4``), where a shell would see two commands.
    """
    parts = _OPTION.split(text)
    words: list[str] = parts[0].split()
    for option, raw in zip(parts[1::2], parts[2::2], strict=True):
        value = raw.strip()
        words += [option, _unquoted(value)] if value else [option]
    return tuple(words)


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
