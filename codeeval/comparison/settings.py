"""What differs between the settings of runs: to be read before any of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.comparison.results import Area, SettingDifference
from codeeval.records import flatten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.records import RunConfig

_IRRELEVANT: Final = (
    "command",
    "created",
    "execution_cache",
    "groups",
    "model.concurrency",
    "model.max_n",
    "options.template",
    "plan",
    "pool_size",
    "price",
    "sandbox.nodes",
    "schema",
)
"""Moves no score, or is compared elsewhere (the plan task by task, a template by its hash)."""

_AREAS: Final = {
    "benchmark": Area.DATASET,
    "codeeval_version": Area.CODEEVAL,
    "dataset": Area.DATASET,
    "limit_options": Area.LIMITS,
    "limits": Area.LIMITS,
    "model": Area.MODEL,
    "options": Area.PROMPT,
    "sampling": Area.SAMPLING,
    "sandbox": Area.SANDBOX,
    "sandbox.toolchain": Area.TOOLCHAIN,
    "scoring": Area.CODEEVAL,
    "settings": Area.PROMPT,
    "strategy": Area.SAMPLING,
    "template_hash": Area.PROMPT,
}
"""By dotted name or its start; the longest that fits counts. What is not listed is codeeval's."""


def setting_differences(configs: Sequence[RunConfig]) -> tuple[SettingDifference, ...]:
    """Return what is not the same in all runs, by area in the order of ``Area``."""
    flat = [dict(_relevant(config)) for config in configs]
    names = sorted({name for settings in flat for name in settings})
    found = [
        SettingDifference(area=_area(name), name=name, values=values)
        for name in names
        if _differ(name, values := tuple(settings.get(name, "") for settings in flat))
    ]
    if any(_starts(each.name, "limits") for each in found):  # which follow from the options
        found = [each for each in found if not _starts(each.name, "limit_options")]
    stated = {each.name.partition(".")[2] for each in found if each.name.startswith("settings.")}
    order = list(Area)
    return tuple(
        sorted(
            # A benchmark's options come back in its settings: report each difference once.
            (each for each in found if not _repeats(each.name, stated)),
            key=lambda each: order.index(each.area),
        )
    )


def _differ(name: str, values: Sequence[str]) -> bool:
    """Whether runs differ in a setting; limits are compared where they have the same languages."""
    return len({value for value in values if value or not _starts(name, "limits")}) > 1


def _repeats(name: str, stated: set[str]) -> bool:
    return name.startswith("options.") and name.partition(".")[2] in stated


def _relevant(config: RunConfig) -> Iterator[tuple[str, str]]:
    for name, value in flatten(config):
        if not any(_starts(name, prefix) for prefix in _IRRELEVANT):
            yield name, value[1:-1] if value.startswith('"') else value


def _area(name: str) -> Area:
    fitting = [prefix for prefix in _AREAS if _starts(name, prefix)]
    return _AREAS[max(fitting, key=len)] if fitting else Area.CODEEVAL


def _starts(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")
