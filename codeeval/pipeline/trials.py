"""Tries out a strategy's draws in the run's sandboxes, on the examples that the prompt shows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from codeeval.errors import SandboxError, UsageError
from codeeval.interfaces import ShowsExamples
from codeeval.judging import judge
from codeeval.strategies.values import ExampleResult, Trial
from codeeval.types import Outcome, UnitTestStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import Benchmark, ShownExample
    from codeeval.pipeline.execution import ProgramPool
    from codeeval.pipeline.progress import Progress
    from codeeval.types import Completion, Problem, Program, UnitTestResult, Verdict

_HOPELESS: Final = 50
"""Trials in a row, each tried repeatedly, whose sandbox failed: the engine is gone."""


class SandboxTrials:
    """Executes draws on the examples, and takes what a sandbox spoils again.

    Args:
        benchmark: makes the programs.
        pool: started; closing it is the caller's.
        retries: further executions of a program whose sandbox failed.
        progress: is told of trials that came to nothing.

    Raises:
        UsageError: the benchmark's prompts show no examples.
    """

    def __init__(self, benchmark: Benchmark, pool: ProgramPool, *, retries: int, progress: Progress) -> None:
        if not isinstance(benchmark, ShowsExamples):
            raise no_examples(benchmark)
        self._benchmark = benchmark
        self._pool = pool
        self._retries = retries
        self._progress = progress
        self._streak = 0

    async def __call__(self, problem: Problem, completion: Completion) -> Trial:
        """Execute a draw's program on the examples of its prompt.

        Raises:
            SandboxError: no sandbox works any more.
        """
        program = self._benchmark.example_program(problem, completion)
        examples = self._benchmark.examples(problem)
        verdict = await self._executed(program) if program.steps else judge(program, None)
        if verdict.outcome is Outcome.SANDBOX_ERROR:
            self._progress.note(
                f"{problem.task_id}: a trial's sandbox failed ({verdict.detail}); "
                "the strategy goes on without it"
            )
        return _trial(program, examples, verdict)

    async def _executed(self, program: Program) -> Verdict:
        verdict = judge(program, None)
        for _ in range(1 + self._retries):
            execution = await asyncio.wrap_future(self._pool.submit(program))
            verdict = judge(program, execution)
            if verdict.outcome is not Outcome.SANDBOX_ERROR:
                self._streak = 0
                return verdict
            if execution.final:
                return verdict
        self._streak += 1
        if self._streak >= _HOPELESS:
            raise SandboxError(
                f"the sandboxes of {self._streak} trials in a row failed; the last: {verdict.detail}",
                "`codeeval doctor` says what is wrong; the same command then resumes.",
            )
        return verdict


def no_examples(benchmark: Benchmark) -> UsageError:
    """Say that a benchmark has nothing that a strategy may try."""
    return UsageError(
        f"{benchmark.name} shows no examples that could be executed, and hidden tests are not for strategies",
        "Strategies that try out what they draw work on humaneval, mbpp, humaneval-plus and mbpp-plus.",
    )


def _trial(program: Program, examples: Sequence[ShownExample], verdict: Verdict) -> Trial:
    cases = verdict.evidence[0].last.tests if verdict.evidence else ()
    by_name = {case.name: case for case in cases}
    results = [_result(example, by_name.get(f"test_{number:04}")) for number, example in enumerate(examples)]
    return Trial(
        outcome=verdict.outcome,
        detail=verdict.detail,
        code=program.extraction.code,
        examples=len(examples),
        results=tuple(results) if cases else (),
    )


def _result(example: ShownExample, case: UnitTestResult | None) -> ExampleResult:
    if case is None:
        return ExampleResult(text=example.text, passed=False, said="did not get to it", returned=False)
    passed = case.status is UnitTestStatus.OK
    said = case.trace.rstrip().rpartition("\n")[2]
    failed = case.status is UnitTestStatus.FAIL
    return ExampleResult(
        text=example.text,
        passed=passed,
        said="" if passed else said.removeprefix("AssertionError: ") if failed else f"raised {said}",
        returned=passed or failed,
    )
