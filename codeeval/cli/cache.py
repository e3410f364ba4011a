"""``codeeval cache``: completions that are kept for later runs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from codeeval.cli import options
from codeeval.cli.lazy import LazyCommand, LazyGroup
from codeeval.cli.output import lines, size, table
from codeeval.errors import UsageError
from codeeval.models.serving.cache import ModelShare

if TYPE_CHECKING:
    from codeeval.cli.output import Output

COMMANDS: Final[dict[str, LazyCommand]] = {
    "stats": LazyCommand("codeeval.cli.cache:stats", "Say what is kept, model by model."),
    "prune": LazyCommand("codeeval.cli.cache:prune", "Remove what is old, too much, or of one model."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def cache() -> None:
    """Look at and prune the completions that are kept for later runs."""


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """What the cache holds."""

    path: Path
    completions: int
    size_bytes: int
    """Of the file."""
    models: list[ModelShare]


class PruneResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was removed."""

    completions: int | None
    """None where the whole file went."""
    freed_bytes: int


@click.command()
@options.output_options
def stats(output: Output) -> None:
    """Say what is kept, model by model."""
    from codeeval.config import load_settings  # noqa: PLC0415 -- not for --help
    from codeeval.models.serving.cache import CompletionCache  # noqa: PLC0415 -- as above

    with CompletionCache(load_settings().cache_dir) as kept:
        shares = kept.shares()
        path = kept.path
        whole = path.stat().st_size
    total = sum(share.completions for share in shares)
    rows = [
        (share.model, f"{share.completions:,}", size(share.size_bytes), _day(share.last_used))
        for share in shares
    ]
    output.result(
        Stats(path=path, completions=total, size_bytes=whole, models=shares),
        *([table(("model", "completions", "size", "last used"), rows, right=(1, 2))] if rows else []),
        lines(f"{total:,} completions, {size(whole)} in {path}"),
    )


@click.command()
@click.option("--unused-for", type=click.FloatRange(min=0), metavar="DAYS", help="What no run used so long.")
@click.option("--model", metavar="SPEC", help="Only this model's, as `codeeval cache stats` names it.")
@click.option(
    "--max-size", type=click.FloatRange(min=0), metavar="MB", help="Keep the last used, so much of them."
)
@click.option("--all", "everything", is_flag=True, help="Delete the whole cache, also one that is damaged.")
@options.output_options
def prune(
    *, unused_for: float | None, model: str | None, max_size: float | None, everything: bool, output: Output
) -> None:
    """Remove completions; what is removed is drawn again when a run needs it."""
    from codeeval.config import load_settings  # noqa: PLC0415 -- not for --help
    from codeeval.models.serving.cache import CompletionCache, remove  # noqa: PLC0415 -- as above

    folder = load_settings().cache_dir
    if everything:
        freed = remove(folder)
        output.result(PruneResult(completions=None, freed_bytes=freed), lines(f"removed all, {size(freed)}"))
        return
    if unused_for is None and model is None and max_size is None:
        raise UsageError("nothing says what to remove", "Use --unused-for, --model, --max-size or --all.")
    with CompletionCache(folder) as kept:
        pruned = kept.prune(
            unused_days=unused_for,
            model=model,
            most_bytes=None if max_size is None else int(max_size * 1e6),
        )
    output.result(
        PruneResult(completions=pruned.completions, freed_bytes=pruned.freed_bytes),
        lines(f"removed {pruned.completions:,} completions, {size(pruned.freed_bytes)}"),
    )


def _day(unix_s: int) -> str:
    return dt.datetime.fromtimestamp(unix_s, tz=dt.UTC).date().isoformat()
