"""One ``fstar.exe --ide`` process: queries out, responses in, each within a deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval.errors import SandboxError
from codeeval.provers.fstar.protocol import (
    MAX_LINE_BYTES,
    Answer,
    AnswerKind,
    PushKind,
    Query,
    Response,
    Status,
    text,
)
from codeeval.provers.hosts import ProcessDied, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.provers.hosts import Stream

START_TIMEOUT_S: Final = 120.0
MAX_MESSAGES: Final = 200
"""Kept of one query; tactics can print without end."""
LOOKUP: Final = ("type", "definition", "defined-at")
PROGRESS: Final = "progress"
PARTIAL: Final = "push-partial-checked-file"


class FStarSession(Session):
    """Client of one process.

    Args:
        stream: of a process that has just started.

    Raises:
        SandboxError: it did not greet with ``protocol-info``.
    """

    title = "F*"
    end_of_response = b"\n"
    max_response_bytes = MAX_LINE_BYTES

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._count = 0
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(Answer).decode
        self._last_message = ""
        try:
            self.features = self._greeting().features
            """Queries that this F* supports."""
        except SandboxError:
            stream.close()
            raise

    def _greeting(self) -> Answer:
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while True:
            answer = self._answer(deadline_s)
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
        self._send(self._encode(Query(number, name, dict(args))) + b"\n")
        deadline_s = time.monotonic() + timeout_s
        messages: list[str] = []
        while True:
            answer = self._answer(deadline_s)
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
        """Ask for a name's type, definition and location."""
        args = {"symbol": name, "context": "code", "requested-info": LOOKUP}
        return self.query("lookup", args, timeout_s)

    def vfs_add(self, contents: str, timeout_s: float) -> Response:
        """Replace the file's text, which decides what the next first push depends on."""
        return self.query("vfs-add", {"filename": None, "contents": contents}, timeout_s)

    def _answer(self, deadline_s: float) -> Answer | None:
        """Return the next object, or None for a line that is none: tactics and extensions may print."""
        line = self._receive(deadline_s)
        try:
            return self._decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _died(self) -> ProcessDied:
        message = " ".join((self._last_message or self._stream.stderr()).split())
        remedy = "F* needs the version of Z3 that its release names." if "Z3" in message else ""
        return ProcessDied(f"F* ended: {message[:300] or 'without a message'}", remedy)


def _status(status: str) -> Status:
    try:
        return Status(status)
    except ValueError:
        return Status.VIOLATION
