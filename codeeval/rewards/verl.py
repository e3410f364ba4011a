"""Reward functions for verl: what ``reward.custom_reward_function`` takes.

::

    reward.custom_reward_function.path=pkg://codeeval.rewards.verl
    reward.custom_reward_function.name=acompute_score
    +reward.custom_reward_function.reward_kwargs.benchmark=mbpp

``compute_score`` is synchronous, ``acompute_score`` asynchronous (one process then keeps all its sandboxes
busy), ``compute_score_batch`` what the batch reward manager calls. Their keyword arguments are verl's
``reward_kwargs``.

What a response must solve is said by its row:

- ``ground_truth`` is the id of a task, or ``extra_info`` has a ``task_id``. The task's benchmark is that of
  ``reward_kwargs``, else ``benchmark`` of ``extra_info``, else ``data_source``.
- ``ground_truth`` is an object (or one as JSON) with ``tests`` (code that follows the program) or ``cases``
  (or ``inputs`` and ``outputs``, as in verl's code datasets), and ``language`` where that is not Python; or
  ``extra_info`` has these.

The result has ``score`` and ``acc``, 1.0 or 0.0, and ``outcome``, which verl logs beside them. verl has no
score for "unknown", so a sandbox that failed raises ``SandboxError``: verl's trainer then drops the
trajectory, as one whose rollout failed, and nobody is punished; older trainers stop. ``sandbox_error_score``
gives such responses a score instead.

Nothing here imports verl. Source: verl 0.9.1, verl/trainer/ppo/reward.py (``get_custom_reward_fn``) and
verl/experimental/reward_loop/reward_manager/naive.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack, cast

import msgspec

from codeeval.errors import DataError, SandboxError, UsageError
from codeeval.rewards.grading import agrade, grade
from codeeval.rewards.samples import CASE_INPUTS, COLUMNS, Row, answer_text, sample
from codeeval.rewards.settings import RewardOptions, RewardSettings, reward_settings
from codeeval.rewards.warm import close

if TYPE_CHECKING:
    from codeeval.rewards.grading import Graded
    from codeeval.rewards.samples import Sample

__all__ = ["VerlOptions", "acompute_score", "close", "compute_score", "compute_score_batch"]

_OWN = ("tests", "cases", *CASE_INPUTS)
"""Fields by which a row brings its own tests."""


class VerlOptions(RewardOptions, total=False):
    """What ``reward_kwargs`` may hold, and what verl adds to it."""

    benchmark: str | None
    """The benchmark of all rows, as ``codeeval run`` takes it."""
    sandbox_error_score: float | None
    """The score of a program of which nothing is known, because the sandbox failed; None, the default:
    raise."""
    reward_router_address: str | None
    """Where a reward model is served; not used."""
    reward_model_tokenizer: object
    """That of a reward model; not used."""


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: object,
    extra_info: Mapping[str, Any] | None = None,  # Any: what the dataset holds
    **options: Unpack[VerlOptions],
) -> dict[str, float | str]:
    """Score one response.

    Args:
        data_source: names the benchmark where nothing else does.
        solution_str: the response, decoded.
        ground_truth: a task id, or an object (or its JSON) with tests or cases.
        extra_info: the row's own; may hold ``benchmark``, ``task_id``, ``tests``, ``cases``, ``language`` and
            ``entry_point``.
        **options: ``VerlOptions``.

    Returns:
        ``score`` and ``acc``: 1.0 where the program passes, else 0.0. ``outcome``: how it ended.

    Raises:
        SandboxError: nothing can be said of the program, or no sandbox can be made.
        DataError: the row is malformed.
        UsageError: an option is not what it must be.
        UnknownName: a benchmark, task or language does not exist.
    """
    plan = _plan(options)
    [graded] = grade([plan.sample(data_source, solution_str, ground_truth, extra_info)], plan.settings)
    return plan.score(graded)


async def acompute_score(
    data_source: str,
    solution_str: str,
    ground_truth: object,
    extra_info: Mapping[str, Any] | None = None,  # Any: what the dataset holds
    **options: Unpack[VerlOptions],
) -> dict[str, float | str]:
    """Do as ``compute_score`` without blocking verl's event loop."""
    plan = _plan(options)
    [graded] = await agrade([plan.sample(data_source, solution_str, ground_truth, extra_info)], plan.settings)
    return plan.score(graded)


def compute_score_batch(
    data_sources: Sequence[str],
    solution_strs: Sequence[str],
    ground_truths: Sequence[object],
    extra_infos: Sequence[Mapping[str, Any] | None],  # Any: what the dataset holds
    **options: Unpack[VerlOptions],
) -> list[dict[str, float | str]]:
    """Score a batch, for verl's batch reward manager; as ``compute_score`` otherwise.

    Raises:
        UsageError: also where the arguments have different lengths.
    """
    given = {
        "data_sources": data_sources,
        "solution_strs": solution_strs,
        "ground_truths": ground_truths,
        "extra_infos": extra_infos,
    }
    lengths = {name: len(values) for name, values in given.items()}
    if len(set(lengths.values())) > 1:
        raise UsageError(f"arguments of different lengths: {lengths}")
    plan = _plan(options)
    rows = zip(data_sources, solution_strs, ground_truths, extra_infos, strict=True)
    return [plan.score(graded) for graded in grade([plan.sample(*row) for row in rows], plan.settings)]


class _Plan(NamedTuple):
    """How one call scores."""

    settings: RewardSettings
    sandbox_error_score: float | None

    def sample(
        self,
        data_source: str,
        solution: str,
        ground_truth: object,
        extra: Mapping[str, Any] | None,  # Any: what the dataset holds
    ) -> Sample:
        """Join a response and what its row says of its task."""
        where = f"a row of data source {data_source!r}"
        told = {name: extra[name] for name in COLUMNS if (extra or {}).get(name) is not None} if extra else {}
        benchmark = self.settings.benchmark or told.get("benchmark")
        own = {} if benchmark else _own_tests(ground_truth, where)
        if not own and not benchmark and not any(name in told for name in _OWN):
            benchmark = data_source
        if benchmark:
            told = {"benchmark": benchmark, "task_id": told.get("task_id") or ground_truth}
        row = Row(where, **{**told, **own})
        found = sample(answer_text(solution, where, self.settings.kind), row, self.settings)
        if found is None:
            raise DataError(
                f"{where} does not say what a response must solve",
                "Its ground_truth is the task's id, or an object with tests or cases.",
            )
        return found

    def score(self, graded: Graded) -> dict[str, float | str]:
        """Return what verl takes, always with the same keys: it stacks them over a batch."""
        score = self.sandbox_error_score if graded.reward is None else graded.reward
        if score is None:
            raise SandboxError(
                f"a response has no score, because its sandbox failed: {graded.detail}",
                "Set reward_kwargs.sandbox_error_score to give such responses a score instead.",
            )
        return {"score": score, "acc": score, "outcome": graded.outcome.value}


def _plan(options: VerlOptions) -> _Plan:
    """Check the options; the reward model's, which verl adds, are not ours."""
    own = set(VerlOptions.__annotations__) - set(RewardOptions.__annotations__)
    shared = cast("RewardOptions", {name: value for name, value in options.items() if name not in own})
    return _Plan(reward_settings(options.get("benchmark"), shared), options.get("sandbox_error_score"))


def _own_tests(ground_truth: object, where: str) -> dict[str, object]:
    """Read an object with tests or cases; empty where the ground truth is none."""
    if isinstance(ground_truth, str) and ground_truth.lstrip().startswith("{"):
        try:
            ground_truth = msgspec.json.decode(ground_truth)
        except msgspec.DecodeError as error:
            raise DataError(f"{where}: its ground_truth is not JSON: {error}") from None
    if not isinstance(ground_truth, Mapping):
        return {}
    told = {name: ground_truth[name] for name in COLUMNS if ground_truth.get(name) is not None}
    if "cases" not in told and any(name in ground_truth for name in CASE_INPUTS):
        told["cases"] = ground_truth
    return told
