"""Keeps to what a server can take: concurrency, limits a minute, pauses it asks for, retries, and giving up.

Every backend that asks a server makes one ``Pacer`` and sends each request through it::

    pacer = Pacer(public_url(base_url), spec)
    ...
    async def attempt() -> Answer:           # one try; called again where it raises Transient
        try:
            return await sdk.create(...)
        except sdk.RateLimitError as error:
            raise Transient("status 429", wait_s=retry_after_s(error.response.headers), throttled=True)
        except sdk.APIConnectionError as error:
            raise Transient(f"no connection: {error}")

    answer = await pacer.ask(attempt, tokens=prompt_tokens(prompt) + sampling.max_tokens,
                             used=lambda answer: answer.prompt_tokens + answer.completion_tokens)

and says ``concurrency=pacer.most`` in its ``ModelInfo``. The SDK's own retries are turned off. Whatever else
``attempt`` raises goes to the caller as it is. An error that no request can escape (a refused key) is made
known with ``end``: every later request fails with it at once.

A server that fails is asked less and less: first the requests that failed wait, longer each time; from the
third failure in a row on everybody waits and one request tries the server; when the retries are used up, the
run ends. Nothing is lost by that: what was drawn is recorded, and the same command goes on.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Final, TypeVar

from codeeval.errors import ModelError
from codeeval.models.serving.window import Window

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codeeval.interfaces import ModelSpec
    from codeeval.types import Prompt

FIRST_DELAY_S: Final = 0.5
LONGEST_DELAY_S: Final = 60.0
START: Final = 16
"""Requests in flight at first, where the user did not say how many."""
MOST: Final = 128
"""Requests in flight at most, where the user did not say how many."""
_MOST_TIMEOUTS: Final = 2
"""A server that hangs is asked this often again: each time costs the whole timeout."""
_PROBE_AFTER: Final = 3
"""Failures in a row after which one request at a time tries the server."""
_BURST_S: Final = 1.0
"""How far the tokens of requests may run ahead of the limit a minute."""
_BYTES_A_TOKEN: Final = 3.5
"""Of English and code, over the usual tokenizers; a guess that is set right by what the server counts."""

T = TypeVar("T")


class Transient(Exception):
    """A failure that may pass.

    Args:
        what: in words, as it completes "URL: ...".
        wait_s: what the server asked for (``Retry-After``), in seconds.
        timeout: the server did not answer in time.
        throttled: the server works but wants fewer requests (429).
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
    """Guess how many tokens a prompt has."""
    texts = (prompt.text, prompt.prefill, *(message.content for message in prompt.messages))
    return int(sum(len(text.encode("utf-8", "replace")) for text in texts) / _BYTES_A_TOKEN) + 1


class Pacer:
    """One server's pace, shared by all requests to it. Use it from one event loop.

    Args:
        server: what messages call the server: its URL without secrets.
        spec: the limits: ``concurrency``, ``requests_per_minute``, ``tokens_per_minute``, ``retries``,
            ``timeout_s``. With ``concurrency`` that many requests are in flight from the start, unless the
            server is overloaded; without, ``START``, and up to ``MOST`` while that makes the server faster.
    """

    def __init__(self, server: str, spec: ModelSpec) -> None:
        self._server = server
        self._retries = spec.retries
        self._longest_wait_s = max(spec.timeout_s, LONGEST_DELAY_S)
        self.most = spec.concurrency or MOST
        self._window = Window(spec.concurrency or START, self.most)
        self._request_s = 60 / spec.requests_per_minute if spec.requests_per_minute else 0.0
        self._token_s = 60 / spec.tokens_per_minute if spec.tokens_per_minute else 0.0
        self._share = 1.0
        self._next_request_s = self._next_tokens_s = self._paused_until_s = float("-inf")
        self._gate = asyncio.Lock()
        self._room = asyncio.Event()
        self._in_flight = 0
        self._answers = 0
        self._row = 0
        self._last_failure_s = float("-inf")
        self._ended: ModelError | None = None

    @property
    def limit(self) -> int:
        """Requests that may be in flight now."""
        return 1 if self._row >= _PROBE_AFTER else self._window.limit

    def end(self, error: ModelError) -> ModelError:
        """Make every later request fail with this error; returns it, to be raised."""
        self._ended = error
        self._room.set()
        return error

    async def ask(
        self, attempt: Callable[[], Awaitable[T]], *, tokens: int = 0, used: Callable[[T], int] | None = None
    ) -> T:
        """Send one request until it is answered.

        Args:
            attempt: sends it once; raises ``Transient`` where another try may help.
            tokens: the most that it may cost, prompt and completion, for the limit a minute.
            used: what an answer did cost.

        Raises:
            ModelError: the retries are used up, or the server was given up.
        """
        tries = timeouts = 0
        answers = self._answers
        while True:
            charged = await self._enter(tokens)
            began_s = time.monotonic()
            try:
                answer = await attempt()
            except Transient as error:
                failure = error
            except Exception:
                self._row = 0  # it was refused for good: the server is well
                raise
            else:
                self._answered(began_s, (used(answer) if used else 0), tokens, charged)
                return answer
            finally:
                self._leave()
            self._failed(failure, began_s)
            # A server that turns some away while it serves others is not given up.
            tries += not (failure.throttled and self._answers > answers)
            answers = self._answers
            timeouts += failure.timeout
            if tries > self._retries or timeouts > _MOST_TIMEOUTS:
                raise self._give_up(f"{failure.what} (asked {tries} times)")
            if failure.wait_s is None:
                await asyncio.sleep(_delay_s(tries))

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

    def _answered(self, began_s: float, used: int, tokens: int, charged: float) -> None:
        self._answers += 1
        self._row = 0
        self._window.answered(began_s, time.monotonic(), self._in_flight)
        if used and tokens:
            self._next_tokens_s += (used - charged) * self._token_s
            self._share += 0.1 * (min(1.0, used / tokens) - self._share)

    def _failed(self, failure: Transient, began_s: float) -> None:
        """Slow down; end everything where the server has failed too often in a row."""
        now_s = time.monotonic()
        self._window.overloaded(began_s, now_s)
        wait_s = failure.wait_s or 0.0
        if wait_s > self._longest_wait_s:
            raise ModelError(
                f"{self._server}: {failure.what}; it asks to wait {wait_s:.0f} s",
                "Run the same command again then; it goes on from here.",
            )
        if began_s >= self._last_failure_s + FIRST_DELAY_S / 2:  # else of a burst that is counted already
            self._row += 1
            self._last_failure_s = now_s
        if self._row >= _PROBE_AFTER:
            wait_s = max(wait_s, _delay_s(self._row))
        self._paused_until_s = max(self._paused_until_s, now_s + wait_s)
        if self._row > self._retries + 1:
            what = f"it failed {self._row} times in a row, the last time: {failure.what}"
            raise self.end(self._give_up(what))

    def _give_up(self, what: str) -> ModelError:
        return ModelError(
            f"{self._server}: {what}",
            "What was drawn is kept. Run the same command again to go on from here, when the server is well; "
            "with a lower --concurrency or --rpm if it is overloaded.",
        )


def _delay_s(tries: int) -> float:
    longest_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** (max(1, tries) - 1))
    return longest_s * random.uniform(0.5, 1.0)  # noqa: S311 -- jitter, no secret
