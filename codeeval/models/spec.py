"""Model spec strings: ``backend:name`` or ``backend:name@url``."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from codeeval.errors import UsageError
from codeeval.interfaces import ModelSpec

_EXAMPLES: Final = (
    "Write backend:name, for example openai:gpt-4o-mini, openai:NAME@http://localhost:8000/v1, "
    "local:smollm2, local:/path/to.gguf, file:samples.jsonl or reference:."
)
_URL: Final = re.compile(r"@(?=https?://)", re.IGNORECASE)
_URL_WITHOUT_SCHEME: Final = re.compile(r"@([\w.-]+:\d+(?:/\S*)?)$")


def parse_spec(text: str) -> ModelSpec:
    """Read a model spec string.

    The name may contain ``/``, ``:`` and ``@``; a URL is what follows the last ``@http``. Whether the
    backend exists is decided when it is loaded.

    Raises:
        UsageError: there is no backend, or the URL cannot be one.
    """
    backend, colon, rest = text.strip().partition(":")
    if not colon or not re.fullmatch(r"[A-Za-z][\w-]*", backend):
        raise UsageError(f"{text!r} names no model backend", _EXAMPLES)
    found = list(_URL.finditer(rest))
    if not found:
        if backend != "file" and (bare := _URL_WITHOUT_SCHEME.search(rest)):
            raise UsageError(
                f"{text!r}: the URL lacks its scheme",
                f"Write {backend}:{rest[: bare.start()]}@http://{bare[1]}",
            )
        return ModelSpec(backend=backend, name=rest)
    url = rest[found[-1].end() :].rstrip("/")
    try:
        host = urlsplit(url).hostname
        urlsplit(url).port  # noqa: B018 -- raises where the port is not a number
    except ValueError as error:
        raise UsageError(f"{text!r}: {url} is not a URL: {error}", _EXAMPLES) from error
    if not host:
        raise UsageError(f"{text!r}: {url} names no host", _EXAMPLES)
    return ModelSpec(backend=backend, name=rest[: found[-1].start()], base_url=url)


def canonical_spec(spec: ModelSpec) -> str:
    """Write a spec as a string that ``parse_spec`` reads, without what may be secret in its URL."""
    if spec.base_url is None:
        return f"{spec.backend}:{spec.name}"
    return f"{spec.backend}:{spec.name}@{public_url(spec.base_url)}"


def public_url(url: str) -> str:
    """Drop user, password, query and fragment of a URL: they may hold keys."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
