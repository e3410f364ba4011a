"""Problems made of reference programs: one a call, with what it returns in the sandbox."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import literals, mistakes
from codeeval.benchmarks.common.call_values import MalformedError, read_returned
from codeeval.benchmarks.common.literals import NoLiteralError
from codeeval.benchmarks.surrogate import other_languages, wrapping
from codeeval.benchmarks.surrogate.calls import LONGEST_CHARS
from codeeval.benchmarks.surrogate.other_languages import SpelledValue
from codeeval.benchmarks.surrogate.source import without_docstrings
from codeeval.extraction import NO_CODE_RULE
from codeeval.interfaces import DatasetIdentity
from codeeval.types import (
    COMPARED_BYTES,
    CallsStep,
    Extraction,
    Limits,
    Oracle,
    Problem,
    ProblemPayload,
    Program,
    PythonStep,
    SourceFile,
    StepStatus,
    Study,
    Trait,
)

if TYPE_CHECKING:
    from codeeval.benchmarks.surrogate.calls import Call
    from codeeval.interfaces import Benchmark, LoadedProblems
    from codeeval.types import Completion, Execution

NO_INPUTS: Final = "arguments are predicted for Python only"
CALLS: Final = 3
"""Most calls that are asked for a task: the first ones of its tests that are usable."""
TRUTH_LIMITS: Final = Limits(cpu_s=6.0, wall_s=30.0, output_bytes=COMPARED_BYTES)
"""Of both executions of a call; a prediction's one may take half of that."""
SOLUTION: Final = "solution.py"
INPUTS: Final = "inputs.json"


class Prediction(ProblemPayload, frozen=True, kw_only=True):
    """One call of a reference program, which ``Problem.prompt`` shows."""

    source: str
    """The program as it is executed."""
    call: str
    """As source text."""
    arguments: str
    """Of the call, as source text."""
    inputs: str
    """The same as the runner reads them."""
    program_lines: int
    """Of the program as it is shown."""
    image: str
    stated: str
    """What the call returns according to the test; empty where the test does not compare by ``==``."""
    run_s: float | None = None
    """CPU seconds of one call in the sandbox, its process included; None where the reference has not run."""
    output: str = ""
    """What the call returned in the sandbox, as a literal; empty where the references have not run."""
    unusable: str = ""
    """Why nothing can be asked of the call, once the reference has run."""

    @property
    def traits(self) -> tuple[Trait, ...]:
        """What accuracy is shown against."""
        found = [Trait(name="program_lines", value=self.program_lines)]
        if self.run_s is not None:
            found.append(Trait(name="run_s", value=self.run_s))
        return tuple(found)

    @property
    def expected(self) -> str:
        """What the call returned; where that is not known what the test states, for showing only."""
        return self.output or self.stated or "<not known without the sandbox>"

    @property
    def differs(self) -> bool:
        """Whether the test and the reference disagree about the value."""
        if not self.output or not self.stated:
            return False
        return not literals.same(literals.read(self.output), literals.read(self.stated))


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """The problems of a benchmark, and how many calls and tasks could not be used, by reason."""

    problems: tuple[Problem, ...]
    identity: DatasetIdentity
    left_out: dict[str, int]


def make(family: str, wrapped: Benchmark, loaded: LoadedProblems, *, values: bool) -> Made:
    """Make the problems: at most ``CALLS`` a task, in the order of the tests.

    Args:
        family: ``surrogate`` or ``surrogate-input``.
        wrapped: the benchmark that has the references.
        loaded: its problems.
        values: whether values are asked for, which can be done in other languages than Python too.
    """
    problems: list[Problem] = []
    left_out: Counter[str] = Counter()
    for each in wrapping.references(wrapped, loaded.problems):
        match each:
            case wrapping.Unusable(reason=reason):
                left_out[f"tasks: {reason}"] += 1
            case wrapping.Foreign() if not values:
                left_out[f"tasks: {NO_INPUTS}"] += 1
            case wrapping.Foreign(problem=problem):
                task_id = f"{family}:{problem.task_id}"
                found = other_languages.value_problems(task_id, problem, each.program, each.shown, CALLS)
                left_out[f"tasks: {wrapping.NO_PYTHON}"] += not found
                problems += found
            case wrapping.Reference():
                left_out.update({f"calls: {why}": count for why, count in each.found.left_out.items()})
                left_out["tasks: none of its calls can be used"] += not each.found.calls
                left_out[f"calls: beyond the first {CALLS} of a task"] += max(
                    0, len(each.found.calls) - CALLS
                )
                shown = without_docstrings(each.source)
                for number, call in enumerate(each.found.calls[:CALLS]):
                    problems.append(_problem(f"{family}:{each.problem.task_id}/{number}", each, call, shown))
    digest = hashlib.sha256(loaded.identity.sha256.encode())
    for problem in problems:
        match problem.payload:
            case Prediction() as asked:
                digest.update(msgspec.json.encode([problem.task_id, asked.source, asked.arguments]))
            case SpelledValue() as asked:
                digest.update(msgspec.json.encode([problem.task_id, asked.checked.files, asked.value]))
            case _:
                raise TypeError(problem.task_id)
    identity = msgspec.structs.replace(loaded.identity, sha256=digest.hexdigest(), rows=len(problems))
    return Made(problems=tuple(problems), identity=identity, left_out=dict(+left_out))


def _problem(task_id: str, reference: wrapping.Reference, call: Call, shown: str) -> Problem:
    problem = reference.problem
    return Problem(
        task_id=task_id,
        prompt=shown,
        entry_point=problem.entry_point,
        reference="",
        tests=(),
        language=problem.language,
        groups=problem.groups,
        payload=Prediction(
            source=reference.source,
            call=f"{problem.entry_point}({call.arguments})",
            arguments=call.arguments,
            inputs=call.inputs,
            program_lines=sum(not line.isspace() for line in shown.splitlines() if line),
            image=reference.image,
            stated=call.stated,
        ),
    )


def expected_outputs_program(problem: Problem) -> Program:
    """Make the program that makes the call twice, so that one which depends on chance shows."""
    asked = problem.payload_of(Prediction)
    inputs = f"[{asked.inputs[1:-1]},{asked.inputs[1:-1]}]"
    step = CallsStep(
        name="run",
        program=SOLUTION,
        inputs=INPUTS,
        limits=TRUTH_LIMITS,
        entry_point=problem.entry_point,
    )
    return Program(
        task_id=problem.task_id,
        sample=0,
        language=problem.language,
        image=asked.image,
        extraction=Extraction(rule="as-is", code=asked.source),
        files=(
            SourceFile(path=SOLUTION, content=asked.source),
            SourceFile(path=INPUTS, content=inputs),
        ),
        steps=(step,),
        oracle=Oracle.VALUES,
    )


def with_expected_outputs(asked: Prediction, execution: Execution) -> Prediction:
    """Complete a prediction with what the call returned, or with the reason why it cannot be used."""
    result = execution.steps[-1]
    returned = result.values.splitlines()
    if result.status in (StepStatus.CPU_LIMIT, StepStatus.WALL_LIMIT):
        return _without(asked, "the reference takes too long")
    if result.status is not StepStatus.EXITED or result.exit_code or len(returned) != 2:
        return _without(asked, "the reference fails")
    if returned[0] != returned[1]:
        return _without(asked, "the reference returns something else each time")
    try:
        output = literals.to_literal(read_returned(returned[0]).value)
    except (NoLiteralError, MalformedError):
        return _without(asked, "the result is no plain literal")
    if len(output) > LONGEST_CHARS:
        return _without(asked, f"the result takes over {LONGEST_CHARS:,} characters")
    return msgspec.structs.replace(asked, output=output, run_s=result.cpu_s / 2)


def _without(asked: Prediction, reason: str) -> Prediction:
    return msgspec.structs.replace(asked, unusable=reason)


def check_program(
    problem: Problem, completion: Completion, extraction: Extraction, limits: Limits
) -> Program:
    """Make the program that decides on a predicted call: the reference, and an assertion about the call."""
    asked = problem.payload_of(Prediction)
    step = PythonStep(
        name="run",
        files=(SOLUTION, "tests.py"),
        limits=limits,
        entry_point=problem.entry_point,
    )
    files = (
        SourceFile(path=SOLUTION, content=f"{asked.source}\n"),
        SourceFile(path="tests.py", content=f"assert {extraction.code} == {asked.expected}\n"),
    )
    found = extraction.rule != NO_CODE_RULE
    wrong = mistakes.mistake(completion, extraction.code if found else None, None)
    return Program(
        task_id=problem.task_id,
        sample=completion.sample,
        language=problem.language,
        image=asked.image,
        extraction=extraction,
        files=files if found else (),
        steps=(step,) if found else (),
        study=Study(mistake=wrong, traits=asked.traits),
        oracle=Oracle.COMPLETED,
    )
