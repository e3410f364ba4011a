"""One OpenAI-compatible server: requests through OpenAI's own SDK, and its errors classified."""

from __future__ import annotations

import asyncio
import difflib
from typing import TYPE_CHECKING, TypeVar

from codeeval.errors import ModelError
from codeeval.models.connections import http_client, http_package
from codeeval.models.openai.responses import (
    MalformedResponse,
    ServedModels,
    error_status,
    is_html,
    parse_completion,
    parse_error,
    parse_models,
)
from codeeval.models.server_errors import Rejected
from codeeval.models.serving.pacing import Transient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from openai import AsyncOpenAI

    from codeeval.interfaces import ModelSpec
    from codeeval.models.routing import Router
    from codeeval.models.server_errors import ErrorResponse, Parameter, ServerErrors
    from codeeval.models.server_model import Response

T = TypeVar("T")


class ErrorStatus(Exception):
    """The server returned an error; ``OpenAIClient.classify`` makes of it what is to be raised."""

    def __init__(self, error: ErrorResponse, *, html: bool = False) -> None:
        super().__init__(error.message)
        self.error = error
        self.html = html


class OpenAIClient:
    """One server and one model on it. After an error that no retry can mend, every request fails with it.

    Args:
        spec: name and timeout; of its URL and key the arguments are used.
        base_url: where the server's API begins.
        api_key: goes into the Authorization header.
        errors: classifies the server's errors; its pacer paces all requests.
        router: chooses among several servers, in place of that of the URL.
    """

    def __init__(
        self,
        spec: ModelSpec,
        *,
        base_url: str,
        api_key: str,
        errors: ServerErrors,
        router: Router | None = None,
    ) -> None:
        self._router = router
        self._spec = spec
        self._base_url = base_url
        self._api_key = api_key
        self._errors = errors
        self._client: AsyncOpenAI | None = None

    @property
    def sdk(self) -> AsyncOpenAI:
        """OpenAI's own client, without its retries."""
        if self._client is None:
            from openai import AsyncOpenAI, DefaultAsyncHttpxClient  # noqa: PLC0415 -- costs a second

            limit = self._errors.pacer.max_concurrency
            self._client = AsyncOpenAI(
                api_key=self._api_key,
                base_url=self._base_url,
                timeout=self._spec.timeout_s,
                max_retries=0,
                http_client=http_client(
                    DefaultAsyncHttpxClient, limit, self._spec.timeout_s, self._base_url, self._router
                ),
            )
        return self._client

    async def send(self, path: str, body: Mapping[str, object]) -> Response:
        """Send one request for completions once.

        Raises:
            ErrorStatus: the server returned an error.
            TimeoutError: no response in time.
            Transient: no connection, or a malformed response.
            ModelError: the server returned a web page, or cannot be trusted.
        """
        content = await self._guarded(self._post(path, body))
        if status := error_status(content):
            stated = parse_error(status, content, {})
            raise ErrorStatus(stated._replace(message=self._errors.hidden(stated.message)))
        try:
            return parse_completion(content)
        except MalformedResponse as error:
            if error.html:
                raise self._end(f"{self._server} returned {error}", self._path_hint()) from error
            raise Transient(f"the server returned {self._errors.hidden(str(error))}") from error

    async def call(self, action: Callable[[], Awaitable[T]]) -> T:
        """Make any other call of the SDK, with the same pace and retries.

        Raises:
            ModelError: refused, or the retries are used up.
        """

        async def attempt() -> T:
            try:
                async with asyncio.timeout(self._spec.timeout_s):
                    return await self._guarded(action())
            except TimeoutError as error:
                raise Transient(f"no response within {self._spec.timeout_s:g} s", timeout=True) from error
            except ErrorStatus as error:
                raise await self.classify(error) from error

        return await self._errors.pacer.send(attempt)

    async def classify(
        self, status: ErrorStatus, sent: frozenset[Parameter] = frozenset(), asked: int = 0
    ) -> Exception:
        """Return the exception that an error should be raised as; see ``ServerErrors.classify``."""
        error = status.error
        if error.status == 404:
            return await self._not_found(error)
        found = self._errors.classify(error, sent, asked)
        unknown = isinstance(found, Rejected) or type(found) is ModelError
        if status.html and unknown and error.status not in (401, 402, 403):
            return self._end(f"{self._server} returned HTML (status {error.status})", self._path_hint())
        return found

    @property
    def _server(self) -> str:
        return self._errors.server

    async def _guarded(self, doing: Awaitable[T]) -> T:
        """Wait for the server, and raise our own exceptions in place of the SDK's."""
        import openai  # noqa: PLC0415 -- as above

        try:
            return await doing
        except openai.APITimeoutError as error:
            raise TimeoutError from error
        except (openai.APIConnectionError, UnicodeError) as error:
            raise self._errors.unconnected(error) from error
        except openai.APIStatusError as error:
            content = error.response.content
            parsed = parse_error(error.status_code, content, error.response.headers)
            parsed = parsed._replace(message=self._errors.hidden(parsed.message))
            raise ErrorStatus(parsed, html=is_html(content)) from error

    async def _post(self, path: str, body: Mapping[str, object]) -> bytes:
        # The raw response is parsed by our own rules, and the request is made by them: what the SDK's typed
        # methods do to both takes longer than sending it.
        import openai  # noqa: PLC0415 -- as above

        response = await self.sdk.post(
            path,
            cast_to=http_package(openai.DefaultAsyncHttpxClient).Response,
            body={"model": self._spec.name, **body},
        )
        return bytes(response.content)

    async def _not_found(self, error: ErrorResponse) -> ModelError:
        name = self._spec.name
        try:
            names = (await self.served_models()).names
        except ModelError:
            return self._end(f"{self._server}: not found (404): {error.message}", self._path_hint())
        if name in names:
            return self._end(f"{self._server}: not found (404): {error.message}", "Try the other --style.")
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
        if near:
            hint = f"Did you mean {' or '.join(near)}?"
        else:
            more = f" and {len(names) - 12} more" if len(names) > 12 else ""
            hint = f"It has {', '.join(sorted(names)[:12]) or 'none'}{more}."
        return self._end(f"{self._server} has no model {name!r}: {error.message}", hint)

    async def served_models(self) -> ServedModels:
        """List the models that the server has.

        Raises:
            ModelError: it does not list them.
        """
        import openai  # noqa: PLC0415 -- as above

        try:
            async with asyncio.timeout(min(30.0, self._spec.timeout_s)):
                listed = await self.sdk.models.with_raw_response.list()
            return parse_models(listed.content)
        except (openai.OpenAIError, TimeoutError, MalformedResponse) as error:
            what = self._errors.hidden(str(error))
            raise ModelError(f"{self._server} does not list its models: {what}") from error

    def _end(self, message: str, remedy: str) -> ModelError:
        """Make an error that every later request fails with, so that none is sent in vain."""
        return self._errors.pacer.end(ModelError(message, remedy))

    def _path_hint(self) -> str:
        base = self._server.rstrip("/")
        right = "" if base.endswith("/v1") else f" Most servers answer under {base}/v1."
        return f"Is the URL's path right?{right}"

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()
