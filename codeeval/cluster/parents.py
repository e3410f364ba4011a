"""Processes that end with the one that started them: Ray may leave an actor behind when its raylet dies."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

WATCH_S: Final = 1.0
"""Time between two looks at whether the parent process is there."""


def end_with_parent(close: Callable[[], None]) -> None:
    """End this process as soon as the one that started it is gone.

    Args:
        close: ends first what this process has started.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_S)
        close()
        os._exit(1)

    threading.Thread(target=watch, name="codeeval-watch", daemon=True).start()
