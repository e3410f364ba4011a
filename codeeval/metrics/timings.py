"""What differs from one run to the next: durations, memory, tokens and what they cost."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, TypedDict

import msgspec

from codeeval.interfaces import Price
from codeeval.types import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codeeval.types import Usage


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How a measure is distributed over samples."""

    median: float
    p95: float
    total: float


class GroupTimings(msgspec.Struct, frozen=True, kw_only=True):
    """How long the programs of a named subset of the tasks took."""

    executed: int
    compile_s: Spread
    """Wall time of compiling; zeros where nothing is compiled."""
    run_s: Spread


class Timings(msgspec.Struct, frozen=True, kw_only=True):
    """``timings.json``: what differs from one run to the next."""

    schema: int = SCHEMA_VERSION
    executed: int
    """Samples that were executed: all but NO_CODE and SANDBOX_ERROR."""
    wall_s: Spread
    cpu_s: Spread
    max_rss_bytes: int
    """Peak memory of the hungriest program."""
    repeated: int
    """Samples that took more than one execution."""
    completions: int
    prompt_tokens: int
    completion_tokens: int
    latency_s: Spread
    """Seconds that the model took for a sample; a request's time is shared by its samples. Of those that
    were generated one by one: not from the cache, nor in a batch."""
    reasoning_tokens: int = 0
    """Those of ``completion_tokens`` that are reasoning."""
    first_token_s: Spread | None = None
    """Seconds to the first token, of the samples that were streamed; None where none was."""
    cached: int = 0
    """Completions that came from the completion cache; their tokens are counted, and cost nothing."""
    generations: int = 0
    """Texts that the model generated; more than ``completions`` where a strategy made the samples."""
    extra_prompt_tokens: int = 0
    extra_completion_tokens: int = 0
    """Of the tokens above, those of generations that are no sample's answer: what the strategy cost."""
    cost_usd: float | None = None
    """What the completions cost by the price below; None where no price is known."""
    price: Price | None = None
    groups: dict[str, GroupTimings] = {}
    """By named subset of tasks, where the benchmark has any."""


class Spent(TypedDict):
    """The fields of ``Timings`` that sum up the model's part."""

    completions: int
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    latency_s: Spread
    first_token_s: Spread | None
    cached: int
    generations: int
    extra_prompt_tokens: int
    extra_completion_tokens: int
    cost_usd: float | None


def spent(usages: Iterable[Usage], price: Price | None) -> Spent:
    """Sum up what completions cost, in dollars too where there is a price."""
    # plain sums: a Counter takes as long for a run of 100,000 samples as reading it does
    completions = prompt = completion = reasoning = cached = generations = extra_prompt = extra_completion = 0
    latency, first = array("d"), array("d")
    cost_usd = 0.0
    for usage in usages:
        completions += 1
        prompt += usage.prompt_tokens
        completion += usage.completion_tokens
        reasoning += usage.reasoning_tokens
        cached += usage.cached
        generations += usage.generations
        extra_prompt += usage.extra_prompt_tokens
        extra_completion += usage.extra_completion_tokens
        if usage.cached:
            continue
        if not usage.batch:
            latency.append(usage.latency_s)
        if usage.first_token_s is not None:
            first.append(usage.first_token_s)
        if price is not None:
            cost_usd += price.cost_usd(usage.prompt_tokens, usage.completion_tokens, batch=usage.batch)
    return Spent(
        completions=completions,
        prompt_tokens=prompt,
        completion_tokens=completion,
        reasoning_tokens=reasoning,
        latency_s=spread(latency),
        first_token_s=spread(first) if first else None,
        cached=cached,
        generations=generations,
        extra_prompt_tokens=extra_prompt,
        extra_completion_tokens=extra_completion,
        cost_usd=None if price is None else round(cost_usd, 6),
    )


def spread(values: Iterable[float]) -> Spread:
    """Return median, 95th percentile (both nearest rank) and sum; zeros where there are no values."""
    ordered = sorted(values)
    if not ordered:
        return Spread(median=0.0, p95=0.0, total=0.0)

    def rank(q: float) -> float:
        return ordered[math.ceil(q * len(ordered)) - 1]

    return Spread(median=rank(0.5), p95=rank(0.95), total=math.fsum(ordered))
