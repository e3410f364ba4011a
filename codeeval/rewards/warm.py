"""The warm sandboxes of this process, shared by all reward functions that are made with the same settings."""

from __future__ import annotations

import multiprocessing.util
import os
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.rewards.settings import OFFICIAL, RewardSettings

if TYPE_CHECKING:
    from codeeval.session.evaluator import Evaluator
    from codeeval.session.sandbox import Sandbox


class ProcessSandboxes:
    """Opens evaluators and sandboxes where they are first needed, and closes them when the process ends.

    A trainer calls its reward functions from threads, from event loops, and from processes that were spawned
    or forked after the first call. Each process gets sandboxes of its own: what a forked one inherits belongs
    to its parent and is neither used nor closed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stack: ExitStack | None = None
        self._evaluators: dict[RewardSettings, Evaluator] = {}
        self._sandboxes: dict[RewardSettings, Sandbox] = {}
        self._inherited: list[object] = []
        self._watches_forks = False

    def evaluator(self, benchmark: str, settings: RewardSettings) -> Evaluator:
        """Return the evaluator of a benchmark, opened on the first call.

        Raises:
            UnknownName: there is no such benchmark.
            DataError: its dataset cannot be had.
            SandboxError: no sandbox can be made.
        """
        from codeeval import Evaluator  # noqa: PLC0415 -- loads a benchmark's libraries

        key = msgspec.structs.replace(_places(settings), benchmark=benchmark, protocol=settings.protocol)
        with self._lock:
            found = self._evaluators.get(key)
            if found is None:
                found = self._open().enter_context(
                    Evaluator(
                        benchmark,
                        sandbox=settings.sandbox,
                        workers=settings.workers,
                        limits=settings.limits,
                        protocol=None if settings.protocol == OFFICIAL else settings.protocol,
                        data_root=settings.data_root or None,
                    )
                )
                self._evaluators[key] = found
        return found

    def sandbox(self, language: str, settings: RewardSettings) -> Sandbox:
        """Return the warm sandboxes of a language, opened on the first call.

        Raises:
            UnknownName: there is no such language.
            SandboxError: no sandbox can be made.
        """
        from codeeval import Sandbox  # noqa: PLC0415 -- loads the engines' clients

        key = msgspec.structs.replace(_places(settings), language=language)
        with self._lock:
            found = self._sandboxes.get(key)
            if found is None:
                found = self._open().enter_context(
                    Sandbox(
                        language,
                        sandbox=settings.sandbox,
                        workers=settings.workers,
                        limits=settings.limits,
                    )
                )
                self._sandboxes[key] = found
        return found

    def close(self) -> None:
        """End all sandboxes of this process. Safe to call twice; a later reward opens new ones."""
        with self._lock:
            stack, self._stack = self._stack, None
            self._evaluators, self._sandboxes = {}, {}
        if stack is not None:
            stack.close()

    def _open(self) -> ExitStack:
        """Return what closes the sandboxes, after having it called when this process ends."""
        if self._stack is None:
            self._stack = ExitStack()
            # Runs at a normal exit and in multiprocessing's children, and never in a child that inherits it.
            multiprocessing.util.Finalize(None, self.close, exitpriority=0)
        if not self._watches_forks:
            self._watches_forks = True
            os.register_at_fork(after_in_child=self._forked)
        return self._stack

    def _forked(self) -> None:
        """Forget the parent's sandboxes, and keep their objects so that none is finalised here."""
        self._lock = threading.Lock()
        self._inherited.append((self._stack, self._evaluators, self._sandboxes))
        self._stack, self._evaluators, self._sandboxes = None, {}, {}


WARM: Final = ProcessSandboxes()


def _places(settings: RewardSettings) -> RewardSettings:
    """Keep of the settings what decides on the sandboxes."""
    return RewardSettings(
        sandbox=settings.sandbox,
        workers=settings.workers,
        limits=settings.limits,
        data_root=settings.data_root,
    )


def close() -> None:
    """End the sandboxes of this process's reward functions, where waiting for its end is too long."""
    WARM.close()
