"""Runs the programs of SURGE's rows in sandboxes, keeps each result on disk, and counts them."""

from __future__ import annotations

import hashlib
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, wait
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.benchmarks.surge.executable import Asked, CannotRun, asked
from codeeval.benchmarks.surge.rows import Row, Subset, read_rows
from codeeval.benchmarks.surge.verification import (
    Checked,
    State,
    Summary,
    checked,
    judged,
    known_rows,
    markdown,
    needs_repeating,
    not_run,
    renewed,
    summarise,
)
from codeeval.errors import UnknownName
from codeeval.pipeline import Counts, Stage
from codeeval.pipeline.limits import with_limits
from codeeval.pipeline.verifier import Verifier
from codeeval.reading import read_bounded
from codeeval.records.files import write_atomically, writing
from codeeval.records.journal import Journal
from codeeval.sandboxes.images import tag
from codeeval.session.benchmarks import data_source
from codeeval.session.hooks import NO_PROGRESS, no_notes
from codeeval.session.sandboxes import open_pool
from codeeval.session.settings import DataOptions, SandboxSettings, TaskSelection
from codeeval.types import CommandStep, LimitOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Future

    from codeeval.pipeline import Progress
    from codeeval.session.hooks import Notes, ProgressFactory
    from codeeval.session.sandboxes import OpenPool
    from codeeval.types import Execution

ROWS: Final = "rows.jsonl"
SUMMARY: Final = "summary.json"
FURTHER_RUNS: Final = 2
"""Runs beside the first of a program whose output is not the answer: chance shows there."""
_PLACES: Final = 1000
"""Places kept for each subset in the file's index; the largest has 200 rows."""


class VerifySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What to verify, and where results go."""

    out: Path
    """The results' folder; what is there already is not run again."""
    subsets: tuple[Subset, ...] = tuple(Subset)
    limits: LimitOptions = LimitOptions()
    """In place of 60 s of CPU time, ten times that of wall time and 1.5 GiB."""
    markdown: Path | None = None
    """A file of counts and causes, without the rows' content."""
    tasks: TaskSelection = TaskSelection()
    """Its limit is of each subset."""
    data: DataOptions = DataOptions()
    sandbox: SandboxSettings = SandboxSettings()


class Job(NamedTuple):
    """A row to be run."""

    row: Row
    asked: Asked
    digest: str
    place: int
    """In the file's index."""


def verify_rows(
    wanted: VerifySettings, *, notes: Notes = no_notes, progress: ProgressFactory = NO_PROGRESS
) -> Summary:
    """Run what is not in the file yet, and count everything.

    Args:
        wanted: what to verify.
        notes: receives what a user should know on the way, a line each.
        progress: opens a display of progress.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept.
    """
    rows = _chosen(read_rows(data_source(wanted.data), wanted.subsets).rows, wanted.tasks)
    done: dict[str, Checked] = {}
    jobs: list[Job] = []
    for row in rows:
        made = asked(row)
        if isinstance(made, CannotRun):
            done[row.task_id] = not_run(row, made.reason)
        else:
            made = msgspec.structs.replace(made, program=with_limits(made.program, wanted.limits))
            jobs.append(Job(row, made, _digest(made), _place(row.task_id)))
    jobs.sort(key=lambda job: seconds_stated(job.row))
    with writing(wanted.out):
        wanted.out.mkdir(parents=True, exist_ok=True)
    journal = Journal(wanted.out / ROWS, Checked, _PLACES * len(Subset), _known_place, writable=True)
    try:
        left = _left(journal, jobs, done)
        toolchain = _toolchain_so_far(wanted.out / SUMMARY)
        if left:
            images = tuple(dict.fromkeys(job.asked.program.image for job in left))
            opening = open_pool(images, wanted.sandbox, notes, wanted.limits)
            with opening as opened, progress(Stage.EXECUTE) as display:
                toolchain |= opened.info.toolchain if len(images) > 1 else _named(images[0], opened)
                _run(left, opened, journal, done, display)
        journal.sort()
    finally:
        journal.close()
    summary = summarise((done[row.task_id] for row in rows), toolchain)
    write_atomically(wanted.out / SUMMARY, [msgspec.json.format(msgspec.json.encode(summary), indent=2)])
    if wanted.markdown is not None:
        there = wanted.markdown.read_text("utf-8") if wanted.markdown.exists() else ""
        write_atomically(wanted.markdown, [renewed(there, markdown(summary)).encode()])
    return summary


def _toolchain_so_far(path: Path) -> dict[str, str]:
    """Return what ran the rows that an earlier call has done."""
    try:
        return msgspec.json.decode(read_bounded(path), type=Summary).toolchain
    except (OSError, msgspec.MsgspecError):
        return {}


def seconds_stated(row: Row) -> float:
    """Return how long a program takes according to its row; the longest run last."""
    time = row.features.time
    if isinstance(time, str):
        time = time.partition(" ")[0]
    try:
        return float(time or 0)
    except ValueError:
        return 0.0


def _chosen(rows: Sequence[Row], tasks: TaskSelection) -> list[Row]:
    if unknown := set(tasks.tasks) - {row.task_id for row in rows}:
        raise UnknownName("task", min(unknown), [row.task_id for row in rows])
    kept: list[Row] = []
    seen: Counter[Subset] = Counter()
    for row in rows:
        if tasks.tasks and row.task_id not in tasks.tasks:
            continue
        seen[row.subset] += 1
        if tasks.limit is None or seen[row.subset] <= tasks.limit:
            kept.append(row)
    return kept


def _digest(made: Asked) -> str:
    """Name a program with its image and with how its answer is read off; its limits are no part of it."""
    steps = [(step.name, step.argv) for step in made.program.steps if isinstance(step, CommandStep)]
    parts = (made.program.files, steps, made.program.stdin, made.shape, tag(made.program.image))
    content = msgspec.json.encode(parts)
    return hashlib.sha256(content).hexdigest()[:16]


def _place(task_id: str) -> int:
    """Return a row's place in the file's index.

    Raises:
        ValueError: there is no such row.
    """
    _, subset, number = task_id.split("/")
    if not 0 <= int(number) < _PLACES:
        raise ValueError(task_id)
    return list(Subset).index(Subset(subset)) * _PLACES + int(number)


def _known_place(line: Checked) -> int | None:
    try:
        return _place(line.task_id)
    except ValueError:
        return None


def _left(journal: Journal[Checked], jobs: Sequence[Job], done: dict[str, Checked]) -> list[Job]:
    """Take from the file what is of these programs; returns the others."""
    left = []
    known = known_rows()
    decode = msgspec.json.Decoder(Checked).decode
    for job in jobs:
        if job.place in journal:
            line = decode(journal.read(job.place))
            if line.digest == job.digest and line.answer == job.row.gt and not _had_less(line, job):
                done[job.row.task_id] = judged(line, job.row, known.get(job.row.task_id))
                continue
            journal.forget(job.place)
        left.append(job)
    return left


def _had_less(line: Checked, job: Job) -> bool:
    """Whether a program was cut off that may use more now."""
    return line.state is State.CUT_OFF and line.cpu_limit_s < job.asked.program.steps[-1].limits.cpu_s


def _named(image: str, opened: OpenPool) -> dict[str, str]:
    return {f"{image}/{tool}": version for tool, version in opened.info.toolchain.items()}


def _run(
    jobs: Sequence[Job],
    opened: OpenPool,
    journal: Journal[Checked],
    done: dict[str, Checked],
    display: Progress,
) -> None:
    known = known_rows()
    counts = Counts(samples=len(jobs))
    for job, executions in _executed(jobs, opened):
        task_id = job.row.task_id
        if executions[0].error:
            done[task_id] = not_run(job.row, executions[0].error.splitlines()[0])
            counts.sandbox_errors += 1
        else:
            result = checked(job.row, job.asked, executions, digest=job.digest, known=known.get(task_id))
            done[task_id] = result
            journal.append(job.place, msgspec.json.encode(result))
            counts.passed += result.agreement is not None and result.cause is None
        counts.executed += 1
        display.update(counts)


def _executed(jobs: Sequence[Job], opened: OpenPool) -> Iterable[tuple[Job, list[Execution]]]:
    """Yield each row with its executions, as they come: one, or more where the first is not the answer."""
    verifier = Verifier(opened.pool)
    begun: dict[Future[Execution], tuple[Job, list[Execution]]] = {}
    for job in jobs:
        begun[verifier.execute(job.asked.program)] = (job, [])
    while begun:
        for future in wait(begun, return_when=FIRST_COMPLETED).done:
            job, executions = begun.pop(future)
            executions.append(future.result())
            if _enough(job, executions):
                yield job, executions
            else:
                again = msgspec.structs.replace(job.asked.program, sample=len(executions))
                begun[verifier.execute(again)] = (job, executions)


def _enough(job: Job, executions: Sequence[Execution]) -> bool:
    """Whether there is no need to run a program again."""
    first = executions[0]
    return bool(
        first.error or len(executions) > FURTHER_RUNS or not needs_repeating(job.row, job.asked, first)
    )
