"""Gathers what a verdict is concluded from: how each part ended, and whether its oracle is content."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.judging import diagnostics
from codeeval.types import (
    MEASURE,
    CallsStep,
    Evidence,
    Execution,
    Hint,
    Match,
    Oracle,
    Program,
    Step,
    StepKind,
    StepResult,
    StepStatus,
    UnitTestStatus,
    UnittestStep,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    CompareValues = Callable[[CallsStep, str], Match]
    """A benchmark's comparison: the step, and what its calls returned; see ``interfaces.ComparesValues``."""

DETAIL_CHARS: Final = 500
NAME_CHARS: Final = 200
"""Of a test's name, what the runner reports (containers/runner/unit_tests.py)."""
REPORT_CHARS: Final = 2000
"""Of what a program wrote to its private descriptor; a hostile one may write a lot."""
IN_PYTHON: Final = (StepKind.PYTHON, StepKind.UNITTEST, StepKind.CALLS, StepKind.SEALED)
"""Steps whose runner reports on exceptions."""


def gather(program: Program, execution: Execution, compare: CompareValues) -> Iterator[Evidence]:
    """Find what each part is judged on: its last step that ran, and whether the oracle is content."""
    results = iter(execution.steps)
    result = next(results, None)
    for part, steps in itertools.groupby(program.steps, key=lambda step: step.part):
        last: tuple[Step, StepResult] | None = None
        planned = tuple(steps)
        ran = 0
        for step in planned:
            if result is None or (last and ended_badly(last[1])):
                break
            last = step, result
            ran += 1
            result = next(results, None)
        step, ended = last or (planned[0], StepResult(name=planned[0].name, status=StepStatus.EXITED))
        match = _match(program, step, ended, compare)
        yield msgspec.structs.replace(
            of_step(program, step, ended),
            part=part,
            missing=ran < len(planned) and not ended_badly(ended),
            matched=match.matched,
            difference=match.difference[:DETAIL_CHARS],
            answer=match.answer[:DETAIL_CHARS],
            share=_measured(ended) if step.name == MEASURE else _share(step, ended, match),
        )


def _measured(ended: StepResult) -> float | None:
    """Return the share that a step printed; None where it printed none, or ended badly."""
    text = ended.stdout.strip()
    known = not ended_badly(ended) and text.isascii() and text.isdigit() and len(text) <= len("100")
    return int(text) / 100 if known and int(text) <= 100 else None


def _share(step: Step, ended: StepResult, match: Match) -> float | None:
    """Return the share of the calls that are right: none, where all together have used too much."""
    used_up = ended.status is StepStatus.CPU_LIMIT and ended.cpu_s >= step.limits.cpu_s
    return 0.0 if match.share is not None and used_up else match.share


def of_step(program: Program, step: Step, ended: StepResult) -> Evidence:
    """Make the evidence of a step but for what the oracle has to say."""
    violated = "" if ended_badly(ended) else diagnostics.violated_rule(step, ended)
    failed = failed_command(step, ended) or bool(violated)
    limits = step.limits
    if ended.status is StepStatus.OUTPUT_LIMIT:
        limits = msgspec.structs.replace(limits, output_bytes=program.output_limit(step))
    return Evidence(
        oracle=program.oracle,
        kind=step.kind,
        limits=limits,
        last=msgspec.structs.replace(
            ended, report=ended.report[:REPORT_CHARS], stdout="", stderr="", values="", slow_calls=()
        ),
        hint=diagnostics.hint_of(program.language, ended) if failed else Hint.NOTHING,
        diagnostic=diagnostics.diagnostic_of(program.language, ended) if failed else "",
        violated_rule=violated,
        cumulative=program.cumulative,
        tampering=program.tampering,
        joint=program.joint,
    )


def failed_command(step: Step, ended: StepResult) -> bool:
    """Whether a command, whose messages its language's marks know, ended badly."""
    return step.kind is StepKind.COMMAND and ended_badly(ended)


def ended_badly(result: StepResult) -> bool:
    """Whether a step ended otherwise than by exit status 0."""
    return result.status is not StepStatus.EXITED or result.exit_code != 0 or bool(result.report)


def same_values(step: CallsStep, values: str) -> Match:
    """Compare as a benchmark without a comparison of its own wants it: the same values, spelled the same."""
    if values == step.expected:
        return Match(matched=True)
    if values.count("\n") > step.expected.count("\n"):  # counted first: there may be millions
        return Match(matched=False, difference="wrote results that no call has returned")
    for number, (got, expected) in enumerate(
        zip(values.split("\n")[:-1], step.expected.splitlines(), strict=False), start=1
    ):
        if got != expected:
            return Match(
                matched=False, difference=f"call {number} returned {got[:200]}, not {expected[:200]}"
            )
    return Match(matched=False)


def _tests_passed(step: Step, last: StepResult) -> Match:
    """Compare the tests that reported with those that must."""
    every = bool(last.tests) and all(test.status is UnitTestStatus.OK for test in last.tests)
    stated = step.tests if isinstance(step, UnittestStep) else ()
    reported = {test.name for test in last.tests}
    absent = [name for name in stated if name[:NAME_CHARS] not in reported]
    if last.completed and every and absent:
        return Match(
            matched=False, difference=f"{len(absent)} of {len(stated)} tests did not run: {absent[0]}"
        )
    return Match(matched=last.completed and every)


def _match(program: Program, step: Step, last: StepResult, compare: CompareValues) -> Match:
    match program.oracle:
        case Oracle.COMPLETED:
            return Match(matched=last.completed)
        case Oracle.EXIT_STATUS:  # asked of a step that exited with 0
            return Match(matched=not ended_badly(last))
        case Oracle.STDOUT:
            return Match(matched=last.stdout.rstrip() == program.expected.rstrip())
        case Oracle.TESTS:
            return _tests_passed(step, last)
        case Oracle.VALUES if isinstance(step, CallsStep):
            return compare(step, last.values)
        case Oracle.VALUES | Oracle.ANSWER | Oracle.CASES:  # a step before it that went wrong; never executed
            return Match(matched=False)
        case never:
            assert_never(never)
