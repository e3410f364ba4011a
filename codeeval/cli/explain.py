"""``codeeval explain``: a benchmark's protocol, each rule with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from codeeval.cli import options
from codeeval.rendering.console import lines, table

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import PromptOptions

SCHEMA = "The JSON Schema of a task is the field `schema` of this command's --json."


@click.command()
@click.argument("benchmark")
@options.prompt_options
@options.output_options
def explain(benchmark: str, prompting: PromptOptions, output: Output) -> None:
    """State the protocol of BENCHMARK: prompts, stop sequences, extraction, limits, scoring, with sources."""
    from rich.markdown import Markdown  # noqa: PLC0415 -- costs 120 ms

    from codeeval.session.catalogue import explain_benchmark  # noqa: PLC0415 -- not for --help

    explanation = explain_benchmark(benchmark, prompting)
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
        lines("", f"With the options given ({explanation.benchmark}):"),
        table(("setting", "value"), rows),
        *(
            [lines("", "With --json the field `schema` is the JSON Schema of a task.")]
            if explanation.schema
            else []
        ),
    )
