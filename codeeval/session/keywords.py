"""A run's settings by single names, as Python callers and suites give them, and the request they make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces import Duplicates
from codeeval.session.settings import (
    DataOptions,
    ExecutionOptions,
    ModelOptions,
    PromptOptions,
    RunRequest,
    SamplingOptions,
    SandboxSettings,
    TaskSelection,
)
from codeeval.types import Effort, LimitOptions, PromptStyle

if TYPE_CHECKING:
    import enum
    from collections.abc import Collection, Mapping

    from codeeval.pipeline import Stage

_GROUPS: Final[dict[str, type[msgspec.Struct]]] = {
    "tasks": TaskSelection,
    "prompting": PromptOptions,
    "sampling": SamplingOptions,
    "data": DataOptions,
    "model_options": ModelOptions,
    "sandbox": SandboxSettings,
    "execution": ExecutionOptions,
}
_OWN: Final = {
    "out": "out",
    "k": "ks",
    "strategy": "strategy",
    "keep_going": "keep_going",
    "duplicates": "duplicates",
    "limits": "limits",
    "notify": "notify",
}
_REPORTING: Final = ("notes", "progress")
_ENUMS: Final[dict[str, type[enum.Enum]]] = {
    "style": PromptStyle,
    "reasoning_effort": Effort,
    "duplicates": Duplicates,
}
_PATHS: Final = ("out", "template", "data_root", "prices")
_OF_THE_WHOLE: Final = ("out", "notify", "serve_command", "shard")
"""What a suite decides for all its runs together, or not at all: a file may not name a command to execute."""
_POSITIVE: Final = (
    "limit",
    "n",
    "max_tokens",
    "reasoning_tokens",
    "concurrency",
    "requests_per_minute",
    "tokens_per_minute",
    "max_cost_usd",
    "timeout_s",
    "workers",
    "max_sandboxes",
    "k",
)
_NOT_NEGATIVE: Final = ("temperature", "shots", "timeout_reruns")


def make_request(
    benchmark: str, model: str, stage: Stage, keywords: Mapping[str, object], *, known: Collection[str]
) -> RunRequest:
    """Make a request of a run's keyword arguments.

    Args:
        benchmark: its full name.
        model: a spec string; empty where there is none.
        stage: which stages the run has.
        keywords: as the caller gave them.
        known: those that exist.

    Raises:
        UnknownName: an argument that does not exist.
        ValueError: a style or an effort that does not exist.
    """
    if unknown := keywords.keys() - known:
        raise UnknownName("argument", min(unknown), known)
    given = {name: _typed(name, value) for name, value in keywords.items() if name not in _REPORTING}
    own = {field: given.pop(name) for name, field in _OWN.items() if given.get(name) is not None}
    groups = {}
    for group, kind in _GROUPS.items():
        fields = [field for field in kind.__struct_fields__ if field in given]
        groups[group] = kind(**{field: given.pop(field) for field in fields})
    values: dict[str, object] = {"benchmark": benchmark, "model": model, "stage": stage, **own, **groups}
    return RunRequest(**values)  # type: ignore[arg-type] # each value is of its field's type, by _GROUPS and _typed


def _typed(name: str, value: object) -> object:
    if isinstance(value, str):
        if name in _PATHS:
            return Path(value)
        if kind := _ENUMS.get(name):
            return kind(value)
        if name == "tasks":
            return (value,)
    if name == "limits" and isinstance(value, dict):
        return LimitOptions(**value)
    if name in {"tasks", "k"} and isinstance(value, list | tuple | set | frozenset | range):
        return tuple(value)
    return value


def setting_names() -> tuple[str, ...]:
    """Return the names of the settings that a suite may give its runs."""
    return tuple(sorted(_types().keys() - set(_OF_THE_WHOLE)))


def check_setting(name: str, value: object, folder: Path) -> object:
    """Check one setting of a suite, and return its value as ``suite.json`` keeps it.

    Args:
        name: as ``codeeval.run`` has it.
        value: as TOML has it.
        folder: what paths are relative to.

    Raises:
        UnknownName: there is no such setting, or none for single runs.
        UsageError: a value of another type, or out of its range.
    """
    if name not in setting_names():
        raise UnknownName("setting", name, setting_names())
    kind = _types()[name]
    if name == "tasks" and isinstance(value, str):
        value = [value]
    if name == "limits" and isinstance(value, dict):
        limits = LimitOptions.__struct_fields__
        if unknown := value.keys() - set(limits):
            raise UsageError(f"unknown limit {min(unknown)!r}", f"Known: {', '.join(limits)}.")
    try:
        typed = msgspec.convert(value, str | None if name in _PATHS else kind)
    except msgspec.ValidationError as error:
        raise UsageError(str(error).partition(" - at `")[0]) from error
    wrong = [each for each in (typed if name == "k" else (typed,)) if not _in_range(name, each)]
    if wrong:
        raise UsageError(f"{wrong[0]} is out of range")
    if name in _PATHS and isinstance(value, str):
        return str((folder / Path(value).expanduser()).resolve())
    return value


def _in_range(name: str, value: object) -> bool:
    if not isinstance(value, int | float):
        return True
    if name == "top_p":
        return 0 < value <= 1
    if name == "max_sandbox_errors":
        return 0 <= value <= 1
    return (value > 0 or name not in _POSITIVE) and (value >= 0 or name not in _NOT_NEGATIVE)


def _types() -> dict[str, object]:
    """Return the type of each setting by its name."""
    found = {field.name: field.type for kind in _GROUPS.values() for field in msgspec.structs.fields(kind)}
    of_request = {field.name: field.type for field in msgspec.structs.fields(RunRequest)}
    return found | {name: of_request[field] for name, field in _OWN.items()}
