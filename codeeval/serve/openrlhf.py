"""OpenRLHF's remote reward model: ``/get_reward``.

Start the trainer with ``--remote_rm_url http://HOST:PORT/get_reward``; its ``--label_key`` names a column
that says what each prompt must solve (see ``grading.grade``).

Source: OpenRLHF, openrlhf/utils/agent.py (the call, a sample a request) and openrlhf/cli/serve_rm.py (the
answer).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval.errors import UsageError
from codeeval.serve.endpoint import Endpoint, detail_failure
from codeeval.serve.grading import all_of, grade

if TYPE_CHECKING:
    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Service


class RewardRequest(msgspec.Struct, kw_only=True):
    """Texts to be rewarded."""

    query: list[str]
    """Each a prompt with the response behind it."""
    prompts: list[str] = []
    labels: list[Any] = []  # Any: what the dataset holds


class RewardAnswer(msgspec.Struct, kw_only=True):
    """A reward a text, in order."""

    rewards: list[float]
    scores: list[float]
    """The same: what dynamic filtering looks at."""
    extra_logs: dict[str, list[float]]


async def get_reward(service: Service, asked: Asked) -> RewardAnswer:
    """Reward texts."""
    body: RewardRequest = asked.body
    if len(body.labels) != len(body.query) or len(body.prompts) not in (0, len(body.query)):
        raise UsageError(
            f"{len(body.query)} texts, {len(body.prompts)} prompts and {len(body.labels)} labels",
            "Each text needs its label: start the trainer with --label_key.",
        )
    prompts = body.prompts or [""] * len(body.query)
    found = await all_of(
        grade(service, query.removeprefix(prompt), label, asked, f"sample {index}")
        for index, (query, prompt, label) in enumerate(zip(body.query, prompts, body.labels, strict=True))
    )
    rewards = [each.reward or 0.0 for each in found]
    return RewardAnswer(rewards=rewards, scores=rewards, extra_logs={"passed": rewards})


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/get_reward",
        "OpenRLHF: reward responses",
        RewardRequest,
        RewardAnswer,
        get_reward,
        detail_failure,
    ),
)
