"""Shows what a run came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.cli.output import duration, lines, size, table
from codeeval.metrics import Metrics, PassAtK, Timings  # noqa: TC001 -- msgspec resolves the annotations
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.cli.output import Output
    from codeeval.pipeline import RunResult

MUCH_WITHOUT_CODE: Final = 0.05
"""Share of samples without code above which extraction, not the model, is the first suspect."""


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints of a run."""

    path: str
    metrics: Metrics | None
    timings: Timings


def present(result: RunResult, output: Output) -> None:
    """Print a run's result as tables, or as one JSON object."""
    report = RunReport(path=str(result.path), metrics=result.metrics, timings=result.timings)
    output.result(report, *([] if output.json else _people(result)))


def _people(result: RunResult) -> Iterator[RenderableType]:
    metrics, timings = result.metrics, result.timings
    if metrics is None:
        yield lines(
            f"{timings.completions} completions, {_tokens(timings)}",
            f"The run lies in {result.path}",
        )
        return
    settings = ", ".join(f"{name} {value}" for name, value in metrics.settings.items())
    yield lines(f"{metrics.benchmark} on {metrics.model}" + (f" ({settings})" if settings else ""), "")
    if metrics.metrics:
        yield pass_table(metrics)
    else:
        yield lines("No pass@k: not every task has that many judged samples.")
    yield lines("")
    yield outcome_table(metrics)
    yield lines("", *_facts(metrics, timings), f"The run lies in {result.path}")


def pass_table(metrics: Metrics) -> RenderableType:
    """Lay out pass@k with its interval."""
    rows = [
        (name, f"{value.value:.1%}", f"{value.low:.1%} to {value.high:.1%}", _remark(value, metrics))
        for name, value in metrics.metrics.items()
    ]
    return table(("metric", "value", "95% interval", ""), rows, right=(1, 2))


def _remark(value: PassAtK, metrics: Metrics) -> str:
    parts = [f"{value.interval} over {value.tasks} tasks"]
    if metrics.outcomes.get(Outcome.SANDBOX_ERROR, 0):
        parts.append(f"between {value.worst:.1%} and {value.best:.1%} whatever the sandbox errors hide")
    return "; ".join(parts)


def outcome_table(metrics: Metrics) -> RenderableType:
    """Lay out how many samples came to which outcome."""
    rows = [
        (outcome, str(count), f"{count / metrics.samples:.1%}")
        for outcome, count in metrics.outcomes.items()
        if count
    ]
    return table(("outcome", "samples", "share"), rows, right=(1, 2))


def _facts(metrics: Metrics, timings: Timings) -> Iterator[str]:
    of_all = f" of {metrics.dataset_tasks}" if metrics.tasks < metrics.dataset_tasks else ""
    yield f"{metrics.tasks}{of_all} tasks, {metrics.samples} samples" + (
        "" if metrics.complete else "; incomplete: the same command goes on"
    )
    yield (
        f"execution {duration(timings.wall_s.total)} in all, median {duration(timings.wall_s.median)}, "
        f"95% under {duration(timings.wall_s.p95)}, memory up to {size(timings.max_rss_bytes)}"
    )
    if timings.completion_tokens:
        yield f"model {_tokens(timings)}, median {duration(timings.latency_s.median)} a sample"
    if metrics.samples and metrics.outcomes.get(Outcome.NO_CODE, 0) / metrics.samples > MUCH_WITHOUT_CODE:
        yield "Many samples hold no code that parses; `codeeval show` with --task shows what the model wrote."


def _tokens(timings: Timings) -> str:
    return f"{timings.prompt_tokens:,} prompt and {timings.completion_tokens:,} completion tokens"
