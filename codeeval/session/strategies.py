"""Makes the strategy of a run from its spec string, and checks that it suits the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from codeeval import registry
from codeeval.errors import UsageError
from codeeval.interfaces import CompletionSource
from codeeval.pipeline import Stage
from codeeval.pipeline.planning import strategy_info
from codeeval.strategies.parameters import parse_strategy
from codeeval.strategies.sampler import no_sandbox
from codeeval.strategies.strategy import Strategy

if TYPE_CHECKING:
    from codeeval.interfaces import Benchmark, Model
    from codeeval.session.settings import ModelOptions
    from codeeval.strategies.strategy import StrategyFactory
    from codeeval.types import Sampling


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


def check_strategy(
    strategy: Strategy, model: Model | CompletionSource, benchmark: Benchmark, sampling: Sampling
) -> None:
    """Check that a strategy can be used with a model or source.

    Raises:
        UsageError: the source has nothing to select from, the strategy generates in turns, the model has
            the wrong style, or the benchmark shows no examples.
    """
    strategy_info(strategy, benchmark)
    if not isinstance(model, CompletionSource):
        strategy.check(model.info, sampling)
    elif model.is_reference:
        raise UsageError(
            f"{model.info.spec} has one solution a task, so {strategy.name} has nothing to select from",
            "Omit --strategy.",
        )
    elif not strategy.selects_only:
        raise UsageError(
            f"{strategy.name} generates in turns, and the completions of {model.info.spec} exist already",
            "On a samples file, best-of-n, majority and clustering select among the samples.",
        )
