"""Runs the references that a benchmark's expected results come from, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.config import load_settings
from codeeval.errors import DataError, UsageError
from codeeval.interfaces import ExcludesProblems
from codeeval.pipeline import compute_expected_outputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codeeval.cli.output import Output
    from codeeval.cli.places import OpenPool
    from codeeval.interfaces import Benchmark, LoadedProblems
    from codeeval.types import Problem


def known_truth(
    benchmark: Benchmark, loaded: LoadedProblems, tasks: Iterable[str], opened: OpenPool, output: Output
) -> LoadedProblems:
    """Complete the problems of these tasks with what their references give, if the benchmark needs that.

    Raises:
        DataError: a reference fails.
        SandboxError: the sandbox fails again and again.
    """

    def told(done: int, of: int) -> None:
        if done == 1:
            output.note(f"running {of} reference solutions, once: programs must return what they do")

    return compute_expected_outputs(
        benchmark,
        loaded,
        tuple(tasks),
        opened.pool,
        toolchain=opened.info.toolchain,
        cache_dir=load_settings().cache_dir,
        progress=told,
    )


def require_no_truth(benchmark: Benchmark, *, replayed: bool) -> None:
    """Refuse to make completions without a sandbox where they depend on what references gave.

    Args:
        benchmark: its prompts may show that.
        replayed: whether the completions are the benchmark's own references, which may be just that.

    Raises:
        UsageError: they do.
    """
    if isinstance(benchmark, ExcludesProblems) and (benchmark.prompts_need_expected_outputs or replayed):
        what = "completions of reference:" if replayed else f"prompts of {benchmark.name}"
        raise UsageError(
            f"the {what} are made of what reference programs return, so these must run first",
            "`codeeval run` runs them in the sandbox; `codeeval generate` has none.",
        )


def usable(benchmark: Benchmark, problems: Sequence[Problem], output: Output) -> tuple[Problem, ...]:
    """Leave out the problems of which nothing can be asked once their references have run, and say so.

    Raises:
        DataError: none is left.
    """
    if not isinstance(benchmark, ExcludesProblems):
        return tuple(problems)
    for remark in benchmark.remarks(problems):
        output.note(remark)
    kept = tuple(problem for problem in problems if benchmark.usable(problem))
    if not kept:
        raise DataError(f"none of the selected tasks of {benchmark.name} can be asked", "Select others.")
    return kept
