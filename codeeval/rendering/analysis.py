"""Lays out what several samples a task show beyond pass@k: ``codeeval show RUN --analysis``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.rendering.console import lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from codeeval.metrics.analysis import Analysis, Variety
    from codeeval.statistics import Coverage, Estimate, Point

_SHOWN: Final = frozenset(step * 10**power for power in range(5) for step in (1, 2, 5))
"""The k that get a row, with the largest; JSON has all."""
_FARTHER: Final = (100, 1_000, 10_000)
"""The k that the fits are asked about."""
_MORE: Final = "`codeeval run ... --n 20 --temperature 0.8` generates several."


def show_analysis(found: Analysis) -> Iterator[RenderableType]:
    """Lay out an analysis."""
    of = f", scored by its {found.part} part" if found.part else ""
    unfinished = "" if found.complete else "; the run is unfinished"
    times = "1 sample" if found.samples == 1 else f"{found.samples} samples"
    yield lines(f"{found.benchmark} on {found.model}{of}: {found.tasks} tasks x {times}{unfinished}", "")
    if found.samples > 1:
        yield _curve(found)
        yield lines("", *_legend(found), "")
        yield from _farther(found.coverage, found.metric)
        yield _variety(found)
    else:
        yield lines("A curve, pass^k and diversity take at least two samples of every task.", _MORE)
    if found.score_agreement:
        agreement = found.score_agreement
        yield lines(
            "",
            f"The scores, cut at one half, say what the tests say of {agreement.value:.1%} of the samples "
            f"({agreement.low:.1%} to {agreement.high:.1%}).",
        )
    yield lines("", *_differences(found))


def _curve(found: Analysis) -> RenderableType:
    """Lay out what k samples a task are worth: at least one right, all right, the chosen one right."""
    name = found.metric
    columns: list[tuple[str, Sequence[Point]]] = [
        (f"{name}@k", found.coverage.measured),
        (f"{name}^k", found.all_of_k),
        ("maj@k", found.majority_of_k),
    ]
    if found.best_of_n:
        columns.append(("best-of-k", found.best_of_n))
    by_k = [{point.k: point for point in column} for _, column in columns]
    rows = []
    for k in sorted(set().union(*by_k)):
        if k in _SHOWN or k == found.samples:
            points_of_k = [column.get(k) for column in by_k]
            rows.append([str(k), *(cell for point in points_of_k for cell in _cells(point))])
    headers = ["k", *(cell for title, _ in columns for cell in (title, "95% interval"))]
    return table(headers, rows, right=range(len(headers)))


def _legend(found: Analysis) -> Iterator[str]:
    name = found.metric
    sampled = ", estimated by sampling" if found.majority_method == "monte carlo" else ""
    yield f"{name}@k: at least one of k samples passes. {name}^k: all of them pass."
    what = "answer" if found.votes_by_answer else "program"
    yield f"maj@k: the {what} that most of k samples agree on passes{sampled}."
    if found.best_of_n:
        yield "best-of-k: the one with the highest score passes."


def _farther(coverage: Coverage, name: str) -> Iterator[RenderableType]:
    """Lay out how the two fits continue."""
    last = coverage.measured[-1].k
    law, beta = coverage.power_law, coverage.beta_binomial
    if law is None and beta is None:
        yield lines("The curve is flat: all samples passed, or none did. Nothing can be extrapolated.", "")
        return
    curves = [{point.k: point for point in fit.curve} if fit else {} for fit in (law, beta)]
    ks = [k for k in _FARTHER if k > last]
    if ks:
        rows = [[f"{k:,}", *(cell for curve in curves for cell in _cells(curve.get(k)))] for k in ks]
        headers = (f"{name}@k beyond", "power law", "95% interval", "Beta-binomial", "95% interval")
        yield table(headers, rows, right=range(5))
        yield lines("")
    if law:
        yield lines(
            f"power law: log coverage = a k^b with a {_parameter(law.a)}, b {_parameter(law.b)}; "
            f"off by {_points(law.error, 2)} (root mean square)"
        )
    else:
        yield lines("power law: three samples a task are the fewest that it can be fitted to")
    if beta:
        yield lines(
            f"Beta-binomial: alpha {_parameter(beta.alpha)}, beta {_parameter(beta.beta)}; "
            f"off by {_points(beta.error, 2)} (root mean square)"
        )
    yield lines("Beyond ten times the samples both are guesses; where they disagree, believe neither.", "")


def _variety(found: Analysis) -> RenderableType:
    def row(name: str, variety: Variety) -> tuple[str, str, str]:
        return name, f"{variety.distinct:.1f} of {variety.of}", f"{variety.effective:.1f}"

    rows = (row("programs", found.programs), row("behaviours", found.behaviours))
    return table(("a task's samples", "distinct", "as if equally frequent"), rows, right=(1, 2))


def _differences(found: Analysis) -> Iterator[str]:
    spread = found.spread
    whole = spread.between + spread.within
    if found.samples > 1 and whole:
        yield (
            f"Of the variance of single samples {spread.between / whole:.0%} lies between tasks, "
            f"{spread.within / whole:.0%} within: only the latter shrinks with more samples."
        )
    times = "1 sample" if found.samples == 1 else f"{found.samples} samples"
    name = found.metric
    if not found.detectable:
        yield (
            f"This run does not show what difference in {name}@1 is detectable: "
            "of no task did some samples pass and others fail."
        )
        return
    yield f"With {found.tasks} tasks x {times} you can see {_points(found.detectable)}."
    yield (
        f"So large a true difference in {name}@1 between two such runs is seen four times in five, with one "
        "false alarm in 20,"
    )
    yield "if it moves all tasks alike; it must be larger if it does not."
    if found.samples == 1:
        yield "How the samples of a task vary is assumed: one a task does not show it."


def _points(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} points"


def _cells(point: Point | None) -> tuple[str, str]:
    return (f"{point.value:.1%}", f"{point.low:.1%} to {point.high:.1%}") if point else ("", "")


def _parameter(found: Estimate) -> str:
    return f"{found.value:.3g} ({found.low:.3g} to {found.high:.3g})"
