"""Makes the strategy of a run from its spec string, and puts it in front of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from codeeval import registry
from codeeval.errors import UsageError
from codeeval.pipeline import Stage
from codeeval.pipeline.planning import strategy_info
from codeeval.session.models import NeedsReferences
from codeeval.strategies.model import StrategyModel, no_sandbox
from codeeval.strategies.parameters import parse_strategy
from codeeval.strategies.values import Strategy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import Benchmark, Model
    from codeeval.session.settings import ModelOptions
    from codeeval.strategies.values import StrategyFactory
    from codeeval.types import Problem, Sampling


def make_strategy(text: str, stage: Stage, options: ModelOptions) -> Strategy:
    """Make the strategy that a spec names.

    Raises:
        UnknownName: there is none of that name, or it has no such parameter.
        UsageError: it cannot be carried out with these options.
    """
    name, parameters = parse_strategy(text)
    factory = cast("StrategyFactory", registry.strategy_factory(name, Strategy))
    strategy = factory(parameters)
    if stage is Stage.GENERATE and strategy.needs_trials:
        raise no_sandbox(strategy)
    if options.batch:
        raise UsageError(
            f"--batch submits all requests at once, but {name} makes them in turns",
            "Omit --batch or --strategy.",
        )
    return strategy


def with_strategy(
    model: Model, strategy: Strategy, benchmark: Benchmark, problems: Sequence[Problem], sampling: Sampling
) -> StrategyModel:
    """Put a strategy in front of a model.

    Raises:
        UsageError: the model only replays, has the wrong style, or the benchmark shows no examples.
    """
    if isinstance(model, NeedsReferences):
        raise UsageError(
            f"{model.info.spec} has one answer a task, so {strategy.name} has nothing to choose from",
            "Omit --strategy.",
        )
    strategy_info(strategy, benchmark)
    if any(model.available(problem.task_id) is not None for problem in problems):
        if not strategy.replays:
            raise UsageError(
                f"{strategy.name} makes requests in turns, and {model.info.spec} only replays its samples",
                "On a samples file, best-of-n and majority choose among the samples.",
            )
    else:
        strategy.check(model.info, sampling)
    return StrategyModel(model, strategy)
