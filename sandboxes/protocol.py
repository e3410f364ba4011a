"""The messages between host and runner, whose end ``containers/runner/frames.py`` uses the same names.

The host sends a ``Request`` for each program and, at any time, a ``Stop`` for the one that is running. The
runner sends a ``Greeting``, then for each program a ``CaseReply`` for each of its cases and a ``Reply``. What
is expected of a program is in none of them.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

import msgspec

from codeeval.errors import SandboxError
from codeeval.sandboxes.images import catalogue
from codeeval.types import (
    CallsStep,
    CommandMode,
    CommandStep,
    Limits,
    ProofStep,
    PythonStep,
    StepKind,
    StepResult,
    UnittestStep,
)

if TYPE_CHECKING:
    from codeeval.interfaces import SandboxOptions
    from codeeval.types import Case, Program, SourceFile, Step

TOKEN_BYTES: Final = 16
Files: TypeAlias = tuple[tuple[str, str], ...]
"""Paths and contents."""


class RequestLimits(msgspec.Struct, frozen=True, kw_only=True):
    """``Limits``, all of them written out."""

    cpu_s: float
    wall_s: float
    memory_bytes: int
    output_bytes: int


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

    program: str
    inputs: str
    entry_point: str
    call_cpu_s: tuple[float, ...]


class CommandRequest(RequestStep, frozen=True, kw_only=True, tag=StepKind.COMMAND.value):
    """A ``CommandStep``."""

    argv: tuple[str, ...]
    cold_argv: tuple[str, ...]
    mode: CommandMode


class CaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A ``Case``."""

    stdin: str
    files: Files
    limits: RequestLimits | None
    """None for those of the step."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One program for the runner."""

    token: str
    files: Files
    steps: tuple[PythonRequest | UnittestRequest | CallsRequest | CommandRequest, ...]
    stdin: str
    cumulative: bool
    """Whether a part that fails makes those after it fail, so that they need not run."""
    cases: tuple[CaseRequest, ...]
    """The last step runs once for each."""
    stop_at_failure: bool
    """Whether the cases after one that ends badly are skipped."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """No further cases of a program need to run: one has printed something else than it should."""

    stop: str
    """Token of the program's request."""


class Greeting(msgspec.Struct, frozen=True, kw_only=True):
    """The runner's first frame."""

    toolchain: dict[str, str]


class CaseReply(msgspec.Struct, frozen=True, kw_only=True, tag_field="frame", tag="case"):
    """The runner's answer to one case of a program."""

    result: StepResult


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag_field="frame", tag="reply"):
    """The runner's answer to one program."""

    steps: tuple[StepResult, ...]
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


def request_of(program: Program) -> Request:
    """Make the request for a program.

    Raises:
        SandboxError: a file would lie outside the work directory, or a step needs a prover.
    """
    return Request(
        token=secrets.token_hex(TOKEN_BYTES),
        files=_files(program.files),
        steps=tuple(map(_step, program.steps)),
        stdin=program.stdin,
        cumulative=program.cumulative,
        cases=tuple(map(_case, program.cases)),
        stop_at_failure=program.stop_at_failure,
    )


def wall_limit_s(program: Program) -> float:
    """Return the longest time that a program may take by its own limits."""
    steps = [step.limits.wall_s for step in program.steps]
    if not program.cases:
        return sum(steps)
    return sum(steps[:-1]) + sum(case.limits.wall_s if case.limits else steps[-1] for case in program.cases)


def _step(step: Step) -> PythonRequest | UnittestRequest | CallsRequest | CommandRequest:
    name, part, limits = step.name, step.part, _limits(step.limits)
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
                program=step.program,
                inputs=step.inputs,
                entry_point=step.entry_point,
                call_cpu_s=step.call_cpu_s,
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


def _case(case: Case) -> CaseRequest:
    limits = None if case.limits is None else _limits(case.limits)
    return CaseRequest(stdin=case.stdin, files=_files(case.files), limits=limits)


def _limits(limits: Limits) -> RequestLimits:
    return RequestLimits(
        cpu_s=limits.cpu_s,
        wall_s=limits.wall_s,
        memory_bytes=limits.memory_bytes,
        output_bytes=limits.output_bytes,
    )


def _files(files: tuple[SourceFile, ...]) -> Files:
    return tuple((_path(file.path), file.content) for file in files)


def _path(path: str) -> str:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "" in parts:
        raise SandboxError(f"program file {path!r} lies outside its work directory")
    return path
