"""codeeval's own routes: ``/v1/execute`` and ``/v1/evaluate``, one program or many."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from codeeval import ExecutionResult, Submission
from codeeval.errors import CodeEvalError
from codeeval.serve.endpoint import Endpoint, Stream, native_failure
from codeeval.serve.failures import Failure, failure_of
from codeeval.session.wire import (
    ErrorBody,
    EvaluateBody,
    ExecuteBody,
    ExecuteManyBody,
    Line,
    Lines,
    SubmissionBody,
    request_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Caller, Service

AT_ONCE: Final = 32
"""Programs of one request that are in the queue or beyond it, beside a few a worker."""
T = TypeVar("T")


async def execute(service: Service, asked: Asked) -> ExecutionResult:
    """Execute one program."""
    return await _executed(service, asked.body, asked.caller)


async def _executed(service: Service, body: ExecuteBody, caller: Caller) -> ExecutionResult:
    within_s = body.within_s
    start_s = None if within_s is None else min(within_s, service.settings.queue_s)
    return await service.execute(request_of(body), caller, start_within_s=start_s, answer_within_s=within_s)


async def execute_many(service: Service, asked: Asked) -> object:
    """Execute programs; one that is wrong does not keep the others from it."""

    async def one(index: int, body: ExecuteBody) -> Line:
        return Line(index=index, result=await _executed(service, body, asked.caller))

    return await _answers(service, asked, asked.body.requests, one)


async def evaluate(service: Service, asked: Asked) -> object:
    """Judge completions of a benchmark's tasks."""
    evaluator = await service.evaluator(asked.body.benchmark, asked.body.protocol)

    async def one(index: int, body: SubmissionBody) -> Line:
        submission = Submission(body.task_id, body.text, body.kind, body.sample)
        return Line(index=index, verdict=await service.evaluate(evaluator, submission, asked.caller))

    return await _answers(service, asked, asked.body.submissions, one)


async def _answers(
    service: Service, asked: Asked, bodies: Sequence[T], one: Callable[[int, T], Awaitable[Line]]
) -> object:
    """Answer with all results at once, or with each as it comes where the client wants lines."""
    lines = _each(bodies, one, at_once=AT_ONCE + 4 * service.settings.workers)
    if asked.wants_lines:
        return Stream(_encoded(lines))
    found = [line async for line in lines]
    return Lines(results=tuple(sorted(found, key=lambda line: line.index)))


async def _encoded(lines: AsyncGenerator[Line]) -> AsyncGenerator[bytes]:
    async with contextlib.aclosing(lines):
        async for line in lines:
            yield msgspec.json.encode(line) + b"\n"


async def _each(
    bodies: Sequence[T], one: Callable[[int, T], Awaitable[Line]], *, at_once: int
) -> AsyncGenerator[Line]:
    """Yield a line for each body, as they come, a bounded number of them at a time."""
    left = iter(enumerate(bodies))
    working: set[asyncio.Task[Line]] = set()
    try:
        while True:
            for index, body in itertools.islice(left, at_once - len(working)):
                working.add(asyncio.ensure_future(_line(index, one(index, body))))
            if not working:
                return
            done, working = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in working:
            task.cancel()


async def _line(index: int, work: Awaitable[Line]) -> Line:
    """Wait for a line; a failure is one, too."""
    try:
        return await work
    except (Failure, CodeEvalError, ValueError) as error:
        failure = failure_of(error)
        if failure is None:
            raise
        return Line(
            index=index,
            error=ErrorBody(code=failure.code, message=failure.message, remedy=failure.remedy),
        )


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/v1/execute",
        "Execute a program; its tests or cases decide",
        ExecuteBody,
        ExecutionResult,
        execute,
        native_failure,
        strict=True,
    ),
    Endpoint(
        "POST",
        "/v1/execute_many",
        "Execute programs; with Accept: application/x-ndjson, a line as each ends",
        ExecuteManyBody,
        Lines,
        execute_many,
        native_failure,
        strict=True,
    ),
    Endpoint(
        "POST",
        "/v1/evaluate",
        "Judge completions of a benchmark; with Accept: application/x-ndjson, a line as each ends",
        EvaluateBody,
        Lines,
        evaluate,
        native_failure,
        strict=True,
    ),
)
