"""Compares values that programs printed in canonical form, by the equality of their language.

The form is that of ``translators.driver``. Lines are hostile: they are read as words, once, in time and
memory that their length bounds; nothing of them is decoded but numbers and texts of bounded length.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from codeeval.translators.driver import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NUMBERS: Final = "numbers"
"""Integers and floats compare by value."""
KINDS: Final = "kinds"
"""An integer is never equal to a float."""
BOOLEANS: Final = "booleans"
"""Booleans are the integers 0 and 1 as well."""
JAVASCRIPT: Final = "javascript"
"""What holds nothing compares by ``==``."""
SAME: Final = "same"
"""Numbers compare by value, and NaN with itself."""
PHP: Final = "php"
"""What holds nothing compares by PHP's ``==``."""
SHOWN: Final = "shown"
"""Texts in which Haskell's ``show`` wrote values: negative zero is zero."""
WITHIN: Final = "within"
"""Numbers compare within an absolute tolerance."""
MEAN: Final = "mean"
"""Numbers of a vector compare by the mean of their relative differences.

Source: R, ``all.equal.numeric``."""
NOTHING: Final = "?"
"""The word of a value that equals nothing."""
_LONGEST: Final = 4000
"""Digits of a number; a longer one is compared as text."""
_QUOTED: Final = re.compile(r'("(?:[^"\\]|\\.)*")')
_READ: Final = 1000
_SHOWN: Final = 200
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


_NOT_FINITE: Final = {
    **dict.fromkeys(("inf", "infinity"), math.inf),
    **dict.fromkeys(("-inf", "-infinity"), -math.inf),
    **dict.fromkeys(("nan", "-nan"), math.nan),
}


def results(output: str) -> list[str]:
    """Return the lines of results among what a program printed."""
    return [line[len(MARK) :].strip() for line in output.split("\n") if line.startswith(MARK)]


def equal(line: str, wanted: str, equality: str, tolerance: float) -> bool:
    """Whether two values are equal.

    Args:
        line: what the candidate's program printed, hostile.
        wanted: what the program without candidate printed.
        equality: the name of a rule above.
        tolerance: of numbers, for ``WITHIN`` and ``MEAN``.
    """
    got, expected = line.split(), wanted.split()
    if equality == PHP and (truth := _truths(got, expected)):
        return truth[0] == truth[1]
    if len(got) != len(expected) or NOTHING in got or NOTHING in expected:
        return False
    if equality == MEAN:
        return _equal_by_mean(got, expected, tolerance)
    same = _RULES[equality]
    return all(same(a, b, tolerance) for a, b in zip(got, expected, strict=True))


def shown(line: str) -> str:
    """Return the beginning of a value as a reader wants it."""
    return " ".join(map(_shown, line[:_READ].split()))[:_SHOWN]


def _shown(word: str) -> str:
    match word[0]:
        case "s":
            text = bytes.fromhex(word[1:]) if re.fullmatch(r"(?:[0-9a-f]{2})*", word[1:]) else b"..."
            return repr(text.decode(errors="replace"))
        case "i" | "f":
            return word[1:]
        case _:
            return {"n": "nothing", "b0": "false", "b1": "true"}.get(word, word)


def _number(word: str) -> int | float | None:
    """Read a word as a number; None where it is none."""
    text = word[1:]
    if len(text) > _LONGEST:
        return None
    if word[:1] == "i":
        return int(text) if re.fullmatch(r"[+-]?\d+", text, re.ASCII) else None
    if word[:1] != "f":
        return None
    if _NUMBER.fullmatch(text):
        return float(text)
    return _NOT_FINITE.get(text.lower().lstrip("+"))


def _by_value(got: str, wanted: str, _tolerance: float = 0.0) -> bool:
    a, b = _number(got), _number(wanted)
    return got == wanted if a is None or b is None else a == b


def _by_kind(got: str, wanted: str, _tolerance: float = 0.0) -> bool:
    return got[:1] == wanted[:1] and _by_value(got, wanted)


def _by_value_or_truth(got: str, wanted: str, _tolerance: float = 0.0) -> bool:
    return _by_value(_as_integer(got), _as_integer(wanted))


def _as_integer(word: str) -> str:
    return {"b0": "i0", "b1": "i1"}.get(word, word)


def _within(got: str, wanted: str, tolerance: float) -> bool:
    a, b = _number(got), _number(wanted)
    if a is None or b is None:
        return got == wanted
    return a == b or (math.isfinite(a) and math.isfinite(b) and abs(a - b) <= tolerance)


def _by_javascript(got: str, wanted: str, _tolerance: float = 0.0) -> bool:
    """Compare primitive values by ``==``, and NaN with itself.

    Source: ECMAScript, 7.2.13 IsLooselyEqual; Node.js, lib/internal/util/comparisons.js, ``innerDeepEqual``.
    """
    if got == wanted or {got, wanted} <= {"n", "xundefined"}:
        return True
    if got[:1] not in "fbsi" or wanted[:1] not in "fbsi" or got[:1] == wanted[:1] == "s":
        return False
    a, b = _javascript_number(got), _javascript_number(wanted)
    return a is not None and b is not None and a == b


def _javascript_number(word: str) -> int | float | None:
    """Return what JavaScript's ``Number`` makes of a primitive value; None for what is no number."""
    if word[0] != "s":
        return _number(_as_integer(word))
    try:
        text = bytes.fromhex(word[1 : 1 + 2 * _LONGEST]).decode().strip()
    except ValueError:
        return None
    if not text:
        return 0
    if re.fullmatch(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+", text):
        return int(text, 0)
    if text in ("Infinity", "+Infinity", "-Infinity"):
        return -math.inf if text[0] == "-" else math.inf
    return float(text) if _NUMBER.fullmatch(text) else None


def _by_sameness(got: str, wanted: str, _tolerance: float = 0.0) -> bool:
    return got == wanted or _by_value(got, wanted)


def _by_shown(got: str, wanted: str, _tolerance: float = 0.0) -> bool:
    return got == wanted or _with_one_zero(got) == _with_one_zero(wanted)


def _with_one_zero(word: str) -> str:
    """Return a text of ``show`` in which negative zeros are zeros, but for those within quotes."""
    if not re.fullmatch(r"s(?:[0-9a-f]{2})*", word):
        return word
    parts = _QUOTED.split(bytes.fromhex(word[1:]).decode("latin-1"))
    parts[::2] = (re.sub(r"\(-0\.0\)|-0\.0(?!\d|e)", "0.0", part) for part in parts[::2])
    return "".join(parts)


def _truths(got: Sequence[str], wanted: Sequence[str]) -> tuple[bool, bool] | None:
    """Return two values as booleans where one is a boolean or null and the other an array; else None."""
    if not got or not wanted or (got[0] == "[") == (wanted[0] == "["):
        return None
    plain = wanted[0] if got[0] == "[" else got[0]
    if plain not in {"n", "b0", "b1"}:
        return None
    first, second = (len(words) > 2 if words[0] == "[" else words[0] == "b1" for words in (got, wanted))
    return first, second


def _by_php(got: str, wanted: str, _tolerance: float = 0.0) -> bool:
    """Compare values that hold nothing by ``==``.

    Source: PHP 8's manual, "Comparison with various types" and "Numeric strings".
    """
    kinds = {got[:1], wanted[:1]}
    if got == wanted or not kinds <= set("nbifs"):
        return got == wanted
    if kinds == {"n", "s"}:
        return {got, wanted} == {"n", "s"}
    if kinds & {"n", "b"}:
        return _php_truth(got) == _php_truth(wanted)
    a, b = _php_number(got), _php_number(wanted)
    if a is not None and b is not None:
        return a == b
    text, other = (got, wanted) if got[0] == "s" else (wanted, got)
    return kinds != {"s"} and text == "s" + other[1:].encode().hex()


def _php_truth(word: str) -> bool:
    match word[0]:
        case "n" | "b":
            return word == "b1"
        case "s":
            return word not in {"s", "s30"}
        case _:
            return _number(word) != 0


def _php_number(word: str) -> int | float | None:
    """Return what a number or a numeric string is worth; None for any other string."""
    if word[0] != "s":
        return _number(word)
    try:
        text = bytes.fromhex(word[1 : 1 + 2 * _LONGEST]).decode("ascii").strip(" \t\n\r\v\f")
    except ValueError:
        return None
    if re.fullmatch(r"[+-]?\d+", text):
        return int(text) if len(text) < 20 else float(text)
    return float(text) if _NUMBER.fullmatch(text) else None


def _equal_by_mean(got: Sequence[str], wanted: Sequence[str], tolerance: float) -> bool:
    """Compare vectors: what is no number word by word, numbers by the mean of those that differ."""
    differences: list[tuple[float, float]] = []
    for a, b in zip(got, wanted, strict=True):
        x, y = _number(a), _number(b)
        if x is None or y is None:
            if a != b or not _is_near(differences, tolerance):
                return False
            differences = []
        elif x != y and not (math.isnan(x) and math.isnan(y)):
            if not (math.isfinite(x) and math.isfinite(y)):
                return False
            differences.append((float(x), float(y)))
    return _is_near(differences, tolerance)


def _is_near(differences: Sequence[tuple[float, float]], tolerance: float) -> bool:
    if not differences:
        return True
    size = sum(abs(target) for target, _ in differences)
    difference = sum(abs(target - current) for target, current in differences)
    is_relative = math.isfinite(size) and size / len(differences) > tolerance
    return difference / (size if is_relative else len(differences)) <= tolerance


_RULES: Final[dict[str, Callable[[str, str, float], bool]]] = {
    NUMBERS: _by_value,
    KINDS: _by_kind,
    BOOLEANS: _by_value_or_truth,
    JAVASCRIPT: _by_javascript,
    SAME: _by_sameness,
    PHP: _by_php,
    SHOWN: _by_shown,
    WITHIN: _within,
}
