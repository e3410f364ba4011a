"""Executes a strategy's candidates in the run's sandboxes: on the prompt's examples, or on its own inputs."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Final

from codeeval.errors import DataError, UsageError
from codeeval.interfaces import RunsOnInputs, ShowsExamples
from codeeval.judging import ended_badly
from codeeval.strategies.trials import ExampleResult, Trial
from codeeval.types import Outcome, UnitTestStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import Benchmark, ShownExample
    from codeeval.pipeline.progress import Progress
    from codeeval.pipeline.verifier import Verifier
    from codeeval.types import (
        CaseResult,
        Completion,
        Problem,
        Program,
        StepResult,
        UnitTestResult,
        Verdict,
    )

PRINTED_CHARS: Final = 500
"""Of what a program printed on an example, what a strategy sees."""


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
        try:
            program = self._benchmark.example_program(problem, completion)
            examples = self._benchmark.examples(problem)
        except DataError as error:  # costs this problem's samples, not the run: the executor names it again
            self._progress.note(f"{problem.task_id}: no examples to try: {error.message}")
            return Trial(outcome=Outcome.SANDBOX_ERROR, detail=error.message)
        verdict = await asyncio.wrap_future(self._verifier.attempt(program))
        self._note_failure(problem, verdict)
        return _trial(program, examples, verdict)

    def inputs(self, problem: Problem) -> tuple[str, ...]:
        """Return the inputs of the examples that the prompt shows."""
        try:
            return runs_on_inputs(self._benchmark).shown_inputs(problem)
        except DataError:  # as above
            return ()

    async def behaviour(
        self, problem: Problem, completion: Completion, inputs: Sequence[str]
    ) -> tuple[str, ...]:
        """Execute a candidate's program on inputs, and return what it did on each: equal texts, the same.

        Outputs are compared by what stands between white space. Empty where the sandbox failed.

        Raises:
            SandboxError: no sandbox works any more.
        """
        program = runs_on_inputs(self._benchmark).inputs_program(problem, completion, inputs)
        examined = await asyncio.wrap_future(self._verifier.examine(program, timeout_reruns=0))
        self._note_failure(problem, examined.verdict)
        results = examined.execution.cases if examined.execution else ()
        return tuple(map(_behaviour, results)) if len(results) == len(inputs) else ()

    def _note_failure(self, problem: Problem, verdict: Verdict) -> None:
        if verdict.outcome is Outcome.SANDBOX_ERROR:
            self._progress.note(
                f"{problem.task_id}: a trial's sandbox failed ({verdict.detail}); "
                "the strategy continues without it"
            )


def runs_on_inputs(benchmark: Benchmark) -> RunsOnInputs:
    """Return a benchmark whose programs can be run on other inputs than its own.

    Raises:
        UsageError: its programs cannot.
    """
    if isinstance(benchmark, RunsOnInputs):
        return benchmark
    raise UsageError(
        f"{benchmark.name} has no programs that could be run on generated inputs",
        "clustering works on code-contests and livecodebench; elsewhere use best-of-n or majority.",
    )


def no_examples(benchmark: Benchmark) -> UsageError:
    """Make the error of a benchmark without examples that a strategy may execute."""
    return UsageError(
        f"{benchmark.name} shows no examples that could be executed, and hidden tests are not for strategies",
        "Strategies that execute candidates work on humaneval, mbpp, humaneval-plus, mbpp-plus, "
        "code-contests and livecodebench.",
    )


def _trial(program: Program, examples: Sequence[ShownExample], verdict: Verdict) -> Trial:
    if program.cases:
        cases: Sequence[CaseResult | UnitTestResult] = verdict.cases
        of_cases = {case.index: case for case in verdict.cases}
        results = [_of_case(example, of_cases.get(number)) for number, example in enumerate(examples)]
    else:
        cases = verdict.evidence[0].last.tests if verdict.evidence else ()
        by_name = {case.name: case for case in cases}
        results = [
            _result(example, by_name.get(f"test_{number:04}")) for number, example in enumerate(examples)
        ]
    return Trial(
        outcome=verdict.outcome,
        detail=verdict.detail,
        code=program.extraction.code,
        examples=len(examples),
        results=tuple(results) if cases else (),
    )


def _behaviour(result: StepResult) -> str:
    if ended_badly(result):
        return result.status.value
    return hashlib.sha256(" ".join(result.stdout.split()).encode("utf-8", "surrogatepass")).hexdigest()


def _unreached(example: ShownExample) -> ExampleResult:
    return ExampleResult(text=example.text, passed=False, actual="did not get to it", returned=False)


def _of_case(example: ShownExample, case: CaseResult | None) -> ExampleResult:
    if case is None:
        return _unreached(example)
    printed = case.outcome is Outcome.WRONG_ANSWER
    actual = f"printed {case.output[:PRINTED_CHARS]!r}" if printed else case.detail
    passed = case.outcome is Outcome.PASSED
    return ExampleResult(
        text=example.text, passed=passed, actual="" if passed else actual, returned=passed or printed
    )


def _result(example: ShownExample, case: UnitTestResult | None) -> ExampleResult:
    if case is None:
        return _unreached(example)
    passed = case.status is UnitTestStatus.OK
    message = case.trace.rstrip().rpartition("\n")[2]
    failed = case.status is UnitTestStatus.FAIL
    return ExampleResult(
        text=example.text,
        passed=passed,
        actual="" if passed else message.removeprefix("AssertionError: ") if failed else f"raised {message}",
        returned=passed or failed,
    )
