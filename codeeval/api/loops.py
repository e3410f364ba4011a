"""Runs coroutines for callers with and without an event loop of their own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


def run_to_end(make: Callable[[], Coroutine[object, object, T]]) -> T:
    """Run a coroutine and return its result, also where the calling thread has a running loop (Jupyter).

    There the coroutine runs in a thread of its own, and the caller's loop waits.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(make())
    result: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            result.append(asyncio.run(make()))
        except BaseException as error:  # noqa: BLE001 -- raised again in the caller's thread
            failure.append(error)

    thread = threading.Thread(target=work, name="codeeval-run")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]


async def in_thread(step: Callable[[], T], /) -> T:
    """Run a blocking step in a thread, so that the caller's event loop goes on.

    A cancelled caller waits for the step's end: the step may hold what must be closed.
    """
    task = asyncio.ensure_future(asyncio.to_thread(step))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with contextlib.suppress(Exception):
            await task
        raise
