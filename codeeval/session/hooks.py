"""How a session reports to whoever called it, and how it does what blocks."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from codeeval.pipeline.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codeeval.pipeline import Progress, Stage

    Notes = Callable[[str], None]
    """Takes one line for the user."""
    ProgressFactory = Callable[[Stage], contextlib.AbstractContextManager[Progress]]
    """Opens a display of progress for one stage."""

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


def no_notes(_message: str) -> None:
    """Discard a note."""


@contextlib.contextmanager
def _silent(_stage: Stage) -> Iterator[Progress]:
    yield Silent()


NO_PROGRESS: Final[ProgressFactory] = _silent
"""Shows nothing."""
