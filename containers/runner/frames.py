"""Frames between host and runner: two lengths (4 bytes each, big-endian), then a JSON message, then its data.

The messages are those of ``sandboxes/protocol.py``, by the same names. The host sends a ``Request`` for
each program and, at any time, a ``Stop`` for the one that runs. The runner sends a ``Greeting``, then for
each program a ``CaseReply`` for each of its cases and a ``Reply``. Where a program talks with another one,
the runner says ``Ready`` before each case and waits for the host's ``Begin``; ``Said`` goes both ways. When
both programs have said ``Waiting``, the host ends the one that is judged with a ``Deadlock``.

Data is what belongs to a program: its texts on the way in, what it wrote on the way out. This process
never holds any of it in memory that a fork inherits, where the next program could find it: data that comes
in goes to a file in memory, data that leaves was read into an ``Arena``.
"""

import fcntl
import json
import mmap
import os
import select
import struct
import time

HEADER = struct.Struct(">II")
MAX_FRAME_BYTES = 256 << 20
CHUNK = 1 << 16
HELD_BYTES = 1 << 20
"""Data that answers may have in all before they leave."""
ARENA_BYTES = 48 << 20
"""Address space, of which only what is used takes up memory."""
KEPT_BYTES = 4 << 20
"""Of the arena: more is given back to the kernel once it has been sent."""
ABOVE = 16
"""Of the descriptors that programs have."""
MOST_PARTS = 1000
"""What the kernel takes at once."""


class Arena:
    """Memory that forked processes do not inherit, taken piece by piece and given back all at once."""

    def __init__(self) -> None:
        self.used = 0
        self._most = 0
        self._map(ARENA_BYTES)

    def _map(self, size: int) -> None:
        self._memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._memory.madvise(mmap.MADV_DONTFORK)
        self._view = memoryview(self._memory)

    def ensure(self, size: int) -> None:
        """Make sure that so much is left; what has been taken stays where it is."""
        if self.used + size > len(self._view):
            self._map(max(size, ARENA_BYTES))
            self.used = self._most = 0

    def renew(self) -> None:
        """Leave what has been taken where it is until nobody holds it, whatever is cleared."""
        if self.used:
            self._map(ARENA_BYTES)
            self.used = self._most = 0

    def view(self, offset: int, size: int) -> memoryview:
        """Return a piece beyond what is used."""
        return self._view[self.used + offset : self.used + offset + size]

    def move(self, target: int, source: int, size: int) -> None:
        """Move a piece beyond what is used to another place there."""
        self._memory.move(self.used + target, self.used + source, size)

    def take(self, pieces: list[tuple[int, int]]) -> list[memoryview]:
        """Keep pieces beyond what is used, offset and size of each in order, and move them together."""
        taken = []
        begun = end = self.used
        for offset, size in pieces:
            if size and begun + offset != end:
                self._memory.move(end, begun + offset, size)
            taken.append(self._view[end : end + size])
            end += size
        self._most = max(self._most, begun + sum(pieces[-1]))
        self.used = end
        return taken

    def clear(self) -> None:
        """Give everything back."""
        if self._most > KEPT_BYTES:
            self._memory.madvise(mmap.MADV_DONTNEED)
        self.used = self._most = 0


class Inbox:
    """A file in memory with the data of requests; emptied when all of them have been answered."""

    def __init__(self) -> None:
        made = os.memfd_create("inbox")
        self.file = fcntl.fcntl(made, fcntl.F_DUPFD_CLOEXEC, ABOVE)
        os.close(made)
        self.end = self.live = 0

    def append(self, data: memoryview) -> None:
        """Add some."""
        while data:
            written = os.pwrite(self.file, data, self.end)
            self.end += written
            data = data[written:]

    def clear(self) -> None:
        """Forget everything."""
        os.ftruncate(self.file, 0)
        self.end = 0


class Blob:
    """The data of one request."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._base = inbox.end
        inbox.live += 1

    def close(self) -> None:
        """Let it be forgotten."""
        self._inbox.live -= 1

    def read(self, offset: int, size: int) -> bytes:
        """Return a part: only in the program's own process."""
        parts = []
        offset += self._base
        while size and (part := os.pread(self._inbox.file, size, offset)):
            parts.append(part)
            offset += len(part)
            size -= len(part)
        return b"".join(parts)

    def copy(self, offset: int, size: int, target: int) -> None:
        """Append a part to a file, without a copy in this process."""
        offset += self._base
        while size and (sent := os.sendfile(target, self._inbox.file, offset, size)):
            offset += sent
            size -= sent


class Heard:
    """What another program has printed for the one that is running, in a file in memory.

    Attributes:
        ended: whether there will be no more, and the program has not been told yet.
        sent: how many bytes of it the program has been given.
        deadlock: whether the other program waits for this one, and this one for it.
    """

    def __init__(self) -> None:
        self._inbox = Inbox()
        self.sent = 0
        self.ended = self.deadlock = False

    @property
    def waits(self) -> bool:
        """Whether there is something that the program has not been told."""
        return self.ended or not self.sent_all

    @property
    def sent_all(self) -> bool:
        """Whether the program has got everything that came so far."""
        return self.sent == self._inbox.end

    def renew(self) -> None:
        """Forget everything: another case begins."""
        self._inbox.clear()
        self.sent = 0
        self.ended = self.deadlock = False

    def append(self, data: memoryview) -> None:
        """Add some."""
        self._inbox.append(data)

    def pass_on(self, pipe: int) -> None:
        """Write as much as a pipe takes.

        Raises:
            BlockingIOError: it is full.
            BrokenPipeError: nobody reads.
        """
        while not self.sent_all:
            self.sent += os.sendfile(pipe, self._inbox.file, self.sent, self._inbox.end - self.sent)


class Channel:
    """Frames over a pair of descriptors.

    Attributes:
        arena: where answers' data lies until it has been sent.
        heard: what the program that runs is told by another one.
    """

    def __init__(self, reader: int, writer: int) -> None:
        self.reader = reader
        self.writer = writer
        self.arena = Arena()
        self._inboxes = [Inbox(), Inbox()]  # a program's system calls make no more of them
        self._requests: list[tuple[dict, Blob]] = []
        self._stop = self._begun = ""
        self.heard = Heard()
        self._poller = select.poll()
        self._poller.register(reader, select.POLLIN)

    def receive(self) -> list[tuple[dict, Blob]]:
        """Wait for a request; return all that have arrived with it, none at the end of the stream."""
        while not self._requests or self._poller.poll(0):
            if not self._read():
                return []
        requests, self._requests = self._requests, []
        return requests

    def store(self, data: bytes) -> Blob:
        """Keep data of the runner's own as a request's is kept."""
        inbox = self._inbox()
        blob = Blob(inbox)
        inbox.append(memoryview(data))
        return blob

    def stops(self, token: str) -> bool:
        """Whether the host has seen enough of the program whose request has this token."""
        while self._poller.poll(0):
            if not self._read():
                return True
        return self._stop == token

    def begins(self, token: str) -> bool:
        """Wait until the program that this one talks with is ready as well; returns whether it ever is."""
        self.send([({"frame": "ready"}, [])])
        self._begun = ""
        while self._begun != token:
            if self._stop == token or not self._read():
                return False
        self.heard.renew()
        return True

    def hear(self, room: memoryview) -> bool:
        """Read a frame while a program runs; returns whether there was one.

        Args:
            room: memory that is not in use, for the data to pass through.
        """
        return self._read(room)

    def send(self, messages: list[tuple[dict, list]]) -> None:
        """Send a frame for each message with its data, all at once."""
        parts = []
        for message, data in messages:
            body = json.dumps(message).encode("ascii")
            parts += [HEADER.pack(len(body), sum(map(len, data))) + body, *filter(len, data)]
        while parts:
            sent = os.writev(self.writer, parts[:MOST_PARTS])
            while parts and sent >= len(parts[0]):
                sent -= len(parts.pop(0))
            if sent:
                parts[0] = memoryview(parts[0])[sent:]

    def _read(self, room: memoryview | None = None) -> bool:
        """Read a frame; returns whether there was one."""
        header = self._exactly(HEADER.size)
        if not header:
            return False
        size, data_size = HEADER.unpack(header)
        if size + data_size > MAX_FRAME_BYTES:
            raise ValueError(f"frame of {size + data_size} bytes")
        message = json.loads(self._exactly(size))
        if "stop" in message:
            self._stop = message["stop"]
            return True
        if "begin" in message:
            self._begun = message["begin"]
            return True
        if "deadlock" in message:
            self.heard.deadlock = True
            return True
        if room is None:
            self.arena.ensure(CHUNK)
            room = self.arena.view(0, CHUNK)
        if "said" in message:
            self.heard.ended = message["last"]
            return self._store(data_size, room, self.heard)
        inbox = self._inbox()
        self._requests.append((message, Blob(inbox)))
        return self._store(data_size, room, inbox)

    def _store(self, size: int, room: memoryview, where: Inbox | Heard) -> bool:
        """Read data into a file in memory; returns whether all of it came."""
        while size:
            view = room[: min(len(room), size)]
            count = os.readv(self.reader, [view])
            if not count:
                return False
            where.append(view[:count])
            size -= count
        return True

    def _inbox(self) -> Inbox:
        """Return an empty inbox, or the one with less in it."""
        for inbox in self._inboxes:
            if inbox.end and not inbox.live:
                inbox.clear()
        return min(self._inboxes, key=lambda each: each.end)

    def _exactly(self, size: int) -> bytes:
        """Read so much of what is no data; less at the end of the stream."""
        parts = []
        while size and (part := os.read(self.reader, size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


class Outbox:
    """Answers that wait a moment, so that several leave together.

    What comes before and after a program's run is done for several at once: after each fork, every page that
    the supervisor writes to must be copied or unlocked again.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.arena = channel.arena
        self._held: list = []
        self._since = 0.0

    def begin(self) -> None:
        """Note that a program starts: its answer is as late as that is long ago."""
        if not self._held:
            self._since = time.monotonic()

    def put(self, make) -> None:
        """Take what makes an answer, and its data, when it leaves."""
        self._held.append(make)

    def flush(self, after_s: float = 0.0) -> bool:
        """Send what waits, if it has waited for so long or is much; says whether it left."""
        if not self._held:
            return False
        now = time.monotonic()
        if now - self._since < after_s and self.arena.used < HELD_BYTES:
            return False
        self.channel.send([make() for make in self._held])
        self._held, self._since = [], now
        self.arena.clear()
        return True
