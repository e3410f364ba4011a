"""``codeeval models test``: what a model honours, found out by asking it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
import msgspec

from codeeval.cli import options
from codeeval.cli.output import duration, heading, lines, table
from codeeval.errors import UsageError
from codeeval.interfaces import (
    Capabilities,
    Support,
)
from codeeval.types import (
    Completion,
    FinishReason,
    Message,
    Problem,
    Prompt,
    PromptStyle,
    Role,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.cli.output import Output
    from codeeval.interfaces import Model

_QUESTION = "Write a Python function add(a, b) that returns the sum of its arguments. Answer with code only."
_TASK = "test/0"
_BEGUN = "def add(a, b):\n"
_PREFILL = "```python\ndef add("


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What asking for one setting showed."""

    setting: str
    honoured: Support
    seen: str
    """What was observed, in words; what is only declared says so."""


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


@click.command()
@click.argument("spec")
@click.option(
    "--style", type=click.Choice([style.value for style in PromptStyle]), help="Default: as the model is."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="Longest wait for one answer of the model.",
)
@click.option(
    "--max-tokens", type=click.IntRange(min=16), default=256, show_default=True, help="Longest answer."
)
@options.output_options
def test(spec: str, *, style: str | None, timeout: float, max_tokens: int, output: Output) -> None:
    """Send one prompt to the model SPEC, then a few small ones, and show what it honours.

    That is eight short requests, which a provider bills as any others. Nothing comes from the cache.
    """
    from codeeval import registry  # noqa: PLC0415 -- not for --help
    from codeeval.cli.assemble import model_spec  # noqa: PLC0415 -- as above

    asking = options.BenchmarkChoice(
        style=PromptStyle(style) if style else None, template=None, shots=None, split=None
    )
    serving = options.ModelChoice(concurrency=None, rpm=None, timeout=timeout)
    parsed = model_spec(spec, asking, serving)
    model = registry.model_factory(parsed.backend)(parsed)
    if model.available(_TASK) is not None or model.info.capabilities is None:
        raise UsageError(f"{model.info.spec} draws nothing that could be tested", "Name a model that writes.")
    found = asyncio.run(_examine(model, max_tokens))
    output.result(found, *([] if output.json else _people(found)))


async def _examine(model: Model, max_tokens: int) -> ModelTest:
    try:
        asker = _Asker(model, max_tokens)
        first = await asker.draw(Sampling(max_tokens=max_tokens))
        probes = (
            await asker.max_tokens(),
            await asker.stop(first),
            await asker.several(),
            await asker.seed(),
            await asker.prefill(),
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


class _Asker:
    """Asks one model small questions."""

    def __init__(self, model: Model, max_tokens: int) -> None:
        self._model = model
        self._max_tokens = max_tokens
        self._prompt = _prompt(model.info.style)

    async def draw(self, sampling: Sampling, prompt: Prompt | None = None) -> Completion:
        return (await self._draw(sampling, 1, prompt))[0]

    async def _draw(self, sampling: Sampling, count: int, prompt: Prompt | None = None) -> list[Completion]:
        drawn: list[Completion] = []
        most = self._model.info.max_n
        for start in range(0, count, most):
            samples = range(start, min(count, start + most))
            drawn += await self._model.complete(prompt or self._prompt, sampling, samples, _problem())
        return drawn

    def _declared(self, setting: str) -> Support:
        honours = self._model.info.capabilities
        return getattr(honours, setting) if honours is not None else Support.UNKNOWN

    async def max_tokens(self) -> Probe:
        completion = await self.draw(Sampling(max_tokens=4))
        cut = completion.finish_reason is FinishReason.LENGTH
        tokens = completion.usage.completion_tokens
        return Probe(
            setting="max_tokens",
            honoured=Support.YES if cut and tokens <= 4 else Support.NO,
            seen=f"asked for 4 tokens: {tokens}, ended by {completion.finish_reason}",
        )

    async def stop(self, first: Completion) -> Probe:
        word = first.text[len(first.text) // 2 :][:6]
        if not word.strip():
            return Probe(setting="stop", honoured=self._declared("stop"), seen="declared; nothing to stop at")
        cut = await self.draw(Sampling(max_tokens=self._max_tokens, stop=(word,)))
        fewer = cut.usage.completion_tokens < first.usage.completion_tokens
        declared = self._declared("stop")
        by_server = fewer and declared is not Support.WORKED_AROUND
        return Probe(
            setting="stop",
            honoured=Support.YES if by_server else Support.WORKED_AROUND,
            seen=f"{cut.usage.completion_tokens} tokens with {word!r} as a stop sequence, "
            f"{first.usage.completion_tokens} without",
        )

    async def several(self) -> Probe:
        drawn = await self._draw(Sampling(max_tokens=24, temperature=1.0), 2)
        together = self._model.info.max_n > 1 and self._declared("n") is not Support.WORKED_AROUND
        differ = "differ" if len({each.text for each in drawn}) > 1 else "are the same"
        return Probe(
            setting="n",
            honoured=Support.YES if together else Support.WORKED_AROUND,
            seen=f"2 samples {'in one request' if together else 'in 2 requests'}, which {differ}",
        )

    async def seed(self) -> Probe:
        sampling = Sampling(max_tokens=24, temperature=1.0, seed=7)
        first, again = await self.draw(sampling), await self.draw(sampling)
        if self._declared("seed") is Support.NO:
            return Probe(setting="seed", honoured=Support.NO, seen="it takes none")
        same = first.text == again.text
        return Probe(
            setting="seed",
            honoured=Support.YES if same else Support.NO,
            seen=f"the same seed twice: {'the same text' if same else 'two texts'}",
        )

    async def prefill(self) -> Probe:
        if self._prompt.style is PromptStyle.BASE:
            return Probe(setting="prefill", honoured=Support.YES, seen="it continues texts anyway")
        prompt = msgspec.structs.replace(self._prompt, prefill=_PREFILL)
        completion = await self.draw(Sampling(max_tokens=16), prompt)
        continued = completion.text.startswith(_PREFILL) and self._declared("prefill") is not Support.NO
        begins = "goes on from it" if continued else "begins anew, so protocols with a prefill do without"
        return Probe(
            setting="prefill",
            honoured=Support.YES if continued else Support.NO,
            seen=f"given {_PREFILL!r}, it {begins}: {completion.text[:40]!r}",
        )


def _problem() -> Problem:
    return Problem(task_id=_TASK, prompt=_BEGUN, entry_point="add", reference="    return a + b\n", tests=())


def _prompt(style: PromptStyle) -> Prompt:
    match style:
        case PromptStyle.BASE:
            return Prompt(task_id=_TASK, style=style, template_hash="", text=_BEGUN)
        case PromptStyle.CHAT:
            turns = (Message(role=Role.USER, content=_QUESTION),)
            return Prompt(task_id=_TASK, style=style, template_hash="", messages=turns)


def _people(found: ModelTest) -> Iterator[RenderableType]:
    usage = found.completion.usage
    yield lines(f"{found.spec}, {found.style} style", *(f"  {k}: {v}" for k, v in found.details.items()))
    first = f", {duration(usage.first_token_s)} to the first token" if usage.first_token_s else ""
    yield heading(
        f"one answer: {usage.prompt_tokens} prompt and {usage.completion_tokens} completion tokens, "
        f"{duration(usage.latency_s)}{first}, ended by {found.completion.finish_reason}"
    )
    yield lines(found.completion.text)
    if found.completion.reasoning:
        yield heading(f"its reasoning, kept apart ({usage.reasoning_tokens} of the tokens)")
        yield lines(found.completion.reasoning)
    yield lines("")
    rows = [(probe.setting, probe.honoured.value, probe.seen) for probe in found.probes]
    probed = {probe.setting for probe in found.probes}
    if found.capabilities is not None:
        declared = msgspec.structs.asdict(found.capabilities).items()
        rows += [(name, value.value, "declared, not tried") for name, value in declared if name not in probed]
    yield table(("setting", "honoured", "seen"), rows)
    if found.notes:
        yield lines("", *found.notes)
