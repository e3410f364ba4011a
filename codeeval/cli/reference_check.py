"""The check of reference solutions that some benchmarks want before they are scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.cli.progress import run_progress
from codeeval.config import load_settings
from codeeval.errors import UnsoundEnvironment
from codeeval.interfaces import ChecksReferences
from codeeval.pipeline import Stage
from codeeval.pipeline.references import check_references

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.cli.output import Output
    from codeeval.cli.places import OpenPool
    from codeeval.interfaces import Benchmark
    from codeeval.pipeline.references import ReferenceFailure, ReferenceReport
    from codeeval.types import Problem

SHOWN_FAILURES: Final = 20


def require_references(
    benchmark: Benchmark, problems: Sequence[Problem], opened: OpenPool, output: Output, *, force: bool
) -> ReferenceReport | None:
    """Measure the references, if the benchmark wants that, and refuse to go on if too few pass.

    Raises:
        UnsoundEnvironment: too few pass, and ``force`` is not set.
        StorageError: the cache cannot be written.
    """
    if not isinstance(benchmark, ChecksReferences):
        return None
    output.note("reference solutions first: do they pass here?")
    with run_progress(output, Stage.EXECUTE) as progress:
        report = check_references(
            benchmark,
            problems,
            opened.pool,
            opened.info,
            cache_dir=load_settings().cache_dir,
            progress=progress,
        )
    output.note(
        f"{report.passed} of {report.tasks} reference solutions pass here ({report.share:.1%}); "
        f"{report.tasks - report.measured} of the results are from the cache"
    )
    for failure in report.failures[:SHOWN_FAILURES]:
        output.note(f"  {spelled(failure)}")
    if len(report.failures) > SHOWN_FAILURES:
        output.note(f"  and {len(report.failures) - SHOWN_FAILURES} more")
    if report.share < benchmark.reference_share and not force:
        raise UnsoundEnvironment(
            f"only {report.share:.1%} of the reference solutions pass here, and {benchmark.name} wants "
            f"{benchmark.reference_share:.0%}: scores would be too low{_most_missing(report)}",
            "Use the benchmark's own image (codeeval sandbox build), or score all the same with --force. "
            f"To measure again, remove {report.cache}.",
        )
    return report


def spelled(failure: ReferenceFailure) -> str:
    """Say in a line which reference fails and why."""
    reasons = [f"lacks {failure.missing}"] if failure.missing else []
    reasons += [failure.known] if failure.known else []
    return f"{failure.task_id}: {'; '.join(reasons) or failure.detail or failure.outcome}"


def _most_missing(report: ReferenceReport) -> str:
    counts: dict[str, int] = {}
    for failure in report.failures:
        if failure.missing:
            counts[failure.missing] = counts.get(failure.missing, 0) + 1
    most = sorted(counts, key=lambda name: -counts[name])[:5]
    return "".join(f"\n  {counts[name]} lack {name}" for name in most)
