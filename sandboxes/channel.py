"""Host side of the runner's protocol: programs out, executions in, over any pair of byte streams."""

from __future__ import annotations

import json
import secrets
import struct
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol, assert_never

import msgspec

from codeeval.errors import SandboxError
from codeeval.sandboxes.images import catalogue
from codeeval.types import (
    CallsStep,
    CommandMode,
    CommandStep,
    Execution,
    Program,
    ProofStep,
    PythonStep,
    StepResult,
    UnittestStep,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import SandboxOptions
    from codeeval.types import Case, Limits, SourceFile, Step

HEADER: Final = struct.Struct(">I")
UIDS: Final = (20_000, 59_999)
"""Where launchers that can change users take a sandbox's own from."""
MAX_FRAME_BYTES: Final = 64 << 20
START_TIMEOUT_S: Final = 120.0
ANSWER_GRACE_S: Final = 60.0
"""Beyond a program's own wall limits: what a loaded machine may take to clean up and answer."""
SEND_AHEAD_CHARS: Final = 24 << 10
"""Programs under this in total can be sent while others still run: escaped, they fit the pipe between."""


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


class WireLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits as the runner reads them."""

    cpu_s: float
    wall_s: float
    memory_bytes: int
    output_bytes: int


class WireStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step as the runner reads it."""

    name: str
    kind: str
    argv: tuple[str, ...] = ()
    cold_argv: tuple[str, ...] = ()
    limits: WireLimits
    entry_point: str = ""
    part: str
    call_cpu_s: tuple[float, ...] = ()
    script: bool = False
    arguments: tuple[str, ...] = ()


class WireCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as the runner reads it; what is expected stays on the host."""

    stdin: str
    limits: WireLimits | None
    files: tuple[tuple[str, str], ...]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One program for the runner."""

    token: str
    files: tuple[tuple[str, str], ...]
    steps: tuple[WireStep, ...]
    stdin: str
    cumulative: bool
    """Whether a part that fails makes those after it fail, so that they need not run."""
    cases: tuple[WireCase, ...]
    """The last step runs once for each."""
    stop_at_failure: bool
    """Whether a case that ends badly is the last; what it printed is judged on the host."""


class Greeting(msgspec.Struct, frozen=True, kw_only=True):
    """The runner's first frame."""

    toolchain: dict[str, str]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The runner's answer to one program."""

    steps: tuple[StepResult, ...]
    cases: tuple[StepResult, ...] = ()
    """How the last step ended in each case that was run."""
    error: str
    """Set where the runner could not run the program."""
    retire: bool
    """The sandbox cannot be made clean again and must be replaced."""


class RunnerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the runner receives at its start; see ``Config`` in ``containers/runner/supervisor.py``."""

    uid: int | None
    preload: tuple[str, ...]
    memory_bytes: int | None
    """Limit by address space, where no control group limits memory."""
    processes: int | None
    """Limit by RLIMIT_NPROC, where no control group limits processes."""
    cold: bool
    probes: dict[str, tuple[str, ...]]
    tools: dict[str, tuple[str, ...]]


def runner_config(options: SandboxOptions, *, uid: int | None, control_group: bool) -> str:
    """Return the runner's configuration as its single argument."""
    image = catalogue().image(options.image)
    config = RunnerConfig(
        uid=uid,
        preload=image.preload,
        memory_bytes=None if control_group else options.memory_bytes,
        processes=None if control_group else options.processes,
        cold=options.cold,
        probes=image.probes if options.probe else {},
        tools=image.tools,
    )
    return msgspec.json.encode(config).decode()


def _wire(program: Program) -> Request:
    return Request(
        token=secrets.token_hex(16),
        files=tuple((_name(file), file.content) for file in program.files),
        steps=tuple(_wire_step(step) for step in program.steps),
        stdin=program.stdin,
        cumulative=program.cumulative,
        cases=tuple(_wire_case(case) for case in program.cases),
        stop_at_failure=program.stop_at_failure,
    )


def _wire_case(case: Case) -> WireCase:
    return WireCase(
        stdin=case.stdin,
        limits=None if case.limits is None else _wire_limits(case.limits),
        files=tuple((_name(file), file.content) for file in case.files),
    )


def _wire_limits(limits: Limits) -> WireLimits:
    return WireLimits(
        cpu_s=limits.cpu_s,
        wall_s=limits.wall_s,
        memory_bytes=limits.memory_bytes,
        output_bytes=limits.output_bytes,
    )


def _wire_step(step: Step) -> WireStep:
    limits = _wire_limits(step.limits)
    wire = WireStep(name=step.name, kind=step.kind.value, part=step.part, limits=limits)
    match step:
        case PythonStep():
            return msgspec.structs.replace(
                wire,
                argv=step.files,
                entry_point=step.entry_point,
                script=step.script,
                arguments=step.arguments,
            )
        case UnittestStep():
            return msgspec.structs.replace(wire, argv=step.files, entry_point=step.entry_point)
        case CallsStep():
            return msgspec.structs.replace(
                wire,
                argv=(step.program, step.inputs),
                entry_point=step.entry_point,
                call_cpu_s=step.call_cpu_s,
            )
        case CommandStep():
            kind = step.kind if step.mode is CommandMode.PLAIN else step.mode
            return msgspec.structs.replace(wire, kind=kind.value, argv=step.argv, cold_argv=step.cold_argv)
        case ProofStep():
            raise SandboxError(f"step {step.name!r} wants a prover: --sandbox fstar or lean")
        case never:
            assert_never(never)


def _wall_s(program: Program) -> float:
    """Return the longest time that a program may take by its own limits."""
    if not program.cases:
        return sum(step.limits.wall_s for step in program.steps)
    *before, last = program.steps
    each = sum((case.limits or last.limits).wall_s for case in program.cases)
    return sum(step.limits.wall_s for step in before) + each


def _name(file: SourceFile) -> str:
    parts = file.path.split("/")
    if file.path.startswith("/") or ".." in parts or "" in parts:
        raise SandboxError(f"program file {file.path!r} is outside its work directory")
    return file.path


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
        self._waiting: deque[Program] = deque()
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Reply)
        self.retired = False
        stream.set_timeout(START_TIMEOUT_S)
        greeting = msgspec.json.decode(self._frame(), type=Greeting)
        self.toolchain = greeting.toolchain

    def send(self, programs: Sequence[Program]) -> None:
        """Hand over programs.

        Raises:
            SandboxError: the runner is gone.
        """
        frames = bytearray()
        for program in programs:
            body = self._encode(_wire(program))
            frames += HEADER.pack(len(body)) + body
        try:
            self._stream.write(frames)
        except OSError as error:
            raise SandboxError(f"{self._source} is gone: {error}") from error
        self._waiting.extend(programs)

    def _encode(self, request: Request) -> bytes:
        try:
            return self._encoder.encode(request)
        except UnicodeEncodeError:  # a lone surrogate, which only escapes can carry
            return json.dumps(msgspec.to_builtins(request)).encode("ascii")

    def receive(self) -> Execution:
        """Wait for the execution of the oldest program sent.

        Raises:
            SandboxError: the runner is gone or answered something else than a reply.
        """
        program = self._waiting[0]
        self._stream.set_timeout(ANSWER_GRACE_S + sum(map(_wall_s, self._waiting)))
        try:
            reply = self._decoder.decode(self._frame())
        except msgspec.DecodeError as error:
            raise SandboxError(f"{self._source} sent a malformed response: {error}") from error
        self._waiting.popleft()
        self.retired = self.retired or reply.retire
        return Execution(
            task_id=program.task_id,
            sample=program.sample,
            steps=reply.steps,
            cases=reply.cases,
            error=reply.error,
        )

    def _frame(self) -> bytes:
        (size,) = HEADER.unpack(self._take(HEADER.size))
        if size > MAX_FRAME_BYTES:
            raise SandboxError(f"{self._source} sent a frame of {size} bytes")
        return self._take(size)

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
