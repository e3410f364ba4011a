"""Runs a candidate and its interactor at the same time, in a sandbox each, and passes on what they print.

Two threads read, one a sandbox, and this one writes: so whatever the two print at once, nobody waits for a
reader that waits for him.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING, assert_never

from codeeval.errors import SandboxError
from codeeval.judging import accepts, ended_badly, interactor_program
from codeeval.sandboxes.channel import ANSWER_GRACE_S, ChanneledSandbox, Ended, Printed
from codeeval.sandboxes.protocol import Ready, Waiting, wall_limit_s
from codeeval.types import Execution, Interaction, StepResult

if TYPE_CHECKING:
    from codeeval.interfaces import Sandbox
    from codeeval.sandboxes.channel import Channel, Event
    from codeeval.types import Program


class _Side:
    """One of the two programs.

    Attributes:
        running: whether a case of it is.
        sent: bytes of its input in that case.
        waits: whether it can only go on once it is sent more.
        results: how its cases ended.
        ended: how it ended as a whole, once it has.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.ready = self.running = self.waits = False
        self.sent = 0
        self.results: list[StepResult] = []
        self.ended: Ended | None = None

    def tell(self, printed: Printed) -> None:
        """Pass something on, unless its case is over."""
        if self.running:
            self.sent += len(printed.data)
            self.waits = False
            self.channel.hear(printed)

    def stop(self) -> None:
        """Have it run no further cases, and end the one that it is in."""
        if self.ended is None:
            self.tell(Printed(b"", last=True))
            self.channel.end_cases()


class Conversation:
    """A candidate and its interactor.

    Args:
        program: the candidate's.
        candidate: the sandbox that it runs in.
        interactor: that of the interactor.

    Raises:
        SandboxError: sandboxes of this kind run no interactive programs.
    """

    def __init__(self, program: Program, candidate: Sandbox, interactor: Sandbox) -> None:
        self._program = program
        self._sandboxes = candidate, interactor
        self._candidate, self._interactor = (_Side(_channel(each)) for each in self._sandboxes)
        self._first: list[bool] = []
        """Of each case, whether the interactor ended first."""
        self._events: queue.SimpleQueue[tuple[_Side, Event | Exception]] = queue.SimpleQueue()

    def run(self) -> Execution:
        """Run all cases.

        Raises:
            SandboxError: one of the sandboxes is gone; neither is of use any more.
        """
        asked = interactor_program(self._program)
        wait_s = ANSWER_GRACE_S + wall_limit_s(self._program) + wall_limit_s(asked)
        sides = (self._candidate, self._interactor)
        for side, sandbox, program in zip(sides, self._sandboxes, (self._program, asked), strict=True):
            sandbox.send([program])
            threading.Thread(target=self._read, args=(side, wait_s), daemon=True).start()
        while any(side.ended is None for side in sides):
            side, event = self._events.get()
            if isinstance(event, Exception):
                raise event
            try:
                self._take(side, self._other(side), event)
            except OSError as error:
                raise SandboxError(f"an interactive program's sandbox is gone: {error}") from error
        return self._execution()

    def _read(self, side: _Side, wait_s: float) -> None:
        try:
            for event in side.channel.converse(wait_s):
                self._events.put((side, event))
        except Exception as error:  # noqa: BLE001 -- raised again by the thread that waits
            self._events.put((side, error))

    def _other(self, side: _Side) -> _Side:
        return self._interactor if side is self._candidate else self._candidate

    def _take(self, side: _Side, other: _Side, event: Event) -> None:
        match event:
            case Ready():
                side.ready = True
                if other.ended is not None:
                    side.stop()
                elif other.ready:
                    self._begin()
            case Printed():
                other.tell(event)
            case Waiting():
                side.waits = side.running and event.heard == side.sent
                if side.waits and other.waits:
                    self._candidate.channel.end_deadlock()
            case StepResult():
                if other.running and side.running:
                    self._first.append(side is self._interactor)
                side.running = side.waits = False
                side.results.append(event)
                if not other.running and self._is_decided():
                    side.stop()
                    other.stop()
            case Ended():
                side.running = False
                side.ended = event
                with contextlib.suppress(OSError):  # then its reader says so
                    other.stop()
            case never:
                assert_never(never)

    def _begin(self) -> None:
        for side in (self._candidate, self._interactor):
            side.ready, side.running, side.waits, side.sent = False, True, False, 0
            side.channel.begin_case()

    def _is_decided(self) -> bool:
        """Whether the case that both have ended makes further ones unnecessary."""
        checker = self._program.checker
        if checker is None or not self._program.stop_at_failure or not self._interactor.results:
            return False
        return ended_badly(self._candidate.results[-1]) or not accepts(checker, self._interactor.results[-1])

    def _execution(self) -> Execution:
        candidate, interactor = self._candidate, self._interactor
        interactions = tuple(
            Interaction(result=result, first=first)
            for result, first in zip(interactor.results, self._first, strict=False)
        )
        ended = candidate.ended or Ended((), "")
        failure = self._failure()
        nothing_ran = not candidate.results and not (ended.steps and ended_badly(ended.steps[-1]))
        return Execution(
            task_id=self._program.task_id,
            sample=self._program.sample,
            steps=ended.steps,
            cases=tuple(candidate.results),
            interactions=interactions,
            interactor_failure=failure,
            error=ended.error or (failure if nothing_ran else ""),
        )

    def _failure(self) -> str:
        """Say why the interactor took part in nothing; empty where it did."""
        ended = self._interactor.ended or Ended((), "")
        if ended.error:
            return f"the interactor's sandbox failed: {ended.error}"
        if ended.steps and ended_badly(ended.steps[-1]):
            return f"the interactor does not compile: {' '.join(ended.steps[-1].stderr[:600].split())}"
        return "" if self._interactor.results else "the interactor was not run"


def _channel(sandbox: Sandbox) -> Channel:
    if isinstance(sandbox, ChanneledSandbox):
        return sandbox.channel
    raise SandboxError(
        "sandboxes of this kind run no interactive programs",
        "Choose --sandbox docker or --sandbox bubblewrap.",
    )
