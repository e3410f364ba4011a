"""``Service``: one ``Sandbox`` and the evaluators that share it, behind a bounded queue."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from codeeval import Evaluator, ExecutionRequest, Sandbox
from codeeval.benchmarks.common.sealing import OFFICIAL
from codeeval.errors import DataError
from codeeval.languages import LANGUAGES
from codeeval.serve.admission import Admission
from codeeval.serve.failures import Failure, overdue
from codeeval.serve.metrics import Metrics
from codeeval.serve.session_table import Sessions
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from concurrent.futures import Future

    from codeeval import ExecutionResult, Submission, Verdict
    from codeeval.errors import SandboxError
    from codeeval.serve.settings import ServeSettings
    from codeeval.session.hooks import Notes
    from codeeval.types import Execution, Program

LOG: Final = logging.getLogger("codeeval.serve")
USUAL_BYTES: Final = 1 << 30
"""What programs of benchmarks may use, but for a few."""
READY_S: Final = 10.0
"""How long a program that was judged proves that sandboxes work."""
CANARY_S: Final = 30.0
FILES: Final = "tasks"
"""The benchmark whose variants are files: a client must not have this machine's read."""
MOST_EVALUATORS: Final = 8
"""Benchmarks, by protocol, that are kept loaded."""
GRACE_S: Final = 30.0
"""Beyond a program's own limits: what a sandbox may take to start and answer."""
T = TypeVar("T", "ExecutionResult", "Verdict")


class Caller(NamedTuple):
    """Who asks, and how long it waits."""

    client: str
    """Takes turns with others."""
    request_id: str = ""


class Service:
    """Executes and judges programs for any number of clients.

    Args:
        settings: what it is started with.
        notes: receives what an operator should know, a line each.
    """

    def __init__(self, settings: ServeSettings, notes: Notes) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.admission = Admission(settings.workers, settings.max_queue)
        self.sandbox = Sandbox(settings.languages, require_all=False, settings=settings.sandbox, notes=notes)
        self.sessions = Sessions(settings.max_sessions, settings.session_idle_s)
        self._notes = notes
        self._evaluators: dict[tuple[str, str | None], Evaluator] = {}
        self._opening = asyncio.Lock()
        self._proven_s = float("-inf")
        self._missing: dict[str, SandboxError] = {}

    async def open(self) -> None:
        """Start the sandboxes.

        Raises:
            SandboxError: no language has one.
        """
        await self.sandbox.aopen()
        for language, error in self.sandbox.missing.items():
            self._notes(f"not served: {language}: {error.message}")
            self._missing[language] = error

    async def close(self) -> None:
        """End the sandboxes, and whatever still runs in them."""
        await self.sessions.close()
        for evaluator in self._evaluators.values():
            await evaluator.aclose()
        await self.sandbox.aclose()

    async def execute(
        self,
        request: ExecutionRequest,
        caller: Caller,
        *,
        start_within_s: float | None = None,
        answer_within_s: float | None = None,
    ) -> ExecutionResult:
        """Execute a program when its turn comes.

        Args:
            request: what to execute.
            caller: who asks.
            start_within_s: longest wait for its turn; None for the service's.
            answer_within_s: longest wait for its result; None: as long as its limits allow.

        Raises:
            Failure: it has no result.
            CodeEvalError: the request is wrong.
        """
        if (error := self._missing.get(request.language)) is not None:
            raise Failure(503, "not_built", error.message, error.remedy)
        program = self.sandbox.program(request)  # a request that is wrong never waits
        return await self._judged(
            lambda: self.sandbox.submit(request),
            caller,
            language=program.language,
            memory_bytes=max((step.limits.memory_bytes for step in program.steps), default=0),
            start_within_s=start_within_s,
            answer_within_s=answer_within_s,
        )

    async def evaluate(self, evaluator: Evaluator, submission: Submission, caller: Caller) -> Verdict:
        """Execute and judge a submission when its turn comes.

        Raises:
            Failure: it has no verdict.
            CodeEvalError: the submission is wrong.
        """
        return await self._judged(
            lambda: evaluator.submit(submission),
            caller,
            language=evaluator.benchmark.name,
            memory_bytes=USUAL_BYTES,
        )

    async def run(self, program: Program, caller: Caller) -> Execution:
        """Execute a program when its turn comes, and leave it to the caller to judge.

        Raises:
            Failure: it does not come.
        """
        memory_bytes = max(step.limits.memory_bytes for step in program.steps)
        within_s = self.settings.queue_s
        slot = self.admission.slot(caller.client, within_s=within_s, memory_bytes=memory_bytes)
        async with self._counted(), slot:
            execution = await asyncio.wrap_future(self.sandbox.submit_program(program))
        if execution.error:
            LOG.error("request %s: sandbox error: %s", caller.request_id, execution.error)
        return execution

    async def evaluator(self, benchmark: str, protocol: str | None = None) -> Evaluator:
        """Return the evaluator of a benchmark, loaded on first use.

        Raises:
            Failure: too many benchmarks are loaded already.
            CodeEvalError: there is no such benchmark, it has no data here, or no sandbox.
        """
        if FILES in benchmark.split(":") or "/" in benchmark:
            raise Failure(422, "invalid_request", "a benchmark that is a file of the service's is not served")
        key = (benchmark, None if protocol == OFFICIAL else protocol)
        async with self._opening:
            if key not in self._evaluators:
                if len(self._evaluators) >= MOST_EVALUATORS:
                    raise Failure(
                        503,
                        "too_many_benchmarks",
                        f"{MOST_EVALUATORS} benchmarks are loaded already",
                        f"Loaded: {', '.join(sorted({name for name, _ in self._evaluators}))}.",
                    )
                evaluator = Evaluator(
                    benchmark,
                    sandbox=self.sandbox,
                    protocol=key[1],
                    data_root=self.settings.data.data_root,
                    offline=self.settings.data.offline,
                )
                try:
                    self._evaluators[key] = await evaluator.aopen()
                except DataError as error:
                    LOG.error("benchmark %s: %s", benchmark, error)  # noqa: TRY400 -- no defect
                    raise Failure(
                        503,
                        "no_data",
                        f"benchmark {benchmark} has no data here; the log says why",
                        "Start the service with --data-root.",
                    ) from None
        return self._evaluators[key]

    async def ready(self) -> None:
        """Make sure that sandboxes execute programs: that one was judged lately, or one is now.

        Raises:
            Failure: they do not, or the service ends.
        """
        if self.admission.draining:
            raise Failure(503, "draining", "the service is about to end")
        if time.monotonic() - self._proven_s < READY_S:
            return
        language = next(name for name in self.settings.languages if name not in self._missing)
        canary = next(test for test in LANGUAGES[language].self_tests if test.stdout)
        request = ExecutionRequest(canary.source, language, stdin=canary.stdin)
        try:
            async with asyncio.timeout(CANARY_S):
                result = await self.sandbox.aexecute(request)
        except TimeoutError:
            raise Failure(503, "not_ready", f"a canary program had no result in {CANARY_S:g} s") from None
        if not result.passed or result.stdout.strip() != canary.stdout:
            raise Failure(503, "not_ready", f"a canary program in {language}: {result.outcome.value}")
        self._proven_s = time.monotonic()

    async def drain(self) -> None:
        """Admit nothing more, and wait until nothing is at work, as long as the settings allow."""
        self.admission.draining = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.drain_s):
                while self.admission.admitted or self.admission.waiting:  # noqa: ASYNC110 -- rarely, and once
                    await asyncio.sleep(0.05)

    async def _judged(
        self,
        submit: Callable[[], Future[T]],
        caller: Caller,
        *,
        language: str,
        memory_bytes: int,
        start_within_s: float | None = None,
        answer_within_s: float | None = None,
    ) -> T:
        """Wait for a turn and for the result; whoever stops waiting takes the program back."""
        began_s = time.monotonic()
        within_s = self.settings.queue_s if start_within_s is None else start_within_s
        async with (
            self._counted(),
            self.admission.slot(caller.client, within_s=within_s, memory_bytes=memory_bytes),
        ):
            left_s = None if answer_within_s is None else began_s + answer_within_s - time.monotonic()
            try:
                async with asyncio.timeout(left_s):
                    result = await asyncio.wrap_future(submit())
            except TimeoutError:
                raise overdue(answer_within_s or 0.0) from None
        now_s = time.monotonic()
        self.metrics.judged(language, result.outcome, now_s - began_s)
        if result.outcome is Outcome.SANDBOX_ERROR:
            LOG.error("request %s: sandbox error: %s", caller.request_id, result.detail)
            return msgspec.structs.replace(
                result, detail=f"the sandbox failed; the log says why, at request {caller.request_id}"
            )
        self._proven_s = now_s
        return result

    @contextlib.asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            self.metrics.cancelled += 1
            raise
