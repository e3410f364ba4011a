"""``anthropic:``: Claude through Anthropic's Messages API, with Anthropic's own SDK.

A request has temperature, top_p (unless 1), max_tokens, and the stop sequences except those of white space
alone, which the API rejects. It has no seed, no ``n`` (each sample is a request) and no log probabilities. A
prefill is a trailing assistant turn; to a model that rejects it none is sent from then on. Responses are
streamed, so that a long one meets no proxy's timeout and the time to its first token is known.

``--reasoning-tokens`` turns extended thinking on with that budget, ``--reasoning-effort`` sets the effort.
With a budget the API accepts neither a temperature nor a prefill, so none is sent.

Source: docs.claude.com, API reference (Messages, streaming) and "Extended thinking".
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import time
from typing import TYPE_CHECKING, Any, Final  # Any: the fields of a request, as the SDK takes them

from codeeval.errors import ModelError, UsageError
from codeeval.interfaces import Capabilities, ModelInfo, Support
from codeeval.models.connections import http_client
from codeeval.models.endings import count, ending, finish_reason
from codeeval.models.server_errors import ErrorResponse, Parameter
from codeeval.models.server_model import Choice, Request, Response, ServerModel, chat_messages
from codeeval.models.serving.pacing import MAX_CONCURRENCY, Transient
from codeeval.models.spec import canonical_spec, check_options, public_url
from codeeval.types import FinishReason, PromptStyle, Role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from anthropic import APIStatusError, AsyncAnthropic
    from anthropic.types import RawMessageStreamEvent, Usage

    from codeeval.interfaces import BatchItem, BatchResult, BatchStatus, ModelSpec
    from codeeval.models.anthropic.batches import AnthropicBatches
    from codeeval.types import Completion, Sampling

_URL: Final = "https://api.anthropic.com"
_KEY: Final = "ANTHROPIC_API_KEY"
_MIN_BUDGET: Final = 1024
_STREAM_STATUS: Final = {
    "overloaded_error": 529,
    "api_error": 500,
    "rate_limit_error": 429,
    "timeout_error": 504,
}
"""The status of errors in the middle of a stream, where 200 was sent already, by their type."""


class AnthropicModel(ServerModel):
    """A Claude model, in chat style.

    Raises:
        UsageError: the spec names no model, or plain completion is requested.
        ModelError: the extra is not installed, or there is no key.
    """

    max_batch_items = 100_000
    max_batch_bytes = 240_000_000
    """The API accepts 256 MB."""
    _continues_prefill = True

    def __init__(self, spec: ModelSpec) -> None:
        if importlib.util.find_spec("anthropic") is None:
            raise ModelError(
                "anthropic: needs Anthropic's SDK, which is not installed",
                "Install it: pip install 'codeeval[anthropic]'",
            )
        if not spec.name:
            raise UsageError("anthropic: names no model", "Write anthropic:claude-sonnet-4-5, for example.")
        check_options(spec)
        if spec.style is PromptStyle.BASE:
            raise UsageError("anthropic: has no plain completion", "Use --style chat.")
        if spec.api_key is None and spec.base_url is None:
            raise ModelError(f"anthropic:{spec.name} needs a key", f"Set {_KEY}.")
        self._base_url = spec.base_url or _URL
        info = ModelInfo(
            spec=canonical_spec(spec),
            style=PromptStyle.CHAT,
            concurrency=spec.concurrency or MAX_CONCURRENCY,
            max_n=1,
            deterministic=False,
            details={
                "server": public_url(self._base_url),
                "anthropic": importlib.metadata.version("anthropic"),
            },
            capabilities=Capabilities(
                temperature=Support.YES,
                top_p=Support.YES,
                seed=Support.NO,
                n=Support.WORKED_AROUND,
                stop=Support.YES,
                prefill=Support.UNKNOWN,
                logprobs=Support.NO,
                reasoning=Support.UNKNOWN,
            ),
        )
        super().__init__(spec, public_url(self._base_url), info, key=_KEY)
        self._client: AsyncAnthropic | None = None

    @property
    def _sdk(self) -> AsyncAnthropic:
        if self._client is None:
            from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient  # noqa: PLC0415 -- costs a second

            self._client = AsyncAnthropic(
                api_key=self._spec.api_key or "none",
                base_url=self._base_url,
                timeout=self._spec.timeout_s,
                max_retries=0,
                http_client=http_client(
                    DefaultAsyncHttpxClient,
                    self._pacer.max_concurrency,
                    self._spec.timeout_s,
                    self._base_url,
                ),
            )
        return self._client

    def _incompatible(self, request: Request) -> set[Parameter]:
        budgeted = request.reasoning_tokens is not None
        return {Parameter.TEMPERATURE, Parameter.PREFILL} if budgeted else set()

    async def _send(self, request: Request) -> Response:
        import anthropic  # noqa: PLC0415 -- as above

        if request.reasoning_tokens is not None and request.reasoning_tokens < _MIN_BUDGET:
            raise UsageError(
                f"{self._spec.name} accepts no reasoning budget below {_MIN_BUDGET} tokens",
                f"Use --reasoning-tokens {_MIN_BUDGET} or more.",
            )
        reader = _Reader()
        try:
            stream = await self._sdk.messages.create(
                model=self._spec.name,
                max_tokens=request.max_tokens,
                messages=[],  # those of extra_body count
                stream=True,
                extra_body=_body(request),
            )
            async with stream:
                async for event in stream:
                    reader.take(event)
        except anthropic.APITimeoutError as error:
            raise TimeoutError from error
        except (anthropic.APIConnectionError, UnicodeEncodeError) as error:
            raise self._errors.unconnected(error) from error
        except anthropic.APIStatusError as error:
            raise self._classified(error, request) from error
        except (anthropic.APIError, ValueError, AttributeError, TypeError) as error:
            # ValueError: an event that is no JSON; the last two: one whose fields the SDK does not check
            raise Transient(f"a malformed response: {self._errors.hidden(str(error))[:200]}") from error
        return reader.response()

    def _classified(self, error: APIStatusError, request: Request) -> Exception:
        body = error.body if isinstance(error.body, dict) else {}
        stated = body.get("error")
        stated = stated if isinstance(stated, dict) else {}
        message = self._errors.hidden(str(stated.get("message") or error.message))[:500]
        status = error.status_code
        if status == 200:
            status = _STREAM_STATUS.get(str(stated.get("type")), 400)
        response = ErrorResponse(status, message, headers=error.response.headers)
        return self._errors.classify(response, request.parameters, request.max_tokens)

    def _batches(self) -> AnthropicBatches:
        from codeeval.models.anthropic.batches import AnthropicBatches  # noqa: PLC0415 -- it imports this module

        return AnthropicBatches(self._sdk, self._errors, self._spec.timeout_s)

    async def submit_batch(
        self,
        items: Sequence[BatchItem],
        sampling: Sampling,
        token: str,  # noqa: ARG002 -- a batch carries no mark
    ) -> str:
        """As ``SupportsBatches`` states."""

        def params(item: BatchItem) -> dict[str, Any]:  # Any: as in _body
            request = self.request(item.prompt, sampling, range(item.first, item.first + 1))
            return {"model": self._spec.name, "max_tokens": request.max_tokens, **_body(request)}

        return await self._batches().submit(items, params, time.time())

    async def find_batch(self, token: str, count: int, since_s: float) -> str | None:  # noqa: ARG002 -- as above
        """As ``SupportsBatches`` states."""
        return await self._batches().find(count, since_s)

    async def poll_batch(self, batch_id: str) -> BatchStatus:
        """As ``SupportsBatches`` states."""
        return await self._batches().poll(batch_id)

    def batch_results(
        self, batch_id: str, items: Mapping[str, BatchItem], sampling: Sampling
    ) -> AsyncIterator[BatchResult]:
        """As ``SupportsBatches`` states."""

        def completions(item: BatchItem, response: Response) -> list[Completion]:
            samples = range(item.first, item.first + 1)
            return self.completions(self.request(item.prompt, sampling, samples), sampling, samples, response)

        return self._batches().results(batch_id, items, completions)

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


def _body(request: Request) -> dict[str, Any]:  # Any: JSON, as the API takes it
    system = [turn.content for turn in request.prompt.messages if turn.role is Role.SYSTEM]
    body: dict[str, Any] = {  # Any: JSON
        "messages": [turn for turn in chat_messages(request) if turn["role"] != Role.SYSTEM.value]
    }
    if system:
        body["system"] = "\n\n".join(system)
    if stops := [stop for stop in request.stop if stop.strip()]:
        body["stop_sequences"] = stops
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.top_p is not None:
        body["top_p"] = request.top_p
    if request.reasoning_tokens is not None:
        body["thinking"] = {"type": "enabled", "budget_tokens": request.reasoning_tokens}
    if request.reasoning_effort is not None:
        body["output_config"] = {"effort": request.reasoning_effort.value}
    return body


def read_tokens(usage: Usage) -> int:
    """Return how many tokens a prompt had, those in Anthropic's cache included."""
    parts = (usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
    return sum(map(count, parts))


class _Reader:
    """Collects the events of a stream."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._first_s: float | None = None
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._reason: str | None = None
        self._prompt_tokens = self._completion_tokens = self._reasoning_tokens = 0
        self._called = False
        self._complete = False

    def take(self, event: RawMessageStreamEvent) -> None:
        match event.type:
            case "message_start":
                usage = event.message.usage
                self._prompt_tokens = read_tokens(usage)
            case "content_block_delta":
                if self._first_s is None:
                    self._first_s = time.monotonic() - self._started_s
                match event.delta.type:
                    case "text_delta":
                        self._text.append(event.delta.text)
                    case "thinking_delta":
                        self._thinking.append(event.delta.thinking)
                    case _:
                        pass  # signatures, citations
            case "content_block_start":
                self._called |= event.content_block.type == "tool_use"
            case "message_delta":
                self._reason = event.delta.stop_reason
                self._completion_tokens = count(event.usage.output_tokens)
                details = event.usage.output_tokens_details
                self._reasoning_tokens = count(details.thinking_tokens) if details else 0
            case "message_stop":
                self._complete = True
            case _:
                pass

    def response(self) -> Response:
        if not self._complete:
            raise Transient("the response broke off")
        text, finish = "".join(self._text), finish_reason(self._reason)
        if finish is FinishReason.NO_ANSWER:
            what = f"stop_reason {self._reason}"
        else:
            finish, what = ending(finish, text, refused=False, called=self._called), ""
        return Response(
            (Choice(text, finish, "".join(self._thinking), what),),
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
            reasoning_tokens=self._reasoning_tokens,
            first_token_s=self._first_s,
        )
