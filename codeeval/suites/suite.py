"""What a suite consists of, and the runs that follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from codeeval.errors import UsageError
from codeeval.gating import Tier
from codeeval.text import slug

if TYPE_CHECKING:
    from collections.abc import Mapping

Settings = dict[str, Any]  # Any: values as TOML has them; ``session`` checks and types them
"""Settings of runs by the names that ``codeeval.run`` gives them."""


class SuiteBenchmark(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark of a suite."""

    label: str
    """Different from every other's; by default the benchmark's name."""
    benchmark: str
    """``family`` or ``family:variant``."""
    weight: float = 1.0
    """In the suite's score; only the ratios count."""
    tier: Tier = Tier.CRITICAL
    """In a gate."""
    metric: str = ""
    """That counts in the suite's score; empty for the benchmark's main one."""
    max_drop: float | None = None
    """In a gate; None for the gate's own."""
    least: dict[str, float] = {}
    """Least values in a gate, by metric."""
    settings: Settings = {}


class SuiteModel(msgspec.Struct, frozen=True, kw_only=True):
    """One model of a suite."""

    label: str
    spec: str
    """``{benchmark}`` in it stands for the benchmark's label as a file name has it."""
    settings: Settings = {}


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One of several ways in which every benchmark is run on every model."""

    label: str = ""
    """Empty where there is only one way."""
    settings: Settings = {}


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of some of the runs; an empty label is any."""

    benchmark: str = ""
    model: str = ""
    variant: str = ""
    skip: bool = False
    """Whether these runs are left out."""
    settings: Settings = {}

    def matches(self, benchmark: str, model: str, variant: str) -> bool:
        """Whether it is about this run."""
        return (
            self.benchmark in {"", benchmark} and self.model in {"", model} and self.variant in {"", variant}
        )


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """Several benchmarks on several models."""

    name: str
    benchmarks: tuple[SuiteBenchmark, ...]
    models: tuple[SuiteModel, ...]
    variants: tuple[Variant, ...] = (Variant(),)
    defaults: Settings = {}
    overrides: tuple[Override, ...] = ()


class SuiteRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a suite: a benchmark on a model with its settings."""

    label: str
    """Of the benchmark."""
    benchmark: str
    model: str
    """Label of the model."""
    spec: str
    variant: str = ""
    directory: str
    """Name of the run directory in the suite's."""
    settings: Settings = {}

    @property
    def entry(self) -> str:
        """Name of what is compared: the model, with the variant where there are several."""
        return entry_name(self.model, self.variant)


def entry_name(model: str, variant: str) -> str:
    """Name what is compared in a suite: a model, with the variant where there are several."""
    return f"{model} ({variant})" if variant else model


def planned_runs(suite: Suite, given: Mapping[str, Any]) -> tuple[SuiteRun, ...]:  # Any: as Settings
    """Return the runs of a suite, all benchmarks of a model one after another.

    Settings are taken, the later before the earlier, from the suite's defaults, the benchmark, the model, the
    variant, the overrides in their order, and ``given``.

    Args:
        suite: with at least one model.
        given: settings of the caller's, for all runs.

    Raises:
        UsageError: nothing is left, or two runs would have the same directory.
    """
    runs = []
    for model in suite.models:
        for variant in suite.variants:
            for benchmark in suite.benchmarks:
                names = (benchmark.label, model.label, variant.label)
                matching = [each for each in suite.overrides if each.matches(*names)]
                if any(each.skip for each in matching):
                    continue
                settings = suite.defaults | benchmark.settings | model.settings | variant.settings
                for override in matching:
                    settings |= override.settings
                runs.append(
                    SuiteRun(
                        label=benchmark.label,
                        benchmark=benchmark.benchmark,
                        model=model.label,
                        spec=model.spec.replace("{benchmark}", slug(benchmark.label)),
                        variant=variant.label,
                        directory="--".join(slug(name) for name in names if name),
                        settings=settings | dict(given),
                    )
                )
    if not runs:
        raise UsageError(f"suite {suite.name}: no run is left", "Remove an override with skip = true.")
    places: dict[str, SuiteRun] = {}
    for run in runs:
        other = places.setdefault(run.directory, run)
        if other is not run:
            raise UsageError(
                f"suite {suite.name}: {other.label} on {other.entry} and {run.label} on {run.entry} would "
                f"both be in {run.directory}",
                "Give one of them another label.",
            )
    return tuple(runs)
