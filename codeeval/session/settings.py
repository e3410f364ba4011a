"""What a caller may choose, as plain frozen values; None always means the protocol's or the backend's own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from codeeval.formats import ExportFormat
from codeeval.interfaces import Duplicates
from codeeval.metrics import parse_ks
from codeeval.pipeline import DEFAULT_KS, Counts, RunCancelled, Stage
from codeeval.records import RUN
from codeeval.types import Effort, LimitOptions, PromptStyle

__all__ = [
    "CLUSTER",
    "DEFAULT_KS",
    "RUN",
    "Counts",
    "DataOptions",
    "Duplicates",
    "ExecutionOptions",
    "ExportFormat",
    "GateOptions",
    "GateReports",
    "JudgingSettings",
    "ModelOptions",
    "PromptOptions",
    "RunCancelled",
    "RunRequest",
    "SamplingOptions",
    "SandboxSettings",
    "Stage",
    "TaskSelection",
    "parse_ks",
]


CLUSTER: Final = "ray"
"""The sandbox that is all nodes of a Ray cluster, each with what ``auto`` finds there."""


class PromptOptions(msgspec.Struct, frozen=True, kw_only=True):
    """A benchmark's own options: how it renders its prompts and judges programs."""

    style: PromptStyle | None = None
    """None: as the model is."""
    template: Path | None = None
    """A Jinja template in place of the benchmark's."""
    shots: int | None = None
    """Worked examples in the prompt."""
    split: str | None = None
    """The dataset's split."""
    protocol: str | None = None
    """How programs are executed and judged: ``official`` or, where the benchmark has it, ``sealed``."""
    language: str | None = None
    """The language that solutions are asked for and run in, where the benchmark leaves it open."""
    from_date: str | None = None
    """First day of the problems, where the benchmark's have dates: ``YYYY-MM-DD`` or ``YYYY-MM``."""
    to_date: str | None = None
    """Last day of the problems, in the same form."""


class DataOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where datasets come from."""

    data_root: Path | None = None
    """A folder that mirrors the Hub; None: as configured, else the Hub."""
    offline: bool = False


class TaskSelection(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks of a benchmark."""

    limit: int | None = None
    """Number of tasks from the start of the dataset."""
    tasks: tuple[str, ...] = ()
    """Only these ids; empty for all."""
    shard: str | None = None
    """``3/16``: of these tasks the third of sixteen parts; None for all."""


class SamplingOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How completions are sampled."""

    n: int | None = None
    """Samples a task; None: one, or all that a samples file has."""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    reasoning_tokens: int | None = None
    reasoning_effort: Effort | None = None


class ModelOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is used."""

    concurrency: int | None = None
    """Requests in flight."""
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    timeout_s: float = 600.0
    """Longest wait for one response."""
    cache: bool | None = None
    """Whether the completion cache is used; None: where the model's name identifies its weights."""
    batch: bool = False
    """Whether completions are sampled through the provider's batch API."""
    max_cost_usd: float | None = None
    prices: Path | None = None
    """A table of prices that takes precedence over the known ones."""
    replicas: int | None = None
    """Servers of the model to start on a Ray cluster; None: none, or with a ``serve_command`` one."""
    serve_command: str | None = None
    """What each runs, with ``{model}``, ``{host}`` and ``{port}``; None: ``vllm serve``."""
    serve_on: str = "auto"
    """The cluster: ``HOST:PORT``, or ``auto``."""
    replica_gpus: float = 1.0
    """Reserved for each server, on one node."""
    serve_wait_s: float = 1800.0
    """How long the first server may take until it is well."""


class SandboxSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where programs are executed."""

    sandbox: str = "auto"
    """A launcher's name, or ``auto`` for the best that works here. A prover's may name where it is:
    ``fstar:PATH``, ``lean:PATH``, or ``fstar:double:FOLDER`` for recorded sessions in its place.
    ``http://HOST:PORT`` is a service (``codeeval serve``) there; ``ray`` are the nodes of a Ray cluster."""
    ray: str | None = None
    """A Ray cluster whose nodes execute, with what ``sandbox`` names: ``HOST:PORT``, or ``auto`` for the one
    that this machine belongs to."""
    ray_wait_s: float = 60.0
    """How long a cluster may have no node that executes."""
    allow_mixed: bool = False
    """Whether nodes take part whose images or toolchain differ."""
    calibrate: bool = False
    """Whether each node's limits on time are scaled by how fast it computes."""
    runtime: str | None = None
    """Container runtime, for example ``runsc``."""
    workers: int | None = None
    """Programs executed at the same time; None: one a core."""
    max_sandboxes: int = 16
    """Sandboxes kept at once where a run needs several images."""
    cold: bool = False
    """Plain commands only: no warm interpreters and compilers."""


class ExecutionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How executions are repeated, and when a run counts as failed."""

    max_sandbox_errors: float = 0.01
    """Share of samples without a verdict above which the run counts as failed."""
    timeout_reruns: int = 1
    """Executions alone that a TIMEOUT must repeat in before it counts."""
    force: bool = False
    """Score although too few reference solutions pass here."""
    execution_cache: bool | None = None
    """Whether executions of earlier runs are used, and new ones kept; None: where a model generates the
    completions, but not where they come from a file, the references or ``execute``."""


class JudgingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How solutions whose verdicts are known are judged, to check the judge and the benchmark."""

    protocol: str | None = None
    """How programs are judged; None: as the benchmark's authors do."""
    split: str | None = None
    """Of the benchmark's dataset; None: the protocol's."""
    tasks: TaskSelection = TaskSelection()
    data: DataOptions = DataOptions()
    sandbox: SandboxSettings = SandboxSettings()
    limits: LimitOptions = LimitOptions()
    """In place of the benchmark's own."""


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A run: which benchmark on which model, and everything that a caller may choose about it."""

    benchmark: str
    """``family`` or ``family:variant``."""
    model: str
    """A spec string: ``backend:name``."""
    out: Path | None = None
    """The run directory; None: named after the benchmark and the model."""
    stage: Stage = Stage.ALL
    ks: tuple[int, ...] = DEFAULT_KS
    strategy: str | None = None
    """``name:key=value,...``; None: each sample is generated once."""
    keep_going: bool = False
    """Exclude the malformed lines of a samples file."""
    duplicates: Duplicates = Duplicates.REFUSE
    """What becomes of samples of one task with the same number."""
    command: tuple[str, ...] = ()
    """The command line, for the record only."""
    tasks: TaskSelection = TaskSelection()
    prompting: PromptOptions = PromptOptions()
    sampling: SamplingOptions = SamplingOptions()
    data: DataOptions = DataOptions()
    model_options: ModelOptions = ModelOptions()
    sandbox: SandboxSettings = SandboxSettings()
    execution: ExecutionOptions = ExecutionOptions()
    limits: LimitOptions = LimitOptions()
    """In place of the benchmark's own."""
    notify: str | None = None
    """A URL that is posted to when the run has ended or failed."""


class GateOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate decides on: two runs, or a plan of several checks."""

    candidate: Path | None = None
    baseline: Path | None = None
    config: Path | None = None
    """A YAML file with several checks, in place of everything else here but ``history`` and ``force``."""
    model: str = ""
    """Label of the candidate's model, where the candidate is a suite with several."""
    baseline_model: str = ""
    """Label of the baseline's model; empty: as the candidate's, or the only one."""
    history: Path | None = None
    """A file that the answer is added to, as a line of JSON."""
    max_drop: str | None = None
    """Largest allowed drop: ``2pp`` or ``0.02``; None: 2pp."""
    metrics: tuple[str, ...] = ()
    """None: ``pass@1``."""
    minimum: tuple[str, ...] = ()
    """Least values: ``pass@1=0.6``."""
    alpha: float | None = None
    """Risk of a false alarm, and of a false pass; None: 0.05."""
    max_sandbox_errors: float | None = None
    """Share of samples without a verdict above which the gate cannot tell; None: 0.01."""
    force: bool = False
    """Compare runs on different data too, on their common tasks."""


class GateReports(msgspec.Struct, frozen=True, kw_only=True):
    """Which reports of a gate to write."""

    junit: Path | None = None
    sarif: Path | None = None
    markdown: Path | None = None
