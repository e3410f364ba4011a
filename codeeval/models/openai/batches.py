"""OpenAI's batch API: a file of requests is uploaded, results come within a day, at half the price.

A batch carries its token in its metadata, so that one whose id was lost with the response to its creation is
found again in the list of batches, and nothing is generated twice.

Source: OpenAI API reference, "Batch" and "Files" (request input object, request output object).
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import ModelError
from codeeval.interfaces import BatchResult, BatchStatus
from codeeval.models.openai.responses import MalformedResponse, parse_completion, parse_error
from codeeval.models.server_errors import is_filtered, is_overflow
from codeeval.models.server_model import answered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from openai.types import Batch

    from codeeval.interfaces import BatchItem
    from codeeval.models.openai.client import OpenAIClient
    from codeeval.models.server_model import Response
    from codeeval.types import Completion

MAX_BATCH_ITEMS: Final = 50_000
MAX_BATCH_BYTES: Final = 190_000_000
"""The API accepts 200 MB."""
_ENDED: Final = frozenset({"completed", "failed", "expired", "cancelled"})
_FAILED: Final = frozenset({"failed"})
_LISTED: Final = 100
_TOKEN: Final = "codeeval"  # noqa: S105 -- a key of the metadata


class _Response(msgspec.Struct):
    """What the server would have returned for the request alone."""

    status_code: int = 0
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Error(msgspec.Struct):
    message: str | None = None
    code: str | None = None


class _Line(msgspec.Struct):
    """A line of the output file or the error file."""

    custom_id: str
    response: _Response | None = None
    error: _Error | None = None


class OpenAIBatches:
    """Batches on one server.

    Args:
        client: speaks to the server.
        body: makes the body of an item's request, the model's name included.
        completions: makes an item's completions of a response.
    """

    def __init__(
        self,
        client: OpenAIClient,
        body: Callable[[BatchItem], Mapping[str, object]],
        completions: Callable[[BatchItem, Response], list[Completion]],
    ) -> None:
        self._client = client
        self._body = body
        self._completions = completions

    async def submit(self, items: Sequence[BatchItem], endpoint: str, token: str) -> str:
        """Upload the requests and create the batch; see ``SupportsBatches.submit_batch``."""
        lines = b"".join(
            json.dumps(
                {"custom_id": item.id, "method": "POST", "url": endpoint, "body": self._body(item)}
            ).encode()
            + b"\n"
            for item in items
        )
        sdk = self._client.sdk
        uploaded = await self._client.call(
            lambda: sdk.files.create(file=(f"{token}.jsonl", lines), purpose="batch")
        )

        async def create() -> Batch:
            if attempted and (found := await self._find(token)) is not None:
                return found  # it was created, only the response got lost
            attempted.append(True)
            return await sdk.batches.create(
                input_file_id=uploaded.id,
                endpoint=endpoint,  # type: ignore[arg-type] # one of the literals
                completion_window="24h",
                metadata={_TOKEN: token},
            )

        attempted: list[bool] = []
        return (await self._client.call(create)).id

    async def find(self, token: str) -> str | None:
        """Return the id of the batch with this token, if there is one."""
        found = await self._client.call(lambda: self._find(token))
        return None if found is None else found.id

    async def _find(self, token: str) -> Batch | None:
        page = await self._client.sdk.batches.list(limit=_LISTED)
        return next((batch for batch in page.data if (batch.metadata or {}).get(_TOKEN) == token), None)

    async def poll(self, batch_id: str) -> BatchStatus:
        """Ask how far a batch is."""
        batch = await self._client.call(lambda: self._client.sdk.batches.retrieve(batch_id))
        counts = batch.request_counts
        errors = (batch.errors.data if batch.errors else None) or []
        messages = "; ".join(filter(None, (error.message for error in errors[:3])))
        return BatchStatus(
            ended=batch.status in _ENDED,
            done=counts.completed + counts.failed if counts else 0,
            total=counts.total if counts else 0,
            error=messages or ("the provider gives no reason" if batch.status in _FAILED else ""),
        )

    async def results(self, batch_id: str, items: Mapping[str, BatchItem]) -> AsyncIterator[BatchResult]:
        """Yield the results of a batch that has ended."""
        sdk = self._client.sdk
        batch = await self._client.call(lambda: sdk.batches.retrieve(batch_id))
        for file_id in filter(None, (batch.output_file_id, batch.error_file_id)):
            file = await self._client.call(functools.partial(sdk.files.content, file_id))
            for line in file.content.splitlines():
                if line.strip():
                    yield self._result(line, items)

    def _result(self, text: bytes, items: Mapping[str, BatchItem]) -> BatchResult:
        try:
            line = msgspec.json.decode(text, type=_Line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ModelError(f"a line of the batch's results is malformed: {error}") from error
        item = items.get(line.custom_id)
        if item is None:
            return BatchResult(id=line.custom_id, error="a result of another request")
        if line.error is not None:
            reason = line.error.message or line.error.code or "no reason is given"
            return BatchResult(id=item.id, error=reason)
        response = line.response or _Response()
        if response.status_code != 200:
            return _failure(item.id, response)
        try:
            parsed = parse_completion(bytes(response.body))
        except MalformedResponse as error:
            return BatchResult(id=item.id, error=f"the server returned {error}")
        answers = answered(parsed)
        if not answers:
            what = next((each.error for each in parsed.choices), "") or "no choices"
            return BatchResult(id=item.id, error=f"the server returned {what}")
        # Those without an answer count as missing, and are requested again.
        return BatchResult(
            id=item.id, completions=tuple(self._completions(item, parsed._replace(choices=answers)))
        )


def _failure(name: str, response: _Response) -> BatchResult:
    error = parse_error(response.status_code, bytes(response.body), {})
    overflow = is_overflow(error)
    if overflow or is_filtered(error):
        return BatchResult(id=name, refused=error.message, overflow=overflow)
    return BatchResult(id=name, error=f"status {error.status}: {error.message}")
