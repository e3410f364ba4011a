"""Waiting for futures of threads in an event loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError, Future

import pytest

from codeeval.session.hooks import results_of


def later(action: object, *arguments: object) -> None:
    threading.Timer(0.02, action, arguments).start()  # type: ignore[arg-type]


async def test_results_are_in_order() -> None:
    futures: list[Future[int]] = [Future() for _ in range(5)]
    futures[3].set_result(3)
    for number in (4, 0, 2, 1):
        later(futures[number].set_result, number)
    assert await asyncio.wait_for(results_of(futures), 5) == [0, 1, 2, 3, 4]
    assert await results_of([]) == []


async def test_the_first_error_ends_the_wait_and_cancels_the_rest() -> None:
    futures: list[Future[int]] = [Future() for _ in range(3)]
    later(futures[1].set_exception, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(results_of(futures), 5)
    assert futures[0].cancelled()
    assert futures[2].cancelled()


async def test_a_future_that_somebody_cancels_ends_the_wait() -> None:
    futures: list[Future[int]] = [Future() for _ in range(2)]
    later(futures[0].cancel)
    with pytest.raises(CancelledError):
        await asyncio.wait_for(results_of(futures), 5)


async def test_a_cancelled_caller_cancels_the_futures() -> None:
    futures: list[Future[int]] = [Future() for _ in range(3)]
    waiting = asyncio.create_task(results_of(futures))
    await asyncio.sleep(0.01)
    futures[0].set_result(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [future.cancelled() for future in futures] == [False, True, True]


def test_a_loop_that_is_closed_is_told_nothing() -> None:
    futures: list[Future[int]] = [Future()]

    async def give_up() -> None:
        waiting = asyncio.create_task(results_of(futures))
        await asyncio.sleep(0.01)
        waiting.cancel()

    asyncio.run(give_up())
    assert futures[0].cancelled()
