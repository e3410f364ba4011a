"""Compares what Lean is predicted to report with what it reports.

Source: Imbernoulli/SURGE, eval/fl.py, ``fl_eval``, ``parse_json_result``, ``extract_code``.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from collections import defaultdict
from typing import Any, Final, NamedTuple

from codeeval.benchmarks.surge.metrics import jaccard

_TRAILING_COMMA: Final = re.compile(r",(\s*[\]}])")
_OBJECT: Final = re.compile(r'\{\s*"(?:errors|pass|complete)"')
_MOST_OBJECTS: Final = 8
"""Places where one may begin that are tried."""
_BROKEN: Final = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What the published code meets where an answer is no JSON, or not of the shape that was asked for."""
_MOST_AT_A_LINE: Final = 64
"""Errors at one line that are assigned to each other, in each of the two; the rest match nothing."""


class _Report(NamedTuple):
    # Any: JSON that a model wrote; the published code never checks its types
    passed: Any
    errors: list[tuple[Any, Any]]  # Any: as above
    """Line and message of each."""


def errors(answer: str, expected: str) -> float:
    """Compare as published: the whole reply must be JSON, so in the fence that the prompt asks for it is 0.

    Of each expected error the first one on the same line counts, by the Jaccard index of the messages, so of
    two errors on one line the second is compared with the first.
    """
    try:
        return _official(_report(json.loads(answer)), _report(json.loads(expected)))
    except _BROKEN:
        return 0.0


def _report(found: Any) -> _Report:  # Any: JSON that a model wrote
    each = [(error["pos"]["line"], error["data"]) for error in found.get("errors", [])]
    return _Report(found.get("pass", False), each)


def _official(given: _Report, wanted: _Report) -> float:
    if given.passed and wanted.passed:
        return 1.0
    if given.passed != wanted.passed:
        return 0.0
    if not wanted.errors:
        return float(not given.errors)
    first: dict[Any, Any] = {}  # Any: JSON that a model wrote
    for line, message in given.errors:
        first.setdefault(line, message)
    return sum(_similar(first[line], message) for line, message in wanted.errors if line in first) / len(
        wanted.errors
    )


def _similar(given: Any, wanted: Any) -> float:  # Any: JSON that a model wrote
    return jaccard(given, wanted) if isinstance(given, str) and isinstance(wanted, str) else 0.0


def errors_fixed(answer: str, expected: str) -> float:
    """Compare JSON, fenced or not, with each error counted once.

    Errors on one line are assigned to each other so that the sum of their similarities is greatest.
    """
    found = parsed(answer)
    if found is None:
        return 0.0
    try:
        given = _report(found)
        wanted = _report(json.loads(expected))
        passed = given.passed is True
        if passed != bool(wanted.passed):
            return 0.0
        if passed:
            return 1.0
        if not wanted.errors:
            return float(not given.errors)
        return min(1.0, _assigned(given, wanted) / len(wanted.errors))
    except _BROKEN:
        return 0.0


def _assigned(given: _Report, wanted: _Report) -> float:
    import numpy as np  # noqa: PLC0415 -- costs 100 ms
    from scipy import optimize  # noqa: PLC0415 -- costs 500 ms

    # Any: JSON that a model wrote
    theirs: defaultdict[Any, list[Any]] = defaultdict(list)
    ours: defaultdict[Any, list[Any]] = defaultdict(list)  # Any: as above
    for line, message in given.errors:
        ours[line].append(message)
    for line, message in wanted.errors:
        theirs[line].append(message)
    total = 0.0
    for line, messages in theirs.items():
        candidates = ours.get(line, [])[:_MOST_AT_A_LINE]
        table = np.asarray(
            [[_similar(each, message) for each in candidates] for message in messages[:_MOST_AT_A_LINE]]
        )
        if candidates:
            rows, columns = optimize.linear_sum_assignment(table, maximize=True)
            total += float(table[rows, columns].sum())
    return total


def parsed(text: str) -> dict[str, Any] | None:  # Any: JSON that a model wrote
    """Read the first JSON object with one of the keys that were asked for; None where there is none.

    Words may stand around it, and commas before closing brackets.
    """
    for start in itertools.islice(_OBJECT.finditer(text), _MOST_OBJECTS):
        rest = text[start.start() :]
        for each in (rest, _TRAILING_COMMA.sub(r"\1", rest)):
            with contextlib.suppress(ValueError, RecursionError):
                found: dict[str, Any] = json.JSONDecoder().raw_decode(each)[0]  # Any: as above
                return found
    return None
