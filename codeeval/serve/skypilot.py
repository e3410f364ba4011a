"""SkyPilot's reward server for code: ``/reward`` and ``/batch_reward``.

Source: SkyPilot, llm/rl-code-execution-sandbox.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from codeeval import ExecutionRequest, Outcome
from codeeval.benchmarks.common.answers import find_program
from codeeval.errors import CodeEvalError
from codeeval.languages import PYTHON
from codeeval.rewards.entry_points import tested_function
from codeeval.serve.endpoint import Endpoint, detail_failure
from codeeval.serve.failures import Failure
from codeeval.serve.grading import all_of
from codeeval.session.hooks import apart

if TYPE_CHECKING:
    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Service

MOST_ITEMS: Final = 10_000


class RewardItem(msgspec.Struct, kw_only=True):
    """A response, and the tests of its task."""

    prompt: str = ""
    response: str
    tests: str | list[str]
    setup_code: str = ""
    """Stands before the response's code."""


class BatchRequest(msgspec.Struct, kw_only=True):
    """Responses."""

    items: Annotated[list[RewardItem], msgspec.Meta(max_length=MOST_ITEMS)]


class Reward(msgspec.Struct, kw_only=True):
    """What a response earned."""

    reward: float | None
    """1 or 0; null where nothing is known of it."""
    passed: bool
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    error: str | None = None
    """Why it did not pass, in a few words."""


class BatchAnswer(msgspec.Struct, kw_only=True):
    """A reward a response, in order."""

    rewards: list[Reward]
    mean_reward: float
    """Of those of which something is known."""
    pass_rate: float


async def reward(service: Service, asked: Asked) -> Reward:
    """Reward one response."""
    return await _reward(service, asked.body, asked)


async def batch_reward(service: Service, asked: Asked) -> BatchAnswer:
    """Reward responses; one that is wrong or comes to nothing does not keep the others from theirs."""

    async def one(item: RewardItem) -> Reward:
        try:
            return await _reward(service, item, asked)
        except Failure as failure:
            return Reward(reward=None, passed=False, error=failure.text)
        except CodeEvalError as error:
            return Reward(reward=None, passed=False, error=error.message)

    rewards = await all_of(one(item) for item in asked.body.items)
    known = [each.reward for each in rewards if each.reward is not None]
    mean = sum(known) / len(known) if known else 0.0
    return BatchAnswer(rewards=rewards, mean_reward=mean, pass_rate=mean)


async def _reward(service: Service, item: RewardItem, asked: Asked) -> Reward:
    tests = item.tests if isinstance(item.tests, str) else "\n".join(item.tests)
    entry_point = tested_function(tests)
    found = await apart(len(item.response), lambda: find_program(item.response, PYTHON, entry_point))
    code = found.code
    if not code:
        return Reward(reward=0.0, passed=False, error="no code found in the response")
    whole = f"{item.setup_code}\n{code}" if item.setup_code else code
    request = ExecutionRequest(
        whole, PYTHON.id, tests=tests, entry_point=entry_point, protocol=asked.protocol_for(entry_point)
    )
    result = await service.execute(request, asked.caller)
    return Reward(
        reward=result.reward,
        passed=result.outcome is Outcome.PASSED,
        exit_code=result.exit_code,
        stdout=result.stdout,
        stderr=result.stderr,
        error=result.detail or None,
    )


ENDPOINTS: Final = (
    Endpoint("POST", "/reward", "SkyPilot: reward a response", RewardItem, Reward, reward, detail_failure),
    Endpoint(
        "POST",
        "/batch_reward",
        "SkyPilot: reward responses",
        BatchRequest,
        BatchAnswer,
        batch_reward,
        detail_failure,
    ),
)
