"""Reward functions for TRL: what ``GRPOTrainer``, ``RLOOTrainer`` and their kin take as ``reward_funcs``.

::

    from codeeval.rewards.trl import get_code_reward

    trainer = GRPOTrainer(model=..., reward_funcs=get_code_reward("mbpp"), train_dataset=...)

A row of the dataset says what its completions must solve: by ``task_id``, of the benchmark that the reward
function or a column ``benchmark`` names; or by ``tests`` (code that follows the program) or ``cases``
(inputs and expected outputs) of its own, with ``language`` where that is not Python. The reward is 1.0 for a
program that passes and 0.0 for one that does not. It is None, which TRL excludes from its averages, where the
sandbox failed and so nothing is known of the program, and for rows that say nothing to solve: those are other
rewards' rows.

Reward functions of the same settings share the warm sandboxes of their process. They can be pickled, and each
process that calls one starts sandboxes of its own. Nothing here imports TRL.

Source: TRL 1.16, trl/trainer/grpo_trainer.py, ``_calculate_rewards``.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, Unpack

from codeeval.rewards.grading import agrade, grade
from codeeval.rewards.samples import answer_text, rows, sample
from codeeval.rewards.settings import RewardOptions, RewardSettings, reward_settings
from codeeval.rewards.warm import close
from codeeval.types import Outcome

if TYPE_CHECKING:
    from codeeval.rewards.grading import Graded
    from codeeval.rewards.samples import Sample

__all__ = [
    "AsyncRewardFunction",
    "RewardFunction",
    "RewardOptions",
    "async_code_reward",
    "close",
    "code_reward",
    "get_async_code_reward",
    "get_code_reward",
]

Completion: TypeAlias = str | Sequence[Mapping[str, Any]]  # Any: a message's content may be text or parts
"""A completion as TRL hands it over: a text, or the chat messages that the model wrote."""


class RewardFunction(Protocol):
    """A synchronous reward function: ``completions`` and the dataset's columns to one reward each."""

    __name__: str

    def __call__(self, completions: Sequence[Completion], **columns: object) -> list[float | None]:
        """Return a reward a completion, in order; None where it does not count."""
        ...


class AsyncRewardFunction(Protocol):
    """An asynchronous reward function: TRL awaits those of a trainer together."""

    __name__: str

    async def __call__(self, completions: Sequence[Completion], **columns: object) -> list[float | None]:
        """Return a reward a completion, in order; None where it does not count."""
        ...


_DEFAULTS: Final = RewardSettings()


def code_reward(completions: Sequence[Completion], **columns: object) -> list[float | None]:
    """Reward completions that pass; each row names its benchmark and task, or brings tests of its own.

    Args:
        completions: what the model wrote, a text or chat messages each.
        **columns: the dataset's columns, and what the trainer adds to them.

    Returns:
        A reward a completion, in order: 1.0, 0.0, or None where it does not count.

    Raises:
        UsageError: no column says what to solve, or one has another length.
        DataError: a row is malformed, and which.
        UnknownName: a benchmark, task or language does not exist.
        SandboxError: no sandbox can be made.
    """
    samples = _samples(completions, columns, _DEFAULTS)
    return _rewards("code_reward", samples, grade(_present(samples), _DEFAULTS), columns)


async def async_code_reward(completions: Sequence[Completion], **columns: object) -> list[float | None]:
    """Do as ``code_reward`` without blocking the event loop, so that TRL awaits it beside other rewards."""
    samples = _samples(completions, columns, _DEFAULTS)
    return _rewards("async_code_reward", samples, await agrade(_present(samples), _DEFAULTS), columns)


def get_code_reward(
    benchmark: str | None = None, *, name: str = "code_reward", **options: Unpack[RewardOptions]
) -> RewardFunction:
    """Make a reward function.

    Args:
        benchmark: the benchmark whose tasks the column ``task_id`` names, as ``codeeval run`` takes it; None
            where a column ``benchmark`` does, or rows bring tests of their own.
        name: what TRL calls the reward in its logs, for trainers with several.
        **options: ``RewardOptions``: ``kind``, ``language``, ``sandbox``, ``workers``, ``limits`` and
            ``data_root``.

    Raises:
        UsageError: an option is not what it must be.
    """
    return _CodeReward(reward_settings(benchmark, options), name)


def get_async_code_reward(
    benchmark: str | None = None, *, name: str = "async_code_reward", **options: Unpack[RewardOptions]
) -> AsyncRewardFunction:
    """Make an asynchronous reward function, with the arguments of ``get_code_reward``.

    Before TRL 1.16 a trainer under Python 3.11 knows no asynchronous function but a plain ``async def``, such
    as ``async_code_reward``.
    """
    return _AsyncCodeReward(reward_settings(benchmark, options), name)


class _CodeReward:
    """A reward function with settings; an object rather than a closure, so that it can be pickled."""

    def __init__(self, settings: RewardSettings, name: str) -> None:
        self._settings = settings
        self.__name__ = name

    def __call__(self, /, completions: Sequence[Completion], **columns: object) -> list[float | None]:
        """Return a reward a completion."""
        samples = _samples(completions, columns, self._settings)
        return _rewards(self.__name__, samples, grade(_present(samples), self._settings), columns)


class _AsyncCodeReward:
    """The same, to be awaited."""

    def __init__(self, settings: RewardSettings, name: str) -> None:
        self._settings = settings
        self.__name__ = name
        if mark := getattr(inspect, "markcoroutinefunction", None):  # since Python 3.12
            mark(self)

    def __reduce__(self) -> tuple[type[_AsyncCodeReward], tuple[RewardSettings, str]]:
        return type(self), (self._settings, self.__name__)

    async def __call__(self, /, completions: Sequence[Completion], **columns: object) -> list[float | None]:
        """Return a reward a completion."""
        samples = _samples(completions, columns, self._settings)
        graded = await agrade(_present(samples), self._settings)
        return _rewards(self.__name__, samples, graded, columns)


def _samples(
    completions: Sequence[Completion], columns: Mapping[str, object], settings: RewardSettings
) -> list[Sample | None]:
    return [
        sample(answer_text(completion, row.where, settings.kind), row, settings)
        for completion, row in zip(completions, rows(len(completions), columns, settings), strict=True)
    ]


def _present(samples: Sequence[Sample | None]) -> list[Sample]:
    return [each for each in samples if each is not None]


def _rewards(
    name: str, samples: Sequence[Sample | None], graded: Sequence[Graded], columns: Mapping[str, object]
) -> list[float | None]:
    """Return a reward a sample, after giving TRL's logs the outcomes and the share of sandbox errors."""
    results = iter(graded)
    by_sample = [None if each is None else next(results) for each in samples]
    log_extra, log_metric = columns.get("log_extra"), columns.get("log_metric")
    if callable(log_extra):
        log_extra(f"{name}/outcome", [each.outcome.value if each else "" for each in by_sample])
    if callable(log_metric):
        lost = sum(each.outcome is Outcome.SANDBOX_ERROR for each in graded)
        log_metric(f"{name}/sandbox_errors", lost / max(1, len(graded)))
    return [each.reward if each else None for each in by_sample]
