"""Piston's protocol: ``/api/v2/execute`` and ``/api/v2/runtimes``.

Source: Piston, docs/api-v2.md and api/src/api/v2.js. Times are in milliseconds; limits are of wall time.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from codeeval import ExecutionRequest, LimitOptions, Outcome
from codeeval.errors import UsageError
from codeeval.languages import LANGUAGES
from codeeval.serve.endpoint import Answer, Endpoint
from codeeval.serve.failures import Failure
from codeeval.serve.fusion import executed, language_of
from codeeval.session.requests import Clock
from codeeval.types import StepStatus

if TYPE_CHECKING:
    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Service
    from codeeval.types import StepResult

Milliseconds = Annotated[float, msgspec.Meta(gt=0, le=3_600_000)]
ENCODINGS: Final = ("utf8", "")


class File(msgspec.Struct, kw_only=True):
    """A file; the first of a request is the program."""

    name: str = ""
    content: str
    encoding: str = "utf8"
    """``utf8``, ``base64`` or ``hex``."""


class ExecuteRequest(msgspec.Struct, kw_only=True):
    """A program to run."""

    language: str
    files: Annotated[list[File], msgspec.Meta(min_length=1)]
    version: str = "*"
    stdin: str = ""
    args: list[str] = []
    compile_timeout: Milliseconds = 10_000
    run_timeout: Milliseconds = 3_000
    compile_memory_limit: int = -1
    run_memory_limit: int = -1


class Stage(msgspec.Struct, kw_only=True):
    """How a stage ended."""

    stdout: str
    stderr: str
    output: str
    code: int | None
    signal: str | None
    message: str | None = None
    status: str | None = None
    """``RE``, ``SG``, ``TO``, ``OL`` or ``ML``."""
    wall_time: float
    cpu_time: float
    memory: int


class ExecuteAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What became of it."""

    language: str
    version: str
    run: Stage | None = None
    compile: Stage | None = None


class Runtime(msgspec.Struct, kw_only=True):
    """A language that is served."""

    language: str
    version: str
    aliases: tuple[str, ...]


async def runtimes(service: Service, _asked: Asked) -> list[Runtime]:
    """Name the languages."""
    return [
        Runtime(language=name, version="*", aliases=LANGUAGES[name].fences)
        for name in service.settings.languages
    ]


async def execute(service: Service, asked: Asked) -> ExecuteAnswer:
    """Run a program."""
    body: ExecuteRequest = asked.body
    if body.args:
        raise UsageError("args are not supported", "Give the program its input on stdin.")
    language = language_of(body.language, service)
    main, *others = body.files
    if main.encoding not in ENCODINGS:
        raise UsageError(f"the program's encoding is {main.encoding!r:.40}", "Send it as utf8.")
    request = ExecutionRequest(
        main.content,
        language,
        stdin=body.stdin,
        files={_name(file): _content(file) for file in others},
        limits=_limits(body.run_timeout, body.run_memory_limit),
        compile_limits=_limits(body.compile_timeout, body.compile_memory_limit),
        clock=Clock.WALL,
    )
    timeouts_s = (body.compile_timeout + body.run_timeout) / 1000
    result = await executed(service, request, asked.caller, timeouts_s)
    if result.outcome is Outcome.SANDBOX_ERROR:
        raise Failure(500, "sandbox_error", result.detail)
    stages = {step.name: _stage(step) for step in result.steps}
    return ExecuteAnswer(
        language=language, version=body.version, run=stages.get("run"), compile=stages.get("compile")
    )


def _limits(timeout_ms: float, memory_bytes: int) -> LimitOptions:
    return LimitOptions(
        wall_s=timeout_ms / 1000, memory_bytes=min(memory_bytes, 2 << 30) if memory_bytes > 0 else None
    )


def _name(file: File) -> str:
    if not file.name:
        raise UsageError("a file beside the program has no name", "Give it one.")
    return file.name


def _content(file: File) -> bytes:
    match file.encoding:
        case "base64":
            return msgspec.convert(file.content, bytes, strict=False)
        case "hex":
            try:
                return bytes.fromhex(file.content)
            except ValueError as error:
                raise UsageError(f"file {file.name!r:.100}: {error}") from None
        case _:
            return file.content.encode()


def _stage(step: StepResult) -> Stage:
    exited = step.status is StepStatus.EXITED
    return Stage(
        stdout=step.stdout,
        stderr=step.stderr,
        output=step.stdout + step.stderr,
        code=step.exit_code if exited else None,
        signal=None if exited else _signal(step.signal or signal.SIGKILL),
        status=_status(step),
        wall_time=step.wall_s * 1000,
        cpu_time=step.cpu_s * 1000,
        memory=step.peak_rss_bytes,
    )


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time one
        return f"SIG{number}"


def _status(step: StepResult) -> str | None:
    match step.status:
        case StepStatus.EXITED:
            return "RE" if step.exit_code else None
        case StepStatus.SIGNALED:
            return "SG"
        case StepStatus.CPU_LIMIT | StepStatus.WALL_LIMIT | StepStatus.DEADLOCK:
            return "TO"
        case StepStatus.MEMORY_LIMIT:
            return "ML"
        case StepStatus.OUTPUT_LIMIT:
            return "OL"


def piston_failure(failure: Failure) -> Answer:
    """State a failure as Piston does: 400 for a request that is wrong."""
    status = 400 if failure.status == 422 else failure.status
    return Answer(msgspec.json.encode({"message": failure.text}), status=status)


ENDPOINTS: Final = (
    Endpoint("GET", "/api/v2/runtimes", "Piston: languages", None, list[Runtime], runtimes, piston_failure),
    Endpoint(
        "POST",
        "/api/v2/execute",
        "Piston: run a program",
        ExecuteRequest,
        ExecuteAnswer,
        execute,
        piston_failure,
    ),
)
