"""The messages between host and runner, whose end ``containers/runner/frames.py`` uses the same names.

The host sends a ``Request`` for each program and, at any time, a ``Stop`` for the one that is running. The
runner sends a ``Greeting``, then for each program a ``CaseReply`` for each of its cases and a ``Reply``. What
is expected of a program is in none of them.

A message is followed by its data: what the runner must not hold in the memory that programs are forked from.
The message has the sizes of its pieces, in the order of its fields.
"""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, assert_never

import msgspec

from codeeval.errors import SandboxError
from codeeval.sandboxes.images import catalogue
from codeeval.types import (
    TOKEN_PLACEHOLDER,
    CallsStep,
    CommandMode,
    CommandStep,
    Limits,
    ProofStep,
    PythonStep,
    SealedStep,
    StepKind,
    StepStatus,
    UnittestStep,
    WorkFolder,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codeeval.interfaces import SandboxOptions
    from codeeval.types import Case, Program, SourceFile, Step

TOKEN_BYTES: Final = 16
Size: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
Files: TypeAlias = tuple[tuple[str, tuple[int, ...]], ...]
"""Paths, and the sizes of the pieces between which the token is written."""


class RequestLimits(msgspec.Struct, frozen=True, kw_only=True):
    """``Limits``, all of them written out."""

    cpu_s: float
    wall_s: float
    memory_bytes: int
    output_bytes: int | None
    strict: bool


class RequestStep(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What all steps of a request have."""

    name: str
    part: str
    limits: RequestLimits


class PythonRequest(RequestStep, frozen=True, kw_only=True, tag=StepKind.PYTHON.value):
    """A ``PythonStep``."""

    files: tuple[str, ...]
    entry_point: str
    script: bool
    arguments: tuple[str, ...]


class UnittestRequest(RequestStep, frozen=True, kw_only=True, tag=StepKind.UNITTEST.value):
    """A ``UnittestStep``."""

    files: tuple[str, ...]
    entry_point: str


class CallsRequest(RequestStep, frozen=True, kw_only=True, tag=StepKind.CALLS.value):
    """A ``CallsStep``."""

    prelude: str
    program: str
    inputs: str
    entry_point: str
    call_cpu_s: tuple[float, ...]
    whole: bool


class SealedRequest(RequestStep, frozen=True, kw_only=True, tag=StepKind.SEALED.value):
    """A ``SealedStep``."""

    program: str
    tests: tuple[str, ...]
    entry_point: str


class CommandRequest(RequestStep, frozen=True, kw_only=True, tag=StepKind.COMMAND.value):
    """A ``CommandStep``."""

    argv: tuple[str, ...]
    cold_argv: tuple[str, ...]
    mode: CommandMode


StepRequest: TypeAlias = PythonRequest | UnittestRequest | CallsRequest | SealedRequest | CommandRequest


class CaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A ``Case``; the sizes of its input and files."""

    stdin: int
    files: Files
    limits: RequestLimits | None
    """None for those of the step."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One program for the runner."""

    tokens: tuple[str, ...]
    """One for each part."""
    shared: tuple[tuple[str, str], ...]
    """Paths and contents of the benchmark's own files, which the runner may keep."""
    files: Files
    steps: tuple[StepRequest, ...]
    stdin: int
    """Size of the standard input."""
    cumulative: bool
    """Whether a part that fails makes those after it fail, so that they need not run."""
    cases: tuple[CaseRequest, ...]
    """The last step runs once for each."""
    stop_at_failure: bool
    """Whether the cases after one that ends badly are skipped."""
    interactive: bool
    """Whether its input in each case is what another program prints, which the host passes on."""
    work_folder: WorkFolder


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """No further cases of a program need to run: one has printed something else than it should."""

    stop: str
    """The first token of the program's request."""


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """The next case of an interactive program may run: the other program is ready too."""

    begin: str
    """The first token of the program's request."""


class Hear(msgspec.Struct, frozen=True, kw_only=True):
    """What the other program has printed, as data."""

    said: str
    """The first token of the request of the program that is told."""
    last: bool
    """Whether there will be no more in this case."""


class Deadlock(msgspec.Struct, frozen=True, kw_only=True):
    """An interactive program waits for what the other one prints, and the other one for it: it ends here."""

    deadlock: str
    """The first token of its request."""


class Greeting(msgspec.Struct, frozen=True, kw_only=True):
    """The runner's first frame."""

    toolchain: dict[str, str]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What the runner measured of one step; the fields of ``StepResult`` that are not made of its data."""

    name: str
    kind: StepKind
    part: Size
    status: StepStatus
    sizes: tuple[Size, Size, Size]
    """Of what was written to standard output, standard error and the report."""
    exit_code: int = 0
    signal: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_bytes: int = 0


class CaseReply(msgspec.Struct, frozen=True, kw_only=True, tag_field="frame", tag="case"):
    """The runner's answer to one case of a program."""

    result: Result


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag_field="frame", tag="ready"):
    """The next case of an interactive program waits for ``Begin``."""


class Said(msgspec.Struct, frozen=True, kw_only=True, tag_field="frame", tag="said"):
    """What an interactive program has printed since, as data."""

    last: bool
    """Whether it has closed its output."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True, tag_field="frame", tag="waiting"):
    """An interactive program can only go on once it is sent more."""

    heard: int
    """Bytes that it was sent in this case."""


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag_field="frame", tag="reply"):
    """The runner's answer to one program."""

    steps: tuple[Result, ...]
    """Without those of its cases."""
    error: str
    """Set where the runner could not run the program."""
    retire: bool
    """The sandbox cannot be made clean again and must be replaced."""


class RunnerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the runner is told at its start."""

    uid: int | None
    preload: tuple[str, ...]
    memory_bytes: int | None
    """Limit by address space, where no control group limits memory."""
    processes: int | None
    """Limit by RLIMIT_NPROC, where no control group limits processes."""
    cold: bool
    probes: dict[str, tuple[str, ...]]
    tools: dict[str, tuple[str, ...]]


def runner_config(
    options: SandboxOptions, *, uid: int | None, control_group: bool, address_space: bool = True
) -> str:
    """Return the runner's configuration as its single argument.

    Args:
        options: what the sandbox is launched with.
        uid: the user of programs; None for the runner's own.
        control_group: whether a control group limits memory and processes.
        address_space: where none does, whether each process's address space is limited. Runtimes of some
            languages reserve far more than they use.
    """
    image = catalogue().image(options.image)
    config = RunnerConfig(
        uid=uid,
        preload=image.preload,
        memory_bytes=options.memory_bytes if address_space and not control_group else None,
        processes=None if control_group else options.processes,
        cold=options.cold,
        probes=image.probes if options.probe else {},
        tools=image.tools,
    )
    return msgspec.json.encode(config).decode()


def request_of(program: Program) -> tuple[Request, bytes]:
    """Make the request for a program, and its data.

    Raises:
        SandboxError: a file would lie outside the work directory, or a step needs a prover.
    """
    own = _benchmarks_own(program)
    data = Data()
    parts = len(list(itertools.groupby(program.steps, key=lambda step: step.part)))
    request = Request(
        tokens=tuple(secrets.token_hex(TOKEN_BYTES) for _ in range(max(1, parts))),
        shared=tuple((_path(file.path), file.content) for file in program.files if file.path in own),
        files=(
            *data.files(file for file in program.files if file.path not in own),
            *((_path(file.path), (data.data(file.content),)) for file in program.data_files),
        ),
        steps=tuple(_step(step, program.output_limit(step)) for step in program.steps),
        stdin=data.text(program.stdin),
        cumulative=program.cumulative,
        cases=tuple(_case(case, program, data) for case in program.cases),
        stop_at_failure=program.stop_at_failure,
        interactive=program.interactive,
        work_folder=program.work_folder,
    )
    return request, data.whole()


class Data:
    """The data of a request, piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def text(self, text: str) -> int:
        """Add a text; returns its size."""
        return self.data(text.encode("utf-8", "surrogatepass"))

    def data(self, piece: bytes) -> int:
        """Add what need not be text; returns its size."""
        self._pieces.append(piece)
        return len(piece)

    def files(self, files: Iterable[SourceFile]) -> Files:
        """Add files, each in the pieces between which the token stands."""
        return tuple(
            (_path(file.path), tuple(map(self.text, file.content.split(TOKEN_PLACEHOLDER)))) for file in files
        )

    def whole(self) -> bytes:
        """Return all of it."""
        return b"".join(self._pieces)


def _benchmarks_own(program: Program) -> set[str]:
    """Return the paths of tests and inputs that every program of a problem brings with it."""
    own: set[str] = set()
    written: set[str] = set()
    for step in program.steps:
        match step:
            case PythonStep(files=files) | UnittestStep(files=files):
                written.add(files[0])
                own.update(files[1:])
            case CallsStep(program=path, prelude=prelude, inputs=inputs):
                written.add(path)
                own.update((prelude, inputs))
            case _:
                pass
    return own - written


def wall_limit_s(program: Program) -> float:
    """Return the longest time that a program may take by its own limits."""
    steps = [step.limits.wall_s for step in program.steps]
    if not program.cases:
        return sum(steps)
    return sum(steps[:-1]) + sum(case.limits.wall_s if case.limits else steps[-1] for case in program.cases)


def _step(step: Step, output_bytes: int | None) -> StepRequest:
    name, part, limits = step.name, step.part, _limits(step.limits, output_bytes)
    match step:
        case PythonStep():
            return PythonRequest(
                name=name,
                part=part,
                limits=limits,
                files=step.files,
                entry_point=step.entry_point,
                script=step.script,
                arguments=step.arguments,
            )
        case UnittestStep():
            return UnittestRequest(
                name=name, part=part, limits=limits, files=step.files, entry_point=step.entry_point
            )
        case CallsStep():
            return CallsRequest(
                name=name,
                part=part,
                limits=limits,
                prelude=step.prelude,
                program=step.program,
                inputs=step.inputs,
                entry_point=step.entry_point,
                call_cpu_s=step.call_cpu_s,
                whole=step.whole,
            )
        case SealedStep():
            return SealedRequest(
                name=name,
                part=part,
                limits=limits,
                program=step.program,
                tests=step.tests,
                entry_point=step.entry_point,
            )
        case CommandStep():
            return CommandRequest(
                name=name,
                part=part,
                limits=limits,
                argv=step.argv,
                cold_argv=step.cold_argv,
                mode=step.mode,
            )
        case ProofStep():
            raise SandboxError(
                f"step {name!r} needs a prover", "Name one: --sandbox fstar or --sandbox lean."
            )
        case never:
            assert_never(never)


def _case(case: Case, program: Program, data: Data) -> CaseRequest:
    limits = None
    if (own := case.limits) is not None:
        limits = _limits(own, own.output_bytes or program.output_limit(program.steps[-1]))
    stdin = "" if program.interactive else case.stdin  # which is the interactor's alone
    return CaseRequest(stdin=data.text(stdin), files=data.files(case.files), limits=limits)


def _limits(limits: Limits, output_bytes: int | None) -> RequestLimits:
    return RequestLimits(
        cpu_s=limits.cpu_s,
        wall_s=limits.wall_s,
        memory_bytes=limits.memory_bytes,
        output_bytes=output_bytes,
        strict=limits.strict,
    )


def _path(path: str) -> str:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "" in parts:
        raise SandboxError(f"program file {path!r} lies outside its work directory")
    return path
