"""What the authors' runner records of a failed program, for self-repair.

Source: lcb_runner/evaluation/testing_util.py, ``truncatefn`` and the metadata of ``grade_stdio`` and
``grade_call_based``.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.benchmarks.livecodebench.private_tests import Test
    from codeeval.types import Verdict

SHOWN: Final = 300
_TEST: Final = re.compile(r"test (\d+): .*; the whole result: (.*)\Z", re.DOTALL)
"""As ``official.same_results`` says it."""
_ERRORS: Final = {
    Outcome.WRONG_ANSWER: (-2, "Wrong Answer"),
    Outcome.TIMEOUT: (-3, "Time Limit Exceeded"),
}
_RUNTIME: Final = (-4, "Runtime Error")


def metadata(verdict: Verdict, tests: Sequence[Test], *, calls: bool) -> Mapping[str, object]:
    """Return the record of a verdict.

    Args:
        verdict: of a program.
        tests: of its problem.
        calls: whether these are calls of a function.
    """
    if verdict.passed:
        return {"execution time": verdict.cpu_s}
    code, message = _ERRORS.get(verdict.outcome, _RUNTIME)
    record: dict[str, object] = {"error_code": code, "error_message": message}
    number, output = _failed(verdict)
    if number is not None and number < len(tests):
        test = tests[number]
        record["inputs"] = _cut(_arguments(test.input) if calls else test.input)
        record["expected"] = _cut(str(json.loads(test.output)) if calls else test.output)
    if verdict.outcome is Outcome.WRONG_ANSWER:
        return record | {"output": _cut(output)}
    return record | {"error": verdict.detail}


def _failed(verdict: Verdict) -> tuple[int | None, str]:
    """Return the number, from 0, of the test that failed, and what the program made of it."""
    if verdict.cases:
        case = next(each for each in verdict.cases if each.outcome is not Outcome.PASSED)
        return case.index, case.output
    found = _TEST.match(verdict.evidence[0].difference) if verdict.evidence else None
    return (int(found[1]) - 1, _text(found[2])) if found else (None, "")


def _text(shown: str) -> str:
    """Read what was printed, which is written as JSON; what was returned is as it is."""
    try:
        value = json.loads(shown)
    except ValueError:  # cut off, or no JSON
        return shown
    return value if isinstance(value, str) else shown


def _arguments(text: str) -> str:
    return str([json.loads(line) for line in text.split("\n")])


def _cut(text: str) -> str:
    if len(text) <= SHOWN:
        return text
    return f"{text[: SHOWN // 2]}...(truncated) ...{text[-SHOWN // 2 :]}"
