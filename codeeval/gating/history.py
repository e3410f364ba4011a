"""The history of a gate: a file of JSON lines that is only ever appended to, a line for each answer."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval import __version__
from codeeval.errors import DataError
from codeeval.gating.checks import Absent, Answer, Decision, Tier
from codeeval.reading import bounded_lines, open_binary, open_regular
from codeeval.records import writing

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.gating.checks import CheckResult, GateResult

SCHEMA: Final = 1
_MOST_LINE_BYTES: Final = 16 << 20


class PastMetric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of a check, as it was."""

    metric: str
    baseline: float | None
    """None where a least value was asked for."""
    candidate: float
    decision: Decision


class PastCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One check, as it was decided."""

    benchmark: str
    tier: Tier
    decision: Decision
    candidate: str
    """The run directory, as it was named."""
    candidate_model: str
    candidate_created: str
    baseline: str = ""
    baseline_model: str = ""
    metrics: tuple[PastMetric, ...]


class PastGate(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history."""

    schema: int = SCHEMA
    time: str
    """UTC, ISO 8601."""
    codeeval_version: str = __version__
    answer: Answer
    decision: Decision
    alpha: float
    checks: tuple[PastCheck, ...]
    absent: tuple[Absent, ...] = ()


def append_history(path: Path, result: GateResult) -> None:
    """Add an answer to a history; what is there is never changed.

    A line that a crash left torn is ended first, so that it spoils no other.

    Raises:
        StorageError: it cannot be written.
    """
    line = msgspec.json.encode(
        PastGate(
            time=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            answer=result.answer,
            decision=result.decision,
            alpha=result.alpha,
            checks=tuple(map(_past, result.checks)),
            absent=result.absent,
        )
    )
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = open_regular(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            os.write(descriptor, b"%b%b\n" % (b"\n" if torn else b"", line))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _past(check: CheckResult) -> PastCheck:
    drops = [
        PastMetric(
            metric=each.contrast.metric,
            baseline=each.contrast.baseline,
            candidate=each.contrast.candidate,
            decision=each.decision,
        )
        for each in check.drops
    ]
    floors = [
        PastMetric(metric=each.metric, baseline=None, candidate=each.value, decision=each.decision)
        for each in check.floors
    ]
    return PastCheck(
        benchmark=check.benchmark,
        tier=check.tier,
        decision=check.decision,
        candidate=check.candidate.path,
        candidate_model=check.candidate.model,
        candidate_created=check.candidate.created,
        baseline=check.baseline.path if check.baseline else "",
        baseline_model=check.baseline.model if check.baseline else "",
        metrics=(*drops, *floors),
    )


def read_history(path: Path) -> list[PastGate]:
    """Read a history, the oldest first; a torn line counts as not there.

    Raises:
        DataError: it cannot be read, or a line is malformed or of a newer codeeval.
    """
    found = []
    decode = msgspec.json.Decoder(PastGate).decode
    try:
        with open_binary(path) as file:
            for number, line in enumerate(bounded_lines(file, _MOST_LINE_BYTES), 1):
                if not line.rstrip().endswith(b"}"):
                    continue
                try:
                    past = decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    raise DataError(
                        f"{path}:{number}: no line of a gate's history: {error}", "Name a file of --history."
                    ) from error
                if past.schema > SCHEMA:
                    raise DataError(f"{path}:{number}: schema {past.schema} is of a newer codeeval")
                found.append(past)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    return found
