"""Decides what an execution means: ``(Program, Execution) -> Verdict``. Pure and total; no I/O."""

from __future__ import annotations

from typing import Final, NamedTuple, assert_never

from codeeval.types import Execution, Oracle, Outcome, Program, StepKind, StepResult, StepStatus, Verdict

STREAM_TAIL_CHARS: Final = 2000
DETAIL_CHARS: Final = 500
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
    else:
        finding = _finding(program, execution.steps)
    return _verdict(program, finding, execution.steps, attempts)


def _finding(program: Program, results: tuple[StepResult, ...]) -> Finding:  # noqa: PLR0911 -- one a status
    last = results[-1]
    step = program.steps[len(results) - 1]
    match last.status:
        case StepStatus.CPU_LIMIT:
            return Finding(
                Outcome.TIMEOUT, f"{last.name}: used {last.cpu_s:.2f} s of {step.limits.cpu_s:g} s CPU"
            )
        case StepStatus.WALL_LIMIT:
            return Finding(Outcome.TIMEOUT, f"{last.name}: waited past {step.limits.wall_s:g} s of wall time")
        case StepStatus.MEMORY_LIMIT:
            return Finding(
                Outcome.MEMORY_LIMIT, f"{last.name}: memory limit of {step.limits.memory_bytes >> 20} MiB"
            )
        case StepStatus.OUTPUT_LIMIT:
            return Finding(
                Outcome.OUTPUT_LIMIT, f"{last.name}: printed over {step.limits.output_bytes >> 10} KiB"
            )
        case StepStatus.SIGNALED:
            return Finding(_failure(last), f"{last.name}: killed by signal {last.signal}")
        case StepStatus.EXITED if last.exit_code != 0 or last.report:
            return _failed(last, step.kind)
        case StepStatus.EXITED if len(results) < len(program.steps):
            return Finding(Outcome.SANDBOX_ERROR, f"the sandbox stopped after {last.name}")
        case StepStatus.EXITED:
            return _ended_well(program, last)
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


def _ended_well(program: Program, last: StepResult) -> Finding:
    match program.oracle:
        case Oracle.COMPLETED:
            if last.completed:
                return Finding(Outcome.PASSED, "")
            return Finding(Outcome.INCOMPLETE, "the program ended before its tests did")
        case Oracle.STDOUT:
            if last.stdout.rstrip() == program.expected.rstrip():
                return Finding(Outcome.PASSED, "")
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
