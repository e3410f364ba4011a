"""Does a suite: its runs one after another, with one pool of sandboxes and each model loaded once.

Each run is a run directory in the suite's folder, which can be shown, reported, compared and gated by itself.
A run that cannot be carried out does not keep the others from theirs. The same command resumes: what is done
is not looked at again, and what was begun goes on where it was.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from codeeval import __version__, registry
from codeeval.errors import CodeEvalError, Interrupted, RunMismatch, StorageError, SuiteIncomplete, UsageError
from codeeval.models.spec import canonical_spec, parse_spec
from codeeval.pipeline import Stage
from codeeval.records import METRICS, acquire, is_suite, writing
from codeeval.session.benchmarks import images_of, make_benchmark
from codeeval.session.hooks import NO_PROGRESS, in_place, no_notes
from codeeval.session.keywords import check_setting, make_request, setting_names
from codeeval.session.models import KeptModel, model_spec
from codeeval.session.notifying import Subject, with_notice, without_secrets
from codeeval.session.running import Shared, run_benchmark
from codeeval.session.sandboxes import SharedPools
from codeeval.suites import (
    RunRecord,
    RunState,
    Suite,
    SuiteRecord,
    SuiteRun,
    SuiteTable,
    make_table,
    open_suite,
    planned_runs,
    read_record,
    write_record,
)
from codeeval.suites.reading import names_suite
from codeeval.suites.record import BenchmarkRecord
from codeeval.text import slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.interfaces import ModelSpec
    from codeeval.session.hooks import Blocking, Notes, ProgressFactory
    from codeeval.session.settings import RunRequest
    from codeeval.suites import RunScore

__all__ = ["SuiteRequest", "SuiteTable", "is_suite", "make_table", "names_suite", "run_suite"]


class SuiteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A suite, and what a caller may choose about it."""

    suite: str
    """A TOML file, or ``suite:NAME`` of one that comes with codeeval."""
    models: tuple[str, ...] = ()
    """Specs, in place of the suite's own models."""
    out: Path | None = None
    """The suite's folder; None: named after the suite."""
    settings: dict[str, Any] = {}  # Any: values of settings, of the types that ``codeeval.run`` takes
    """Of all runs, before those that the suite states."""
    command: tuple[str, ...] = ()
    """The command line, for the record only."""
    notify: str | None = None
    """A URL that is posted to when the suite has ended or failed."""


class _Job(NamedTuple):
    """One run of the suite, ready to be done."""

    run: SuiteRun
    request: RunRequest
    images: tuple[str, ...]


async def run_suite(
    request: SuiteRequest,
    *,
    notes: Notes = no_notes,
    progress: ProgressFactory = NO_PROGRESS,
    blocking: Blocking = in_place,
) -> SuiteTable:
    """Do a suite, or what is left of it.

    Args:
        request: the suite.
        notes: receives what a user should know on the way, a line each.
        progress: opens a display for each stage of each run.
        blocking: how steps that block are done.

    Returns:
        The table of all its runs.

    Raises:
        SuiteIncomplete: it has ended, but some runs could not be carried out; the others are there.
        UsageError: a slip in the suite's file, or a setting that a benchmark does not have; nothing is begun.
        RunMismatch: the folder holds another suite.
        StorageError: the folder cannot be written.
        RunCancelled: its task was cancelled; what was done is kept.
    """

    async def carry_out() -> SuiteTable:
        suite = await blocking(lambda: _open(request))
        out = request.out or Path("runs") / slug(suite.name)
        jobs = await blocking(lambda: _jobs(request, suite, out))
        with _locked(out):
            record = _begin(request, suite, jobs, out)
            await _carry_out(jobs, record, out, notes=notes, progress=progress, blocking=blocking)
        table = await blocking(lambda: make_table(out))
        _require_complete(table, [job.run.directory for job in jobs], out)
        return table

    if request.notify is None:
        return await carry_out()
    subject = Subject(kind="suite", benchmark=request.suite, path=str(request.out or ""))
    return await with_notice(request.notify, subject, carry_out, notes=notes, blocking=blocking)


def _open(request: SuiteRequest) -> Suite:
    return open_suite(request.suite, request.models, check_setting, make_benchmark)


def _jobs(request: SuiteRequest, suite: Suite, out: Path) -> tuple[_Job, ...]:
    """Make each run's request, and refuse what no run could have.

    Raises:
        UsageError: a benchmark does not have a setting, or there is no such backend.
    """
    jobs = []
    known = {*registry.names(registry.Group.MODELS), *registry.names(registry.Group.SOURCES)}
    for run in planned_runs(suite, request.settings):
        where = f"{request.suite}: {run.label} on {run.entry}"
        try:
            made = make_request(run.benchmark, run.spec, Stage.ALL, run.settings, known=setting_names())
            benchmark = make_benchmark(run.benchmark, made.prompting)
        except UsageError as error:
            raise UsageError(f"{where}: {error.message}", error.remedy) from error
        backend = parse_spec(run.spec).backend
        if backend not in known:
            raise UsageError(f"{where}: no model backend {backend!r}", f"Known: {', '.join(sorted(known))}.")
        place = msgspec.structs.replace(made, out=out / run.directory, command=request.command)
        jobs.append(_Job(run, place, images_of(benchmark)))
    return tuple(jobs)


@contextlib.contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Keep others from doing a suite in the same folder.

    Raises:
        UsageError: another process is doing one there.
        StorageError: the folder cannot be written.
    """
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    lock = acquire(out)
    try:
        yield
    finally:
        os.close(lock)


def _begin(request: SuiteRequest, suite: Suite, jobs: Sequence[_Job], out: Path) -> SuiteRecord:
    """Return the record of the suite as it is about to be done, with what an earlier command has done.

    Runs of models that an earlier command named stay in it, before those of this one.

    Raises:
        RunMismatch: the folder holds another suite.
        DataError: its record is malformed.
    """
    old = read_record(out) if is_suite(out) else None
    if old is not None and old.name != suite.name:
        raise RunMismatch(
            f"{out} holds the suite {old.name}, not {suite.name}", "Name another folder (--out)."
        )
    before = {run.directory: run for run in old.runs} if old else {}
    runs = []
    for job in jobs:
        fresh = RunRecord(
            label=job.run.label,
            benchmark=job.run.benchmark,
            model=job.run.model,
            spec=canonical_spec(parse_spec(job.run.spec)),
            variant=job.run.variant,
            directory=job.run.directory,
            settings=msgspec.json.decode(msgspec.json.encode(job.run.settings, enc_hook=str)),
        )
        there = before.pop(fresh.directory, None)
        done = msgspec.structs.replace(fresh, state=RunState.DONE)
        runs.append(done if there == done and (out / fresh.directory / METRICS).exists() else fresh)
    labels = {each.label for each in suite.benchmarks}
    kept = [run for run in before.values() if run.label in labels and (out / run.directory).is_dir()]
    return SuiteRecord(
        name=suite.name,
        source=request.suite,
        codeeval_version=__version__,
        created=old.created if old else dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        benchmarks=tuple(
            BenchmarkRecord(
                label=each.label,
                benchmark=each.benchmark,
                weight=each.weight,
                tier=each.tier,
                metric=each.metric,
                max_drop=each.max_drop,
                least=each.least,
            )
            for each in suite.benchmarks
        ),
        runs=(*kept, *runs),
    )


async def _carry_out(
    jobs: Sequence[_Job],
    record: SuiteRecord,
    out: Path,
    *,
    notes: Notes,
    progress: ProgressFactory,
    blocking: Blocking,
) -> None:
    """Do the runs that are not done, and record what becomes of each."""
    states = {run.directory: run for run in record.runs}

    def note(job: _Job, state: RunState, error: CodeEvalError | None = None) -> None:
        states[job.run.directory] = msgspec.structs.replace(
            states[job.run.directory],
            state=state,
            error=without_secrets(error.message) if error else "",
            remedy=error.remedy if error else "",
        )
        write_record(out, msgspec.structs.replace(record, runs=tuple(states.values())))

    write_record(out, record)
    left = [job for job in jobs if states[job.run.directory].state is not RunState.DONE]
    if done := len(jobs) - len(left):
        notes(f"{done} of {len(jobs)} runs are done already")
    pools = SharedPools((job.images, job.request.sandbox, job.request.limits) for job in left)
    shared = Shared(pools, KeptModel())
    try:
        for number, job in enumerate(left, done + 1):
            notes(f"[{number}/{len(jobs)}] {job.run.label} on {job.run.entry}")
            note(job, RunState.RUNNING)
            try:
                await shared.model.make_room(_spec(job.request))
                await run_benchmark(
                    job.request, notes=notes, progress=progress, blocking=blocking, shared=shared
                )
            except (StorageError, Interrupted):
                raise
            except CodeEvalError as error:
                notes(f"  could not be done: {error.message}")
                note(job, RunState.FAILED, error)
                await shared.model.make_room()  # it may be what has failed
            else:
                note(job, RunState.DONE)
    finally:
        await shared.model.make_room()
        pools.close()


def _spec(request: RunRequest) -> ModelSpec | None:
    """Return what the model of a run is made from; None where it is no model."""
    if parse_spec(request.model).backend in registry.names(registry.Group.SOURCES):
        return None
    return model_spec(request.model, style=request.prompting.style, options=request.model_options)


def _require_complete(table: SuiteTable, directories: Sequence[str], out: Path) -> None:
    """Refuse to call a suite done whose runs are not.

    Raises:
        SuiteIncomplete: some failed; the table has the others.
    """
    failed = [run for run in table.runs if run.directory in directories and not run.complete]
    if failed:
        lines = "".join(
            f"\n  {run.label} on {run.entry}: {run.error.partition(chr(10))[0]}" for run in failed
        )
        error = SuiteIncomplete(
            f"{len(failed)} of {len(directories)} runs of the suite could not be carried out:{lines}",
            _remedies(failed),
        )
        error.path = out
        raise error


def _remedies(failed: Sequence[RunScore]) -> str:
    """Join what helps the runs that failed, named where it is not the same for all."""
    remedies = {run.remedy for run in failed}
    if len(remedies) == 1:
        return remedies.pop() or "The same command does these again."
    return "\n".join(f"{run.label} on {run.entry}: {run.remedy}" for run in failed if run.remedy)
