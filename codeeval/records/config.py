"""``run.json``: what a run was made with, and which of it a resumed run may change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from codeeval.errors import DataError, RunMismatch
from codeeval.interfaces import (
    BenchmarkOptions,
    DatasetIdentity,
    ModelInfo,
    Price,
    Scoring,
    StrategyInfo,
)
from codeeval.reading import read_bounded
from codeeval.records import schema1
from codeeval.records.numbers import check_numbers
from codeeval.records.shards import Shard, grown
from codeeval.types import SCHEMA_VERSION, LimitOptions, Limits, Sampling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_FREE: Final = (
    "created",
    "command",
    "pool_size",
    "execution_cache",
    "plan",
    "sandbox",
    "dataset.revision",
    "model.concurrency",
    "model.max_n",
    "model.capabilities",
    "model.notes",
    "price",
    "shard.plan_sha256",
    "shard.places",
)
"""What two commands on one run may differ in; ``plan`` grows and ``sandbox`` is filled in.

The same rows may come from the Hub one time and from a folder another: their hash is compared."""


MOST_SAMPLES: Final = 1 << 24
"""Of a run: its directory takes 20 bytes of memory for each, generated or not."""


SUITE: Final = "suite.json"
"""In the folder of a suite, beside the run directories in it."""


class NodeRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A machine of a cluster that took part in a run, or did not."""

    slots: int
    """Programs that it executes at the same time."""
    differs: dict[str, str] = {}
    """How its sandboxes differ from the run's, where that was allowed."""
    cpu_factor: float = 0.0
    """CPU time that a fixed computation takes there, over that on the machine that started the run."""
    left_out: str = ""
    """Why it did not take part."""


class SandboxInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the programs of a run were executed by."""

    launcher: str
    """``docker``, ``bubblewrap`` ..."""
    description: dict[str, str] = {}
    """From ``SandboxLauncher.describe``: engine, image digest, what cannot be enforced."""
    toolchain: dict[str, str] = {}
    """Versions that the runner probed inside."""
    nodes: dict[str, NodeRecord] = {}
    """The machines of a cluster, by name; empty where programs were executed on one machine."""


class RunConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a run's result depends on."""

    schema: int = SCHEMA_VERSION
    benchmark: str
    """Full name with its variant."""
    options: BenchmarkOptions
    """What the benchmark was made with, so that it can be made again."""
    settings: dict[str, str]
    """The benchmark's own statement of the choices that move scores."""
    dataset: DatasetIdentity
    template_hash: str
    model: ModelInfo
    sampling: Sampling
    limits: dict[str, Limits] = {}
    """By language, those of its programs' last step; empty where nothing was executed."""
    limit_options: LimitOptions = LimitOptions()
    """What the user set in place of the benchmark's own limits."""
    sandbox: SandboxInfo | None = None
    """None until something was executed."""
    codeeval_version: str
    created: str
    """UTC, ISO 8601."""
    command: tuple[str, ...] = ()
    pool_size: int = 0
    execution_cache: bool = False
    """Whether executions of earlier runs might be used; each verdict states whether one was (``cached``)."""
    scoring: Scoring = Scoring()
    """The benchmark's scores besides the main one."""
    strategy: StrategyInfo | None = None
    """None: each sample is generated once, as in the protocol."""
    groups: dict[str, tuple[str, ...]] = {}
    """Named subsets of the dataset's tasks, each reported by itself."""
    price: Price | None = None
    """What the model's tokens cost, where that is known."""
    plan: dict[str, int]
    """Samples to generate of each task, in dataset order."""
    shard: Shard | None = None
    """Which part of a run this is; None for a whole one."""

    @property
    def candidates(self) -> int:
        """Of how many candidates a task's samples are submissions; 0 where they are none."""
        return self.strategy.candidates if self.strategy else 0


class _Schema(msgspec.Struct):
    """The one field that every version of ``run.json`` has."""

    schema: int = SCHEMA_VERSION


class StoredConfig(NamedTuple):
    """A ``run.json`` as it was found."""

    config: RunConfig
    """In this version's schema, whichever it was written in."""
    schema: int
    """The one that it was written in."""


def encode_config(config: RunConfig) -> bytes:
    """Return the text of ``run.json``."""
    return msgspec.json.format(msgspec.json.encode(config, enc_hook=str), indent=2) + b"\n"


def read_config(path: Path) -> RunConfig:
    """Read a ``run.json``, of this schema or of schema 1.

    Raises:
        DataError: missing, malformed, or written by a newer codeeval.
    """
    return read_stored(path).config


def read_stored(path: Path) -> StoredConfig:
    """Read a ``run.json``, and say which schema it is in.

    Raises:
        DataError: missing, malformed, or written by a newer codeeval.
    """
    remedy = "Name a folder that `codeeval run`, `generate` or `execute` wrote with --out."
    try:
        text = read_bounded(path)
        check_numbers(text)
        schema = _known_schema(path, text)
        if schema == schema1.SCHEMA:
            text = schema1.upgrade_config(text)
        config = msgspec.json.decode(text, type=RunConfig, dec_hook=_decode_path)
        check_plan(config.plan, path)
        return StoredConfig(config, schema)
    except OSError as error:
        if (path.parent / SUITE).exists():
            raise DataError(
                f"{path.parent} is a suite, not a run directory", "Name one of the run directories in it."
            ) from error
        raise DataError(f"{path.parent} is not a run directory: {error.strerror}", remedy) from error
    except msgspec.MsgspecError as error:
        raise DataError(f"{path}: not a run.json of schema {SCHEMA_VERSION}: {error}", remedy) from error


def check_plan(plan: Mapping[str, int], path: Path) -> None:
    """Refuse a plan that no run has.

    Raises:
        DataError: a task has fewer samples than none, or all together have more than there is room for.
    """
    remedy = "Name a folder that `codeeval run`, `generate` or `execute` wrote with --out."
    if negative := next((task for task, count in plan.items() if count < 0), None):
        raise DataError(f"{path}: the plan has {plan[negative]} samples of {negative[:200]!r}", remedy)
    if sum(plan.values()) > MOST_SAMPLES:
        raise DataError(f"{path}: the plan has more than {MOST_SAMPLES:,} samples", remedy)


def _known_schema(path: Path, text: bytes) -> int:
    schema = msgspec.json.decode(text, type=_Schema).schema
    if schema > SCHEMA_VERSION:
        raise DataError(
            f"{path}: written by a newer codeeval: schema {schema}, and this one reads {SCHEMA_VERSION}",
            "Update codeeval, or use the version that made this run.",
        )
    return schema


def merge_configs(there: RunConfig, here: RunConfig, order: Sequence[str], path: Path) -> RunConfig:
    """Continue the run ``there`` with the command ``here``.

    The plan only grows: of each task the larger number of samples, so ``--limit``, ``--task`` and
    ``--n`` may request more, and requesting less removes nothing.

    Args:
        there: what ``run.json`` holds.
        here: what the command requests.
        order: ids of all tasks of the dataset, in its order.
        path: the run directory, for the message.

    Raises:
        RunMismatch: they differ in something that moves scores; lists what.
    """
    differ = list(differences(there, here))
    if differ:
        lines = "".join(f"\n  {name}: {a} there, {b} here" for name, a, b in differ)
        raise RunMismatch(
            f"{path} holds a run with other settings:{lines}",
            "Repeat that run's settings, or name another folder (--out).",
        )
    wanted = {
        task: count for task in order if (count := max(there.plan.get(task, 0), here.plan.get(task, 0)))
    }
    lost = there.plan.keys() - wanted.keys()
    if lost:
        raise RunMismatch(f"{path} has samples of {min(lost)!r}, which the dataset does not have")
    return msgspec.structs.replace(
        there,
        plan=wanted,
        sandbox=there.sandbox or here.sandbox,
        execution_cache=there.execution_cache or here.execution_cache,
        limits=here.limits | there.limits,
        limit_options=there.limit_options if there.sandbox else here.limit_options,
        price=here.price or there.price,
        shard=grown(there.shard, here.shard, plan_grew=wanted != there.plan),
    )


def differences(there: RunConfig, here: RunConfig) -> Iterator[tuple[str, str, str]]:
    """Yield the settings that move scores and are not the same in two runs: name, and both values."""
    old, new = dict(flatten(there)), dict(flatten(here))
    both = there.sandbox is not None and here.sandbox is not None
    shared = there.limits.keys() & here.limits.keys()
    limits_differ = any(there.limits[name] != here.limits[name] for name in shared)
    for name in sorted(old.keys() | new.keys()):
        free = any(name == f or name.startswith(f"{f}.") for f in _FREE)
        match name.partition(".")[0]:
            case "sandbox":
                free = not both or name.startswith("sandbox.nodes.")
            case "limits":  # a language that only one of them has says nothing
                free = name not in old or name not in new
            case "limit_options":
                free = not both or limits_differ  # which says it already
            case _:
                pass
        a, b = old.get(name, "nothing"), new.get(name, "nothing")
        if a != b and not free:
            yield name, a, b


def flatten(config: RunConfig) -> Iterator[tuple[str, str]]:
    """Yield every setting of a run as a dotted name and its value's JSON."""

    # Any: the builtin form of a struct, walked once and not passed on
    def walk(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from walk(f"{prefix}.{key}" if prefix else str(key), inner)
        elif value is not None:
            # a whole number is the same one, whether a caller wrote it as a float or not
            whole = isinstance(value, float) and value.is_integer()
            yield prefix, msgspec.json.encode(int(value) if whole else value).decode()

    values = msgspec.to_builtins(config, enc_hook=str)
    # with default fields, so that what a run lacks is a whole language
    values["limits"] = {language: msgspec.structs.asdict(each) for language, each in config.limits.items()}
    return walk("", values)


def _decode_path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(kind)
