"""The keyword arguments of ``run`` and its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from codeeval.interfaces import Duplicates
    from codeeval.session.hooks import ProgressFactory
    from codeeval.types import Effort, LimitOptions, PromptStyle


class ExecuteKeywords(TypedDict, total=False):
    """How the completions of a run are executed and scored.

    The names and meanings are those of the command line's options, and of the fields of
    ``codeeval.session.settings``.
    """

    k: Sequence[int]
    """The k of pass@k, each reported where every task has that many samples."""
    data_root: str | Path | None
    offline: bool
    sandbox: str
    ray: str | None
    """A Ray cluster that executes: ``HOST:PORT``, or ``auto``."""
    ray_wait_s: float
    allow_mixed: bool
    calibrate: bool
    runtime: str | None
    workers: int | None
    max_sandboxes: int
    cold: bool
    max_sandbox_errors: float
    timeout_reruns: int
    force: bool
    execution_cache: bool | None
    limits: LimitOptions
    """What programs may use, in place of the benchmark's own limits."""
    notes: Callable[[str], None] | None
    """Receives what a user should know on the way, a line each."""
    progress: ProgressFactory | None
    """Opens a display of progress for a stage."""
    notify: str | None
    """A URL that is posted to when the run has ended or failed: docs/suites.md."""


class RunKeywords(ExecuteKeywords, total=False):
    """Everything that may be chosen about a run; what is not given is the protocol's or the model's own."""

    out: str | Path | None
    """The run directory; the same call again resumes there."""
    strategy: str | None
    keep_going: bool
    duplicates: Duplicates | str
    """Of a samples file: ``refuse``, or ``keep`` samples of one task with the same number."""
    limit: int | None
    tasks: Sequence[str]
    shard: str | None
    """``3/16``: the third of sixteen parts of the run, which ``merge`` puts together."""
    style: PromptStyle | str | None
    template: str | Path | None
    shots: int | None
    split: str | None
    protocol: str | None
    """``official`` or, where the benchmark has it, ``sealed``."""
    language: str | None
    """Of solutions, where the benchmark leaves it open."""
    from_date: str | None
    """First day of the problems, ``YYYY-MM-DD`` or ``YYYY-MM``, where they have dates."""
    to_date: str | None
    n: int | None
    """Samples a task."""
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    seed: int | None
    reasoning_tokens: int | None
    reasoning_effort: Effort | str | None
    concurrency: int | None
    requests_per_minute: float | None
    tokens_per_minute: float | None
    timeout_s: float
    cache: bool | None
    batch: bool
    max_cost_usd: float | None
    prices: str | Path | None
    replicas: int | None
    """Servers of ``openai:NAME`` on a Ray cluster, for as long as the run takes."""
    serve_command: str | None
    serve_on: str
    replica_gpus: float
    serve_wait_s: float
