"""Admission: slots, turns, the bounded queue and deadlines."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from codeeval.serve import admission as module
from codeeval.serve.admission import Admission
from codeeval.serve.failures import Failure


async def hold(
    admission: Admission, client: str, order: list[str], *, s: float = 0.01, within_s: float = 5.0
) -> None:
    async with admission.slot(client, within_s=within_s, memory_bytes=0):
        order.append(client)
        await asyncio.sleep(s)


async def test_no_more_than_the_slots() -> None:
    admission = Admission(2, 100)
    order: list[str] = []
    most = 0

    async def one() -> None:
        nonlocal most
        async with admission.slot("a", within_s=5, memory_bytes=0):
            most = max(most, admission.admitted)
            await asyncio.sleep(0.3)
            order.append("a")

    await asyncio.gather(*(one() for _ in range(6)))
    assert len(order) == 6
    assert 2 <= most <= admission.slots
    assert (admission.admitted, admission.waiting) == (0, 0)


async def test_short_programs_are_admitted_ahead() -> None:
    admission = Admission(2, 1000)
    assert admission.slots == 2 + round(2 * module.AHEAD_S)
    for _ in range(100):
        await hold(admission, "a", [], s=0)
    assert admission.slots > 8
    await hold(admission, "a", [], s=0.2)
    assert admission.slots < 2 + 2 * module.MOST_AHEAD


async def test_clients_take_turns() -> None:
    admission = Admission(1, 100)
    order: list[str] = []
    async with AsyncExitStack() as stack:
        for _ in range(admission.slots):
            await stack.enter_async_context(admission.slot("x", within_s=1, memory_bytes=0))
        tasks = [asyncio.ensure_future(hold(admission, "many", order, s=0.3)) for _ in range(4)]
        await asyncio.sleep(0)
        tasks.append(asyncio.ensure_future(hold(admission, "few", order, s=0.3)))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order.index("few") <= 1


async def test_a_full_queue_is_refused_and_a_long_wait_ends() -> None:
    admission = Admission(1, 1)
    async with AsyncExitStack() as stack:
        for _ in range(admission.slots):
            await stack.enter_async_context(admission.slot("x", within_s=1, memory_bytes=0))
        waits = asyncio.ensure_future(hold(admission, "a", [], within_s=0.1))
        await asyncio.sleep(0)
        with pytest.raises(Failure) as full:
            await hold(admission, "b", [])
        assert (full.value.status, full.value.retry) == (429, True)
        with pytest.raises(Failure) as late:
            await waits
        assert late.value.status == 504
    assert (admission.admitted, admission.waiting) == (0, 0)
    await hold(admission, "c", [])


async def test_whoever_is_cancelled_leaves_the_queue() -> None:
    admission = Admission(1, 10)
    async with AsyncExitStack() as stack:
        for _ in range(admission.slots):
            await stack.enter_async_context(admission.slot("x", within_s=1, memory_bytes=0))
        waits = [asyncio.ensure_future(hold(admission, "a", [])) for _ in range(3)]
        await asyncio.sleep(0)
        for task in waits[:2]:
            task.cancel()
        await asyncio.wait(waits[:2])
        assert admission.waiting == 1
    await waits[2]
    assert (admission.admitted, admission.waiting) == (0, 0)


async def test_cancelled_in_the_moment_of_admission() -> None:
    admission = Admission(1, 10)
    stack = AsyncExitStack()
    for _ in range(admission.slots):
        await stack.enter_async_context(admission.slot("x", within_s=1, memory_bytes=0))
    waits = asyncio.ensure_future(hold(admission, "a", []))
    await asyncio.sleep(0)
    await stack.aclose()  # gives the slot to the one that waits
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    assert (admission.admitted, admission.waiting) == (0, 0)


async def test_memory_that_is_not_there_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    admission = Admission(2, 10)
    free = [0]
    monkeypatch.setattr(module, "available_bytes", lambda: free[0])
    order: list[str] = []
    async with admission.slot("x", within_s=1, memory_bytes=1 << 30):  # nothing else is at work
        waits = asyncio.ensure_future(hold(admission, "a", order))
        await asyncio.sleep(0.1)
        assert order == []
        free[0] = 4 << 30
        await waits
    assert order == ["a"]


async def test_draining_admits_nothing() -> None:
    admission = Admission(1, 10)
    admission.draining = True
    with pytest.raises(Failure) as refused:
        await hold(admission, "a", [])
    assert refused.value.status == 503
