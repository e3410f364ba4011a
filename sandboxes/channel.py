"""Host side of the runner's protocol: programs out, executions in, over any pair of byte streams."""

from __future__ import annotations

import contextlib
import json
import struct
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from codeeval.errors import SandboxError
from codeeval.judging import rejects
from codeeval.sandboxes.protocol import (
    CaseReply,
    Greeting,
    Reply,
    Request,
    Result,
    Stop,
    request_of,
    wall_limit_s,
)
from codeeval.sandboxes.reports import step_result
from codeeval.types import Execution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.types import Program, StepResult

HEADER: Final = struct.Struct(">II")
"""Sizes of a message and of its data."""
UIDS: Final = (20_000, 59_999)
"""Where launchers that can change users take a sandbox's own from."""
MAX_FRAME_BYTES: Final = 64 << 20
START_TIMEOUT_S: Final = 120.0
ANSWER_GRACE_S: Final = 60.0
"""Beyond a program's own wall limits: what a loaded machine may take to clean up and answer."""
SEND_AHEAD_CHARS: Final = 24 << 10
"""Programs under this in total can be sent while others still run: encoded, they fit the pipe between."""


class Stream(Protocol):
    """A duplex byte stream to a runner."""

    def write(self, data: bytes | bytearray) -> None:
        """Write all of it; raises ``OSError`` when the other side is gone."""
        ...

    def read(self, size: int) -> bytes:
        """Return 1 to ``size`` bytes, none at the end of the stream; raise ``TimeoutError`` when late."""
        ...

    def set_timeout(self, seconds: float) -> None:
        """Bound each later read."""
        ...


class _Sent(NamedTuple):
    """A program that the runner has, and the tokens of its request."""

    program: Program
    tokens: tuple[str, ...]


class Channel:
    """Sends programs and receives executions in the same order.

    Args:
        stream: connected to a runner that has just started.
        source: what to call the other side in errors.
    """

    def __init__(self, stream: Stream, source: str) -> None:
        self._stream = stream
        self._source = source
        self._buffer = bytearray()
        self._waiting: deque[_Sent] = deque()
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Reply | CaseReply)
        self.retired = False
        stream.set_timeout(START_TIMEOUT_S)
        greeting = msgspec.json.decode(self._frame()[0], type=Greeting)
        self.toolchain = greeting.toolchain

    def send(self, programs: Sequence[Program]) -> None:
        """Hand over programs.

        Raises:
            SandboxError: the runner is gone.
        """
        frames = bytearray()
        sent = []
        for program in programs:
            request, data = request_of(program)
            frames += self._encode(request, data)
            sent.append(_Sent(program, request.tokens))
        try:
            self._stream.write(frames)
        except OSError as error:
            raise SandboxError(f"{self._source} is gone: {error}") from error
        self._waiting.extend(sent)

    def _encode(self, message: Request | Stop, data: bytes = b"") -> bytes:
        try:
            body = self._encoder.encode(message)
        except UnicodeEncodeError:  # a lone surrogate, which only escapes can carry
            body = json.dumps(msgspec.to_builtins(message)).encode("ascii")
        return HEADER.pack(len(body), len(data)) + body + data

    def receive(self) -> Execution:
        """Wait for the execution of the oldest program sent.

        Raises:
            SandboxError: the runner is gone or answered something else than a reply.
        """
        program, tokens = self._waiting[0]
        self._stream.set_timeout(ANSWER_GRACE_S + sum(wall_limit_s(sent.program) for sent in self._waiting))
        cases: list[StepResult] = []
        wanted = program.stop_at_failure
        while True:
            reply, results = self._answer(tokens)
            if isinstance(reply, Reply):
                break
            (result,) = results
            if len(cases) == len(program.cases):
                raise SandboxError(f"{self._source} sent a malformed response: more cases than there are")
            if wanted and rejects(program, len(cases), result):
                wanted = False
                with contextlib.suppress(OSError):  # what follows says that the runner is gone, if it is
                    self._stream.write(self._encode(Stop(stop=tokens[0])))
            cases.append(result)
        self._waiting.popleft()
        self.retired = self.retired or reply.retire
        return Execution(
            task_id=program.task_id,
            sample=program.sample,
            steps=results,
            cases=tuple(cases),
            error=reply.error,
        )

    def _answer(self, tokens: tuple[str, ...]) -> tuple[Reply | CaseReply, tuple[StepResult, ...]]:
        body, data = self._frame()
        try:
            answer: Reply | CaseReply = self._decoder.decode(body)
            results = (answer.result,) if isinstance(answer, CaseReply) else answer.steps
            return answer, self._results(results, data, tokens)
        except (msgspec.DecodeError, ValueError, IndexError) as error:
            raise SandboxError(f"{self._source} sent a malformed response: {error}") from error

    def _results(
        self, results: tuple[Result, ...], data: bytes, tokens: tuple[str, ...]
    ) -> tuple[StepResult, ...]:
        """Make results of what the runner measured and the data that follows.

        Raises:
            ValueError: there is more or less of it than the runner says.
        """
        if sum(sum(each.sizes) for each in results) != len(data):
            raise ValueError("sizes that do not add up")
        found, offset = [], 0
        for result in results:
            pieces = []
            for size in result.sizes:
                pieces.append(data[offset : offset + size])
                offset += size
            out, err, report = pieces
            found.append(step_result(result, out, err, report, tokens[result.part].encode()))
        return tuple(found)

    def _frame(self) -> tuple[bytes, bytes]:
        """Receive a message and its data."""
        size, data_size = HEADER.unpack(self._take(HEADER.size))
        if size + data_size > MAX_FRAME_BYTES:
            raise SandboxError(f"{self._source} sent a frame of {size + data_size} bytes")
        return self._take(size), self._take(data_size)

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            try:
                chunk = self._stream.read(1 << 16)
            except OSError as error:
                raise SandboxError(f"{self._source} is gone: {error}") from error
            if not chunk:
                raise SandboxError(f"{self._source} ended unexpectedly")
            self._buffer += chunk
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


class ChanneledSandbox:
    """What sandboxes share once their runner answers: everything but how they start and end.

    Args:
        stream: connected to a runner that has just started.
        source: what to call the sandbox in errors.

    Raises:
        SandboxError: no greeting came.
    """

    def __init__(self, stream: Stream, source: str) -> None:
        try:
            self._channel = Channel(stream, source)
        except msgspec.DecodeError as error:
            raise SandboxError(f"{source} did not greet: {error}") from error
        self.toolchain = self._channel.toolchain

    @property
    def retired(self) -> bool:
        """Whether the sandbox asks to be replaced."""
        return self._channel.retired

    def send(self, programs: Sequence[Program]) -> None:
        """Hand over programs."""
        self._channel.send(programs)

    def receive(self) -> Execution:
        """Wait for the oldest program that was sent."""
        return self._channel.receive()
