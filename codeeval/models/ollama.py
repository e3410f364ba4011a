"""``ollama:``: models that an Ollama server runs, through Ollama's own client and API.

Its own API, because the OpenAI-compatible one of Ollama can neither set the context's length (4,096 tokens
unless the server is configured otherwise, and longer prompts are cut without a word) nor control how a model
thinks.

A request has temperature, top_p, seed, every stop sequence, num_predict and num_ctx (8,192, or as in
``ollama:NAME?num_ctx=16384``); top_k, min_p and the penalty of repetitions are switched off, so that
sampling is temperature, then top_p, and nothing else. A prompt that fills the context was cut by Ollama: it
counts as rejected. A trailing assistant turn is continued. Plain completion is ``/api/generate``, raw.

Source: docs.ollama.com/api (chat, generate).
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import time
from typing import TYPE_CHECKING, Any, Final  # Any: options, as the client takes them

from codeeval.errors import ContextOverflow, ModelError, UsageError
from codeeval.interfaces import Capabilities, ModelInfo, Support
from codeeval.models.connections import guards, is_loopback, proxies_named
from codeeval.models.endings import count, ending, finish_reason
from codeeval.models.server_errors import ErrorResponse
from codeeval.models.server_model import Choice, Request, Response, ServerModel, chat_messages
from codeeval.models.serving.pacing import MAX_CONCURRENCY, Transient
from codeeval.models.spec import canonical_spec, check_options, option_number, public_url
from codeeval.text import clean_text
from codeeval.types import Effort, FinishReason, PromptStyle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ollama import AsyncClient, ChatResponse, GenerateResponse, ResponseError

    from codeeval.interfaces import ModelSpec

_URL: Final = "http://127.0.0.1:11434"
_OPTIONS: Final = ("num_ctx",)
_CONTEXT_TOKENS: Final = 8192
_PLAIN: Final = {"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0}
"""Ollama's defaults (40, 0, 1.1) would change the distribution that temperature and top_p define."""


class OllamaModel(ServerModel):
    """A model on an Ollama server, in chat (the default) or plain completion.

    Raises:
        UsageError: the spec names no model, or an option that does not exist.
        ModelError: the extra is not installed.
    """

    def __init__(self, spec: ModelSpec) -> None:
        if importlib.util.find_spec("ollama") is None:
            raise ModelError(
                "ollama: needs Ollama's client, which is not installed",
                "Install it: pip install 'codeeval[ollama]'",
            )
        if not spec.name:
            raise UsageError("ollama: names no model", "Write ollama:qwen2.5-coder:7b, for example.")
        check_options(spec, _OPTIONS)
        self._context = option_number(spec, "num_ctx", _CONTEXT_TOKENS)
        self._base_url = spec.base_url or _URL
        info = ModelInfo(
            spec=canonical_spec(spec),
            style=spec.style or PromptStyle.CHAT,
            concurrency=spec.concurrency or MAX_CONCURRENCY,
            max_n=1,
            deterministic=False,
            details={
                "server": public_url(self._base_url),
                "ollama": importlib.metadata.version("ollama"),
                "context_tokens": str(self._context),
            },
            capabilities=Capabilities(
                temperature=Support.YES,
                top_p=Support.YES,
                seed=Support.YES,
                n=Support.WORKED_AROUND,
                stop=Support.YES,
                prefill=Support.YES,
                logprobs=Support.UNKNOWN,
                reasoning=Support.UNKNOWN,
            ),
        )
        super().__init__(spec, public_url(self._base_url), info, key="OLLAMA_API_KEY")
        self._client: AsyncClient | None = None

    @property
    def _api(self) -> AsyncClient:
        if self._client is None:
            import httpx  # noqa: PLC0415 -- comes with the client
            from ollama import AsyncClient  # noqa: PLC0415 -- costs 300 ms

            with proxies_named():
                self._client = AsyncClient(
                    self._base_url,
                    timeout=self._spec.timeout_s,
                    event_hooks=guards(httpx),
                    trust_env=not is_loopback(self._base_url),
                )
        return self._client

    async def _send(self, request: Request) -> Response:
        import httpx  # noqa: PLC0415 -- comes with the client
        import ollama  # noqa: PLC0415 -- as above

        reader = _Reader()
        try:
            async for piece in await self._stream(request):
                reader.take(piece)
        except ollama.ResponseError as error:
            raise self._classified(error, request) from error
        except httpx.TimeoutException as error:
            raise TimeoutError from error
        except (ConnectionError, httpx.ConnectError) as error:  # the first is the client's own
            raise Transient("no connection: is Ollama running there?") from error
        except (httpx.HTTPError, UnicodeError) as error:
            raise self._errors.unconnected(error) from error
        except ValueError as error:  # what came is no JSON, or lacks its fields
            raise Transient(f"a malformed response: {self._errors.hidden(str(error))[:200]}") from error
        response = reader.response()
        if response.prompt_tokens >= self._context:
            raise ContextOverflow(
                f"{self._spec.name}: the prompt fills the context of {self._context} tokens, "
                f"and was cut (raise num_ctx: ollama:{self._spec.name}?num_ctx={2 * self._context})"
            )
        return response

    async def _stream(self, request: Request) -> AsyncIterator[ChatResponse | GenerateResponse]:
        options: dict[str, Any] = dict(_PLAIN)  # Any: JSON
        options |= {"num_ctx": self._context, "num_predict": request.max_tokens}
        if request.temperature is not None:
            options["temperature"] = request.temperature
        options["top_p"] = 1.0 if request.top_p is None else request.top_p
        if request.seed is not None:
            options["seed"] = request.seed
        if request.stop:
            options["stop"] = list(request.stop)
        think = _think(request)
        if request.prompt.style is PromptStyle.CHAT:
            return await self._api.chat(
                self._spec.name, chat_messages(request), stream=True, options=options, think=think
            )
        return await self._api.generate(
            self._spec.name, clean_text(request.prompt.text), stream=True, raw=True, options=options
        )

    def _classified(self, error: ResponseError, request: Request) -> Exception:
        message = self._errors.hidden(str(error.error))[:500]
        status = error.status_code if error.status_code > 0 else 500
        if status == 404:
            return self._pacer.end(
                ModelError(f"{self._server}: {message}", f"Pull it there: ollama pull {self._spec.name}")
            )
        return self._errors.classify(ErrorResponse(status, message), request.parameters, request.max_tokens)

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()  # type: ignore[no-untyped-call]  # the client leaves it untyped


def _think(request: Request) -> Any:  # a bool, or a level that only some models support
    """Return how the model should think; None leaves it to the model. Ollama has levels, but no budget."""
    match request.reasoning_effort:
        case None:
            return True if request.reasoning_tokens else None
        case Effort.MINIMAL:
            return "low"
        case effort:
            return effort.value


class _Reader:
    """Collects the pieces of a response as they come."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._first_s: float | None = None
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._called = False
        self._last: ChatResponse | GenerateResponse | None = None

    def take(self, piece: ChatResponse | GenerateResponse) -> None:
        message = getattr(piece, "message", None)
        text = getattr(piece, "response", None) if message is None else message.content
        thinking = getattr(piece if message is None else message, "thinking", None)
        if (text or thinking) and self._first_s is None:
            self._first_s = time.monotonic() - self._started_s
        self._called |= bool(getattr(message, "tool_calls", None))
        self._text.append(text or "")
        self._thinking.append(thinking or "")
        if piece.done:
            self._last = piece

    def response(self) -> Response:
        if self._last is None:
            raise Transient("the response broke off")
        text, stated = "".join(self._text), self._last.done_reason
        finish = finish_reason(stated)
        what = f"done_reason {stated}" if finish is FinishReason.NO_ANSWER else ""
        if not what:
            finish = ending(finish, text, refused=False, called=self._called)
        return Response(
            (Choice(text, finish, "".join(self._thinking), what),),
            prompt_tokens=count(self._last.prompt_eval_count),
            completion_tokens=count(self._last.eval_count),
            first_token_s=self._first_s,
        )
