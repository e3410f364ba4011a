"""``codeeval show RUN --analysis``: a table with every number, and JSON with null for what is not known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.runs import P, S, W, make_run

from codeeval.cli.main import run_command

if TYPE_CHECKING:
    from pathlib import Path

OUTCOMES = {"T/0": [P, P, W, P], "T/1": [W, W, W, W], "T/2": [P, W, W, W], "T/3": [P, P, P, P]}
FLAT = 0.3423802275066531
"""The lower end for two tasks whose samples all pass."""


def cells(text: str, start: str) -> list[str]:
    return next(line for line in text.splitlines() if line.split()[:1] == [start]).split()


def analysed(run: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, dict[str, Any]]:
    """The table and the JSON of a run's analysis."""
    assert run_command(["show", str(run), "--analysis"]) == 0
    text = capsys.readouterr().out
    assert run_command(["show", str(run), "--analysis", "--json"]) == 0
    return text, json.loads(capsys.readouterr().out)


def test_the_curve_the_fits_and_the_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "fake", OUTCOMES)
    text, found = analysed(run, capsys)
    assert "fake on fake:model: 4 tasks x 4 samples\n" in text
    assert cells(text, "1")[1] == "50.0%"
    assert cells(text, "4")[1] == "75.0%"
    assert cells(text, "4")[5] == "25.0%"
    assert len(cells(text, "10,000")) == 9
    assert cells(text, "programs")[1:4] == ["4.0", "of", "4"]
    assert f"{found['coverage']['power_law']['a']['value']:.2f}" in text
    assert f"{found['coverage']['beta_binomial']['alpha']['value']:.2f}" in text
    assert f"{found['detectable']:.1%}".removesuffix("%") in text
    assert found["path"] == str(run)
    assert found["best_of_n"] == []
    assert found["coverage"]["measured"][-1]["value"] == pytest.approx(0.75)


def test_scores_add_a_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "fake", OUTCOMES, score_of=lambda _task, sample: -sample)
    text, found = analysed(run, capsys)
    assert cells(text, "2")[-4] == "58.3%"  # the earlier of two is right 5/6, 0, 1/2 and 1
    assert found["best_of_n"][1]["value"] == pytest.approx(7 / 12)


def test_one_sample_is_too_few_for_a_curve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "fake", {"T/0": [P], "T/1": [W]}, planned=2)
    text, found = analysed(run, capsys)
    assert [point["k"] for point in found["coverage"]["measured"]] == [1]
    assert found["coverage"]["power_law"] is found["coverage"]["beta_binomial"] is None
    assert found["complete"] is False
    assert "unfinished" in text
    assert "2 tasks x 1 sample" in text
    assert not [line for line in text.splitlines() if line.split()[:1] == ["1"]], "no table of the curve"


@pytest.mark.parametrize(("outcome", "share", "low"), [(P, 1.0, FLAT), (W, 0.0, 0.0)])
def test_samples_all_alike_have_a_flat_curve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], outcome: str, share: float, low: float
) -> None:
    run = make_run(tmp_path / "run", "fake", {"T/0": [outcome] * 3, "T/1": [outcome] * 3})
    text, found = analysed(run, capsys)
    assert [point["value"] for point in found["coverage"]["measured"]] == [share] * 3
    assert [point["low"] for point in found["coverage"]["measured"]] == pytest.approx([low] * 3)
    assert found["coverage"]["power_law"] is found["coverage"]["beta_binomial"] is None
    assert found["detectable"] == 0.0, "not known from such a run"
    assert "0.0 pp" not in text


def test_two_samples_are_too_few_for_the_power_law(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "run", "fake", {"T/0": [P, W], "T/1": [W, W]})
    _, found = analysed(run, capsys)
    assert found["coverage"]["power_law"] is None
    assert found["coverage"]["beta_binomial"]["alpha"]["value"] > 0


def test_nothing_to_analyse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "fake", {"T/0": [S]})
    assert run_command(["show", str(run), "--analysis"]) == 4
    assert str(run) in capsys.readouterr().err
    assert run_command(["show", str(run), "--analysis", "--task", "T/0"]) == 2
    assert run_command(["show", str(run), str(run), "--analysis"]) == 2
    assert "Traceback" not in capsys.readouterr().err
