"""Executes samples in this process's warm sandboxes and turns the verdicts into rewards."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from codeeval.benchmarks.common.answers import find_program
from codeeval.languages import language as find_language
from codeeval.pipeline.verifier import then
from codeeval.rewards.samples import SampleWithTests, TaskSample
from codeeval.rewards.settings import OFFICIAL
from codeeval.rewards.warm import WARM
from codeeval.text import clean_text
from codeeval.types import Comparison, CompletionKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codeeval.languages import Language
    from codeeval.rewards.samples import Sample
    from codeeval.rewards.settings import RewardSettings
    from codeeval.session.requests import ExecutionRequest, ExecutionResult
    from codeeval.types import Verdict


class Graded(NamedTuple):
    """What one sample earned."""

    reward: float | None
    """1.0 where it passed, 0.0 where it failed, None where the sandbox did and nothing can be said."""
    outcome: Outcome
    detail: str


WITHOUT_CODE: Final = Graded(0.0, Outcome.NO_CODE, "no code found in the completion")


def grade(samples: Sequence[Sample], settings: RewardSettings) -> list[Graded]:
    """Execute samples; the results are in their order.

    Raises:
        UnknownName: a benchmark, task or language does not exist.
        DataError: a sample's tests lack the shape that its language's tests need.
        SandboxError: no sandbox can be used here.
    """
    futures: list[Future[Graded]] = []
    try:
        futures.extend(_submitted(samples, settings))
        return [future.result() for future in futures]
    finally:
        _cancel(futures)


async def agrade(samples: Sequence[Sample], settings: RewardSettings) -> list[Graded]:
    """Do as ``grade`` without blocking the event loop: a thread starts the sandboxes and finds the code."""
    futures: list[Future[Graded]] = []
    try:
        await asyncio.to_thread(lambda: futures.extend(_submitted(samples, settings)))
        return [await asyncio.wrap_future(future) for future in futures]
    finally:
        _cancel(futures)


def _cancel(futures: Iterable[Future[Graded]]) -> None:
    """Take back what nobody waits for any more."""
    for future in futures:
        future.cancel()


def _submitted(samples: Iterable[Sample], settings: RewardSettings) -> Iterable[Future[Graded]]:
    from codeeval import Submission  # noqa: PLC0415 -- with all that evaluating takes, for which WARM waits too

    for sample in samples:
        match sample:
            case TaskSample():
                submission = Submission(task_id=sample.task_id, text=sample.text, kind=settings.kind)
                yield then(WARM.evaluator(sample.benchmark, settings).submit(submission), graded)
            case SampleWithTests():
                yield _execution(sample, settings)


def _execution(sample: SampleWithTests, settings: RewardSettings) -> Future[Graded]:
    request = request_of(sample, settings)
    if request is None:
        nothing: Future[Graded] = Future()
        nothing.set_result(WITHOUT_CODE)
        return nothing
    return then(WARM.sandbox(request.language, settings).submit(request), graded)


def request_of(sample: SampleWithTests, settings: RewardSettings) -> ExecutionRequest | None:
    """Return what decides on a sample; None where no code is found in it.

    Raises:
        UnknownName: there is no such language.
    """
    from codeeval import ExecutionRequest  # noqa: PLC0415 -- as above

    language = find_language(sample.language)
    code = _code(sample, language, settings.kind)
    if not code:
        return None
    return ExecutionRequest(
        code,
        language.id,
        tests=sample.tests,
        cases=sample.cases,
        comparison=sample.comparison or Comparison(),
        entry_point="" if sample.cases else sample.entry_point,
        protocol=settings.protocol if sample.entry_point and not sample.cases else OFFICIAL,
    )


def _code(sample: SampleWithTests, language: Language, kind: CompletionKind) -> str:
    """Return the program of a completion; empty where there is none."""
    match kind:
        case CompletionKind.SOLUTION | CompletionKind.CONTINUATION:
            return clean_text(sample.text)
        case CompletionKind.ANSWER:
            return find_program(clean_text(sample.text), language, sample.entry_point).code
        case _:
            assert_never(kind)


def graded(judged: Verdict | ExecutionResult) -> Graded:
    """Return what a judged sample earned."""
    return Graded(judged.reward, judged.outcome, judged.detail)
