"""Where a prover's processes run, and the client's end of one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Protocol

from codeeval.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codeeval.types import SourceFile

FOLDER: Final = "{folder}"
"""In a command: the folder that its file is written to."""
MAX_OUTPUT_BYTES: Final = 32 << 20
"""Read of one process that is run to its end."""
STDERR_BYTES: Final = 4096
"""Kept of a process's standard error: its end."""


class Overdue(SandboxError):
    """No response before the deadline; the process is of no more use.

    An F* that was cut off while its solver was busy answers wrongly afterwards: recorded.
    """


class ProcessDied(SandboxError):
    """The process ended before it answered, or broke the protocol.

    Args:
        message: what happened.
        remedy: what the user can do about it.
        stderr: end of its standard error.
    """

    def __init__(self, message: str, remedy: str = "", *, stderr: str = "") -> None:
        super().__init__(message, remedy)
        self.stderr = stderr


class Stream(Protocol):
    """The standard streams of a running process."""

    def write(self, data: bytes) -> None:
        """Write all of it; raises ``OSError`` when the process is gone."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived, none at the end; raises ``TimeoutError`` when late."""
        ...

    def stderr(self) -> str:
        """End of its standard error so far."""
        ...

    def close(self) -> None:
        """End the process and everything that it started. Safe to call twice."""
        ...


class Output(NamedTuple):
    """What a process that has ended wrote, and its exit status, negative for a signal."""

    stdout: bytes
    stderr: str
    status: int


TOO_MUCH: Final = Output(b"", f"printed over {MAX_OUTPUT_BYTES >> 20} MiB", -9)


class Host(Protocol):
    """Runs a prover's processes: this machine, or containers."""

    writes_files: bool
    """Whether ``start`` writes the file; if not, the process must be sent it in its own protocol."""
    folders: tuple[Path, ...]
    """Those of ``SandboxOptions.prover_include``."""
    include: tuple[str, ...]
    """The same folders, as processes see them."""

    def start(self, command: Sequence[str], file: SourceFile | None = None) -> Stream:
        """Start a process.

        Args:
            command: its arguments; an image with an entry point adds its program.
            file: what the process finds in its working folder.

        Raises:
            SandboxError: it cannot be started.
        """
        ...

    def run(self, command: Sequence[str], file: SourceFile | None = None, *, wall_s: float) -> Output:
        """Run a process to its end; ``FOLDER`` in its arguments is where the file is.

        Raises:
            Overdue: it took longer; it has been ended.
            ProcessDied: the connection to it broke.
            SandboxError: it cannot be started.
        """
        ...


def read_all(stream: Stream, deadline_s: float) -> bytes | None:
    """Read a stream to its end, or return None where it is too long.

    Raises:
        Overdue: it did not end before the deadline.
        ProcessDied: the connection broke.
    """
    received = bytearray()
    try:
        while chunk := stream.read(_left(deadline_s)):
            received += chunk
            if len(received) > MAX_OUTPUT_BYTES:
                return None
    except TimeoutError as error:
        raise Overdue("the process did not end in time") from error
    except OSError as error:
        raise ProcessDied(f"the connection to the process broke: {error}", stderr=stream.stderr()) from error
    return bytes(received)


class Session:
    """Client of one process: whole responses from its output, each within a deadline.

    Args:
        stream: of a process that has just started.
    """

    title: ClassVar[str]
    """What messages call the process."""
    end_of_response: ClassVar[bytes]
    max_response_bytes: ClassVar[int]

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._received = bytearray()

    @property
    def pending(self) -> bool:
        """Whether more than white space has arrived that no ``_receive`` has returned."""
        return bool(self._received.strip())

    def close(self) -> None:
        """End the process."""
        self._stream.close()

    def _send(self, data: bytes) -> None:
        try:
            self._stream.write(data)
        except OSError as error:
            raise self._died() from error

    def _receive(self, deadline_s: float) -> bytes:
        """Return the next response, without what ends it.

        Raises:
            Overdue: it is late.
            ProcessDied: the process ended, or the response is too long.
        """
        searched = 0
        while (at := self._received.find(self.end_of_response, searched)) < 0:
            if len(self._received) > self.max_response_bytes:
                raise ProcessDied(f"{self.title} sent a response of over {self.max_response_bytes >> 20} MiB")
            searched = max(0, len(self._received) - len(self.end_of_response) + 1)
            try:
                chunk = self._stream.read(_left(deadline_s))
            except TimeoutError as error:
                raise Overdue(f"{self.title} did not answer in time") from error
            except OSError as error:
                raise self._died() from error
            if not chunk:
                raise self._died()
            self._received += chunk
        response = bytes(self._received[:at])
        del self._received[: at + len(self.end_of_response)]
        return response

    def _died(self) -> ProcessDied:
        stderr = self._stream.stderr()
        return ProcessDied(f"{self.title} ended: {quoted(stderr)}", stderr=stderr)


def quoted(stderr: str) -> str:
    """Return the end of what a process wrote to standard error, on one line."""
    return " ".join(stderr.split())[-300:] or "without a message"


def _left(deadline_s: float) -> float:
    left = deadline_s - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
