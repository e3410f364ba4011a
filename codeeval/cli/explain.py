"""``codeeval explain``: a benchmark's protocol, each rule with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from codeeval.cli import options
from codeeval.cli.output import lines, table
from codeeval.types import PromptStyle, Sampling

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import PromptOptions


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What decides on a benchmark's score."""

    benchmark: str
    settings: dict[str, str]
    sampling: Sampling
    image: str
    card: str
    """Markdown."""


@click.command()
@click.argument("benchmark")
@options.prompt_options
@options.output_options
def explain(benchmark: str, prompting: PromptOptions, output: Output) -> None:
    """State the protocol of BENCHMARK: prompts, stop sequences, extraction, limits, scoring, with sources."""
    from rich.markdown import Markdown  # noqa: PLC0415 -- costs 120 ms

    from codeeval.session.benchmarks import make_benchmark  # noqa: PLC0415 -- not for --help

    made = make_benchmark(benchmark, prompting, prompting.style or PromptStyle.CHAT)
    explanation = Explanation(
        benchmark=made.name,
        settings=dict(made.settings),
        sampling=made.sampling,
        image=made.image,
        card=made.card.read_text("utf-8"),
    )
    sampling = explanation.sampling
    rows = [
        *explanation.settings.items(),
        ("temperature", f"{sampling.temperature:g}"),
        ("top_p", f"{sampling.top_p:g}"),
        ("longest completion", f"{sampling.max_tokens} tokens"),
        ("stop sequences", ", ".join(map(repr, sampling.stop)) or "none"),
        ("image", explanation.image),
    ]
    output.result(
        explanation,
        Markdown(explanation.card),
        lines("", f"As it stands now ({made.name}):"),
        table(("setting", "value"), rows),
    )
