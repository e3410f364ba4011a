"""Has a checker decide on the outputs of a program's cases.

A checker is a program of its own: it runs in an execution of its own, after the candidate's. So whoever
executes a program with a checker executes two::

    execution = execute(program)
    checking = checker_program(program, execution)
    checked = execute(checking) if checking else None
    verdict = judge(program, execution, checked=checked)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.judging.evidence import ended_badly
from codeeval.types import Case, Extraction, Match, Oracle, Program, SourceFile, StepStatus

if TYPE_CHECKING:
    from codeeval.types import Execution, StepResult

INPUT, OUTPUT, ANSWER = "input.txt", "output.txt", "answer.txt"
ACCEPTED: Final = 0
REJECTED: Final = (1, 2, 4, 8)
"""Source: testlib.h, ``resultExitCode``: wrong answer, presentation error, dirt, unexpected end of file."""
REMARK_CHARS: Final = 300


class Decision(NamedTuple):
    """What a checker makes of one output."""

    match: Match
    undecided: str = ""
    """Why there is no decision: the checker failed."""


def checker_program(program: Program, execution: Execution) -> Program | None:
    """Make the program that decides on the outputs of a program with a checker.

    It has a case for each case of the program that ended well, in order: those are all that need a decision.

    Returns:
        None where there is no checker, or nothing for it to decide on.
    """
    checker = program.checker
    checked = cases_to_check(program, execution)
    if checker is None or not checked:
        return None
    return Program(
        task_id=program.task_id,
        sample=program.sample,
        language=checker.language,
        image=checker.image,
        extraction=Extraction(rule="checker"),
        files=checker.files,
        steps=checker.steps,
        oracle=Oracle.CASES,
        cases=tuple(_case(program.cases[index], execution.cases[index]) for index in checked),
        stop_at_failure=program.stop_at_failure,
    )


def cases_to_check(program: Program, execution: Execution) -> tuple[int, ...]:
    """Return the indices of the cases that a checker must decide on."""
    if program.checker is None or execution.error:
        return ()
    return tuple(index for index, result in enumerate(execution.cases) if not ended_badly(result))


def decisions(program: Program, execution: Execution, checked: Execution | None) -> dict[int, Decision]:
    """Read what a checker decided, by index of the case, for all that it must decide on.

    Args:
        program: the candidate's.
        execution: of the candidate's program.
        checked: of what ``checker_program`` made of the two.
    """
    indices = cases_to_check(program, execution)
    failure = _failure(checked)
    undecided = Decision(Match(matched=False), failure or "the checker's sandbox stopped before this case")
    decided = dict.fromkeys(indices, undecided)
    if checked is not None and not failure:
        decided |= {index: _decision(each) for index, each in zip(indices, checked.cases, strict=False)}
    return decided


def _case(case: Case, result: StepResult) -> Case:
    texts = {INPUT: case.stdin, OUTPUT: result.stdout, ANSWER: case.expected}
    return Case(
        name=case.name,
        files=tuple(SourceFile(path=path, content=text) for path, text in texts.items()),
    )


def _failure(checked: Execution | None) -> str:
    """Say why a checker decided nothing at all, empty where it did."""
    if checked is None:
        return "the checker was not run"
    if checked.error:
        return f"the checker's sandbox failed: {checked.error}"
    if checked.steps and ended_badly(checked.steps[-1]):
        return f"the checker does not compile: {_remark(checked.steps[-1])}"
    return "" if checked.cases else "the checker's sandbox ran nothing"


def _decision(result: StepResult) -> Decision:
    remark = _remark(result)
    if result.status is not StepStatus.EXITED or result.report:
        how = result.status.value if result.status is not StepStatus.EXITED else _in_one_row(result.report)
        return Decision(Match(matched=False), f"the checker failed: {how}")
    if result.exit_code == ACCEPTED:
        return Decision(Match(matched=True))
    if result.exit_code in REJECTED:
        return Decision(Match(matched=False, difference=f"the checker rejects it: {remark}".rstrip(": ")))
    return Decision(Match(matched=False), f"the checker failed: exit status {result.exit_code}: {remark}")


def _remark(result: StepResult) -> str:
    """Return what a checker says of its decision."""
    return _in_one_row(result.stderr) or _in_one_row(result.stdout)


def _in_one_row(text: str) -> str:
    return " ".join(text[: 4 * REMARK_CHARS].split())[:REMARK_CHARS]
