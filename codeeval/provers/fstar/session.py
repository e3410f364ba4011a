"""One ``fstar.exe --ide`` process: queries out, responses in, each within a deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from codeeval.errors import SandboxError
from codeeval.sandboxes.fstar.protocol import (
    MAX_LINE_BYTES,
    Answer,
    AnswerKind,
    PushKind,
    Query,
    Response,
    Status,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

START_TIMEOUT_S: Final = 120.0
MAX_MESSAGES: Final = 200
"""Kept of one query; tactics can print without end."""
LOOKUP: Final = ("type", "definition", "defined-at")
PROGRESS: Final = "progress"
PARTIAL: Final = "push-partial-checked-file"


class Overdue(SandboxError):
    """No response before the deadline; the process is of no more use.

    A process cut off while its solver was busy answers wrongly afterwards: recorded.
    """


class ProcessDied(SandboxError):
    """The process ended before it answered."""


class Stream(Protocol):
    """The two ends of a running process."""

    def write(self, data: bytes) -> None:
        """Write all of it; raises ``OSError`` when the process is gone."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived, none at the end; raises ``TimeoutError`` when late."""
        ...

    def last_words(self) -> str:
        """End of what it wrote to standard error."""
        ...

    def close(self) -> None:
        """End the process and everything that it started. Safe to call twice."""
        ...


class Session:
    """Speaks the protocol with one process.

    Args:
        stream: of a process that has just started.

    Raises:
        SandboxError: it did not greet with ``protocol-info``.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._lines: list[bytes] = []
        self._count = 0
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(Answer).decode
        self._last_message = ""
        try:
            self.info = self._greeting()
        except SandboxError:
            stream.close()
            raise

    @property
    def features(self) -> tuple[str, ...]:
        """Queries that this F* knows, as it greeted."""
        return self.info.features

    def _greeting(self) -> Answer:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            answer = self._answer(deadline)
            if answer and answer.kind is AnswerKind.GREETING:
                return answer

    def query(self, name: str, args: Mapping[str, Any], timeout_s: float) -> Response:  # Any: see Query
        """Ask, and wait for the response.

        Raises:
            Overdue: it took longer.
            ProcessDied: F* ended.
        """
        self._count += 1
        number = str(self._count)
        try:
            self._stream.write(self._encode(Query(number, name, dict(args))) + b"\n")
        except OSError as error:
            raise self._dead() from error
        deadline = time.monotonic() + timeout_s
        messages: list[str] = []
        while True:
            answer = self._answer(deadline)
            if answer is None or answer.query_id not in (number, "?"):
                continue
            if answer.kind is AnswerKind.RESPONSE:
                return Response(_status(answer.status), answer.response, tuple(messages))
            if answer.kind is AnswerKind.MESSAGE and answer.level != PROGRESS:
                self._last_message = text(answer.contents)
                if len(messages) < MAX_MESSAGES:
                    messages.append(self._last_message)

    def push(self, kind: PushKind, code: str, *, line: int, timeout_s: float) -> Response:
        """Check a fragment and, where it is right, keep it on the stack."""
        args = {"kind": kind.value, "line": line, "column": 0, "code": code}
        return self.query("push", args, timeout_s)

    def push_partial(self, until: str, timeout_s: float) -> Response:
        """Load the checked file up to a definition."""
        return self.query(PARTIAL, {"until-lid": until}, timeout_s)

    def pop(self, timeout_s: float) -> Response:
        """Undo the last push that succeeded."""
        return self.query("pop", {}, timeout_s)

    def lookup(self, name: str, timeout_s: float) -> Response:
        """Ask for a name's type, definition and place."""
        args = {"symbol": name, "context": "code", "requested-info": LOOKUP}
        return self.query("lookup", args, timeout_s)

    def vfs_add(self, contents: str, timeout_s: float) -> Response:
        """Put text in place of the file's, which decides what the next first push depends on."""
        return self.query("vfs-add", {"filename": None, "contents": contents}, timeout_s)

    def close(self) -> None:
        """End the process."""
        self._stream.close()

    def _answer(self, deadline: float) -> Answer | None:
        """Return the next object, or None for a line that is none: tactics and extensions may print."""
        line = self._line(deadline)
        try:
            return self._decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _line(self, deadline: float) -> bytes:
        while not self._lines:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Overdue("F* did not answer in time")
            try:
                chunk = self._stream.read(left)
            except TimeoutError as error:
                raise Overdue("F* did not answer in time") from error
            except OSError as error:
                raise self._dead() from error
            if not chunk:
                raise self._dead()
            self._buffer += chunk
            if b"\n" in chunk:
                *self._lines, rest = bytes(self._buffer).split(b"\n")
                self._lines.reverse()
                self._buffer = bytearray(rest)
            elif len(self._buffer) > MAX_LINE_BYTES:
                raise ProcessDied(f"F* wrote a line of over {MAX_LINE_BYTES >> 20} MiB")
        return self._lines.pop()

    def _dead(self) -> ProcessDied:
        words = " ".join((self._last_message or self._stream.last_words()).split())
        remedy = "F* needs the version of Z3 that its release names." if "Z3" in words else ""
        return ProcessDied(f"F* ended: {words[:300] or 'without a word'}", remedy)


def _status(said: str) -> Status:
    try:
        return Status(said)
    except ValueError:
        return Status.VIOLATION
