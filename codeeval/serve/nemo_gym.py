"""NeMo Gym's resources server for code: ``/seed_session`` and ``/verify``.

A request holds an answer of OpenAI's Responses API, and comes back with its reward.

Source: NVIDIA-NeMo/Gym, nemo_gym/base_resources_server.py and resources_servers/code_gen/app.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from codeeval.errors import DataError
from codeeval.serve.endpoint import Endpoint, detail_failure
from codeeval.serve.grading import grade

if TYPE_CHECKING:
    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Service

Object = dict[str, Any]  # Any: the trainer's own, which goes back as it came


async def seed_session(_service: Service, _asked: Asked) -> Object:
    """Begin an episode, which has no state here."""
    return {}


async def verify(service: Service, asked: Asked) -> Object:
    """Reward the last message of a response."""
    body: Object = asked.body
    metadata = body.get("verifier_metadata")
    if not isinstance(metadata, dict):
        raise DataError(
            "verifier_metadata is missing", "Give unit_tests: {inputs, outputs}, tests or task_id."
        )
    label = dict(metadata)
    if (cases := label.pop("unit_tests", None)) is not None:
        label["cases"] = cases
    found = await grade(service, _text(body.get("response")), label, asked, "verifier_metadata")
    return body | {"reward": found.reward or 0.0, "outcome": found.outcome.value, "reason": found.detail}


def _text(response: object) -> str:
    """Return what the last message of a response says.

    Raises:
        DataError: there is none.
    """
    output = response.get("output") if isinstance(response, dict) else None
    for item in reversed(output if isinstance(output, list) else []):
        content = item.get("content") if isinstance(item, dict) and item.get("role") == "assistant" else None
        if isinstance(content, str):
            return content
        if isinstance(content, list):
            return "".join(
                part["text"]
                for part in content
                if isinstance(part, dict) and isinstance(part.get("text"), str)
            )
    raise DataError("response.output has no message of the assistant")


ENDPOINTS: Final = (
    Endpoint(
        "POST", "/seed_session", "NeMo Gym: begin an episode", Object, Object, seed_session, detail_failure
    ),
    Endpoint("POST", "/verify", "NeMo Gym: reward a response", Object, Object, verify, detail_failure),
)
