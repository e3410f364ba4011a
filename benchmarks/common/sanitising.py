"""The official sanitisers of EvalPlus and BigCodeBench: which code of a model's text is run.

Source: evalplus 0.3.1, evalplus/sanitize.py, and bigcodebench 0.2.5, bigcodebench/sanitize.py:
``code_extract``, ``extract_target_code_or_empty``, ``sanitize``. The quirks are theirs: a block of code has
at least two lines; decorated functions, comments and statements other than imports, definitions and
assignments are dropped; of several definitions of a name the first counts. ``Rules`` is what they differ in.
"""

from __future__ import annotations

import ast
import functools
import itertools
import warnings
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.extraction import NO_CODE_RULE
from codeeval.extraction.bounded import parse_bounded
from codeeval.extraction.text import without_thinking
from codeeval.types import Extraction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Language, Node

ATTEMPTS: Final = 4000
CHARACTERS: Final = 8 << 20
"""Spans of lines tried, and characters parsed for that, of one text: the search is quadratic in its lines."""
WORK: Final = 2 << 20
"""Characters that the parser gets past, of one text. Prose ends it in the first line of a span; a text of
decorators alone only at the end of each."""
IMPORTS: Final = ("import_statement", "import_from_statement")
IDENTIFIER: Final = "identifier"
FUNCTION: Final = "function_definition"


class Rules(NamedTuple):
    """What the sanitisers differ in."""

    strips: bool
    """White space around the text goes first."""
    functions_return: bool
    """A function without a return statement is dropped."""
    calls_at_the_end_go: bool
    """Unindented lines at the end that mention the entry point go, with all after them."""


class Sanitised(NamedTuple):
    """What is left of a text."""

    code: str
    searched: bool
    """Whether the longest block was found within the bounds of the search; else it is the text itself."""


def evalplus_rules() -> Rules:
    """Return those of evalplus/sanitize.py."""
    return Rules(strips=False, functions_return=True, calls_at_the_end_go=False)


def bigcodebench_rules() -> Rules:
    """Return those of bigcodebench/sanitize.py."""
    return Rules(strips=True, functions_return=False, calls_at_the_end_go=True)


def sanitised(text: str, entry_point: str, rules: Rules) -> Extraction:
    """Take the code that the entry point needs out of a text; the rule records whether it was found."""
    found = sanitise(text, entry_point, rules)
    if not found.code.strip() or (found.searched and not _parses(found.code)):
        return Extraction(rule=NO_CODE_RULE)  # officially the first line of the text, which fails as surely
    return Extraction(rule="sanitised" if found.searched else "unsearched", code=found.code)


def answered(text: str, prefill: str, stop: Sequence[str]) -> str:
    """Cut what continues the prefill where a server was to stop; else take the whole answer."""
    text = without_thinking(text.replace("\r\n", "\n"), _parses)
    if not prefill or not text.startswith(prefill):
        return text
    text = text.removeprefix(prefill)
    return text[: min((at for each in stop if (at := text.find(each)) >= 0), default=len(text))]


def sanitise(text: str, entry_point: str, rules: Rules) -> Sanitised:
    """Take the code that the entry point needs out of a text. Never raises."""
    block = _longest_block(text.strip() if rules.strips else text)
    if block is None:
        return Sanitised(text, searched=False)
    needed = _needed(block, entry_point, rules)
    if needed is None:
        return Sanitised(text, searched=False)
    if rules.calls_at_the_end_go:
        needed = _without_calls_at_the_end(needed, entry_point)
    if needed := needed.strip():
        return Sanitised(needed, searched=True)
    raw = _longest_block(text)
    return Sanitised(text if raw is None else raw, searched=raw is not None)


def _longest_block(text: str) -> str | None:
    """Find the run of at least two lines with the most lines that are not blank that is Python.

    Of equals the first counts; without any, it is the first line. None where the search takes too long.
    """
    lines = text.split("\n")
    ends = list(itertools.accumulate((len(line) + 1 for line in lines), initial=0))
    attempts, characters, work = ATTEMPTS, CHARACTERS, WORK
    for first, last in _spans(lines):
        span = "\n".join(lines[first : last + 1])
        attempts -= 1
        characters -= len(span)
        if attempts < 0 or characters < 0 or work < 0:
            return None
        failed_in = _failing_line(span)
        if failed_in is None:
            return span
        work -= ends[min(first + failed_in, last + 1)] - ends[first]
    return lines[0]


def _spans(lines: list[str]) -> Iterator[tuple[int, int]]:
    """List the spans with the most lines that are not blank first, equals in their order in the text."""
    before = [0]
    for line in lines:
        before.append(before[-1] + bool(line.strip()))
    ends = defaultdict(list)
    for last in range(len(lines)):
        ends[before[last + 1]].append(last)
    for count in range(before[-1], 0, -1):
        for first in range(len(lines)):
            for last in ends.get(before[first] + count, ()):
                if last > first:
                    yield first, last


def _parses(code: str) -> bool:
    return _failing_line(code) is None


def _failing_line(code: str) -> int | None:
    """Return the number of the line, from 1, in which code is found to be no Python; None where it is."""
    with warnings.catch_warnings(action="ignore"):
        try:
            ast.parse(code)
        except SyntaxError as error:
            return max(error.lineno or 0, error.end_lineno or 0, 1)
        except (ValueError, MemoryError, RecursionError):
            return code.count("\n") + 1
    return None


class _Definition(NamedTuple):
    name: str | None
    node: Node


@functools.cache
def _grammar() -> Language:
    import tree_sitter  # noqa: PLC0415 -- costs 50 ms
    import tree_sitter_python  # noqa: PLC0415

    return tree_sitter.Language(tree_sitter_python.language())


def _needed(code: str, entry_point: str, rules: Rules) -> str | None:
    """Keep imports, and the definitions that the entry point reaches by the names they use.

    Returns:
        None where the parse takes too long.
    """
    import tree_sitter  # noqa: PLC0415 -- costs 50 ms

    data = code.encode("utf-8", "replace")
    imports: list[Node] = []
    definitions: dict[str | None, _Definition] = {}
    root = parse_bounded(tree_sitter.Parser(_grammar()), data)
    if root is None:
        return None
    for child in root.children:
        if child.type in IMPORTS:
            imports.append(child)
        elif rules.functions_return and child.type == FUNCTION and not _returns(child):
            continue
        elif (definition := _definition(child)) is not None:
            definitions.setdefault(definition.name, definition)
    uses = {name: set(_names(definition.node)) for name, definition in definitions.items()}
    reached: set[str | None] = {entry_point}
    pending = [entry_point]
    while pending:
        fresh = uses.get(pending.pop(), set()) - reached
        reached |= fresh
        pending += fresh
    kept = imports + [each.node for each in definitions.values() if each.name in reached]
    return b"\n".join(data[node.start_byte : node.end_byte] for node in kept).decode()


def _definition(statement: Node) -> _Definition | None:
    if statement.type in {"class_definition", FUNCTION}:
        return _Definition(_own_name(statement), statement)
    first = statement.children[0] if statement.children else None
    if statement.type == "expression_statement" and first is not None and first.type == "assignment":
        return _Definition(_own_name(first), first)
    return None


def _returns(function: Node) -> bool:
    pending = [function]
    while pending:
        node = pending.pop()
        if node.type == "return_statement":
            return True
        pending += node.children
    return False


def _own_name(node: Node) -> str | None:
    found = next((child for child in node.children if child.type == IDENTIFIER), None)
    return None if found is None or found.text is None else found.text.decode()


def _names(node: Node) -> Iterator[str]:
    pending = list(node.children)
    while pending:
        child = pending.pop()
        if child.type != IDENTIFIER:
            pending += child.children
        elif child.text is not None:
            yield child.text.decode()


def _without_calls_at_the_end(code: str, entry_point: str) -> str:
    lines = code.splitlines()
    cut = None
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].startswith(" "):
            break
        if entry_point in lines[index]:
            cut = index
    return code if cut is None else "\n".join(lines[:cut])
