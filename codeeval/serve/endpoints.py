"""All routes of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.serve import (
    fusion,
    fusion_submit,
    health,
    native,
    nemo_gym,
    notebooks,
    open_instruct,
    openapi,
    openrlhf,
    piston,
    programs,
    sessions,
    skypilot,
)

if TYPE_CHECKING:
    from codeeval.serve.endpoint import Endpoint

DESCRIBED: Final = (
    *health.ENDPOINTS,
    *native.ENDPOINTS,
    *sessions.ENDPOINTS,
    *programs.ENDPOINTS,
    *fusion.ENDPOINTS,
    *notebooks.ENDPOINTS,
    *fusion_submit.ENDPOINTS,
    *openrlhf.ENDPOINTS,
    *open_instruct.ENDPOINTS,
    *piston.ENDPOINTS,
    *skypilot.ENDPOINTS,
    *nemo_gym.ENDPOINTS,
)


def endpoints() -> tuple[Endpoint, ...]:
    """Return all routes, with those that describe the others."""
    return (*DESCRIBED, *openapi.endpoints_of(DESCRIBED))
