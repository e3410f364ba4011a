"""Limits that a caller sets in place of a benchmark's own: where they apply, and what ``run.json`` states.

They apply to every step but compilation, wherever a verdict is made: runs, calls, unit tests and proofs of
samples, references and controls. What establishes expected outputs keeps its own limits. Compilation keeps
its own too, but may use as much memory as the program.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import DataError
from codeeval.interfaces import LacksReferences, SpansImages
from codeeval.judging import COMPILE
from codeeval.types import CallsStep, Completion, CompletionKind, LimitOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import Benchmark
    from codeeval.types import Limits, Problem, Program, Step

ANY_CORES: Final = 1024
"""More cores than a program could use: its CPU time is under this many times its wall time."""
DEFAULT_LIMITS: Final = LimitOptions()
"""The benchmark's own."""


def with_limits(program: Program, options: LimitOptions) -> Program:
    """Return a program under the limits that were set."""
    if options == DEFAULT_LIMITS:
        return program
    return msgspec.structs.replace(
        program,
        steps=tuple(limited(step, options) for step in program.steps),
        cases=tuple(
            case
            if case.limits is None
            else msgspec.structs.replace(case, limits=_changed(case.limits, options))
            for case in program.cases
        ),
    )


def limited(step: Step, options: LimitOptions) -> Step:
    """Return a step under the limits that were set."""
    own = step.limits
    if step.name == COMPILE:
        memory_bytes = max(own.memory_bytes, options.memory_bytes or 0)
        return msgspec.structs.replace(step, limits=msgspec.structs.replace(own, memory_bytes=memory_bytes))
    if isinstance(step, CallsStep) and step.call_cpu_s and options.cpu_s:
        factor = options.cpu_s / max(step.call_cpu_s)
        limits = msgspec.structs.replace(_changed(own, options, factor), cpu_s=own.cpu_s * factor)
        return msgspec.structs.replace(step, limits=limits, call_cpu_s=(options.cpu_s,))
    return msgspec.structs.replace(step, limits=_changed(own, options))


def with_compile_limits(program: Program, options: LimitOptions) -> Program:
    """Return a program whose compilation is under limits of its own."""
    return msgspec.structs.replace(
        program,
        steps=tuple(
            msgspec.structs.replace(step, limits=_changed(step.limits, options))
            if step.name == COMPILE
            else step
            for step in program.steps
        ),
    )


def scaled(program: Program, factor: float) -> Program:
    """Return a program whose limits on time are those of a machine that takes ``factor`` times as long."""

    def changed(limits: Limits) -> Limits:
        return msgspec.structs.replace(limits, cpu_s=limits.cpu_s * factor, wall_s=limits.wall_s * factor)

    def step_of(step: Step) -> Step:
        step = msgspec.structs.replace(step, limits=changed(step.limits))
        if isinstance(step, CallsStep):
            return msgspec.structs.replace(step, call_cpu_s=tuple(each * factor for each in step.call_cpu_s))
        return step

    return msgspec.structs.replace(
        program,
        steps=tuple(step_of(step) for step in program.steps),
        cases=tuple(
            case if case.limits is None else msgspec.structs.replace(case, limits=changed(case.limits))
            for case in program.cases
        ),
    )


def on_wall_clock(program: Program) -> Program:
    """Return a program whose steps are limited by the time since their start, and not by CPU time."""

    def changed(limits: Limits) -> Limits:
        return msgspec.structs.replace(limits, cpu_s=ANY_CORES * limits.wall_s, strict=True)

    return msgspec.structs.replace(
        program,
        steps=tuple(msgspec.structs.replace(step, limits=changed(step.limits)) for step in program.steps),
        cases=tuple(
            case if case.limits is None else msgspec.structs.replace(case, limits=changed(case.limits))
            for case in program.cases
        ),
    )


def _changed(own: Limits, options: LimitOptions, factor: float = 0.0) -> Limits:
    """Put limits that were set in the place of a benchmark's own; more CPU time allows more wall time.

    Args:
        own: the benchmark's.
        options: what was set.
        factor: by which the CPU time changes; 0 to take it from the two.
    """
    factor = factor or (options.cpu_s / own.cpu_s if options.cpu_s else 1.0)
    return msgspec.structs.replace(
        own,
        cpu_s=options.cpu_s or own.cpu_s,
        wall_s=options.wall_s or own.wall_s * max(1.0, factor),
        memory_bytes=options.memory_bytes or own.memory_bytes,
        output_bytes=options.output_bytes or own.output_bytes,
    )


def limits_by_language(
    benchmark: Benchmark, problems: Sequence[Problem], selected: Sequence[Problem], options: LimitOptions
) -> dict[str, Limits]:
    """Return the limits of the last step of each language's programs; none where nothing is executed.

    Where they differ from problem to problem, those of the dataset's first stand for them: they do not depend
    on which tasks are selected.

    Args:
        benchmark: makes the programs.
        problems: all of the dataset, in its order.
        selected: the selected ones, with what their references return; they say which languages count.
        options: what was set in place of the benchmark's own.
    """
    if not benchmark.image and not isinstance(benchmark, SpansImages):
        return {}
    languages = {problem.language for problem in selected}
    found: dict[str, Limits] = {}
    for problem in itertools.chain(problems, selected):
        if problem.language in languages and problem.language not in found:
            steps = _steps(benchmark, problem)
            if steps:
                found[problem.language] = limited(steps[-1], options).limits
    return found


def _steps(benchmark: Benchmark, problem: Problem) -> tuple[Step, ...]:
    """Return the steps of some program for a problem, never executed; none where its data is wrong."""
    text = Completion(task_id=problem.task_id, sample=0, text="x", kind=CompletionKind.CONTINUATION)
    try:
        if steps := benchmark.program(problem, text).steps:
            return steps
        if isinstance(benchmark, LacksReferences) and not benchmark.has_reference(problem):
            return ()
        return benchmark.program(problem, benchmark.reference(problem)).steps
    except DataError:  # its samples will say so
        return ()
