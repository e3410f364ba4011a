"""The keyword arguments of ``run`` and its kin, and the request that they make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from codeeval.errors import UnknownName
from codeeval.interfaces import Duplicates
from codeeval.session.settings import (
    DataOptions,
    ExecutionOptions,
    ModelOptions,
    PromptOptions,
    RunRequest,
    SamplingOptions,
    SandboxSettings,
    TaskSelection,
)
from codeeval.types import Effort, PromptStyle

if TYPE_CHECKING:
    import enum
    from collections.abc import Callable, Mapping, Sequence

    import msgspec

    from codeeval.pipeline import Stage
    from codeeval.session.hooks import ProgressFactory
    from codeeval.types import LimitOptions


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
    limits: LimitOptions
    """What programs may use, in place of the benchmark's own limits."""
    notes: Callable[[str], None] | None
    """Receives what a user should know on the way, a line each."""
    progress: ProgressFactory | None
    """Opens a display of progress for a stage."""


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


_GROUPS: Final[dict[str, type[msgspec.Struct]]] = {
    "tasks": TaskSelection,
    "prompting": PromptOptions,
    "sampling": SamplingOptions,
    "data": DataOptions,
    "model_options": ModelOptions,
    "sandbox": SandboxSettings,
    "execution": ExecutionOptions,
}
_OWN: Final = {
    "out": "out",
    "k": "ks",
    "strategy": "strategy",
    "keep_going": "keep_going",
    "duplicates": "duplicates",
    "limits": "limits",
}
_REPORTING: Final = ("notes", "progress")
_ENUMS: Final[dict[str, type[enum.Enum]]] = {
    "style": PromptStyle,
    "reasoning_effort": Effort,
    "duplicates": Duplicates,
}
_PATHS: Final = ("out", "template", "data_root", "prices")


def make_request(
    benchmark: str,
    model: str,
    stage: Stage,
    keywords: Mapping[str, object],
    *,
    known: type[ExecuteKeywords] = RunKeywords,
) -> RunRequest:
    """Make a request of a run's keyword arguments.

    Args:
        benchmark: its full name.
        model: a spec string; empty where there is none.
        stage: which stages the run has.
        keywords: as the caller gave them.
        known: those that exist.

    Raises:
        UnknownName: an argument that does not exist.
        ValueError: a style or an effort that does not exist.
    """
    names = known.__annotations__.keys()  # those of its bases too
    if unknown := keywords.keys() - names:
        raise UnknownName("argument", min(unknown), names)
    given = {name: _typed(name, value) for name, value in keywords.items() if name not in _REPORTING}
    own = {field: given.pop(name) for name, field in _OWN.items() if given.get(name) is not None}
    groups = {}
    for group, kind in _GROUPS.items():
        fields = [field for field in kind.__struct_fields__ if field in given]
        groups[group] = kind(**{field: given.pop(field) for field in fields})
    values: dict[str, object] = {"benchmark": benchmark, "model": model, "stage": stage, **own, **groups}
    return RunRequest(**values)  # type: ignore[arg-type] # each value is of its field's type, by _GROUPS and _typed


def _typed(name: str, value: object) -> object:
    if isinstance(value, str):
        if name in _PATHS:
            return Path(value)
        if kind := _ENUMS.get(name):
            return kind(value)
        if name == "tasks":
            return (value,)
    if name in {"tasks", "k"} and isinstance(value, list | tuple | set | frozenset | range):
        return tuple(value)
    return value
