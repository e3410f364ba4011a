"""An evaluator and a sandbox without any sandbox: a text decides by its words what becomes of it."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import codeeval
from codeeval.errors import UnknownName
from codeeval.rewards.warm import WARM
from codeeval.types import Case, Comparison, CompletionKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

OUTCOMES = {"right": Outcome.PASSED, "lost": Outcome.SANDBOX_ERROR}
"""Words and what becomes of a text that holds them; any other is a wrong answer."""
REWARDS = {Outcome.PASSED: 1.0, Outcome.SANDBOX_ERROR: None}


class FakeSubmission(NamedTuple):
    """As ``codeeval.Submission``."""

    task_id: str
    text: str
    kind: CompletionKind = CompletionKind.ANSWER


class Judged(NamedTuple):
    """What of a verdict, or of an execution's result, becomes a reward."""

    outcome: Outcome
    reward: float | None
    detail: str = ""


class Fake:
    """What both fakes do: remember how they were made, and decide in threads, the later the sooner."""

    made: list[Fake]
    closings: Path | None = None
    """A file in which each process notes whose fakes it closed."""

    def __init__(self, subject: str, **options: Any) -> None:
        time.sleep(0.02)  # as long as it takes for several threads to get here
        self.subject = subject
        self.options = options
        self.pid = os.getpid()
        self.closed = 0
        self.decided = 0
        self.submitted: list[Any] = []
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(4)
        self.made.append(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed += 1
        if self.closings:
            with self.closings.open("a") as file:
                file.write(f"{os.getpid()} closed that of {self.pid}\n")
        self._threads.shutdown()

    def decide(self, submission: object, text: str) -> Future[Judged]:
        """Return a verdict that takes a moment."""
        with self._lock:
            self.submitted.append(submission)
            delay_s = max(0.0, 0.02 - 0.004 * len(self.submitted))

        def judge() -> Judged:
            time.sleep(delay_s)
            with self._lock:
                self.decided += 1
            words = text.split()
            outcome = next((OUTCOMES[word] for word in words if word in OUTCOMES), Outcome.WRONG_ANSWER)
            return Judged(outcome, REWARDS.get(outcome, 0.0), "the engine is gone" if "lost" in words else "")

        return self._threads.submit(judge)


class FakeEvaluator(Fake):
    """As ``codeeval.Evaluator``; its benchmarks have the tasks T/0 to T/9."""

    made: list[Fake] = []  # noqa: RUF012 -- emptied by the fixture

    def __init__(self, benchmark: str, **options: Any) -> None:
        if benchmark not in ("one", "two"):
            raise UnknownName("benchmark", benchmark, ["one", "two"])
        super().__init__(benchmark, **options)

    def submit(self, submission: FakeSubmission) -> Future[Judged]:
        """As ``Evaluator.submit``."""
        known = [f"T/{number}" for number in range(10)]
        if submission.task_id not in known:
            raise UnknownName("task", submission.task_id, known)
        return self.decide(submission, submission.text)


class FakeExecution(NamedTuple):
    """What a fake sandbox was asked to execute."""

    code: str
    language: str
    tests: str = ""
    entry_point: str = ""
    cases: tuple[Case, ...] = ()
    comparison: Comparison | str = Comparison()
    protocol: str = "official"


class FakeSandbox(Fake):
    """As ``codeeval.Sandbox``."""

    made: list[Fake] = []  # noqa: RUF012 -- emptied by the fixture

    def submit(self, request: codeeval.ExecutionRequest) -> Future[Judged]:
        """As ``Sandbox.submit``."""
        asked = FakeExecution(*(getattr(request, name) for name in FakeExecution._fields))
        return self.decide(asked, request.code)


def fake_evaluators(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the fakes in place of what starts sandboxes; nothing of one test is left in the next."""
    monkeypatch.setattr(codeeval, "Evaluator", FakeEvaluator, raising=False)
    monkeypatch.setattr(codeeval, "Sandbox", FakeSandbox, raising=False)
    monkeypatch.setattr(codeeval, "Submission", FakeSubmission, raising=False)
    yield
    WARM.close()
    FakeEvaluator.made.clear()
    FakeSandbox.made.clear()
