"""Executes the references that a benchmark's expected outputs come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.config import load_settings
from codeeval.errors import UsageError
from codeeval.interfaces import ExcludesProblems
from codeeval.pipeline import compute_expected_outputs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codeeval.interfaces import Benchmark, LoadedProblems
    from codeeval.session.hooks import Notes
    from codeeval.session.sandboxes import OpenPool


def with_expected_outputs(
    benchmark: Benchmark, loaded: LoadedProblems, tasks: Iterable[str], opened: OpenPool, notes: Notes
) -> LoadedProblems:
    """Complete the problems of these tasks with what their references return, if the benchmark needs that.

    Raises:
        DataError: a reference fails.
        SandboxError: the sandbox fails again and again.
    """

    def report(done: int, of: int) -> None:
        if done == 1:
            notes(f"executing {of} programs of the benchmark, once: they give the expected outputs")

    return compute_expected_outputs(
        benchmark,
        loaded,
        tuple(tasks),
        opened.pool,
        toolchain=opened.info.toolchain,
        cache_dir=load_settings().cache_dir,
        progress=report,
    )


def require_none_needed(benchmark: Benchmark, *, replayed: bool) -> None:
    """Refuse to generate without a sandbox where completions depend on the references' outputs.

    Args:
        benchmark: its prompts may show these outputs.
        replayed: whether the completions are the benchmark's own references, which may be these outputs.

    Raises:
        UsageError: they depend on them.
    """
    if isinstance(benchmark, ExcludesProblems) and (benchmark.prompts_need_expected_outputs or replayed):
        what = "completions of reference:" if replayed else f"prompts of {benchmark.name}"
        raise UsageError(
            f"the {what} contain what reference programs return, so these must be executed first",
            "`codeeval run` executes them in the sandbox; `codeeval generate` has none.",
        )
