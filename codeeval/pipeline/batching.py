"""Generates the samples that a run lacks through the provider's batch API.

Round by round: what is missing is submitted, then polled until it has ended, then recorded. Each batch is
recorded in ``batches.json`` before it is submitted, so a command that was stopped, however it was, resumes
with the batches that are in progress, and nothing is generated twice. Items that failed are submitted again.
After a round without new completions, those that failed in it are left out, without an answer; where that
would be most, the run ends with the provider's message.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from codeeval.errors import ContextOverflow, ModelError, NoAnswer, PromptRefused
from codeeval.interfaces import BatchItem
from codeeval.pipeline.generation import counted_as, empty_completions, missing
from codeeval.records.batches import BatchLedger, ItemKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from codeeval.interfaces import BatchResult, Benchmark, Model, SupportsBatches
    from codeeval.models.serving.budget import Budget
    from codeeval.pipeline.generation import Request
    from codeeval.pipeline.progress import Progress
    from codeeval.records import RunDirectory
    from codeeval.records.batches import SubmittedBatch
    from codeeval.types import Completion, Problem, Prompt, Sampling

FIRST_POLL_S: Final = 1.0
LONGEST_POLL_S: Final = 60.0
_OVERHEAD_BYTES: Final = 2_000
"""Of a request, beside its prompt."""


class CompletionStore(Protocol):
    """Completions that were generated before."""

    def lookup(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Return those of the samples that it has."""
        ...

    def store(self, prompt: Prompt, sampling: Sampling, completions: list[Completion]) -> None:
        """Keep completions of one prompt."""
        ...


class Batching(NamedTuple):
    """What generating in batches needs beside the run."""

    model: Model
    """For single samples: behind the cache, and within the budget."""
    backend: SupportsBatches
    store: CompletionStore | None = None
    budget: Budget | None = None


class _Item(NamedTuple):
    """An item, and how many bytes it has about."""

    item: BatchItem
    size: int


class BatchedGeneration:
    """One call of ``generate_in_batches``."""

    def __init__(
        self,
        directory: RunDirectory,
        benchmark: Benchmark,
        problems: Mapping[str, Problem],
        batching: Batching,
        *,
        recorded: Callable[[int], None],
        progress: Progress,
    ) -> None:
        self._directory = directory
        self._benchmark = benchmark
        self._problems = problems
        self._model = batching.model
        self._backend = batching.backend
        self._store = batching.store
        self._budget = batching.budget
        self._recorded = recorded
        self._progress = progress
        self._sampling = directory.config.sampling
        self._ledger = BatchLedger(directory.path)
        self._error = ""
        self._failed: dict[tuple[str, int], str] = {}
        """What the provider stated of the items that failed in this round, by task and first sample."""
        self._new = 0

    async def run(self) -> None:
        """Generate until nothing is missing."""
        await self._recover()
        await self._collect_all()
        self._look_up()
        await self._generate_first()
        while True:
            items = list(self._items())
            if not items:
                return
            self._new = 0
            self._failed.clear()
            for batch in self._chunks(self._affordable(items)):
                await self._submit(batch)
            await self._collect_all()
            if not self._new and not self._leave_out():
                raise ModelError(
                    f"{self._backend.info.spec}: a batch returned nothing new: {self._error or 'no results'}",
                    "The message is the provider's. Completed samples are kept; the same command resumes.",
                )

    def _leave_out(self) -> bool:
        """Record those that failed in this round as without an answer, if most others have one."""
        answered = sum(
            self._directory.has_completion(index) and not self._directory.is_unanswered(index)
            for index in range(self._directory.samples)
        )
        lacking = list(self._missing())
        if sum(len(request.samples) for request in lacking) > answered:
            return False  # the provider fails, not single prompts
        for request in lacking:
            error = self._failed.get((request.task_id, request.samples.start))
            if error is not None:
                self._reject(self._prompt(request.task_id), request.samples, NoAnswer(error))
        return bool(self._new)

    def _prompt(self, task_id: str) -> Prompt:
        return self._benchmark.prompt(self._problems[task_id])

    def _missing(self) -> Iterator[Request]:
        """With a seed each sample has its own, so it is a request of its own."""
        return missing(self._directory, 1 if self._sampling.seed is not None else self._backend.info.max_n)

    async def _generate_first(self) -> None:
        """Send one item alone: a rejected key or parameter must not show only a day later."""
        request = next(self._missing(), None)
        if request is None:
            return
        prompt = self._prompt(request.task_id)
        try:
            completions = await self._model.complete(prompt, self._sampling, request.samples)
        except (PromptRefused, NoAnswer) as error:
            self._reject(prompt, request.samples, error)
        else:
            self._record(completions)

    def _items(self) -> Iterator[_Item]:
        for request in self._missing():
            prompt = self._prompt(request.task_id)
            text = len(prompt.text) + sum(len(message.content) for message in prompt.messages)
            item = BatchItem(id="", prompt=prompt, first=request.samples.start, count=len(request.samples))
            yield _Item(item, _OVERHEAD_BYTES + 2 * text)

    def _affordable(self, items: list[_Item]) -> list[_Item]:
        """Return as many items, from the first on, as the budget allows whatever they cost."""
        if self._budget is None:
            return items
        total_usd, taken = 0.0, []
        for each in items:
            usd = self._budget.max_cost_usd(each.item.prompt, self._sampling, each.item.count, batch=True)
            if not self._budget.fits(total_usd + usd):
                break
            total_usd += usd
            taken.append(each)
        else:
            return taken
        if not taken:
            raise self._budget.exhausted(usd)
        self._progress.note(f"{len(taken)} of {len(items)} requests fit into --max-cost")
        return taken

    def _chunks(self, items: list[_Item]) -> Iterator[list[BatchItem]]:
        chunk: list[BatchItem] = []
        size = 0
        for item, item_size in items:
            full = len(chunk) >= self._backend.max_batch_items
            if chunk and (full or size + item_size > self._backend.max_batch_bytes):
                yield chunk
                chunk, size = [], 0
            chunk.append(item)
            size += item_size
        if chunk:
            yield chunk

    async def _submit(self, items: list[BatchItem]) -> None:
        token = secrets.token_hex(8)
        named = [
            BatchItem(id=f"{token}-{number}", prompt=item.prompt, first=item.first, count=item.count)
            for number, item in enumerate(items)
        ]
        keys = {item.id: ItemKey(item.prompt.task_id, item.first, item.count) for item in named}
        batch = self._ledger.begin(token, keys)
        batch_id = await self._backend.submit_batch(named, self._sampling, token)
        self._ledger.submitted(batch, batch_id)
        self._progress.note(
            f"batch {batch_id}: {len(named)} requests, processed within a day; you may stop this command "
            "and run it again later: it resumes"
        )

    async def _recover(self) -> None:
        """Find the batches whose ids got lost between the provider and the disk."""
        for batch in self._ledger.open:
            if batch.id:
                continue
            found = await self._backend.find_batch(batch.token, len(batch.items), batch.created_s)
            if found is None:
                self._ledger.collected(batch)  # it was never submitted
            else:
                self._ledger.submitted(batch, found)

    def _look_up(self) -> None:
        if self._store is None:
            return
        for request in list(self._missing()):
            prompt = self._prompt(request.task_id)
            self._record(self._store.lookup(prompt, self._sampling, request.samples))

    async def _collect_all(self) -> None:
        """Poll until no batch is in progress; results are recorded as soon as their batch has ended."""
        wait_s = FIRST_POLL_S
        while batches := self._ledger.open:
            for batch in batches:
                status = await self._backend.poll_batch(batch.id)
                if status.error:
                    self._error = status.error
                if status.ended:
                    await self._collect(batch)
                    wait_s = FIRST_POLL_S
            if self._ledger.open:
                await asyncio.sleep(wait_s)
                wait_s = min(LONGEST_POLL_S, wait_s * 1.5)

    async def _collect(self, batch: SubmittedBatch) -> None:
        items = {
            name: BatchItem(id=name, prompt=self._prompt(key.task_id), first=key.first, count=key.count)
            for name, key in batch.items.items()
            if key.task_id in self._problems
        }
        answered = 0
        async for result in self._backend.batch_results(batch.id, items, self._sampling):
            item = items.get(result.id)
            if item is None:
                self._error = result.error
                continue
            answered += 1
            self._take(item, result)
        self._ledger.collected(batch)
        if lacking := len(items) - answered:
            self._error = self._error or f"{lacking} requests of batch {batch.id} have no result"

    def _take(self, item: BatchItem, result: BatchResult) -> None:
        samples = range(item.first, item.first + item.count)
        if result.refused:
            kind = ContextOverflow if result.overflow else PromptRefused
            self._reject(item.prompt, samples, kind(result.refused))
        elif result.error:
            self._error = self._failed[item.prompt.task_id, item.first] = result.error
        else:
            completions = [_of_batch(completion) for completion in result.completions]
            if self._budget is not None:
                self._budget.spend(completion.usage for completion in completions)
            if self._store is not None:
                self._store.store(item.prompt, self._sampling, completions)
            self._record(completions)

    def _reject(self, prompt: Prompt, samples: range, error: PromptRefused | NoAnswer) -> None:
        self._progress.note(f"{prompt.task_id}: {error.message}; {counted_as(error)}")
        self._record(empty_completions(prompt.task_id, prompt.style, samples, error))

    def _record(self, completions: list[Completion]) -> None:
        for completion in completions:
            index = self._directory.index(completion.task_id, completion.sample)
            if index is None or self._directory.has_completion(index):
                continue  # there already, or no longer planned
            self._new += 1
            self._recorded(self._directory.add_completion(completion))


def _of_batch(completion: Completion) -> Completion:
    usage = msgspec.structs.replace(completion.usage, batch=True, latency_s=0.0)
    return msgspec.structs.replace(completion, usage=usage)


async def generate_in_batches(
    directory: RunDirectory,
    benchmark: Benchmark,
    problems: Mapping[str, Problem],
    batching: Batching,
    *,
    recorded: Callable[[int], None],
    progress: Progress,
) -> None:
    """Generate and record every missing sample through the provider's batch API.

    Args:
        directory: has what is not missing; records what comes, and the batches' ids.
        benchmark: renders the prompts.
        problems: by task id.
        batching: the backend, and what goes with it.
        recorded: called with the index of each sample once it is recorded.
        progress: receives batches and rejected prompts.

    Raises:
        BudgetSpent: no request fits into the budget any more.
        ModelError: the provider refuses, does not respond, or returns nothing new.
        StorageError: a completion or a batch cannot be recorded.
    """
    job = BatchedGeneration(directory, benchmark, problems, batching, recorded=recorded, progress=progress)
    await job.run()
