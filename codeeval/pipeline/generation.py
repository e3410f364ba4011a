"""Generates the samples that a run lacks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from codeeval.errors import BudgetSpent, ContextOverflow, ModelError, NoAnswer, PromptRefused
from codeeval.interfaces import GivesCompletions
from codeeval.models.postprocessing import KINDS
from codeeval.text import clean_text
from codeeval.types import Completion, FinishReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from codeeval.interfaces import Benchmark, ModelInfo
    from codeeval.pipeline.progress import Progress
    from codeeval.pipeline.samplers import Sampler
    from codeeval.records import RunDirectory
    from codeeval.types import Problem, PromptStyle


class Request(NamedTuple):
    """Samples of a task that one call gives."""

    task_id: str
    samples: range


def missing(directory: RunDirectory, max_n: int) -> Iterator[Request]:
    """Yield requests for the samples without completion, in order, each for at most ``max_n`` neighbours."""
    for task_id, count in directory.config.plan.items():
        first = directory.index(task_id, 0) or 0
        start = 0
        while start < count:
            if directory.has_completion(first + start):
                start += 1
                continue
            stop = start + 1
            while stop < min(count, start + max_n) and not directory.has_completion(first + stop):
                stop += 1
            yield Request(task_id, range(start, stop))
            start = stop


def unanswered(directory: RunDirectory) -> list[Request]:
    """List a request for each sample to which the server gave no answer in an earlier run."""
    keys = (directory.key(index) for index in directory.unanswered())
    return [Request(key.task_id, range(key.sample, key.sample + 1)) for key in keys]


def add_given(
    directory: RunDirectory,
    benchmark: Benchmark,
    problems: Mapping[str, Problem],
    recorded: Callable[[int], None],
) -> None:
    """Record the completions that the benchmark brings, for every missing sample of their tasks.

    Raises:
        StorageError: a completion cannot be recorded.
    """
    if not isinstance(benchmark, GivesCompletions):
        return
    for request in list(missing(directory, 1)):
        given = benchmark.given_completion(problems[request.task_id])
        if given is not None:
            recorded(directory.add_completion(msgspec.structs.replace(given, sample=request.samples.start)))


async def generate(
    directory: RunDirectory,
    problems: Mapping[str, Problem],
    sampler: Sampler,
    *,
    recorded: Callable[[int], None],
    progress: Progress,
) -> None:
    """Generate and record every missing sample, ``sampler.concurrency`` requests at a time.

    Samples to which the server gave no answer in an earlier run are asked for once more, after all others: so
    a run ends whatever single prompts come to.

    Args:
        directory: has what is not missing; records what comes.
        problems: by task id.
        sampler: gives the samples.
        recorded: called with the index of each sample once it is recorded.
        progress: receives rejected prompts, and the model's notes.

    Raises:
        BudgetSpent: no further request fits into the budget; those in flight were awaited.
        ModelError: the model fails, not for one prompt alone; requests in flight are cancelled.
        StorageError: a completion cannot be recorded.
    """
    style = directory.config.options.style
    spent: list[BudgetSpent] = []
    shown: set[str] = set()

    async def work(requests: Iterator[Request]) -> None:
        for request in requests:
            if spent:
                return
            try:
                completions = await sampler.sample(problems[request.task_id], request.samples)
            except (PromptRefused, NoAnswer) as error:
                progress.note(f"{request.task_id}: {error.message}; {counted_as(error)}")
                completions = empty_completions(request.task_id, style, request.samples, error)
            except BudgetSpent as error:
                spent.append(error)
                return
            for note in _new_notes(sampler.info, shown):
                progress.note(note)
            _check(completions, request, sampler.info)
            for completion in completions:
                recorded(directory.add_completion(completion))
            await asyncio.sleep(0)

    async def work_on(requests: Iterator[Request]) -> None:
        workers = [asyncio.create_task(work(requests)) for _ in range(max(1, sampler.concurrency))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    again = unanswered(directory)
    await work_on(missing(directory, sampler.max_n))
    try:
        await work_on(iter(again))
    except ModelError as error:
        progress.note(f"{len(directory.unanswered())} samples stay without an answer: {error.message}")
    if spent:
        raise spent[0]


def _new_notes(info: ModelInfo, shown: set[str]) -> Iterator[str]:
    for note in info.notes:
        if note not in shown:
            shown.add(note)
            yield f"{info.spec}: {note}"


def _check(completions: list[Completion], request: Request, info: ModelInfo) -> None:
    got = [(completion.task_id, completion.sample) for completion in completions]
    if got != [(request.task_id, sample) for sample in request.samples]:
        raise ModelError(
            f"{info.spec}: requested samples {request.samples.start}-{request.samples.stop - 1} "
            f"of {request.task_id}, got {len(completions)} others",
            "This is a defect of the model backend.",
        )


def counted_as(error: PromptRefused | NoAnswer) -> str:
    """Return how a run counts the samples of a prompt that is rejected, or gets no answer."""
    if isinstance(error, NoAnswer):
        return "excluded from the scores; the same command requests it again"
    return "counted as an empty completion"


def empty_completions(
    task_id: str, style: PromptStyle, samples: range, error: PromptRefused | NoAnswer
) -> list[Completion]:
    """Return what a prompt counts as that is rejected, or gets no answer."""
    match error:
        case NoAnswer():
            reason = FinishReason.NO_ANSWER
        case ContextOverflow():
            reason = FinishReason.OVERFLOW
        case _:
            reason = FinishReason.FILTERED
    return [
        Completion(
            task_id=task_id,
            sample=sample,
            text="",
            kind=KINDS[style],
            finish_reason=reason,
            error=clean_text(error.message),
        )
        for sample in samples
    ]
