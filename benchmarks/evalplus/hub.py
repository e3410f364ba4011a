"""The copies of HumanEval+ and MBPP+ on the Hub: their inputs are literals in code, and are read as such.

They differ from the release: an input that occurs twice is there once, base and extra inputs are not
separated, and descriptions of MBPP+ have the web addresses that the release omits.
"""

from __future__ import annotations

import ast
import json
import math
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval.benchmarks.evalplus.rows import Row
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import DataError

if TYPE_CHECKING:
    from codeeval.interfaces import DataSource

VARIANT: Final = "plus"
"""The only one that the Hub has."""

HUMANEVAL: Final = DatasetRef(
    id="evalplus/humanevalplus",
    config="default",
    revision="main",
    sha256={"test": "d81c20f4adcd158f8c26d543f323675195fc54490a451ca24188f6bc8ddce9eb"},
)
MBPP: Final = DatasetRef(
    id="evalplus/mbppplus",
    config="default",
    revision="main",
    sha256={"test": "a5dd566a536bab5aef3ec8c4fc9d45155ba4df48d56711a50d42f88f9a574be4"},
)

# fmt: off
_HUMANEVAL_BASE: Final = (
    7, 4, 3, 6, 3, 3, 3, 4, 5, 4, 5, 3, 3, 4, 3, 3, 5, 5, 4, 5, 5, 5, 3, 3, 5, 8, 3, 3, 3, 2, 4, 12, 99,
    7, 1, 2, 8, 3, 100, 10, 9, 5, 3, 9, 12, 3, 4, 5, 7, 7, 100, 7, 6, 105, 7, 5, 12, 8, 4, 5, 5, 12, 5,
    7, 7, 5, 8, 7, 8, 25, 9, 9, 6, 8, 9, 4, 10, 9, 7, 4, 8, 6, 16, 5, 5, 4, 7, 6, 7, 8, 6, 6, 10, 5, 9,
    7, 10, 8, 7, 5, 5, 6, 8, 12, 4, 5, 4, 8, 8, 5, 7, 7, 9, 3, 12, 5, 7, 7, 13, 12, 11, 7, 5, 4, 16, 8,
    13, 8, 8, 10, 10, 7, 14, 12, 10, 5, 11, 8, 8, 4, 5, 26, 11, 7, 12, 6, 7, 4, 7, 7, 10, 7, 4, 9, 6, 8,
    14, 11, 10, 6, 3, 8, 4, 4,
)
"""Base inputs of each task, counted in the release, those that occur twice once."""
_MBPP_BASE: Final = {
    3: 5, 6: 6, 58: 4, 162: 4, 172: 5, 226: 4, 721: 4, 723: 4, 724: 4, 725: 4, 726: 4, 730: 4, 735: 5,
    752: 4, 754: 4, 755: 4, 758: 4, 759: 5, 764: 4, 766: 4, 767: 4, 773: 4, 780: 4, 785: 4, 787: 4, 791:
    4, 799: 6, 800: 4, 803: 6,
}
"""The same, where it is not 3."""
# fmt: on


class HumanEvalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``evalplus/humanevalplus``."""

    task_id: str
    prompt: str
    canonical_solution: str
    entry_point: str
    test: str


class MbppRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``evalplus/mbppplus``."""

    task_id: int
    prompt: str
    code: str
    test_list: tuple[str, ...]
    test: str


def read(family: str, source: DataSource) -> tuple[list[Row], str]:
    """Read the Hub's copy, from a mirror or from the Hub; returns its rows and revision.

    Raises:
        DataError: it is unreachable, or a row is malformed.
    """
    if family == "humaneval-plus":
        rows = load_rows(HUMANEVAL, "test", source, HumanEvalRow)
        return [_humaneval(row) for row in rows.rows], rows.identity.revision
    found = load_rows(MBPP, "test", source, MbppRow)
    return [_mbpp(row) for row in found.rows], found.identity.revision


def _humaneval(row: HumanEvalRow) -> Row:
    number = row.task_id.rpartition("/")[2]
    known = number.isdecimal() and int(number) < len(_HUMANEVAL_BASE)
    base = _HUMANEVAL_BASE[int(number)] if known else 0
    inputs = _inputs(row.task_id, row.test)
    return Row(
        task_id=row.task_id,
        prompt=row.prompt,
        entry_point=row.entry_point,
        reference=row.canonical_solution,
        base=inputs[:base],
        plus=inputs[base:],
        atol=1e-4 if row.entry_point == "find_zero" else _tolerance(row.task_id, row.test),
    )


def _mbpp(row: MbppRow) -> Row:
    task_id = f"Mbpp/{row.task_id}"
    called = re.findall(r"^    assertion\((\w+)\(\*inp\), ", row.test, re.MULTILINE)
    if not called or not row.test_list:
        raise _malformed(task_id, "its test calls no function")
    inputs = _inputs(task_id, row.test)
    base = _MBPP_BASE.get(row.task_id, 3)
    text = re.sub(r"https?://\S+", "", row.prompt)
    return Row(
        task_id=task_id,
        prompt=f'"""\n{text}\n{row.test_list[0]}\n"""\n',
        entry_point=called[-1],
        reference=row.code,
        base=inputs[:base],
        plus=inputs[base:],
        atol=_tolerance(task_id, row.test),
    )


def _tolerance(task_id: str, test: str) -> float:
    found = re.findall(r"assertion\(.*, ([-+.\de]+)\)\s*$", test.rstrip())
    if not found:
        raise _malformed(task_id, "its test names no tolerance")
    return float(found[-1])


def _inputs(task_id: str, test: str) -> list[list[Any]]:  # Any: arguments of a call
    found = re.search(r"^ *inputs = (.*)$", test, re.MULTILINE)
    if not found:
        raise _malformed(task_id, "its test has no inputs")
    try:
        value = _fast(found[1]) or _value(ast.parse(found[1], mode="eval").body)
        return [list(call) for call in value]
    except (SyntaxError, ValueError, TypeError, RecursionError) as error:
        raise _malformed(task_id, f"its inputs are no literal: {error}") from error


def _fast(literal: str) -> Any:  # Any: as ``_value``
    """Evaluate a literal of lists, strings and numbers by way of JSON, ten times as fast; None for others."""
    try:
        return json.loads(_TOKEN.sub(_as_json, literal))
    except ValueError:
        return None


_TOKEN: Final = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[A-Za-z_({]+""",
    re.DOTALL,
)
_WORDS: Final = {"True": "true", "False": "false", "None": "null", "e": "e"}


def _as_json(token: re.Match[str]) -> str:
    text = token[0]
    if text[0] in "'\"":
        return json.dumps(ast.literal_eval(text))
    if text not in _WORDS:
        raise ValueError(text)
    return _WORDS[text]


def _value(node: ast.expr) -> Any:  # noqa: PLR0911 -- one a kind of literal; Any: it may be anything
    """Evaluate a literal; as ``ast.literal_eval``, with ``inf`` and ``nan``."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_value(item) for item in items)
        case ast.Set(elts=items):
            return {_value(item) for item in items}
        case ast.Dict(keys=keys, values=values):
            return {_value(key): _value(value) for key, value in zip(keys, values, strict=True) if key}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _value(left) + _value(right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _value(left) - _value(right)
        case ast.Name(id="inf" | "nan" as name):
            return math.inf if name == "inf" else math.nan
        case _:
            raise ValueError(f"{type(node).__name__} in line {node.lineno}")


def _malformed(task_id: str, why: str) -> DataError:
    return DataError(f"{task_id} on the Hub: {why}", "Fetch the dataset again, or use EvalPlus's own file.")
