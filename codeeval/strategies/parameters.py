"""A strategy's spec string, ``self-repair:rounds=2``: parsed, and its parameters checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from codeeval.errors import UnknownName, UsageError
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import ModelInfo
    from codeeval.types import Sampling

_Parameters = TypeVar("_Parameters", bound=msgspec.Struct)


class StrategySpec(NamedTuple):
    """A parsed spec string."""

    name: str
    parameters: dict[str, str]


def parse_strategy(text: str) -> StrategySpec:
    """Read ``name`` or ``name:key=value,key=value``. Whether they exist is decided when it is made.

    Raises:
        UsageError: it is malformed.
    """
    name, colon, rest = text.strip().partition(":")
    parameters: dict[str, str] = {}
    for pair in rest.split(",") if colon else ():
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not (key and equals and value) or key in parameters:
            raise UsageError(
                f"--strategy {text}: {pair.strip()!r} is malformed",
                "Write name:key=value,key=value, each key once; for example self-repair:rounds=2.",
            )
        parameters[key] = value
    if not name:
        raise UsageError(f"--strategy {text!r} names no strategy", "`codeeval list` lists them.")
    return StrategySpec(name, parameters)


def read_parameters(strategy: str, kind: type[_Parameters], given: Mapping[str, str]) -> _Parameters:
    """Convert a strategy's parameters from their texts.

    Raises:
        UnknownName: one that it does not have.
        UsageError: one out of its bounds.
    """
    for name, value in given.items():
        if name not in kind.__struct_fields__:
            raise UnknownName(f"parameter of {strategy}:", name, kind.__struct_fields__)
        try:
            msgspec.convert({name: value}, kind, strict=False)
        except msgspec.ValidationError as error:
            reason = str(error).partition(" - at ")[0]
            raise UsageError(
                f"--strategy {strategy}: {name}={value}: {reason}",
                f"For example {strategy}:{_default(kind)}.",
            ) from error
    return msgspec.convert(dict(given), kind, strict=False)


def _default(kind: type[msgspec.Struct]) -> str:
    return ",".join(f"{field.name}={field.default}" for field in msgspec.structs.fields(kind))


def parameter_texts(parameters: msgspec.Struct) -> dict[str, str]:
    """Return parameters as ``run.json`` has them."""
    return {name: str(value) for name, value in msgspec.structs.asdict(parameters).items()}


def refuse_greedy(strategy: str, sampling: Sampling) -> None:
    """Refuse to generate the same text several times.

    Raises:
        UsageError: the sampling is greedy.
    """
    if sampling.temperature == 0:
        raise UsageError(
            f"{strategy} selects among several candidates, which are all the same at temperature 0",
            "Add --temperature 0.8, or another above 0.",
        )


def refuse_base_model(strategy: str, requested: str, model: ModelInfo) -> None:
    """Refuse a model that continues texts, where a strategy asks it questions.

    Args:
        strategy: its name.
        requested: what it asks for.
        model: of the run.

    Raises:
        UsageError: it is a base model.
    """
    if model.style is PromptStyle.BASE:
        raise UsageError(
            f"{strategy} requests {requested}, which a base model does not write",
            "Use a chat model, or add --style chat.",
        )
