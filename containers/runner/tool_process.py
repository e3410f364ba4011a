"""One warm tool's process: how it starts, is asked, answers, and is replaced (see ``warm_tools``)."""

import contextlib
import os
import select
import time
from signal import SIGKILL

import cleaning
import watch

SEPARATOR = "\x1f"
START_S = 60.0
MOST_FAILURES = 5
"""Times in a row that a tool may fail before it is given up."""
MOST_JOBS = 500
MOST_GROWTH_BYTES = 384 << 20
"""A tool that has done so much, or grown so much since it was ready, is started again."""
LAST_FD = 1 << 16
ANSWER_LINE_BYTES = 64


class ToolError(Exception):
    """A tool did not do its part."""


class Tool:
    """One tool's process, started when it is wanted.

    Attributes:
        uid: the user that it runs as; 0 for a fork server, which forgets each program anyway.
        pid: the process, or -1.
        answer: what it has sent and nobody has read.
    """

    def __init__(self, argv: list[str], uid: int, population: cleaning.Population) -> None:
        self.argv = argv
        self.uid = uid
        self.population = population
        self.pid = self.requests = self.answers = -1
        self.failures = 0
        self.jobs = 0
        self.ready_bytes = 0
        self.answer = bytearray()

    def ready(self) -> bool:
        """Start the tool unless it lives; returns whether it can be asked."""
        if self._worn():
            self.end()
        if self.pid in self.population.tools:
            return True
        if self.failures >= MOST_FAILURES:
            return False
        self.end()
        try:
            self._start()
            self.ready_bytes = watch.resident(self.pid) if self.line(START_S) == b"ready" else 0
        except (OSError, ToolError):
            self.ready_bytes = 0
        if not self.ready_bytes:
            self.failed()
        return bool(self.ready_bytes)

    def ask(self, fields: list[str]) -> None:
        """Send a request.

        Raises:
            OSError: the tool is gone.
        """
        line = SEPARATOR.join(fields)
        self.jobs += 1
        os.write(self.requests, line.encode("utf-8", "surrogatepass") + b"\n")

    def line(self, wait_s: float) -> bytes:
        """Read an answer's first line.

        Raises:
            ToolError: none came in time, or it is none.
        """
        deadline = time.monotonic() + wait_s
        while (end := self.answer.find(b"\n")) < 0:
            if len(self.answer) > ANSWER_LINE_BYTES or not self.more(deadline - time.monotonic()):
                raise ToolError("no answer")
        line = bytes(self.answer[:end])
        del self.answer[: end + 1]
        return line

    def more(self, wait_s: float) -> bool:
        """Wait for more of an answer; returns whether any came.

        Raises:
            ToolError: the tool is gone.
        """
        poller = select.poll()
        poller.register(self.answers, select.POLLIN)
        if not poller.poll(max(0.0, wait_s) * 1000):
            return False
        if not (data := os.read(self.answers, watch.CHUNK)):
            raise ToolError("gone")
        self.answer += data
        return True

    def taken(self, size: int) -> bytes | None:
        """Take the next bytes of an answer, if they have come."""
        if len(self.answer) < size:
            return None
        data = bytes(self.answer[:size])
        del self.answer[:size]
        return data

    def failed(self) -> None:
        """End a tool that cannot be relied on; the next step that wants it starts another."""
        self.failures += 1
        self.end()

    def end(self) -> None:
        """End the tool's process, if it has one."""
        for descriptor in (self.requests, self.answers):
            if descriptor >= 0:
                os.close(descriptor)
        if self.pid in self.population.tools:
            self.population.tools.discard(self.pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
        self.pid = self.requests = self.answers = -1
        self.jobs = 0
        self.answer.clear()

    def _worn(self) -> bool:
        if not self.uid or self.pid not in self.population.tools:
            return False
        try:
            grown = watch.resident(self.pid) - self.ready_bytes
        except OSError:
            return True
        return self.jobs >= MOST_JOBS or grown > MOST_GROWTH_BYTES

    def _start(self) -> None:
        theirs_in, self.requests = os.pipe()
        self.answers, theirs_out = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                os.chdir("/")
                for descriptor in (theirs_in, theirs_out):
                    os.fchown(descriptor, self.uid, self.uid)
                os.dup2(theirs_in, 0)
                os.dup2(theirs_out, 1)
                os.closerange(4, LAST_FD)  # 2 and 3 are the null device
                if self.uid:
                    os.setresgid(self.uid, self.uid, self.uid)
                    os.setresuid(self.uid, self.uid, self.uid)
                os.execvp(self.argv[0], self.argv)  # noqa: S606 -- no shell is wanted
            finally:
                os._exit(127)
        self.population.tools.add(self.pid)
        os.close(theirs_in)
        os.close(theirs_out)
