"""Draws the samples that a run has not got yet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.errors import BudgetSpent, ContextOverflow, ModelError, PromptRefused
from codeeval.types import Completion, CompletionKind, FinishReason, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from codeeval.interfaces import Benchmark, Model
    from codeeval.pipeline.progress import Progress
    from codeeval.records import RunDirectory
    from codeeval.types import Problem, Prompt

_KINDS: Final = {PromptStyle.BASE: CompletionKind.CONTINUATION, PromptStyle.CHAT: CompletionKind.ANSWER}


class Request(NamedTuple):
    """Samples that one call of the model draws."""

    task_id: str
    samples: range


def missing(directory: RunDirectory, max_n: int) -> Iterator[Request]:
    """Yield requests for the samples without completion, in order, each at most ``max_n`` in a row."""
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


async def generate(
    directory: RunDirectory,
    benchmark: Benchmark,
    problems: Mapping[str, Problem],
    model: Model,
    *,
    drawn: Callable[[int], None],
    progress: Progress,
) -> None:
    """Draw and record every missing sample, ``model.info.concurrency`` requests at a time.

    Args:
        directory: says what is missing, takes what comes.
        benchmark: renders the prompts.
        problems: by task id.
        model: draws the samples.
        drawn: called with the index of each sample once it is recorded.
        progress: is told of refused prompts, and of what the model does otherwise than asked.

    Raises:
        BudgetSpent: no further request can be paid for; those in flight were waited for.
        ModelError: the model cannot go on; requests in flight are cancelled.
        StorageError: a completion cannot be recorded.
    """
    requests = missing(directory, model.info.max_n)
    sampling = directory.config.sampling
    spent: list[BudgetSpent] = []
    said: set[str] = set()

    async def work() -> None:
        for request in requests:
            if spent:
                return
            problem = problems[request.task_id]
            prompt = benchmark.prompt(problem)
            try:
                completions = await model.complete(prompt, sampling, request.samples, problem)
            except PromptRefused as error:
                progress.note(f"{request.task_id}: {error.message}; counted as an empty completion")
                completions = empty_completions(prompt, request.samples, error)
            except BudgetSpent as error:
                spent.append(error)
                return
            for note in _new_notes(model, said):
                progress.note(note)
            _check(completions, request, model)
            for completion in completions:
                drawn(directory.add_completion(completion))
            await asyncio.sleep(0)

    workers = [asyncio.create_task(work()) for _ in range(max(1, model.info.concurrency))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    if spent:
        raise spent[0]


def _new_notes(model: Model, said: set[str]) -> Iterator[str]:
    for note in model.info.notes:
        if note not in said:
            said.add(note)
            yield f"{model.info.spec}: {note}"


def _check(completions: list[Completion], request: Request, model: Model) -> None:
    got = [(completion.task_id, completion.sample) for completion in completions]
    if got != [(request.task_id, sample) for sample in request.samples]:
        raise ModelError(
            f"{model.info.spec}: asked for samples {request.samples.start}-{request.samples.stop - 1} "
            f"of {request.task_id}, got {len(completions)} others",
            "This is a defect of the model backend.",
        )


def empty_completions(prompt: Prompt, samples: range, error: PromptRefused) -> list[Completion]:
    """Return what a refused prompt counts as."""
    kind = _KINDS[prompt.style]
    reason = FinishReason.OVERFLOW if isinstance(error, ContextOverflow) else FinishReason.FILTERED
    return [
        Completion(
            task_id=prompt.task_id,
            sample=sample,
            text="",
            kind=kind,
            finish_reason=reason,
        )
        for sample in samples
    ]
