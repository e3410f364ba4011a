"""Matches runs by benchmark, refuses what cannot be compared, and compares the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval import statistics
from codeeval.comparison.contrasting import contrast
from codeeval.comparison.reading import Run, read_runs
from codeeval.comparison.results import BenchmarkComparison, Comparison, Contrast
from codeeval.comparison.settings import setting_differences
from codeeval.errors import RunMismatch, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_FORCE: Final = "Compare runs of the same data, or continue with their common tasks: --force."


def compare(paths: Sequence[Path], *, k: int = 1, force: bool = False) -> Comparison:
    """Compare runs task by task; of each benchmark the first run is the baseline of the others.

    Args:
        paths: run directories, two or more of each benchmark.
        k: of pass@k, the main metric.
        force: compare what is refused otherwise, on the tasks that the runs have in common.

    Raises:
        RunMismatch: runs of different benchmarks or datasets; lists what differs.
        UsageError: fewer than two runs, the same one twice, no common task, or too few samples for k.
        DataError: no run directory, one without verdicts, a malformed or newer one.
    """
    if len(paths) < 2:
        raise UsageError("nothing to compare", "Name two runs or more: codeeval compare A B.")
    families, forced = match(read_runs(paths), force=force)
    compared = [
        BenchmarkComparison(
            benchmark=" / ".join(dict.fromkeys(run.config.benchmark for run in runs)),
            runs=tuple(run.summary for run in runs),
            differences=setting_differences([run.config for run in runs]),
            contrasts=tuple(contrast(runs[0], run, (k,)) for run in runs[1:]),
        )
        for runs in families
    ]
    return Comparison(k=k, forced=tuple(forced), benchmarks=_adjusted(compared))


def match(runs: Sequence[Run], *, force: bool) -> tuple[list[list[Run]], list[str]]:
    """Group runs that can be compared; also return what would have been refused without ``force``.

    Raises:
        RunMismatch: a benchmark with one run only, or runs on different data.
    """
    families: dict[str, list[Run]] = {}
    for run in runs:
        families.setdefault(run.config.benchmark, []).append(run)
    refused = []
    lonely = [each[0] for each in families.values() if len(each) == 1]
    if lonely:
        listed = ", ".join(f"{run.summary.path} ({run.config.benchmark})" for run in lonely)
        refused.append(f"the only run of its benchmark: {listed}")
        if force:
            families = {"": list(runs)}
    for each in families.values():
        refused += [reason for run in each[1:] if (reason := _other_data(each[0], run))]
    if refused and not force:
        raise RunMismatch("these runs cannot be compared:" + "".join(f"\n  {r}" for r in refused), _FORCE)
    return list(families.values()), refused


def _other_data(first: Run, other: Run) -> str:
    """Describe the rows that the runs were made on, where they differ; the hash decides."""
    a, b = first.config.dataset, other.config.dataset
    if a.sha256 == b.sha256:
        return ""
    differing = [
        f"{name} {before or 'none'} and {after or 'none'}"
        for name in ("id", "config", "split", "revision", "rows", "sha256")
        if (before := getattr(a, name)) != (after := getattr(b, name))
    ]
    return f"{first.summary.path} and {other.summary.path} are on different data: {', '.join(differing)}"


def _adjusted(compared: Sequence[BenchmarkComparison]) -> tuple[BenchmarkComparison, ...]:
    """Adjust the main metrics' p-values for their number, which is how many claims a reader may pick from."""
    adjusted = iter(statistics.holm([each.main.p for found in compared for each in found.contrasts]))

    def with_p(each: Contrast) -> Contrast:
        main = msgspec.structs.replace(each.main, p_adjusted=next(adjusted))
        return msgspec.structs.replace(each, metrics=(main, *each.metrics[1:]))

    return tuple(
        msgspec.structs.replace(found, contrasts=tuple(map(with_p, found.contrasts))) for found in compared
    )
