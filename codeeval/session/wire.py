"""What codeeval's own routes send and receive, for the service and its client alike."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from codeeval.benchmarks.common.sealing import OFFICIAL
from codeeval.errors import UsageError
from codeeval.records import SandboxInfo
from codeeval.session.requests import Clock, ExecutionRequest, ExecutionResult
from codeeval.types import (
    Case,
    Checker,
    Comparison,
    CompletionKind,
    LimitOptions,
    Program,
    Verdict,
)

MOST_PROGRAMS: Final = 10_000
"""Of one request."""
NDJSON: Final = "application/x-ndjson"
Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong."""

    code: str
    message: str
    remedy: str = ""


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How the routes of codeeval's own state a failure."""

    error: ErrorBody


class ExecuteBody(msgspec.Struct, frozen=True, kw_only=True):
    """A program to be executed, and what decides on it: the fields of ``codeeval.ExecutionRequest``."""

    code: str
    language: str = "python"
    stdin: str = ""
    tests: str = ""
    cases: tuple[Case, ...] = ()
    limits: LimitOptions | None = None
    entry_point: str = ""
    comparison: Comparison = Comparison()
    checker: str = ""
    """A Python program that decides on the output of cases."""
    stop_at_failure: bool = True
    protocol: str = OFFICIAL
    """``official`` or, in Python with an entry point, ``sealed``."""
    clock: Clock = Clock.CPU
    compile_limits: LimitOptions | None = None
    files: dict[str, bytes] = {}
    """Base64 by path."""
    fetch: tuple[str, ...] = ()
    within_s: Seconds | None = None
    """How long the client waits for the result; null for as long as it takes."""


class ExecuteManyBody(msgspec.Struct, frozen=True, kw_only=True):
    """Programs to be executed."""

    requests: Annotated[tuple[ExecuteBody, ...], msgspec.Meta(max_length=MOST_PROGRAMS)]


class SubmissionBody(msgspec.Struct, frozen=True, kw_only=True):
    """A completion: the fields of ``codeeval.Submission``."""

    task_id: str
    text: str
    kind: CompletionKind = CompletionKind.ANSWER
    sample: int = 0


class EvaluateBody(msgspec.Struct, frozen=True, kw_only=True):
    """Completions of a benchmark's tasks to be judged."""

    benchmark: str
    submissions: Annotated[tuple[SubmissionBody, ...], msgspec.Meta(max_length=MOST_PROGRAMS)]
    protocol: str | None = None
    """``official`` or, where the benchmark has it, ``sealed``."""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One result of many, in the order in which they come, or why there is none."""

    index: int
    """Place in the request, from 0."""
    result: ExecutionResult | None = None
    verdict: Verdict | None = None
    error: ErrorBody | None = None


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """All results, in the order of the request."""

    results: tuple[Line, ...]


def request_of(body: ExecuteBody) -> ExecutionRequest:
    """Return the request that a body states."""
    return ExecutionRequest(
        code=body.code,
        language=body.language,
        stdin=body.stdin,
        tests=body.tests,
        cases=body.cases,
        limits=body.limits,
        entry_point=body.entry_point,
        comparison=body.comparison,
        checker=body.checker or None,
        stop_at_failure=body.stop_at_failure,
        protocol=body.protocol,
        clock=body.clock,
        compile_limits=body.compile_limits,
        files=body.files,
        fetch=body.fetch,
    )


def body_of(request: ExecutionRequest, within_s: float | None = None) -> ExecuteBody:
    """Return the body that states a request.

    Raises:
        UsageError: its checker is no Python text.
    """
    if isinstance(request.checker, Checker):
        raise UsageError("a service takes a checker as a Python text", "Give its source.")
    comparison = request.comparison
    cases = [
        case if isinstance(case, Case) else Case(stdin=case[0], expected=case[1]) for case in request.cases
    ]
    return ExecuteBody(
        code=request.code,
        language=request.language,
        stdin=request.stdin,
        tests=request.tests,
        cases=tuple(cases),
        limits=request.limits,
        entry_point=request.entry_point,
        comparison=Comparison(name=comparison) if isinstance(comparison, str) else comparison,
        checker=request.checker or "",
        stop_at_failure=request.stop_at_failure,
        protocol=request.protocol,
        clock=Clock(request.clock),
        compile_limits=request.compile_limits,
        files={
            path: content.encode() if isinstance(content, str) else content
            for path, content in request.files.items()
        },
        fetch=request.fetch,
        within_s=within_s,
    )


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """What a service is."""

    version: str
    workers: int
    """Programs that execute at once."""
    languages: tuple[str, ...]
    images: dict[str, str]
    """By the names of images, what each is."""
    sandbox: SandboxInfo


class ProgramBody(msgspec.Struct, frozen=True, kw_only=True):
    """A program, to be executed and not judged."""

    program: Program


class CreateBody(msgspec.Struct, frozen=True, kw_only=True):
    """A session to be started."""

    language: str = "python"


class SessionBody(msgspec.Struct, frozen=True, kw_only=True):
    """A session."""

    id: str
    language: str = ""
    idle_s: float = 0.0
    """After so long without a request it ends."""


class ExecBody(msgspec.Struct, frozen=True, kw_only=True):
    """A program in the session's language, or a shell command."""

    code: str | None = None
    command: str | None = None
    stdin: str = ""
    limits: LimitOptions = LimitOptions()
    files: dict[str, bytes] = {}
    fetch: tuple[str, ...] = ()


class FilesBody(msgspec.Struct, frozen=True, kw_only=True):
    """Files, base64 by path."""

    files: dict[str, bytes]


class PathsBody(msgspec.Struct, frozen=True, kw_only=True):
    """Paths of files."""

    paths: tuple[str, ...]
