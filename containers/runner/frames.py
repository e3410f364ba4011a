"""Length-prefixed JSON frames: 4 bytes big-endian length, then UTF-8 JSON."""

import json
import os
import struct

HEADER = struct.Struct(">I")
MAX_FRAME_BYTES = 256 << 20
CHUNK = 1 << 16


class Channel:
    """Frames over a pair of descriptors."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader = reader
        self.writer = writer
        self._buffer = bytearray()

    def receive(self) -> list[dict]:
        """Wait for a frame; return all that have arrived with it, none at the end of the stream."""
        while not (frames := self._whole_frames()):
            chunk = os.read(self.reader, CHUNK)
            if not chunk:
                return []
            self._buffer += chunk
        return frames

    def send(self, messages: list[dict]) -> None:
        """Send a frame for each message, all at once."""
        bodies = [json.dumps(message).encode("ascii") for message in messages]
        view = memoryview(b"".join(part for body in bodies for part in (HEADER.pack(len(body)), body)))
        while view:
            view = view[os.write(self.writer, view) :]

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
