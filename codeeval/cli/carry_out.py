"""What ``run``, ``generate`` and ``execute`` have in common: assemble, open the records, run."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.cli import options
from codeeval.cli.assemble import (
    HasTasks,
    NeedsReferences,
    data_source,
    default_out,
    make_benchmark,
    make_sampling,
    model_spec,
    remake_benchmark,
)
from codeeval.cli.output import duration
from codeeval.cli.places import images_of, open_pool, runnable
from codeeval.cli.progress import run_progress
from codeeval.cli.reference_check import require_references
from codeeval.cli.result import present
from codeeval.cli.serving import serve
from codeeval.cli.strategies import make_strategy, with_strategy
from codeeval.cli.truth import known_truth, require_no_truth, usable
from codeeval.errors import BudgetSpent, DataError, RunMismatch, TooManySandboxErrors, UnknownName
from codeeval.interfaces import LacksReferences
from codeeval.pipeline import (
    RunOptions,
    RunResult,
    Stage,
    make_config,
    plan_samples,
    read_metrics,
    read_timings,
    run,
    select_problems,
    task_groups,
)
from codeeval.pipeline.references import write_references
from codeeval.records import METRICS, RunDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.cli.output import Output
    from codeeval.cli.progress import RunProgress
    from codeeval.cli.serving import Served
    from codeeval.interfaces import Benchmark, Model
    from codeeval.strategies.values import Strategy
    from codeeval.types import Problem

SHOWN_SKIPS: Final = 10


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A run as the command line asks for it."""

    benchmark: str
    model_spec: str
    out: Path | None
    """None: a name made of the benchmark and the model."""
    tasks: options.TaskChoice
    drawing: options.SamplingChoice
    asking: options.BenchmarkChoice
    data: options.DataChoice
    serving: options.ModelChoice | None
    place: options.SandboxChoice | None
    """None where nothing is executed."""
    stage: Stage
    ks: tuple[int, ...]
    command: tuple[str, ...]
    strategy: str | None = None
    """None: one draw a sample, as the protocol has it."""
    keep_going: bool = False
    """Leave out the malformed lines of a samples file."""


def carry_out(request: Request, output: Output) -> RunResult:
    """Do a run, or what is left of it.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept.
    """
    # The benchmark's name is checked before a model is loaded: that takes seconds.
    make_benchmark(request.benchmark, request.asking)
    strategy = make_strategy(request.strategy, request.stage, request.serving) if request.strategy else None
    spec = model_spec(request.model_spec, request.asking, request.serving, keep_going=request.keep_going)
    served = serve(spec, request.serving, output)
    with contextlib.ExitStack() as unused:
        unused.callback(lambda: asyncio.run(served.model.aclose()))  # until the pipeline takes it over
        return _with_model(request, served, strategy, output, unused)


def _with_model(
    request: Request,
    served: Served,
    strategy: Strategy | None,
    output: Output,
    unused: contextlib.ExitStack,
) -> RunResult:
    model = served.model
    benchmark = _bound(make_benchmark(request.benchmark, request.asking, model.info.style), model, request)
    loaded = benchmark.load(data_source(request.data))
    _check_file(model, loaded.problems, output, keep_going=request.keep_going)
    everything = _answerable(benchmark, model, loaded.problems, output)
    problems = select_problems(everything, limit=request.tasks.limit, tasks=request.tasks.task)
    sampling = make_sampling(benchmark.sampling, request.drawing)
    model = with_strategy(model, strategy, benchmark, problems, sampling) if strategy else model
    plan = plan_samples(problems, model, request.drawing.n)
    out = request.out or default_out(benchmark.name, model.info.spec, request.strategy or "")
    with contextlib.ExitStack() as stack:
        opened = references = None
        if request.place is not None:
            opened = stack.enter_context(open_pool(images_of(benchmark), request.place, output))
            problems = runnable(benchmark, problems, opened, output)
            plan = {problem.task_id: plan[problem.task_id] for problem in problems if problem.task_id in plan}
            loaded = known_truth(benchmark, loaded, plan, opened, output)
            problems = usable(benchmark, _same_tasks(problems, loaded.problems), output)
            plan = {problem.task_id: plan[problem.task_id] for problem in problems if problem.task_id in plan}
            if not isinstance(model, NeedsReferences):
                planned = [problem for problem in problems if problem.task_id in plan]
                references = require_references(benchmark, planned, opened, output, force=request.place.force)
        config = make_config(
            benchmark,
            loaded.identity,
            problems,
            model,
            sampling=sampling,
            plan=plan,
            sandbox=opened.info if opened else None,
            pool_size=opened.pool.size if opened else 0,
            command=request.command,
            groups=task_groups(loaded.problems),
            price=served.price,
            strategy=strategy,
        )
        order = [problem.task_id for problem in loaded.problems]
        directory = stack.enter_context(RunDirectory.create(out, config, order))
        served.count_costs(directory.completions())
        if references:
            write_references(out, references)
        progress = stack.enter_context(_shown(out, request.stage, output))
        unused.pop_all()
        return run(
            directory,
            benchmark,
            loaded.problems,
            model,
            opened.pool if opened else None,
            options=_options(request.stage, request.ks, request.place),
            progress=progress,
            batching=served.batching,
        )


def execute_in_place(
    benchmark_name: str,
    path: Path,
    *,
    data: options.DataChoice,
    place: options.SandboxChoice,
    ks: tuple[int, ...],
    output: Output,
) -> RunResult:
    """Execute what ``codeeval generate`` has left in a run directory.

    Raises:
        RunMismatch: the directory holds another benchmark's run.
        CodeEvalError: whatever stops it; what was done is kept.
    """
    with RunDirectory.open(path) as there:
        config = there.config
    if config.benchmark != make_benchmark(benchmark_name).name:
        raise RunMismatch(
            f"{path} holds a run of {config.benchmark}, not of {benchmark_name}",
            f"Name that benchmark: codeeval execute {config.benchmark} {path}",
        )
    benchmark = remake_benchmark(config)
    loaded = benchmark.load(data_source(data))
    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(open_pool(images_of(benchmark), place, output))
        runnable(benchmark, loaded.problems, opened, output)
        loaded = known_truth(benchmark, loaded, config.plan, opened, output)
        planned = [problem for problem in loaded.problems if problem.task_id in config.plan]
        usable(benchmark, planned, output)
        references = require_references(benchmark, planned, opened, output, force=place.force)
        here = msgspec.structs.replace(
            config, sandbox=opened.info, dataset=loaded.identity, pool_size=opened.pool.size
        )
        order = [problem.task_id for problem in loaded.problems]
        directory = stack.enter_context(RunDirectory.create(path, here, order))
        if references:
            write_references(path, references)
        progress = stack.enter_context(_shown(path, Stage.EXECUTE, output))
        return run(
            directory,
            benchmark,
            loaded.problems,
            None,
            opened.pool,
            options=_options(Stage.EXECUTE, ks, place),
            progress=progress,
        )


def _bound(benchmark: Benchmark, model: Model, request: Request) -> Benchmark:
    """Tell a model that answers with references where to find them.

    Raises:
        UsageError: what is asked for depends on what references give, and there is no sandbox to run them.
    """
    if request.place is None:
        require_no_truth(benchmark, replayed=isinstance(model, NeedsReferences))
    if isinstance(model, NeedsReferences):
        model.bind(benchmark.reference)
    return benchmark


def _answerable(
    benchmark: Benchmark, model: Model, problems: Sequence[Problem], output: Output
) -> tuple[Problem, ...]:
    """Leave out the problems that have no reference solution, for a model that answers with these.

    Raises:
        DataError: none has one.
    """
    if not isinstance(benchmark, LacksReferences) or not isinstance(model, NeedsReferences):
        return tuple(problems)
    kept = tuple(problem for problem in problems if benchmark.has_reference(problem))
    if not kept:
        raise DataError(f"{benchmark.name} has no reference solution", "Name a model that writes some.")
    if len(kept) < len(problems):
        output.note(f"left out: {len(problems) - len(kept)} tasks without a reference solution")
    return kept


def _same_tasks(chosen: Sequence[Problem], problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return what the chosen problems have become."""
    names = {problem.task_id for problem in chosen}
    return tuple(problem for problem in problems if problem.task_id in names)


def _check_file(model: Model, problems: Sequence[Problem], output: Output, *, keep_going: bool) -> None:
    """Say which lines of a samples file are left out, and refuse tasks that the benchmark does not have."""
    if not isinstance(model, HasTasks):
        return
    for note in model.skipped[:SHOWN_SKIPS]:
        output.note(f"left out: {note}")
    if model.skipped_count > SHOWN_SKIPS:
        output.note(f"left out: {model.skipped_count - SHOWN_SKIPS} more lines")
    known = {problem.task_id for problem in problems}
    strange = [task for task in model.task_ids() if task not in known]
    if strange and not keep_going:
        raise UnknownName(f"task in {model.info.spec.removeprefix('file:')}:", strange[0], known)
    if strange:
        output.note(f"left out: {len(strange)} tasks that the benchmark does not have, {strange[0]} for one")


@contextlib.contextmanager
def _shown(path: Path, stage: Stage, output: Output) -> Iterator[RunProgress]:
    """Show how a run goes and how long it took, and its result even where it is called failed."""
    with _result_despite_errors(path, output), _say_how_long(output), run_progress(output, stage) as progress:
        yield progress


@contextlib.contextmanager
def _result_despite_errors(path: Path, output: Output) -> Iterator[None]:
    """Show the result before a run is called failed, or stopped at its budget."""
    try:
        yield
    except (TooManySandboxErrors, BudgetSpent):
        metrics = read_metrics(path) if (path / METRICS).exists() else None
        present(RunResult(path=path, metrics=metrics, timings=read_timings(path)), output)
        raise


@contextlib.contextmanager
def _say_how_long(output: Output) -> Iterator[None]:
    """Say how long the run took, the part that this command did."""
    started_s = time.monotonic()
    yield
    output.note(f"done in {duration(time.monotonic() - started_s)}")


def _options(stage: Stage, ks: tuple[int, ...], place: options.SandboxChoice | None) -> RunOptions:
    if place is None:
        return RunOptions(stage=stage, ks=ks)
    return RunOptions(
        stage=stage, ks=ks, max_sandbox_errors=place.max_sandbox_errors, timeout_reruns=place.timeout_reruns
    )
