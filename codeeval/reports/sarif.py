"""A gate's decision as SARIF 2.1.0, which code scanning services show next to the code."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from codeeval import __version__
from codeeval.formatting import visible
from codeeval.gating import Decision
from codeeval.reports.places import verdicts_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.comparison import TaskChange
    from codeeval.gating import CheckResult, GateResult

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
RULES: Final = {
    "regression": "A score has dropped by more than the gate allows.",
    "below-minimum": "A score is below the least value that the gate allows.",
    "cannot-tell": "The samples do not show whether the score has dropped.",
    "lost-task": "A task that passed in the baseline fails in the candidate.",
}
BLOCKING: Final = frozenset({"regression", "below-minimum"})

# Any: the JSON of a foreign format, made here and encoded at once
Json = dict[str, Any]


def sarif(result: GateResult) -> bytes:
    """Return the SARIF log: a result for each decision that does not pass, and for each lost task of it.

    Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; 3.11 for how
    braces and brackets in messages are escaped.
    """
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver()},
                "columnKind": "unicodeCodePoints",
                "results": [each for check in result.checks for each in _results(check)],
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"


def _driver() -> Json:
    return {
        "name": "codeeval",
        "version": __version__,
        "rules": [{"id": name, "shortDescription": {"text": text}} for name, text in RULES.items()],
    }


def _results(check: CheckResult) -> Iterator[Json]:
    first = next((each.example.line for each in _lost(check) if each.example), 1)
    for drop in check.drops:
        if drop.decision is Decision.WORSE:
            yield _result(check, "regression", drop.reason, line=first, subject=drop.contrast.metric)
    for floor in check.floors:
        if floor.decision is Decision.WORSE:
            yield _result(check, "below-minimum", floor.reason, line=first, subject=floor.metric)
    if check.decision is Decision.CANNOT_TELL:
        reason = "; ".join([check.reason, *(each.needs for each in check.drops if each.needs)])
        yield _result(check, "cannot-tell", reason, line=first)
    if check.decision is Decision.WORSE:
        for task in _lost(check):
            message = (
                f"{task.task_id} passed {task.baseline:.0%} in the baseline and {task.candidate:.0%} now"
            )
            if task.example:
                message += f": {task.example.outcome} {task.example.detail}"
            line = task.example.line if task.example else 1
            yield _result(check, "lost-task", message, line=line, subject=task.task_id)


def _lost(check: CheckResult) -> tuple[TaskChange, ...]:
    return check.contrast.lost if check.contrast else ()


def _result(check: CheckResult, rule: str, message: str, *, line: int, subject: str = "") -> Json:
    level = "note" if not check.counts else "error" if rule in BLOCKING else "warning"
    same = hashlib.sha256(f"{rule}\0{check.benchmark}\0{subject}".encode("utf-8", "backslashreplace"))
    return {
        "ruleId": rule,
        "ruleIndex": list(RULES).index(rule),
        "level": level,
        "message": {"text": plain(f"{check.benchmark}: {message}")},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(check)},
                    "region": {"startLine": line},
                }
            }
        ],
        "partialFingerprints": {"codeevalSubject/v1": same.hexdigest()},
    }


def _uri(check: CheckResult) -> str:
    path = verdicts_path(check.candidate.path)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogateescape")


def plain(text: str) -> str:
    """Escape text so that a message shows it as it is: no placeholder, and no link."""
    shown = visible(text)
    for char, escaped in (("\\", "\\\\"), ("[", "\\["), ("]", "\\]"), ("{", "{{"), ("}", "}}")):
        shown = shown.replace(char, escaped)
    return shown
