"""What a run consists of: its problems, its samples, and the configuration that is frozen with it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from codeeval import __version__
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import CompletionSource, ShowsExamples, StrategyInfo
from codeeval.pipeline.limits import DEFAULT_LIMITS, limits_by_language
from codeeval.pipeline.trials import no_examples, runs_on_inputs
from codeeval.records import RunConfig
from codeeval.strategies.strategy import ChoosesSubmissions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import Benchmark, DatasetIdentity, Model, ModelInfo, Price
    from codeeval.records import SandboxInfo, Shard
    from codeeval.strategies.strategy import Strategy
    from codeeval.types import LimitOptions, Problem, Sampling


SUBMISSIONS: Final = 10
"""As AlphaCode's 10@k. Source: Li et al. 2022, section 5."""


def select_problems(
    problems: Sequence[Problem], *, limit: int | None = None, tasks: Sequence[str] = ()
) -> tuple[Problem, ...]:
    """Narrow a benchmark to the named tasks, then to the first ``limit``; dataset order is kept.

    Raises:
        UnknownName: a task that the benchmark does not have.
        UsageError: ``limit`` is less than 1.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"cannot take {limit} tasks", "Give --limit a number from 1 up.")
    by_id = {problem.task_id: problem for problem in problems}
    for task in tasks:
        if task not in by_id:
            raise UnknownName("task", task, by_id)
    wanted = set(tasks) or by_id.keys()
    return tuple(problem for problem in problems if problem.task_id in wanted)[:limit]


def plan_samples(
    problems: Sequence[Problem],
    model: Model | CompletionSource,
    n: int | None,
    strategy: Strategy | None = None,
) -> dict[str, int]:
    """Plan how many samples of each problem to generate: task id -> count, in dataset order.

    Args:
        problems: the selected problems.
        model: a source may lack samples; tasks of which it has none are not in the plan.
        n: samples a task; None is all that a source has, and 1 of a model. Of a strategy that chooses
            submissions, how many: None is ``SUBMISSIONS``.
        strategy: makes each sample of several completions.

    Raises:
        UsageError: ``n`` is less than 1.
        DataError: the source has no sample of any selected problem.
    """
    if n is not None and n < 1:
        raise UsageError(f"cannot generate {n} samples of a task", "Give --n a number from 1 up.")
    each = strategy.max_generations if strategy else 1
    if isinstance(strategy, ChoosesSubmissions):
        return _plan_submissions(problems, model, SUBMISSIONS if n is None else n, each)
    plan: dict[str, int] = {}
    for problem in problems:
        available = model.available(problem.task_id) if isinstance(model, CompletionSource) else None
        count = (1 if n is None else n) if available is None else min(available // each, n or available)
        if count:
            plan[problem.task_id] = count
    if problems and not plan:
        raise _no_samples(problems, model, "no sample")
    return plan


def _plan_submissions(
    problems: Sequence[Problem], model: Model | CompletionSource, n: int, candidates: int
) -> dict[str, int]:
    """Plan ``n`` submissions of each problem that has as many candidates as are to be chosen from.

    Raises:
        UsageError: there are fewer candidates than submissions.
        DataError: the source has too few samples of every selected problem.
    """
    if n > candidates:
        raise UsageError(
            f"cannot submit {n} of {candidates} candidates",
            f"Give --n a number up to {candidates}, or the strategy a larger k.",
        )
    plan = {
        problem.task_id: n
        for problem in problems
        if not isinstance(model, CompletionSource)
        or (available := model.available(problem.task_id)) is None
        or available >= candidates
    }
    if problems and not plan:
        raise _no_samples(problems, model, f"fewer than {candidates} samples")
    return plan


def _no_samples(problems: Sequence[Problem], model: Model | CompletionSource, what: str) -> DataError:
    return DataError(
        f"{model.info.spec} has {what} of any of the {len(problems)} selected tasks",
        f"Its task ids must be those of the benchmark, for example {problems[0].task_id}.",
    )


def task_groups(problems: Sequence[Problem]) -> dict[str, tuple[str, ...]]:
    """Return the named subsets of a dataset's tasks: group -> task ids, both in order of appearance."""
    groups: dict[str, list[str]] = {}
    for problem in problems:
        for name in problem.groups:
            groups.setdefault(name, []).append(problem.task_id)
    return {name: tuple(tasks) for name, tasks in groups.items()}


def make_config(
    benchmark: Benchmark,
    dataset: DatasetIdentity,
    problems: Sequence[Problem],
    model: ModelInfo,
    *,
    sampling: Sampling,
    plan: Mapping[str, int],
    sandbox: SandboxInfo | None = None,
    limits: LimitOptions = DEFAULT_LIMITS,
    all_problems: Sequence[Problem] = (),
    pool_size: int = 0,
    execution_cache: bool = False,
    command: Sequence[str] = (),
    groups: Mapping[str, tuple[str, ...]] | None = None,
    price: Price | None = None,
    strategy: Strategy | None = None,
    shard: Shard | None = None,
) -> RunConfig:
    """Freeze everything that a run's result depends on.

    Args:
        benchmark: with the options it was made with.
        dataset: identity of the loaded problems.
        problems: the selected problems, at least one.
        model: what completes the prompts.
        sampling: as it will be passed to the model.
        plan: from ``plan_samples``.
        sandbox: None where nothing is executed yet; a later ``execute`` fills it in.
        limits: what was set in place of the benchmark's own.
        all_problems: of the dataset, in its order; empty where ``problems`` are all.
        pool_size: sandboxes at work, for the record only.
        execution_cache: whether executions of earlier runs may be used.
        command: the command line, for the record only.
        groups: from ``task_groups``, of all problems of the dataset.
        price: what the model's tokens cost, where that is known.
        strategy: None where each sample is generated once.
        shard: which part of a run this is; None for a whole one.
    """
    first = problems[0]
    stated = limits_by_language(benchmark, all_problems or problems, problems, limits) if sandbox else {}
    return RunConfig(
        benchmark=benchmark.name,
        options=benchmark.options,
        settings=dict(benchmark.settings),
        dataset=dataset,
        template_hash=benchmark.prompt(first).template_hash,
        model=model,
        sampling=sampling,
        limits=stated,
        limit_options=limits,
        sandbox=sandbox,
        codeeval_version=__version__,
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        command=tuple(command),
        pool_size=pool_size,
        execution_cache=execution_cache,
        scoring=benchmark.scoring,
        groups=dict(groups or {}),
        price=price,
        strategy=strategy_info(strategy, benchmark) if strategy else None,
        plan=dict(plan),
        shard=shard,
    )


def strategy_info(strategy: Strategy, benchmark: Benchmark) -> StrategyInfo:
    """Return what ``run.json`` states of a strategy.

    Raises:
        UsageError: it executes candidates, and the benchmark has no examples or inputs for it.
    """
    shown = ""
    submits = isinstance(strategy, ChoosesSubmissions)
    if submits:
        runs_on_inputs(benchmark)
    if strategy.needs_trials:
        if not isinstance(benchmark, ShowsExamples):
            raise no_examples(benchmark)
        shown = benchmark.examples_shown
    return StrategyInfo(
        name=strategy.name,
        parameters=strategy.parameters,
        template_hash=strategy.template_hash,
        examples=shown,
        candidates=strategy.max_generations if submits else 0,
    )
