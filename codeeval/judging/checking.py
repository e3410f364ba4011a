"""Has a checker decide on the outputs of a program's cases.

A checker is a program of its own: it runs in an execution of its own, after the candidate's. So whoever
executes a program with a checker executes two::

    execution = execute(program)
    checking = checker_program(program, execution)
    checked = execute(checking) if checking else None
    verdict = judge(program, execution, checked=checked)

An interactor is a checker that runs at the same time as the candidate: its part is in the same execution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.judging.evidence import ended_badly
from codeeval.types import (
    Case,
    CheckerForm,
    Extraction,
    Match,
    Oracle,
    Program,
    SourceFile,
    StepStatus,
)
from codeeval.types.case import ANSWER, FEEDBACK, INPUT, OUTPUT

if TYPE_CHECKING:
    from codeeval.types import Checker, Execution, StepResult

ACCEPTED: Final = 0
REJECTED: Final = (1, 2, 4, 8)
"""Source: testlib.h, ``resultExitCode``: wrong answer, presentation error, dirt, unexpected end of file."""
KATTIS_ACCEPTED: Final = 42
KATTIS_REJECTED: Final = (43,)
"""Source: Kattis' problem package format, "Output Validators"."""
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
    if checker is None or checker.interactive or not checked:
        return None
    cases = tuple(_case(checker, program.cases[each], execution.cases[each].stdout) for each in checked)
    return _program_of(checker, program, cases)


def interactor_program(program: Program) -> Program:
    """Make the program that talks with a candidate: it has a case for each of the candidate's.

    Raises:
        ValueError: the program has no interactor.
    """
    checker = program.checker
    if checker is None or not checker.interactive:
        raise ValueError(f"{program.task_id} has no interactor")
    asked = _program_of(checker, program, tuple(_case(checker, case, None) for case in program.cases))
    *before, last = asked.steps
    own = [program.steps[-1].limits, *(case.limits for case in program.cases if case.limits)]
    wall_s = last.limits.wall_s + max(limits.wall_s for limits in own)  # it waits for the candidate
    limits = msgspec.structs.replace(last.limits, wall_s=wall_s)
    return msgspec.structs.replace(asked, steps=(*before, msgspec.structs.replace(last, limits=limits)))


def _program_of(checker: Checker, program: Program, cases: tuple[Case, ...]) -> Program:
    by_status = checker.form is not CheckerForm.KATTIS and not checker.interactive
    return Program(
        task_id=program.task_id,
        sample=program.sample,
        language=checker.language,
        image=checker.image,
        extraction=Extraction(rule="checker"),
        files=checker.files,
        steps=checker.steps,
        oracle=Oracle.CASES,
        cases=cases,
        stop_at_failure=program.stop_at_failure and by_status,
        is_interactor=checker.interactive,
    )


def accepts(checker: Checker, result: StepResult) -> bool:
    """Whether a checker accepts what it was asked about."""
    return _decision(checker, result).match.matched


def cases_to_check(program: Program, execution: Execution) -> tuple[int, ...]:
    """Return the indices of the cases that a checker must decide on.

    Where an interactor ended before the candidate, it decides whatever then became of the candidate, unless
    it accepts: what ends while a program waits for an answer is not what ended it.
    """
    checker = program.checker
    if checker is None or execution.error:
        return ()
    spoiled = {
        index
        for index, each in enumerate(execution.interactions)
        if each.first and not accepts(checker, each.result)
    }
    return tuple(
        index for index, result in enumerate(execution.cases) if not ended_badly(result) or index in spoiled
    )


def decisions(program: Program, execution: Execution, checked: Execution | None) -> dict[int, Decision]:
    """Read what a checker decided, by index of the case, for all that it must decide on.

    Args:
        program: the candidate's.
        execution: of the candidate's program.
        checked: of what ``checker_program`` made of the two.
    """
    indices = cases_to_check(program, execution)
    checker = program.checker
    if checker is None:
        return {}
    failure = execution.interactor_failure if checker.interactive else _failure(checked)
    undecided = Decision(Match(matched=False), failure or "the checker's sandbox stopped before this case")
    decided = dict.fromkeys(indices, undecided)
    if checker.interactive:
        ended = [each.result for each in execution.interactions]
        decided |= {index: _decision(checker, ended[index]) for index in indices if index < len(ended)}
    elif checked is not None and not failure:
        decided |= {
            index: _decision(checker, each) for index, each in zip(indices, checked.cases, strict=False)
        }
    return decided


def _case(checker: Checker, case: Case, output: str | None) -> Case:
    """Make the case of a checker.

    Args:
        checker: whose.
        case: of the candidate.
        output: what the candidate printed; None where it has not run yet.
    """
    texts = {INPUT: case.stdin, ANSWER: case.expected}
    if output is not None:
        texts[OUTPUT] = output
    if checker.form is CheckerForm.KATTIS:
        texts[f"{FEEDBACK}/.folder"] = ""  # or there would be no folder
    return Case(
        stdin=output or "" if checker.form is CheckerForm.KATTIS else "",
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


def _decision(checker: Checker, result: StepResult) -> Decision:
    remark = _remark(result)
    if result.status is not StepStatus.EXITED or result.report:
        how = result.status.value if result.status is not StepStatus.EXITED else _in_one_row(result.report)
        return Decision(Match(matched=False), f"the checker failed: {how}")
    accepted, rejected = (
        (KATTIS_ACCEPTED, KATTIS_REJECTED) if checker.form is CheckerForm.KATTIS else (ACCEPTED, REJECTED)
    )
    if result.exit_code == accepted:
        return Decision(Match(matched=True))
    if result.exit_code in rejected:
        return Decision(Match(matched=False, difference=f"the checker rejects it: {remark}".rstrip(": ")))
    return Decision(Match(matched=False), f"the checker failed: exit status {result.exit_code}: {remark}")


def _remark(result: StepResult) -> str:
    """Return what a checker says of its decision."""
    return _in_one_row(result.stderr) or _in_one_row(result.stdout)


def _in_one_row(text: str) -> str:
    return " ".join(text[: 4 * REMARK_CHARS].split())[:REMARK_CHARS]
