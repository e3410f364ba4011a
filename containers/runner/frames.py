"""Length-prefixed JSON frames: 4 bytes big-endian length, then UTF-8 JSON."""

import json
import os
import struct

HEADER = struct.Struct(">I")
MAX_FRAME_BYTES = 256 << 20


class Channel:
    """Frames over a pair of descriptors."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader = reader
        self.writer = writer
        self._buffer = b""
        self._unsent = bytearray()

    def receive(self) -> dict | None:
        """Return the next frame, or None at the end of the stream."""
        header = self._take(HEADER.size)
        if header is None:
            return None
        (size,) = HEADER.unpack(header)
        if size > MAX_FRAME_BYTES:
            raise ValueError(f"frame of {size} bytes")
        body = self._take(size)
        return None if body is None else json.loads(body)

    def has_frame(self) -> bool:
        """Whether a whole frame has been read already."""
        if len(self._buffer) < HEADER.size:
            return False
        return len(self._buffer) >= HEADER.size + HEADER.unpack_from(self._buffer)[0]

    def put(self, message: dict) -> None:
        """Add a frame to what the next ``flush`` sends."""
        body = json.dumps(message).encode("ascii")
        self._unsent += HEADER.pack(len(body)) + body

    def flush(self) -> None:
        """Send all frames that were put."""
        unsent, self._unsent = self._unsent, bytearray()
        view = memoryview(unsent)
        while view:
            view = view[os.write(self.writer, view) :]

    def _take(self, size: int) -> bytes | None:
        if len(self._buffer) >= size:
            taken, self._buffer = self._buffer[:size], self._buffer[size:]
            return taken
        chunks = [self._buffer]
        have = len(self._buffer)
        while have < size:
            chunk = os.read(self.reader, max(65536, size - have))
            if not chunk:
                return None
            chunks.append(chunk)
            have += len(chunk)
        data = b"".join(chunks)
        self._buffer = data[size:]
        return data[:size]
