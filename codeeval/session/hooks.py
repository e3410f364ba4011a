"""How a session reports to whoever called it, and how it does what blocks."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from codeeval.pipeline.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from codeeval.pipeline import Progress, Stage

    Notes = Callable[[str], None]
    """Takes one line for the user."""
    ProgressFactory = Callable[[Stage], contextlib.AbstractContextManager[Progress]]
    """Opens a display of progress for one stage."""

LONG_CHARS: Final = 64 << 10
"""A text beyond this takes longer to be looked at than a thread takes to start: over 10 ms."""
T = TypeVar("T")


class Blocking(Protocol):
    """Runs a step that blocks: in place, or in a thread so that the caller's event loop keeps running."""

    async def __call__(self, step: Callable[[], T], /) -> T:
        """Return what the step returns. The step must not be abandoned: it may hold what must be closed."""
        ...


async def in_place(step: Callable[[], T], /) -> T:
    """Run a step in the calling thread."""
    return step()


async def in_thread(step: Callable[[], T], /) -> T:
    """Run a blocking step in a thread, so that the caller's event loop continues.

    A cancelled caller waits for the step's end: the step may hold what must be closed.
    """
    task = asyncio.ensure_future(asyncio.to_thread(step))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with contextlib.suppress(Exception):
            await task
        raise


async def apart(chars: int, step: Callable[[], T], /) -> T:
    """Run a step whose time grows with a text: in a thread where that is long, to keep the event loop free.

    Args:
        chars: length of the text.
        step: what to run.
    """
    return step() if chars <= LONG_CHARS else await in_thread(step)


async def results_of(futures: Sequence[Future[T]]) -> list[T]:
    """Wait for futures of threads; returns their results in order, or raises the first error.

    The event loop is woken once for all, not once for each. Futures are cancelled where the caller is, or
    where one fails.
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    lock = threading.Lock()
    left = len(futures)

    def count(future: Future[T]) -> None:
        nonlocal left
        with lock:
            left -= 1
            last = not left
        if last or future.cancelled() or future.exception() is not None:
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(ended.set)

    try:
        for future in futures:
            future.add_done_callback(count)
        if futures:
            await ended.wait()
        failed = (future for future in futures if future.done() and future.exception() is not None)
        for future in failed:
            future.result()
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()


def no_notes(_message: str) -> None:
    """Discard a note."""


@contextlib.contextmanager
def _silent(_stage: Stage) -> Iterator[Progress]:
    yield Silent()


NO_PROGRESS: Final[ProgressFactory] = _silent
"""Shows nothing."""
