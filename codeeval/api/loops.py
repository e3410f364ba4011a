"""Runs coroutines for callers with and without an event loop of their own."""

from __future__ import annotations

import asyncio
import concurrent.futures
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
    with concurrent.futures.ThreadPoolExecutor(1, "codeeval-run") as thread:
        return thread.submit(lambda: asyncio.run(make())).result()
