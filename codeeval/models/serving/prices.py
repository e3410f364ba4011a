"""What a model's tokens cost: a dated table, and the user's own with precedence.

A model without a price has no cost: it is never counted as free.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from codeeval.errors import UsageError
from codeeval.interfaces import Price

if TYPE_CHECKING:
    from codeeval.interfaces import ModelSpec

TABLE: Final = "prices.toml"
PROVIDERS: Final = frozenset({"openai", "anthropic", "litellm"})
"""Backends of a provider, where no server of one's own is named."""
_HOSTS: Final = frozenset({"api.openai.com", "api.anthropic.com"})
_SNAPSHOT: Final = re.compile(r"-(\d{4}-\d\d-\d\d|\d{8}|latest)$")


class _Source(msgspec.Struct, forbid_unknown_fields=True):
    """Prices that were looked up on one day."""

    models: dict[str, tuple[float, float]]
    """Input and output, in US dollars for a million tokens."""
    as_of: str = ""
    source: str = ""
    batch: float = 1.0


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    sources: list[_Source]


def find_price(spec: ModelSpec, canonical: str, own: Path | None = None) -> Price | None:
    """Return the price of a model, or None where no table has it.

    Args:
        spec: the model.
        canonical: its spec string, without secrets.
        own: the user's table, which takes precedence over codeeval's.

    Raises:
        UsageError: the user's table is missing or malformed.
    """
    names = _names(spec, canonical)
    for table in filter(None, (own, Path(__file__).with_name(TABLE))):
        for source in _read(table).sources:
            for name in names:
                if name in source.models:
                    input_usd, output_usd = source.models[name]
                    return Price(
                        input_usd=input_usd,
                        output_usd=output_usd,
                        batch=source.batch,
                        as_of=source.as_of,
                        source=source.source or str(table),
                    )
    return None


def uses_provider(spec: ModelSpec) -> bool:
    """Whether requests go to the provider itself, not to a server of one's own: its names are known."""
    host = urlsplit(spec.base_url).hostname if spec.base_url else None
    return spec.backend in PROVIDERS and (host is None or host in _HOSTS)


def _names(spec: ModelSpec, canonical: str) -> list[str]:
    """Names that a table may have for the model, best first."""
    names = [canonical]
    if uses_provider(spec):
        match spec.backend:
            case "openai" | "anthropic":
                names.append(f"{spec.backend}/{spec.name}")
            case "litellm":
                names.append(spec.name if "/" in spec.name else f"openai/{spec.name}")
            case _:
                pass
    return names + [short for name in names if (short := _SNAPSHOT.sub("", name)) != name]


def _read(table: Path) -> _Table:
    try:
        return msgspec.convert(tomllib.loads(table.read_text("utf-8")), _Table)
    except OSError as error:
        raise UsageError(f"{table}: cannot be read: {error.strerror}", "Correct --prices.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(
            f"{table}: not a table of prices: {error}",
            "Write it like this:\n"
            '[[sources]]\nas_of = "2026-01-31"\n[sources.models]\n"openai/NAME" = [2.50, 10.00]',
        ) from error
