"""Sends requests to an OpenAI-compatible server: pace, retries, and errors in words."""

from __future__ import annotations

import asyncio
import difflib
import ssl
import time
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from codeeval.errors import ContextOverflow, ModelError, PromptRefused
from codeeval.models.connections import http_client, http_package
from codeeval.models.openai.responses import (
    Answer,
    ErrorBody,
    Nonsense,
    Remedy,
    Served,
    overflows,
    read_answer,
    read_error,
    read_models,
    refuses_prompt,
    remedy_for,
    retry_after_s,
    status_in,
)
from codeeval.models.serving.pacing import Pacer, Transient
from codeeval.models.spec import public_url
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from openai import AsyncOpenAI

    from codeeval.interfaces import ModelSpec

_RETRIED: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524, 529})
_QUOTA: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached"})

T = TypeVar("T")


class Unsupported(Exception):
    """The server refuses a parameter that can be sent otherwise."""

    def __init__(self, remedy: Remedy) -> None:
        super().__init__(remedy.name)
        self.remedy = remedy


class _Response(NamedTuple):
    """What came back."""

    status: int
    content: bytes
    headers: Mapping[str, str]


def _used(answer: Answer) -> int:
    return answer.prompt_tokens + answer.completion_tokens


class OpenAIClient:
    """One server and one model on it. After an error that no retry can mend, every request fails with it.

    Args:
        spec: name, timeouts, retries, pace; of its URL and key the arguments are used.
        base_url: where the server's API begins.
        api_key: goes into the Authorization header.
        key_name: what the user sets the key with, for messages.
    """

    def __init__(self, spec: ModelSpec, *, base_url: str, api_key: str, key_name: str) -> None:
        self._spec = spec
        self._url = public_url(base_url)
        self._base_url = base_url
        self._api_key = api_key
        self._key_name = key_name
        self._client: AsyncOpenAI | None = None
        self.pacer = Pacer(self._url, spec)

    @property
    def sdk(self) -> AsyncOpenAI:
        """OpenAI's own client, without its retries."""
        if self._client is None:
            from openai import AsyncOpenAI, DefaultAsyncHttpxClient  # noqa: PLC0415 -- costs a second

            self._client = AsyncOpenAI(
                api_key=self._api_key,
                base_url=self._base_url,
                timeout=self._spec.timeout_s,
                max_retries=0,
                http_client=http_client(DefaultAsyncHttpxClient, self.pacer.most, self._spec.timeout_s),
            )
        return self._client

    async def ask(
        self, style: PromptStyle, prompt: object, body: Mapping[str, object], *, tokens: int = 0
    ) -> Answer:
        """Send one request until it is answered.

        Args:
            style: which of the two endpoints is asked.
            prompt: the text, or the list of messages.
            body: every other field.
            tokens: the most that it may cost, for the limit a minute.

        Raises:
            Unsupported: a parameter should be sent otherwise.
            PromptRefused: the prompt is too long, or filtered.
            ModelError: refused, or the retries are used up.
        """

        async def attempt() -> Answer:
            began_s = time.monotonic()
            answer = await self._try(style, prompt, body)
            return answer._replace(latency_s=time.monotonic() - began_s)

        return await self.pacer.ask(attempt, tokens=tokens, used=_used)

    async def _try(self, style: PromptStyle, prompt: object, body: Mapping[str, object]) -> Answer:
        """Send one request once; raise ``Transient`` where asking again may help."""
        response = await self._fetch(style, prompt, body)
        if response.status != 200:
            raise await self._judge(response, body)
        try:
            return read_answer(response.content)
        except Nonsense as error:
            if error.html:
                raise self._end(f"{self._url} answered {error}", self._path_hint()) from error
            raise Transient(f"the server answered {error}") from error

    async def _fetch(self, style: PromptStyle, prompt: object, body: Mapping[str, object]) -> _Response:
        content = await self._calling(self._send(style, prompt, body))
        if isinstance(content, _Response):
            return content
        if read_error(content).present:
            return _Response(status_in(content) or 400, content, {})
        return _Response(200, content, {})

    async def call(self, action: Callable[[], Awaitable[T]]) -> T:
        """Do anything else with the server, as patiently as completions are asked for.

        Raises:
            ModelError: refused, or the retries are used up.
        """

        async def attempt() -> T:
            result = await self._calling(action())
            if isinstance(result, _Response):
                raise await self._judge(result, {})
            return result

        return await self.pacer.ask(attempt)

    async def _calling(self, doing: Awaitable[T]) -> T | _Response:
        """Wait for the server; return an error that it stated, raise where there was no answer."""
        import openai  # noqa: PLC0415 -- as above

        try:
            async with asyncio.timeout(self._spec.timeout_s):
                return await doing
        except (TimeoutError, openai.APITimeoutError) as error:
            raise Transient(f"no answer within {self._spec.timeout_s:g} s", timeout=True) from error
        except openai.APIConnectionError as error:
            raise self._unconnected(error) from error
        except openai.APIStatusError as error:
            return _Response(error.status_code, error.response.content, error.response.headers)

    async def _send(self, style: PromptStyle, prompt: object, body: Mapping[str, object]) -> bytes:
        # The raw answer is read by our own rules, and the request is made by them: what the SDK's typed
        # methods do to both takes longer than sending it.
        import openai  # noqa: PLC0415 -- as above

        chat = style is PromptStyle.CHAT
        response = await self.sdk.post(
            "/chat/completions" if chat else "/completions",
            cast_to=http_package(openai.DefaultAsyncHttpxClient).Response,
            body={"model": self._spec.name, "messages" if chat else "prompt": prompt, **body},
        )
        return bytes(response.content)

    async def _judge(self, response: _Response, body: Mapping[str, object]) -> Transient:
        """Return an error that may pass; raise one that will not."""
        status = response.status
        said = read_error(response.content)
        if status in (401, 403):
            raise self._end(f"{self._url} refuses the key ({status}): {said.message}", self._key_hint())
        if status == 404:
            raise await self._not_found(said)
        if status in _RETRIED:
            if said.code in _QUOTA:
                raise self._end(f"{self._url}: {said.message}", "Check the account's plan and billing.")
            return Transient(
                f"status {status}: {said.message}",
                wait_s=retry_after_s(response.headers),
                throttled=status == 429,
            )
        if status == 413 or refuses_prompt(said):
            kind = ContextOverflow if status == 413 or overflows(said) else PromptRefused
            raise kind(f"{self._spec.name} refuses the prompt: {said.message}")
        if status in (400, 422) and (remedy := remedy_for(said, body)):
            raise Unsupported(remedy)
        if said.html:
            raise self._end(f"{self._url} answered HTML (status {status})", self._path_hint())
        raise ModelError(
            f"{self._url} refuses the request ({status}): {said.message}",
            "The words are the server's; check --temperature, --max-tokens and the model's name.",
        )

    def _unconnected(self, error: Exception) -> Exception:
        """Tell a connection that may come about later from a certificate that will not be right."""
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return self._end(
                    f"{self._url}: its certificate is not trusted: {cause.verify_message}",
                    "Name the file with the right authority in SSL_CERT_FILE, or ask it by http://.",
                )
            if isinstance(cause, ssl.SSLError) and cause.reason == "WRONG_VERSION_NUMBER":
                return self._end(f"{self._url}: it does not speak TLS", "Write http:// in place of https://.")
            cause = cause.__cause__ or cause.__context__
        return Transient(f"no connection, or it broke off: {error.__cause__ or error}")

    async def _not_found(self, said: ErrorBody) -> ModelError:
        try:
            names = (await self.served()).names
        except ModelError:
            return self._end(f"{self._url}: not found (404): {said.message}", self._path_hint())
        if self._spec.name in names:
            return self._end(f"{self._url}: not found (404): {said.message}", "Try the other --style.")
        near = difflib.get_close_matches(self._spec.name, names, n=3, cutoff=0.4)
        if near:
            hint = f"Did you mean {' or '.join(near)}?"
        else:
            more = f" and {len(names) - 12} more" if len(names) > 12 else ""
            hint = f"It has {', '.join(sorted(names)[:12]) or 'none'}{more}."
        return self._end(f"{self._url} has no model {self._spec.name!r}: {said.message}", hint)

    async def served(self) -> Served:
        """Ask which models the server has.

        Raises:
            ModelError: it does not say.
        """
        import openai  # noqa: PLC0415 -- as above

        try:
            async with asyncio.timeout(min(30.0, self._spec.timeout_s)):
                listed = await self.sdk.models.with_raw_response.list()
            return read_models(listed.content)
        except (openai.OpenAIError, TimeoutError, Nonsense) as error:
            raise ModelError(f"{self._url} does not list its models: {error}") from error

    def _end(self, message: str, remedy: str) -> ModelError:
        """Make an error that every later request fails with, so that no server is asked in vain."""
        return self.pacer.end(ModelError(message, remedy))

    def _key_hint(self) -> str:
        return f"Set {self._key_name} to a key that is valid there and may use {self._spec.name}."

    def _path_hint(self) -> str:
        base = self._url.rstrip("/")
        right = "" if base.endswith("/v1") else f" Most servers answer under {base}/v1."
        return f"Is the URL's path right?{right}"

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()
