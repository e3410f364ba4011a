"""Model spec strings: ``backend:name`` or ``backend:name@url``; options follow the name: ``?key=value``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces import ModelSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXAMPLES: Final = (
    "Write backend:name, for example openai:gpt-4o-mini, openai:NAME@http://localhost:8000/v1, "
    "local:smollm2, local:/path/to.gguf, file:samples.jsonl or reference:."
)
_URL: Final = re.compile(r"@(?=https?://)", re.IGNORECASE)
_OPTIONS: Final = re.compile(r"\?((?:[a-z_]+=[^&=?]*)(?:&[a-z_]+=[^&=?]*)*)$")
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
        if bare := _URL_WITHOUT_SCHEME.search(rest):
            raise UsageError(
                f"{text!r}: the URL lacks its scheme",
                f"Write {backend}:{rest[: bare.start()]}@http://{bare[1]}",
            )
        return _with_options(backend, rest, None)
    url = rest[found[-1].end() :].rstrip("/")
    try:
        host = urlsplit(url).hostname
        urlsplit(url).port  # noqa: B018 -- raises where the port is not a number
    except ValueError as error:
        raise UsageError(f"{text!r}: {url} is not a URL: {error}", _EXAMPLES) from error
    if not host:
        raise UsageError(f"{text!r}: {url} names no host", _EXAMPLES)
    return _with_options(backend, rest[: found[-1].start()], url)


def _with_options(backend: str, name: str, url: str | None) -> ModelSpec:
    found = _OPTIONS.search(name)
    if found is None:
        return ModelSpec(backend=backend, name=name, base_url=url)
    options = dict(pair.split("=", 1) for pair in found[1].split("&"))
    return ModelSpec(backend=backend, name=name[: found.start()], base_url=url, options=options)


def canonical_spec(spec: ModelSpec) -> str:
    """Write a spec as a string that ``parse_spec`` reads, without what may be secret in its URL."""
    options = "&".join(f"{key}={value}" for key, value in sorted(spec.options.items()))
    named = f"{spec.backend}:{spec.name}" + (f"?{options}" if options else "")
    return named if spec.base_url is None else f"{named}@{public_url(spec.base_url)}"


def check_options(spec: ModelSpec, known: Sequence[str] = ()) -> None:
    """Check that a spec has only options of its backend.

    Raises:
        UnknownName: it has another; the nearest are offered.
    """
    for key in spec.options:
        if key not in known:
            raise UnknownName(f"option of {spec.backend}:", key, known)


def option_number(spec: ModelSpec, key: str, default: int) -> int:
    """Read an option that is a number from 1 up.

    Raises:
        UsageError: it is something else.
    """
    text = spec.options.get(key)
    if text is None:
        return default
    if not re.fullmatch(r"[1-9][0-9]*", text):
        raise UsageError(f"{spec.backend}:{spec.name}: {key}={text} is not a number from 1 up")
    return int(text)


def public_url(url: str) -> str:
    """Drop user, password, query and fragment of a URL: they may hold keys."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
