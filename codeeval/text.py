"""Text of models and datasets, made storable, and names made of it."""

from __future__ import annotations

import re
from typing import Final

_NOT_IN_FILE_NAMES: Final = re.compile(r"[^A-Za-z0-9._]+")
_MOST_DIGITS: Final = 4300
"""Python converts no longer integer, and raises ValueError instead."""


def clean_text(text: str) -> str:
    r"""Make a text storable as UTF-8: lone surrogates become U+FFFD, pairs become their character.

    Everything else is kept as it is, NUL and carriage returns included.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def read_integer(digits: str) -> int | float:
    """Read an integer of JSON, as ``parse_int`` of ``json.loads``: one of thousands of digits is infinite.

    Nothing that is asked of others has such a number, and one in a field that nobody reads is no error.
    """
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def slug(name: str) -> str:
    """Make of a name one that files can have: ``mbpp:sanitized`` becomes ``mbpp-sanitized``."""
    return _NOT_IN_FILE_NAMES.sub("-", name).strip("-.") or "model"
