"""``openai:``: any server that speaks OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, OpenAI itself.

What is sent: temperature, top_p (unless 1), max_tokens, at most four stop sequences, seed, n. Answers are
cut at every stop sequence here too, whether the server honours them or not. With a seed each sample is a
request of its own, with ``seed + sample``, so that it can be drawn again alone; without one, a request
asks for all of a call's samples, and again, one by one, for those that the server leaves out.

A prefill is sent as a trailing assistant message where the server is known to continue it (its list of
models names llama.cpp, vLLM or SGLang as owner) and the completion then begins with the prefill; other
servers would answer such a message instead of continuing it, so they get none.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from codeeval.errors import ModelError, UsageError
from codeeval.interfaces import ModelInfo, Support
from codeeval.models.openai.batches import MOST as MOST_IN_BATCH
from codeeval.models.openai.batches import MOST_BYTES, OpenAIBatches
from codeeval.models.openai.client import OpenAIClient, Unsupported
from codeeval.models.openai.requests import AT_FIRST, Requests
from codeeval.models.openai.responses import Remedy
from codeeval.models.postprocessing import Findings, Written, finish, stopped_while_reasoning, token_limit
from codeeval.models.serving.pacing import prompt_tokens
from codeeval.models.spec import canonical_spec, public_url
from codeeval.models.text import stop_sequences
from codeeval.text import clean_text
from codeeval.types import PromptStyle, Sampling, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from codeeval.interfaces import BatchItem, BatchResult, BatchStatus, ModelSpec
    from codeeval.models.openai.responses import Answer
    from codeeval.types import Completion, Problem, Prompt

_OPENAI_URL: Final = "https://api.openai.com/v1"
_KEY: Final = "OPENAI_API_KEY"
_NO_KEY: Final = "none"
"""Sent where a server of one's own needs no key."""
_CONTINUES: Final[dict[str, dict[str, object]]] = {
    "llamacpp": {},
    "vllm": {"add_generation_prompt": False, "continue_final_message": True},
    "sglang": {"continue_final_message": True},
}
"""Owners whose servers continue a trailing assistant message, with the fields that ask for it."""


class OpenAIModel:
    """A model behind an OpenAI-compatible server, in chat (the default) or plain completion.

    Raises:
        UsageError: the spec names no model.
        ModelError: OpenAI's own server is meant and there is no key.
    """

    max_batch_items = MOST_IN_BATCH
    max_batch_bytes = MOST_BYTES

    def __init__(self, spec: ModelSpec) -> None:
        if not spec.name:
            raise UsageError(
                "openai: names no model",
                "Write openai:gpt-4o-mini, or openai:NAME@http://localhost:8000/v1 for a server of your own.",
            )
        base_url = spec.base_url or _OPENAI_URL
        if spec.api_key is None and urlsplit(base_url).hostname == urlsplit(_OPENAI_URL).hostname:
            raise ModelError(
                f"openai:{spec.name} needs a key",
                f"Set {_KEY}, or name a server of your own: openai:NAME@http://localhost:8000/v1",
            )
        key = spec.api_key or _NO_KEY
        self._client = OpenAIClient(spec, base_url=base_url, api_key=key, key_name=_KEY)
        info = ModelInfo(
            spec=canonical_spec(spec),
            style=spec.style or PromptStyle.CHAT,
            concurrency=self._client.pacer.most,
            max_n=32,
            deterministic=False,
            details={"server": public_url(base_url)},
            capabilities=AT_FIRST,
        )
        self._findings = Findings(info)
        self._requests = Requests(self._findings)
        self._name = spec.name
        self._asking_owner: asyncio.Lock | None = None
        self._owner: str | None = None

    @property
    def info(self) -> ModelInfo:
        """Identity and abilities."""
        return self._findings.info

    def available(self, task_id: str) -> int | None:  # noqa: ARG002 -- it draws
        """Any number of samples."""
        return None

    async def complete(
        self,
        prompt: Prompt,
        sampling: Sampling,
        samples: range,
        problem: Problem,  # noqa: ARG002 -- for models that replay
    ) -> list[Completion]:
        """Draw the samples.

        Raises:
            PromptRefused: the server finds the prompt too long, or filters it.
            ModelError: the server refuses, or the retries are used up.
        """
        continuation = await self._continuation(prompt)
        prefill = clean_text(prompt.prefill) if continuation is not None else ""
        drawn = await self._draw(prompt, sampling, samples, continuation)
        return self._completions(prompt, sampling, samples, drawn, prefill)

    def _completions(
        self, prompt: Prompt, sampling: Sampling, samples: range, drawn: list[Written], prefill: str
    ) -> list[Completion]:
        stops = stop_sequences(prompt, sampling)
        pairs = zip(samples, drawn, strict=False)
        return [finish(prompt, sample, written, stops, prefill) for sample, written in pairs]

    async def _draw(
        self,
        prompt: Prompt,
        sampling: Sampling,
        samples: range,
        continuation: dict[str, object] | None,
    ) -> list[Written]:
        together = sampling.seed is None and not self._requests.single and len(samples) > 1
        drawn = await self._request(prompt, sampling, samples, continuation) if together else []
        rest = samples[len(drawn) :]
        if rest and drawn:
            self._requests.ask_singly()  # the server ignores n
        if not rest:
            return drawn
        tasks = [
            asyncio.ensure_future(self._request(prompt, sampling, range(sample, sample + 1), continuation))
            for sample in rest
        ]
        try:
            for one in await asyncio.gather(*tasks):
                drawn += one
        finally:
            for task in tasks:
                task.cancel()
        return drawn

    async def _request(
        self,
        prompt: Prompt,
        sampling: Sampling,
        samples: range,
        continuation: dict[str, object] | None,
    ) -> list[Written]:
        """Ask for all these samples at once; fewer come where the server does not know ``n``."""
        sent = (
            _messages(prompt, continuation) if prompt.style is PromptStyle.CHAT else clean_text(prompt.text)
        )
        tokens = prompt_tokens(prompt) + len(samples) * token_limit(sampling)
        while True:
            body = self._requests.body(prompt, sampling, samples) | (continuation or {})
            stops = self._requests.stops(prompt, sampling)
            try:
                answer = await self._client.ask(prompt.style, sent, body, tokens=tokens)
            except Unsupported as error:
                self._requests.adapt(error.remedy)
                if error.remedy is Remedy.SINGLE:
                    return []
                continue
            if not answer.choices:
                raise ModelError(
                    f"{self.info.spec} answered {prompt.task_id} with no choices", "Check the server's log."
                )
            drawn = _share(answer, len(samples))
            if not any(stopped_while_reasoning(prompt, written, stops) for written in drawn):
                return drawn
            self._requests.cut_here()

    async def _continuation(self, prompt: Prompt) -> dict[str, object] | None:
        """Return the fields that make the server continue a prefill, or None where it gets none."""
        if prompt.style is not PromptStyle.CHAT or not prompt.prefill:
            return None
        if self._asking_owner is None:
            self._asking_owner = asyncio.Lock()
        async with self._asking_owner:
            if self._owner is None:
                try:
                    self._owner = (await self._client.served()).owner.lower()
                except ModelError:
                    self._owner = ""  # it does not say, so it is not known to continue
        found = _CONTINUES.get(self._owner)
        if found is None:
            self._findings.record(
                "it is not known to continue a prefill: the model is asked without it", prefill=Support.NO
            )
        else:
            self._findings.record(prefill=Support.YES)
        return found

    def _batches(self, sampling: Sampling) -> OpenAIBatches:
        """Batches are for OpenAI itself and servers like it: a prefill is not sent."""

        def body(item: BatchItem) -> Mapping[str, object]:
            samples = range(item.first, item.first + item.count)
            chat = item.prompt.style is PromptStyle.CHAT
            asked = {"messages": _messages(item.prompt, None)} if chat else {"prompt": item.prompt.text}
            return {"model": self._name, **asked, **self._requests.body(item.prompt, sampling, samples)}

        def completions(item: BatchItem, answer: Answer) -> list[Completion]:
            samples = range(item.first, item.first + item.count)
            return self._completions(item.prompt, sampling, samples, _share(answer, item.count), "")

        return OpenAIBatches(self._client, body, completions)

    async def submit_batch(self, items: Sequence[BatchItem], sampling: Sampling, token: str) -> str:
        """As ``SupportsBatches`` says."""
        chat = items[0].prompt.style is PromptStyle.CHAT
        endpoint = "/v1/chat/completions" if chat else "/v1/completions"
        return await self._batches(sampling).submit(items, endpoint, token)

    async def find_batch(self, token: str, count: int, since_s: float) -> str | None:  # noqa: ARG002 -- for others
        """As ``SupportsBatches`` says."""
        return await self._batches(Sampling()).find(token)

    async def poll_batch(self, batch_id: str) -> BatchStatus:
        """As ``SupportsBatches`` says."""
        return await self._batches(Sampling()).poll(batch_id)

    def batch_results(
        self, batch_id: str, items: Mapping[str, BatchItem], sampling: Sampling
    ) -> AsyncIterator[BatchResult]:
        """As ``SupportsBatches`` says."""
        return self._batches(sampling).results(batch_id, items)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _messages(prompt: Prompt, continuation: dict[str, object] | None) -> list[dict[str, str]]:
    messages = [{"role": turn.role.value, "content": clean_text(turn.content)} for turn in prompt.messages]
    if continuation is not None:
        messages.append({"role": "assistant", "content": clean_text(prompt.prefill)})
    return messages


def _share(answer: Answer, wanted: int) -> list[Written]:
    """Divide a request's cost among its choices, so that the sum over samples is what was spent."""
    kept = answer.choices[:wanted]
    count = len(kept)
    return [
        Written(
            choice.text,
            choice.finish_reason,
            choice.reasoning,
            Usage(
                prompt_tokens=(answer.prompt_tokens + index) // count,
                completion_tokens=(answer.completion_tokens + index) // count,
                reasoning_tokens=(answer.reasoning_tokens + index) // count,
                latency_s=answer.latency_s / count,
            ),
        )
        for index, choice in enumerate(kept)
    ]
