"""``codeeval.run``, ``generate``, ``execute_run``, their async forms, ``score`` and ``load_run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from codeeval.api.keywords import ExecuteKeywords, RunKeywords
from codeeval.api.loops import run_to_end
from codeeval.api.run import Run
from codeeval.pipeline import DEFAULT_KS, Stage
from codeeval.pipeline import score as score_directory
from codeeval.records import RUN
from codeeval.records.config import read_config
from codeeval.session.hooks import NO_PROGRESS, in_place, in_thread, no_notes
from codeeval.session.keywords import make_request
from codeeval.session.merging import merge as merge_shards
from codeeval.session.running import execute_run as execute_directory
from codeeval.session.running import run_benchmark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.session.hooks import Blocking
    from codeeval.session.models import AnyModel


def run(benchmark: str, model: AnyModel, **options: Unpack[RunKeywords]) -> Run:
    """Sample completions from a model, execute them in sandboxes, and score them: ``codeeval run``.

    The same call with the same ``out`` resumes: nothing that is done is done twice.

    Args:
        benchmark: its full name, for example ``humaneval`` or ``mbpp:sanitized``.
        model: a spec string (``openai:NAME@URL``, ``file:samples.jsonl``, ``reference:``), a ``Model``, or a
            sync or async callable from prompts to completions.
        options: see ``RunKeywords``.

    Returns:
        The finished run.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept in the run directory.
    """
    return run_to_end(lambda: _run(benchmark, model, Stage.ALL, options, in_place))


async def arun(benchmark: str, model: AnyModel, **options: Unpack[RunKeywords]) -> Run:
    """As ``run``, in a running event loop, which is not blocked.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept in the run directory.
    """
    return await _run(benchmark, model, Stage.ALL, options, in_thread)


def generate(benchmark: str, model: AnyModel, **options: Unpack[RunKeywords]) -> Run:
    """Sample completions only, for machines that have the model but no sandbox: ``codeeval generate``.

    ``execute_run`` continues from the run directory, here or on another machine.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept in the run directory.
    """
    return run_to_end(lambda: _run(benchmark, model, Stage.GENERATE, options, in_place))


async def agenerate(benchmark: str, model: AnyModel, **options: Unpack[RunKeywords]) -> Run:
    """As ``generate``, in a running event loop, which is not blocked.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept in the run directory.
    """
    return await _run(benchmark, model, Stage.GENERATE, options, in_thread)


def execute_run(run_directory: str | Path | Run, **options: Unpack[ExecuteKeywords]) -> Run:
    """Execute the completions of a run directory, and score them: ``codeeval execute BENCHMARK DIR``.

    Args:
        run_directory: for example of ``generate``, from here or from another machine.
        options: see ``ExecuteKeywords``.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept in the run directory.
    """
    return run_to_end(lambda: _execute(run_directory, options, in_place))


async def aexecute_run(run_directory: str | Path | Run, **options: Unpack[ExecuteKeywords]) -> Run:
    """As ``execute_run``, in a running event loop, which is not blocked.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept in the run directory.
    """
    return await _execute(run_directory, options, in_thread)


def load_run(path: str | Path) -> Run:
    """Open the run directory of an earlier run, of this version or of one before it.

    Raises:
        DataError: it is no run directory, or a record is malformed.
    """
    return Run(Path(path))


def score(run_directory: str | Path | Run, k: Sequence[int] = DEFAULT_KS) -> Run:
    """Judge a run anew and recompute its metrics from its records, executing nothing: ``codeeval score``.

    Raises:
        DataError: it is no run directory, or a record is malformed.
        StorageError: the metrics cannot be written.
    """
    path = run_directory.path if isinstance(run_directory, Run) else Path(run_directory)
    return Run(score_directory(path, tuple(k)).path)


def merge(shards: Sequence[str | Path], out: str | Path, k: Sequence[int] = DEFAULT_KS) -> Run:
    """Put the shards of a run, made with ``shard="I/N"``, together to one run: ``codeeval merge``.

    Raises:
        UsageError: a run is no shard, or two are the same one.
        DataError: a shard is absent, not finished, or malformed.
        RunMismatch: settings differ between shards.
        StorageError: ``out`` cannot be written.
    """
    return Run(merge_shards([Path(each) for each in shards], Path(out), tuple(k)).path)


async def _run(
    benchmark: str, model: AnyModel, stage: Stage, options: Mapping[str, object], blocking: Blocking
) -> Run:
    spec = model if isinstance(model, str) else ""
    result = await run_benchmark(
        make_request(benchmark, spec, stage, options, known=RunKeywords.__annotations__),
        model=None if isinstance(model, str) else model,
        notes=options.get("notes") or no_notes,  # type: ignore[arg-type] # RunKeywords has its type
        progress=options.get("progress") or NO_PROGRESS,  # type: ignore[arg-type] # as above
        blocking=blocking,
    )
    return Run(result.path)


async def _execute(run_directory: str | Path | Run, options: Mapping[str, object], blocking: Blocking) -> Run:
    path = run_directory.path if isinstance(run_directory, Run) else Path(run_directory)
    benchmark = read_config(path / RUN).benchmark
    request = make_request(benchmark, "", Stage.EXECUTE, options, known=ExecuteKeywords.__annotations__)
    result = await execute_directory(
        request,
        path,
        notes=options.get("notes") or no_notes,  # type: ignore[arg-type] # ExecuteKeywords has its type
        progress=options.get("progress") or NO_PROGRESS,  # type: ignore[arg-type] # as above
        blocking=blocking,
    )
    return Run(result.path)
