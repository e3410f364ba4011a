"""Doctests in docstrings: those that are there, and examples in other words that can be said as doctests.

MultiPL-E edited HumanEval's docstrings by hand until every example was a doctest. What it did again and again is
done here by rule: a call, a word or sign, and a literal (``f(2) == 4``, ``f(2) ➞ 4``, ``f(2) # returns 4``) become a
doctest; everything else stays as it is.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from codeeval.translators.literal_values import value_of
from codeeval.translators.problem import Example, Untranslatable

if TYPE_CHECKING:
    from codeeval.translators.types import Value

_DOCTEST: Final = re.compile(r"(?P<indent>[ \t]*)>>>(?P<call>.*)\n(?P<expected>.*)\n")
"""As in MultiPL-E's generic_translator.py: a call and one line that follows it."""
_SIGN: Final = (
    r"(?:==?>?|➞|➡|=>|->|--?>|→|#\s*(?:returns|=>)|should\s+return|returns?|will\s+return|must\s+be|is)"
)
_INLINE: Final = re.compile(
    rf"^(?P<indent>[ \t]*)(?:[-*]\s+|\d+[.)]\s+|For example:?\s+|Example:?\s+)?(?P<call>[A-Za-z_]\w*\s*\(.*\))\s*{_SIGN}\s*(?P<expected>.+?)\s*[.;,]?[ \t]*$"
)


def read(text: str, entry_point: str, count: int) -> tuple[str | Example, ...]:
    """Split a docstring into prose and doctests.

    Args:
        text: the docstring as it is written.
        entry_point: the function's name; examples of other functions are left as prose unless they are doctests.
        count: how many parameters it has.
    """
    pieces: list[str | Example] = []
    end = 0
    text = _with_doctests(text, entry_point, count)
    for found in _DOCTEST.finditer(text):
        example = _example(found["call"], found["expected"], found["indent"])
        if example is None:
            continue
        pieces += [text[end : found.start("call") - 3], example]
        end = found.end()
    return tuple(each for each in (*pieces, text[end:]) if each)


def _with_doctests(text: str, entry_point: str, count: int) -> str:
    """Rewrite the examples that are no doctests but say as much."""
    lines = text.split("\n")
    out = []
    for line in lines:
        found = _INLINE.match(line)
        example = _example(found["call"], found["expected"], found["indent"]) if found else None
        if found and example and example.name == entry_point and len(example.arguments) == count:
            out += [f"{found['indent']}>>> {found['call'].strip()}", f"{found['indent']}{found['expected']}"]
        else:
            out.append(line)
    return "\n".join(out)


def _example(call: str, expected: str, indent: str) -> Example | None:
    """Read a doctest; None where it is not a call of literals that gives one."""
    try:
        match ast.parse(call.strip(), mode="eval").body:
            case ast.Call(ast.Name(name), arguments, []):
                values: tuple[Value, ...] = tuple(map(value_of, arguments))
                return Example(name, values, value_of(ast.parse(expected.strip(), mode="eval").body), indent)
            case _:
                return None
    except (SyntaxError, Untranslatable, ValueError):
        return None
    return None
