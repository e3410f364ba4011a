"""Keeps to what a server can take: concurrency, limits a minute, requested pauses, retries, and giving up.

Every backend with a server makes one ``Pacer`` and sends each request through it::

    pacer = Pacer(public_url(base_url), spec)
    ...
    async def attempt() -> Response:         # one attempt; called again where it raises Transient
        try:
            return await sdk.create(...)
        except sdk.RateLimitError as error:
            raise Transient("status 429", wait_s=retry_after_s(error.response.headers), throttled=True)
        except sdk.APIConnectionError as error:
            raise Transient(f"no connection: {error}")

    response = await pacer.send(attempt, tokens=prompt_tokens(prompt) + sampling.max_tokens,
                                used=lambda response: response.prompt_tokens + response.completion_tokens)

and states ``concurrency=pacer.max_concurrency`` in its ``ModelInfo``. The SDK's own retries are turned off.
Whatever else ``attempt`` raises goes to the caller as it is. An error that no request can escape (a rejected
key) is made known with ``end``: every later request fails with it at once.

A server that fails gets fewer and fewer requests: first those that failed wait, longer each time; from the
third consecutive failure on all wait and one request probes the server. A request whose retries are used up
gets no answer, and the run goes on without it; it ends where the next ones fare no better. Nothing is lost by
that: completed samples are recorded, and the same command resumes.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Final, TypeVar

from codeeval.errors import ModelError, NoAnswer
from codeeval.models.serving.window import Window

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codeeval.interfaces import ModelSpec
    from codeeval.types import Prompt

FIRST_DELAY_S: Final = 0.5
LONGEST_DELAY_S: Final = 60.0
INITIAL_CONCURRENCY: Final = 16
"""Requests in flight at first, where the user set no number."""
MAX_CONCURRENCY: Final = 128
"""Requests in flight at most, where the user set no number."""
_MAX_TIMEOUTS: Final = 2
"""Retries of a server that hangs: each costs the whole timeout."""
_PROBE_AFTER: Final = 3
"""Consecutive failures after which one request at a time probes the server."""
_UNANSWERED_AT_FIRST: Final = 3
"""Consecutive requests without an answer after which a server is given up that has given none yet ..."""
_UNANSWERED: Final = 24
"""... and one that has."""
_BURST_S: Final = 1.0
"""How far the tokens of requests may run ahead of the limit a minute."""
_BYTES_A_TOKEN: Final = 3.5
"""Of English and code, over the usual tokenizers; an estimate that is corrected by what the server counts."""

T = TypeVar("T")


class Transient(Exception):
    """A failure that may pass.

    Args:
        what: what happened, as it completes "URL: ...".
        wait_s: the server's ``Retry-After``, in seconds.
        timeout: the server did not respond in time.
        throttled: the server works but limits requests (429).
    """

    def __init__(
        self, what: str, *, wait_s: float | None = None, timeout: bool = False, throttled: bool = False
    ) -> None:
        super().__init__(what)
        self.what = what
        self.wait_s = wait_s
        self.timeout = timeout
        self.throttled = throttled


def prompt_tokens(prompt: Prompt) -> int:
    """Estimate how many tokens a prompt has."""
    texts = (prompt.text, prompt.prefill, *(message.content for message in prompt.messages))
    return int(sum(len(text.encode("utf-8", "replace")) for text in texts) / _BYTES_A_TOKEN) + 1


class Pacer:
    """One server's pace, shared by all requests to it. Use it from one event loop.

    Args:
        server: what messages call the server: its URL without secrets.
        spec: the limits: ``concurrency``, ``requests_per_minute``, ``tokens_per_minute``, ``retries``,
            ``timeout_s``. With ``concurrency`` that many requests are in flight from the start, unless the
            server is overloaded; without, ``INITIAL_CONCURRENCY``, and up to ``MAX_CONCURRENCY`` while that
            makes the server faster.
    """

    def __init__(self, server: str, spec: ModelSpec) -> None:
        self._server = server
        self._retries = spec.retries
        self._longest_wait_s = max(spec.timeout_s, LONGEST_DELAY_S)
        self.max_concurrency = spec.concurrency or MAX_CONCURRENCY
        self._window = Window(spec.concurrency or INITIAL_CONCURRENCY, self.max_concurrency)
        self._request_s = 60 / spec.requests_per_minute if spec.requests_per_minute else 0.0
        self._token_s = 60 / spec.tokens_per_minute if spec.tokens_per_minute else 0.0
        self._share = 1.0
        self._next_request_s = self._next_tokens_s = self._paused_until_s = float("-inf")
        self._gate = asyncio.Lock()
        self._room = asyncio.Event()
        self._in_flight = 0
        self._responses = 0
        self._consecutive_failures = 0
        self._last_failure_s = float("-inf")
        self._ended: ModelError | None = None
        self._answered = False
        self._unanswered = 0

    @property
    def limit(self) -> int:
        """Requests that may be in flight now."""
        return 1 if self._consecutive_failures >= _PROBE_AFTER else self._window.limit

    def end(self, error: ModelError) -> ModelError:
        """Make every later request fail with this error; returns it, to be raised."""
        self._ended = error
        self._room.set()
        return error

    def answered(self) -> None:
        """Take note of a response that holds an answer."""
        self._answered = True
        self._unanswered = 0

    def unanswered(self, error: NoAnswer) -> ModelError:
        """Take note of a request that got no answer; returns what to raise: after too many, for all."""
        self._unanswered += 1
        if self._unanswered < (_UNANSWERED if self._answered else _UNANSWERED_AT_FIRST):
            return error
        return self.end(ModelError(error.message, error.remedy))

    async def send(
        self, attempt: Callable[[], Awaitable[T]], *, tokens: int = 0, used: Callable[[T], int] | None = None
    ) -> T:
        """Send one request until there is a response.

        Args:
            attempt: sends it once; raises ``Transient`` where another attempt may succeed.
            tokens: the most that it may cost, prompt and completion, for the limit a minute.
            used: what a response did cost.

        Raises:
            NoAnswer: the retries are used up.
            ModelError: the server was given up.
        """
        attempts = timeouts = 0
        responses = self._responses
        while True:
            charged = await self._enter(tokens)
            started_s = time.monotonic()
            try:
                response = await attempt()
            except Transient as error:
                failure = error
            except Exception:
                self._consecutive_failures = 0  # a final error: the server is well
                raise
            else:
                self._succeeded(started_s, (used(response) if used else 0), tokens, charged)
                return response
            finally:
                self._leave()
            self._failed(failure, started_s)
            # A server that throttles some requests while it serves others is not given up.
            attempts += not (failure.throttled and self._responses > responses)
            responses = self._responses
            timeouts += failure.timeout
            if attempts > self._retries or timeouts > _MAX_TIMEOUTS:
                raise self.unanswered(self._give_up(f"{failure.what} ({attempts} attempts)"))
            if failure.wait_s is None:
                await asyncio.sleep(delay_s(attempts))

    async def _enter(self, tokens: int) -> float:
        """Wait for this request's turn, first come, first served; returns the tokens charged for it."""
        async with self._gate:
            while True:
                if self._ended is not None:
                    raise ModelError(self._ended.message, self._ended.remedy)
                if self._in_flight >= self.limit:
                    self._room.clear()
                    await self._room.wait()
                    continue
                now_s = time.monotonic()
                start_s = max(self._paused_until_s, self._next_request_s, self._next_tokens_s - _BURST_S)
                if start_s <= now_s:
                    break
                await asyncio.sleep(start_s - now_s)
            self._in_flight += 1
            self._next_request_s = now_s + self._request_s
            charged = tokens * self._share
            self._next_tokens_s = max(now_s, self._next_tokens_s) + charged * self._token_s
            return charged

    def _leave(self) -> None:
        self._in_flight -= 1
        self._room.set()

    def _succeeded(self, started_s: float, used: int, tokens: int, charged: float) -> None:
        self._responses += 1
        self._consecutive_failures = 0
        self._window.succeeded(started_s, time.monotonic(), self._in_flight)
        if used and tokens:
            self._next_tokens_s += (used - charged) * self._token_s
            self._share += 0.1 * (min(1.0, used / tokens) - self._share)

    def _failed(self, failure: Transient, started_s: float) -> None:
        """Slow down; end everything after too many consecutive failures."""
        now_s = time.monotonic()
        self._window.overloaded(started_s, now_s)
        wait_s = failure.wait_s or 0.0
        if wait_s > self._longest_wait_s:
            raise ModelError(
                f"{self._server}: {failure.what}; retry after {wait_s:.0f} s",
                "Run the same command again then; it resumes.",
            )
        if started_s >= self._last_failure_s + FIRST_DELAY_S / 2:  # else of a burst that is counted already
            self._consecutive_failures += 1
            self._last_failure_s = now_s
        if self._consecutive_failures >= _PROBE_AFTER:
            wait_s = max(wait_s, delay_s(self._consecutive_failures))
        self._paused_until_s = max(self._paused_until_s, now_s + wait_s)
        if self._consecutive_failures > self._retries + 1:
            what = f"{self._consecutive_failures} consecutive failures, the last: {failure.what}"
            error = self._give_up(what)
            raise self.end(ModelError(error.message, error.remedy))

    def _give_up(self, what: str) -> NoAnswer:
        return NoAnswer(
            f"{self._server}: {what}",
            "Completed samples are kept. Run the same command again to resume when the server is well; "
            "with a lower --concurrency or --rpm if it is overloaded.",
        )


def delay_s(attempts: int) -> float:
    """Return how long to wait before another attempt, in seconds: longer each time, with jitter."""
    longest_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** (max(1, attempts) - 1))
    return longest_s * random.uniform(0.5, 1.0)  # noqa: S311 -- jitter, no secret
