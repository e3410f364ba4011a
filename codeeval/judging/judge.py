"""Decides what an execution means: ``(Program, Execution) -> Verdict``. Pure and total; no I/O.

In two moves: the evidence is gathered, which goes into the record, and then the evidence alone decides, so
that ``rejudge`` can decide anew without executing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.judging.cases import conclude_cases, concluded, judge_cases
from codeeval.judging.conclusion import COMPILE, Finding, conclude
from codeeval.judging.evidence import DETAIL_CHARS, IN_PYTHON, gather, same_values
from codeeval.judging.graded import graded_anew
from codeeval.types import (
    MEASURE,
    Evidence,
    Execution,
    Outcome,
    Part,
    Program,
    StepResult,
    UnitTestStatus,
    Verdict,
)

if TYPE_CHECKING:
    from codeeval.judging.cases import CompareOutput
    from codeeval.judging.evidence import CompareValues
    from codeeval.types import CaseResult

STREAM_TAIL_CHARS: Final = 2000
NAME_CHARS: Final = 60
"""Longest name of an exception class that is kept; a program can make any."""


def judge(
    program: Program,
    execution: Execution | None,
    *,
    attempts: int = 1,
    compare: CompareValues | None = None,
    compare_output: CompareOutput | None = None,
    checked: Execution | None = None,
) -> Verdict:
    """Judge one sample.

    Args:
        program: what was to be run; without steps, no code was found in the completion.
        execution: what the sandbox measured, or None where nothing was to be run.
        attempts: executions that it took so far.
        compare: the benchmark's own comparison of values; None where they must be the same text.
        compare_output: the benchmark's own comparison of what cases print.
        checked: the execution of what ``checker_program`` makes, where the program has a checker.
    """
    if not program.steps or execution is None:
        return _verdict(program, Finding(Outcome.NO_CODE, "no code found in the completion"), (), attempts=0)
    results = (*execution.steps, *execution.cases)
    if execution.error or not results:
        finding = Finding(Outcome.SANDBOX_ERROR, execution.error or "the sandbox ran no step")
        return _verdict(program, finding, results, attempts=attempts)
    if program.cases:
        judged = judge_cases(program, execution, compare_output, checked)
        verdict = _verdict(
            program,
            conclude_cases(judged.evidence, judged.cases),
            (*execution.steps, *execution.cases[: len(judged.cases)]),
            attempts=attempts,
            shown=judged.deciding,
        )
        return msgspec.structs.replace(verdict, cases=judged.cases, evidence=(judged.evidence,))
    evidence = tuple(gather(program, execution, compare or same_values))
    deciding = _deciding(evidence)
    findings = _findings(deciding)
    steps = tuple(step for step in execution.steps if step.name != MEASURE)
    verdict = _verdict(program, _main(deciding, findings), steps, attempts=attempts)
    return msgspec.structs.replace(verdict, parts=_parts(deciding, findings), evidence=evidence)


def rejudge(verdict: Verdict) -> Verdict:
    """Conclude anew from a verdict's evidence or scores; without either (no code) it stays as it is."""
    if verdict.scores:
        return graded_anew(verdict)
    if not verdict.evidence:
        return verdict
    if verdict.cases:
        evidence = verdict.evidence[0]
        cases = tuple(concluded(case, evidence) for case in verdict.cases)
        return _with_finding(verdict, conclude_cases(evidence, cases), cases=cases)
    deciding = _deciding(verdict.evidence)
    findings = _findings(deciding)
    return _with_finding(verdict, _main(deciding, findings), parts=_parts(deciding, findings))


def exception_class(verdict: Verdict) -> str:
    """Name the exception that a failed Python program ended by, empty where it ended otherwise.

    Of several parts the main one counts, or where more than one decides the first that failed. The name is
    what the program says; one that is no name of a class is ``other``.
    """
    if verdict.outcome is Outcome.PASSED or not verdict.evidence:
        return ""
    deciding = _deciding(verdict.evidence)
    evidence = deciding[0]
    if evidence.cumulative or evidence.joint:
        findings = zip(deciding, _findings(deciding), strict=True)
        unlike = (each for each, finding in findings if finding.outcome is not Outcome.PASSED)
        evidence = next(unlike, deciding[-1])  # of a record that contradicts itself
    if evidence.kind not in IN_PYTHON or evidence.difference:
        return ""
    how, _, rest = evidence.last.report.partition("\n")
    if how in ("raised", "syntax"):
        name = rest.partition("\n")[0]
    else:
        failed = (UnitTestStatus.FAIL, UnitTestStatus.ERROR)
        bad = [test for test in evidence.last.tests if test.status in failed]
        if not bad:
            return ""
        name = bad[0].trace.rstrip().rpartition("\n")[2].partition(":")[0].rpartition(".")[2]
    return name if name.isidentifier() and len(name) <= NAME_CHARS else "other"


def _deciding(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Return what decides: all but what only measures, unless a record has nothing else."""
    return tuple(each for each in evidence if each.last.name != MEASURE) or evidence


def _findings(evidence: tuple[Evidence, ...]) -> list[Finding]:
    """Conclude on each part; a cumulative one fails with the part before it."""
    findings: list[Finding] = []
    for each in evidence:
        fails_with = findings[-1] if each.cumulative and findings else None
        if fails_with is None or fails_with.outcome is Outcome.PASSED:
            findings.append(conclude(each))
        else:
            findings.append(fails_with)
    return findings


def _main(evidence: tuple[Evidence, ...], findings: list[Finding]) -> Finding:
    """The first part decides, or of cumulative ones the last, or of joint ones the first that fails.

    If the sandbox failed on any part, the sample has no verdict.
    """
    deciding = [finding for finding in findings if finding.outcome is Outcome.SANDBOX_ERROR]
    if evidence[-1].joint:
        deciding += (finding for finding in findings if finding.outcome is not Outcome.PASSED)
    return next(iter(deciding), findings[-1 if evidence[-1].cumulative else 0])


def _parts(evidence: tuple[Evidence, ...], findings: list[Finding]) -> tuple[Part, ...]:
    return tuple(
        Part(name=each.part, outcome=finding.outcome, detail=finding.detail[:DETAIL_CHARS])
        for each, finding in zip(evidence, findings, strict=True)
        if each.part
    )


def _with_finding(
    verdict: Verdict,
    finding: Finding,
    *,
    parts: tuple[Part, ...] = (),
    cases: tuple[CaseResult, ...] = (),
) -> Verdict:
    return msgspec.structs.replace(
        verdict, outcome=finding.outcome, detail=finding.detail[:DETAIL_CHARS], parts=parts, cases=cases
    )


def _verdict(
    program: Program,
    finding: Finding,
    results: tuple[StepResult, ...],
    *,
    attempts: int,
    shown: StepResult | None = None,
) -> Verdict:
    """Put a verdict together.

    Args:
        program: what was to be run.
        finding: what was found.
        results: all that ran, to be added up.
        attempts: executions that it took.
        shown: the result whose streams are kept; the last where None.
    """
    last = shown or (results[-1] if results else None)
    return Verdict(
        task_id=program.task_id,
        sample=program.sample,
        outcome=finding.outcome,
        detail=finding.detail[:DETAIL_CHARS],
        rule=program.extraction.rule,
        wall_s=sum(result.wall_s for result in results),
        compile_s=sum(result.wall_s for result in results if result.name == COMPILE),
        cpu_s=sum(result.cpu_s for result in results),
        peak_rss_bytes=max((result.peak_rss_bytes for result in results), default=0),
        attempts=attempts,
        stdout=last.stdout[-STREAM_TAIL_CHARS:] if last else "",
        stderr=last.stderr[-STREAM_TAIL_CHARS:] if last else "",
        study=program.study,
    )
