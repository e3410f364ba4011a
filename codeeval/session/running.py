"""A run from settings to result: a line of named steps, each a module of its own."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from codeeval.errors import RunMismatch
from codeeval.interfaces import CompletionSource
from codeeval.pipeline import (
    RunOptions,
    Stage,
    make_config,
    plan_samples,
    run,
    select_problems,
    task_groups,
)
from codeeval.pipeline.limits import limits_by_language
from codeeval.pipeline.references import write_references
from codeeval.records import RunDirectory, parse_shard, shard_plan
from codeeval.session.benchmarks import data_source, images_of, make_benchmark, remake_benchmark
from codeeval.session.execution_cache import open_execution_cache
from codeeval.session.expected_outputs import require_none_needed, with_expected_outputs
from codeeval.session.hooks import NO_PROGRESS, in_place, no_notes
from codeeval.session.models import KeptModel, OpenModel, check_source, merge_sampling, open_model
from codeeval.session.references import require_references
from codeeval.session.sandboxes import OpenPool, SharedPools, StartingPool, open_pool
from codeeval.session.selection import Selection, included, with_image, with_reference
from codeeval.session.strategies import check_strategy, make_strategy
from codeeval.text import slug

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from codeeval.interfaces import Benchmark, LoadedProblems
    from codeeval.pipeline import RunResult
    from codeeval.pipeline.execution_cache import ExecutionCache
    from codeeval.pipeline.references import ReferenceReport
    from codeeval.records import RunConfig, Shard
    from codeeval.session.hooks import Blocking, Notes, ProgressFactory
    from codeeval.session.models import AnyModel
    from codeeval.session.settings import ExecutionOptions, RunRequest
    from codeeval.strategies.strategy import Strategy
    from codeeval.types import LimitOptions, Problem, PromptStyle, Sampling


class Shared(NamedTuple):
    """What the runs of a suite have in common: it stays open from one to the next."""

    pools: SharedPools
    model: KeptModel


class Assembly(NamedTuple):
    """Everything that a run works with, before its sandboxes are open."""

    opened: OpenModel
    strategy: Strategy | None
    loaded: LoadedProblems
    selection: Selection
    sampling: Sampling
    out: Path
    shard: Shard | None


class Ready(NamedTuple):
    """An assembly whose sandboxes are open and whose problems are complete."""

    loaded: LoadedProblems
    selection: Selection
    pool: OpenPool | None
    references: ReferenceReport | None
    cache: ExecutionCache | None = None
    """Executions of earlier runs."""


async def run_benchmark(
    request: RunRequest,
    *,
    model: AnyModel | None = None,
    notes: Notes = no_notes,
    progress: ProgressFactory = NO_PROGRESS,
    blocking: Blocking = in_place,
    shared: Shared | None = None,
) -> RunResult:
    """Do a run, or what is left of it.

    Args:
        request: the run.
        model: in place of the spec string ``request.model``.
        notes: receives what a user should know on the way, a line each.
        progress: opens a display for each stage.
        blocking: how steps that block are done.
        shared: what the run has in common with others; None where it is alone.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept.
        RunCancelled: its task was cancelled; what was done is kept.
    """

    async def carry_out() -> RunResult:
        return await _carry_out(
            request, model, notes=notes, progress=progress, blocking=blocking, shared=shared
        )

    return await _noticed(request, request.out, carry_out, notes, blocking)


async def _noticed(
    request: RunRequest,
    path: Path | None,
    session: Callable[[], Awaitable[RunResult]],
    notes: Notes,
    blocking: Blocking,
) -> RunResult:
    """Do a session, and post what came of it where the request asks for that."""
    if request.notify is None:
        return await session()
    from codeeval.session.notifying import Subject, with_notice  # noqa: PLC0415 -- costs 30 ms, seldom asked for

    subject = Subject(kind="run", benchmark=request.benchmark, model=request.model, path=str(path or ""))
    return await with_notice(request.notify, subject, session, notes=notes, blocking=blocking)


async def _carry_out(
    request: RunRequest,
    model: AnyModel | None,
    *,
    notes: Notes,
    progress: ProgressFactory,
    blocking: Blocking,
    shared: Shared | None,
) -> RunResult:
    make_benchmark(request.benchmark, request.prompting)  # before a model is loaded: that takes seconds
    strategy = (
        make_strategy(request.strategy, request.stage, request.model_options) if request.strategy else None
    )
    async with contextlib.AsyncExitStack() as closing:
        opened = await blocking(lambda: _open_model(request, model, notes, shared))
        closing.push_async_callback(opened.aclose)
        stack = contextlib.ExitStack()
        closing.callback(stack.close)
        pool = _starting_pool(request, opened, stack, shared)
        assembly = await blocking(lambda: assemble(request, opened, strategy, notes))
        ready = await blocking(
            lambda: make_ready(request, assembly, pool, stack, notes=notes, progress=progress)
        )
        directory = await blocking(lambda: stack.enter_context(open_directory(request, assembly, ready)))
        opened.count_costs(directory.completions())
        _note_nodes(directory, ready.pool, closing)
        with progress(request.stage) as display:
            return await run(
                directory,
                opened.benchmark,
                ready.loaded.problems,
                opened.model,
                ready.pool.pool if ready.pool else None,
                options=run_options(request.stage, request.ks, request.execution),
                progress=display,
                batching=opened.batching,
                strategy=strategy,
                cache=ready.cache,
                blocking=blocking,
            )


def _starting_pool(
    request: RunRequest, opened: OpenModel, stack: contextlib.ExitStack, shared: Shared | None
) -> StartingPool | None:
    """Start the sandboxes while the problems are loaded; None where nothing is executed."""
    if request.stage is Stage.GENERATE:
        return None
    opener = shared.pools.open if shared else open_pool
    return stack.enter_context(
        StartingPool(opener, images_of(opened.benchmark), request.sandbox, request.limits)
    )


def _open_model(
    request: RunRequest, model: AnyModel | None, notes: Notes, shared: Shared | None
) -> OpenModel:
    def benchmark(style: PromptStyle) -> Benchmark:
        return make_benchmark(request.benchmark, request.prompting, style)

    return open_model(
        request.model if model is None else model,
        benchmark,
        style=request.prompting.style,
        options=request.model_options,
        keep_going=request.keep_going,
        duplicates=request.duplicates,
        kept=shared.model if shared else None,
        offline=request.data.offline,
        notes=notes,
    )


def assemble(request: RunRequest, opened: OpenModel, strategy: Strategy | None, notes: Notes) -> Assembly:
    """Load the benchmark's problems, and decide which of them the run has.

    Raises:
        CodeEvalError: an option, a task or a dataset that does not exist.
    """
    model, benchmark = opened.model, opened.benchmark
    if request.stage is Stage.GENERATE:
        require_none_needed(benchmark, replayed=opened.has_references)
    loaded = benchmark.load(data_source(request.data))
    if isinstance(model, CompletionSource):
        check_source(model, loaded.problems, notes, keep_going=request.keep_going)
    usable = with_reference(benchmark, loaded.problems, notes) if opened.has_references else loaded.problems
    problems = select_problems(usable, limit=request.tasks.limit, tasks=request.tasks.tasks)
    sampling = merge_sampling(benchmark.sampling, request.sampling)
    if strategy is not None:
        check_strategy(strategy, model, benchmark, sampling)
    plan = plan_samples(problems, model, request.sampling.n, strategy)
    shard = None
    if request.tasks.shard is not None:
        plan, shard = shard_plan(plan, *parse_shard(request.tasks.shard))
        problems = tuple(problem for problem in problems if problem.task_id in plan)
    return Assembly(
        opened=opened,
        strategy=strategy,
        loaded=loaded,
        selection=Selection(problems=problems, plan=plan),
        sampling=sampling,
        out=request.out or default_out(benchmark.name, model.info.spec, request.strategy or "", shard),
        shard=shard,
    )


def make_ready(
    request: RunRequest,
    assembly: Assembly,
    starting: StartingPool | None,
    stack: contextlib.ExitStack,
    *,
    notes: Notes,
    progress: ProgressFactory,
) -> Ready:
    """Wait for the sandboxes, and execute the references that the benchmark needs first.

    Args:
        request: the run.
        assembly: of the same run.
        starting: its sandboxes; None where nothing is executed.
        stack: closes the execution cache.
        notes: receives what is excluded.
        progress: shows how the references go.

    Raises:
        CodeEvalError: no sandbox works here, or references fail.
    """
    if starting is None:
        return Ready(loaded=assembly.loaded, selection=assembly.selection, pool=None, references=None)
    benchmark, selection = assembly.opened.benchmark, assembly.selection
    pool = starting.wait(notes)
    selection = selection.narrowed(with_image(benchmark, selection.problems, pool.missing, notes))
    _self_test_nodes(pool, benchmark, notes)
    loaded = with_expected_outputs(benchmark, assembly.loaded, selection.plan, pool, notes)
    selection = selection.updated(loaded.problems)
    selection = selection.narrowed(included(benchmark, selection.problems, notes))
    _examine_nodes(pool, benchmark, selection.problems, request.limits, notes)
    references = None
    if not assembly.opened.has_references:
        references = require_references(
            benchmark,
            selection.planned,
            pool,
            force=request.execution.force,
            limits=request.limits,
            notes=notes,
            progress=progress,
        )
    cache = open_execution_cache(
        request,
        images_of(benchmark),
        pool,
        stack,
        notes,
        generates=not isinstance(assembly.opened.model, CompletionSource),
    )
    return Ready(loaded=loaded, selection=selection, pool=pool, references=references, cache=cache)


def open_directory(request: RunRequest, assembly: Assembly, ready: Ready) -> RunDirectory:
    """Create the run directory, or open the one that is there if it was made with the same settings.

    Raises:
        RunMismatch: it was made with other settings.
        StorageError: it cannot be written.
    """
    config = make_config(
        assembly.opened.benchmark,
        ready.loaded.identity,
        ready.selection.problems,
        assembly.opened.model.info,
        sampling=assembly.sampling,
        plan=ready.selection.plan,
        sandbox=ready.pool.info if ready.pool else None,
        limits=request.limits,
        all_problems=assembly.loaded.problems,
        pool_size=ready.pool.pool.size if ready.pool else 0,
        execution_cache=ready.cache is not None,
        command=request.command,
        groups=task_groups(ready.loaded.problems),
        price=assembly.opened.price,
        strategy=assembly.strategy,
        shard=assembly.shard,
    )
    directory = RunDirectory.create(assembly.out, config, _order(ready.loaded))
    if ready.references:
        write_references(assembly.out, ready.references)
    return directory


async def execute_run(
    request: RunRequest,
    path: Path,
    *,
    notes: Notes = no_notes,
    progress: ProgressFactory = NO_PROGRESS,
    blocking: Blocking = in_place,
) -> RunResult:
    """Execute the completions that are in a run directory, and score them.

    Args:
        request: benchmark, data, sandbox, limits and execution; the run directory has the rest.
        path: the run directory, for example of ``codeeval generate``.
        notes: receives what a user should know on the way, a line each.
        progress: opens a display for each stage.
        blocking: how steps that block are done.

    Raises:
        RunMismatch: the directory holds another benchmark's run.
        CodeEvalError: whatever stops it; what was done is kept.
        RunCancelled: its task was cancelled; what was done is kept.
    """

    async def carry_out() -> RunResult:
        return await _execute(request, path, notes=notes, progress=progress, blocking=blocking)

    return await _noticed(request, path, carry_out, notes, blocking)


async def _execute(
    request: RunRequest, path: Path, *, notes: Notes, progress: ProgressFactory, blocking: Blocking
) -> RunResult:
    with contextlib.ExitStack() as stack:
        ready = await blocking(lambda: _make_executable(request, path, stack, notes, progress))
        options = run_options(Stage.EXECUTE, request.ks, request.execution)
        with progress(Stage.EXECUTE) as display:
            return await run(
                ready.directory,
                ready.benchmark,
                ready.loaded.problems,
                None,
                ready.pool.pool,
                options=options,
                progress=display,
                cache=ready.cache,
                blocking=blocking,
            )


def _self_test_nodes(pool: OpenPool, benchmark: Benchmark, notes: Notes) -> None:
    if pool.cluster is not None:
        from codeeval.session.cluster import self_test_nodes  # noqa: PLC0415 -- costs 50 ms

        self_test_nodes(pool, benchmark, images_of(benchmark), notes)


def _examine_nodes(
    pool: OpenPool, benchmark: Benchmark, problems: Sequence[Problem], limits: LimitOptions, notes: Notes
) -> None:
    if pool.cluster is not None:
        from codeeval.session.cluster import examine_nodes  # noqa: PLC0415 -- costs 50 ms

        examine_nodes(pool, benchmark, problems, limits, notes)


def _note_nodes(
    directory: RunDirectory,
    pool: OpenPool | None,
    stack: contextlib.ExitStack | contextlib.AsyncExitStack,
) -> None:
    """Record which machines of a cluster take part: now, and others when they join."""
    if pool is not None and (cluster := pool.cluster) is not None:
        cluster.report_nodes(directory.note_nodes)
        stack.callback(lambda: directory.note_nodes(cluster.records))  # what a full disk kept from it before
        stack.callback(lambda: cluster.report_nodes(None))


class _Executable(NamedTuple):
    """A run directory whose completions can be executed."""

    directory: RunDirectory
    benchmark: Benchmark
    loaded: LoadedProblems
    pool: OpenPool
    cache: ExecutionCache | None


def _make_executable(
    request: RunRequest, path: Path, stack: contextlib.ExitStack, notes: Notes, progress: ProgressFactory
) -> _Executable:
    config = _config_there(path, request.benchmark)
    benchmark = remake_benchmark(config)
    images = images_of(benchmark)
    starting = stack.enter_context(StartingPool(open_pool, images, request.sandbox, request.limits))
    dataset = benchmark.load(data_source(request.data))
    pool = starting.wait(notes)
    with_image(benchmark, dataset.problems, pool.missing, notes)
    _self_test_nodes(pool, benchmark, notes)
    loaded = with_expected_outputs(benchmark, dataset, config.plan, pool, notes)
    planned = [problem for problem in loaded.problems if problem.task_id in config.plan]
    _examine_nodes(pool, benchmark, included(benchmark, planned, notes), request.limits, notes)
    references = require_references(
        benchmark,
        planned,
        pool,
        force=request.execution.force,
        limits=request.limits,
        notes=notes,
        progress=progress,
    )
    cache = open_execution_cache(request, images, pool, stack, notes, generates=False)
    here = msgspec.structs.replace(
        config,
        sandbox=pool.info,
        dataset=loaded.identity,
        pool_size=pool.pool.size,
        execution_cache=cache is not None,
        limits=limits_by_language(benchmark, dataset.problems, planned, request.limits),
        limit_options=request.limits,
    )
    directory = stack.enter_context(RunDirectory.create(path, here, _order(loaded)))
    if references:
        write_references(path, references)
    _note_nodes(directory, pool, stack)
    return _Executable(directory, benchmark, loaded, pool, cache)


def _config_there(path: Path, benchmark: str) -> RunConfig:
    """Read the configuration of a run of this benchmark."""
    with RunDirectory.open(path) as there:
        config = there.config
    if config.benchmark != make_benchmark(benchmark).name:
        raise RunMismatch(
            f"{path} holds a run of {config.benchmark}, not of {benchmark}",
            f"Name that benchmark: codeeval execute {config.benchmark} {path}",
        )
    return config


def default_out(benchmark: str, model: str, strategy: str = "", shard: Shard | None = None) -> Path:
    """Name a run directory after its contents, so that the same command resumes."""
    more = f"--{slug(strategy)}" if strategy else ""
    more += f"--{shard.number}-of-{shard.of}" if shard else ""
    return Path("runs") / f"{slug(benchmark)}--{slug(model)}{more}"


def run_options(stage: Stage, ks: tuple[int, ...], execution: ExecutionOptions) -> RunOptions:
    """Return the pipeline's options."""
    return RunOptions(
        stage=stage,
        ks=ks,
        max_sandbox_errors=execution.max_sandbox_errors,
        timeout_reruns=execution.timeout_reruns,
    )


def _order(loaded: LoadedProblems) -> list[str]:
    return [problem.task_id for problem in loaded.problems]
