"""Lays out the result of a run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.metrics.means import EXCESS_CODE, SHARES
from codeeval.rendering.console import duration, lines, size, table
from codeeval.rendering.graded import average_line, mistake_table, score_table, scorers
from codeeval.types import FinishReason, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

    from codeeval.metrics import Metrics, PassAtK, Timings
    from codeeval.pipeline import RunResult

MAIN: Final = "pass@"
"""How the names of the main score's metrics begin; those of parts begin with the part."""
_SUBMITTED: Final = re.compile(r"\d+@\d+")
"""A score of submissions, n@k."""
SHOWN_EXCEPTIONS: Final = 8
MUCH_WITHOUT_CODE: Final = 0.05
"""Share of samples without code above which extraction, not the model, is the first suspect."""


def result_tables(result: RunResult) -> Iterator[RenderableType]:
    """Lay out the metrics, outcomes, groups and costs of a run."""
    metrics, timings = result.metrics, result.timings
    if metrics is None:
        yield lines(
            f"{timings.completions} completions, {_tokens(timings)}",
            *_costs(timings),
            *_endings(result.endings, timings.completions),
            f"Results in {result.path}",
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
    if metrics.exceptions:
        yield lines("")
        yield exception_table(metrics)
    if metrics.mistakes:
        yield lines("")
        yield mistake_table(metrics)
    if metrics.groups:
        yield lines("")
        yield score_table(metrics) if scorers(metrics) else group_table(metrics, timings)
    if metrics.averages:
        yield lines("", average_line(metrics.averages))
    if result.rejudged:
        what = "1 verdict" if result.rejudged == 1 else f"{result.rejudged} verdicts"
        yield lines("", f"{what} changed: this version judges the same evidence otherwise.")
    yield lines("", *_facts(metrics, timings), f"Results in {result.path}")


def pass_table(metrics: Metrics) -> RenderableType:
    """Lay out pass@k with its interval."""
    rows = [
        (name, f"{value.value:.1%}", f"{value.low:.1%} to {value.high:.1%}", _remark(value, metrics))
        for name, value in metrics.metrics.items()
    ]
    return table(("metric", "value", "95% interval", ""), rows, right=(1, 2))


def is_main(name: str) -> bool:
    """Whether a metric is of whole samples, none of a part of them."""
    return name.startswith(MAIN) or name in {*SHARES, EXCESS_CODE} or bool(_SUBMITTED.fullmatch(name))


def _remark(value: PassAtK, metrics: Metrics) -> str:
    parts = [f"{value.interval} over {value.tasks} tasks"]
    errors, lost = (
        metrics.outcomes.get(Outcome.SANDBOX_ERROR, 0),
        metrics.endings.get(FinishReason.NO_ANSWER, 0),
    )
    if errors or lost:
        hidden = "the sandbox errors hide" if not lost else "the excluded samples hold"
        parts.append(f"between {value.worst:.1%} and {value.best:.1%} whatever {hidden}")
    return "; ".join(parts)


def outcome_table(metrics: Metrics) -> RenderableType:
    """Lay out how many samples had which outcome."""
    rows = [
        (outcome, str(count), f"{count / metrics.samples:.1%}")
        for outcome, count in metrics.outcomes.items()
        if count
    ]
    return table(("outcome", "samples", "share"), rows, right=(1, 2))


def exception_table(metrics: Metrics) -> RenderableType:
    """Lay out which exceptions ended the samples that failed by one."""
    shown = dict(list(metrics.exceptions.items())[:SHOWN_EXCEPTIONS])
    rest = sum(metrics.exceptions.values()) - sum(shown.values())
    if rest:
        shown["other"] = shown.get("other", 0) + rest
    rows = [(name, str(count), f"{count / metrics.samples:.1%}") for name, count in shown.items()]
    return table(("ended by", "samples", "share"), rows, right=(1, 2))


def group_table(metrics: Metrics, timings: Timings | None = None) -> RenderableType:
    """Lay out pass@k of each named subset of the tasks; where there are parts, that of the main score.

    Where programs are compiled, also how the samples failed, and the median times to compile and to run.
    """
    ks = [name for name in metrics.metrics if is_main(name)]
    rows = []
    for name, group in metrics.groups.items():
        row = [name, str(group.tasks), str(group.samples)]
        for k in ks:
            value = group.metrics.get(k)
            row += [f"{value.value:.1%}", f"{value.low:.1%} to {value.high:.1%}"] if value else ["", ""]
        rows.append(row)
    headers = ["group", "tasks", "samples"]
    for k in ks:
        headers += [k, "95% interval"]
    right = [1, 2, *range(3, len(headers), 2)]
    if timings and any(group.compile_s.total for group in timings.groups.values()):
        right += [len(headers), len(headers) + 1]
        headers += ["compile", "run", "failed by"]
        rows = [row + _times_and_failures(row[0], metrics, timings) for row in rows]
    return table(headers, rows, right=tuple(right))


def _times_and_failures(group: str, metrics: Metrics, timings: Timings) -> list[str]:
    spent = timings.groups.get(group)
    times = [duration(spent.compile_s.median), duration(spent.run_s.median)] if spent else ["", ""]
    failures = [
        f"{count} {outcome}"
        for outcome, count in metrics.groups[group].outcomes.items()
        if count and outcome != Outcome.PASSED.value
    ]
    return [*times, ", ".join(failures)]


def _facts(metrics: Metrics, timings: Timings) -> Iterator[str]:
    of_all = f" of {metrics.dataset_tasks}" if metrics.tasks < metrics.dataset_tasks else ""
    yield f"{metrics.tasks}{of_all} tasks, {metrics.samples} samples" + (
        "" if metrics.complete else "; incomplete: the same command resumes"
    )
    if timings.executed:
        yield (
            f"execution {duration(timings.wall_s.total)} in all, median {duration(timings.wall_s.median)}, "
            f"95% under {duration(timings.wall_s.p95)}, memory up to {size(timings.max_rss_bytes)}"
        )
    if timings.completion_tokens:
        yield f"model {_tokens(timings)}{_latency(timings)}"
    yield from _costs(timings)
    yield from _endings(metrics.endings, timings.completions or metrics.samples)
    if metrics.samples and metrics.outcomes.get(Outcome.NO_CODE, 0) / metrics.samples > MUCH_WITHOUT_CODE:
        yield (
            "In many samples no code or answer was found; "
            "`codeeval show` with --task shows what the model wrote."
        )


def _tokens(timings: Timings) -> str:
    thought = f" ({timings.reasoning_tokens:,} of reasoning)" if timings.reasoning_tokens else ""
    tokens = f"{timings.prompt_tokens:,} prompt and {timings.completion_tokens:,} completion tokens{thought}"
    if timings.generations <= timings.completions:
        return tokens
    extra = f"{timings.extra_prompt_tokens:,} and {timings.extra_completion_tokens:,} besides the answers"
    return f"{tokens} in {timings.generations:,} generations ({extra})"


def _endings(endings: Mapping[str, int], samples: int) -> Iterator[str]:
    """List what the model did not end with an answer: such samples reflect the set-up more than the model."""
    for name, count in endings.items():
        share = f"{count} of {samples} samples ({count / samples:.1%})"
        match FinishReason(name):
            case FinishReason.LENGTH:
                yield f"{share} were cut off at the token limit: --max-tokens raises it, where there is room"
            case FinishReason.OVERFLOW:
                yield f"{share} have a prompt longer than the model's context, and no answer"
            case FinishReason.FILTERED:
                yield f"{share} were filtered by the provider"
            case FinishReason.REASONING:
                yield (
                    f"{share} hold reasoning and no answer: the server may take answers for reasoning (its "
                    "reasoning parser must be the model's), or the model needs another --reasoning-effort"
                )
            case FinishReason.TOOL_CALL:
                yield (
                    f"{share} call a tool in place of an answer: switch tools off at the server, or try "
                    "--style base"
                )
            case FinishReason.REFUSAL:
                yield f"{share} were refused by the model; `codeeval show` with --task shows its words"
            case FinishReason.NO_ANSWER:
                yield (
                    f"{share} got no answer from the server and are excluded from the scores; the same "
                    "command requests them again"
                )
            case _:
                pass


def _latency(timings: Timings) -> str:
    if timings.cached == timings.completions or not timings.latency_s.total:
        return ""  # nothing was generated one by one
    first = timings.first_token_s
    to_first = f", {duration(first.median)} to its first token" if first else ""
    return f", median {duration(timings.latency_s.median)} a sample{to_first}"


def _costs(timings: Timings) -> Iterator[str]:
    if timings.cached:
        yield f"{timings.cached} of {timings.completions} completions came from the cache and cost nothing"
    if timings.cost_usd is not None and timings.price is not None:
        as_of = f", at the prices of {timings.price.as_of}" if timings.price.as_of else ""
        yield f"cost ${timings.cost_usd:,.4f}{as_of}"
