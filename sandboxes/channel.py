"""Host side of the runner's protocol: programs out, executions in, over any pair of byte streams."""

from __future__ import annotations

import contextlib
import json
import struct
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias, assert_never

import msgspec

from codeeval.errors import SandboxError
from codeeval.judging import rejects
from codeeval.sandboxes.protocol import (
    Begin,
    CaseReply,
    Deadlock,
    Greeting,
    Hear,
    Ready,
    Reply,
    Request,
    Result,
    Said,
    Stop,
    Waiting,
    request_of,
    wall_limit_s,
)
from codeeval.sandboxes.reports import step_result
from codeeval.types import Execution

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


Answer: TypeAlias = Reply | CaseReply | Ready | Said | Waiting
"""What a runner sends after its greeting."""


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


class Printed(NamedTuple):
    """What an interactive program has printed since."""

    data: bytes
    last: bool
    """Whether there will be no more in this case."""


class Ended(NamedTuple):
    """How an interactive program ended, after its last case."""

    steps: tuple[StepResult, ...]
    error: str


Event: TypeAlias = "Ready | Printed | Waiting | StepResult | Ended"
"""What happens to an interactive program: ``Ready`` before each case, a ``StepResult`` after it."""


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
        self._token = ""
        """Of the request that was sent last."""
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Answer)
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
        self._token = sent[-1].tokens[0] if sent else self._token

    def _encode(self, message: Request | Stop | Begin | Hear | Deadlock, data: bytes = b"") -> bytes:
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

    def converse(self, wait_s: float) -> Iterator[Event]:
        """Yield what happens to the only program sent, which is interactive, up to its end.

        Args:
            wait_s: longest time between two events.

        Raises:
            SandboxError: the runner is gone or answered something else.
        """
        ((_, tokens),) = self._waiting
        self._stream.set_timeout(wait_s)
        said = 0
        while True:
            body, data = self._frame()
            answer = self._decoded(body)
            match answer:
                case Ready():
                    said = 0
                    yield answer
                case Waiting():
                    yield answer
                case Said():
                    said += len(data)
                    yield Printed(data, answer.last)
                case CaseReply():
                    (result,) = self._results((answer.result,), data, tokens)
                    yield Printed(data[said : answer.result.sizes[0]], last=True)
                    yield result
                case Reply():
                    self._waiting.popleft()
                    self.retired = self.retired or answer.retire
                    yield Ended(self._results(answer.steps, data, tokens), answer.error)
                    return
                case never:
                    assert_never(never)

    def begin_case(self) -> None:
        """Let the interactive program run its next case."""
        self._stream.write(self._encode(Begin(begin=self._token)))

    def hear(self, printed: Printed) -> None:
        """Tell the interactive program what the other one has printed."""
        self._stream.write(self._encode(Hear(said=self._token, last=printed.last), printed.data))

    def end_deadlock(self) -> None:
        """End the case that the interactive program is in: nothing more will be sent to it."""
        self._stream.write(self._encode(Deadlock(deadlock=self._token)))

    def end_cases(self) -> None:
        """Let the interactive program run no further cases."""
        self._stream.write(self._encode(Stop(stop=self._token)))

    def _answer(self, tokens: tuple[str, ...]) -> tuple[Reply | CaseReply, tuple[StepResult, ...]]:
        body, data = self._frame()
        answer = self._decoded(body)
        if isinstance(answer, Ready | Said | Waiting):
            raise SandboxError(f"{self._source} sent a malformed response: a program that talks")
        results = (answer.result,) if isinstance(answer, CaseReply) else answer.steps
        return answer, self._results(results, data, tokens)

    def _decoded(self, body: bytes) -> Answer:
        try:
            answer: Answer = self._decoder.decode(body)
        except msgspec.DecodeError as error:
            raise SandboxError(f"{self._source} sent a malformed response: {error}") from error
        return answer

    def _results(
        self, results: tuple[Result, ...], data: bytes, tokens: tuple[str, ...]
    ) -> tuple[StepResult, ...]:
        """Make results of what the runner measured and the data that follows.

        Raises:
            SandboxError: there is more or less of it than the runner says, or a part that nobody sent.
        """
        adds_up = sum(sum(each.sizes) for each in results) == len(data)
        if not adds_up or any(each.part >= len(tokens) for each in results):
            raise SandboxError(f"{self._source} sent a malformed response: sizes that do not add up")
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
            self.channel = Channel(stream, source)
        except msgspec.DecodeError as error:
            raise SandboxError(f"{source} did not greet: {error}") from error
        self.toolchain = self.channel.toolchain

    @property
    def retired(self) -> bool:
        """Whether the sandbox asks to be replaced."""
        return self.channel.retired

    def send(self, programs: Sequence[Program]) -> None:
        """Hand over programs."""
        self.channel.send(programs)

    def receive(self) -> Execution:
        """Wait for the oldest program that was sent."""
        return self.channel.receive()
