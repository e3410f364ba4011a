"""Shards of a run, put together to the run that one machine would have made."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from codeeval.errors import DataError, RunMismatch, UsageError
from codeeval.pipeline import DEFAULT_KS, RunResult
from codeeval.pipeline.references import merged_references, read_references, write_references
from codeeval.pipeline.scoring import score_directory
from codeeval.records import RunDirectory, Shard, differences
from codeeval.types import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codeeval.records import RunConfig


class _Part(NamedTuple):
    """A shard's run directory."""

    directory: RunDirectory
    shard: Shard


def merge(paths: Sequence[Path], out: Path, ks: Sequence[int] = DEFAULT_KS) -> RunResult:
    """Put shards together: records in the order of the whole plan, and their metrics.

    The shards stay as they are. Memory does not grow with the samples' texts.

    Args:
        paths: the run directories of all shards of one run, in any order.
        out: the folder to write; it may hold an earlier merge of the same shards.
        ks: of pass@k.

    Raises:
        UsageError: a run is no shard, two are the same one, or ``out`` is in use or one of them.
        DataError: a shard is absent, not finished, or malformed.
        RunMismatch: settings differ between shards, or ``out`` holds another run.
        StorageError: ``out`` cannot be written.
    """
    if out.resolve() in {path.resolve() for path in paths}:
        raise UsageError(f"{out} is one of the shards", "Name another folder (--out).")
    with contextlib.ExitStack() as stack:
        parts = [_opened(stack.enter_context(RunDirectory.open(path))) for path in paths]
        if not parts:
            raise UsageError("no shards to merge", "Name the run directories of all shards.")
        _check(parts)
        config = _whole([part.directory.config for part in parts], [part.shard for part in parts])
        with RunDirectory.create(out, config, list(config.plan)) as merged:
            _copy(parts, merged)
            result = score_directory(merged, ks)
            merged.finish()
    reports = [report for path in paths if (report := read_references(path))]
    if reports:
        write_references(out, merged_references(reports, list(config.plan)))
    return result


def _opened(directory: RunDirectory) -> _Part:
    """Refuse what cannot be merged."""
    config, path = directory.config, directory.path
    if config.shard is None:
        raise UsageError(f"{path} is a whole run, no shard", "Shards are made with --shard I/N.")
    if directory.schema != SCHEMA_VERSION:
        raise UsageError(f"{path} was written by an older codeeval", "Make its shard again.")
    missing = sum(
        not directory.has_completion(index)
        or (
            config.sandbox is not None and not directory.is_unanswered(index) and not directory.outcome(index)
        )
        for index in range(directory.samples)
    )
    if missing:
        raise DataError(
            f"shard {config.shard.name} in {path} is not finished: {missing} of {directory.samples} samples "
            "have no result",
            "Run its command again, which resumes it, and then merge.",
        )
    return _Part(directory, config.shard)


def _check(parts: Sequence[_Part]) -> None:
    """Refuse overlaps, gaps, and shards of different runs."""
    first = parts[0]
    for part in parts[1:]:
        found = differences(first.directory.config, part.directory.config)
        differ = [each for each in found if not each[0].startswith(("shard.", "groups."))]
        if first.shard.of != part.shard.of:
            differ.append(("shards", str(first.shard.of), str(part.shard.of)))
        elif not differ and first.shard.plan_sha256 != part.shard.plan_sha256:
            differ.append(("tasks or samples planned", "one plan", "another"))
        if differ:
            lines = "".join(f"\n  {name}: {a} and {b}" for name, a, b in differ)
            raise RunMismatch(
                f"{first.directory.path} and {part.directory.path} are not shards of one run:{lines}",
                "Merge shards that were made by the same command but for --shard and --out.",
            )
    by_number: dict[int, Path] = {}
    for part in parts:
        there = by_number.setdefault(part.shard.number, part.directory.path)
        if there is not part.directory.path:
            raise UsageError(
                f"{there} and {part.directory.path} are both shard {part.shard.name}", "Name each shard once."
            )
    absent = [
        f"{number}/{first.shard.of}" for number in range(1, first.shard.of + 1) if number not in by_number
    ]
    if absent:
        raise DataError(
            f"{len(absent)} of {first.shard.of} shards are absent: {', '.join(absent[:20])}",
            "Name their run directories too, or run them.",
        )


def _whole(configs: Sequence[RunConfig], shards: Sequence[Shard]) -> RunConfig:
    """Return the ``run.json`` of the whole run."""
    first = min(configs, key=lambda config: config.created)
    places = {task: place for shard in shards for task, place in shard.places.items()}
    plans = {task: count for config in configs for task, count in config.plan.items()}
    plan = {task: plans[task] for task in sorted(plans, key=places.__getitem__)}
    limits = {name: limit for config in configs for name, limit in config.limits.items()}
    notes = tuple(dict.fromkeys(note for config in configs for note in config.model.notes))
    nodes = {name: node for each in configs if each.sandbox for name, node in each.sandbox.nodes.items()}
    return msgspec.structs.replace(
        first,
        plan=plan,
        shard=None,
        sandbox=first.sandbox and msgspec.structs.replace(first.sandbox, nodes=dict(sorted(nodes.items()))),
        groups=_groups(configs, plan),
        limits=dict(sorted(limits.items())) if limits != first.limits else first.limits,
        model=msgspec.structs.replace(first.model, notes=notes),
        command=(),
        pool_size=max(config.pool_size for config in configs),
        execution_cache=any(config.execution_cache for config in configs),
    )


def _groups(configs: Sequence[RunConfig], plan: dict[str, int]) -> dict[str, tuple[str, ...]]:
    """Each shard knows the groups of its own tasks: they may depend on what their references returned."""
    if all(config.groups == configs[0].groups for config in configs):
        return configs[0].groups
    of_task: dict[str, list[str]] = {}
    for config in configs:
        for name, tasks in config.groups.items():
            for task in tasks:
                if task in config.plan:
                    of_task.setdefault(task, []).append(name)
    groups: dict[str, list[str]] = {}
    for task in plan:
        for name in of_task.get(task, ()):
            groups.setdefault(name, []).append(task)
    return {name: tuple(tasks) for name, tasks in groups.items()}


def _copy(parts: Sequence[_Part], merged: RunDirectory) -> None:
    owner = {task: part.directory for part in parts for task in part.directory.config.plan}
    for task, count in merged.config.plan.items():
        source = owner[task]
        for sample in range(count):
            index, place = source.index(task, sample), merged.index(task, sample)
            if index is None or place is None:  # the plans were made of each other
                continue
            if not merged.has_completion(place) or merged.outcome(place) != source.outcome(index):
                merged.copy(source, index, place)
