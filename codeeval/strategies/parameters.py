"""Strategies as values: ``self-repair:rounds=2``, read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from codeeval.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.types import Sampling

_Parameters = TypeVar("_Parameters", bound=msgspec.Struct)


class StrategyText(NamedTuple):
    """What ``--strategy`` says."""

    name: str
    parameters: dict[str, str]


def parse_strategy(text: str) -> StrategyText:
    """Read ``name`` or ``name:key=value,key=value``. Whether they exist is decided when it is made.

    Raises:
        UsageError: it cannot be read.
    """
    name, colon, rest = text.strip().partition(":")
    parameters: dict[str, str] = {}
    for pair in rest.split(",") if colon else ():
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not (key and equals and value) or key in parameters:
            raise UsageError(
                f"--strategy {text}: cannot read {pair.strip()!r}",
                "Write name:key=value,key=value, each key once; for example self-repair:rounds=2.",
            )
        parameters[key] = value
    if not name:
        raise UsageError(f"--strategy {text!r} names no strategy", "`codeeval list` lists them.")
    return StrategyText(name, parameters)


def read_parameters(strategy: str, kind: type[_Parameters], given: Mapping[str, str]) -> _Parameters:
    """Make a strategy's parameters of their texts.

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


def spelled(parameters: msgspec.Struct) -> dict[str, str]:
    """Write parameters as ``run.json`` holds them."""
    return {name: str(value) for name, value in msgspec.structs.asdict(parameters).items()}


def need_variety(strategy: str, sampling: Sampling) -> None:
    """Refuse to draw the same text several times.

    Raises:
        UsageError: the sampling is greedy.
    """
    if sampling.temperature == 0:
        raise UsageError(
            f"{strategy} chooses among several draws, which are all the same at temperature 0",
            "Add --temperature 0.8, or another above 0.",
        )
