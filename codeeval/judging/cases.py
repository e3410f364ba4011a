"""Judges a program with cases: each by itself, and of all the first that failed decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.judging import diagnostics
from codeeval.judging.checking import decisions
from codeeval.judging.comparisons import COMPARISONS, compare_output
from codeeval.judging.conclusion import Finding, conclude
from codeeval.judging.evidence import (
    DETAIL_CHARS,
    REPORT_CHARS,
    ended_badly,
    failed_command,
    of_step,
)
from codeeval.judging.grouping import share_of_points
from codeeval.types import CaseResult, Evidence, Hint, Match, Outcome, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codeeval.judging.checking import Decision
    from codeeval.types import Case, Execution, Program, Step

    CompareOutput = Callable[[Case, str], Match]
    """A benchmark's own comparison of what was printed; see ``interfaces.ComparesOutputs``."""

OUTPUT_CHARS: Final = 1000
"""Of what a failed case printed, what is kept."""


class Judged(NamedTuple):
    """The cases of a program, and what they were concluded from."""

    evidence: Evidence
    """Of the step that runs the cases, as it ended in the case that decides; or of a failed one before."""
    cases: tuple[CaseResult, ...]
    deciding: StepResult
    """How the step or case that decides ended."""


def judge_cases(
    program: Program, execution: Execution, compare: CompareOutput | None, checked: Execution | None
) -> Judged:
    """Judge each case that ran, up to the first that failed where that ends the program.

    Args:
        program: with cases.
        execution: what the sandbox measured.
        compare: the benchmark's own comparison, for names that ``COMPARISONS`` does not have.
        checked: what the checker came to, where there is one.
    """
    before = program.steps[:-1]
    if execution.steps and ended_badly(execution.steps[-1]):
        place = len(execution.steps) - 1
        failed = execution.steps[-1]
        return Judged(of_step(program, program.steps[place], failed), (), failed)
    step = program.steps[-1]
    if not execution.cases:
        last = execution.steps[-1] if execution.steps else _unseen(step)
        evidence = of_step(program, before[-1] if before else step, last)
        return Judged(msgspec.structs.replace(evidence, missing=True), (), last)
    decided = decisions(program, execution, checked)
    cases: list[CaseResult] = []
    for index, result in enumerate(_within_total(program, execution)):
        case = _gathered(program, index, result, compare, decided.get(index))
        cases.append(concluded(case, step_evidence(program, step)))
        if program.stop_at_failure and cases[-1].outcome is not Outcome.PASSED:
            break
    failures = (case.index for case in cases if case.outcome is not Outcome.PASSED)
    place = next(failures, len(cases) - 1)
    evidence = msgspec.structs.replace(
        of_step(program, step, execution.cases[place]),
        matched=cases[place].matched,
        missing=len(cases) < len(program.cases)
        and not (program.stop_at_failure and cases[-1].outcome is not Outcome.PASSED),
        share=_share(program, execution, cases),
    )
    return Judged(evidence, tuple(cases), execution.cases[place])


def _within_total(program: Program, execution: Execution) -> Iterator[StepResult]:
    """Yield how cases ended; the one at which all together have used too much ended so."""
    used_s = 0.0
    for result in execution.cases[: len(program.cases)]:
        used_s += result.cpu_s
        if program.total_cpu_s and used_s > program.total_cpu_s and not ended_badly(result):
            yield msgspec.structs.replace(result, status=StepStatus.CPU_LIMIT)
        else:
            yield result


def _share(program: Program, execution: Execution, cases: Sequence[CaseResult]) -> float | None:
    """Return the share of the cases that are right, or of the points; none, where all have used too much."""
    right = [case.outcome is Outcome.PASSED for case in cases]
    if program.groups:
        return share_of_points(program.groups, right) if len(right) == len(program.cases) else 0.0
    if not program.averaged:
        return None
    used_s = sum(result.cpu_s for result in execution.cases)
    if program.total_cpu_s and used_s > program.total_cpu_s:
        return 0.0
    return sum(right) / len(program.cases)


def rejects(program: Program, index: int, result: StepResult) -> bool:
    """Whether a case has failed for certain, whatever a checker or the benchmark would make of its output.

    Args:
        program: with cases.
        index: of the case.
        result: how it ended.
    """
    if ended_badly(result):
        return True
    if program.checker is not None or program.comparison.name not in COMPARISONS:
        return False
    return not compare_output(result.stdout, program.cases[index].expected, program.comparison).matched


def conclude_cases(evidence: Evidence, cases: tuple[CaseResult, ...]) -> Finding:
    """Conclude from cases that were concluded on: the first that failed decides.

    If the sandbox or the checker failed on any of them, the sample has no verdict.
    """
    if not cases:
        return conclude(evidence)
    if evidence.missing:
        return Finding(Outcome.SANDBOX_ERROR, f"the sandbox stopped after case {cases[-1].index + 1}")
    failed = [case for case in cases if case.outcome is not Outcome.PASSED]
    if not failed:
        return Finding(Outcome.PASSED, "")
    undecided = [case for case in failed if case.outcome is Outcome.SANDBOX_ERROR]
    first = (undecided or failed)[0]
    name = f" ({first.name})" if first.name else ""
    others = f" ({len(failed)} of {len(cases)} cases failed)" if len(failed) > 1 else ""
    return Finding(first.outcome, f"case {first.index + 1}{name}: {first.detail}{others}")


def concluded(case: CaseResult, evidence: Evidence) -> CaseResult:
    """Conclude on a case from what was gathered about it.

    Args:
        case: outcome and detail are replaced.
        evidence: of the step that ran it.
    """
    if case.undecided:
        return msgspec.structs.replace(case, outcome=Outcome.SANDBOX_ERROR, detail=case.undecided)
    last = StepResult(
        name=evidence.last.name,
        status=case.status,
        exit_code=case.exit_code,
        signal=case.signal,
        report=case.report,
        cpu_s=case.cpu_s,
    )
    finding = conclude(
        msgspec.structs.replace(
            evidence,
            limits=case.limits or evidence.limits,
            last=last,
            missing=False,
            matched=case.matched,
            difference=case.difference,
            hint=case.hint,
            diagnostic=case.diagnostic,
            violated_rule="",  # of the case that decides; each has its own as the difference
        )
    )
    return msgspec.structs.replace(case, outcome=finding.outcome, detail=finding.detail[:DETAIL_CHARS])


def step_evidence(program: Program, step: Step) -> Evidence:
    """Make evidence of a step that says nothing yet of how it ended."""
    return Evidence(oracle=program.oracle, kind=step.kind, limits=step.limits, last=_unseen(step))


def _unseen(step: Step) -> StepResult:
    return StepResult(name=step.name, status=StepStatus.EXITED)


def _gathered(
    program: Program,
    index: int,
    result: StepResult,
    compare: CompareOutput | None,
    decision: Decision | None,
) -> CaseResult:
    """Find what a case is concluded from; ``outcome`` is still to come."""
    case, step = program.cases[index], program.steps[-1]
    failed = failed_command(step, result)
    match = Match(matched=False)
    if decision and ended_badly(result):  # after the interactor had decided
        match, failed = decision.match, False
    elif not ended_badly(result) and (violated := diagnostics.violated_rule(step, result)):
        match = Match(matched=False, difference=violated)
    elif not ended_badly(result):
        match = decision.match if decision else _compared(program, case, result.stdout, compare)
    return CaseResult(
        index=index,
        name=case.name,
        outcome=Outcome.PASSED,
        wall_s=result.wall_s,
        cpu_s=result.cpu_s,
        peak_rss_bytes=result.peak_rss_bytes,
        output="" if match.matched else result.stdout[:OUTPUT_CHARS],
        limits=case.limits,
        status=result.status,
        exit_code=result.exit_code,
        signal=result.signal,
        report=result.report[:REPORT_CHARS],
        matched=match.matched,
        difference="" if match.matched else match.difference[:DETAIL_CHARS],
        hint=diagnostics.hint_of(program.language, result) if failed else Hint.NOTHING,
        diagnostic=diagnostics.diagnostic_of(program.language, result) if failed else "",
        undecided=decision.undecided if decision else "",
    )


def _compared(program: Program, case: Case, output: str, compare: CompareOutput | None) -> Match:
    if compare is not None and program.comparison.name not in COMPARISONS:
        return compare(case, output)
    return compare_output(output, case.expected, program.comparison)
