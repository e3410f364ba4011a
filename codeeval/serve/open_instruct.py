"""open-instruct's code verifier: ``/test_program`` and ``/test_program_stdio``.

Start the trainer with ``--code_api_url http://HOST:PORT/test_program``. Each test is an execution of its own,
under a limit of wall time, and the answer has a result a test.

Source: open-instruct, open_instruct/code_utils/api.py and code_utils.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from codeeval import Case, ExecutionRequest, LimitOptions, Outcome
from codeeval.languages import PYTHON
from codeeval.rewards.entry_points import tested_function
from codeeval.serve.endpoint import Endpoint, detail_failure
from codeeval.serve.failures import Failure
from codeeval.serve.grading import all_of
from codeeval.session.requests import Clock

if TYPE_CHECKING:
    from codeeval import ExecutionResult
    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Service

MOST_TESTS: Final = 1000
FAILED_S: Final = -1.0
"""The runtime of a test that failed."""
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]


class StdioTest(msgspec.Struct, kw_only=True):
    """What goes in, and what must come out."""

    input: str
    output: str


class TestRequest(msgspec.Struct, kw_only=True):
    """A program, and assertions about it."""

    program: str
    tests: Annotated[list[str], msgspec.Meta(max_length=MOST_TESTS)]
    max_execution_time: Seconds = 1.0


class StdioRequest(msgspec.Struct, kw_only=True):
    """A program, and what it must print."""

    program: str
    tests: Annotated[list[StdioTest], msgspec.Meta(max_length=MOST_TESTS)]
    max_execution_time: Seconds = 1.0


class TestAnswer(msgspec.Struct, kw_only=True):
    """One result a test, in order."""

    results: list[int]
    """1 for passed, 0 for failed."""
    runtimes: list[float]
    """Seconds; -1 for failed."""


async def health(_service: Service, _asked: Asked) -> dict[str, str]:
    """Answer at all."""
    return {"status": "healthy"}


async def test_program(service: Service, asked: Asked) -> TestAnswer:
    """Run a program's assertions, each by itself."""
    body: TestRequest = asked.body
    requests = [
        ExecutionRequest(
            body.program,
            PYTHON.id,
            tests=test,
            entry_point=entry_point,
            limits=LimitOptions(wall_s=body.max_execution_time),
            clock=Clock.WALL,
            protocol=asked.protocol_for(entry_point),
        )
        for test, entry_point in ((test, tested_function(test)) for test in body.tests)
    ]
    results = await all_of(service.execute(request, asked.caller) for request in requests)
    passed = [_known(result).passed for result in results]
    return TestAnswer(
        results=[int(each) for each in passed],
        runtimes=[
            result.wall_s if right else FAILED_S for result, right in zip(results, passed, strict=True)
        ],
    )


async def test_program_stdio(service: Service, asked: Asked) -> TestAnswer:
    """Run a program with each input, and compare what it prints."""
    body: StdioRequest = asked.body
    if not body.tests:
        return TestAnswer(results=[], runtimes=[])
    request = ExecutionRequest(
        body.program,
        PYTHON.id,
        cases=tuple(Case(stdin=test.input, expected=test.output) for test in body.tests),
        limits=LimitOptions(wall_s=body.max_execution_time),
        clock=Clock.WALL,
        stop_at_failure=False,
    )
    result = _known(await service.execute(request, asked.caller))
    right = {case.index: case for case in result.cases if case.outcome is Outcome.PASSED}
    return TestAnswer(
        results=[int(index in right) for index in range(len(body.tests))],
        runtimes=[right[index].wall_s if index in right else FAILED_S for index in range(len(body.tests))],
    )


def _known(result: ExecutionResult) -> ExecutionResult:
    if result.outcome is Outcome.SANDBOX_ERROR:
        raise Failure(503, "sandbox_error", result.detail, "Send the program again.", retry=True)
    return result


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/health",
        "open-instruct, NeMo Gym: whether the service runs",
        None,
        dict[str, str],
        health,
        detail_failure,
        public=True,
    ),
    Endpoint(
        "POST",
        "/test_program",
        "open-instruct: assertions",
        TestRequest,
        TestAnswer,
        test_program,
        detail_failure,
    ),
    Endpoint(
        "POST",
        "/test_program_stdio",
        "open-instruct: inputs and outputs",
        StdioRequest,
        TestAnswer,
        test_program_stdio,
        detail_failure,
    ),
)
