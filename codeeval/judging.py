"""Decides what an execution means: ``(Program, Execution) -> Verdict``. Pure and total; no I/O.

In two moves: ``_observe`` gathers the evidence, which goes into the record, and ``_conclude`` decides on
the evidence alone, so that ``rejudge`` can decide anew without executing.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

import msgspec

from codeeval.types import (
    Evidence,
    Execution,
    Oracle,
    Outcome,
    Part,
    Program,
    Step,
    StepKind,
    StepResult,
    StepStatus,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAM_TAIL_CHARS: Final = 2000
DETAIL_CHARS: Final = 500
REPORT_CHARS: Final = 2000
"""Of what a program wrote to its private descriptor; a hostile one may write a lot."""
MEMORY_ERRORS: Final = ("MemoryError",)


class Finding(NamedTuple):
    """An outcome and the reason for it in a few words."""

    outcome: Outcome
    detail: str


def judge(program: Program, execution: Execution | None, *, attempts: int = 1) -> Verdict:
    """Judge one sample.

    Args:
        program: what was to be run; without steps, no code was found in the completion.
        execution: what the sandbox measured, or None where nothing was to be run.
        attempts: executions that it took so far.
    """
    if not program.steps or execution is None:
        return _verdict(program, Finding(Outcome.NO_CODE, "no code found in the completion"), (), 0)
    if execution.error or not execution.steps:
        finding = Finding(Outcome.SANDBOX_ERROR, execution.error or "the sandbox ran no step")
        return _verdict(program, finding, execution.steps, attempts)
    evidence = tuple(_observe(program, execution))
    judged = [(each.part, _conclude(each)) for each in evidence]
    verdict = _verdict(program, _main(judged), execution.steps, attempts)
    return msgspec.structs.replace(verdict, parts=_parts(judged), evidence=evidence)


def rejudge(verdict: Verdict) -> Verdict:
    """Conclude anew from a verdict's evidence; without any (nothing was executed), it stays as it is."""
    if not verdict.evidence:
        return verdict
    judged = [(each.part, _conclude(each)) for each in verdict.evidence]
    finding = _main(judged)
    return msgspec.structs.replace(
        verdict, outcome=finding.outcome, detail=finding.detail[:DETAIL_CHARS], parts=_parts(judged)
    )


def _main(judged: list[tuple[str, Finding]]) -> Finding:
    """The first part decides, unless the sandbox failed on any: then the sample has no verdict."""
    failed = (finding for _, finding in judged if finding.outcome is Outcome.SANDBOX_ERROR)
    return next(failed, judged[0][1])


def _parts(judged: list[tuple[str, Finding]]) -> tuple[Part, ...]:
    return tuple(
        Part(name=name, outcome=finding.outcome, detail=finding.detail[:DETAIL_CHARS])
        for name, finding in judged
        if name
    )


def _observe(program: Program, execution: Execution) -> Iterator[Evidence]:
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
        yield Evidence(
            part=part,
            oracle=program.oracle,
            missing=ran < len(planned) and not _ended_badly(ended),
            kind=step.kind,
            limits=step.limits,
            last=msgspec.structs.replace(ended, report=ended.report[:REPORT_CHARS], stdout="", stderr=""),
            matched=_matches(program, ended),
        )


def _ended_badly(result: StepResult) -> bool:
    return result.status is not StepStatus.EXITED or result.exit_code != 0 or bool(result.report)


def _matches(program: Program, last: StepResult) -> bool:
    match program.oracle:
        case Oracle.COMPLETED:
            return last.completed
        case Oracle.STDOUT:
            return last.stdout.rstrip() == program.expected.rstrip()
        case never:
            assert_never(never)


def _conclude(evidence: Evidence) -> Finding:  # noqa: PLR0911 -- one a status
    last, limits = evidence.last, evidence.limits
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
            return Finding(_failure(last), f"{last.name}: killed by signal {last.signal}")
        case StepStatus.EXITED if last.exit_code != 0 or last.report:
            return _failed(last, evidence.kind)
        case StepStatus.EXITED if evidence.missing:
            return Finding(Outcome.SANDBOX_ERROR, f"the sandbox stopped after {last.name}")
        case StepStatus.EXITED:
            return _ended_well(evidence)
        case never:
            assert_never(never)


def _failed(last: StepResult, kind: StepKind) -> Finding:
    if kind is StepKind.PYTHON and last.report:
        return _python_failure(last)
    detail = f"{last.name}: exit status {last.exit_code}"
    return Finding(_failure(last), detail)


def _failure(last: StepResult) -> Outcome:
    return Outcome.COMPILE_ERROR if last.name == "compile" else Outcome.RUNTIME_ERROR


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


def _ended_well(evidence: Evidence) -> Finding:
    if evidence.matched:
        return Finding(Outcome.PASSED, "")
    match evidence.oracle:
        case Oracle.COMPLETED:
            return Finding(Outcome.INCOMPLETE, "the program ended before its tests did")
        case Oracle.STDOUT:
            return Finding(Outcome.WRONG_ANSWER, "standard output differs from what is expected")
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
        cpu_s=sum(result.cpu_s for result in results),
        peak_rss_bytes=max((result.peak_rss_bytes for result in results), default=0),
        attempts=attempts,
        stdout=last.stdout[-STREAM_TAIL_CHARS:] if last else "",
        stderr=last.stderr[-STREAM_TAIL_CHARS:] if last else "",
    )
