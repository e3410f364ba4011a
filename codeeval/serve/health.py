"""Health, readiness and metrics, for whatever keeps the service running."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.serve.endpoint import Answer, Endpoint, native_failure
from codeeval.serve.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Service


async def healthz(_service: Service, _asked: Asked) -> object:
    """Answer at all."""
    return {"status": "ok"}


async def readyz(service: Service, _asked: Asked) -> object:
    """Answer whether sandboxes execute programs."""
    await service.ready()
    return {"status": "ready"}


async def metrics(service: Service, _asked: Asked) -> Answer:
    """Answer what was counted."""
    admission = service.admission
    text = service.metrics.text(
        {
            "codeeval_queue": ("Programs that wait for a slot.", admission.waiting),
            "codeeval_admitted": ("Programs that have a slot.", admission.admitted),
            "codeeval_slots": ("Slots: programs admitted at once.", admission.slots),
            "codeeval_sessions": ("Open sessions.", len(service.sessions)),
            "codeeval_workers": ("Programs that execute at once.", service.settings.workers),
        }
    )
    return Answer(text.encode(), CONTENT_TYPE)


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/healthz",
        "Whether the service runs",
        None,
        dict[str, str],
        healthz,
        native_failure,
        public=True,
    ),
    Endpoint(
        "GET",
        "/readyz",
        "Whether sandboxes execute programs",
        None,
        dict[str, str],
        readyz,
        native_failure,
        public=True,
    ),
    Endpoint("GET", "/metrics", "What was counted, for Prometheus", None, None, metrics, native_failure),
)
