"""``codeeval models test``: what a model supports, measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from codeeval.cli import options
from codeeval.rendering.console import duration, heading, lines, table
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.cli.output import Output
    from codeeval.session.probing import ModelTest


@click.command()
@click.argument("spec")
@click.option(
    "--style", type=click.Choice([style.value for style in PromptStyle]), help="Default: as the model is."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="Longest wait for one response.",
)
@click.option(
    "--max-tokens", type=click.IntRange(min=16), default=256, show_default=True, help="Longest completion."
)
@options.output_options
def test(spec: str, *, style: str | None, timeout: float, max_tokens: int, output: Output) -> None:
    """Send one prompt to the model SPEC, then a few small ones, and show what it supports.

    That is eight short requests, which a provider bills like any others. The cache is not used.
    """
    from codeeval.cli.event_loop import run_session  # noqa: PLC0415 -- not for --help
    from codeeval.session.probing import probe_model  # noqa: PLC0415 -- as above

    chosen = PromptStyle(style) if style else None
    found = run_session(
        lambda _blocking: probe_model(spec, style=chosen, timeout_s=timeout, max_tokens=max_tokens)
    )
    output.result(found, *([] if output.json else _people(found)))


def _people(found: ModelTest) -> Iterator[RenderableType]:
    usage = found.completion.usage
    yield lines(f"{found.spec}, {found.style} style", *(f"  {k}: {v}" for k, v in found.details.items()))
    first = f", {duration(usage.first_token_s)} to the first token" if usage.first_token_s else ""
    yield heading(
        f"one completion: {usage.prompt_tokens} prompt and {usage.completion_tokens} completion tokens, "
        f"{duration(usage.latency_s)}{first}, ended by {found.completion.finish_reason}"
    )
    yield lines(found.completion.text)
    if found.completion.reasoning:
        yield heading(f"its reasoning, kept apart ({usage.reasoning_tokens} of the tokens)")
        yield lines(found.completion.reasoning)
    yield lines("")
    rows = [(probe.setting, probe.support.value, probe.seen) for probe in found.probes]
    probed = {probe.setting for probe in found.probes}
    if found.capabilities is not None:
        declared = msgspec.structs.asdict(found.capabilities).items()
        rows += [
            (name, value.value, "declared, not measured") for name, value in declared if name not in probed
        ]
    yield table(("setting", "supported", "observed"), rows)
    if found.notes:
        yield lines("", *found.notes)
