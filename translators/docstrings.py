"""Doctests in docstrings: those that are there, and examples in another form that can be rewritten as such.

MultiPL-E edited HumanEval's docstrings by hand until their examples were doctests. What was done there again
and again is done here by rule, in a docstring that has no doctest of the usual form:

- a call, a sign and a literal on one line: ``f(2) == 4``, ``for f(2) ➞ 4``, ``assert f(2) => 4  # why``;
- values by name: ``For x = 2, y = 3 the output should be 4``;
- ``Input: x = 2, y = 3`` and ``Output: 4`` on the line after.

Everything else stays as it is written.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.translators.inference import fits
from codeeval.translators.literal_values import value_of
from codeeval.translators.problem import Example, Untranslatable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.translators.types import Type, Value

_DOCTEST: Final = re.compile(r"(?P<indent>[ \t]*)(?P<mark>>>>)(?P<call>.*)\n(?P<expected>.*)(?:\n|\Z)")
"""As in MultiPL-E's generic_translator.py: a call and the one line that follows it."""
_SIGN: Final = r"(?:==?>|==?|➞|➡|→|->|#\s*(?:returns|=>)|(?:should\s+|will\s+|must\s+)?returns?|is)"
_CALL: Final = re.compile(
    r"(?P<indent>[ \t]*)(?:[-*]\s+|\d+[.)]\s+|for\s+|assert\s+|for example:?\s+|example:?\s+)?"
    rf"(?P<call>[A-Za-z_]\w*\(.*\))\s*{_SIGN}\s*(?P<expected>\S.*)",
    re.IGNORECASE,
)
_ASKED: Final = re.compile(
    r"(?P<indent>[ \t]*)>>>\s*(?P<call>[A-Za-z_]\w*\(.*\))\s*(?:==)?\s*(?P<expected>\S.*)"
)
_NAMED: Final = re.compile(
    r"(?P<indent>[ \t]*)for\s+(?P<call>\w+\s*=.*?),?\s+(?:the\s+sum\b.*?\s)?the\s+(?:output|result)\s+"
    r"(?:should\s+be|will\s+be|is)\s+(?P<expected>\S.*)",
    re.IGNORECASE,
)
_INPUT: Final = re.compile(r"(?P<indent>[ \t]*)Input:\s*(?P<call>\S.*)")
_OUTPUT: Final = re.compile(r"[ \t]*Output:\s*(?P<expected>\S.*)")
_WORDS: Final = {"true": "True", "false": "False", "null": "None"}


class _Wanted(NamedTuple):
    name: str
    """The function that an example must call; empty for any."""
    names: Sequence[str]
    returns: Type

    def has(self, example: Example) -> bool:
        return (
            self.name in ("", example.name)
            and len(example.arguments) == len(self.names)
            and fits(example.expected, self.returns)
        )


def read(text: str, entry_point: str, names: Sequence[str], returns: Type) -> tuple[str | Example, ...]:
    """Split a docstring into prose and doctests.

    Args:
        text: the docstring as it is written.
        entry_point: the function's name; only where no example calls it may another be meant by a slip.
        names: its parameters' names.
        returns: its result's type, which an example in another form must have.
    """
    text = "\n".join(_joined(_asked(text.split("\n"))))
    if not any(_doctests(text)):
        wanted = _Wanted(entry_point if f"{entry_point}(" in text else "", names, returns)
        text = "\n".join(_with_doctests(text.split("\n"), entry_point, wanted))
    pieces: list[str | Example] = []
    end = 0
    for found, example in _doctests(text):
        pieces += [text[end : found.start("mark")], example]
        end = found.end()
    return tuple(each for each in (*pieces, text[end:]) if each)


def _doctests(text: str) -> Iterator[tuple[re.Match[str], Example]]:
    for found in _DOCTEST.finditer(text):
        example = _example(found["call"], found["expected"], found["indent"])
        if example is not None:
            yield found, example


def _asked(lines: Sequence[str]) -> Iterator[str]:
    """Put the result of ``>>> f(2) == 4`` on a line of its own."""
    for line in lines:
        found = _ASKED.fullmatch(line)
        yield from (_two_lines(found, found["call"], found["expected"]) or [line]) if found else [line]


def _joined(lines: Iterator[str]) -> Iterator[str]:
    """Put a call whose brackets close on a later line on one."""
    held = ""
    for line in lines:
        text = f"{held} {line.strip()}" if held else line
        opens = held or re.fullmatch(r"[ \t]*(?:>>>\s*)?\w+\(.*[\[(,]\s*", text)
        if opens and sum(text.count(each) for each in "([{") > sum(text.count(each) for each in ")]}"):
            held = text
            continue
        held = ""
        yield text
    if held:
        yield held


def _with_doctests(lines: Sequence[str], entry_point: str, wanted: _Wanted) -> Iterator[str]:
    """Rewrite as doctests the examples that contain a call and its result."""
    rest = iter(range(len(lines)))
    for i in rest:
        line = lines[i]
        following = _OUTPUT.fullmatch(lines[i + 1]) if i + 1 < len(lines) else None
        rewritten = None
        if found := _CALL.fullmatch(line):
            rewritten = _two_lines(found, found["call"], found["expected"], wanted)
        elif found := _NAMED.fullmatch(line):
            call = _call(entry_point, found["call"], wanted.names)
            rewritten = _two_lines(found, call, found["expected"], wanted)
        elif following and (found := _INPUT.fullmatch(line)):
            call = _call(entry_point, found["call"], wanted.names)
            rewritten = _two_lines(found, call, following["expected"], wanted)
            if rewritten:
                next(rest)
        yield from rewritten or [line]


def _call(name: str, arguments: str, names: Sequence[str]) -> str:
    """Return a call with the arguments of ``x = 2, y = 3``; empty if they are not the parameters."""
    try:
        call = ast.parse(f"{name}({arguments})", mode="eval").body
    except (SyntaxError, ValueError):
        return ""
    if not isinstance(call, ast.Call):
        return ""
    given = {each.arg: ast.unparse(each.value) for each in call.keywords}
    if given and not call.args and set(given) == set(names):
        return f"{name}({', '.join(given[each] for each in names)})"
    return f"{name}({arguments})" if len(call.args) == len(names) and not given else ""


def _two_lines(
    found: re.Match[str], call: str, expected: str, wanted: _Wanted | None = None
) -> list[str] | None:
    """Return an example as a doctest; None where it is not one of literals, or not what is wanted."""
    for text in (expected, expected.rpartition(" = ")[2], expected.partition(" (")[0]):
        plain = text.strip().rstrip(".,;").strip()
        plain = _WORDS.get(plain.split("#")[0].strip(), plain)
        example = _example(call, plain, "")
        if example is not None and (wanted is None or wanted.has(example)):
            return [f"{found['indent']}>>> {call.strip()}", f"{found['indent']}{plain}"]
    return None


def _example(call: str, expected: str, indent: str) -> Example | None:
    """Read a doctest; None where it is not a call of literals that gives one."""
    try:
        node = ast.parse(call.strip(), mode="eval").body
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.keywords:
            return None
        result = value_of(ast.parse(expected.strip(), mode="eval").body)
        values: tuple[Value, ...] = tuple(map(value_of, node.args))
        return Example(node.func.id, values, result, indent)
    except (SyntaxError, Untranslatable, ValueError):
        return None
