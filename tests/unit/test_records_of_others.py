"""Run directories that somebody else made: what they name is neither read nor believed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from codeeval.cli.main import run_command
from codeeval.interfaces import BenchmarkOptions
from codeeval.prompting import PromptTemplate
from codeeval.session.inspection import sample_of
from codeeval.session.settings import DataOptions
from codeeval.types import Outcome

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from runs import make_run

SECRET = "the words of a file of ours"
TASK = "HumanEval/0"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    outcomes = {TASK: [Outcome.WRONG_ANSWER], "HumanEval/1": [Outcome.PASSED]}
    return make_run(
        tmp_path / "run", "humaneval", outcomes, options=BenchmarkOptions(template=secret, shots=3)
    )


def test_a_template_that_a_run_names_is_not_read(run: Path) -> None:
    found = sample_of(run, TASK, 0, DataOptions(offline=True))
    assert found.prompt is None
    assert found.program is not None
    assert "secret" in found.missing
    assert SECRET not in found.missing


@pytest.mark.parametrize(
    "command",
    [
        ["show", "RUN"],
        ["show", "RUN", "--task", TASK],
        ["score", "RUN"],
        ["compare", "RUN", "OTHER"],
        ["report", "RUN", "--out", "OUT", "--offline"],
        ["export", "RUN", "--format", "evalplus", "--out", "OUT", "--offline"],
    ],
)
def test_no_command_reads_it(
    command: list[str],
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_run(tmp_path / "other", "humaneval", {TASK: [Outcome.PASSED]})
    names = {"RUN": str(run), "OTHER": str(tmp_path / "other"), "OUT": str(tmp_path / "out")}
    read: list[Path] = []
    plain = PromptTemplate.__init__
    monkeypatch.setattr(
        PromptTemplate, "__init__", lambda self, path: (read.append(path), plain(self, path))[1]
    )
    assert run_command([names.get(word, word) for word in command]) == 0
    captured = capsys.readouterr()
    assert SECRET not in captured.out + captured.err
    assert tmp_path / "secret" not in read
    written = tmp_path / "out"
    assert not written.exists() or SECRET.encode() not in written.read_bytes()


def test_a_pipe_in_the_place_of_a_record_is_not_waited_for(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "metrics.json").unlink()
    os.mkfifo(run / "metrics.json")
    assert run_command(["show", str(run)]) != 0
    assert "not a regular file" in capsys.readouterr().err
