"""What a run does, and what it leaves behind when things go wrong."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakeModel, FakePool, fake_config, run

from codeeval.errors import (
    DataError,
    Interrupted,
    ModelError,
    RunMismatch,
    SandboxError,
    StorageError,
    TooManySandboxErrors,
)
from codeeval.pipeline import Counts, RunOptions, RunResult, Stage, read_metrics
from codeeval.pipeline.verifier import IN_FLIGHT
from codeeval.records import RunDirectory
from codeeval.types import SCHEMA_VERSION, FinishReason, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from codeeval.interfaces import Model
    from codeeval.pipeline import Progress

TOLERANT = RunOptions(max_sandbox_errors=1.0)


class Watcher:
    """Keeps copies of what a run reports, and may act on it."""

    def __init__(self, act: Callable[[Counts], None] = lambda _: None) -> None:
        self.last = Counts(samples=0)
        self.notes: list[str] = []
        self.overlap = False
        self._act = act

    def update(self, counts: Counts) -> None:
        self.overlap |= counts.executed > 0 and counts.generated < counts.samples
        self.last = counts
        self._act(counts)

    def note(self, message: str) -> None:
        self.notes.append(message)


@pytest.fixture
def tasks() -> FakeBenchmark:
    return FakeBenchmark(6)


@pytest.fixture
def pool() -> Iterator[FakePool]:
    pool = FakePool(2)
    yield pool
    pool.close()


def go(
    path: Path,
    tasks: FakeBenchmark,
    model: FakeModel,
    pool: FakePool | None,
    *,
    n: int = 4,
    options: RunOptions = TOLERANT,
    progress: Progress | None = None,
) -> RunResult:
    plan = {problem.task_id: n for problem in tasks.problems}
    order = [problem.task_id for problem in tasks.problems]
    with RunDirectory.create(path, fake_config(tasks, model, plan), order) as directory:
        use: Model | None = None if options.stage is Stage.EXECUTE else model
        return run(directory, tasks, tasks.problems, use, pool, options=options, progress=progress)


def outcomes(path: Path) -> dict[tuple[str, int], Outcome]:
    with RunDirectory.open(path) as directory:
        return {(v.task_id, v.sample): v.outcome for v in directory.verdicts()}


def test_every_sample_gets_the_verdict_of_its_own_text(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool
) -> None:
    model = FakeModel()
    result = go(tmp_path, tasks, model, pool)
    expected = {
        "pass": Outcome.PASSED,
        "fail": Outcome.INCOMPLETE,
        "crash": Outcome.RUNTIME_ERROR,
        "slow": Outcome.TIMEOUT,
        "": Outcome.NO_CODE,
    }
    found = outcomes(tmp_path)
    assert len(found) == 24
    assert all(outcome is expected[model.sample(*key).text] for key, outcome in found.items())
    assert set(found.values()) == set(expected.values()), "the fake's texts should cover all five"
    assert result.metrics is not None
    assert result.metrics.complete
    assert sum(result.metrics.outcomes.values()) == 24
    assert list(result.metrics.metrics) == ["pass@1"]
    assert read_metrics(tmp_path) == result.metrics
    assert model.closed


def test_files_end_in_dataset_order_whatever_order_results_came_in(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool
) -> None:
    go(tmp_path, tasks, FakeModel(max_n=1, concurrency=8), pool)
    for name in ("completions.jsonl", "verdicts.jsonl"):
        lines = [msgspec.json.decode(line) for line in (tmp_path / name).read_bytes().splitlines()]
        assert [(line["task_id"], line["sample"]) for line in lines] == [
            (f"Fake/{task}", sample) for task in range(6) for sample in range(4)
        ]
        assert {line["schema"] for line in lines} == {SCHEMA_VERSION}


def test_execution_starts_while_samples_are_still_generated(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool
) -> None:
    watcher = Watcher()
    go(tmp_path, tasks, FakeModel(max_n=1, concurrency=1, delay_s=0.005), pool, progress=watcher)
    assert watcher.overlap
    assert watcher.last == Counts(samples=24, generated=24, executed=24, passed=watcher.last.passed)
    assert watcher.last.passed > 0


def test_few_programs_are_at_the_pool_at_once(tmp_path: Path, tasks: FakeBenchmark) -> None:
    pool = FakePool(2, delay_s=0.002)
    go(tmp_path, tasks, FakeModel(("pass",), max_n=100), pool, n=50)
    pool.close()
    assert pool.size <= pool.most_waiting <= IN_FLIGHT * pool.size < 300


def test_fewer_long_programs_are_at_the_pool_at_once(
    tmp_path: Path, tasks: FakeBenchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeeval.pipeline.verifier.IN_FLIGHT_CHARS", 1000)
    pool = FakePool(2, delay_s=0.002)
    go(tmp_path / "a", tasks, FakeModel(("pass:" + "x" * 300,), max_n=100), pool, n=5)
    assert pool.most_waiting == 4
    pool.most_waiting = 0
    go(tmp_path / "b", tasks, FakeModel(("pass:" + "x" * 3000,), max_n=100), pool, n=5)
    assert pool.most_waiting == 1
    pool.close()


def test_no_code_is_not_executed(tmp_path: Path, tasks: FakeBenchmark, pool: FakePool) -> None:
    result = go(tmp_path, tasks, FakeModel(("",)), pool)
    assert pool.executed == []
    assert result.metrics is not None
    assert result.metrics.outcomes["NO_CODE"] == 24


def test_a_second_run_does_nothing_twice(tmp_path: Path, tasks: FakeBenchmark, pool: FakePool) -> None:
    go(tmp_path, tasks, FakeModel(), pool)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.name != ".lock"}
    again, idle = FakeModel(), FakePool(0)
    go(tmp_path, tasks, again, idle)
    assert again.asked == []
    assert idle.executed == []
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.name != ".lock"} == before


def test_stages_apart_give_what_a_whole_run_gives(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    go(whole, tasks, FakeModel(), pool)
    generated = go(parts, tasks, FakeModel(), None, options=RunOptions(stage=Stage.GENERATE))
    assert generated.metrics is None
    assert generated.timings.completions == 24
    assert not (parts / "metrics.json").exists()
    go(parts, tasks, FakeModel(), pool, options=RunOptions(stage=Stage.EXECUTE))
    for name in ("completions.jsonl", "verdicts.jsonl", "metrics.json", "timings.json"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes()


def test_execute_skips_samples_that_were_not_generated(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool
) -> None:
    model = FakeModel(("pass",), max_n=4, concurrency=1)
    model.fail_after = 8
    with pytest.raises(ModelError, match="gone"):
        go(tmp_path, tasks, model, None, options=RunOptions(stage=Stage.GENERATE))
    result = go(
        tmp_path,
        tasks,
        FakeModel(("pass",), max_n=4, concurrency=1),
        pool,
        options=RunOptions(stage=Stage.EXECUTE),
    )
    assert result.metrics is not None
    assert (result.metrics.samples, result.metrics.tasks, result.metrics.complete) == (8, 2, False)
    assert result.metrics.metrics["pass@1"].value == 1.0


def test_a_timeout_counts_only_if_it_repeats_alone(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool
) -> None:
    watcher = Watcher()
    result = go(tmp_path, tasks, FakeModel(("load-slow", "slow", "pass")), pool, progress=watcher)
    assert result.metrics is not None
    texts = [
        FakeModel(("load-slow", "slow", "pass")).sample(f"Fake/{i}", j).text
        for i in range(6)
        for j in range(4)
    ]
    assert result.metrics.outcomes["TIMEOUT"] == texts.count("slow")
    assert result.metrics.outcomes["PASSED"] == texts.count("load-slow") + texts.count("pass")
    alone = [alone for *_, alone in pool.executed]
    assert alone.count(True) == texts.count("slow") + texts.count("load-slow") > 0
    assert alone == sorted(alone), "what runs alone runs last"
    with RunDirectory.open(tmp_path) as directory:
        assert {v.attempts for v in directory.verdicts()} == {1, 2}
        assert all(v.attempts == 2 for v in directory.verdicts() if v.outcome is Outcome.TIMEOUT)
    assert watcher.last.waiting == 0
    assert result.timings.repeated == alone.count(True)


def test_timeouts_that_waited_are_repeated_together_and_those_of_cpu_time_not(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool
) -> None:
    go(tmp_path, tasks, FakeModel(("waits", "spins", "slow")), pool)
    with RunDirectory.open(tmp_path) as directory:
        attempts = [verdict.attempts for verdict in directory.verdicts()]
    alone = [alone for *_, alone in pool.executed]
    assert len(pool.executed) == sum(attempts) > len(attempts)
    assert set(attempts) == {1, 2}
    assert 0 < alone.count(True) < len(attempts)
    assert alone == sorted(alone), "what runs alone runs last"


@pytest.mark.parametrize("reruns", [0, 2])
def test_timeout_reruns_can_be_set(tmp_path: Path, tasks: FakeBenchmark, pool: FakePool, reruns: int) -> None:
    go(tmp_path, tasks, FakeModel(("slow",)), pool, n=1, options=RunOptions(timeout_reruns=reruns))
    assert len(pool.executed) == 6 * (1 + reruns)
    assert set(outcomes(tmp_path).values()) == {Outcome.TIMEOUT}


def test_a_failed_sandbox_is_tried_again(tmp_path: Path, tasks: FakeBenchmark, pool: FakePool) -> None:
    go(tmp_path, tasks, FakeModel(("sandbox:2",)), pool, n=1)
    assert set(outcomes(tmp_path).values()) == {Outcome.PASSED}
    with RunDirectory.open(tmp_path) as directory:
        assert {v.attempts for v in directory.verdicts()} == {3}


def test_sandbox_errors_are_counted_bounded_and_redone(tmp_path: Path, tasks: FakeBenchmark) -> None:
    pool = FakePool(0)
    result = go(tmp_path, tasks, FakeModel(("sandbox:3", "pass", "crash")), pool)
    assert result.metrics is not None
    score = result.metrics.metrics["pass@1"]
    errors = result.metrics.outcomes["SANDBOX_ERROR"]
    assert errors > 0
    assert score.worst < score.value < score.best
    assert score.worst == pytest.approx(result.metrics.outcomes["PASSED"] / 24)
    assert score.best == pytest.approx((result.metrics.outcomes["PASSED"] + errors) / 24)
    executed = len(pool.executed)
    again = go(tmp_path, tasks, FakeModel(("sandbox:3", "pass", "crash")), pool)
    assert len(pool.executed) - executed == errors, "only those without verdict run again"
    assert again.metrics is not None
    assert again.metrics.outcomes["SANDBOX_ERROR"] == 0
    assert again.metrics.outcomes["PASSED"] == result.metrics.outcomes["PASSED"] + errors


def test_too_many_sandbox_errors_fail_the_run_after_its_metrics(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool
) -> None:
    with pytest.raises(TooManySandboxErrors, match=r"6 of 6 .*the sandbox died") as caught:
        go(tmp_path, tasks, FakeModel(("sandbox:9",)), pool, n=1, options=RunOptions())
    assert caught.value.exit_code == 6
    metrics = read_metrics(tmp_path)
    assert metrics.outcomes["SANDBOX_ERROR"] == 6
    assert metrics.metrics == {}


def test_a_run_stops_when_no_sandbox_works(tmp_path: Path, tasks: FakeBenchmark) -> None:
    pool = FakePool(0)
    with pytest.raises(SandboxError, match=r"\b50\b.*the sandbox died"):
        go(tmp_path, tasks, FakeModel(("sandbox:99",), max_n=9), pool, n=100)
    assert len(pool.executed) < 300


def test_a_benchmark_error_fails_its_sample_only(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool
) -> None:
    go(tmp_path, tasks, FakeModel(("defect", "pass")), pool)
    with RunDirectory.open(tmp_path) as directory:
        broken = [v for v in directory.verdicts() if v.outcome is Outcome.SANDBOX_ERROR]
        assert 0 < len(broken) < 24
        assert "ZeroDivisionError: a defect of the benchmark" in broken[0].detail


def test_a_refused_prompt_is_an_empty_completion(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool
) -> None:
    model, watcher = FakeModel(("pass",)), Watcher()
    model.refuse = {"Fake/2"}
    result = go(tmp_path, tasks, model, pool, n=2, progress=watcher)
    assert result.metrics is not None
    assert result.metrics.outcomes["NO_CODE"] == 2
    assert result.metrics.outcomes["PASSED"] == 10
    (note,) = watcher.notes
    assert note.startswith("Fake/2: too long")
    with RunDirectory.open(tmp_path) as directory:
        refused = [c for c in directory.completions() if c.task_id == "Fake/2"]
    assert {c.finish_reason for c in refused} == {FinishReason.FILTERED}


def test_a_model_that_fails_keeps_what_was_done(tmp_path: Path, tasks: FakeBenchmark, pool: FakePool) -> None:
    model = FakeModel(max_n=1, concurrency=1)
    model.fail_after = 10
    with pytest.raises(ModelError, match="gone"):
        go(tmp_path, tasks, model, pool)
    assert model.closed
    with RunDirectory.open(tmp_path) as directory:
        assert sum(1 for _ in directory.completions()) == 10
    resumed = FakeModel(max_n=1, concurrency=1)
    go(tmp_path, tasks, resumed, pool)
    assert len(resumed.asked) == 14
    assert not set(resumed.asked) & set(model.asked)


def test_a_model_that_returns_other_samples_is_an_error(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool
) -> None:
    model = FakeModel()
    model.sample = lambda task_id, sample: FakeModel().sample(task_id, sample + 1)  # type: ignore[method-assign]
    with pytest.raises(ModelError, match="samples 0-2 of Fake/0"):
        go(tmp_path, tasks, model, pool)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Python's own handler of SIGINT: a background job and xdist's workers ignore the signal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_what_was_done(tmp_path: Path, tasks: FakeBenchmark, number: signal.Signals) -> None:
    assert threading.current_thread() is threading.main_thread()
    sent = []

    def stop(counts: Counts) -> None:
        if counts.executed >= 5 and not sent:
            sent.append(number)
            os.kill(os.getpid(), number)

    whole, cut = tmp_path / "whole", tmp_path / "cut"
    slow = FakePool(2, delay_s=0.002)
    go(whole, tasks, FakeModel(), slow)
    model = FakeModel(delay_s=0.001, max_n=1, concurrency=1)
    with pytest.raises(Interrupted, match=r"\b24\b") as caught:
        go(cut, tasks, model, slow, progress=Watcher(stop))
    assert caught.value.remedy
    assert model.closed
    kept = outcomes(cut)
    assert 5 <= len(kept) < 24
    assert not (cut / "metrics.json").exists()
    before = len(slow.executed)
    go(cut, tasks, FakeModel(), slow)
    slow.close()
    assert not {(t, s) for t, s, _ in slow.executed[before:]} & set(kept), "a verdict was made twice"
    for name in ("completions.jsonl", "verdicts.jsonl", "metrics.json", "timings.json"):
        assert (cut / name).read_bytes() == (whole / name).read_bytes()


def test_a_full_disk_stops_the_run_and_the_rest_resumes(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, room = os.pwrite, [1000]

    def pwrite(descriptor: int, data: bytes, offset: int) -> int:
        if not room[0]:
            raise OSError(28, "No space left on device")
        part = bytes(data)[: room[0]]
        room[0] -= len(part)
        return real(descriptor, part, offset)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", pwrite)
        with pytest.raises(StorageError, match="No space left") as caught:
            go(tmp_path, tasks, FakeModel(), pool)
    assert caught.value.remedy
    assert caught.value.exit_code == 7
    for name in ("completions.jsonl", "verdicts.jsonl"):
        assert (tmp_path / name).read_bytes()[-1:] in {b"\n", b""}, "no torn line stays"
    go(tmp_path, tasks, FakeModel(), pool)
    assert len(outcomes(tmp_path)) == 24


def test_a_run_can_be_extended_but_not_changed(tmp_path: Path, tasks: FakeBenchmark, pool: FakePool) -> None:
    go(tmp_path, tasks, FakeModel(), pool, n=2)
    more = FakeModel()
    assert go(tmp_path, tasks, more, pool, n=4).metrics is not None
    assert len(more.asked) == 12
    fewer = go(tmp_path, tasks, FakeModel(), pool, n=1)
    assert fewer.metrics is not None
    assert fewer.metrics.samples == 24
    other = FakeBenchmark(6)
    other.name = "fake:other"
    with pytest.raises(RunMismatch, match=r'benchmark: "fake".* "fake:other"'):
        go(tmp_path, other, FakeModel(), pool)


def test_a_plan_with_unknown_tasks_is_refused(tmp_path: Path, tasks: FakeBenchmark, pool: FakePool) -> None:
    config = fake_config(tasks, FakeModel(), {"Fake/0": 1, "Fake/5": 1})
    with (
        RunDirectory.create(tmp_path, config, [p.task_id for p in tasks.problems]) as directory,
        pytest.raises(DataError, match="'Fake/5'"),
    ):
        run(directory, tasks, tasks.problems[:3], FakeModel(), pool)


def test_ctrl_c_while_scoring_is_an_interruption_too(
    tmp_path: Path, tasks: FakeBenchmark, pool: FakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def score(*_: object) -> RunResult:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("codeeval.pipeline.running.score_directory", score)
        with pytest.raises(Interrupted, match="after 24 of 24 verdicts"):
            go(tmp_path, tasks, FakeModel(), pool)
    idle = FakePool(0)
    assert go(tmp_path, tasks, FakeModel(), idle).metrics is not None
    assert idle.executed == []


def test_a_pool_that_is_closed_meanwhile_ends_the_run(tmp_path: Path, tasks: FakeBenchmark) -> None:
    pool = FakePool(1, delay_s=0.02)
    with pytest.raises(SandboxError, match="closed"):
        go(
            tmp_path,
            tasks,
            FakeModel(("pass",)),
            pool,
            progress=Watcher(lambda counts: pool.close() if counts.executed else None),
        )
