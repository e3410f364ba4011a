"""Measures what a model supports by sending it a few small prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval import registry
from codeeval.errors import UsageError
from codeeval.interfaces import Capabilities, Support
from codeeval.session.models import make_model, model_spec
from codeeval.session.settings import ModelOptions
from codeeval.types import (
    Completion,
    FinishReason,
    Message,
    Prompt,
    PromptStyle,
    Role,
    Sampling,
)

if TYPE_CHECKING:
    from codeeval.interfaces import Model

_QUESTION = "Write a Python function add(a, b) that returns the sum of its arguments. Answer with code only."
_TASK = "test/0"
_BEGUN = "def add(a, b):\n"
_PREFILL = "```python\ndef add("


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What a prompt with one setting showed."""

    setting: str
    support: Support
    seen: str
    """What was observed; what is only declared is marked as such."""


class ModelTest(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints of a model."""

    spec: str
    style: PromptStyle
    details: dict[str, str]
    completion: Completion
    """The answer to the one prompt."""
    probes: tuple[Probe, ...]
    capabilities: Capabilities | None
    notes: tuple[str, ...]


async def probe_model(
    spec: str, *, style: PromptStyle | None = None, timeout_s: float = 600.0, max_tokens: int = 256
) -> ModelTest:
    """Send one prompt to a model, then a few small ones, and report what it supports.

    Args:
        spec: the model's spec string.
        style: prompt style in place of the model's own.
        timeout_s: longest wait for one response.
        max_tokens: longest completion of the first prompt.

    Raises:
        UsageError: the spec names a source of completions, not a model.
        ModelError: it refuses.
    """
    if spec.strip().partition(":")[0] in registry.names(registry.Group.SOURCES):
        raise UsageError(f"{spec} generates nothing that could be tested", "Name a model.")
    return await _examine(
        make_model(model_spec(spec, style=style, options=ModelOptions(timeout_s=timeout_s))), max_tokens
    )


async def _examine(model: Model, max_tokens: int) -> ModelTest:
    try:
        prober = _Prober(model, max_tokens)
        first = await prober.sample(Sampling(max_tokens=max_tokens))
        probes = (
            await prober.max_tokens(),
            await prober.stop(first),
            await prober.several(),
            await prober.seed(),
            await prober.prefill(),
        )
        info = model.info
        return ModelTest(
            spec=info.spec,
            style=info.style,
            details=info.details,
            completion=first,
            probes=probes,
            capabilities=info.capabilities,
            notes=info.notes,
        )
    finally:
        await model.aclose()


class _Prober:
    """Sends small prompts to one model."""

    def __init__(self, model: Model, max_tokens: int) -> None:
        self._model = model
        self._max_tokens = max_tokens
        self._prompt = _prompt(model.info.style)

    async def sample(self, sampling: Sampling, prompt: Prompt | None = None) -> Completion:
        return (await self._samples(sampling, 1, prompt))[0]

    async def _samples(
        self, sampling: Sampling, count: int, prompt: Prompt | None = None
    ) -> list[Completion]:
        sampled: list[Completion] = []
        max_n = self._model.info.max_n
        for start in range(0, count, max_n):
            samples = range(start, min(count, start + max_n))
            sampled += await self._model.complete(prompt or self._prompt, sampling, samples)
        return sampled

    def _declared(self, setting: str) -> Support:
        capabilities = self._model.info.capabilities
        return getattr(capabilities, setting) if capabilities is not None else Support.UNKNOWN

    async def max_tokens(self) -> Probe:
        completion = await self.sample(Sampling(max_tokens=4))
        cut = completion.finish_reason is FinishReason.LENGTH
        tokens = completion.usage.completion_tokens
        return Probe(
            setting="max_tokens",
            support=Support.YES if cut and tokens <= 4 else Support.NO,
            seen=f"limited to 4 tokens: {tokens}, ended by {completion.finish_reason}",
        )

    async def stop(self, first: Completion) -> Probe:
        word = first.text[len(first.text) // 2 :][:6]
        if not word.strip():
            return Probe(setting="stop", support=self._declared("stop"), seen="declared; nothing to stop at")
        cut = await self.sample(Sampling(max_tokens=self._max_tokens, stop=(word,)))
        fewer = cut.usage.completion_tokens < first.usage.completion_tokens
        declared = self._declared("stop")
        by_server = fewer and declared is not Support.WORKED_AROUND
        return Probe(
            setting="stop",
            support=Support.YES if by_server else Support.WORKED_AROUND,
            seen=f"{cut.usage.completion_tokens} tokens with {word!r} as a stop sequence, "
            f"{first.usage.completion_tokens} without",
        )

    async def several(self) -> Probe:
        sampled = await self._samples(Sampling(max_tokens=24, temperature=1.0), 2)
        together = self._model.info.max_n > 1 and self._declared("n") is not Support.WORKED_AROUND
        differ = "differ" if len({each.text for each in sampled}) > 1 else "are the same"
        return Probe(
            setting="n",
            support=Support.YES if together else Support.WORKED_AROUND,
            seen=f"2 samples {'in one request' if together else 'in 2 requests'}, which {differ}",
        )

    async def seed(self) -> Probe:
        sampling = Sampling(max_tokens=24, temperature=1.0, seed=7)
        first, again = await self.sample(sampling), await self.sample(sampling)
        if self._declared("seed") is Support.NO:
            return Probe(setting="seed", support=Support.NO, seen="it accepts none")
        same = first.text == again.text
        return Probe(
            setting="seed",
            support=Support.YES if same else Support.NO,
            seen=f"the same seed twice: {'the same text' if same else 'two texts'}",
        )

    async def prefill(self) -> Probe:
        if self._prompt.style is PromptStyle.BASE:
            return Probe(setting="prefill", support=Support.YES, seen="it continues texts in any case")
        prompt = msgspec.structs.replace(self._prompt, prefill=_PREFILL)
        completion = await self.sample(Sampling(max_tokens=16), prompt)
        continued = completion.text.startswith(_PREFILL) and self._declared("prefill") is not Support.NO
        begins = "continues it" if continued else "starts anew, so prompts are sent without prefill"
        return Probe(
            setting="prefill",
            support=Support.YES if continued else Support.NO,
            seen=f"given {_PREFILL!r}, it {begins}: {completion.text[:40]!r}",
        )


def _prompt(style: PromptStyle) -> Prompt:
    match style:
        case PromptStyle.BASE:
            return Prompt(task_id=_TASK, style=style, template_hash="", text=_BEGUN)
        case PromptStyle.CHAT:
            turns = (Message(role=Role.USER, content=_QUESTION),)
            return Prompt(task_id=_TASK, style=style, template_hash="", messages=turns)
