"""The check of reference solutions that some benchmarks require before samples are scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.config import load_settings
from codeeval.errors import UnsoundEnvironment
from codeeval.interfaces import ChecksReferences
from codeeval.pipeline import Stage
from codeeval.pipeline.references import check_references

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import Benchmark
    from codeeval.pipeline.references import ReferenceFailure, ReferenceReport
    from codeeval.session.hooks import Notes, ProgressFactory
    from codeeval.session.sandboxes import OpenPool
    from codeeval.types import LimitOptions, Problem

SHOWN_FAILURES: Final = 20


def require_references(
    benchmark: Benchmark,
    problems: Sequence[Problem],
    opened: OpenPool,
    *,
    force: bool,
    limits: LimitOptions,
    notes: Notes,
    progress: ProgressFactory,
) -> ReferenceReport | None:
    """Execute the references, if the benchmark requires that, and refuse to continue if too few pass.

    Raises:
        UnsoundEnvironment: too few pass, and ``force`` is not set.
        StorageError: the cache cannot be written.
    """
    if not isinstance(benchmark, ChecksReferences):
        return None
    notes("executing the reference solutions first: do they pass here?")
    with progress(Stage.EXECUTE) as display:
        report = check_references(
            benchmark,
            problems,
            opened.pool,
            opened.info,
            cache_dir=load_settings().cache_dir,
            limits=limits,
            progress=display,
        )
    notes(
        f"{report.passed} of {report.tasks} reference solutions pass here ({report.share:.1%}); "
        f"{report.tasks - report.measured} of these results come from the cache"
    )
    for failure in report.failures[:SHOWN_FAILURES]:
        notes(f"  {describe(failure)}")
    if len(report.failures) > SHOWN_FAILURES:
        notes(f"  and {len(report.failures) - SHOWN_FAILURES} more")
    if report.share < benchmark.reference_share and not force:
        raise UnsoundEnvironment(
            f"only {report.share:.1%} of the reference solutions pass here, and {benchmark.name} requires "
            f"{benchmark.reference_share:.0%}: scores would be too low{_most_missing(report)}",
            "Use the benchmark's own image (codeeval sandbox build), or score anyway with --force. "
            f"To measure again, remove {report.cache}.",
        )
    return report


def describe(failure: ReferenceFailure) -> str:
    """Return in a line which reference fails and why."""
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
