"""Cells of a notebook, executed in one sandbox: SandboxFusion's ``/run_jupyter``, and open-r1's router.

A driver in the sandbox executes the cells in one namespace and keeps what each prints, shows and raises. So
cells that a time-out cuts short lose nothing of those before.

Source: SandboxFusion, sandbox/server/sandbox_api.py, ``run_jupyter``; open-r1, scripts/e2b_router.py and
src/open_r1/utils/routed_sandbox.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple

import msgspec

from codeeval import ExecutionRequest, Outcome
from codeeval.errors import UsageError
from codeeval.languages import PYTHON
from codeeval.sandboxes.images import containers_folder
from codeeval.serve.endpoint import Endpoint, detail_failure
from codeeval.serve.failures import Failure
from codeeval.serve.fusion import (
    CommandRunResult,
    CommandStatus,
    RunStatus,
    Seconds,
    command_of,
    executed,
    fusion_failure,
    limits_of,
)
from codeeval.serve.grading import all_of
from codeeval.session.files import check_path
from codeeval.session.requests import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval import ExecutionResult
    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Caller, Service

CELLS: Final = "cells.json"
RESULTS: Final = "results.json"
OWN: Final = (CELLS, RESULTS)
MOST_CELLS: Final = 1000
MOST_SCRIPTS: Final = 1000
Shown = dict[str, Any]  # Any: by content type, as Jupyter's front ends take it


class JupyterRequest(msgspec.Struct, kw_only=True):
    """Cells to run."""

    cells: Annotated[list[str], msgspec.Meta(max_length=MOST_CELLS)]
    cell_timeout: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    """0 for none."""
    total_timeout: Seconds = 45.0
    memory_limit_MB: int = -1  # noqa: N815 -- the protocol's
    kernel: Literal["python3"] = "python3"
    files: dict[str, bytes | None] = {}
    fetch_files: list[str] = []


class CellResult(msgspec.Struct, kw_only=True):
    """What became of a cell."""

    stdout: str
    stderr: str
    display: list[Shown]
    error: list[Shown]


class JupyterResponse(msgspec.Struct, kw_only=True):
    """What became of the cells."""

    status: RunStatus
    message: str
    driver: CommandRunResult | None = None
    cells: list[CellResult] = []
    executor_pod_name: str | None = None
    files: dict[str, bytes] = {}


class BatchRequest(msgspec.Struct, kw_only=True):
    """Scripts to run, a notebook of one cell each."""

    scripts: Annotated[list[str], msgspec.Meta(max_length=MOST_SCRIPTS)]
    languages: list[str] = []
    timeout: Seconds = 30.0
    request_timeout: Seconds = 60.0


class Execution(msgspec.Struct, kw_only=True):
    """What became of a script, as E2B states it."""

    results: list[Shown]
    logs: dict[str, list[str]]
    error: Shown | None
    execution_count: int = 1


class ScriptResult(msgspec.Struct, kw_only=True):
    """What became of a script, or why nothing did."""

    execution: Execution | None
    exception_str: str | None


class Ran(NamedTuple):
    """Cells that ran."""

    result: ExecutionResult
    cells: list[CellResult]


async def run_jupyter(service: Service, asked: Asked) -> JupyterResponse:
    """Run cells one after another in one sandbox."""
    body: JupyterRequest = asked.body
    ran = await _run(
        service,
        asked.caller,
        body.cells,
        timeout_s=body.total_timeout,
        cell_timeout_s=body.cell_timeout,
        memory_mb=body.memory_limit_MB,
        files={path: content for path, content in body.files.items() if content is not None},
        fetch=body.fetch_files,
    )
    if ran.result.outcome is Outcome.SANDBOX_ERROR or not ran.result.steps:
        return JupyterResponse(status=RunStatus.SANDBOX_ERROR, message=ran.result.detail)
    driver = command_of(ran.result.steps[-1], ran.result.detail)
    ok = driver.status is CommandStatus.FINISHED and driver.return_code == 0
    wanted = {path: ran.result.files.get(check_path(path)) for path in body.fetch_files}
    return JupyterResponse(
        status=RunStatus.SUCCESS if ok else RunStatus.FAILED,
        message="",
        driver=driver,
        cells=ran.cells,
        files={path: content for path, content in wanted.items() if content is not None},
    )


async def execute_batch(service: Service, asked: Asked) -> list[ScriptResult]:
    """Run scripts; what their last expressions are is their result."""
    body: BatchRequest = asked.body
    if body.languages and len(body.languages) != len(body.scripts):
        raise UsageError(f"{len(body.scripts)} scripts and {len(body.languages)} languages", "Give one each.")
    for language in body.languages:
        if language not in PYTHON.fences:
            raise UsageError(
                f"scripts in {language!r:.100} are not run here", "Send them to /api/v2/execute."
            )

    async def one(script: str) -> ScriptResult:
        try:
            ran = await _run(service, asked.caller, [script], timeout_s=body.timeout)
        except Failure as failure:
            return ScriptResult(execution=None, exception_str=failure.text)
        if not ran.cells:
            return ScriptResult(execution=None, exception_str=ran.result.detail)
        return ScriptResult(execution=_execution(ran.cells[0]), exception_str=None)

    return await all_of(one(script) for script in body.scripts)


async def _run(
    service: Service,
    caller: Caller,
    cells: list[str],
    *,
    timeout_s: float,
    cell_timeout_s: float = 0.0,
    memory_mb: int = -1,
    files: Mapping[str, bytes] | None = None,
    fetch: list[str] | None = None,
) -> Ran:
    paths = [*map(check_path, files or {}), *map(check_path, fetch or [])]
    if taken := set(OWN).intersection(paths):
        raise UsageError(f"{min(taken)} is the name of a file of the notebook's own", "Choose another.")
    told = msgspec.json.encode({"cells": cells, "cell_timeout": cell_timeout_s})
    request = ExecutionRequest(
        (containers_folder() / "notebook" / "driver.py").read_text("utf-8"),
        PYTHON.id,
        files={**(files or {}), CELLS: told},
        fetch=(RESULTS, *(fetch or [])),
        limits=limits_of(timeout_s, memory_mb, Clock.WALL),
        clock=Clock.WALL,
    )
    result = await executed(service, request, caller, timeout_s)
    try:
        found = msgspec.json.decode(result.files.get(RESULTS, b"[]"), type=list[CellResult])
    except msgspec.DecodeError:  # a cell wrote to it
        found = []
    return Ran(result, found)


def _execution(cell: CellResult) -> Execution:
    error = cell.error[0] if cell.error else None
    shown = [
        {"text": each.get("text/plain", ""), "is_main_result": number == len(cell.display)}
        for number, each in enumerate(cell.display, 1)
    ]
    return Execution(
        results=shown,
        logs={"stdout": [cell.stdout] if cell.stdout else [], "stderr": [cell.stderr] if cell.stderr else []},
        error=error
        and {
            "name": error.get("ename", ""),
            "value": error.get("evalue", ""),
            "traceback": "".join(error.get("traceback", [])),
        },
    )


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/run_jupyter",
        "SandboxFusion: run the cells of a notebook",
        JupyterRequest,
        JupyterResponse,
        run_jupyter,
        fusion_failure,
    ),
    Endpoint(
        "POST",
        "/execute_batch",
        "open-r1: run scripts as notebooks",
        BatchRequest,
        list[ScriptResult],
        execute_batch,
        detail_failure,
    ),
)
