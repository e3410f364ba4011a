"""Programs on their way through a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.types import Execution

if TYPE_CHECKING:
    from concurrent.futures import Future

    from codeeval.types import Program

MOST_LOST: Final = 3
"""Nodes that a program may be lost with, one after the other, before it counts as what ends them."""


class Job:
    """A program, and what became of it so far."""

    __slots__ = ("alone", "future", "generation", "link_id", "lost_on", "number", "program")

    def __init__(self, number: int, program: Program, future: Future[Execution], generation: int) -> None:
        self.number = number
        self.program = program
        self.future = future
        self.generation = generation
        self.alone = False
        self.link_id = ""
        """The node that has it, or that alone may have it; empty while any may take it."""
        self.lost_on: tuple[str, ...] = ()

    @property
    def last_chance(self) -> bool:
        """Whether it is given up if one more node is lost with it; no other such program is there then."""
        return len(self.lost_on) == MOST_LOST - 1

    def settle(self, execution: Execution) -> None:
        """Hand out what became of it, unless nobody waits any more."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_result(execution)

    def fail(self, reason: str) -> None:
        """Give it up: another try is of no use."""
        program = self.program
        self.settle(
            Execution(
                task_id=program.task_id,
                sample=program.sample,
                error=reason,
                lost_on=self.lost_on,
                final=True,
            )
        )
