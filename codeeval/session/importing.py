"""Makes a run directory of an evaluation that another tool has run."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval import registry
from codeeval.errors import DataError, UsageError
from codeeval.formats import read_foreign_run
from codeeval.formats.task_ids import match_ids
from codeeval.interfaces import ModelInfo
from codeeval.pipeline import DEFAULT_KS, make_config, task_groups
from codeeval.pipeline.scoring import score_directory
from codeeval.records import RUN, RunDirectory, SandboxInfo
from codeeval.session.benchmarks import data_source, make_benchmark
from codeeval.session.hooks import no_notes
from codeeval.session.settings import DataOptions
from codeeval.types import Completion, CompletionKind, CompletionOrigin, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from codeeval.formats import ForeignRun, ForeignSample
    from codeeval.interfaces import LoadedProblems
    from codeeval.pipeline import RunResult
    from codeeval.records import RunConfig
    from codeeval.session.hooks import Notes

RULE: Final = "imported"
"""Stands in a verdict in place of an extraction rule."""
_BENCHMARKS: Final = {
    "humaneval": "humaneval",
    "humaneval_instruct": "humaneval",
    "humaneval_plus": "humaneval-plus",
    "mbpp": "mbpp",
    "mbpp_instruct": "mbpp",
    "mbpp_plus": "mbpp-plus",
    "mbpp_plus_instruct": "mbpp-plus",
    "class_eval": "classeval",
    "ds1000": "ds1000",
    "bigcodebench": "bigcodebench",
    "gsm8k": "gsm8k",
}
"""By the names that Inspect's evaluations and lm-evaluation-harness give them."""
_SHOWN: Final = 5


def import_run(
    log: Path,
    out: Path,
    *,
    benchmark: str | None = None,
    scorer: str | None = None,
    data: DataOptions = DataOptions(),
    ks: Sequence[int] = DEFAULT_KS,
    notes: Notes = no_notes,
) -> RunResult:
    """Make a run directory of a log of Inspect or of lm-evaluation-harness, and score it.

    Its verdicts are the other tool's, and each states that; those that failed are WRONG_ANSWER, because a log
    does not state how they failed. To have them judged here, execute ``completions.jsonl`` of the directory
    into another.

    Args:
        log: the log, or a folder with one.
        out: the run directory; one that has a run is refused.
        benchmark: which it is of; None where the log's task has a known name.
        scorer: whose verdicts, where the log has several: a scorer of Inspect, a filter of lm-eval.
        data: where the dataset comes from.
        ks: of pass@k.
        notes: receives what the log lacks, a line each.

    Raises:
        DataError: the log cannot be read, or none of its tasks is the benchmark's.
        UsageError: the benchmark is not known, or ``out`` has a run.
        StorageError: ``out`` cannot be written.
    """
    if (out / RUN).exists():
        raise UsageError(f"{out} has a run already", "Name another folder (--out).")
    foreign = read_foreign_run(log, scorer)
    made = make_benchmark(benchmark or _benchmark_of(foreign, log), style=foreign.style)
    loaded = made.load(data_source(data))
    gaps = list(foreign.notes)
    by_task = _by_task(foreign, loaded, made.name.partition(":")[0], log, gaps)
    config = make_config(
        made,
        loaded.identity,
        [problem for problem in loaded.problems if problem.task_id in by_task],
        _model(foreign, tuple(gaps)),
        sampling=foreign.sampling,
        plan={task: len(samples) for task, samples in by_task.items()},
        groups=task_groups(loaded.problems),
    )
    config = msgspec.structs.replace(config, sandbox=_judge(foreign), created=_created(foreign, config))
    with RunDirectory.create(out, config, list(by_task)) as directory:
        for task_id, samples in by_task.items():
            for number, sample in enumerate(samples):
                _add(directory, foreign, sample, task_id, number)
        result = score_directory(directory, ks)
        directory.finish()
    _compare_reported(foreign, result, gaps)
    for note in gaps:
        notes(note)
    return result


def _benchmark_of(foreign: ForeignRun, log: Path) -> str:
    """Name the benchmark that the log's task is.

    Raises:
        UsageError: nothing is known of it.
    """
    name = foreign.task.rpartition("/")[2]
    known = registry.names(registry.Group.BENCHMARKS)
    spelled = name.replace("_", "-")
    for each in (name, spelled, _BENCHMARKS.get(name, "")):
        if each.partition(":")[0] in known:
            return each
    what = f"the task {foreign.task!r}" if foreign.task else "a task that it does not name"
    raise UsageError(f"{log} is of {what}", "Say which benchmark that is: --benchmark NAME.")


def _by_task(
    foreign: ForeignRun, loaded: LoadedProblems, family: str, log: Path, gaps: list[str]
) -> dict[str, list[ForeignSample]]:
    """Return the samples of each of the benchmark's tasks, in the dataset's order."""
    known = [problem.task_id for problem in loaded.problems]
    found = list(dict.fromkeys(sample.task_id for sample in foreign.samples))
    meant = match_ids(found, known, family)
    if strange := [task for task in found if task not in meant]:
        shown = f"{', '.join(strange[:_SHOWN])}{' ...' if len(strange) > _SHOWN else ''}"
        gaps.append(f"{len(strange)} tasks are not of this dataset and were not imported: {shown}")
    if not meant:
        raise DataError(
            f"{log} has no task of the benchmark: {', '.join(found[:_SHOWN])}",
            f"Its tasks are named as {known[0]}; is it another benchmark (--benchmark)?",
        )
    samples: defaultdict[str, list[ForeignSample]] = defaultdict(list)
    for sample in foreign.samples:
        if sample.task_id in meant:
            samples[meant[sample.task_id]].append(sample)
    return {task: samples[task] for task in known if task in samples}


def _model(foreign: ForeignRun, notes: tuple[str, ...]) -> ModelInfo:
    return ModelInfo(
        spec=foreign.model or "unknown",
        style=foreign.style,
        concurrency=1,
        max_n=1,
        deterministic=False,
        details={"imported_from": foreign.tool},
        notes=notes,
    )


def _judge(foreign: ForeignRun) -> SandboxInfo:
    """Return what judged the samples, in the place of a sandbox."""
    description = {"version": foreign.version, "task": foreign.task, "scorer": foreign.scorer}
    return SandboxInfo(
        launcher=foreign.tool, description={name: each for name, each in description.items() if each}
    )


def _created(foreign: ForeignRun, config: RunConfig) -> str:
    try:
        return dt.datetime.fromisoformat(foreign.created).isoformat(timespec="seconds")
    except ValueError:
        return config.created


def _add(
    directory: RunDirectory, foreign: ForeignRun, sample: ForeignSample, task_id: str, number: int
) -> None:
    raw = sample.kind is CompletionKind.ANSWER
    directory.add_completion(
        Completion(
            task_id=task_id,
            sample=number,
            text=sample.text,
            kind=sample.kind,
            reasoning=sample.reasoning,
            origin=CompletionOrigin.MODEL if raw else CompletionOrigin.FILE,
            finish_reason=sample.finish_reason,
            usage=sample.usage,
        )
    )
    if sample.passed is None:
        return
    how = "passed" if sample.passed else "did not pass"
    judge = f"{foreign.tool} ({foreign.scorer})" if foreign.scorer else foreign.tool
    directory.add_verdict(
        Verdict(
            task_id=task_id,
            sample=number,
            outcome=Outcome.PASSED if sample.passed else Outcome.WRONG_ANSWER,
            detail=f"{how}, according to {judge}{f': {sample.detail}' if sample.detail else ''}",
            rule=RULE,
            wall_s=0.0,
            cpu_s=0.0,
            peak_rss_bytes=0,
        )
    )


def _compare_reported(foreign: ForeignRun, result: RunResult, gaps: list[str]) -> None:
    """Say so where the log's own score is another one than its samples'."""
    score: Mapping[str, float] = (
        {name: each.value for name, each in result.metrics.metrics.items()} if result.metrics else {}
    )
    ours = score.get("pass@1")
    if foreign.reported is not None and ours is not None and abs(foreign.reported - ours) > 5e-4:
        judged = Counter(sample.passed is not None for sample in foreign.samples)
        gaps.append(
            f"the log reports {foreign.reported:.4f}; pass@1 of its {judged[True]} samples with a verdict is "
            f"{ours:.4f}"
        )
