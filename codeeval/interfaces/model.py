"""What a model backend must offer, and what is recorded of a model."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from codeeval.types import Completion, Prompt, PromptStyle, Sampling


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
    """Where pulled models are."""
    offline: bool = False
    """Whether weights and tokenizers may only come from this machine; a server is queried all the same."""
    options: dict[str, str] = {}
    """The backend's own choices, from ``backend:name?key=value&key=value``: revision, dtype, context ..."""


class Support(enum.StrEnum):
    """Whether a model backend supports a sampling parameter."""

    YES = "yes"
    NO = "no"
    WORKED_AROUND = "worked around"
    """Not by the backend, but by codeeval: samples generated one by one, texts cut at stop sequences."""
    UNKNOWN = "unknown"
    """It is sent, and nothing states whether it has an effect."""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """Which sampling parameters a backend supports; a value may become known while a model is used."""

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
    """Factor on both through the provider's batch API."""
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
    """None for sources of completions, and in runs from before this was recorded."""
    notes: tuple[str, ...] = ()
    """What the user should know of the samples (a parameter that is not supported, a prefill that is not
    sent); grows while the model is used."""


@runtime_checkable
class Model(Protocol):
    """Generates completions of prompts. The pipeline owns concurrency; the model owns its retries."""

    @property
    def info(self) -> ModelInfo:
        """Identity and capabilities."""
        ...

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Generate the samples with these indices, ``len(samples) <= info.max_n``.

        Raises:
            PromptRefused: the backend rejects this prompt; it counts as an empty completion.
            ModelError: the backend fails, or retries were used up.
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
