"""``Run``: a run directory as a Python value."""

from __future__ import annotations

import functools
import html
import importlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from codeeval.errors import UsageError
from codeeval.pipeline import read_metrics, read_timings
from codeeval.records import METRICS, RUN, RunDirectory
from codeeval.records.config import read_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from codeeval.comparison import Comparison
    from codeeval.metrics import Metrics, PassAtK, Timings
    from codeeval.records import RunConfig
    from codeeval.types import Completion, Verdict

_FRAMES = ("pandas", "polars")


class Run:
    """The records of one run, read from its directory.

    Made by ``codeeval.run``, ``generate`` and ``load_run``. Reading never changes the directory.

    Args:
        path: the run directory.

    Raises:
        DataError: it is no run directory, or ``run.json`` is malformed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config: RunConfig = read_config(path / RUN)
        """Everything that the run's result depends on: ``run.json``."""

    @functools.cached_property
    def summary(self) -> Metrics | None:
        """All of ``metrics.json``; None where nothing was judged yet."""
        return read_metrics(self.path) if (self.path / METRICS).exists() else None

    @property
    def metrics(self) -> Mapping[str, PassAtK]:
        """Scores by name (``pass@1``, ``base.pass@1`` ...), each with its 95% interval; values in [0, 1]."""
        return MappingProxyType(self.summary.metrics if self.summary else {})

    @property
    def outcomes(self) -> Mapping[str, int]:
        """Samples by outcome."""
        return MappingProxyType(self.summary.outcomes if self.summary else {})

    @property
    def timings(self) -> Timings:
        """Times, tokens and costs: ``timings.json``."""
        return read_timings(self.path)

    def verdicts(self) -> Iterator[Verdict]:
        """Yield the verdicts, in dataset order once the run is finished.

        Raises:
            DataError: a record is malformed.
        """
        with RunDirectory.open(self.path) as directory:
            yield from directory.verdicts()

    def completions(self) -> Iterator[Completion]:
        """Yield the completions, in dataset order once the run is finished.

        Raises:
            DataError: a record is malformed.
        """
        with RunDirectory.open(self.path) as directory:
            yield from directory.completions()

    def frame(self, library: str | None = None) -> Any:  # Any: pandas and Polars are optional
        """Return the verdicts as a data frame: one row a sample.

        Columns: ``task_id``, ``sample``, ``outcome``, ``passed``, ``reward``, ``detail``, ``rule``,
        ``wall_s``, ``cpu_s``, ``peak_rss_bytes``, ``attempts``.

        Args:
            library: ``pandas`` or ``polars``; None for the first that is installed.

        Raises:
            UsageError: the library is unknown or not installed.
        """
        names = _FRAMES if library is None else (library,)
        if library is not None and library not in _FRAMES:
            raise UsageError(f"unknown frame library {library!r}", f"Known: {', '.join(_FRAMES)}.")
        for name in names:
            try:
                made = importlib.import_module(name)
            except ImportError:
                continue
            return made.DataFrame(self._columns())
        raise UsageError(
            f"a frame needs {' or '.join(names)}, which is not installed", f"pip install {names[0]}"
        )

    def _columns(self) -> dict[str, list[object]]:
        columns: dict[str, list[object]] = {
            name: []
            for name in (
                "task_id",
                "sample",
                "outcome",
                "passed",
                "reward",
                "detail",
                "rule",
                "wall_s",
                "cpu_s",
                "peak_rss_bytes",
                "attempts",
            )
        }
        for verdict in self.verdicts():
            for name, values in columns.items():
                value = getattr(verdict, name)
                values.append(value.value if name == "outcome" else value)
        return columns

    def compare(self, other: Run | Path | str, *, k: int = 1, force: bool = False) -> Comparison:
        """Compare with another run of the same benchmark, paired by task; this one is the baseline.

        Args:
            other: a run, or its directory.
            k: by which pass@k.
            force: compare runs on different data too, on their common tasks.

        Raises:
            UsageError: the runs cannot be compared.
        """
        from codeeval.api.evidence import compare  # noqa: PLC0415 -- numpy and scipy, only where asked for

        return compare(self, other, k=k, force=force)

    def __repr__(self) -> str:
        """State benchmark, model and the main score."""
        scores = ", ".join(
            f"{name} {each.value:.1%} ({each.low:.1%} to {each.high:.1%})"
            for name, each in self.metrics.items()
        )
        return f"<Run {self.config.benchmark} on {self.config.model.spec}: {scores or 'not scored'}>"

    def _repr_html_(self) -> str:
        """Return the result table for a notebook; every text is escaped."""
        escape = html.escape
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{each.value:.1%}</td><td>{each.low:.1%} to {each.high:.1%}</td>"
            f"<td>{each.tasks}</td></tr>"
            for name, each in self.metrics.items()
        )
        outcomes = ", ".join(f"{count} {escape(name)}" for name, count in self.outcomes.items() if count)
        title = f"{escape(self.config.benchmark)} on {escape(self.config.model.spec)}"
        return (
            f"<table><caption>{title}</caption><thead><tr><th>metric</th><th>value</th>"
            f"<th>95% interval</th><th>tasks</th></tr></thead><tbody>{rows}</tbody></table>"
            f"<p>{outcomes or 'Nothing was executed yet.'}</p>"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self.path.resolve() == other.path.resolve()

    def __hash__(self) -> int:
        return hash(self.path.resolve())
