"""Watches a program that talks with another one, which runs in another sandbox; the host is between the two.

What the program prints leaves as it comes, in frames that are small enough never to wait for the host; what
the other one prints arrives in frames at any time, and goes into the program's standard input as it takes it.
"""

import fcntl
import os
import select
import termios

import waiting
import watch
from frames import Channel, Heard

PIECE_BYTES = 3 << 10
"""Of output in one frame: with its message under ``PIPE_BUF``, so that a writable channel takes it all."""


class ConversationWatch(watch.Watch):
    """The life of a program whose standard input and output lead to another program.

    Args:
        limits: of the step.
        channel: to the host.
        pipes: the program's streams, and the writable end of its standard input.
        null: takes the place of that end once the other program has closed its own.
    """

    brief_ms = 0

    def __init__(self, limits: dict, channel: Channel, pipes: tuple[int, int, int, int], null: int) -> None:
        super().__init__(limits, channel.reader, pipes[:3], channel.arena)
        self.channel = channel
        self.out_pipe, self.stdin = pipes[0], pipes[3]
        self.null = null
        self.poller = select.poll()
        self.forwarded = 0
        """Bytes of output that the host has."""
        self.silent = False
        """Whether the program has closed its output."""
        self.reported_end = False
        """Whether the host knows."""
        self.waits_since = self.reported_since = -1
        """After how many bytes heard the program last began to wait for more; what the host knows of it."""

    @property
    def heard(self) -> Heard:
        """What the other program has printed."""
        return self.channel.heard

    def _register(self, poller: select.poll) -> None:
        super()._register(poller)
        self.poller = poller
        poller.modify(self.host, select.POLLIN)

    def _serve(self, poller: select.poll, descriptor: int, event: int) -> None:
        if descriptor == self.stdin:
            self._pass_on(poller)
        elif descriptor == self.channel.writer:
            self._forward(poller)
        elif descriptor == self.host and event & select.POLLIN:
            if not self.channel.hear(self.arena.view(self.beyond, watch.CHUNK)):
                os._exit(0)
            if self.heard.deadlock:
                self._fire("deadlock")
            if self.heard.waits:
                poller.register(self.stdin, select.POLLOUT)
        else:
            super()._serve(poller, descriptor, event)
            if descriptor == self.out_pipe:
                self.silent = bool(event & select.POLLHUP) and not event & select.POLLIN
                if self.forwarded < self.sinks[self.out_pipe].size:
                    poller.register(self.channel.writer, select.POLLOUT)

    def _tick(self, now: float) -> float:
        """Check the limits, and report a program that has closed its output and lives on, or waits.

        Of one that is ending the host hears with the answer on the case: the other program must not seem to
        have ended before it.
        """
        next_tick = super()._tick(now)
        if not self.fired:
            if self._waits():
                self.waits_since = self.heard.sent
            if self.waits_since != self.reported_since or (self.silent and not self.reported_end):
                self.poller.register(self.channel.writer, select.POLLOUT)
        return next_tick

    def _waits(self) -> bool:
        """Whether the program waits for more than was heard, and the host has all that it printed.

        Only what it hears can wake it, so each time is reported once.
        """
        return (
            self.heard.sent != self.waits_since
            and not self.heard.waits
            and self.forwarded == self.sinks[self.out_pipe].size
            and not _holds(self.stdin)
            and not _holds(self.out_pipe)
            and waiting.waits_for_input(self.population)
            and not _holds(self.out_pipe)
        )

    def _pass_on(self, poller: select.poll) -> None:
        """Give the program as much of what was heard as it has room for."""
        try:
            self.heard.pass_on(self.stdin)
        except BlockingIOError:
            return
        except BrokenPipeError:  # it reads nothing any more
            self.heard.renew()
        poller.unregister(self.stdin)
        if self.heard.ended:
            self.heard.ended = False
            os.dup2(self.null, self.stdin)  # closes the pipe; the number stays whose it is

    def _forward(self, poller: select.poll) -> None:
        """Give the host a piece of what the program has printed."""
        sink = self.sinks[self.out_pipe]
        size = min(PIECE_BYTES, sink.size - self.forwarded)
        if size or (self.silent and not self.reported_end):
            self.reported_end = self.silent and self.forwarded + size == sink.size
            message = {"frame": "said", "last": self.reported_end}
            self.channel.send([(message, [self.arena.view(sink.offset + self.forwarded, size)])])
            self.forwarded += size
        elif self.waits_since != self.reported_since:
            self.channel.send([({"frame": "waiting", "heard": self.waits_since}, [])])
            self.reported_since = self.waits_since
        if self.forwarded == sink.size:
            poller.unregister(self.channel.writer)


def _holds(pipe: int) -> bool:
    """Whether there is something in a pipe, of which this is either end; of anything else nobody knows."""
    try:
        return any(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
    except OSError:
        return True
