"""``codeeval show RUN --analysis``: every number in words, and clear words where there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.runs import P, S, W, make_run

from codeeval.cli.main import run_command

if TYPE_CHECKING:
    from pathlib import Path

OUTCOMES = {"T/0": [P, P, W, P], "T/1": [W, W, W, W], "T/2": [P, W, W, W], "T/3": [P, P, P, P]}


def cells(text: str, start: str) -> list[str]:
    return next(line for line in text.splitlines() if line.split()[:1] == [start]).split()


def test_the_curve_the_fits_and_the_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "fake", OUTCOMES)
    assert run_command(["show", str(run), "--analysis"]) == 0
    text = capsys.readouterr().out
    assert "fake on fake:model: 4 tasks x 4 samples\n" in text
    assert cells(text, "1")[1] == "50.0%"
    assert cells(text, "4")[1] == "75.0%"
    assert cells(text, "4")[5] == "25.0%"
    assert "best-of-k" not in text
    assert len(cells(text, "10,000")) == 9
    assert "power law: log coverage = a k^b with a -" in text
    assert "Beta-binomial: alpha " in text
    assert cells(text, "programs")[1:4] == ["4.0", "of", "4"]
    assert "With 4 tasks x 4 samples you can see " in text


def test_scores_add_a_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "fake", OUTCOMES, score_of=lambda _task, sample: -sample)
    assert run_command(["show", str(run), "--analysis"]) == 0
    text = capsys.readouterr().out
    assert "best-of-k: the one with the highest score passes." in text
    assert cells(text, "2")[-4] == "58.3%"  # the earlier of two is right 5/6, 0, 1/2 and 1


def test_one_sample_is_too_few_for_a_curve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "fake", {"T/0": [P], "T/1": [W]}, planned=2)
    assert run_command(["show", str(run), "--analysis"]) == 0
    text = capsys.readouterr().out
    assert "take at least two samples of every task" in text
    assert "the run is unfinished" in text
    assert "you can see" in text
    assert "pass^k " not in text.replace("pass^k and", "")


@pytest.mark.parametrize("outcome", [P, W])
def test_samples_all_alike_have_a_flat_curve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], outcome: str
) -> None:
    run = make_run(tmp_path / "run", "fake", {"T/0": [outcome] * 3, "T/1": [outcome] * 3})
    assert run_command(["show", str(run), "--analysis"]) == 0
    text = capsys.readouterr().out
    assert "The curve is flat" in text
    assert "This run does not show" in text


def test_two_samples_are_too_few_for_the_power_law(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "run", "fake", {"T/0": [P, W], "T/1": [W, W]})
    assert run_command(["show", str(run), "--analysis"]) == 0
    text = capsys.readouterr().out
    assert "power law: three samples a task are the fewest" in text
    assert "Beta-binomial: alpha" in text


def test_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "fake", OUTCOMES)
    assert run_command(["show", str(run), "--analysis", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["path"] == str(run)
    assert found["coverage"]["measured"][-1]["value"] == pytest.approx(0.75)


def test_nothing_to_analyse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "fake", {"T/0": [S]})
    assert run_command(["show", str(run), "--analysis"]) == 4
    assert "nothing to analyse" in capsys.readouterr().err
    assert run_command(["show", str(run), "--analysis", "--task", "T/0"]) == 2
    assert run_command(["show", str(run), str(run), "--analysis"]) == 2
    assert "Traceback" not in capsys.readouterr().err
