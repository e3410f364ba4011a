"""Executes a strategy's candidates in the run's sandboxes, on the examples that the prompt shows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from codeeval.errors import UsageError
from codeeval.interfaces import ShowsExamples
from codeeval.strategies.trials import ExampleResult, Trial
from codeeval.types import Outcome, UnitTestStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import Benchmark, ShownExample
    from codeeval.pipeline.progress import Progress
    from codeeval.pipeline.verifier import Verifier
    from codeeval.types import Completion, Problem, Program, UnitTestResult, Verdict


class SandboxTrials:
    """Executes candidates on the examples.

    Args:
        benchmark: makes the programs.
        verifier: executes and judges; timeouts are not repeated, for a trial is no verdict.
        progress: receives trials without a result.

    Raises:
        UsageError: the benchmark's prompts show no examples.
    """

    def __init__(self, benchmark: Benchmark, verifier: Verifier, *, progress: Progress) -> None:
        if not isinstance(benchmark, ShowsExamples):
            raise no_examples(benchmark)
        self._benchmark = benchmark
        self._verifier = verifier
        self._progress = progress

    async def __call__(self, problem: Problem, completion: Completion) -> Trial:
        """Execute a candidate's program on the examples of its prompt.

        Raises:
            SandboxError: no sandbox works any more.
        """
        program = self._benchmark.example_program(problem, completion)
        examples = self._benchmark.examples(problem)
        verdict = await asyncio.wrap_future(self._verifier.attempt(program))
        if verdict.outcome is Outcome.SANDBOX_ERROR:
            self._progress.note(
                f"{problem.task_id}: a trial's sandbox failed ({verdict.detail}); "
                "the strategy continues without it"
            )
        return _trial(program, examples, verdict)


def no_examples(benchmark: Benchmark) -> UsageError:
    """Make the error of a benchmark without examples that a strategy may execute."""
    return UsageError(
        f"{benchmark.name} shows no examples that could be executed, and hidden tests are not for strategies",
        "Strategies that execute candidates work on humaneval, mbpp, humaneval-plus and mbpp-plus.",
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
        return ExampleResult(text=example.text, passed=False, actual="did not get to it", returned=False)
    passed = case.status is UnitTestStatus.OK
    message = case.trace.rstrip().rpartition("\n")[2]
    failed = case.status is UnitTestStatus.FAIL
    return ExampleResult(
        text=example.text,
        passed=passed,
        actual="" if passed else message.removeprefix("AssertionError: ") if failed else f"raised {message}",
        returned=passed or failed,
    )
