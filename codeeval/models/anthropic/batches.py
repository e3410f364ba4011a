"""Anthropic's Message Batches API: many requests in one, answered within a day, at half the price.

A batch there carries no mark. One whose id was lost with the answer to its creation is found by its age and
its number of requests; the ids of its items, which begin with our token, show in the results whether it is
the right one.

Source: Anthropic API reference, "Message Batches" (create, retrieve, list, results).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from codeeval.errors import ModelError
from codeeval.interfaces import BatchResult, BatchStatus
from codeeval.models.anthropic.model import FINISH
from codeeval.models.openai.responses import retry_after_s
from codeeval.models.server_errors import RETRIED, is_overflow
from codeeval.models.server_model import Answer
from codeeval.models.serving.pacing import Transient
from codeeval.types import FinishReason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from anthropic import AsyncAnthropic
    from anthropic.types import Message
    from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

    from codeeval.interfaces import BatchItem
    from codeeval.models.serving.pacing import Pacer
    from codeeval.types import Completion

_LISTED: Final = 100
_CLOCKS_S: Final = 120.0
"""How far the provider's clock may be behind ours."""

T = TypeVar("T")


class AnthropicBatches:
    """Batches of one account.

    Args:
        sdk: Anthropic's client, without its retries.
        pacer: of the server.
        server: what messages call the server.
        timeout_s: of each call.
    """

    def __init__(self, sdk: AsyncAnthropic, pacer: Pacer, server: str, timeout_s: float) -> None:
        self._sdk = sdk
        self._pacer = pacer
        self._server = server
        self._timeout_s = timeout_s

    async def submit(
        self, items: Sequence[BatchItem], params: Callable[[BatchItem], Mapping[str, object]], since_s: float
    ) -> str:
        """Create the batch; ``params`` makes an item's request. See ``SupportsBatches.submit_batch``."""
        requests = [{"custom_id": item.id, "params": dict(params(item))} for item in items]
        tried: list[bool] = []

        async def create() -> str:
            if tried and (found := await self._find(len(items), since_s)) is not None:
                return found  # it was created, only the answer got lost
            tried.append(True)
            batch = await self._sdk.messages.batches.create(requests=requests)  # type: ignore[arg-type] # the same as JSON
            return batch.id

        return await self._call(create)

    async def find(self, count: int, since_s: float) -> str | None:
        """Return the id of a batch of so many requests that is not older, if there is one."""
        return await self._call(lambda: self._find(count, since_s))

    async def _find(self, count: int, since_s: float) -> str | None:
        page = await self._sdk.messages.batches.list(limit=_LISTED)
        for batch in page.data:
            young = batch.created_at.timestamp() >= since_s - _CLOCKS_S
            if young and _total(batch) == count:
                return batch.id
        return None

    async def poll(self, batch_id: str) -> BatchStatus:
        """Ask how far a batch is."""
        batch = await self._call(lambda: self._sdk.messages.batches.retrieve(batch_id))
        total = _total(batch)
        return BatchStatus(
            ended=batch.processing_status == "ended",
            done=total - batch.request_counts.processing,
            total=total,
        )

    async def results(
        self,
        batch_id: str,
        items: Mapping[str, BatchItem],
        completion: Callable[[BatchItem, Answer], Completion],
    ) -> AsyncIterator[BatchResult]:
        """Yield what became of the items of a batch that has ended."""

        async def read() -> list[MessageBatchIndividualResponse]:
            decoder = await self._sdk.messages.batches.results(batch_id)
            return [line async for line in decoder]

        for line in await self._call(read):
            item = items.get(line.custom_id)
            if item is None:
                yield BatchResult(id=line.custom_id, error="an answer to something else")
                continue
            result = line.result
            match result.type:
                case "succeeded":
                    made = completion(item, answer_of(result.message))
                    yield BatchResult(id=item.id, completions=(made,))
                case "errored":
                    words = result.error.error.message
                    overflow = is_overflow(words)
                    yield BatchResult(
                        id=item.id,
                        refused=words if overflow else "",
                        overflow=overflow,
                        error="" if overflow else words,
                    )
                case "canceled" | "expired":
                    yield BatchResult(id=item.id, error=f"the provider says: {result.type}")

    async def _call(self, action: Callable[[], Awaitable[T]]) -> T:
        import anthropic  # noqa: PLC0415 -- costs a second

        async def attempt() -> T:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await action()
            except (TimeoutError, anthropic.APITimeoutError) as error:
                raise Transient(f"no answer within {self._timeout_s:g} s", timeout=True) from error
            except anthropic.APIConnectionError as error:
                raise Transient(f"no connection, or it broke off: {error.__cause__ or error}") from error
            except anthropic.APIStatusError as error:
                status = error.status_code
                if status in RETRIED:
                    wait_s = retry_after_s(error.response.headers)
                    what = f"status {status}: {error.message}"
                    raise Transient(what, wait_s=wait_s, throttled=status == 429) from error
                raise ModelError(
                    f"{self._server} refuses the batch ({status}): {error.message}",
                    "The words are the server's. What was drawn is kept.",
                ) from error
            except anthropic.AnthropicError as error:  # no results there yet
                raise ModelError(f"{self._server}: {error}") from error

        return await self._pacer.ask(attempt)


def answer_of(message: Message) -> Answer:
    """Read a whole message."""
    text = "".join(block.text for block in message.content if block.type == "text")
    thinking = "".join(block.thinking for block in message.content if block.type == "thinking")
    usage = message.usage
    read = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
    return Answer(
        text=text,
        finish_reason=FINISH.get(message.stop_reason or "", FinishReason.UNKNOWN),
        reasoning=thinking,
        prompt_tokens=usage.input_tokens + read,
        completion_tokens=usage.output_tokens,
    )


def _total(batch: MessageBatch) -> int:
    counts = batch.request_counts
    return counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
