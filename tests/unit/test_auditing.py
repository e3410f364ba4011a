"""The judge's error rates: which verdicts are errors, and what is counted."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from codeeval.errors import DataError, UsageError
from codeeval.interfaces import LabelledSolution
from codeeval.session.auditing import Error, audit_judge, error_of
from codeeval.types import Completion, CompletionKind, Outcome

if TYPE_CHECKING:
    from pathlib import Path

PASSED, WRONG, SLOW = Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.TIMEOUT


def known(*outcomes: Outcome) -> LabelledSolution:
    completion = Completion(task_id="t", sample=0, text="x", kind=CompletionKind.SOLUTION)
    return LabelledSolution(name="s", completion=completion, outcomes=outcomes)


@pytest.mark.parametrize(
    ("outcomes", "outcome", "error"),
    [
        ((PASSED,), PASSED, None),
        ((PASSED,), SLOW, Error.FALSE_NEGATIVE),
        ((PASSED, SLOW), SLOW, None),
        ((PASSED, SLOW), WRONG, Error.FALSE_NEGATIVE),
        ((WRONG,), PASSED, Error.FALSE_POSITIVE),
        ((WRONG,), SLOW, Error.OTHER_OUTCOME),
        ((), SLOW, None),
        ((), PASSED, Error.FALSE_POSITIVE),
    ],
)
def test_which_verdicts_are_errors(
    outcomes: tuple[Outcome, ...], outcome: Outcome, error: Error | None
) -> None:
    assert error_of(known(*outcomes), outcome) is error


def test_a_benchmark_without_labels_and_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as none:
        asyncio.run(audit_judge("humaneval"))
    assert "--labels" in none.value.remedy
    file = tmp_path / "labels.jsonl"
    file.write_text('{"task_id": "HumanEval/0", "completion": "pass"}\n')
    with pytest.raises(DataError, match=r"labels\.jsonl:1: .*passed"):
        asyncio.run(audit_judge("humaneval", labels=file))
    file.write_text(json.dumps({"task_id": "nothing", "completion": "pass", "passed": True}) + "\n")
    with pytest.raises(DataError, match="no line is of one of the 164 tasks"):
        asyncio.run(audit_judge("humaneval", labels=file))
