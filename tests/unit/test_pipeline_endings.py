"""What a run reports and records of answers that the model did not end itself, and of its capabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from pipeline_fakes import FakeBenchmark, FakeModel, FakePool, fake_config, run
from test_pipeline_running import TOLERANT, Watcher

from codeeval.cli.main import run_command
from codeeval.errors import ContextOverflow, PromptRefused
from codeeval.interfaces import Capabilities, Support
from codeeval.models.capabilities import CapabilityTracker
from codeeval.pipeline import read_metrics
from codeeval.records import RunDirectory
from codeeval.types import FinishReason

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from codeeval.types import Completion, Prompt, Sampling

NOTE = "seed is not supported: samples are not reproducible"


class Moody(FakeModel):
    """Cuts task 1 short, finds task 2 too long, has task 3 filtered, and learns that no seed is supported."""

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        tracker = CapabilityTracker(self.info)
        tracker.record(NOTE, seed=Support.NO)
        self.info = tracker.info
        match prompt.task_id[-1]:
            case "2":
                raise ContextOverflow("20,000 tokens are too long")
            case "3":
                raise PromptRefused("filtered")
            case "1":
                reason = FinishReason.LENGTH
            case _:
                reason = FinishReason.STOP
        generated = await super().complete(prompt, sampling, samples)
        return [msgspec.structs.replace(each, finish_reason=reason, reasoning="hm") for each in generated]


def go(path: Path, progress: Watcher) -> None:
    tasks, model, pool = FakeBenchmark(5), Moody(("pass",)), FakePool(0)
    model.info = msgspec.structs.replace(
        model.info, capabilities=Capabilities(seed=Support.UNKNOWN, n=Support.YES)
    )
    ids = [problem.task_id for problem in tasks.problems]
    with RunDirectory.create(path, fake_config(tasks, model, dict.fromkeys(ids, 2)), ids) as directory:
        run(directory, tasks, tasks.problems, model, pool, options=TOLERANT, progress=progress)


def test_the_run_continues_and_counts_them_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Watcher()
    go(tmp_path, progress)
    metrics = read_metrics(tmp_path)
    assert metrics.complete
    assert metrics.endings == {"length": 2, "overflow": 2, "filtered": 2}
    assert len([note for note in progress.notes if NOTE in note]) == 1
    assert any("Fake/" in note and "too long" in note for note in progress.notes)
    with RunDirectory.open(tmp_path) as directory:
        info = directory.config.model
        assert {each.reasoning for each in directory.completions() if each.text} == {"hm"}
    assert info.capabilities == Capabilities(seed=Support.NO, n=Support.YES)
    assert info.notes == (NOTE,)
    assert run_command(["score", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("2 of 10 samples (20.0%)") == len(metrics.endings)


def test_learned_capabilities_do_not_prevent_resuming(tmp_path: Path) -> None:
    go(tmp_path, Watcher())
    go(tmp_path, Watcher())
    assert read_metrics(tmp_path).endings == {"length": 2, "overflow": 2, "filtered": 2}
