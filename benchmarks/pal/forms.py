"""What the programs of each kind of task look like, what they find defined, and how their answer is taken.

Source: reasoning-machines/pal: scripts/*.py, pal/core/runtime.py, pal/core/interface.py.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import answering
from codeeval.benchmarks.pal.choices import trimmed
from codeeval.extraction import NO_CODE_RULE
from codeeval.types import Limits

if TYPE_CHECKING:
    from codeeval.types import Extraction

ENTRY: Final = "solution"


class Form(enum.StrEnum):
    """A kind of task; each has a template of its name."""

    MATH = "math"
    """``solution()`` returns a number."""
    COUNTING = "object-counting"
    """The same, with examples of its own."""
    COLORED = "colored-objects"
    """The variable ``answer`` holds a word, a number or a truth value."""
    PENGUINS = "penguins"
    """The variable ``answer`` holds a word or a number."""
    DATE = "date"
    """The last line is an expression whose value is a date's text."""
    REPEAT_COPY = "repeat-copy"
    """``solution()`` returns a text."""
    AQUA = "aqua"
    """``solution()`` returns a number, and the nearest of five choices is the answer."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What is particular to a form."""

    shots: int
    """Worked examples of the prompt."""
    stop: str = "\n\n\n"
    """Source: scripts/*.py."""
    before: str = ""
    """Python source of what programs find defined."""
    entry_point: str = ENTRY
    """The function that a program must define; empty where none."""
    taken: str = f"float({ENTRY}())"
    """The answer as a Python expression; empty where it is the program's last line."""
    limits: Limits = Limits(cpu_s=10.0, wall_s=30.0)
    """Source: pal/core/interface.py, ``run``, which has 10 s of wall time; scripts/aqua_eval.py has 5 s."""
    number: bool = True
    """Whether answers are numbers, equal within the tolerance; else texts."""


def shape(form: Form) -> Shape:
    """Return what is particular to a form."""
    return _SHAPES[form]


_CHANGEABLE: Final = (
    "class CustomDict(dict):\n"
    "    def __iter__(self):\n"
    "        return iter(list(super().__iter__()))\n\n\n"
    "dict = CustomDict\n"
)
_MATH: Final = "import math\nfrom math import *\n\n\n"
"""In place of SymPy's names: those of its functions that numbers need."""
_RELATIVEDELTA: Final = '''\
import calendar
import sys
import types
from datetime import date as _date, datetime, timedelta as _span


class relativedelta:
    """What programs use of dateutil's, which the sandbox lacks."""

    _RELATIVE = ("years", "months", "days", "hours", "minutes", "seconds", "microseconds")
    _ABSOLUTE = ("year", "month", "day", "hour", "minute", "second", "microsecond")

    def __init__(self, dt1=None, dt2=None, weeks=0, weekday=None, **given):
        unknown = set(given) - {*self._RELATIVE, *self._ABSOLUTE}
        if dt1 is not None or dt2 is not None or weekday is not None or unknown:
            raise TypeError("relativedelta: only spans and parts of a date are known here")
        self._by = {name: given.get(name, 0) for name in self._RELATIVE}
        if any(int(self._by[name]) != self._by[name] for name in ("years", "months")):
            raise ValueError("Non-integer years and months are ambiguous and not currently supported.")
        self._by["days"] += weeks * 7
        self._to = {name: given[name] for name in self._ABSOLUTE if given.get(name) is not None}

    def __getattr__(self, name):
        if name in self._RELATIVE:
            return self._by[name]
        raise AttributeError(name)

    def _times(self, factor):
        made = relativedelta()
        made._by = {name: value * factor for name, value in self._by.items()}
        made._to = dict(self._to)
        return made

    def __neg__(self):
        return self._times(-1)

    def __mul__(self, factor):
        return self._times(factor)

    __rmul__ = __mul__

    def __add__(self, other):
        if isinstance(other, relativedelta):
            made = relativedelta()
            made._by = {name: value + other._by[name] for name, value in self._by.items()}
            made._to = {**self._to, **other._to}
            return made
        if isinstance(other, _span):
            span = relativedelta(days=other.days, seconds=other.seconds, microseconds=other.microseconds)
            return self + span
        if not isinstance(other, _date):
            return NotImplemented
        months = (self._to.get("year", other.year) + int(self._by["years"])) * 12
        months += self._to.get("month", other.month) - 1 + int(self._by["months"])
        year, month = months // 12, months % 12 + 1
        day = min(calendar.monthrange(year, month)[1], self._to.get("day", other.day))
        clock = {name: self._to[name] for name in self._ABSOLUTE[3:] if name in self._to}
        spans = {name: self._by[name] for name in self._RELATIVE[2:]}
        return other.replace(year=year, month=month, day=day, **clock) + _span(**spans)

    __radd__ = __add__

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other


timedelta = relativedelta
sys.modules["dateutil"] = types.ModuleType("dateutil")
sys.modules["dateutil.relativedelta"] = sys.modules["dateutil"].relativedelta = types.ModuleType(
    "dateutil.relativedelta"
)
sys.modules["dateutil.relativedelta"].relativedelta = relativedelta
'''
_SHAPES: Final = {
    Form.MATH: Shape(shots=8),
    Form.COUNTING: Shape(shots=4),
    Form.COLORED: Shape(
        shots=3,
        before=_CHANGEABLE,
        entry_point="",
        taken="('yes' if answer else 'no') if isinstance(answer, bool) else str(answer)",
        number=False,
    ),
    Form.PENGUINS: Shape(
        shots=3,
        entry_point="",
        taken="str(int(answer) if isinstance(answer, float) else answer)",
        number=False,
    ),
    Form.DATE: Shape(shots=6, stop="\n\n", before=_RELATIVEDELTA, entry_point="", taken="", number=False),
    Form.REPEAT_COPY: Shape(shots=4, taken=f"str({ENTRY}())", number=False),
    Form.AQUA: Shape(shots=4, before=_MATH, limits=Limits(cpu_s=5.0, wall_s=15.0)),
}


def written(extraction: Extraction, form: Form, *, exact: bool, taken: str = "") -> str:
    """Write the program that makes the answer: what it finds defined, its code, and the taking of the answer.

    Args:
        extraction: the code.
        form: of the task.
        exact: whether the code's last line counts as it is, as the published interface has it; else blank
            lines at the end are dropped.
        taken: the answer as an expression, in place of the form's own.
    """
    if extraction.rule == NO_CODE_RULE:
        return ""
    code, kind = extraction.code, shape(form)
    taken = taken or kind.taken
    if form is Form.AQUA:
        code = trimmed(code)
    if not taken:
        code, _, last = (code if exact else code.rstrip()).rpartition("\n")
        # the value's text; other values are shown as they are, and are no date
        taken = f"(lambda value: value if isinstance(value, str) else repr(value))(eval({last!r}, globals()))"
    return answering.taking(kind.before + code, taken)
