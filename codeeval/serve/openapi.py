"""The OpenAPI description of all routes, made of their types, and a page that shows it.

Source: OpenAPI 3.1; schemas are JSON Schema 2020-12, as msgspec writes them.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval import __version__
from codeeval.serve.endpoint import JSON, Answer, Endpoint, native_failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Service

REFERENCES: Final = "#/components/schemas/{name}"


def document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:  # Any: JSON
    """Describe routes."""
    types = [each for endpoint in endpoints for each in (endpoint.body, endpoint.answer) if each is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCES)
    found = iter(schemas)
    paths: dict[str, dict[str, Any]] = {}  # Any: as above
    for endpoint in endpoints:
        body = None if endpoint.body is None else next(found)
        answer = None if endpoint.answer is None else next(found)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, body, answer)
    return {
        "openapi": "3.1.0",
        "info": {"title": "codeeval", "version": __version__, "summary": "Sandboxes and verdicts over HTTP."},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


# Any: the values are those of JSON
def _operation(endpoint: Endpoint, body: Any, answer: Any) -> dict[str, Any]:
    described: dict[str, Any] = {  # Any: JSON
        "summary": endpoint.summary,
        "operationId": re.sub(r"\W+", "_", f"{endpoint.method.lower()}{endpoint.path}").strip("_"),
        "responses": {
            "200": {"description": "Done", **({"content": {JSON: {"schema": answer}}} if answer else {})},
            "4XX": {"description": "The request cannot be carried out"},
            "5XX": {"description": "The service cannot carry it out now"},
        },
    }
    if body is not None:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
    names = re.findall(r"{(\w+)}", endpoint.path)
    if names:
        described["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    if not endpoint.public:
        described["security"] = [{"token": []}, {}]
    return described


def page(endpoints: Sequence[Endpoint]) -> str:
    """Write a page that lists routes; it loads nothing."""
    rows = "".join(
        f"<tr><td>{endpoint.method}</td><td><code>{html.escape(endpoint.path)}</code></td>"
        f"<td>{html.escape(endpoint.summary)}</td></tr>"
        for endpoint in endpoints
    )
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>codeeval serve</title>"
        "<style>body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:60rem}td,th{padding:.2rem .8rem;"
        "text-align:left;vertical-align:top}</style>"
        f"<h1>codeeval {html.escape(__version__)}</h1><p>Requests and responses: "
        "<a href='/openapi.json'>openapi.json</a>.</p>"
        f"<table><thead><tr><th>method</th><th>path</th><th>what it does</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></html>"
    )


def endpoints_of(others: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """Return the routes that describe all others."""

    async def openapi(_service: Service, _asked: Asked) -> dict[str, Any]:  # Any: JSON
        return document(others)

    async def docs(_service: Service, _asked: Asked) -> Answer:
        return Answer(page(others).encode(), "text/html; charset=utf-8")

    return (
        Endpoint("GET", "/openapi.json", "All routes as OpenAPI", None, None, openapi, native_failure),
        Endpoint("GET", "/docs", "All routes as a page", None, None, docs, native_failure),
    )
