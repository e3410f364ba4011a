"""Decides what an execution means: ``(Program, Execution) -> Verdict``. Pure and total; no I/O.

In two moves: ``_observe`` gathers the evidence, which goes into the record, and ``_conclude`` decides on
the evidence alone, so that ``rejudge`` can decide anew without executing.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

import msgspec

from codeeval.judging import words
from codeeval.judging.graded import graded_anew, has_answer, judge_answers
from codeeval.types import (
    CaseStatus,
    Evidence,
    Execution,
    Match,
    Oracle,
    Outcome,
    Part,
    Program,
    Said,
    Step,
    StepKind,
    StepResult,
    StepStatus,
    Verdict,
)

__all__ = ["exception_class", "has_answer", "judge", "judge_answers", "rejudge"]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Compare = Callable[[Step, str], Match]
    """A benchmark's comparison: the step, and what its calls returned; see ``interfaces.ComparesValues``."""

STREAM_TAIL_CHARS: Final = 2000
DETAIL_CHARS: Final = 500
REASON_CHARS: Final = 300
REPORT_CHARS: Final = 2000
"""Of what a program wrote to its private descriptor; a hostile one may write a lot."""
NAME_CHARS: Final = 60
"""Longest name of an exception class that is kept; a program can make any."""
MEMORY_ERRORS: Final = ("MemoryError",)
COMPILE: Final = "compile"
"""The name of steps that make a program runnable."""
IN_PYTHON: Final = (StepKind.PYTHON, StepKind.UNITTEST, StepKind.CALLS)
"""Steps whose runner reports on exceptions."""


class Finding(NamedTuple):
    """An outcome and the reason for it in a few words."""

    outcome: Outcome
    detail: str


def judge(
    program: Program, execution: Execution | None, *, attempts: int = 1, compare: Compare | None = None
) -> Verdict:
    """Judge one sample.

    Args:
        program: what was to be run; without steps, no code was found in the completion.
        execution: what the sandbox measured, or None where nothing was to be run.
        attempts: executions that it took so far.
        compare: the benchmark's own comparison of values; None where they must be the same text.
    """
    if not program.steps or execution is None:
        return _verdict(program, Finding(Outcome.NO_CODE, "no code found in the completion"), (), 0)
    if execution.error or not execution.steps:
        finding = Finding(Outcome.SANDBOX_ERROR, execution.error or "the sandbox ran no step")
        return _verdict(program, finding, execution.steps, attempts)
    evidence = tuple(_observe(program, execution, compare or _same_text))
    judged = _judged(evidence)
    verdict = _verdict(program, _main(evidence, judged), execution.steps, attempts)
    return msgspec.structs.replace(verdict, parts=_parts(evidence, judged), evidence=evidence)


def rejudge(verdict: Verdict) -> Verdict:
    """Conclude anew from a verdict's evidence or scores; without either (no code) it stays as it is."""
    if verdict.scores:
        return graded_anew(verdict)
    if not verdict.evidence:
        return verdict
    judged = _judged(verdict.evidence)
    finding = _main(verdict.evidence, judged)
    return msgspec.structs.replace(
        verdict,
        outcome=finding.outcome,
        detail=finding.detail[:DETAIL_CHARS],
        parts=_parts(verdict.evidence, judged),
    )


def exception_class(verdict: Verdict) -> str:
    """Name the exception that a failed Python program ended by, empty where it ended otherwise.

    Of several parts the main one counts, or of cumulative ones the first that failed. The name is what the
    program says; one that is no name of a class is ``other``.
    """
    if verdict.outcome is Outcome.PASSED or not verdict.evidence:
        return ""
    evidence = verdict.evidence[0]
    if evidence.cumulative:
        findings = zip(verdict.evidence, _judged(verdict.evidence), strict=True)
        evidence = next(each for each, finding in findings if finding.outcome is not Outcome.PASSED)
    if evidence.kind not in IN_PYTHON or evidence.difference:
        return ""
    how, _, rest = evidence.last.report.partition("\n")
    if how in ("raised", "syntax"):
        name = rest.partition("\n")[0]
    else:
        bad = [case for case in evidence.last.tests if case.status in (CaseStatus.FAIL, CaseStatus.ERROR)]
        if not bad:
            return ""
        name = bad[0].trace.rstrip().rpartition("\n")[2].partition(":")[0].rpartition(".")[2]
    return name if name.isidentifier() and len(name) <= NAME_CHARS else "other"


def _judged(evidence: tuple[Evidence, ...]) -> list[Finding]:
    """Conclude on each part; a cumulative one fails with the part before it."""
    findings: list[Finding] = []
    for each in evidence:
        fails_with = findings[-1] if each.cumulative and findings else None
        if fails_with is None or fails_with.outcome is Outcome.PASSED:
            findings.append(_conclude(each))
        else:
            findings.append(fails_with)
    return findings


def _main(evidence: tuple[Evidence, ...], findings: list[Finding]) -> Finding:
    """The first part decides, or of cumulative ones the last.

    If the sandbox failed on any part, the sample has no verdict.
    """
    failed = (finding for finding in findings if finding.outcome is Outcome.SANDBOX_ERROR)
    return next(failed, findings[-1 if evidence[-1].cumulative else 0])


def _parts(evidence: tuple[Evidence, ...], findings: list[Finding]) -> tuple[Part, ...]:
    return tuple(
        Part(name=each.part, outcome=finding.outcome, detail=finding.detail[:DETAIL_CHARS])
        for each, finding in zip(evidence, findings, strict=True)
        if each.part
    )


def _observe(program: Program, execution: Execution, compare: Compare) -> Iterator[Evidence]:
    """Gather what each part is judged on: its last step that ran, and whether the oracle was content."""
    results = iter(execution.steps)
    result = next(results, None)
    for part, steps in itertools.groupby(program.steps, key=lambda step: step.part):
        last: tuple[Step, StepResult] | None = None
        planned = tuple(steps)
        ran = 0
        for step in planned:
            if result is None or (last and _ended_badly(last[1])):
                break
            last = step, result
            ran += 1
            result = next(results, None)
        step, ended = last or (planned[0], StepResult(name=planned[0].name, status=StepStatus.EXITED))
        match = _match(program, step, ended, compare)
        yield Evidence(
            part=part,
            oracle=program.oracle,
            missing=ran < len(planned) and not _ended_badly(ended),
            kind=step.kind,
            limits=step.limits,
            last=msgspec.structs.replace(
                ended, report=ended.report[:REPORT_CHARS], stdout="", stderr="", values="", slow_calls=()
            ),
            matched=match.matched,
            difference=match.difference[:DETAIL_CHARS],
            said=words.said(program.language, ended) if _failed_command(step, ended) else Said.NOTHING,
            words=words.telling(program.language, ended) if _failed_command(step, ended) else "",
            refuted="" if _ended_badly(ended) else words.refuted(step, ended),
            cumulative=program.cumulative,
        )


def _failed_command(step: Step, ended: StepResult) -> bool:
    """Whether a command failed, by its exit status or by what it printed."""
    if step.kind in IN_PYTHON or step.kind is StepKind.PROOF:
        return False
    return _ended_badly(ended) or bool(words.refuted(step, ended))


def _ended_badly(result: StepResult) -> bool:
    return result.status is not StepStatus.EXITED or result.exit_code != 0 or bool(result.report)


def _match(program: Program, step: Step, last: StepResult, compare: Compare) -> Match:
    match program.oracle:
        case Oracle.COMPLETED:
            return Match(matched=last.completed)
        case Oracle.STDOUT:
            return Match(matched=last.stdout.rstrip() == program.expected.rstrip())
        case Oracle.TESTS:
            every = all(case.status is CaseStatus.OK for case in last.tests)
            return Match(matched=last.completed and bool(last.tests) and every)
        case Oracle.VALUES if step.kind is StepKind.CALLS:
            return compare(step, last.values)
        case Oracle.VALUES | Oracle.ANSWER:  # a step before the calls that went wrong; never executed
            return Match(matched=False)
        case never:
            assert_never(never)


def _same_text(step: Step, values: str) -> Match:
    """What a benchmark without a comparison of its own wants: the same values, spelled the same."""
    for number, (got, expected) in enumerate(
        zip(values.splitlines(), step.expected.splitlines(), strict=False), start=1
    ):
        if got != expected:
            return Match(
                matched=False, difference=f"call {number} returned {got[:200]}, not {expected[:200]}"
            )
    return Match(matched=values == step.expected)


def _conclude(evidence: Evidence) -> Finding:  # noqa: PLR0911 -- one a status
    last, limits = evidence.last, evidence.limits
    if evidence.difference:  # whatever happened in a later call
        return Finding(Outcome.WRONG_ANSWER, evidence.difference)
    match last.status:
        case StepStatus.CPU_LIMIT:
            return Finding(Outcome.TIMEOUT, f"{last.name}: used {last.cpu_s:.2f} s of {limits.cpu_s:g} s CPU")
        case StepStatus.WALL_LIMIT:
            return Finding(Outcome.TIMEOUT, f"{last.name}: waited past {limits.wall_s:g} s of wall time")
        case StepStatus.MEMORY_LIMIT:
            return Finding(
                Outcome.MEMORY_LIMIT, f"{last.name}: memory limit of {limits.memory_bytes >> 20} MiB"
            )
        case StepStatus.OUTPUT_LIMIT:
            return Finding(Outcome.OUTPUT_LIMIT, f"{last.name}: printed over {limits.output_bytes >> 10} KiB")
        case StepStatus.SIGNALED:
            return Finding(_failure(evidence), _in_its_words(evidence, f"killed by signal {last.signal}"))
        case StepStatus.EXITED if last.exit_code != 0 or last.report:
            return _failed(evidence)
        case StepStatus.EXITED if evidence.refuted:
            return Finding(_failure(evidence), f"{last.name}: {evidence.refuted}")
        case StepStatus.EXITED if evidence.missing:
            return Finding(Outcome.SANDBOX_ERROR, f"the sandbox stopped after {last.name}")
        case StepStatus.EXITED:
            return _ended_well(evidence)
        case never:
            assert_never(never)


def _failed(evidence: Evidence) -> Finding:
    last = evidence.last
    if evidence.kind is StepKind.PROOF:
        return _proof_failure(last)
    if evidence.kind in IN_PYTHON and last.report:
        return _python_failure(last)
    return Finding(_failure(evidence), _in_its_words(evidence, f"exit status {last.exit_code}"))


def _in_its_words(evidence: Evidence, how: str) -> str:
    """Say how a command ended, and what it said of it."""
    return f"{evidence.last.name}: {how}{': ' if evidence.words else ''}{evidence.words}"


def _failure(evidence: Evidence) -> Outcome:
    match evidence.said:
        case Said.MEMORY:
            return Outcome.MEMORY_LIMIT
        case _ if evidence.last.name == COMPILE:
            return Outcome.COMPILE_ERROR
        case Said.SYNTAX:
            return Outcome.COMPILE_ERROR
        case Said.ASSERTION:
            return Outcome.WRONG_ANSWER
        case Said.NOTHING:
            return Outcome.RUNTIME_ERROR
        case never:
            assert_never(never)


def _python_failure(last: StepResult) -> Finding:
    """Read what ``containers/runner/python_step.py`` reports: how it ended, exception class, message."""
    how, _, rest = last.report.partition("\n")
    name, _, message = rest.partition("\n")
    detail = f"{name}: {message}" if message else name or "wrote what is no token where the token goes"
    match how:
        case "syntax":
            return Finding(Outcome.COMPILE_ERROR, detail)
        case "forged":
            return Finding(Outcome.WRONG_ANSWER, f"forged comparison: {message}")
        case "exited":
            return Finding(Outcome.INCOMPLETE, f"the program ended before its tests did ({detail})")
        case _:  # "raised"; the rest of the report decides
            pass
    if name in MEMORY_ERRORS:
        return Finding(Outcome.MEMORY_LIMIT, detail)
    return Finding(Outcome.WRONG_ANSWER if name == "AssertionError" else Outcome.RUNTIME_ERROR, detail)


def _proof_failure(last: StepResult) -> Finding:
    """Read what a proof assistant's sandbox reports: the category, a line for a name, the message."""
    category, _, rest = last.report.partition("\n")
    message = rest.partition("\n")[2]
    match category:
        case "syntax" | "type":
            return Finding(Outcome.COMPILE_ERROR, f"{category}: {message}")
        case _:  # smt, cheat, mismatch
            return Finding(Outcome.WRONG_ANSWER, f"{category}: {message}")


def _ended_well(evidence: Evidence) -> Finding:
    if evidence.matched:
        return Finding(Outcome.PASSED, "")
    match evidence.oracle:
        case Oracle.COMPLETED:
            return Finding(Outcome.INCOMPLETE, "the program ended before its tests did")
        case Oracle.STDOUT:
            return Finding(Outcome.WRONG_ANSWER, "standard output differs from what is expected")
        case Oracle.TESTS:
            return _tests_failed(evidence.last)
        case Oracle.VALUES:
            return Finding(Outcome.INCOMPLETE, "the program ended before all calls had returned")
        case Oracle.ANSWER:
            return Finding(Outcome.WRONG_ANSWER, "an answer is graded, not executed")
        case never:
            assert_never(never)


def _reason(trace: str) -> str:
    """Return what the traceback says below its frames, in one line."""
    lines = trace.rpartition("Traceback (most recent call last):\n")[2].split("\n")
    below = itertools.dropwhile(lambda line: line.startswith(" ") or not line, lines)
    return " ".join(" ".join(below).split())[:REASON_CHARS]


def _tests_failed(last: StepResult) -> Finding:
    """Name the first unit test that is not ok, and say how many more are not."""
    if not last.completed:
        return Finding(Outcome.INCOMPLETE, "the program ended before its tests did")
    bad = [case for case in last.tests if case.status is not CaseStatus.OK]
    if not bad:
        return Finding(Outcome.INCOMPLETE, "no unit test ran")
    first = bad[0]
    reason = _reason(first.trace)
    others = f" ({len(bad)} of {len(last.tests)} tests)" if len(bad) > 1 else ""
    detail = f"{first.name}: {first.status}{': ' if reason else ''}{reason}{others}"
    match first.status:
        case CaseStatus.ERROR:
            ran_out = reason.startswith(MEMORY_ERRORS)
            return Finding(Outcome.MEMORY_LIMIT if ran_out else Outcome.RUNTIME_ERROR, detail)
        case CaseStatus.FAIL | CaseStatus.EXPECTED_FAILURE | CaseStatus.UNEXPECTED_SUCCESS:
            return Finding(Outcome.WRONG_ANSWER, detail)
        case CaseStatus.SKIPPED | CaseStatus.LOST | CaseStatus.OK:
            return Finding(Outcome.INCOMPLETE, detail)
        case never:
            assert_never(never)


def _verdict(program: Program, finding: Finding, results: tuple[StepResult, ...], attempts: int) -> Verdict:
    last = results[-1] if results else None
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
