"""The actor of a node: a warm pool of sandboxes that takes batches and hands out executions as they come.

It forks nothing itself: sandboxes are started by the pool's own threads, as processes of their own, and end
with this process, which ends with the node's raylet.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.cluster.messages import Answer, NodeReport, Refusal, pack_answers, unpack
from codeeval.cluster.parents import end_with_parent
from codeeval.errors import CodeEvalError, SandboxError
from codeeval.types import Execution

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from codeeval.cluster.messages import Batch, OpenNode, Order

CLOSED_S: Final = 0.5
"""How long a call takes at most whose node is closed."""
MOST_ANSWERS: Final = 256
"""Handed out at once."""
MOST_ANSWER_CHARS: Final = 8 << 20
"""Of texts in them, unless a single one has more."""


class ExecutorNode:
    """Executes programs on the node that it is on.

    Its methods are called from several threads at once.

    Args:
        opener: opens the node's sandboxes; called on the node.
        name: what the driver calls the node.
    """

    def __init__(self, opener: Callable[[], OpenNode], name: str) -> None:
        self._opener = opener
        self._name = name
        self._changed = threading.Condition()
        self._answers: deque[Answer] = deque()
        self._running: dict[int, Future[Execution]] = {}
        self._node: OpenNode | None = None
        self._generation = 0
        self._closed = False

    def end_with_parent(self) -> None:
        """End this process as soon as its raylet is gone."""
        end_with_parent(self.close)

    def open(self) -> NodeReport | Refusal:
        """Start the sandboxes, and report with what they execute or why they do not start."""
        try:
            node = self._opener()
        except CodeEvalError as error:
            return Refusal(error.message, error.remedy)
        with self._changed:
            self._node = node
            closed = self._closed
        if closed:
            node.close()
        return node.report

    def execute(self, numbers: Sequence[int], packed: bytes | Batch) -> None:
        """Take programs; whatever happens to them, ``collect`` has an answer for each number."""
        try:
            batch, node = unpack(packed), self._opened()
            with self._changed:
                renewed, self._generation = batch.generation != self._generation, batch.generation
            if renewed:
                node.pool.renew()
            for order in batch.orders:
                self._submit(node, order)
        except Exception as error:  # noqa: BLE001 -- the driver waits for an answer to each
            with self._changed:
                for number in numbers:
                    if number not in self._running:
                        self._answers.append(
                            Answer(number, Execution(task_id="", sample=0, error=str(error)))
                        )
                self._changed.notify_all()

    def collect(self, wait_s: float) -> bytes | tuple[Answer, ...]:
        """Wait for executions, and hand out those that there are, packed; none after ``wait_s``."""
        deadline_s = time.monotonic() + wait_s
        taken: list[Answer] = []
        chars = 0
        if self._closed:
            time.sleep(min(wait_s, CLOSED_S))  # this process ends soon, which is report enough
            return pack_answers(())
        with self._changed:
            while not self._answers and (left_s := deadline_s - time.monotonic()) > 0 and not self._closed:
                self._changed.wait(left_s)
            while self._answers and len(taken) < MOST_ANSWERS and chars < MOST_ANSWER_CHARS:
                taken.append(self._answers.popleft())
                chars += _chars(taken[-1].execution)
        return pack_answers(tuple(taken))

    def cancel(self, numbers: Sequence[int]) -> None:
        """Take programs back, as far as they have not begun."""
        for number in numbers:
            with self._changed:
                future = self._running.get(number)
            if future is not None:
                future.cancel()

    def close(self) -> None:
        """End the sandboxes."""
        with self._changed:
            self._closed = True
            self._answers.clear()
            node = self._node
            self._changed.notify_all()
        if node is not None:
            node.close()

    def _opened(self) -> OpenNode:
        if self._node is None:
            raise SandboxError("the node's sandboxes are not open")
        return self._node

    def _submit(self, node: OpenNode, order: Order) -> None:
        submit = node.pool.submit_alone if order.alone else node.pool.submit
        future = submit(order.program)
        with self._changed:
            self._running[order.number] = future
        future.add_done_callback(lambda done: self._arrive(order.number, order, done))

    def _arrive(self, number: int, order: Order, done: Future[Execution]) -> None:
        program = order.program
        if done.cancelled():
            execution = Execution(task_id=program.task_id, sample=program.sample, error="cancelled")
        elif (error := done.exception()) is not None:
            execution = Execution(task_id=program.task_id, sample=program.sample, error=str(error))
        else:
            execution = done.result()
        named = msgspec.structs.replace(execution, node=self._name)
        with self._changed:
            self._running.pop(number, None)
            if self._closed:  # it was ended from here, and is for another node
                return
            self._answers.append(Answer(number, named))
            self._changed.notify_all()


def _chars(execution: Execution) -> int:
    results = (*execution.steps, *execution.cases)
    return sum(len(each.stdout) + len(each.stderr) + len(each.values) for each in results)
