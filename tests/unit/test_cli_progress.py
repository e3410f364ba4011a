"""Progress: bars on a terminal, lines elsewhere, nothing when quiet."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from codeeval.cli import progress as shown
from codeeval.cli.output import Output, Verbosity
from codeeval.cli.progress import LineProgress, LiveProgress, run_progress
from codeeval.pipeline import Counts, Stage


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(shown.time, "monotonic", lambda: now[0])
    return now


def test_a_line_every_ten_seconds(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    counts = Counts(samples=100, generated=20, executed=10, passed=1)
    with LineProgress(Output(), Stage.ALL, every_s=10.0) as progress:
        progress.update(counts)
        clock[0] += 9
        progress.update(counts)
        assert capsys.readouterr().err == ""
        clock[0] += 1
        counts.generated, counts.executed, counts.passed = 40, 30, 6
        progress.update(counts)
        progress.update(counts)
    # 20 samples in 10 s, 70 to go; those done before this call do not count as speed
    assert capsys.readouterr().err == (
        "generated 40 of 100, executed 30 of 100, passed 20.0%, about 35 s left\n"
    )


def test_sandbox_errors_are_no_failures(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with LineProgress(Output(), Stage.EXECUTE, every_s=0.0) as progress:
        progress.update(Counts(samples=4, generated=4, executed=4, passed=1, sandbox_errors=2))
    assert "passed 50.0%" in capsys.readouterr().err


def test_quiet_prints_no_notes(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(verbosity=Verbosity.QUIET)
    with run_progress(output, Stage.ALL) as progress:
        progress.update(Counts(samples=1))
        progress.note("something")
    assert capsys.readouterr().err == ""


def test_bars_show_counts_rate_and_hostile_notes_as_text(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=160, color_system=None, legacy_windows=False)
    monkeypatch.setattr(shown, "console_for_stderr", lambda: console)
    with LiveProgress(Output(), Stage.ALL) as progress:
        progress.update(Counts(samples=8, generated=6, executed=4, passed=1, waiting=2, sandbox_errors=0))
        progress.note("refused [red]this[/red] \x1b[2J")
    text = screen.getvalue()
    for part in ("generated", "6/8", "executed", "4/8", "passed 25.0%", "2 timeouts to repeat"):
        assert part in text
    assert r"refused [red]this[/red] \x1b[2J" in text


@pytest.mark.parametrize(
    ("stage", "there", "absent"),
    [(Stage.GENERATE, "generated", "executed"), (Stage.EXECUTE, "executed", "generated")],
)
def test_bars_of_one_stage(
    monkeypatch: pytest.MonkeyPatch, clock: list[float], stage: Stage, there: str, absent: str
) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=160, color_system=None)
    monkeypatch.setattr(shown, "console_for_stderr", lambda: console)
    with LiveProgress(Output(), stage) as progress:
        progress.update(Counts(samples=8, generated=6, executed=4))
    assert there in screen.getvalue()
    assert absent not in screen.getvalue()


def test_a_terminal_gets_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown.sys.stderr, "isatty", lambda: True, raising=False)
    assert isinstance(run_progress(Output(), Stage.ALL), LiveProgress)
