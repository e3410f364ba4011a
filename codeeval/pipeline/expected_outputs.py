"""Computes expected outputs from references, for benchmarks whose expected results are just that.

References run in the sandbox like any program, once: what came out is kept in the user's cache, under the
hash of the program and of what ran it: image, runner, and the tools inside. A benchmark may ship results.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from codeeval.errors import SandboxError, StorageError
from codeeval.interfaces import (
    ExcludesProblems,
    LoadedProblems,
    NeedsExpectedOutputs,
    ShipsExpectedOutputs,
)
from codeeval.pipeline.verifier import Verifier
from codeeval.reading import read_bounded
from codeeval.records import write_atomically
from codeeval.sandboxes import images
from codeeval.types import Execution, StepStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from codeeval.interfaces import Benchmark
    from codeeval.pipeline.pools import ProgramPool
    from codeeval.types import Problem, Program


def compute_expected_outputs(
    benchmark: Benchmark,
    loaded: LoadedProblems,
    selected: Sequence[str],
    pool: ProgramPool,
    *,
    toolchain: Mapping[str, str],
    cache_dir: Path,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> LoadedProblems:
    """Complete problems with what their references return, where the benchmark needs that.

    Args:
        benchmark: unless it is a ``NeedsExpectedOutputs``, nothing is done.
        loaded: all problems.
        selected: task ids of those to be executed; the others stay as they are.
        pool: runs the references that have not run before.
        toolchain: versions of the tools inside the sandboxes.
        cache_dir: the user's cache.
        progress: told how many references have run, of how many.

    Raises:
        DataError: a reference fails.
        SandboxError: the sandbox fails again and again.
    """
    if not isinstance(benchmark, NeedsExpectedOutputs):
        return loaded
    wanted = set(selected)
    chosen = {problem.task_id: problem for problem in loaded.problems if problem.task_id in wanted}
    made = {task: benchmark.expected_outputs_program(problem) for task, problem in chosen.items()}
    programs = {task: program for task, program in made.items() if program.steps}
    made_by = {name: _made_by(name, toolchain) for name in {each.image for each in programs.values()}}
    files = {task: _file(cache_dir, program, made_by[program.image]) for task, program in programs.items()}
    executions = {
        task: known
        for task, program in programs.items()
        if (known := _shipped(benchmark, program, toolchain) or _kept(files[task])) is not None
    }
    missing = {task: program for task, program in programs.items() if task not in executions}
    verifier = Verifier(pool)
    futures = {task: verifier.execute(program) for task, program in missing.items()}
    try:
        for done, (task, future) in enumerate(futures.items(), start=1):
            executions[task] = _settled(future.result(), task)
            if not _is_usable(benchmark, chosen[task], executions[task]):  # the machine may be loaded
                again = verifier.execute(missing[task], alone=True)
                executions[task] = _settled(again.result(), task)
            if _is_usable(benchmark, chosen[task], executions[task]):  # a reference that failed is not kept
                _keep(files[task], executions[task])
            progress(done, len(missing))
    finally:
        for future in futures.values():
            future.cancel()
    if missing:
        pool.renew()
    return _completed(loaded, benchmark, executions)


def _is_usable(benchmark: NeedsExpectedOutputs, problem: Problem, execution: Execution) -> bool:
    """Whether something can be asked of a problem, now that its reference has run; not if time ran out."""
    if any(step.status in (StepStatus.CPU_LIMIT, StepStatus.WALL_LIMIT) for step in execution.steps):
        return False
    completed = benchmark.with_expected_outputs(problem, execution)
    return not isinstance(benchmark, ExcludesProblems) or benchmark.is_included(completed)


def _completed(
    loaded: LoadedProblems, benchmark: NeedsExpectedOutputs, executions: Mapping[str, Execution]
) -> LoadedProblems:
    def completed(problem: Problem) -> Problem:
        execution = executions.get(problem.task_id)
        return problem if execution is None else benchmark.with_expected_outputs(problem, execution)

    return msgspec.structs.replace(loaded, problems=tuple(map(completed, loaded.problems)))


def _settled(execution: Execution, task_id: str) -> Execution:
    """Return an execution that its sandbox did not spoil.

    Raises:
        SandboxError: it did, each time.
    """
    if execution.error or not execution.steps:
        raise SandboxError(
            f"the reference of {task_id} cannot be run: {execution.error or 'no step ran'}",
            "`codeeval doctor` says what is wrong.",
        )
    return execution


def _shipped(benchmark: Benchmark, program: Program, toolchain: Mapping[str, str]) -> Execution | None:
    if not isinstance(benchmark, ShipsExpectedOutputs):
        return None
    return benchmark.shipped_execution(program, toolchain)


def _made_by(image: str, toolchain: Mapping[str, str]) -> bytes:
    return msgspec.json.encode([images.tag(image), sorted(toolchain.items())])


def _file(cache_dir: Path, program: Program, made_by: bytes) -> Path:
    name = hashlib.sha256(made_by + msgspec.json.encode(program)).hexdigest()
    return cache_dir / "expected-outputs" / name[:2] / f"{name}.json"


def _kept(file: Path) -> Execution | None:
    """Read what is in the cache; what cannot be read counts as not there."""
    try:
        return msgspec.json.decode(read_bounded(file), type=Execution)
    except (OSError, msgspec.DecodeError):
        return None


def _keep(file: Path, execution: Execution) -> None:
    """Write to the cache, which is a convenience: where it cannot be written, references run each time."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, (msgspec.json.encode(execution),))
    except (OSError, StorageError):
        return
