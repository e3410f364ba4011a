"""How a server is attempts: as much as makes it faster, less while it is overloaded, and not for ever."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random

import pytest

from codeeval.errors import ModelError
from codeeval.interfaces import ModelSpec
from codeeval.models.serving import pacing
from codeeval.models.serving.pacing import Pacer, Transient
from codeeval.models.serving.window import Window

SPEC = ModelSpec(backend="openai", name="m", timeout_s=5)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_DELAY_S", 0.01)


def spec(**fields: object) -> ModelSpec:
    return ModelSpec(backend="openai", name="m", **{"timeout_s": 5, **fields})


class SimulatedServer:
    """Serves a number of requests at once, each in about a second; others queue, or are rejected."""

    def __init__(self, slots: int, maximum: int | None = None, seed: int = 1) -> None:
        self.slots = slots
        self.maximum = maximum
        self._random = random.Random(seed)

    def run(self, window: Window, responses: int) -> list[int]:
        """Keep the window full until a number of responses have come; returns its limit at each of them."""
        free = [0.0] * self.slots
        in_flight: list[tuple[float, float, int]] = []
        numbers = itertools.count()
        now, limits = 0.0, []
        while len(limits) < responses:
            while len(in_flight) < window.limit:
                if self.maximum is not None and len(in_flight) >= self.maximum:
                    window.overloaded(now, now + 0.01)
                    now += 0.01
                    continue
                start = max(now, heapq.heappop(free))
                end = start + self._random.uniform(0.5, 1.5)
                heapq.heappush(free, end)
                heapq.heappush(in_flight, (end, now, next(numbers)))
            end, started, _ = heapq.heappop(in_flight)
            now = max(now, end)
            window.succeeded(started, now, len(in_flight) + 1)
            limits.append(window.limit)
        return limits


@pytest.mark.parametrize(("slots", "low", "high"), [(1, 8, 40), (64, 48, 128), (1000, 256, 256)])
def test_requests_in_flight_grow_as_long_as_that_makes_the_server_faster(
    slots: int, low: int, high: int
) -> None:
    limits = SimulatedServer(slots).run(Window(16, 256), 4000)
    assert low <= limits[-1] <= high
    assert max(limits) <= 256


def test_a_server_that_rejects_requests_gets_as_many_as_it_accepts() -> None:
    limits = SimulatedServer(1000, maximum=40).run(Window(16, 256), 4000)[1000:]
    assert max(limits) <= 41
    assert sum(limits) / len(limits) > 25


def test_rising_latency_reduces_requests_in_flight() -> None:
    window = Window(64, 64)
    now = 0.0
    for latency, responses in ((1.0, 200), (5.0, 200)):
        for _ in range(responses):
            window.succeeded(now, now + latency, 64)
            now += latency
    assert window.limit < 60


def test_a_burst_of_rejections_counts_once() -> None:
    window = Window(64, 64)
    for _ in range(50):
        window.overloaded(0.0, 1.0)
    assert window.limit == 32
    window.overloaded(2.0, 3.0)
    assert window.limit == 16


def test_after_an_outage_the_window_is_soon_half_of_what_it_was() -> None:
    window = Window(64, 64)
    for second in range(10):
        window.overloaded(float(second), second + 0.5)
    assert window.limit == 1
    for number in range(40):
        window.succeeded(20.0 + number, 21.0 + number, window.limit)
    assert 32 <= window.limit <= 36


def test_a_caller_with_few_requests_changes_nothing() -> None:
    window = Window(16, 128)
    for number in range(1000):
        window.succeeded(float(number), number + 1.0, 2)
    assert window.limit == 16


async def test_no_more_in_flight_than_the_users_limit() -> None:
    pacer = Pacer("s", spec(concurrency=5))
    in_flight = max_in_flight = 0

    async def attempt() -> int:
        nonlocal in_flight, max_in_flight
        in_flight += 1
        max_in_flight = max(max_in_flight, in_flight)
        await asyncio.sleep(0.005)
        in_flight -= 1
        return 1

    assert sum(await asyncio.gather(*(pacer.send(attempt) for _ in range(40)))) == 40
    assert max_in_flight == 5


async def test_tokens_a_minute_are_limited_by_what_responses_cost() -> None:
    pacer = Pacer("s", spec(tokens_per_minute=60_000))  # a thousand a second
    loop = asyncio.get_running_loop()
    started = loop.time()

    async def attempt() -> int:
        return 100

    for _ in range(20):  # 20,000 tokens at most, 2,000 actually used; the first second is free
        await pacer.send(attempt, tokens=1000, used=lambda used: used)
    assert 0.8 < loop.time() - started < 8


async def test_a_waiting_request_is_cancelled_without_harm() -> None:
    pacer = Pacer("s", spec(concurrency=1))
    hold = asyncio.Event()

    async def attempt() -> str:
        await hold.wait()
        return "x"

    first, second, third = (asyncio.create_task(pacer.send(attempt)) for _ in range(3))
    await asyncio.sleep(0.01)
    second.cancel()
    hold.set()
    assert await asyncio.wait_for(asyncio.gather(first, third), 1) == ["x", "x"]
    with pytest.raises(asyncio.CancelledError):
        await second


async def test_a_server_that_is_down_fails_all_requests() -> None:
    pacer = Pacer("http://s", spec(concurrency=20, retries=6))
    attempts = 0

    async def attempt() -> str:
        nonlocal attempts
        attempts += 1
        raise Transient("status 500: boom")

    results = await asyncio.gather(*(pacer.send(attempt) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(result, ModelError) for result in results)
    assert "status 500: boom" in str(results[-1])
    # Not 20 requests with 7 attempts each: after a burst one at a time probes the server.
    assert attempts < 70
    with pytest.raises(ModelError):
        await pacer.send(attempt)
    assert attempts < 71, "given up: no further attempt"


async def test_a_server_that_comes_back_serves_all() -> None:
    pacer = Pacer("s", spec(concurrency=20))
    attempts = 0

    async def attempt() -> int:
        nonlocal attempts
        attempts += 1
        if attempts <= 25:
            raise Transient("no connection")
        return 1

    assert sum(await asyncio.gather(*(pacer.send(attempt) for _ in range(50)))) == 50
    assert attempts == 75


async def test_throttling_while_others_are_served_is_no_failure() -> None:
    pacer = Pacer("s", spec(concurrency=4, retries=4))
    turns = itertools.count()

    async def attempt() -> int:
        await asyncio.sleep(0)
        if next(turns) % 4:  # three of four are throttled, for ever
            raise Transient("status 429", throttled=True)
        return 1

    assert sum(await asyncio.gather(*(pacer.send(attempt) for _ in range(30)))) == 30


async def test_a_final_error_is_the_callers_and_shows_that_the_server_is_well() -> None:
    pacer = Pacer("s", spec(retries=3))

    async def fail() -> str:
        raise Transient("boom")

    async def refuse() -> str:
        raise KeyError("n")

    for _ in range(4):
        with pytest.raises(ModelError, match="boom"):
            await Pacer.send(Pacer("s", spec(retries=0)), fail)
        with pytest.raises(KeyError):
            await pacer.send(refuse)
    assert pacer.limit > 1
