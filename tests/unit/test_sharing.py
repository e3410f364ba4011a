"""Identical programs are executed once, where the verdict is one on the program and not on its execution."""

from __future__ import annotations

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakePool

from codeeval.pipeline import sharing
from codeeval.pipeline.verifier import Verifier
from codeeval.types import Completion, CompletionKind, Extraction, Outcome, Program

BENCHMARK = FakeBenchmark(2, alike=True)


def program(text: str, sample: int, task: int = 0) -> Program:
    problem = BENCHMARK.problems[task]
    completion = Completion(task_id=problem.task_id, sample=sample, text=text, kind=CompletionKind.ANSWER)
    return BENCHMARK.program(problem, completion)


def test_identical_programs_are_executed_once() -> None:
    pool = FakePool(0)
    verifier = Verifier(pool, sharing=True)
    first = verifier.attempt(program("pass", 0)).result()
    again = msgspec.structs.replace(program("pass", 3), extraction=Extraction(rule="fenced"))
    second = verifier.attempt(again).result()
    other = verifier.attempt(program("crash", 1)).result()
    third = verifier.attempt(program("crash", 4)).result()
    assert [each[:2] for each in pool.executed] == [("Fake/0", 0), ("Fake/0", 1)]
    assert (first.same_as, first.attempts, other.same_as) == (None, 1, None)
    assert second == msgspec.structs.replace(first, sample=3, rule="fenced", attempts=0, same_as=0)
    assert (third.outcome, third.same_as) == (Outcome.RUNTIME_ERROR, 1)


def test_those_that_differ_are_not_taken_for_the_same() -> None:
    pool = FakePool(0)
    verifier = Verifier(pool, sharing=True)
    base = program("pass", 0)
    for each in (
        base,
        program("pass", 0, task=1),
        msgspec.structs.replace(base, stdin="1"),
        msgspec.structs.replace(base, image="other"),
        msgspec.structs.replace(base, tampering="reads files"),
        msgspec.structs.replace(base, steps=(msgspec.structs.replace(base.steps[0], name="other"),)),
    ):
        assert verifier.attempt(each).result().same_as is None
    assert len(pool.executed) == 6


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("slow", Outcome.TIMEOUT),
        ("sandbox:9", Outcome.SANDBOX_ERROR),
        ("pass:import random", Outcome.PASSED),
        ("pass:open('a')", Outcome.PASSED),
        ("pass:time.time()", Outcome.PASSED),
        ("pass:Math.random()", Outcome.PASSED),
        ("pass:/dev/urandom", Outcome.PASSED),
    ],
)
def test_what_may_end_otherwise_is_executed_each_time(text: str, outcome: Outcome) -> None:
    pool = FakePool(0)
    verifier = Verifier(pool, sandbox_retries=0, sharing=True)
    verdicts = [verifier.attempt(program(text, sample)).result() for sample in range(3)]
    assert [(each.outcome, each.same_as) for each in verdicts] == [(outcome, None)] * 3
    assert len(pool.executed) == 3


def test_a_timeout_that_is_repeated_alone_shares_nothing() -> None:
    pool = FakePool(0)
    verifier = Verifier(pool, sharing=True)
    assert verifier.attempt(program("pass", 0)).result().same_as is None
    assert verifier.attempt(program("pass", 1), alone=True).result().same_as is None
    assert verifier.attempt(program("pass", 2), before=1).result().same_as is None


def test_programs_that_wait_for_one_that_is_cancelled_are_executed() -> None:
    pool = FakePool(1, delay_s=0.05)
    verifier = Verifier(pool, sharing=True)
    try:
        busy = verifier.attempt(program("crash", 9))
        leader = verifier.attempt(program("pass", 0))
        follower = verifier.attempt(program("pass", 1))
        last = verifier.attempt(program("pass", 2))
        assert leader.cancel()
        assert last.cancel()
        verdict = follower.result(10)
        assert busy.result().outcome is Outcome.RUNTIME_ERROR
    finally:
        pool.close()
    assert (verdict.outcome, verdict.sample, verdict.same_as) == (Outcome.PASSED, 1, None)
    assert [sample for _, sample, _ in pool.executed] == [9, 1]


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "REMEMBERED", 2)
    pool = FakePool(0)
    verifier = Verifier(pool, sharing=True)
    for sample, text in enumerate(("pass:1", "pass:2", "pass:1", "pass:3", "pass:1", "pass:2")):
        verifier.attempt(program(text, sample))
    assert [sample for _, sample, _ in pool.executed] == [0, 1, 3, 5]


def test_only_a_run_shares() -> None:
    pool = FakePool(0)
    verifier = Verifier(pool)
    assert verifier.attempt(program("pass", 0)).result().same_as is None
    assert verifier.submit(program("pass", 1)).result().same_as is None
    assert len(pool.executed) == 2
