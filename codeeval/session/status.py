"""How far a run or a suite is, read from its folder alone: while it runs, or afterwards."""

from __future__ import annotations

import datetime as dt
import enum
from typing import TYPE_CHECKING

import msgspec

from codeeval.errors import CodeEvalError
from codeeval.models.serving.budget import cost_usd
from codeeval.records import COMPLETIONS, RUN, VERDICTS, RunDirectory, is_suite, read_holder
from codeeval.suites import RunState, read_record
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codeeval.records import Holder
    from codeeval.suites import RunRecord


class Activity(enum.StrEnum):
    """Whether something happens in a folder."""

    RUNNING = "running"
    """A process is writing to it."""
    ENDED = "ended"
    """Everything planned is done."""
    STOPPED = "stopped"
    """Not everything is done, and nothing happens: interrupted, killed or failed."""
    PLANNED = "planned"
    """A run of a suite that was not begun."""
    UNREADABLE = "unreadable"
    """A run of a suite whose records cannot be read."""


class RunStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is."""

    path: str
    benchmark: str
    model: str
    activity: Activity
    samples: int = 0
    """Planned."""
    generated: int = 0
    judged: int = 0
    """Samples with a verdict."""
    unanswered: int = 0
    """Samples to which the server gave no answer."""
    outcomes: dict[str, int] = {}
    """Samples by outcome, without those that none has."""
    passed_share: float | None = None
    """Of the judged samples whose sandbox did not fail."""
    process: int | None = None
    """Of the process that is writing."""
    started: str = ""
    """When that process began with it: UTC, ISO 8601."""
    last_record: str = ""
    """When a record was last written: UTC, ISO 8601."""
    samples_per_second: float | None = None
    """Samples done by the process that is writing, over its time so far."""
    left_s: float | None = None
    """Time left at this pace."""
    ends: str = ""
    """When it ends at this pace: UTC, ISO 8601."""
    cost_usd: float | None = None
    """Of the completions so far; None where no price is known."""
    cost_usd_in_all: float | None = None
    """Estimated, from the completions so far."""
    error: str = ""
    """Of a run of a suite: why it failed, or cannot be read."""

    @property
    def done(self) -> int:
        """Samples that need nothing more."""
        return self.judged + self.unanswered


class SuiteStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far a suite is."""

    path: str
    name: str
    activity: Activity
    runs: tuple[RunStatus, ...]
    done: int
    """Runs that have ended."""
    failed: int
    process: int | None = None
    started: str = ""
    left_s: float | None = None
    """Time left at the pace of the run at work; None where that, or the length of a run, is not known."""
    ends: str = ""
    cost_usd: float | None = None
    """Of the completions so far, of the models with a known price."""


def read_status(path: Path) -> RunStatus | SuiteStatus:
    """Read how far a run or a suite is. Nothing is written, and a run is not disturbed.

    Raises:
        DataError: the folder holds neither, or a record is malformed.
    """
    return _suite(path) if is_suite(path) else _run(path)


def _run(path: Path) -> RunStatus:
    holder = read_holder(path)
    with RunDirectory.open(path) as directory:
        config = directory.config
        outcomes: dict[str, int] = {}
        generated = 0
        for index in range(directory.samples):
            generated += directory.has_completion(index)
            if (outcome := directory.outcome(index)) is not None:
                outcomes[outcome.value] = outcomes.get(outcome.value, 0) + 1
        cost = None
        if config.price is not None:
            cost = cost_usd(config.price, (each.usage for each in directory.completions()))
        unanswered = len(directory.unanswered())
        samples = directory.samples
    judged = sum(outcomes.values())
    counted = judged - outcomes.get(Outcome.SANDBOX_ERROR.value, 0)
    # without a sandbox there was no execution: completions are what the run is about
    done, before = (judged + unanswered, 0) if config.sandbox else (generated, 0)
    if holder is not None:
        before = holder.judged if config.sandbox else holder.generated
    pace = None if holder is None else _pace(holder, done - before)
    left_s = (samples - done) / pace if pace else None
    return RunStatus(
        path=str(path),
        benchmark=config.benchmark,
        model=config.model.spec,
        activity=_activity(holder, ended=done >= samples),
        samples=samples,
        generated=generated,
        judged=judged,
        unanswered=unanswered,
        outcomes=outcomes,
        passed_share=outcomes.get(Outcome.PASSED.value, 0) / counted if counted else None,
        process=holder.pid if holder else None,
        started=holder.started if holder else "",
        last_record=_last_record(path),
        samples_per_second=pace,
        left_s=left_s,
        ends=_in(left_s),
        cost_usd=cost,
        cost_usd_in_all=None if cost is None or not generated else cost / generated * samples,
    )


def _activity(holder: Holder | None, *, ended: bool) -> Activity:
    if holder is not None:
        return Activity.RUNNING
    return Activity.ENDED if ended else Activity.STOPPED


def _pace(holder: Holder, fresh: int) -> float | None:
    """Return samples a second since a process began; None where none is done yet."""
    try:
        began = dt.datetime.fromisoformat(holder.started)
        seconds = (dt.datetime.now(dt.UTC) - began).total_seconds()
    except (ValueError, TypeError):
        return None
    return fresh / seconds if fresh > 0 and seconds > 0 else None


def _in(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).isoformat(timespec="seconds")


def _last_record(path: Path) -> str:
    times = [file.stat().st_mtime for name in (COMPLETIONS, VERDICTS) if (file := path / name).is_file()]
    return dt.datetime.fromtimestamp(max(times), dt.UTC).isoformat(timespec="seconds") if times else ""


def _suite(path: Path) -> SuiteStatus:
    record, holder = read_record(path), read_holder(path)
    runs = tuple(_of_suite(path, each, holder) for each in record.runs)
    left_s = _left(record.runs, runs)
    costs = [run.cost_usd for run in runs if run.cost_usd is not None]
    done = sum(run.state is RunState.DONE for run in record.runs)
    return SuiteStatus(
        path=str(path),
        name=record.name,
        activity=_activity(holder, ended=done == len(runs)),
        runs=runs,
        done=done,
        failed=sum(run.state is RunState.FAILED for run in record.runs),
        process=holder.pid if holder else None,
        started=holder.started if holder else "",
        left_s=left_s,
        ends=_in(left_s),
        cost_usd=sum(costs) if costs else None,
    )


def _of_suite(path: Path, record: RunRecord, holder: Holder | None) -> RunStatus:
    """Read one run of a suite, which ``holder`` carries out; one that cannot be read is stated as such."""
    folder = path / record.directory
    activity = Activity.PLANNED
    if record.state in {RunState.RUNNING, RunState.FAILED}:
        activity = _activity(holder if record.state is RunState.RUNNING else None, ended=False)
    bare = RunStatus(
        path=str(folder),
        benchmark=record.label,
        model=record.entry,
        activity=activity,
        error=record.error,
    )
    if not (folder / RUN).exists():
        return bare
    try:
        found = _run(folder)
    except CodeEvalError as error:
        return msgspec.structs.replace(bare, activity=Activity.UNREADABLE, error=error.message)
    return msgspec.structs.replace(found, benchmark=record.label, model=record.entry, error=record.error)


def _left(records: Sequence[RunRecord], runs: Sequence[RunStatus]) -> float | None:
    """Return the time left of all runs, at the pace of the one at work.

    A run that was not begun has as many samples as the same benchmark has on another model.
    """
    pace = next((run.samples_per_second for run in runs if run.activity is Activity.RUNNING), None)
    if not pace:
        return None
    known = {record.label: run.samples for record, run in zip(records, runs, strict=True) if run.samples}
    left = 0
    for record, run in zip(records, runs, strict=True):
        if record.state in {RunState.DONE, RunState.FAILED}:
            continue
        samples = run.samples or known.get(record.label)
        if samples is None:
            return None
        left += samples - run.done
    return left / pace
