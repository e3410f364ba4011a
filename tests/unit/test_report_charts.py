"""Charts are well-formed SVG with the page's colours, whatever the labels hold."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from codeeval.metrics import Bin
from codeeval.reports import charts
from codeeval.reports.coverage import coverage_curve
from codeeval.reports.drawing import png
from codeeval.reports.palette import OUTCOME_COLOURS, OUTCOME_WORDS, RUN_COLOURS
from codeeval.reports.study import accuracy_by_trait
from codeeval.statistics import Count, coverage
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from codeeval.reports.drawing import Chart

HOSTILE = "</svg><script>alert(1)</script>\"'&amp;<img src=x onerror=alert(1)>"
COUNTS = [Count(5, 0), Count(5, 1), Count(5, 4)]
ELEMENTS = {"svg", "g", "path", "line", "text", "rect", "defs", "clipPath", "title", "tspan"}


def make_curve(label: str) -> Chart:
    return charts.pass_curve(
        "c", "t", [charts.CurvePoint(label, k, 0.1 * k, 0.05 * k, 0.15 * k) for k in (1, 2, 5)]
    )


def make_coverage(label: str) -> Chart:
    chart = coverage_curve("c", label, coverage(COUNTS, resamples=20), label)
    assert chart is not None
    return chart


def make_bars(label: str) -> Chart:
    return charts.outcome_bars("c", "t", [charts.Bar(label, {Outcome.PASSED: 3, Outcome.TIMEOUT: 1})])


def make_differences(label: str) -> Chart:
    return charts.differences("c", "t", [charts.Change(label, 0.1, 0.02, 0.2)])


def make_tasks(label: str) -> Chart:
    return charts.task_changes("c", "t", {label: 0.5, "other": -1.0, "same": 0.0})


def make_times(label: str) -> Chart:
    return charts.cpu_times("c", "t", {label: {Outcome.PASSED: [0.01, 0.02], Outcome.TIMEOUT: [3.0, 0.0]}})


def make_study(label: str) -> Chart:
    bins = [
        Bin(at_least=0, below=6, tasks=3, samples=3, value=0.5, low=0.1, high=0.9),
        Bin(at_least=161, below=None, tasks=1, samples=1, value=0.0, low=0.0, high=0.7),
    ]
    return accuracy_by_trait("c", "program_lines", {label: bins, "other": bins[1:]})


@pytest.mark.parametrize(
    "make", [make_curve, make_coverage, make_bars, make_differences, make_tasks, make_times, make_study]
)
def test_labels_are_text_and_nothing_else(make: Callable[[str], Chart]) -> None:
    chart = make(HOSTILE)
    for svg in (chart.wide, chart.narrow):
        elements = [element.tag.rpartition("}")[2] for element in ET.fromstring(svg).iter()]
        assert set(elements) <= ELEMENTS
        assert "<script" not in svg


def make_two_curves(label: str) -> Chart:
    return charts.pass_curve(
        "c", "t", [charts.CurvePoint(run, k, 0.5, 0.4, 0.6) for run in (label, "other") for k in (1, 2)]
    )


@pytest.mark.parametrize("make", [make_two_curves, make_bars, make_differences, make_times, make_study])
def test_long_labels_are_whole(make: Callable[[str], Chart]) -> None:
    label = "runs/nightly/humaneval-plus--openai-Qwen2.5-Coder-32B-Instruct--temperature-0.8--checkpoint-2400"
    chart = make(label)
    for svg in (chart.wide, chart.narrow):
        texts = ["".join(each.itertext()) for each in ET.fromstring(svg).iter() if each.tag.endswith("}text")]
        assert label in texts
        assert "\u2026" not in svg


@pytest.mark.parametrize(
    "make", [make_curve, make_coverage, make_bars, make_differences, make_tasks, make_times]
)
def test_the_narrow_chart_fits_a_phone(make: Callable[[str], Chart]) -> None:
    assert float(ET.fromstring(make("run").narrow).attrib["width"]) <= 370


def test_the_coverage_chart_shows_both_fits_and_where_the_samples_end() -> None:
    chart = make_coverage("pass")
    texts = [element.text for element in ET.fromstring(chart.wide).iter() if element.tag.endswith("text")]
    assert {"measured", "power law", "Beta-binomial", "10,000"} <= set(texts)
    assert all(fact in chart.summary for fact in ("66.7%", "k=5", "power law"))


def test_coverage_without_a_fit_has_no_chart() -> None:
    assert coverage_curve("c", "t", coverage([Count(5, 5)] * 3), "pass") is None


def test_bars_show_each_outcome_in_its_colour_with_its_share() -> None:
    chart = make_bars("run")
    assert OUTCOME_COLOURS[Outcome.PASSED] in chart.wide
    assert OUTCOME_COLOURS[Outcome.TIMEOUT] in chart.wide
    assert OUTCOME_COLOURS[Outcome.WRONG_ANSWER] not in chart.wide
    assert "75.0%" in chart.wide
    assert "25.0%" in chart.summary


def test_histogram_counts_every_sample() -> None:
    chart = make_times("run")
    rows = chart.spec["data"]["values"]
    assert sum(row["top"] - row["base"] for row in rows) == 4


def test_a_chart_is_rendered_as_png() -> None:
    assert png(make_bars("run")).startswith(b"\x89PNG")


def test_every_outcome_has_its_own_colour_and_label() -> None:
    assert set(OUTCOME_COLOURS) == set(OUTCOME_WORDS) == set(Outcome)
    colours = [*OUTCOME_COLOURS.values(), *RUN_COLOURS]
    assert len(set(colours)) == len(colours), "the style sheet distinguishes them by their values"
