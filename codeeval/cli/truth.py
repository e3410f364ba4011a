"""Runs the references that a benchmark's expected results come from, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.config import load_settings
from codeeval.pipeline import establish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codeeval.cli.output import Output
    from codeeval.cli.places import OpenPool
    from codeeval.interfaces import Benchmark, LoadedProblems


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

    return establish(
        benchmark,
        loaded,
        tuple(tasks),
        opened.pool,
        toolchain=opened.info.toolchain,
        cache_dir=load_settings().cache_dir,
        progress=told,
    )
