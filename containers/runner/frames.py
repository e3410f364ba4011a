"""Length-prefixed JSON frames between host and runner: 4 bytes big-endian length, then UTF-8 JSON.

The messages are those of ``sandboxes/protocol.py``, by the same names. The host sends a ``Request`` for
each program and, at any time, a ``Stop`` for the one that runs. The runner sends a ``Greeting``, then for
each program a ``CaseReply`` for each of its cases and a ``Reply``.
"""

import json
import os
import select
import struct
import time

HEADER = struct.Struct(">I")
MAX_FRAME_BYTES = 256 << 20
CHUNK = 1 << 16
HELD_CHARS = 1 << 20
"""Text that answers may have in all before they leave."""


class Channel:
    """Frames over a pair of descriptors."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader = reader
        self.writer = writer
        self._buffer = bytearray()
        self._requests: list[dict] = []
        self._stop = ""
        self._poller = select.poll()
        self._poller.register(reader, select.POLLIN)

    def receive(self) -> list[dict]:
        """Wait for a request; return all that have arrived with it, none at the end of the stream."""
        while not self._requests:
            if not self._read():
                return []
        requests, self._requests = self._requests, []
        return requests

    def stops(self, token: str) -> bool:
        """Whether the host has seen enough of the program whose request has this token."""
        while self._poller.poll(0):
            if not self._read():
                return True
        return self._stop == token

    def send(self, messages: list[dict]) -> None:
        """Send a frame for each message, all at once."""
        bodies = [json.dumps(message).encode("ascii") for message in messages]
        view = memoryview(b"".join(part for body in bodies for part in (HEADER.pack(len(body)), body)))
        while view:
            view = view[os.write(self.writer, view) :]

    def _read(self) -> bool:
        """Read what has arrived, at least one byte; says whether the stream goes on."""
        chunk = os.read(self.reader, CHUNK)
        if not chunk:
            return False
        self._buffer += chunk
        for message in self._whole_frames():
            if "stop" in message:
                self._stop = message["stop"]
            else:
                self._requests.append(message)
        return True

    def _whole_frames(self) -> list[dict]:
        frames, start = [], 0
        while len(self._buffer) >= start + HEADER.size:
            (size,) = HEADER.unpack_from(self._buffer, start)
            if size > MAX_FRAME_BYTES:
                raise ValueError(f"frame of {size} bytes")
            end = start + HEADER.size + size
            if len(self._buffer) < end:
                break
            frames.append(json.loads(self._buffer[start + HEADER.size : end]))
            start = end
        del self._buffer[:start]
        return frames


class Outbox:
    """Answers that wait a moment, so that several leave together.

    What comes before and after a program's run is done for several at once: after each fork, every page that
    the supervisor writes to must be copied or unlocked again.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._held: list = []
        self._chars = 0
        self._since = 0.0

    def begin(self) -> None:
        """Note that a program starts: its answer is as late as that is long ago."""
        if not self._held:
            self._since = time.monotonic()

    def put(self, make, chars: int = 0) -> None:
        """Take an answer.

        Args:
            make: makes it when it leaves.
            chars: about how long it will be.
        """
        self._held.append(make)
        self._chars += chars

    def flush(self, after_s: float = 0.0) -> bool:
        """Send what waits, if it has waited for so long or is much; says whether it left."""
        if not self._held:
            return False
        now = time.monotonic()
        if now - self._since < after_s and self._chars < HELD_CHARS:
            return False
        self.channel.send([make() for make in self._held])
        self._held, self._chars, self._since = [], 0, now
        return True
