"""What a run reports and records of answers that the model did not end itself, and of its capabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakeModel, FakePool, fake_config, run
from test_pipeline_running import TOLERANT, Watcher

from codeeval.cli.main import run_command
from codeeval.errors import ContextOverflow, NearlyNoAnswers, NoAnswer, PromptRefused
from codeeval.interfaces import Capabilities, Support
from codeeval.models.capabilities import CapabilityTracker
from codeeval.pipeline import read_metrics
from codeeval.records import RunDirectory
from codeeval.rendering.run_result import _endings
from codeeval.types import FinishReason

if TYPE_CHECKING:
    from pathlib import Path

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


class Deaf(FakeModel):
    """Gives no answer to these tasks until it is healed."""

    deaf: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        self.prompts = (*self.prompts, prompt.task_id)
        if prompt.task_id in self.deaf:
            raise NoAnswer(f"no choices for {prompt.task_id}")
        return await super().complete(prompt, sampling, samples)


def attempt(path: Path, model: Deaf, tasks: int = 4) -> Watcher:
    benchmark, progress = FakeBenchmark(tasks), Watcher()
    ids = [problem.task_id for problem in benchmark.problems]
    with RunDirectory.create(path, fake_config(benchmark, model, dict.fromkeys(ids, 1)), ids) as directory:
        run(directory, benchmark, benchmark.problems, model, FakePool(0), options=TOLERANT, progress=progress)
    return progress


def test_a_prompt_without_an_answer_is_left_out_and_asked_for_again(tmp_path: Path) -> None:
    model = Deaf(("pass",))
    model.deaf = ("Fake/0",)
    progress = attempt(tmp_path, model)
    assert any("no choices for Fake/0" in note and "excluded" in note for note in progress.notes)
    metrics = read_metrics(tmp_path)
    assert metrics.complete
    assert metrics.endings == {"no_answer": 1}
    assert (metrics.samples, metrics.tasks) == (3, 4)
    found = metrics.metrics["pass@1"]
    assert found.tasks == 3
    assert (found.worst, found.best) == (0.75 * found.value, 0.75 * found.value + 0.25)
    with RunDirectory.open(tmp_path) as directory:
        (lost,) = directory.unanswered()
        assert directory.completion(lost).error == "no choices for Fake/0"
        assert directory.outcome(lost) is None

    again = Deaf(("pass",))
    again.deaf = ("Fake/0",)
    attempt(tmp_path, again)
    assert again.prompts == ("Fake/0",), "the run ends, however often that is"
    assert read_metrics(tmp_path).endings == {"no_answer": 1}

    healed = Deaf(("pass",))
    attempt(tmp_path, healed)
    assert healed.prompts == ("Fake/0",)
    metrics = read_metrics(tmp_path)
    assert metrics.endings == {}
    assert metrics.samples == 4


def test_a_run_without_answers_is_no_result(tmp_path: Path) -> None:
    model = Deaf(("pass",))
    model.deaf = tuple(f"Fake/{number}" for number in range(9))
    with pytest.raises(NearlyNoAnswers, match=r"9 of 10 samples .*: no choices for Fake/0") as raised:
        attempt(tmp_path, model, tasks=10)
    assert raised.value.exit_code == 5
    assert "models test" in raised.value.remedy
    assert raised.value.path == tmp_path
    assert read_metrics(tmp_path).endings == {"no_answer": 9}


def test_every_ending_is_said_with_what_would_help() -> None:
    answered = {FinishReason.STOP, FinishReason.UNKNOWN}
    endings = {reason.value: 2 for reason in FinishReason if reason not in answered}
    said = list(_endings(endings, 10))
    assert len(said) == len(endings)
    assert all(line.startswith("2 of 10 samples (20.0%) ") for line in said)
