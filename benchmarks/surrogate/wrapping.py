"""The benchmark that problems are built from: found by name, asked for its references and their tests.

The only module of a benchmark that may import ``registry``: what is wrapped may be anybody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval import registry
from codeeval.benchmarks.common.literals import NoLiteralError
from codeeval.benchmarks.surrogate import calls
from codeeval.errors import UsageError
from codeeval.interfaces import BenchmarkOptions, LacksReferences, MultiplEFormat
from codeeval.languages import PYTHON
from codeeval.types import CallsStep, Problem, Program, PythonStep, UnittestStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.interfaces import Benchmark

OWN: Final = ("surrogate", "surrogate-input")
NO_REFERENCE: Final = "no reference program"
NO_PYTHON: Final = "the program is in a language whose tests cannot be read"
NO_TESTS: Final = "its tests do not parse"
NO_CALLS: Final = "its tests do not call the function"


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A reference program and the calls that its tests make."""

    problem: Problem
    source: str
    """The program without its tests."""
    found: calls.Found
    image: str


class Foreign(msgspec.Struct, frozen=True, kw_only=True):
    """A reference program in another language."""

    problem: Problem
    program: Program
    """With its tests."""
    shown: str
    """Without them."""


class Unusable(msgspec.Struct, frozen=True, kw_only=True):
    """A task of which no problem can be made."""

    task_id: str
    reason: str


def benchmark(name: str, options: BenchmarkOptions) -> Benchmark:
    """Make the benchmark of that name, with the split that the user chooses.

    Raises:
        UnknownName: no such benchmark or variant.
        UsageError: it is made of another benchmark itself.
    """
    family, _, variant = name.partition(":")
    if family in OWN:
        raise UsageError(
            f"{family} is made from a benchmark of programs", "Name one, for example surrogate:humaneval."
        )
    wanted = BenchmarkOptions(variant=variant, split=options.split, style=options.style)
    return registry.benchmark_factory(family)(wanted)


def references(wrapped: Benchmark, problems: tuple[Problem, ...]) -> Iterator[Reference | Foreign | Unusable]:
    """Read each task's reference program and calls, or return why there are none."""
    for problem in problems:
        if isinstance(wrapped, LacksReferences) and not wrapped.has_reference(problem):
            yield Unusable(task_id=problem.task_id, reason=NO_REFERENCE)
            continue
        reference = wrapped.reference(problem)
        program = wrapped.program(problem, reference)
        if program.language != PYTHON.id and program.steps and isinstance(wrapped, MultiplEFormat):
            yield Foreign(problem=problem, program=program, shown=wrapped.solution(problem, reference))
            continue
        found = _calls(program, problem.entry_point)
        if isinstance(found, str):
            yield Unusable(task_id=problem.task_id, reason=found)
        else:
            yield Reference(problem=problem, source=_source(program), found=found, image=program.image)


def _source(program: Program) -> str:
    contents = {file.path: file.content for file in program.files}
    match program.steps[0]:
        case PythonStep(files=files) | UnittestStep(files=files):
            return "\n".join(contents[path] for path in files[:-1])
        case CallsStep(program=path):
            return contents[path]
        case _:  # _calls has refused it
            return ""


def _calls(program: Program, entry_point: str) -> calls.Found | str:
    """Read the calls of the first part: off its tests, or off the inputs that it is given."""
    if program.language != PYTHON.id:
        return NO_PYTHON
    if not program.steps:
        return NO_REFERENCE
    contents = {file.path: file.content for file in program.files}
    match program.steps[0]:
        case CallsStep(inputs=path):
            found = calls.in_inputs(contents[path])
        case PythonStep(files=files) | UnittestStep(files=files):
            try:
                found = calls.in_tests(contents[files[-1]], entry_point)
            except NoLiteralError:
                return NO_TESTS
        case _:
            return NO_PYTHON
    return found if found.calls or found.left_out else NO_CALLS
