"""What a model backend must offer, and what is recorded of a model."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Protocol

import msgspec

from codeeval.types import Completion, Problem, Prompt, PromptStyle, Sampling


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


class Support(enum.StrEnum):
    """Whether a model backend does what a sampling setting asks for."""

    YES = "yes"
    NO = "no"
    WORKED_AROUND = "worked around"
    """Not by the backend, but codeeval sees to it: samples one by one, texts cut at stop sequences."""
    UNKNOWN = "unknown"
    """It is asked for, and nothing says whether it is done."""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a backend does of what a sampling asks for; a value may become known while a model is used."""

    temperature: Support = Support.UNKNOWN
    seed: Support = Support.UNKNOWN
    n: Support = Support.UNKNOWN
    """Several samples from one request."""
    stop: Support = Support.UNKNOWN
    prefill: Support = Support.UNKNOWN
    """NO: a prompt is sent without its prefill."""
    top_p: Support = Support.UNKNOWN
    logprobs: Support = Support.UNKNOWN
    reasoning: Support = Support.UNKNOWN
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
    capabilities: Capabilities | None = None
    """None for models that draw nothing, and in runs from before this was recorded."""
    notes: tuple[str, ...] = ()
    """What the backend does otherwise than asked, in sentences for the user (a refused parameter, a
    prefill that is not sent); grows while the model is used."""


class Model(Protocol):
    """Turns prompts into completions. The pipeline owns concurrency; the model owns its retries."""

    @property
    def info(self) -> ModelInfo:
        """Identity and abilities."""
        ...

    def available(self, task_id: str) -> int | None:
        """How many samples of this task exist, for models that replay a file; None: any number."""
        ...

    async def complete(
        self, prompt: Prompt, sampling: Sampling, samples: range, problem: Problem
    ) -> list[Completion]:
        """Draw the samples with these indices, ``len(samples) <= info.max_n``.

        ``problem`` is for models that replay (``reference:``, ``file:``); others use the prompt only.

        Raises:
            ModelError: the backend refused, or retries were used up.
        """
        ...

    async def aclose(self) -> None:
        """Free connections, threads and weights."""
        ...


class ModelFactory(Protocol):
    """Entry point of group ``codeeval.models``."""

    def __call__(self, spec: ModelSpec) -> Model:
        """Raises ``ModelError`` where the model is missing or its extra is not installed."""
        ...
