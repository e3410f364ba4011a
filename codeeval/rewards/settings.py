"""What a reward function is made with; a plain value, so that it can be pickled into other processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path  # noqa: TC003 -- read at run time, as all of RewardOptions
from typing import Final, Literal, TypedDict

import msgspec

from codeeval.errors import UnknownName, UsageError
from codeeval.types import CompletionKind, LimitOptions

OFFICIAL: Final = "official"


class RewardOptions(TypedDict, total=False):
    """The options that every reward function takes, as Python or a trainer's YAML gives them."""

    kind: CompletionKind | str
    """What completions are: ``answer`` (the default: code is found in the text), ``continuation`` of a base
    model's prompt, or ``solution`` (the text is the program)."""
    language: str
    """Of rows that bring their own tests and name no language; Python if not given."""
    sandbox: str
    """``auto`` (the default), ``docker``, ``bubblewrap``, or ``http://HOST:PORT`` of a service."""
    workers: int | None
    """Programs that execute at once in each process that computes rewards; None, the default: one a core."""
    limits: LimitOptions | Mapping[str, float] | None
    """Of each step of a program (``cpu_s``, ``wall_s``, ``memory_bytes``, ``output_bytes``), in place of the
    benchmark's or the language's own."""
    protocol: str
    """``official`` (the default), or ``sealed``: programs run apart from what decides on them, so that none
    is rewarded for patching, forging or reading its tests. What cannot be sealed runs officially."""
    data_root: Path | str | None
    """A folder that mirrors the Hub, for a benchmark's dataset; None, the default, for the Hub."""


class RewardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``RewardOptions`` and the benchmark, checked and hashable."""

    benchmark: str = ""
    """That the samples' tasks belong to; empty where each row names its own, or brings its own tests."""
    kind: CompletionKind = CompletionKind.ANSWER
    language: str = "python"
    sandbox: str = "auto"
    workers: int | None = None
    limits: LimitOptions | None = None
    protocol: Literal["official", "sealed"] = OFFICIAL
    data_root: str = ""


def reward_settings(benchmark: str | None, options: RewardOptions) -> RewardSettings:
    """Check the options of a reward function.

    Raises:
        UnknownName: there is no such option, or no such limit.
        UsageError: one has not the type or value that it must have, and which.
    """
    _check_names("option of a reward function", options, (*RewardOptions.__annotations__, "benchmark"))
    given = {name: value for name, value in options.items() if value is not None}
    limits = options.get("limits")
    if isinstance(limits, Mapping):  # of OmegaConf's kind, where it comes from a trainer's configuration
        _check_names("limit", limits, LimitOptions.__struct_fields__)
        given["limits"] = dict(limits)
    if "data_root" in given:
        given["data_root"] = str(given["data_root"])
    try:
        return msgspec.convert({"benchmark": benchmark or "", **given}, RewardSettings)
    except msgspec.ValidationError as error:
        raise UsageError(f"options of a reward function: {error}") from None


def _check_names(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    known = tuple(known)
    for name in given:
        if name not in known:
            raise UnknownName(what, name, known)
