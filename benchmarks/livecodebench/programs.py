"""Programs that decide on a solution: by cases of standard input, or by calls whose results are compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.benchmarks.common import case_programs
from codeeval.benchmarks.common.call_values import spell_inputs
from codeeval.benchmarks.common.case_programs import Solution
from codeeval.benchmarks.livecodebench import official
from codeeval.benchmarks.livecodebench.problems import Contest
from codeeval.errors import DataError
from codeeval.extraction import NO_CODE_RULE, Target, encodable, extract
from codeeval.languages import PYTHON
from codeeval.types import (
    COMPARED_BYTES,
    CallsStep,
    Case,
    Comparison,
    CompletionKind,
    Extraction,
    Limits,
    Oracle,
    Program,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.benchmarks.livecodebench.private_tests import Test
    from codeeval.types import Completion, Problem

CPU_S: Final = 6.0
"""Of a case. Source: lcb_runner/runner/parser.py, ``--timeout``, there of wall time."""
WALL_S: Final = 30.0
MOST_CHARS: Final = 8 << 20
"""Of tests that run in one process: more, and each is a run of its own."""
MEMORY_BYTES: Final = 1 << 30
"""The runner states 4 GB in a comment and limits nothing; contests allow 256 MB to 1 GB."""
LINES: Final = "livecodebench"
"""The comparison of the authors' runner."""
SOLUTION: Final = "solution.py"
INPUTS: Final = "inputs.json"
PRELUDE: Final = "prelude.py"


def extracted(completion: Completion) -> Extraction:
    """Find the solution as published: between the last two fences, or of a base model all that it wrote."""
    if completion.kind is CompletionKind.ANSWER:
        return official.extracted(completion.text)
    text = encodable(completion.text)
    text = text.strip() if completion.kind is CompletionKind.CONTINUATION else text
    return Extraction(rule="as-is", code=text) if text.strip() else Extraction(rule=NO_CODE_RULE)


def python_solution(completion: Completion, problem: Problem) -> Extraction:
    """Find a solution in Python by codeeval's own rules."""
    return extract(
        completion.text,
        completion.kind,
        Target(entry_point="", fences=PYTHON.fences, tests=problem.payload_of(Contest).function),
    )


def published(
    problem: Problem, completion: Completion, extraction: Extraction, tests: Sequence[Test]
) -> Program:
    """Make the program that decides on a solution in Python as the authors' runner does.

    All tests run in one process there: a call each. Where they are too long for that, each is a run.

    Raises:
        DataError: a function's arguments, or an expected result, are no JSON.
    """
    function = problem.payload_of(Contest).function
    if function:
        return of_calls(problem, completion, extraction, tests)
    if sum(len(test.input) + len(test.output) for test in tests) > MOST_CHARS:
        return of_cases(problem, completion, Solution(PYTHON, extraction), tests, as_published=True)
    inputs = spell_inputs([test.input] for test in tests)
    expected = spell_inputs([test.output] for test in tests)
    source = official.inputs_program(extraction.code) if extraction.rule != NO_CODE_RULE else ""
    return _calling(
        problem,
        completion,
        extraction,
        {PRELUDE: official.stdin_header(), SOLUTION: source, INPUTS: inputs},
        _Calls(expected, len(tests), official.PRINTED),
    )


def of_calls(
    problem: Problem, completion: Completion, extraction: Extraction, tests: Sequence[Test]
) -> Program:
    """Make the program that calls the solution's function with each test's arguments.

    Raises:
        DataError: these, or an expected result, are no JSON.
    """
    inputs, expected = _calls(problem, tests)
    source = official.calls_program(extraction.code, problem.payload_of(Contest).function)
    files = {PRELUDE: official.header(), SOLUTION: source, INPUTS: inputs}
    return _calling(problem, completion, extraction, files, _Calls(expected, len(tests), ""))


class _Calls(NamedTuple):
    """What is expected of calls."""

    expected: str
    tests: int
    comparison: str


def _calling(
    problem: Problem, completion: Completion, extraction: Extraction, files: Mapping[str, str], calls: _Calls
) -> Program:
    found = extraction.rule != NO_CODE_RULE
    limits = Limits(
        cpu_s=CPU_S * (calls.tests + 1), wall_s=WALL_S * (calls.tests + 1), memory_bytes=MEMORY_BYTES
    )
    step = CallsStep(
        name="run",
        limits=limits,
        prelude=PRELUDE,
        program=SOLUTION,
        inputs=INPUTS,
        entry_point=official.CALLED,
        call_cpu_s=(CPU_S,),
        whole=True,
        expected=calls.expected,
        comparison=calls.comparison,
    )
    return Program(
        task_id=problem.task_id,
        sample=completion.sample,
        language=PYTHON.id,
        image=PYTHON.image,
        extraction=extraction,
        solution=extraction.code if found else "",
        files=tuple(SourceFile(path=path, content=text) for path, text in files.items()) if found else (),
        steps=(step,) if found else (),
        oracle=Oracle.VALUES,
    )


def of_cases(
    problem: Problem,
    completion: Completion,
    solution: Solution,
    tests: Sequence[Test],
    *,
    as_published: bool,
) -> Program:
    """Make the program that is run once for each test.

    Args:
        problem: whose programs read standard input.
        completion: that the solution was found in.
        solution: and its language.
        tests: of the problem.
        as_published: whether Python runs as in the authors' runner, and the first failure is the last case.
    """
    found = solution.extraction.rule != NO_CODE_RULE
    longest = max((len(test.output) for test in tests), default=0)
    program = case_programs.make(
        problem,
        completion,
        solution,
        tuple(Case(stdin=test.input, expected=test.output) for test in tests),
        limits=Limits(
            cpu_s=CPU_S,
            wall_s=WALL_S,
            memory_bytes=MEMORY_BYTES,
            output_bytes=max(COMPARED_BYTES, 8 * longest),
        ),
        comparison=Comparison(name=LINES),
        stop_at_failure=as_published,
    )
    if not (found and as_published and solution.language.id == PYTHON.id):
        return program
    (file,) = program.files
    run = official.stdin_program(solution.extraction.code)
    return msgspec.structs.replace(program, files=(msgspec.structs.replace(file, content=run),))


def of_shown(
    problem: Problem,
    completion: Completion,
    solution: Solution,
    tests: Sequence[Test],
    *,
    as_published: bool,
) -> Program:
    """Make the program that a strategy tries: run once for each test, also where a function is called.

    Raises:
        DataError: an expected result is no JSON.
    """
    function = problem.payload_of(Contest).function
    if not function:
        return of_cases(problem, completion, solution, tests, as_published=as_published)
    shown = [msgspec.structs.replace(test, output=_spelled(problem, test)) for test in tests]
    program = of_cases(problem, completion, solution, shown, as_published=False)
    source = official.call_program(solution.extraction.code, function)
    files = tuple(msgspec.structs.replace(file, content=source) for file in program.files)
    return msgspec.structs.replace(program, files=files)


def _spelled(problem: Problem, test: Test) -> str:
    """Write an expected result as ``official.call_program`` prints it."""
    try:
        return json.dumps(json.loads(test.output))
    except (ValueError, RecursionError) as error:
        place = problem.payload_of(Contest).stored.place
        raise DataError(
            f"{place}: a public test of {problem.task_id} is no JSON: {error}", "Fetch the dataset again."
        ) from error


def _calls(problem: Problem, tests: Sequence[Test]) -> tuple[str, str]:
    """Return the arguments of the calls as the runner reads them, and the expected results likewise.

    Raises:
        DataError: a line of them is no JSON.
    """
    inputs, expected = [], []
    for number, test in enumerate(tests):
        try:
            inputs.append([json.loads(line) for line in test.input.split("\n")])
            expected.append([json.loads(test.output)])
        except (ValueError, RecursionError) as error:
            place = problem.payload_of(Contest).stored.place
            raise DataError(
                f"{place}: test {number} of {problem.task_id} is no JSON: {error}", "Fetch the dataset again."
            ) from error
    return spell_inputs(inputs), spell_inputs(expected)
