"""``codeeval cache``: completions and executions that are kept for later runs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import click

from codeeval.cli import options
from codeeval.cli.lazy import LazyCommand, LazyGroup
from codeeval.errors import UsageError
from codeeval.rendering.console import lines, size, table

if TYPE_CHECKING:
    from codeeval.cli.output import Output

COMMANDS: Final[dict[str, LazyCommand]] = {
    "stats": LazyCommand("codeeval.cli.cache:stats", "List what is kept, by model and image."),
    "prune": LazyCommand(
        "codeeval.cli.cache:prune", "Remove what is old, too much, or of one model or image."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def cache() -> None:
    """Look at and prune the completions and executions that are kept for later runs."""


@click.command()
@options.output_options
def stats(output: Output) -> None:
    """List what is kept: completions by model, executions by image."""
    from codeeval.session.storage import cache_stats  # noqa: PLC0415 -- not for --help

    found = cache_stats()
    rows = [
        (share.model, f"{share.completions:,}", size(share.size_bytes), _day(share.last_used))
        for share in found.models
    ]
    executions = found.execution_cache
    of_images = [
        (share.image, f"{share.executions:,}", size(share.size_bytes), _day(share.last_used))
        for share in executions.images
    ]
    output.result(
        found,
        *([table(("model", "completions", "size", "last used"), rows, right=(1, 2))] if rows else []),
        lines(f"{found.completions:,} completions, {size(found.size_bytes)} in {found.path}"),
        *(
            [table(("image", "executions", "size", "last used"), of_images, right=(1, 2))]
            if of_images
            else []
        ),
        lines(f"{executions.executions:,} executions, {size(executions.size_bytes)} in {executions.path}"),
    )


@click.command()
@click.option("--unused-for", type=click.FloatRange(min=0), metavar="DAYS", help="What no run used so long.")
@click.option(
    "--model", metavar="SPEC", help="Only this model's completions, as `codeeval cache stats` names it."
)
@click.option("--image", metavar="NAME", help="Only the executions in this image.")
@click.option(
    "--max-size",
    type=click.FloatRange(min=0),
    metavar="MB",
    help="Keep the last used, so much of completions and as much of executions.",
)
@click.option("--all", "everything", is_flag=True, help="Delete both caches whole, also one that is damaged.")
@options.output_options
def prune(
    *,
    unused_for: float | None,
    model: str | None,
    image: str | None,
    max_size: float | None,
    everything: bool,
    output: Output,
) -> None:
    """Remove completions and executions; a run that needs them generates and executes again."""
    from codeeval.session.storage import clear_cache, prune_cache  # noqa: PLC0415 -- not for --help

    if everything:
        removed = clear_cache()
        output.result(removed, lines(f"removed all, {size(removed.freed_bytes)}"))
        return
    if unused_for is None and model is None and image is None and max_size is None:
        raise UsageError(
            "nothing states what to remove", "Use --unused-for, --model, --image, --max-size or --all."
        )
    most = None if max_size is None else int(max_size * 1e6)
    removed = prune_cache(unused_days=unused_for, model=model, image=image, max_bytes=most)
    what = f"{removed.completions:,} completions and {removed.executions:,} executions"
    output.result(removed, lines(f"removed {what}, {size(removed.freed_bytes)}"))


def _day(unix_s: int) -> str:
    return dt.datetime.fromtimestamp(unix_s, tz=dt.UTC).date().isoformat()
