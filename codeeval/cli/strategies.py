"""Makes of ``--strategy`` what the pipeline works with."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from codeeval import registry
from codeeval.cli.assemble import NeedsReferences
from codeeval.errors import UsageError
from codeeval.pipeline import Stage
from codeeval.pipeline.planning import strategy_info
from codeeval.strategies.model import StrategyModel, no_sandbox
from codeeval.strategies.parameters import parse_strategy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.cli.options import ModelChoice
    from codeeval.interfaces import Benchmark, Model
    from codeeval.strategies.values import Strategy, StrategyFactory
    from codeeval.types import Problem, Sampling


def make_strategy(text: str, stage: Stage, serving: ModelChoice | None) -> Strategy:
    """Make the strategy that ``--strategy`` names.

    Raises:
        UnknownName: there is none of that name, or it has no such parameter.
        UsageError: it cannot be carried out so.
    """
    name, parameters = parse_strategy(text)
    factory = cast("StrategyFactory", registry.strategy_factory(name))
    strategy = factory(parameters)
    if stage is Stage.GENERATE and strategy.needs_trials:
        raise no_sandbox(strategy)
    if serving is not None and serving.batch:
        raise UsageError(
            f"--batch draws everything at once, but {name} draws in turns", "Leave out --batch or --strategy."
        )
    return strategy


def with_strategy(
    model: Model, strategy: Strategy, benchmark: Benchmark, problems: Sequence[Problem], sampling: Sampling
) -> StrategyModel:
    """Put a strategy before a model.

    Raises:
        UsageError: the model replays, or is of the wrong style, or the benchmark shows no examples.
    """
    if isinstance(model, NeedsReferences):
        raise UsageError(
            f"{model.info.spec} has one answer a task, so there is nothing for {strategy.name} to do",
            "Leave out --strategy.",
        )
    strategy_info(strategy, benchmark)
    if any(model.available(problem.task_id) is not None for problem in problems):
        if not strategy.replays:
            raise UsageError(
                f"{strategy.name} asks a model in turns, and {model.info.spec} only replays its samples",
                "On a samples file, best-of-n and majority choose among the samples.",
            )
    else:
        strategy.check(model.info, sampling)
    return StrategyModel(model, strategy)
