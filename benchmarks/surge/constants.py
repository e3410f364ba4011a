"""Answers that know nothing of the program: what is frequent, and what is at hand."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

FREQUENT: Final = {
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "true": "true",
    "none": "None",
    "empty list": "[]",
    "not found": "Pattern not found",
    "compiles not": "Compilation Error",
    "not a number": "nan",
    "infinity": "inf",
    "proof passes": '{"errors": [], "pass": true, "complete": true}',
    "proof fails": '{"errors": [], "pass": false, "complete": false}',
}
"""By name, what many outputs are or hold."""


def constant_answers(question: str, expected: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of each answer that is not what is expected, by chance, after all."""
    answers = {
        "nothing": "",
        "the question": question,
        "the last line": question.rstrip().rpartition("\n")[2],
        "every number": " ".join(str(number) for number in range(1000)),
    }
    answers |= FREQUENT
    for name, answer in answers.items():
        if not _same(answer, expected):
            yield name, f"Output:\n{answer}"


def _same(answer: str, expected: str) -> bool:
    """Whether they are the same text, the same number, or equivalent JSON."""
    if answer.split() == expected.split():
        return True
    try:
        return math.isclose(float(answer), float(expected.rpartition(":")[2]), rel_tol=0, abs_tol=0)
    except ValueError:
        pass
    try:
        ours, theirs = json.loads(answer), json.loads(expected)
    except ValueError:
        return False
    both = isinstance(ours, dict) and isinstance(theirs, dict)
    return both and bool(ours.get("pass")) and bool(theirs.get("pass"))
