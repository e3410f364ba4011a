"""Decides on the evidence alone, so that a recorded verdict can be concluded anew without executing."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from codeeval.judging.evidence import IN_PYTHON
from codeeval.types import COMPARED_BYTES, Hint, Oracle, Outcome, StepKind, StepStatus, UnitTestStatus

if TYPE_CHECKING:
    from codeeval.types import Evidence, StepResult

REASON_CHARS: Final = 300
MEMORY_ERRORS: Final = ("MemoryError",)
COMPILE: Final = "compile"
"""The name of steps that make a program runnable."""


class Finding(NamedTuple):
    """An outcome and the reason for it in a few words."""

    outcome: Outcome
    detail: str


def conclude(evidence: Evidence) -> Finding:  # noqa: C901, PLR0911, PLR0912 -- one a status
    """Decide on one part, or on one case."""
    last, limits = evidence.last, evidence.limits
    if evidence.difference:  # whatever happened in a later call
        return Finding(Outcome.WRONG_ANSWER, evidence.difference)
    match last.status:
        case StepStatus.CPU_LIMIT:
            return Finding(Outcome.TIMEOUT, f"{last.name}: used {last.cpu_s:.2f} s of {limits.cpu_s:g} s CPU")
        case StepStatus.WALL_LIMIT:
            return Finding(Outcome.TIMEOUT, f"{last.name}: waited past {limits.wall_s:g} s of wall time")
        case StepStatus.DEADLOCK:
            detail = "deadlock: it waited for the interactor, and the interactor for it"
            return Finding(Outcome.TIMEOUT, f"{last.name}: {detail}")
        case StepStatus.MEMORY_LIMIT:
            return Finding(
                Outcome.MEMORY_LIMIT, f"{last.name}: memory limit of {limits.memory_bytes >> 20} MiB"
            )
        case StepStatus.OUTPUT_LIMIT if evidence.kind is StepKind.CALLS:  # what they print is not limited
            return Finding(Outcome.OUTPUT_LIMIT, f"{last.name}: returned far more than there is room for")
        case StepStatus.OUTPUT_LIMIT:
            printed = f"printed over {(limits.output_bytes or COMPARED_BYTES) >> 10} KiB"
            return Finding(Outcome.OUTPUT_LIMIT, f"{last.name}: {printed}")
        case StepStatus.SIGNALED:
            return Finding(_failure(evidence), _with_diagnostic(evidence, f"killed by signal {last.signal}"))
        case StepStatus.EXITED if last.exit_code != 0 or last.report:
            return _failed(evidence)
        case StepStatus.EXITED if evidence.violated_rule:
            return Finding(_failure(evidence), f"{last.name}: {evidence.violated_rule}")
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
        return _python_failure(evidence)
    return Finding(_failure(evidence), _with_diagnostic(evidence, f"exit status {last.exit_code}"))


def _with_diagnostic(evidence: Evidence, how: str) -> str:
    """Say how a command ended, and what it said of it."""
    return f"{evidence.last.name}: {how}{': ' if evidence.diagnostic else ''}{evidence.diagnostic}"


def _failure(evidence: Evidence) -> Outcome:
    match evidence.hint:
        case Hint.MEMORY:
            return Outcome.MEMORY_LIMIT
        case _ if evidence.last.name == COMPILE:
            return Outcome.COMPILE_ERROR
        case Hint.SYNTAX:
            return Outcome.COMPILE_ERROR
        case Hint.ASSERTION:  # the tests', unless the program has none and it is its own
            return Outcome.RUNTIME_ERROR if evidence.oracle is Oracle.CASES else Outcome.WRONG_ANSWER
        case Hint.NOTHING:
            return Outcome.RUNTIME_ERROR
        case never:
            assert_never(never)


def _python_failure(evidence: Evidence) -> Finding:
    """Read what ``containers/runner/python_step.py`` reports: how it ended, exception class, message."""
    how, _, rest = evidence.last.report.partition("\n")
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
    of_tests = name == "AssertionError" and evidence.oracle is not Oracle.CASES
    return Finding(Outcome.WRONG_ANSWER if of_tests else Outcome.RUNTIME_ERROR, detail)


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
        found = evidence.tampering and f"tampering: the program {evidence.tampering}"
        return Finding(Outcome.WRONG_ANSWER if found else Outcome.PASSED, found)
    match evidence.oracle:
        case Oracle.COMPLETED | Oracle.EXIT_STATUS:
            return Finding(Outcome.INCOMPLETE, "the program ended before its tests did")
        case Oracle.STDOUT | Oracle.CASES:
            return Finding(Outcome.WRONG_ANSWER, "standard output differs from what is expected")
        case Oracle.TESTS:
            return _tests_failed(evidence.last)
        case Oracle.VALUES:
            return Finding(Outcome.INCOMPLETE, "the program ended before all calls had returned")
        case Oracle.ANSWER:
            return Finding(Outcome.WRONG_ANSWER, "an answer is graded, not executed")
        case never:
            assert_never(never)


def _tests_failed(last: StepResult) -> Finding:
    """Name the first unit test that is not ok, and say how many more are not."""
    if not last.completed:
        return Finding(Outcome.INCOMPLETE, "the program ended before its tests did")
    bad = [test for test in last.tests if test.status is not UnitTestStatus.OK]
    if not bad:
        return Finding(Outcome.INCOMPLETE, "no unit test ran")
    first = bad[0]
    reason = _reason(first.trace)
    others = f" ({len(bad)} of {len(last.tests)} tests)" if len(bad) > 1 else ""
    detail = f"{first.name}: {first.status}{': ' if reason else ''}{reason}{others}"
    match first.status:
        case UnitTestStatus.ERROR:
            ran_out = reason.startswith(MEMORY_ERRORS)
            return Finding(Outcome.MEMORY_LIMIT if ran_out else Outcome.RUNTIME_ERROR, detail)
        case UnitTestStatus.FAIL | UnitTestStatus.EXPECTED_FAILURE | UnitTestStatus.UNEXPECTED_SUCCESS:
            return Finding(Outcome.WRONG_ANSWER, detail)
        case UnitTestStatus.SKIPPED | UnitTestStatus.LOST | UnitTestStatus.OK:
            return Finding(Outcome.INCOMPLETE, detail)
        case never:
            assert_never(never)


def _reason(trace: str) -> str:
    """Return what the traceback says below its frames, in one line."""
    lines = trace.rpartition("Traceback (most recent call last):\n")[2].split("\n")
    below = itertools.dropwhile(lambda line: line.startswith(" ") or not line, lines)
    return " ".join(" ".join(below).split())[:REASON_CHARS]
