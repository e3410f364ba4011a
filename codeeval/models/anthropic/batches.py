"""Anthropic's Message Batches API: many requests in one, processed within a day, at half the price.

A batch there carries no mark. One whose id was lost with the response to its creation is found by its age and
its number of requests; the ids of its items, which begin with our token, show in the results whether it is
the right one.

Source: Anthropic API reference, "Message Batches" (create, retrieve, list, results).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from codeeval.errors import ModelError
from codeeval.interfaces import BatchResult, BatchStatus
from codeeval.models.anthropic.model import read_tokens
from codeeval.models.endings import count, ending, finish_reason
from codeeval.models.server_errors import ErrorResponse, is_overflow
from codeeval.models.server_model import Choice, Response, answered
from codeeval.models.serving.pacing import Transient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from anthropic import AsyncAnthropic
    from anthropic.types import Message
    from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

    from codeeval.interfaces import BatchItem
    from codeeval.models.server_errors import ServerErrors
    from codeeval.types import Completion

_LISTED: Final = 100
_CLOCK_SKEW_S: Final = 120.0
"""How far the provider's clock may be behind ours."""

T = TypeVar("T")


class AnthropicBatches:
    """Batches of one account.

    Args:
        sdk: Anthropic's client, without its retries.
        errors: classifies the server's errors; its pacer paces all calls.
        timeout_s: of each call.
    """

    def __init__(self, sdk: AsyncAnthropic, errors: ServerErrors, timeout_s: float) -> None:
        self._sdk = sdk
        self._errors = errors
        self._timeout_s = timeout_s

    async def submit(
        self, items: Sequence[BatchItem], params: Callable[[BatchItem], Mapping[str, object]], since_s: float
    ) -> str:
        """Create the batch; ``params`` makes an item's request. See ``SupportsBatches.submit_batch``."""
        requests = [{"custom_id": item.id, "params": dict(params(item))} for item in items]
        attempted: list[bool] = []

        async def create() -> str:
            if attempted and (found := await self._find(len(items), since_s)) is not None:
                return found  # it was created, only the response got lost
            attempted.append(True)
            batch = await self._sdk.messages.batches.create(requests=requests)  # type: ignore[arg-type] # the same as JSON
            return batch.id

        return await self._call(create)

    async def find(self, count: int, since_s: float) -> str | None:
        """Return the id of a batch of so many requests that is not older, if there is one."""
        return await self._call(lambda: self._find(count, since_s))

    async def _find(self, count: int, since_s: float) -> str | None:
        page = await self._sdk.messages.batches.list(limit=_LISTED)
        for batch in page.data:
            young = batch.created_at.timestamp() >= since_s - _CLOCK_SKEW_S
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
        completions: Callable[[BatchItem, Response], list[Completion]],
    ) -> AsyncIterator[BatchResult]:
        """Yield the results of a batch that has ended."""

        async def read() -> list[MessageBatchIndividualResponse]:
            decoder = await self._sdk.messages.batches.results(batch_id)
            return [line async for line in decoder]

        for line in await self._call(read):
            item = items.get(line.custom_id)
            if item is None:
                yield BatchResult(id=line.custom_id, error="a result of another request")
                continue
            result = line.result
            match result.type:
                case "succeeded":
                    parsed = parse_message(result.message)
                    if not answered(parsed):
                        yield BatchResult(id=item.id, error=f"stop_reason {result.message.stop_reason}")
                        continue
                    made = completions(item, parsed)
                    yield BatchResult(id=item.id, completions=tuple(made))
                case "errored":
                    message = result.error.error.message
                    overflow = is_overflow(ErrorResponse(400, message))
                    yield BatchResult(
                        id=item.id,
                        refused=message if overflow else "",
                        overflow=overflow,
                        error="" if overflow else message,
                    )
                case "canceled" | "expired":
                    yield BatchResult(id=item.id, error=f"the provider states: {result.type}")

    async def _call(self, action: Callable[[], Awaitable[T]]) -> T:
        import anthropic  # noqa: PLC0415 -- costs a second

        async def attempt() -> T:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await action()
            except (TimeoutError, anthropic.APITimeoutError) as error:
                raise Transient(f"no response within {self._timeout_s:g} s", timeout=True) from error
            except anthropic.APIConnectionError as error:
                raise self._errors.unconnected(error) from error
            except anthropic.APIStatusError as error:
                response = error.response
                if error.status_code == 404:
                    raise ModelError(f"{self._errors.server}: not found: {error.message}") from error
                stated = ErrorResponse(error.status_code, error.message, headers=response.headers)
                raise self._errors.classify(stated) from error
            except anthropic.AnthropicError as error:  # no results there yet
                raise ModelError(f"{self._errors.server}: {error}") from error

        return await self._errors.pacer.send(attempt)


def parse_message(message: Message) -> Response:
    """Read a whole message."""
    text = "".join(block.text for block in message.content if block.type == "text")
    thinking = "".join(block.thinking for block in message.content if block.type == "thinking")
    usage = message.usage
    called = any(block.type == "tool_use" for block in message.content)
    finish = ending(finish_reason(message.stop_reason), text, refused=False, called=called)
    return Response(
        (Choice(text, finish, thinking),),
        prompt_tokens=read_tokens(usage),
        completion_tokens=count(usage.output_tokens),
    )


def _total(batch: MessageBatch) -> int:
    counts = batch.request_counts
    return counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
