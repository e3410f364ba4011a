"""Finding the prediction in what a model wrote. Nothing is executed.

Rules, in the order they are tried. The text is what follows the first ``[ANSWER]`` (after the last
``[/THOUGHT]``), up to ``[/ANSWER]``; without that mark the answer's last line that begins with ``assert``,
else its last fenced block, else all of it.

================  ==============================================================================
``assert``        ``assert f(...) == value``
``equation``      ``f(...) == value``
``bare``          an expression and nothing else
``assert-line``   the text does not parse, but its first line that begins with ``assert`` does
``after-equals``  nor does that, but something stands behind the first ``==`` (outputs only)
``as-is``         a whole solution, from a file or a reference
``none``          nothing of these, or a call whose arguments are no literals
================  ==============================================================================

Source: facebookresearch/cruxeval, inference/tasks/output_prediction.py and input_prediction.py,
``postprocess_generation``, which splits at ``[ANSWER]`` and at ``==``.
"""

from __future__ import annotations

import ast
import re
from typing import Final, NamedTuple

from codeeval.benchmarks.common import literals
from codeeval.benchmarks.common.literals import NoLiteralError
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.extraction.text import without_thinking
from codeeval.types import Completion, CompletionKind, Extraction

OPEN: Final = "[ANSWER]"
CLOSE: Final = "[/ANSWER]"
THOUGHT_END: Final = "[/THOUGHT]"
NEXT: Final = "[PYTHON]"
"""Where a model begins with a problem of its own."""
AS_IS: Final = "as-is"
_FENCED: Final = re.compile(r"^ *```[^\n`]*\n(.*?)(?:^ *```|\Z)", re.MULTILINE | re.DOTALL)
_ASSERT: Final = re.compile(r"^[^\S\n]*(assert\b.*)", re.MULTILINE)
"""Within one line: white space that crosses lines would be tried from each of them anew."""
NONE: Final = Extraction(rule=NO_CODE_RULE)


def written_value(completion: Completion, head: str, tail: str) -> Extraction:
    """Find the value that is predicted in a line of another language's tests, as it is written.

    ``line`` where the whole line is there, ``bare`` where the answer is one line that is not it.
    """
    text = encodable(completion.text)
    if completion.kind is CompletionKind.SOLUTION:
        return Extraction(rule=AS_IS, code=text.strip())
    lines = [line.strip() for line in body_of(text, completion.kind).splitlines() if line.strip()]
    for line in lines:
        if line.startswith(head):
            value = line[len(head) :].removesuffix(tail).strip()
            return Extraction(rule="line", code=value) if value else NONE
    return Extraction(rule="bare", code=lines[0]) if len(lines) == 1 else NONE


class _Sides(NamedTuple):
    """The statement found, taken apart."""

    rule: str
    text: str
    """What was parsed."""
    left: ast.expr
    right: ast.expr | None
    """None where there is no ``==``."""

    def source(self, node: ast.expr) -> str:
        """Return an expression as it was written."""
        return ast.get_source_segment(self.text, node) or ""


def output(completion: Completion) -> Extraction:
    """Find the value that is predicted, as source text."""
    text = encodable(completion.text)
    if completion.kind is CompletionKind.SOLUTION:
        return Extraction(rule=AS_IS, code=text.strip())
    body = body_of(text, completion.kind)
    sides = _sides(body)
    if sides is None:
        value = body.partition("==")[2].partition("==")[0].strip()
        return Extraction(rule="after-equals", code=value) if value else NONE
    if sides.right is None:
        return Extraction(rule=sides.rule, code=sides.source(sides.left))
    turned = isinstance(sides.right, ast.Call) and not isinstance(sides.left, ast.Call)
    return Extraction(rule=sides.rule, code=sides.source(sides.left if turned else sides.right))


def call(completion: Completion, entry_point: str) -> Extraction:
    """Find the call that is predicted, with literals as arguments; anything else counts as no answer."""
    text = encodable(completion.text)
    whole = completion.kind is CompletionKind.SOLUTION
    body = text if whole else body_of(text, completion.kind)
    sides = _sides(body) or _sides(re.sub(r"^\s*assert\b", "", body.partition("==")[0]).strip())
    if sides is None:
        return NONE
    for node in (sides.left, sides.right):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == entry_point:
            rule = AS_IS if whole else sides.rule
            return Extraction(rule=rule, code=sides.source(node)) if _of_literals(node) else NONE
    return NONE


def _of_literals(node: ast.Call) -> bool:
    try:
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            literals.value_of(argument)
    except NoLiteralError:
        return False
    return all(keyword.arg for keyword in node.keywords)


def body_of(text: str, kind: CompletionKind) -> str:
    """Return the part of a text that holds the answer."""
    continued = kind is CompletionKind.CONTINUATION
    answered = text if continued else without_thinking(text)
    decided = answered.rpartition(THOUGHT_END)[2]
    _, marked, after = (decided if OPEN in decided else answered).partition(OPEN)
    if marked or continued:
        return _unfenced((after if marked else answered).partition(CLOSE)[0].partition(NEXT)[0])
    lines = _ASSERT.findall(answered)
    return lines[-1].strip() if lines else _unfenced(answered)


def _unfenced(text: str) -> str:
    blocks = _FENCED.findall(text)
    return (blocks[-1] if blocks else text).strip().strip("`").strip()


def _sides(body: str) -> _Sides | None:
    """Take apart the first assertion or equation, or the only expression; else the first line that is one."""
    found = _statement(body)
    if found is None and (line := _ASSERT.search(body)):
        found = _statement(line[1])
        return found._replace(rule="assert-line") if found else None
    return found


def _statement(text: str) -> _Sides | None:
    try:
        statements = literals.parse(text).body
    except NoLiteralError:
        return None
    for statement in statements:
        match statement:
            case ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
                return _Sides("assert", text, left, right)
            case ast.Expr(value=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
                return _Sides("equation", text, left, right)
            case ast.Expr(value=value) if len(statements) == 1:
                return _Sides("bare", text, value, None)
            case _:
                continue
    return None
