"""Programs that decide on a task: solution and tests in one, or a program with cases of input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import (
    any_language,
    case_programs,
    judge_programs,
    python_functions,
    sealing,
)
from codeeval.benchmarks.tasks import soundness
from codeeval.languages import PYTHON, language
from codeeval.types import (
    Case,
    Checker,
    Comparison,
    Completion,
    Limits,
    Problem,
    Program,
)

if TYPE_CHECKING:
    from codeeval.benchmarks.common.answers import Found
    from codeeval.datasets.task_files import Task, TaskCase, TaskChecker, TaskLimits

_DEFAULT: Final = Comparison()


def make(task: Task, problem: Problem, completion: Completion, found: Found, protocol: str) -> Program:
    """Make the program of a solution that was found in a completion, or an empty one where none was."""
    program = (
        _with_cases(task, problem, completion, found)
        if task.cases
        else _with_tests(task, problem, completion, found, protocol)
    )
    return limited(program, task.limits)


def not_sealed(task: Task) -> bool:
    """Whether the sealed protocol cannot judge a task; what cases print is compared on the host anyway."""
    if task.cases:
        return False
    return task.language != PYTHON.id or bool(sealing.reason(tests_of(task), task.entry_point))


def tests_of(task: Task) -> str:
    """Return what stands behind the solution: the setup, the tests, and the call of a HumanEval ``check``."""
    parts = [part for part in (task.setup, task.tests) if part]
    if task.language == PYTHON.id and task.entry_point and soundness.lacks_call_of_check(task.tests):
        parts.append(f"check({task.entry_point})")
    return "\n".join(parts)


def _with_tests(task: Task, problem: Problem, completion: Completion, found: Found, protocol: str) -> Program:
    """Assemble solution + newline + setup + newline + tests.

    Python's run in one namespace with the tests guarded (``python_functions``), other languages' as those of
    MultiPL-E do (``any_language``).
    """
    if task.language == PYTHON.id:
        layout = python_functions.Layout(solution=found.solution + "\n", tests=problem.tests[0])
        return python_functions.program(problem, completion, found.extraction, layout, protocol)
    entry = language(task.language)
    solution = any_language.with_declaration(found.solution + "\n", task.tests, entry)
    return any_language.program(problem, completion, entry, found.extraction, solution)


def _with_cases(task: Task, problem: Problem, completion: Completion, found: Found) -> Program:
    """Make a program that runs once for each case; expected outputs stay on the host."""
    program = case_programs.make(
        problem,
        completion,
        case_programs.Solution(language(task.language), found.extraction),
        tuple(Case(stdin=case.stdin, expected=case.expected, name=case.name) for case in task.cases),
        limits=None,
        source=found.solution,
        comparison=Comparison(
            name=task.comparison,
            tolerance=_DEFAULT.tolerance if task.tolerance is None else task.tolerance,
        ),
        checker=_checker(task.checker) if task.checker else None,
        stop_at_failure=not task.run_all_cases,
    )
    if not program.cases:
        return program
    own = limited_by(program.steps[-1].limits, task.limits)
    cases = (_limited_case(case, stated, own) for case, stated in zip(program.cases, task.cases, strict=True))
    return msgspec.structs.replace(program, cases=tuple(cases))


def _limited_case(case: Case, stated: TaskCase, own: Limits) -> Case:
    if stated.limits == type(stated.limits)():
        return case
    return msgspec.structs.replace(case, limits=limited_by(own, stated.limits))


def _checker(checker: TaskChecker) -> Checker:
    made = judge_programs.built(
        checker.language,
        checker.source,
        headers=checker.headers,
        folders=(".",) if checker.headers else (),
        arguments=checker.form.arguments,
    )
    return Checker(
        language=checker.language,
        image=language(checker.language).image,
        files=made.files,
        steps=made.steps,
        form=checker.form,
        interactive=checker.interactive,
    )


def limited(program: Program, limits: TaskLimits) -> Program:
    """Put a task's limits in place of those of the program's last step; a compiler keeps the language's."""
    if not program.steps or limits == type(limits)():
        return program
    *before, last = program.steps
    changed = msgspec.structs.replace(last, limits=limited_by(last.limits, limits))
    return msgspec.structs.replace(program, steps=(*before, changed))


def limited_by(own: Limits, stated: TaskLimits) -> Limits:
    """Return limits with those that are stated; the guard on wall time grows with the CPU time."""
    cpu_s = stated.cpu_s or own.cpu_s
    guard_s = max(own.wall_s, cpu_s * own.wall_s / own.cpu_s)
    return msgspec.structs.replace(
        own,
        cpu_s=cpu_s,
        wall_s=stated.wall_s or guard_s,
        memory_bytes=stated.memory_bytes or own.memory_bytes,
    )
