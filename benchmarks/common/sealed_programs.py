"""The sealed protocol of functions in any language: the host compares what calls return with what they must.

A candidate's program holds the calls of the published tests and prints what each returns
(``translators.driver``). What the tests expect is printed by a program of its own, in which a stub stands in
place of the candidate: once a problem, before any sample. No assertion and no equality of the candidate's
program decides on anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import canonical_values, language_cheats, sealing
from codeeval.errors import DataError
from codeeval.languages import language
from codeeval.translators import driver
from codeeval.types import (
    TOKEN_PLACEHOLDER,
    Case,
    CommandStep,
    Comparison,
    CompletionKind,
    Extraction,
    Match,
    Oracle,
    Problem,
    ProblemPayload,
    Program,
    SourceFile,
    StepStatus,
)

if TYPE_CHECKING:
    from codeeval.interfaces import Cheat
    from codeeval.languages import Language
    from codeeval.translators.driver import Calls
    from codeeval.types import Execution, Step

COMPARISON: Final = "sealed"
"""Name of the comparison that ``compare`` is."""


class Expected(ProblemPayload, frozen=True, kw_only=True):
    """What the tests of a problem expect."""

    values: tuple[str, ...]
    """In canonical form, one a call."""


class _Wanted(msgspec.Struct, frozen=True):
    """What a case must print; the text of ``Case.expected``."""

    equality: str
    tolerance: float
    values: tuple[str, ...]


def grouped(problems: tuple[Problem, ...], dataset: str) -> tuple[Problem, ...]:
    """Put problems into groups: those that are sealed, and those left to the official protocol."""

    def labelled(problem: Problem) -> Problem:
        group = sealing.group(not_sealed=isinstance(_calls(problem, dataset), str))
        return msgspec.structs.replace(problem, groups=(*problem.groups, group))

    return tuple(map(labelled, problems))


def expected_outputs_program(
    problem: Problem,
    dataset: str,
    entry: Language | None = None,
    steps: tuple[Step, ...] = (),
    end: str | None = None,
) -> Program:
    """Make the program that prints what the tests expect; without steps where the problem is not sealed.

    Args:
        problem: as ``grouped`` returned it, or any other, which is not sealed.
        dataset: the name of the driver's frame.
        entry: the language as the dataset's programs need it; None for the language's own entry.
        steps: what compiles and runs a program; empty for the entry's own.
        end: what ends a function where the tests do not; None for what MultiPL-E's leave to the solution.
    """
    entry = entry or language(problem.language)
    program = Program(
        task_id=problem.task_id,
        sample=0,
        language=entry.id,
        image=entry.image,
        extraction=Extraction(rule="none"),
    )
    calls = _calls(problem, dataset) if sealing.SEALED in problem.groups else ""
    if isinstance(calls, str) or entry.cheats is None:
        return program
    stub = entry.cheats.stub + (entry.cheats.end if end is None else end)
    program = msgspec.structs.replace(program, steps=steps or entry.steps())
    return _with(program, entry, calls, f"{problem.prompt}{stub}\n{calls.wanted()}")


def with_expected_outputs(problem: Problem, execution: Execution, dataset: str) -> Problem:
    """Return the problem with what its tests expect; left to the official protocol if its program fails.

    Raises:
        DataError: the program ran out of time.
    """
    calls = _calls(problem, dataset)
    if isinstance(calls, str) or not execution.steps:
        return problem
    last = execution.steps[-1]
    if last.status in (StepStatus.CPU_LIMIT, StepStatus.WALL_LIMIT):
        raise DataError(
            f"{problem.task_id}: the program that prints the expected values ran out of time",
            "Run it again, or leave the task out with --task.",
        )
    values = tuple(canonical_values.results(last.stdout))
    if last.status is StepStatus.EXITED and not last.exit_code and len(values) == len(calls.calls):
        return msgspec.structs.replace(problem, payload=Expected(values=values))
    groups = (sealing.NOT_SEALED if each == sealing.SEALED else each for each in problem.groups)
    return msgspec.structs.replace(problem, groups=tuple(groups))


def sealed(
    official: Program, problem: Problem, solution: str, dataset: str, entry: Language | None = None
) -> Program:
    """Put the sealed protocol in place of the official one, where the problem's expected values are known.

    Args:
        official: the program under the official protocol.
        problem: as ``with_expected_outputs`` returned it.
        solution: what holds the candidate; tests follow on a line of their own.
        dataset: the name of the driver's frame.
        entry: the language as the dataset's programs need it; None for the language's own entry.
    """
    calls = _calls(problem, dataset)
    expected = problem.payload
    if isinstance(calls, str) or not isinstance(expected, Expected) or not official.steps:
        return official
    wanted = _Wanted(calls.frame.equality or calls.driver.equality, calls.driver.tolerance, expected.values)
    source = f"{solution.replace(TOKEN_PLACEHOLDER, '')}\n{calls.actual()}"
    program = _with(official, entry or language(problem.language), calls, source)
    return msgspec.structs.replace(
        program,
        cases=(Case(expected=msgspec.json.encode(wanted).decode()),),
        comparison=Comparison(name=COMPARISON),
        oracle=Oracle.CASES,
        tampering="",
    )


def cheats(problem: Problem, dataset: str) -> tuple[Cheat, ...]:
    """Make completions after which the published tests hold, whatever is returned."""
    calls = _calls(problem, dataset)
    texts = {} if isinstance(calls, str) else calls.frame.cheats
    return tuple(
        language_cheats.cheat(problem, name, text)
        if isinstance(text, str)
        else language_cheats.cheat(problem, name, text.solution(problem.prompt), CompletionKind.SOLUTION)
        for name, text in texts.items()
    )


def compare(case: Case, output: str) -> Match:
    """Compare what a candidate's program printed with what the tests expect, up to the first that differs."""
    wanted = msgspec.json.decode(case.expected, type=_Wanted)
    lines = canonical_values.results(output)
    if len(lines) > len(wanted.values):
        return Match(matched=False, difference="printed results that no call has returned")
    for number, (line, value) in enumerate(zip(lines, wanted.values, strict=False), start=1):
        if not canonical_values.equal(line, value, wanted.equality, wanted.tolerance):
            return Match(
                matched=False,
                difference=f"call {number} returned {canonical_values.shown(line)}, "
                f"not {canonical_values.shown(value)}",
            )
    if len(lines) < len(wanted.values):
        return Match(matched=False, difference=f"ended before call {len(lines) + 1} had returned")
    return Match(matched=True)


def _calls(problem: Problem, dataset: str) -> Calls | str:
    return driver.read(problem.tests[0], problem.entry_point, problem.language, dataset)


def _with(program: Program, entry: Language, calls: Calls, source: str) -> Program:
    own = calls.support()
    support = [file for file in entry.support if file.path not in own]
    support += [SourceFile(path=path, content=content) for path, content in own.items()]
    return msgspec.structs.replace(
        program,
        files=(SourceFile(path=entry.source_name, content=source), *support),
        steps=tuple(_running(each, calls.driver.command) for each in program.steps),
    )


def _running(step: Step, command: tuple[str, ...]) -> Step:
    """Return the step that runs a program, by the driver's command where it has one."""
    if step.name != "run" or not command or not isinstance(step, CommandStep):
        return step

    def put(argv: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word for each in command for word in (argv if each == "<<run>>" else (each,)))

    return msgspec.structs.replace(
        step, argv=put(step.argv), cold_argv=put(step.cold_argv) if step.cold_argv else ()
    )
