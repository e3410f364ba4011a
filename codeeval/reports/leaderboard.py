"""A leaderboard: models by benchmarks, as a static site with a report of each run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.comparison import PairTest, Ranked, Ranking, rank
from codeeval.formatting import visible
from codeeval.metrics import mean
from codeeval.reports.page import render_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.comparison import Run
    from codeeval.reports.source import RunView

SCRIPTS: Final = ("page.js", "leaderboard.js")


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A model's place on a benchmark."""

    page: str
    """Address of the run's report, relative to the site."""
    ranked: Ranked | None
    """None where the run lacks the metric."""
    complete: bool
    """Whether every planned sample has a verdict."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A model."""

    label: str
    cells: tuple[Cell | None, ...]
    """One a benchmark, in their order; None where the model has no run."""
    mean: float | None
    """Over the benchmarks that all models have a score on; None where there is none."""


class Leaderboard(msgspec.Struct, frozen=True, kw_only=True):
    """Models by benchmarks."""

    runs: tuple[str, ...]
    """Labels, by the numbers that rankings name runs by."""
    benchmarks: tuple[Ranking, ...]
    rows: tuple[Row, ...]
    """Those with the highest mean first."""
    shared: tuple[str, ...]
    """Benchmarks that all models have a score on: the mean is over these, each weighing the same."""


def make_leaderboard(views: Sequence[RunView], runs: Sequence[Run], k: int) -> Leaderboard:
    """Rank the runs of each benchmark.

    Args:
        views: the runs, summed up.
        runs: the same runs with their counts.
        k: of the pass@k that counts.
    """
    names = list(dict.fromkeys(view.config.benchmark for view in views))
    rankings = [
        rank(
            visible(name),
            [
                (number, run, view.metrics.metrics)
                for number, (view, run) in enumerate(zip(views, runs, strict=True))
                if view.config.benchmark == name
            ],
            k,
        )
        for name in names
    ]
    ranked = {each.run: each for ranking in rankings for each in ranking.ranked}
    pages = page_names(views)
    cells: dict[str, dict[str, Cell]] = {}
    for number, view in enumerate(views):
        cells.setdefault(view.label, {})[view.config.benchmark] = Cell(
            page=pages[number], ranked=ranked.get(number), complete=view.complete
        )
    shared = [
        name for name in names if all(name in own and own[name].ranked is not None for own in cells.values())
    ]
    rows = [
        Row(
            label=label,
            cells=tuple(own.get(name) for name in names),
            mean=_mean([own[name] for name in shared]),
        )
        for label, own in cells.items()
    ]
    rows.sort(key=lambda row: (-(row.mean or 0.0), row.label))
    return Leaderboard(
        runs=tuple(view.label for view in views),
        benchmarks=tuple(rankings),
        rows=tuple(rows),
        shared=tuple(visible(name) for name in shared),
    )


def page_names(views: Sequence[RunView]) -> list[str]:
    """Name each run's report, relative to the site: with a number, so that no two are the same."""
    return [
        f"runs/{number}-{_slug(view.config.benchmark)}-{_slug(view.label)}.html"
        for number, view in enumerate(views, 1)
    ]


def leaderboard_page(board: Leaderboard, views: Sequence[RunView], title: str) -> str:
    """Return the site's first page.

    Args:
        board: the models' places.
        views: the runs that it counts.
        title: what stands above it.
    """
    return render_file(
        "leaderboard.html.jinja",
        SCRIPTS,
        title=visible(title),
        board=board,
        runs=views,
        paired=sum(test.tasks > 0 for test in _tests(board)),
        unpaired=sum(test.tasks == 0 for test in _tests(board)),
    )


def _tests(board: Leaderboard) -> list[PairTest]:
    return [test for ranking in board.benchmarks for test in ranking.tests]


def _mean(cells: Sequence[Cell]) -> float | None:
    scores = [cell.ranked.score.value for cell in cells if cell.ranked is not None]
    return mean(scores) if scores else None


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "run"
