"""Stateful sandboxes over HTTP: ``/v1/sessions``."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from codeeval import ExecutionRequest, ExecutionResult, Outcome
from codeeval.errors import UsageError
from codeeval.pipeline.limits import with_limits
from codeeval.serve.endpoint import Endpoint, native_failure
from codeeval.serve.failures import Failure
from codeeval.serve.service import USUAL_BYTES
from codeeval.session.files import with_fetch
from codeeval.session.requests import result_of
from codeeval.session.wire import CreateBody, ExecBody, FilesBody, PathsBody, SessionBody

if TYPE_CHECKING:
    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Caller, Service
    from codeeval.types import Program

NOTHING: Final = "true"


async def create(service: Service, asked: Asked) -> SessionBody:
    """Start a session."""
    language = asked.body.language
    if service.admission.draining:
        raise Failure(503, "draining", "the service is about to end", retry=True)
    id_ = await service.sessions.create(service.sandbox, language)
    return SessionBody(id=id_, language=language, idle_s=service.settings.session_idle_s)


async def execute(service: Service, asked: Asked) -> ExecutionResult:
    """Execute a program or a command in a session."""
    body: ExecBody = asked.body
    found = service.sessions.find(asked.path["id"])
    if (body.code is None) == (body.command is None):
        raise UsageError("a request has code or a command", "Give one of them.")
    if body.code is not None:
        request = ExecutionRequest(
            body.code,
            found.session.language,
            stdin=body.stdin,
            limits=body.limits,
            files=body.files,
            fetch=body.fetch,
        )
        program = service.sandbox.program(request)
    else:
        command = found.session.command(body.command or "", stdin=body.stdin, files=body.files)
        program = with_fetch(with_limits(command, body.limits), body.fetch)
    return await _executed(service, asked.path["id"], program, asked.caller)


async def upload(service: Service, asked: Asked) -> SessionBody:
    """Write files into a session's work folder."""
    found = service.sessions.find(asked.path["id"])
    program = found.session.command(NOTHING, files=asked.body.files)
    result = await _executed(service, asked.path["id"], program, asked.caller)
    if result.outcome is not Outcome.PASSED:
        raise Failure(409, "not_written", f"the files could not be written: {result.detail}")
    return SessionBody(id=asked.path["id"], language=found.session.language)


async def download(service: Service, asked: Asked) -> FilesBody:
    """Read files of a session's work folder; those that are not there are left out."""
    found = service.sessions.find(asked.path["id"])
    result = await _executed(
        service, asked.path["id"], found.session.download(asked.body.paths), asked.caller
    )
    return FilesBody(files=dict(result.files))


async def close(service: Service, asked: Asked) -> SessionBody:
    """Close a session."""
    found = service.sessions.find(asked.path["id"])
    await service.sessions.end(asked.path["id"])
    return SessionBody(id=asked.path["id"], language=found.session.language)


async def _executed(service: Service, id_: str, program: Program, caller: Caller) -> ExecutionResult:
    found = service.sessions.find(id_)
    slot = service.admission.slot(caller.client, within_s=service.settings.queue_s, memory_bytes=USUAL_BYTES)
    async with found.busy, slot:
        examined = await asyncio.wrap_future(found.session.submit(program))
    found.used_s = time.monotonic()
    if lost := found.session.lost:
        await service.sessions.end(id_)
        if examined.verdict.outcome is Outcome.SANDBOX_ERROR:
            raise Failure(410, "session_lost", f"the session is lost: {lost}", "Start another one.")
    return result_of(examined)


ENDPOINTS: Final = (
    Endpoint(
        "POST", "/v1/sessions", "Start a stateful sandbox", CreateBody, SessionBody, create, native_failure
    ),
    Endpoint(
        "POST",
        "/v1/sessions/{id}/exec",
        "Execute a program or a shell command in it",
        ExecBody,
        ExecutionResult,
        execute,
        native_failure,
    ),
    Endpoint(
        "POST",
        "/v1/sessions/{id}/upload",
        "Write files into it",
        FilesBody,
        SessionBody,
        upload,
        native_failure,
    ),
    Endpoint(
        "POST",
        "/v1/sessions/{id}/download",
        "Read files of it",
        PathsBody,
        FilesBody,
        download,
        native_failure,
    ),
    Endpoint("DELETE", "/v1/sessions/{id}", "Close it", None, SessionBody, close, native_failure),
)
