"""SandboxFusion's protocol: ``/run_code`` and ``/v1/ping``.

Limits are of wall time from the program's start, as its clients assume. ``limit=cpu`` among the fields of a
request makes them limits of CPU time, which a loaded machine does not change.

Source: SandboxFusion, sandbox/server/sandbox_api.py (requests, responses, ``parse_run_status``) and
sandbox/runners/types.py.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from codeeval import ExecutionRequest, LimitOptions, Outcome
from codeeval.errors import UnknownName
from codeeval.languages import LANGUAGES
from codeeval.serve.endpoint import Answer, Endpoint, detail_failure
from codeeval.session.files import check_path
from codeeval.session.requests import Clock
from codeeval.types import StepStatus

if TYPE_CHECKING:
    from codeeval import ExecutionResult
    from codeeval.serve.endpoint import Asked
    from codeeval.serve.failures import Failure
    from codeeval.serve.service import Caller, Service
    from codeeval.types import StepResult

SUFFIXES: Final = ("_script", "_ut", "js")
"""Of SandboxFusion's names of languages, what codeeval's lack."""
CLIENT_WAITS_S: Final = 10.0
"""How much longer than both time-outs verl's client waits for an answer."""
MARGIN_S: Final = 1.0
"""How much earlier it has one."""
SUBMIT_WAITS_S: Final = 60.0
"""How long a client of ``/submit`` waits for a slot, which has no time-out in the protocol."""
MOST_MEMORY_MB: Final = 2048
MOST_OUTPUT_BYTES: Final = 4 << 20
"""Of each stream: a program that prints more is ended."""
KILLED: Final = -9
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]


class RunStatus(enum.StrEnum):
    """How a request ended."""

    SUCCESS = "Success"
    FAILED = "Failed"
    SANDBOX_ERROR = "SandboxError"


class CommandStatus(enum.StrEnum):
    """How a command ended."""

    FINISHED = "Finished"
    ERROR = "Error"
    TIME_LIMIT_EXCEEDED = "TimeLimitExceeded"


class RunCodeRequest(msgspec.Struct, kw_only=True):
    """What to run."""

    code: str
    language: str = "python"
    compile_timeout: Seconds = 10.0
    run_timeout: Seconds = 10.0
    memory_limit_MB: int = -1  # noqa: N815 -- the protocol's
    stdin: str | None = None
    files: dict[str, bytes | None] = {}
    """Base64 by path; null for none."""
    fetch_files: list[str] = []
    limit: Clock = Clock.WALL
    """codeeval's: which clock the time-outs are of."""


class CommandRunResult(msgspec.Struct, kw_only=True):
    """How a command ended."""

    status: CommandStatus
    execution_time: float | None = None
    """Wall time in seconds."""
    return_code: int | None = None
    """None where a time-out ended it."""
    stdout: str | None = None
    stderr: str | None = None


class RunCodeResponse(msgspec.Struct, kw_only=True):
    """What became of it."""

    status: RunStatus
    message: str
    compile_result: CommandRunResult | None = None
    run_result: CommandRunResult | None = None
    executor_pod_name: str | None = None
    files: dict[str, bytes] = {}


async def ping(_service: Service, _asked: Asked) -> str:
    """Answer."""
    return "pong"


async def run_code(service: Service, asked: Asked) -> RunCodeResponse:
    """Run a program."""
    body: RunCodeRequest = asked.body
    request = ExecutionRequest(
        body.code,
        language_of(body.language, service),
        stdin=body.stdin or "",
        limits=limits_of(body.run_timeout, body.memory_limit_MB, body.limit),
        compile_limits=limits_of(body.compile_timeout, -1, body.limit),
        clock=body.limit,
        files={path: content for path, content in body.files.items() if content is not None},
        fetch=tuple(body.fetch_files),
    )
    result = await executed(service, request, asked.caller, body.compile_timeout + body.run_timeout)
    response = response_of(result)
    wanted = {path: result.files.get(check_path(path)) for path in body.fetch_files}
    response.files = {path: content for path, content in wanted.items() if content is not None}
    return response


async def executed(
    service: Service, request: ExecutionRequest, caller: Caller, timeouts_s: float
) -> ExecutionResult:
    """Execute a program whose client waits a little longer than its time-outs, and so has an answer before.

    Raises:
        Failure: it has no result.
    """
    return await service.execute(
        request,
        caller,
        start_within_s=CLIENT_WAITS_S - MARGIN_S,
        answer_within_s=timeouts_s + CLIENT_WAITS_S - MARGIN_S / 2,
    )


def language_of(name: str, service: Service) -> str:
    """Return codeeval's id of a language that is served, by any name that means it.

    Raises:
        UnknownName: it is not.
    """
    served = service.settings.languages
    lowered = name.lower()
    short = next((lowered.removesuffix(end) for end in SUFFIXES if lowered.endswith(end)), lowered)
    for wanted in (lowered, short):
        for id_ in served:
            if wanted == id_ or wanted in LANGUAGES[id_].fences:
                return id_
    raise UnknownName("language", name[:100], served)


def limits_of(timeout_s: float, memory_mb: int, clock: Clock) -> LimitOptions:
    """Return the limits of a step."""
    memory_bytes = min(memory_mb, MOST_MEMORY_MB) << 20 if memory_mb > 0 else None
    if clock is Clock.WALL:
        return LimitOptions(wall_s=timeout_s, memory_bytes=memory_bytes, output_bytes=MOST_OUTPUT_BYTES)
    return LimitOptions(cpu_s=timeout_s, memory_bytes=memory_bytes, output_bytes=MOST_OUTPUT_BYTES)


def response_of(result: ExecutionResult) -> RunCodeResponse:
    """State a result as SandboxFusion does."""
    if result.outcome is Outcome.SANDBOX_ERROR or not result.steps:
        return RunCodeResponse(status=RunStatus.SANDBOX_ERROR, message=result.detail)
    commands = {step.name: command_of(step, result.detail) for step in result.steps}
    compiled, run = commands.get("compile"), commands.get("run")
    last = run or compiled
    ok = last is not None and last.status is CommandStatus.FINISHED and last.return_code == 0
    return RunCodeResponse(
        status=RunStatus.SUCCESS if ok else RunStatus.FAILED,
        message="",
        compile_result=compiled,
        run_result=run,
    )


def command_of(step: StepResult, detail: str) -> CommandRunResult:
    """State how a step ended as SandboxFusion does: a limit other than on time is a death by SIGKILL."""
    ran_out = step.status in (StepStatus.CPU_LIMIT, StepStatus.WALL_LIMIT, StepStatus.DEADLOCK)
    code = step.exit_code if step.status is StepStatus.EXITED else -step.signal or KILLED
    limited = step.status in (StepStatus.MEMORY_LIMIT, StepStatus.OUTPUT_LIMIT)
    return CommandRunResult(
        status=CommandStatus.TIME_LIMIT_EXCEEDED if ran_out else CommandStatus.FINISHED,
        execution_time=step.wall_s,
        return_code=None if ran_out else code,
        stdout=step.stdout,
        stderr=f"{step.stderr}\n{detail}" if limited else step.stderr,
    )


def fusion_failure(failure: Failure) -> Answer:
    """State a failure as SandboxFusion does; its clients try again after a 504 only."""
    if failure.retry and failure.code == "queue_full":
        return detail_failure(failure)._replace(status=504)
    return detail_failure(failure)


ENDPOINTS: Final = (
    Endpoint("GET", "/v1/ping", "SandboxFusion: whether the service runs", None, str, ping, fusion_failure),
    Endpoint(
        "POST",
        "/run_code",
        "SandboxFusion: run a program",
        RunCodeRequest,
        RunCodeResponse,
        run_code,
        fusion_failure,
    ),
)
