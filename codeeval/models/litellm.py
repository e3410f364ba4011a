"""``litellm:``: every provider that LiteLLM knows, for example ``litellm:groq/llama-3.3-70b-versatile``.

Keys and regions are LiteLLM's business: it reads each provider's own variables. LiteLLM states which sampling
parameters a provider supports; the others are omitted, with a note. Each sample is a request, because most
providers have no ``n``. A prefill is sent where LiteLLM's table states that the model continues it.
LiteLLM's own retries and telemetry are off, and its table of models is the one that it was installed with.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import warnings
from typing import TYPE_CHECKING, Any, Final  # Any: LiteLLM's arguments and answers, which it does not type

from codeeval.errors import ContextOverflow, ModelError, PromptRefused, UnknownName, UsageError
from codeeval.interfaces import Capabilities, ModelInfo, Support
from codeeval.models.connections import http_client
from codeeval.models.endings import count, ending, finish_reason
from codeeval.models.parts import read_parts
from codeeval.models.server_errors import ErrorResponse, LessRoom, Parameter, hidden
from codeeval.models.server_model import Choice, Request, Response, ServerModel, chat_messages
from codeeval.models.serving.pacing import MAX_CONCURRENCY, Transient
from codeeval.models.spec import canonical_spec, check_options, public_url
from codeeval.text import clean_text
from codeeval.types import FinishReason, PromptStyle

if TYPE_CHECKING:
    from codeeval.interfaces import ModelSpec

_PARAMETERS: Final = {
    Parameter.TEMPERATURE: "temperature",
    Parameter.TOP_P: "top_p",
    Parameter.SEED: "seed",
    Parameter.STOP: "stop",
}
_MAX_STOPS: Final = 4
"""OpenAI rejects more, and so do those who copy it; answers are cut at all of them locally."""


class LiteLLMModel(ServerModel):
    """A model of one of LiteLLM's providers, in chat (the default) or plain completion.

    Raises:
        UsageError: the spec names no model.
        UnknownName: LiteLLM has no such provider.
        ModelError: the extra is not installed, or a provider's variable is not set.
    """

    def __init__(self, spec: ModelSpec) -> None:
        if importlib.util.find_spec("litellm") is None:
            raise ModelError(
                "litellm: needs LiteLLM, which is not installed",
                "Install it: pip install 'codeeval[litellm]'",
            )
        if not spec.name:
            raise UsageError("litellm: names no model", "Write litellm:provider/model, as LiteLLM does.")
        check_options(spec)
        self._lite = _import()
        self._model, self._provider = self._find_provider(spec)
        self._check_keys(spec)
        supported = self._supported()
        unsupported = {parameter for parameter, name in _PARAMETERS.items() if name not in supported}
        if "reasoning_effort" not in supported and "thinking" not in supported:
            unsupported.add(Parameter.REASONING)
        if not self._supports_prefill():
            unsupported.add(Parameter.PREFILL)
        self._thinks = "thinking" in supported
        info = ModelInfo(
            spec=canonical_spec(spec),
            style=spec.style or PromptStyle.CHAT,
            concurrency=spec.concurrency or MAX_CONCURRENCY,
            max_n=1,
            deterministic=False,
            details={
                "provider": self._provider,
                "litellm": importlib.metadata.version("litellm"),
                **({"server": public_url(spec.base_url)} if spec.base_url else {}),
            },
            capabilities=_capabilities(unsupported, supported),
        )
        super().__init__(
            spec,
            f"litellm {self._provider}",
            info,
            key="the provider's key",
            unsupported=frozenset(unsupported),
        )

    def _find_provider(self, spec: ModelSpec) -> tuple[str, str]:
        try:
            model, provider, _, _ = self._lite.get_llm_provider(spec.name, api_base=spec.base_url)
        except self._lite.exceptions.BadRequestError as error:
            head, slash, _ = spec.name.partition("/")
            known = [str(getattr(each, "value", each)) for each in self._lite.provider_list]
            if slash and head not in known:
                raise UnknownName("provider of litellm:", head, known) from error
            raise UsageError(
                f"litellm: does not know which provider has {spec.name!r}", "Write litellm:provider/model."
            ) from error
        return model, provider

    def _check_keys(self, spec: ModelSpec) -> None:
        if spec.base_url is not None:
            return
        found = self._lite.validate_environment(spec.name)
        if not found.get("keys_in_environment") and (missing := found.get("missing_keys")):
            raise ModelError(f"litellm:{spec.name} needs a key", f"Set {' and '.join(missing)}.")

    def _supported(self) -> frozenset[str]:
        names = self._lite.get_supported_openai_params(self._model, custom_llm_provider=self._provider)
        return frozenset(names or ())

    def _supports_prefill(self) -> bool:
        table = self._lite.model_cost
        entry = table.get(f"{self._provider}/{self._model}") or table.get(self._model) or {}
        return bool(entry.get("supports_assistant_prefill"))

    async def _send(self, request: Request) -> Response:
        import openai  # noqa: PLC0415 -- LiteLLM's errors are subclasses of the SDK's

        errors = self._lite.exceptions
        try:
            raw = await self._call(request)
        except errors.ContextWindowExceededError as error:
            raise self._too_long(_message(error), request) from error
        except errors.ContentPolicyViolationError as error:
            raise PromptRefused(f"{self._model} rejects the prompt: {_message(error)}") from error
        except openai.APITimeoutError as error:
            raise TimeoutError from error
        except openai.APIConnectionError as error:
            raise self._errors.unconnected(error) from error
        except openai.APIError as error:
            raise self._classified(error, request) from error
        except (AttributeError, TypeError, ValueError, KeyError, IndexError) as error:
            # what LiteLLM does not expect, it reads without care
            raise Transient(
                f"a malformed response: {type(error).__name__}: {_message(error)[:200]}"
            ) from error
        return _parse(raw)

    def _too_long(self, message: str, request: Request) -> Exception:
        found = self._errors.classify(ErrorResponse(400, message), request.parameters, request.max_tokens)
        if isinstance(found, LessRoom) or type(found) is ModelError:
            return found
        return ContextOverflow(f"{self._model} rejects the prompt: {message}")

    async def _call(self, request: Request) -> Any:  # a ModelResponse or a TextCompletionResponse
        arguments: dict[str, Any] = {
            "model": self._spec.name,
            "api_base": self._spec.base_url,
            "max_tokens": request.max_tokens,
            "timeout": self._spec.timeout_s,
            "max_retries": 0,
            "num_retries": 0,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": request.seed,
            "stop": list(request.stop[:_MAX_STOPS]) or None,
        }
        if self._spec.base_url is not None:
            arguments["api_key"] = self._spec.api_key or "none"
        if request.reasoning_effort is not None:
            arguments["reasoning_effort"] = request.reasoning_effort.value
        if request.reasoning_tokens is not None and self._thinks:
            arguments["thinking"] = {"type": "enabled", "budget_tokens": request.reasoning_tokens}
        if self._lite.aclient_session is None:
            self._lite.aclient_session = _session(self._spec.timeout_s, self._spec.base_url or "")
        given = {name: value for name, value in arguments.items() if value is not None}
        if request.prompt.style is PromptStyle.CHAT:
            return await self._lite.acompletion(messages=chat_messages(request), **given)
        return await self._lite.atext_completion(prompt=clean_text(request.prompt.text), **given)

    def _classified(self, error: Any, request: Request) -> Exception:  # an openai.APIError
        response = getattr(error, "response", None)
        status = int(getattr(error, "status_code", None) or 500)
        stated = ErrorResponse(status, _message(error), headers=getattr(response, "headers", None) or {})
        return self._errors.classify(stated, request.parameters, request.max_tokens)

    async def aclose(self) -> None:
        """Close the connections, which LiteLLM keeps for all its models and does not close itself."""
        session, self._lite.aclient_session = self._lite.aclient_session, None
        await self._lite.close_litellm_async_clients()
        self._lite.in_memory_llm_clients_cache.flush_cache()
        if session is not None:
            await session.aclose()


def _import() -> Any:  # the module, which is typed in places only
    # pydantic warns of LiteLLM's types, which is nothing to our user
    warnings.filterwarnings("ignore", "Items? .* on TypedDict class", UserWarning)
    import litellm  # noqa: PLC0415 -- costs two seconds

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.disable_aiohttp_transport = True  # one that LiteLLM does not close
    litellm.drop_params = False
    return litellm


def _session(timeout_s: float, url: str) -> Any:  # an httpx.AsyncClient
    """Make the client of OpenAI-like providers: by default, LiteLLM opens one a request."""
    import httpx  # noqa: PLC0415 -- comes with LiteLLM

    return http_client(httpx.AsyncClient, MAX_CONCURRENCY, timeout_s, url)


def _parse(raw: Any) -> Response:  # a ModelResponse or a TextCompletionResponse
    usage = getattr(raw, "usage", None)
    details = getattr(usage, "completion_tokens_details", None)
    return Response(
        tuple(map(_choice, getattr(raw, "choices", None) or ())),
        prompt_tokens=count(getattr(usage, "prompt_tokens", 0)),
        completion_tokens=count(getattr(usage, "completion_tokens", 0)),
        reasoning_tokens=count(getattr(details, "reasoning_tokens", 0)),
    )


def _choice(choice: Any) -> Choice:  # a Choices or a TextChoices
    message = getattr(choice, "message", None)
    content = getattr(choice, "text", None) if message is None else getattr(message, "content", None)
    native = getattr(choice, "provider_specific_fields", None) or {}
    # else LiteLLM calls what it does not know "stop"
    stated = native.get("native_finish_reason") or getattr(choice, "finish_reason", None)
    finish, parts = finish_reason(stated), read_parts(content)
    if finish is FinishReason.NO_ANSWER or (message is None and content is None):
        return Choice(parts.text, FinishReason.NO_ANSWER, error=f"finish_reason {stated}")
    apart = getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None)
    reasoning = apart if isinstance(apart, str) else parts.reasoning
    refusal = getattr(message, "refusal", None) or parts.refusal
    declined = refusal if isinstance(refusal, str) else ""
    called = bool(getattr(message, "tool_calls", None) or getattr(message, "function_call", None))
    ended = ending(finish, parts.text, refused=bool(declined), called=called)
    return Choice(parts.text, ended, reasoning, declined)


def _message(error: Exception) -> str:
    return hidden(str(getattr(error, "message", error)))[:500]


def _capabilities(unsupported: set[Parameter], supported: frozenset[str]) -> Capabilities:
    def of(parameter: Parameter) -> Support:
        return Support.NO if parameter in unsupported else Support.UNKNOWN

    return Capabilities(
        temperature=of(Parameter.TEMPERATURE),
        top_p=of(Parameter.TOP_P),
        seed=of(Parameter.SEED),
        n=Support.WORKED_AROUND,
        stop=Support.WORKED_AROUND,
        prefill=of(Parameter.PREFILL),
        logprobs=Support.UNKNOWN if "logprobs" in supported else Support.NO,
        reasoning=of(Parameter.REASONING),
    )
