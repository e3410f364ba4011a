"""Rewards for what trainers send: a response, and what its row says of its task."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from codeeval import Submission
from codeeval.errors import DataError, UsageError
from codeeval.rewards.grading import WITHOUT_CODE, Graded, graded, request_of
from codeeval.rewards.samples import COLUMNS, Row, TaskSample, answer_text, sample
from codeeval.rewards.settings import RewardSettings
from codeeval.serve.failures import Failure
from codeeval.session.hooks import apart
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Mapping

    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Service

T = TypeVar("T")
OPTIONS: Final = ("kind", "protocol")
"""Fields of a label that say how a response is read and judged."""


async def grade(service: Service, text: str, label: object, asked: Asked, where: str) -> Graded:
    """Judge a response by what its label says.

    Args:
        service: executes.
        text: what the model wrote; its reasoning is taken off.
        label: an object, or one as JSON: ``benchmark`` and ``task_id``, or ``tests`` or ``cases``;
            ``language`` where that is not Python; ``kind`` where it is no chat model's; ``protocol``.
        asked: by whom, and under which protocol where the label names none.
        where: names the sample in errors.

    Raises:
        Failure: the sandbox failed, so that nothing can be said; or the service is loaded.
        CodeEvalError: the label is wrong.
    """
    told = _object(label, where)
    settings = _settings(told | {"protocol": told.get("protocol") or asked.protocol}, where)
    row = Row(where, **{name: told[name] for name in COLUMNS if told.get(name) is not None})
    found = sample(answer_text(text, where, settings.kind), row, settings)
    if found is None:
        raise DataError(
            f"{where}: its label does not say what to solve",
            "Give benchmark and task_id, or tests, or cases.",
        )
    if isinstance(found, TaskSample):
        evaluator = await service.evaluator(found.benchmark, settings.protocol)
        submission = Submission(found.task_id, found.text, settings.kind)
        return _known(graded(await service.evaluate(evaluator, submission, asked.caller)))
    request = await apart(len(text), lambda: request_of(found, settings))
    if request is None:
        return WITHOUT_CODE
    return _known(graded(await service.execute(request, asked.caller)))


async def all_of(work: Iterable[Awaitable[T]]) -> list[T]:
    """Wait for all; where one fails, the others are taken back."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def _known(found: Graded) -> Graded:
    """Refuse to reward what nothing is known of: the trainer sends it again, or drops it."""
    if found.outcome is Outcome.SANDBOX_ERROR:
        raise Failure(503, "sandbox_error", found.detail, "Send the sample again.", retry=True)
    return found


def _object(label: object, where: str) -> dict[str, Any]:  # Any: what a dataset holds
    if isinstance(label, str):
        try:
            label = msgspec.json.decode(label)
        except msgspec.DecodeError as error:
            raise DataError(f"{where}: its label is not JSON: {error}") from None
    if not isinstance(label, dict):
        raise DataError(f"{where}: its label is not a JSON object")
    return label


def _settings(told: Mapping[str, Any], where: str) -> RewardSettings:  # Any: as above
    try:
        return msgspec.convert(
            {name: told[name] for name in OPTIONS if told.get(name) is not None}, RewardSettings
        )
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: its label: {error}") from None
