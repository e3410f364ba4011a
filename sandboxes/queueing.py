"""What waits for a sandbox, by image, and whose turn it is."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future  # noqa: TC003 -- NamedTuple keeps its annotations
from typing import NamedTuple

from codeeval.types import Execution, Program  # noqa: TC001 -- as above


class Job(NamedTuple):
    """A program and where its execution goes."""

    program: Program
    future: Future[Execution]
    image: str
    alone: bool = False
    careful: bool = False
    """Sent with no other, because the sandbox died the last time with several inside."""

    @property
    def chars(self) -> int:
        """Length of what is sent."""
        return self.program.chars


class Jobs:
    """Programs that wait, one queue an image."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queues: dict[str, deque[tuple[int, Job]]] = {}
        self._count = 0
        self._closed = False

    def put(self, job: Job) -> None:
        """Add a job at the end of its image's queue; once closed, cancel it."""
        with self._changed:
            if not self._closed:
                self._count += 1
                self._queues.setdefault(job.image, deque()).append((self._count, job))
                self._changed.notify()
                return
        job.future.cancel()  # without the lock: its callbacks may submit again

    def take(self, image: str) -> Job | None:
        """Wait for a job and take it; None once closed. One that was cancelled is dropped.

        A job of the same image needs no other sandbox, so it comes before an older one of another image.
        """
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._closed or any(self._queues.values()))
                if self._closed:
                    return None
                waiting = filter(None, self._queues.values())
                queue = self._queues.get(image) or min(waiting, key=lambda each: each[0][0])
                job = queue.popleft()[1]
                if not job.future.cancelled():
                    return job

    def take_more(self, image: str, *, most: int, most_chars: int, reserve: int) -> list[Job]:
        """Take up to ``most`` further jobs of an image, while more than ``reserve`` of them wait.

        Args:
            image: whose queue.
            most: jobs at the most.
            most_chars: characters at the most that they have in all.
            reserve: how many are left for others.
        """
        taken: list[Job] = []
        with self._changed:
            queue = self._queues.get(image, deque())
            while len(taken) < most and len(queue) > reserve:
                job = queue[0][1]
                most_chars -= job.chars
                if job.alone or job.careful or job.program.interactive or most_chars < 0:
                    break
                taken.append(queue.popleft()[1])
        return taken

    def close(self) -> list[Job]:
        """Give nothing out any more; returns what was waiting."""
        with self._changed:
            self._closed = True
            waiting = [job for queue in self._queues.values() for _, job in queue]
            self._queues.clear()
            self._changed.notify_all()
            return waiting


class Turns:
    """Lets ``size`` workers run jobs together, or one alone. Those that want to be alone go first."""

    def __init__(self, size: int) -> None:
        self._changed = threading.Condition()
        self._size = size
        self._running = 0
        self._alone = False
        self._waiting = 0

    def begin(self, *, alone: bool) -> None:
        """Wait for a turn."""
        with self._changed:
            if not alone:
                self._changed.wait_for(
                    lambda: not self._alone and not self._waiting and self._running < self._size
                )
                self._running += 1
                return
            self._waiting += 1
            self._changed.wait_for(lambda: not self._alone and not self._running)
            self._waiting -= 1
            self._alone = True

    def end(self, *, alone: bool) -> None:
        """Give the turn back."""
        with self._changed:
            if alone:
                self._alone = False
            else:
                self._running -= 1
            self._changed.notify_all()
