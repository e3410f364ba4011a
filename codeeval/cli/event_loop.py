"""Runs a session in an event loop: Ctrl-C and SIGTERM stop it, and everything finished is kept."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import TYPE_CHECKING, Final, TypeVar

from codeeval.errors import Interrupted
from codeeval.session.settings import RunCancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import FrameType

    from codeeval.session.hooks import Blocking

T = TypeVar("T")
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class _Steps:
    """Runs blocking steps in the main thread, where a signal can interrupt them."""

    blocked = False

    async def __call__(self, step: Callable[[], T], /) -> T:
        self.blocked = True
        try:
            return step()
        finally:
            self.blocked = False


def run_session(session: Callable[[Blocking], Coroutine[object, object, T]]) -> T:
    """Run a session to its end and return its result.

    Args:
        session: makes the coroutine from how blocking steps are to be done.

    Raises:
        Interrupted: Ctrl-C or SIGTERM; everything finished is kept.
        CodeEvalError: as the session does.
    """
    steps = _Steps()
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(session(steps))
        signals = 0

        def stop(_signal: int, _frame: FrameType | None) -> None:
            nonlocal signals
            signals += 1
            if steps.blocked or signals > 1:
                raise KeyboardInterrupt
            loop.call_soon_threadsafe(task.cancel)

        in_main = threading.current_thread() is threading.main_thread()
        before = {number: signal.signal(number, stop) for number in SIGNALS} if in_main else {}
        try:
            return loop.run_until_complete(task)
        except RunCancelled as cancelled:
            raise cancelled.interrupted from None
        except (asyncio.CancelledError, KeyboardInterrupt):
            raise Interrupted("interrupted", "What was done is kept; the same command resumes.") from None
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
