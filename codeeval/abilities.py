"""What names a model, and what is known of it; and the abilities for which ``interfaces`` has no room."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 -- msgspec resolves the annotations at run time
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

import msgspec

from codeeval.types import Honoured, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.types import Grade, Problem, Program


@runtime_checkable
class GradesAnswers(Protocol):
    """A benchmark that grades answers itself, without executing anything (``Oracle.ANSWER``)."""

    def grade(self, program: Program) -> Grade:
        """Compare ``program.answers`` with ``program.expected``; pure, never raises, and bounded in time.

        Called only where some scorer found an answer; a scorer that found none gives 0.
        """
        ...


@runtime_checkable
class LeavesOut(Protocol):
    """A benchmark that asks nothing of some problems, which shows only when their references have run."""

    shows_truth: ClassVar[bool]
    """Whether prompts show what the references gave, so that nothing can be asked before they have run."""

    def usable(self, problem: Problem) -> bool:
        """Whether something can be asked of a problem that ``with_truth`` returned."""
        ...

    def remarks(self, chosen: Sequence[Problem]) -> Sequence[str]:
        """Say in a line each what was left out of all and of the chosen problems, how often, and why."""
        ...


class StrategyInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy is; frozen into ``run.json``, because it moves scores."""

    name: str
    parameters: dict[str, str] = {}
    template_hash: str = ""
    """SHA-256 over its templates, hex."""
    examples: str = ""
    """What its trials executed: the benchmark's ``examples_shown``; empty for a strategy without trials."""

    def __str__(self) -> str:
        """As on the command line."""
        return f"{self.name}:{','.join(f'{name}={value}' for name, value in self.parameters.items())}"


class ModelSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed model spec string: ``backend:name@url``, with what the configuration adds."""

    backend: str
    name: str = ""
    base_url: str | None = None
    api_key: str | None = None
    style: PromptStyle | None = None
    """None: the backend's own default."""
    concurrency: int | None = None
    """Requests in flight; None: the backend's own default."""
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    timeout_s: float = 600.0
    retries: int = 6
    cache_dir: Path | None = None
    """Where pulled models lie."""
    keep_going: bool = False
    """``file:`` leaves malformed lines out and counts them, in place of failing at the first."""
    options: dict[str, str] = {}
    """The backend's own choices, from ``backend:name?key=value&key=value``: revision, dtype, context ..."""


class Honours(msgspec.Struct, frozen=True, kw_only=True):
    """What a backend does of what a sampling asks for; a value may become known while a model is used."""

    temperature: Honoured = Honoured.UNKNOWN
    seed: Honoured = Honoured.UNKNOWN
    n: Honoured = Honoured.UNKNOWN
    """Several samples from one request."""
    stop: Honoured = Honoured.UNKNOWN
    prefill: Honoured = Honoured.UNKNOWN
    """NO: a prompt is sent without its prefill."""
    top_p: Honoured = Honoured.UNKNOWN
    logprobs: Honoured = Honoured.UNKNOWN
    reasoning: Honoured = Honoured.UNKNOWN
    """A limit on reasoning: ``reasoning_tokens`` or ``reasoning_effort``."""


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What a model's tokens cost, in US dollars for a million; frozen into ``run.json``."""

    input_usd: float
    output_usd: float
    """Reasoning included, as it is billed."""
    batch: float = 1.0
    """What part of it is asked for through the provider's batch API."""
    as_of: str = ""
    """The day on which it was looked up."""
    source: str = ""

    def cost_usd(self, prompt_tokens: float, completion_tokens: float, *, batch: bool = False) -> float:
        """Return what so many tokens cost."""
        factor = self.batch if batch else 1.0
        return factor * (prompt_tokens * self.input_usd + completion_tokens * self.output_usd) / 1e6


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is and can do; frozen into ``run.json``."""

    spec: str
    """Canonical spec string without secrets."""
    style: PromptStyle
    concurrency: int
    max_n: int
    """Most samples that one request can return."""
    deterministic: bool
    """Same seed and settings give the same text."""
    details: dict[str, str] = {}
    """Versions, file hashes, server: whatever identifies the weights."""
    honours: Honours | None = None
    """None for models that draw nothing, and in runs from before this was recorded."""
    notes: tuple[str, ...] = ()
    """What the backend does otherwise than asked, in sentences for the user (a refused parameter, a
    prefill that is not sent); grows while the model is used."""
