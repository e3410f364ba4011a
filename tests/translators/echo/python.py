"""Prints the values of Python literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = """\
import json

def plain(v):
    if isinstance(v, dict):
        return [[plain(key), plain(item)] for key, item in v.items()]
    return [plain(each) for each in v] if isinstance(v, (list, tuple, set)) else v

"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    return _HEAD + "".join(f"print(json.dumps(plain({source})))\n" for source, _ in values)
