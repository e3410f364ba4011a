"""Finds the code in a chat model's answer, in any language.

Where the prompt is the start of a program (``find``), the function is found by the name that it has there, in
the code's outline (``outlines``), and the code is arranged as the tests continue it (``arranging``).

Rules: ``fence`` and ``open-fence`` for the last fenced block that defines the function, ``bare`` for an
answer without fences that does, ``fence+body`` and ``body`` for a function's body that continues the prompt,
``none``; with ``+joined`` where other blocks hold imports, types or helpers that it lacks. A fence within the
code does not end it where the code parses up to a later one.

Where the prompt is prose (``find_program``), the code is kept as it is: the last fenced block that defines
the function if there is one to define, else the longest block in the language; ``bare`` is an answer without
fences, less the prose around it.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.benchmarks.common import any_language, outlines, python_functions, signatures
from codeeval.benchmarks.common.arranging import arranged, heading
from codeeval.benchmarks.common.outlines import Item, Kind
from codeeval.extraction import ANSWER_CHARACTERS, NO_CODE_RULE, Target, extract
from codeeval.extraction import text as prose
from codeeval.types import CompletionKind, Extraction

if TYPE_CHECKING:
    from collections.abc import Collection

    from codeeval.languages import Language
    from codeeval.types import Problem

_PYTHON: Final = "python"
_LONGEST_LINE: Final = 500
_PROSE: Final = re.compile(
    r"\s*(?:[-*] |\d+[.)] )?[A-Z][\w'\u2019-]*,?(?: [\w'`\u2019-]+,?){2,}(?:[ .:!?].*)?"
)
"""A line that begins as a sentence does: a capital, then words with nothing but blanks between them."""


class Found(NamedTuple):
    """What an answer's code became."""

    extraction: Extraction
    solution: str
    """the code before the newline and the tests."""


def find(text: str, problem: Problem, language: Language) -> Found:
    """Find the code of an answer and arrange it as the tests want it. Never raises."""
    if problem.language == _PYTHON:
        return _python(text, problem, language)
    text = prose.without_thinking(text.replace("\r\n", "\n").replace("\r", "\n"))[:ANSWER_CHARACTERS]
    rule, code = _code(text, problem, language)
    if rule == NO_CODE_RULE:
        return Found(Extraction(rule=rule), "")
    if rule.endswith("body"):
        body = any_language.cut(code, problem.stop)
        return Found(Extraction(rule=rule, code=body), problem.prompt + body)
    return Found(Extraction(rule=rule, code=code), arranged(code, problem))


def find_program(text: str, language: Language, entry_point: str = "") -> Extraction:
    """Find the code of an answer to a task in prose: a whole program, or a function and what it needs.

    Never raises.

    Args:
        text: the answer.
        language: the one that the task requires.
        entry_point: the function, where there is one.
    """
    text = prose.without_thinking(text.replace("\r\n", "\n").replace("\r", "\n"))[:ANSWER_CHARACTERS]
    blocks = list(prose.blocks(text, lambda _: False))
    mine = [block for block in blocks if block.info in language.fences]
    mine = mine or [block for block in blocks if not block.info] or blocks
    if mine:
        defining = [
            each for each in mine if entry_point and signatures.definition(each.code, entry_point) >= 0
        ]
        block = defining[-1] if defining else max(mine, key=lambda each: len(each.code))
        rule = "fence" if block.closed else "open-fence"
        code = block.code
    else:
        rule, code = "bare", _without_prose(text)
    return Extraction(rule=rule, code=code) if code.strip() else Extraction(rule=NO_CODE_RULE)


def is_prose(line: str) -> bool:
    """Whether a line reads as a sentence, not as code."""
    return bool(_PROSE.fullmatch(line.rstrip()[:_LONGEST_LINE]))


def _python(text: str, problem: Problem, language: Language) -> Found:
    """Find Python by its own extraction, and put the prompt's imports before it.

    What that calls ``whole``, an answer that is nothing but code, is ``bare`` here as in every language.
    """
    target = Target(entry_point=problem.entry_point, fences=language.fences, head=problem.prompt)
    found = extract(text, CompletionKind.ANSWER, target)
    if found.rule == NO_CODE_RULE:
        return Found(found, "")
    rule = found.rule.replace("whole", "bare")
    code = python_functions.with_preamble(python_functions.preamble(problem), found.code)
    return Found(msgspec.structs.replace(found, rule=rule), code)


def _without_prose(text: str) -> str:
    """Remove the sentences before and behind the code of an answer without fences."""
    lines = text.split("\n")
    code = [number for number, line in enumerate(lines) if line.strip() and not is_prose(line)]
    return "\n".join(lines[code[0] : code[-1] + 1]) + "\n" if code else ""


def _code(text: str, problem: Problem, language: Language) -> tuple[str, str]:
    """Return the rule and the code that it finds."""
    name = heading(problem).name
    blocks = list(prose.blocks(text, functools.partial(outlines.parses, language=language.id)))
    mine = [block for block in blocks if block.info in language.fences or not block.info] or blocks
    defining: list[int] = []
    for kinds in (
        {Kind.DEFINITION},
        {Kind.STATEMENT},
    ):  # a value under its name, if no function
        defining = defining or [
            index for index, block in enumerate(mine) if _defines(block.code, name, language.id, kinds)
        ]
    if defining:
        block = mine[defining[-1]]
        others = [(index > defining[-1], each.code) for index, each in enumerate(mine) if each is not block]
        code = _joined(block.code, others, name, language.id)
        rule = "fence" if block.closed else "open-fence"
        return rule if code == block.code else f"{rule}+joined", code
    if mine:
        return "fence+body", max((block.code for block in mine), key=len)
    if _defines(text, name, language.id, {Kind.DEFINITION}) or signatures.definition(text, name) >= 0:
        return "bare", _without_prose(text[_first_line_of_code(text, problem) :])
    if text[:1] in (" ", "\t") or text.lstrip("\n")[:1] in (" ", "\t"):
        return "body", text
    return NO_CODE_RULE, ""


def _defines(code: str, name: str, language: str, kinds: Collection[Kind]) -> bool:
    """Whether code defines a function by an item of these kinds; an import does not."""
    if name not in code:
        return False
    found = outlines.outline(outlines.opened(code, language), language)
    if found is not None and _defining(found.items, name, kinds):
        return True
    return (found is None or not found.sound) and signatures.definition(code, name) >= 0


def _defining(items: tuple[Item, ...], name: str, kinds: Collection[Kind] = (Kind.DEFINITION,)) -> bool:
    return any(
        (name in item.binds and item.kind in kinds) or _defining(item.members, name, kinds) for item in items
    )


def _joined(code: str, others: list[tuple[bool, str]], name: str, language: str) -> str:
    """Add what code lacks and other blocks have: imports, and the types and helpers that it names.

    Args:
        code: the block that defines the function.
        others: the other blocks, each with whether it stands behind that one.
        name: the function's.
        language: the id of the language.
    """
    main = outlines.outline(outlines.opened(code, language), language)
    read = [(later, outlines.outline(outlines.opened(each, language), language)) for later, each in others]
    sound = [(later, each.items) for later, each in read if each is not None and each.sound]
    pool = [item for _, items in sound for item in items if not _defining(items, name)]
    if main is None or not pool:
        return code
    used = {used for item in main.items for used in item.uses}
    wanted = outlines.needed(pool, used) - {bound for item in main.items for bound in item.binds}
    before: list[str] = []
    after: list[str] = []
    for later, items in sound:
        if _defining(items, name):
            continue
        found = [item for item in items if item.kind is not Kind.IMPORT and item.binds & wanted]
        helpers = [item for item in found if item.kind in {Kind.DEFINITION, Kind.STATEMENT}]
        imports = [item for item in items if item.kind is Kind.IMPORT and item.text not in code]
        alone = all(item.kind in {Kind.IMPORT, Kind.HEADER, Kind.DROPPED} for item in items)
        if helpers or alone:
            before += [item.text for item in imports]
            (after if later else before).extend(item.text for item in helpers)
    if not before and not after:
        return code
    head = [item.text for item in main.items if item.kind is Kind.HEADER]
    rest = [item.text for item in main.items if item.kind is not Kind.HEADER]
    return "".join(each.rstrip("\n") + "\n" for each in [*head, *before, *rest, *after])


def _first_line_of_code(text: str, problem: Problem) -> int:
    """Return where the code of an unfenced answer begins: at a line of the prompt, or at the function."""
    known = {line.strip() for line in problem.prompt.splitlines() if len(line.strip()) > 2}
    place = 0
    for line in text.splitlines(keepends=True):
        if line.strip() in known:
            return place
        place += len(line)
    return max(0, signatures.definition(text, problem.entry_point))
