"""Why the machine and a row's answer differ: rules over what differs, and a reviewed list of single rows.

A rule looks at the lines that only one of the two has. Those that prove most come first.
"""

from __future__ import annotations

import difflib
import enum
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

KNOWN_ROWS: Final = Path(__file__).parent / "known_rows.toml"


class Cause(enum.StrEnum):
    """What a disagreement comes from."""

    LIMIT = "our limits"
    """The program was cut off before it ended."""
    CHANCE = "nondeterminism"
    """Further runs print something else again: random numbers, addresses, memory never written to."""
    TOOLCHAIN = "toolchain"
    """Another version of compiler, interpreter or C library reports the same thing differently."""
    LOCALE = "locale"
    """The answers' machine spoke another language."""
    ROUNDING = "rounding"
    """The last bits of floating point numbers, which the program may amplify."""
    DATASET = "dataset"
    """The answer is not what the row's program prints: cut off, or made by another version of it."""
    PACKAGE = "missing package"
    UNEXPLAINED = "unexplained"


class Explained(NamedTuple):
    """A cause, and in a few words what shows it."""

    cause: Cause
    note: str


class Known(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row that somebody has looked at."""

    cause: Cause
    note: str


class Difference(NamedTuple):
    """The lines that only one of two texts has."""

    answer: tuple[str, ...]
    machine: tuple[str, ...]

    @property
    def both(self) -> tuple[str, ...]:
        """All of them."""
        return self.answer + self.machine


def known_rows(path: Path = KNOWN_ROWS) -> Mapping[str, Known]:
    """Read the reviewed rows, by task id."""
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), dict[str, Known])


def explain(answer: str, outputs: Sequence[str], known: Known | None = None) -> Explained:
    """Return why what the machine printed is not the answer.

    Args:
        answer: the row's.
        outputs: of the first run, and of any further ones.
        known: a reviewer's note on the row.
    """
    if known is not None:
        return Explained(known.cause, known.note)
    if len(set(outputs)) > 1:
        return Explained(Cause.CHANCE, "two runs of the same program differ too")
    there = difference(answer, outputs[0])
    for rule in RULES:
        if found := rule(answer, outputs[0], there):
            return found
    return Explained(Cause.UNEXPLAINED, "no rule fits")


def difference(answer: str, machine: str) -> Difference:
    """Compare two texts line by line."""
    left, right = answer.strip().splitlines(), machine.strip().splitlines()
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    only_left: list[str] = []
    only_right: list[str] = []
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind != "equal":
            only_left += left[first:last]
            only_right += right[start:end]
    return Difference(tuple(only_left), tuple(only_right))


def _missing_package(_answer: str, machine: str, _there: Difference) -> Explained | None:
    found = re.search(r"(?:No module named|ModuleNotFoundError:|Package) ['\"]?(\w+)", machine)
    return Explained(Cause.PACKAGE, found.group(0)) if found and found.group(0) not in _answer else None


def _threads(answer: str, machine: str, _there: Difference) -> Explained | None:
    wanted = "undefined reference to `pthread_"
    if wanted in answer and wanted not in machine:
        return Explained(
            Cause.TOOLCHAIN, "glibc before 2.34 kept threads in a library of its own, so it did not link"
        )
    return None


_START_UP = re.compile(r"\(\.text\+0x[0-9a-f]+\)")


def _start_up_code(_answer: str, _machine: str, there: Difference) -> Explained | None:
    if _same_after(there, lambda line: _START_UP.sub("(.text)", line)):
        return Explained(Cause.TOOLCHAIN, "another offset in the C library's start-up code")
    return None


_HEADER_LINE = re.compile(r"(?P<path>/usr/\S*?):\d+(?::\d+)?|^ *\d+ \|")


def _header_lines(_answer: str, _machine: str, there: Difference) -> Explained | None:
    quotes_headers = any("/usr/" in line for line in there.both)
    if quotes_headers and _same_after(there, lambda line: _HEADER_LINE.sub(r"\g<path>", line)):
        return Explained(Cause.TOOLCHAIN, "other line numbers in the system's headers")
    return None


def _carets(_answer: str, _machine: str, there: Difference) -> Explained | None:
    if there.both and all(line.strip() == "^" for line in there.both):
        return Explained(Cause.TOOLCHAIN, "Python 3.8 puts the caret under another column than 3.9")
    return None


def _other_language(_answer: str, _machine: str, there: Difference) -> Explained | None:
    if there.machine and not "".join(there.answer).isascii() and "".join(there.machine).isascii():
        return Explained(Cause.LOCALE, "names of months and days in the language of the answers' machine")
    return None


def _layout(answer: str, machine: str, _there: Difference) -> Explained | None:
    if answer.split() == machine.split():
        return Explained(Cause.DATASET, "the same words, broken into other lines than the row's program does")
    return None


def _cut_off(answer: str, machine: str, _there: Difference) -> Explained | None:
    if answer.strip() and machine.strip().startswith(answer.strip()):
        return Explained(Cause.DATASET, "the answer is cut off")
    return None


_NUMBER = re.compile(r"[-+]?\d+\.\d*(?:[eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+")
_LAST_BITS: Final = 1e-6


def _last_bits(answer: str, machine: str, _there: Difference) -> Explained | None:
    """Recognise it by the texts being the same but for fractions, each of which is nearly the other."""
    if "".join(_NUMBER.sub("#", answer).split()) != "".join(_NUMBER.sub("#", machine).split()):
        return None
    pairs = zip(_NUMBER.findall(answer), _NUMBER.findall(machine), strict=True)
    off = [abs(float(one) - float(other)) / max(abs(float(one)), 1.0) for one, other in pairs]
    if off and max(off) < _LAST_BITS:
        return Explained(Cause.ROUNDING, "the last digits of floating point numbers")
    return None


_COMPLAINT = re.compile(r"\b(?:error|warning|note|Error|Exception)\b")


def _wording(_answer: str, _machine: str, there: Difference) -> Explained | None:
    if all(_COMPLAINT.search("\n".join(lines)) for lines in there):
        return Explained(Cause.TOOLCHAIN, "the same complaint in other words")
    return None


def _same_after(there: Difference, plain: Callable[[str], str]) -> bool:
    """Whether nothing differs once each line is made plain."""
    return bool(there.both) and [*map(plain, there.answer)] == [*map(plain, there.machine)]


RULES: Final[tuple[Callable[[str, str, Difference], Explained | None], ...]] = (
    _missing_package,
    _threads,
    _start_up_code,
    _header_lines,
    _carets,
    _other_language,
    _layout,
    _cut_off,
    _last_bits,
    _wording,
)
