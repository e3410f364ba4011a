"""Which problems a run has, and how many samples of each: decided once, then only narrowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import msgspec

from codeeval.errors import DataError
from codeeval.interfaces import ExcludesProblems, LacksReferences, SpansImages
from codeeval.types import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from codeeval.errors import SandboxError
    from codeeval.interfaces import Benchmark
    from codeeval.session.hooks import Notes


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The selected problems, in dataset order, and the samples to generate of each."""

    problems: tuple[Problem, ...]
    plan: dict[str, int]
    """Task id -> samples; a problem that a samples file lacks is not in it."""

    def narrowed(self, problems: Iterable[Problem]) -> Self:
        """Keep these problems only, as they are given, and their part of the plan."""
        kept = tuple(problems)
        plan = {each.task_id: self.plan[each.task_id] for each in kept if each.task_id in self.plan}
        return msgspec.structs.replace(self, problems=kept, plan=plan)

    def updated(self, problems: Sequence[Problem]) -> Self:
        """Take the selected problems from ``problems``, where they may have been completed since."""
        selected = {problem.task_id for problem in self.problems}
        return self.narrowed(problem for problem in problems if problem.task_id in selected)

    @property
    def planned(self) -> tuple[Problem, ...]:
        """The problems that have samples."""
        return tuple(problem for problem in self.problems if problem.task_id in self.plan)


def with_reference(benchmark: Benchmark, problems: Sequence[Problem], notes: Notes) -> tuple[Problem, ...]:
    """Keep the problems that have a reference solution.

    Raises:
        DataError: none has one.
    """
    if not isinstance(benchmark, LacksReferences):
        return tuple(problems)
    kept = tuple(problem for problem in problems if benchmark.has_reference(problem))
    if not kept:
        raise DataError(f"{benchmark.name} has no reference solutions", "Name a model that generates some.")
    if len(kept) < len(problems):
        notes(f"excluded: {len(problems) - len(kept)} tasks without a reference solution")
    return kept


def with_image(
    benchmark: Benchmark, problems: Sequence[Problem], missing: Mapping[str, SandboxError], notes: Notes
) -> tuple[Problem, ...]:
    """Keep the problems whose image can be used here; report the others, and what would help.

    Args:
        benchmark: knows each problem's image.
        problems: in dataset order.
        missing: the images that cannot be used, and why.
        notes: receives what is excluded.

    Raises:
        SandboxError: no problem is left.
    """
    if not isinstance(benchmark, SpansImages) or not missing:
        return tuple(problems)
    kept = tuple(problem for problem in problems if benchmark.image_of(problem) not in missing)
    if problems and not kept:
        raise missing[benchmark.image_of(problems[0])]
    for image, error in missing.items():
        if count := sum(benchmark.image_of(problem) == image for problem in problems):
            notes(f"excluded: {count} tasks of image {image}: {error.message}")
            notes(f"  {error.remedy}")
    return kept


def included(benchmark: Benchmark, problems: Sequence[Problem], notes: Notes) -> tuple[Problem, ...]:
    """Keep the problems that the benchmark includes once their references have run; report the others.

    Raises:
        DataError: no problem is left.
    """
    if not isinstance(benchmark, ExcludesProblems):
        return tuple(problems)
    for remark in benchmark.exclusion_notes(problems):
        notes(remark)
    kept = tuple(problem for problem in problems if benchmark.is_included(problem))
    if not kept:
        raise DataError(f"{benchmark.name} excludes all of the selected tasks", "Select others.")
    return kept
