"""``openai:``: any server that speaks OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, OpenAI itself.

A request has temperature, top_p (unless 1), max_tokens, at most four stop sequences, seed and n. Answers are
cut at every stop sequence locally too, whatever the server does. ``--reasoning-tokens`` raises max_tokens;
``--reasoning-effort`` is sent as reasoning_effort.

A prefill is sent as a trailing assistant message where the server is known to continue it (its list of
models names llama.cpp, vLLM or SGLang as owner) and the completion then begins with the prefill; other
servers would answer such a message instead of continuing it, so they get none.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from codeeval.errors import ModelError, UsageError
from codeeval.interfaces import Capabilities, ModelInfo, Support
from codeeval.models.context import stated_room
from codeeval.models.openai.batches import MAX_BATCH_BYTES, MAX_BATCH_ITEMS, OpenAIBatches
from codeeval.models.openai.client import ErrorStatus, OpenAIClient
from codeeval.models.openai.requests import request_body, request_path
from codeeval.models.server_errors import Parameter
from codeeval.models.server_model import RequestChanged, ServerModel
from codeeval.models.serving.pacing import MAX_CONCURRENCY
from codeeval.models.spec import canonical_spec, public_url
from codeeval.types import PromptStyle, Sampling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from codeeval.interfaces import BatchItem, BatchResult, BatchStatus, ModelSpec
    from codeeval.models.routing import Router
    from codeeval.models.server_model import Request, Response
    from codeeval.types import Completion, Prompt

_OPENAI_URL: Final = "https://api.openai.com/v1"
_KEY: Final = "OPENAI_API_KEY"
_NO_KEY: Final = "none"
"""Sent where a server of one's own needs no key."""
_CONTINUATION: Final[dict[str, dict[str, object]]] = {
    "llamacpp": {},
    "vllm": {"add_generation_prompt": False, "continue_final_message": True},
    "sglang": {"continue_final_message": True},
}
"""Owners whose servers continue a trailing assistant message, with the fields that ask for it."""


class OpenAIModel(ServerModel):
    """A model behind an OpenAI-compatible server, in chat (the default) or plain completion.

    Args:
        spec: name, URL, pace and timeouts.
        router: chooses among several servers that have the model, in place of that of the URL.

    Raises:
        UsageError: the spec names no model.
        ModelError: OpenAI's own server is meant and there is no key.
    """

    max_batch_items = MAX_BATCH_ITEMS
    max_batch_bytes = MAX_BATCH_BYTES
    _has_reasoning_budget = False

    def __init__(self, spec: ModelSpec, router: Router | None = None) -> None:
        if not spec.name:
            raise UsageError(
                "openai: names no model",
                "Write openai:gpt-4o-mini, or openai:NAME@http://localhost:8000/v1 for a server of your own.",
            )
        base_url = spec.base_url or _OPENAI_URL
        if spec.api_key is None and urlsplit(base_url).hostname == urlsplit(_OPENAI_URL).hostname:
            raise ModelError(
                f"openai:{spec.name} needs a key",
                f"Set {_KEY}, or name a server of your own: openai:NAME@http://localhost:8000/v1",
            )
        info = ModelInfo(
            spec=canonical_spec(spec),
            style=spec.style or PromptStyle.CHAT,
            concurrency=spec.concurrency or MAX_CONCURRENCY,
            max_n=32,
            deterministic=False,
            details={"server": public_url(base_url)},
            # Of the rest nothing is known before the first response.
            capabilities=Capabilities(stop=Support.WORKED_AROUND, reasoning=Support.WORKED_AROUND),
        )
        super().__init__(spec, public_url(base_url), info, key=_KEY)
        key = spec.api_key or _NO_KEY
        self._client = OpenAIClient(spec, base_url=base_url, api_key=key, errors=self._errors, router=router)
        self._max_tokens_name = "max_tokens"
        self._finding_owner: asyncio.Lock | None = None
        self._owner: str | None = None

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Generate the samples; see ``ServerModel.complete``."""
        if prompt.style is PromptStyle.CHAT and prompt.prefill:
            await self._find_owner()
        return await super().complete(prompt, sampling, samples)

    async def _send(self, request: Request) -> Response:
        body = request_body(request, self._max_tokens_name)
        if request.prefill:
            body |= _CONTINUATION[self._owner or ""]
        try:
            return await self._client.send(request_path(request), body)
        except ErrorStatus as error:
            stated = error.error
            named = "max_completion_tokens" in f"{stated.param} {stated.message}"
            renamed = named and stated_room(stated.message, request.max_tokens) is None
            if stated.status in (400, 422) and renamed and "max_tokens" in body:
                self._max_tokens_name = "max_completion_tokens"
                raise RequestChanged from error
            sent = frozenset(request.parameters)
            raise await self._client.classify(error, sent, request.max_tokens) from error

    async def _find_owner(self) -> None:
        """Find out, once, whether the server continues a prefill."""
        if self._finding_owner is None:
            self._finding_owner = asyncio.Lock()
        async with self._finding_owner:
            if self._owner is not None:
                return
            try:
                self._owner = (await self._client.served_models()).owner.lower()
            except ModelError:
                self._owner = ""  # it does not state it, so it is not known to continue
            if self._owner in _CONTINUATION:
                self._tracker.record(prefill=Support.YES)
            else:
                self._drop(Parameter.PREFILL)

    def _batch_request(self, item: BatchItem, sampling: Sampling) -> Request:
        """Batches are for OpenAI itself and servers like it: a prefill is not sent."""
        request = self.request(item.prompt, sampling, range(item.first, item.first + item.count))
        return request._replace(prefill="")

    def _batches(self, sampling: Sampling) -> OpenAIBatches:
        def body(item: BatchItem) -> Mapping[str, object]:
            fields = request_body(self._batch_request(item, sampling), self._max_tokens_name)
            return {"model": self._spec.name, **fields}

        def completions(item: BatchItem, response: Response) -> list[Completion]:
            samples = range(item.first, item.first + item.count)
            return self.completions(self._batch_request(item, sampling), sampling, samples, response)

        return OpenAIBatches(self._client, body, completions)

    async def submit_batch(self, items: Sequence[BatchItem], sampling: Sampling, token: str) -> str:
        """As ``SupportsBatches`` states."""
        endpoint = f"/v1{request_path(self._batch_request(items[0], sampling))}"
        return await self._batches(sampling).submit(items, endpoint, token)

    async def find_batch(self, token: str, count: int, since_s: float) -> str | None:  # noqa: ARG002 -- for others
        """As ``SupportsBatches`` states."""
        return await self._batches(Sampling()).find(token)

    async def poll_batch(self, batch_id: str) -> BatchStatus:
        """As ``SupportsBatches`` states."""
        return await self._batches(Sampling()).poll(batch_id)

    def batch_results(
        self, batch_id: str, items: Mapping[str, BatchItem], sampling: Sampling
    ) -> AsyncIterator[BatchResult]:
        """As ``SupportsBatches`` states."""
        return self._batches(sampling).results(batch_id, items)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
