"""Reads runs for comparing: counts, outcomes and settings, but none of the texts."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from codeeval.comparison.results import Example, RunSummary
from codeeval.errors import DataError, UsageError
from codeeval.metrics import Scores
from codeeval.reading import bounded_lines, open_binary
from codeeval.records import VERDICTS, RunConfig, RunDirectory
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run as the comparison needs it."""

    path: Path
    config: RunConfig
    summary: RunSummary
    scores: Scores
    outcomes: dict[str, Counter[Outcome]]
    """By task, in the order of the plan; tasks without any verdict lack."""


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """Read runs, each under a label of its own.

    Raises:
        DataError: not a run directory, nothing judged yet, or a malformed record.
        UsageError: the same run twice.
    """
    seen: set[Path] = set()
    for path in paths:
        if (place := path.resolve()) in seen:
            raise UsageError(f"{path} is named twice", "Name two different runs.")
        seen.add(place)
    return [read_run(path, label) for path, label in zip(paths, labels(paths), strict=True)]


def read_run(path: Path, label: str) -> Run:
    """Read one run.

    Raises:
        DataError: not a run directory, nothing judged yet, or a malformed record.
    """
    with RunDirectory.open(path) as directory:
        config, planned = directory.config, directory.samples
        scores = Scores(config.scoring)
        outcomes: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        for verdict in directory.verdicts():
            scores.add(verdict)
            outcomes[verdict.task_id][verdict.outcome] += 1
    if not outcomes:
        raise DataError(
            f"{path} has no verdicts: there is nothing to compare",
            f"Execute what it has: codeeval execute {config.benchmark} {path}",
        )
    judged = sum(map(Counter.total, outcomes.values()))
    summary = RunSummary(
        label=label,
        path=str(path),
        benchmark=config.benchmark,
        model=config.model.spec,
        created=config.created,
        settings=config.settings,
        tasks=len(config.plan),
        samples=planned,
        judged=judged,
        sandbox_errors=sum(found[Outcome.SANDBOX_ERROR] for found in outcomes.values()),
        unfinished=judged < planned,
    )
    return Run(path=path, config=config, summary=summary, scores=scores, outcomes=dict(outcomes))


def labels(paths: Sequence[Path]) -> list[str]:
    """Name each path by as many of its last parts as needed to distinguish them all."""
    parts = [path.resolve().parts for path in paths]
    for length in range(1, max(map(len, parts), default=1) + 1):
        names = ["/".join(each[-length:]) for each in parts]
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in paths]


class _Line(msgspec.Struct):
    task_id: str
    sample: int
    outcome: Outcome
    detail: str


def examples(path: Path, tasks: Collection[str]) -> dict[str, Example]:
    """Find for each of these tasks the first sample that did not pass, and its line in the file.

    Raises:
        DataError: the records changed under us.
    """
    found: dict[tuple[str, int], Example | None] = {}
    decode = msgspec.json.Decoder(_Line).decode
    try:
        with open_binary(path / VERDICTS) as file:
            for number, text in enumerate(bounded_lines(file), 1):
                if not text.endswith(b"\n"):
                    break
                line = decode(text)
                if line.task_id in tasks:
                    failed = line.outcome not in {Outcome.PASSED, Outcome.SANDBOX_ERROR}
                    # A later line of a sample replaces the earlier one.
                    found[line.task_id, line.sample] = (
                        Example(sample=line.sample, outcome=line.outcome, detail=line.detail, line=number)
                        if failed
                        else None
                    )
    except (OSError, msgspec.MsgspecError) as error:
        raise DataError(f"{path / VERDICTS}: cannot be read: {error}") from error
    first: dict[str, Example] = {}
    for (task, _), example in sorted(found.items(), key=lambda item: item[0][1]):
        if example is not None:
            first.setdefault(task, example)
    return first
