"""``vllm:``: a model in this process on vLLM's engine, with continuous batching and prefix caching.

``vllm:org/name`` or ``vllm:/path``. Options go behind the name: ``?revision=``, ``?dtype=``,
``?max_model_len=``, ``?tensor_parallel_size=``, ``?gpu_memory_utilization=`` and ``?quantization=``, as vLLM
names them.

The asynchronous engine is used, not ``LLM.generate``: requests go in as the run makes them and are
abandoned when it is interrupted, and the engine batches them by itself. Without a seed all samples of a
prompt are one request (``n``). With one, each is a request of its own with ``seed + sample``, and the prefix
cache keeps the prompt from being computed again. The checkpoint's own sampling defaults are not used.

Source: docs.vllm.ai, ``AsyncEngineArgs``, ``AsyncLLMEngine``, ``SamplingParams``, ``RequestOutput``.
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import time
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    NamedTuple,
)  # Any: vLLM's objects; it cannot be installed everywhere

from codeeval.errors import ContextOverflow, ModelError, NoAnswer, UsageError
from codeeval.interfaces import Capabilities, ModelInfo, Support
from codeeval.models.capabilities import CapabilityTracker
from codeeval.models.chat_templates import NO_PREFILL, Encoded, encode
from codeeval.models.endings import finish_reason
from codeeval.models.hub import hub_offline
from codeeval.models.postprocessing import (
    STOPPED_WHILE_REASONING,
    GeneratedText,
    make_completion,
    stopped_while_reasoning,
    token_limit,
)
from codeeval.models.spec import canonical_spec, check_options
from codeeval.models.text import stop_sequences
from codeeval.types import FinishReason, PromptStyle, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import ModelSpec
    from codeeval.types import Completion, Prompt, Sampling

_CONVERTED: Final[Mapping[str, type]] = {
    "revision": str,
    "dtype": str,
    "max_model_len": int,
    "tensor_parallel_size": int,
    "gpu_memory_utilization": float,
    "quantization": str,
}
_CONCURRENCY: Final = 256
_ATTEMPTS: Final = 3
"""Requests that the engine may break off before a prompt counts as without an answer."""


class _Request(NamedTuple):
    """What is the same for all samples of a call."""

    prompt: Prompt
    encoded: Encoded
    stops: tuple[str, ...]
    limit: int


class VLLMModel:
    """A model on an engine of its own.

    Raises:
        UsageError: the spec names no model, or an option is wrong.
        ModelError: the extra is not installed, or the engine does not start.
    """

    def __init__(self, spec: ModelSpec) -> None:
        if importlib.util.find_spec("vllm") is None:
            raise ModelError(
                "vllm: needs vLLM, which is not installed", "Install it: pip install 'codeeval[vllm]'"
            )
        if not spec.name:
            raise UsageError(
                "vllm: names no model", "Write vllm:Qwen/Qwen2.5-Coder-7B-Instruct, for example."
            )
        check_options(spec, tuple(_CONVERTED))
        self._spec = spec
        self._tokenizer = _tokenizer(spec)
        self._ids = itertools.count()
        self._send_stop = True
        default = PromptStyle.CHAT if self._tokenizer.chat_template else PromptStyle.BASE
        if spec.style is PromptStyle.CHAT and default is PromptStyle.BASE:
            raise UsageError(f"vllm:{spec.name} has no chat template", "Use --style base.")
        self._engine = _start(spec)
        config = self._engine.model_config
        self._context = int(config.max_model_len)
        info = ModelInfo(
            spec=canonical_spec(spec),
            style=spec.style or default,
            concurrency=spec.concurrency or _CONCURRENCY,
            max_n=64,
            deterministic=False,
            details={
                "vllm": _version(),
                "dtype": str(config.dtype).removeprefix("torch."),
                "revision": str(config.revision or "as served by the Hub"),
                "context_tokens": str(self._context),
            },
            capabilities=Capabilities(
                temperature=Support.YES,
                seed=Support.YES,
                n=Support.YES,
                stop=Support.YES,
                prefill=Support.YES,
                top_p=Support.YES,
                logprobs=Support.NO,
                reasoning=Support.WORKED_AROUND,
            ),
        )
        self._tracker = CapabilityTracker(info)

    @property
    def info(self) -> ModelInfo:
        """Identity and capabilities."""
        return self._tracker.info

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Generate the samples.

        Raises:
            ContextOverflow: the prompt is longer than the model's context.
            NoAnswer: the engine broke this request off, or took longer than the time allowed.
            ModelError: the engine failed.
        """
        encoded = encode(self._tokenizer, prompt, f"vllm:{self._spec.name}")
        if prompt.prefill and encoded.opened:
            self._tracker.record(NO_PREFILL, prefill=Support.NO)
        room = self._context - len(encoded.ids)
        if room < 1:
            raise ContextOverflow(
                f"{self.info.spec} rejects the prompt of {prompt.task_id}: {len(encoded.ids)} tokens, "
                f"and its context has {self._context}"
            )
        stops = stop_sequences(prompt, sampling)
        attempts = 0
        while True:
            sent = stops if self._send_stop else ()
            request = _Request(prompt, encoded, sent, min(room, token_limit(sampling)))
            texts = await self._generate(request, sampling, samples)
            if any(each.finish_reason is FinishReason.NO_ANSWER for each in texts):
                attempts += 1
                if attempts < _ATTEMPTS:
                    continue
                raise NoAnswer(
                    f"{self.info.spec}: the engine broke off {prompt.task_id}", "See vLLM's own log."
                )
            if room < token_limit(sampling):
                texts = [each._replace(max_tokens=room) for each in texts]
            if not any(stopped_while_reasoning(prompt, each, sent) for each in texts):
                return [
                    make_completion(prompt, sample, each, stops, encoded.prefill)
                    for sample, each in zip(samples, texts, strict=True)
                ]
            self._send_stop = False
            self._tracker.record(STOPPED_WHILE_REASONING, stop=Support.WORKED_AROUND)

    async def _generate(self, request: _Request, sampling: Sampling, samples: range) -> list[GeneratedText]:
        from vllm import SamplingParams  # noqa: PLC0415 -- costs seconds
        from vllm.sampling_params import RequestOutputKind  # noqa: PLC0415 -- as above

        def parameters(n: int, seed: int | None) -> Any:  # SamplingParams
            return SamplingParams(
                n=n,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                seed=seed,
                max_tokens=request.limit,
                stop=list(request.stops) or None,
                output_kind=RequestOutputKind.FINAL_ONLY,
            )

        if sampling.seed is None and sampling.temperature > 0:
            variants = [parameters(len(samples), None)]
        elif sampling.seed is None:  # vLLM rejects several greedy samples at once
            variants = [parameters(1, None) for _ in samples]
        else:
            variants = [parameters(1, sampling.seed + sample) for sample in samples]
        tasks = [asyncio.ensure_future(self._send(request, each)) for each in variants]
        try:
            async with asyncio.timeout(self._spec.timeout_s):
                return list(itertools.chain.from_iterable(await asyncio.gather(*tasks)))
        except TimeoutError as error:
            raise NoAnswer(
                f"{self.info.spec}: no response for {request.prompt.task_id} "
                f"within {self._spec.timeout_s:g} s",
                "Allow more time, or fewer tokens.",
            ) from error
        finally:
            for task in tasks:
                task.cancel()  # the engine drops a request whose reader is cancelled

    async def _send(self, request: _Request, parameters: Any) -> list[GeneratedText]:  # SamplingParams
        started_s = time.monotonic()
        last: Any = None  # a RequestOutput
        name = f"codeeval-{next(self._ids)}"
        tokens = {"prompt_token_ids": request.encoded.ids}
        async for output in self._engine.generate(tokens, parameters, name):
            last = output
        if last is None or len(last.outputs) != parameters.n:
            raise NoAnswer(
                f"{self.info.spec} returned too few samples for {request.prompt.task_id}",
                "See vLLM's own log.",
            )
        latency_s = (time.monotonic() - started_s) / parameters.n
        return [
            GeneratedText(
                request.encoded.opened + each.text,
                finish_reason(each.finish_reason),
                usage=Usage(
                    prompt_tokens=(len(request.encoded.ids) + number) // parameters.n,
                    completion_tokens=len(each.token_ids),
                    latency_s=latency_s,
                ),
            )
            for number, each in enumerate(sorted(last.outputs, key=lambda each: each.index))
        ]

    async def aclose(self) -> None:
        """End the engine and its processes."""
        await asyncio.to_thread(self._engine.shutdown)


def _version() -> str:
    import vllm  # noqa: PLC0415 -- costs seconds

    return str(vllm.__version__)


def _tokenizer(spec: ModelSpec) -> Any:  # transformers', which vLLM brings along
    from transformers import AutoTokenizer  # noqa: PLC0415 -- costs seconds

    try:
        with hub_offline(offline=spec.offline):
            return AutoTokenizer.from_pretrained(
                spec.name, revision=spec.options.get("revision"), local_files_only=spec.offline
            )
    except (OSError, ValueError) as error:
        words = " ".join(str(error).split())[:300]
        raise ModelError(
            f"vllm:{spec.name} cannot be loaded: {words}",
            "Check the name and the revision; a gated model needs `hf auth login` or HF_TOKEN.",
        ) from error


def _start(spec: ModelSpec) -> Any:  # an AsyncLLMEngine
    from vllm import AsyncEngineArgs, AsyncLLMEngine  # noqa: PLC0415 -- costs seconds

    options: dict[str, object] = {}
    for key, text in spec.options.items():
        try:
            options[key] = _CONVERTED[key](text)
        except ValueError as error:
            raise UsageError(f"vllm:{spec.name}: {key}={text} is not a number") from error
    try:
        return AsyncLLMEngine.from_engine_args(
            AsyncEngineArgs(
                model=spec.name,
                enable_prefix_caching=True,
                generation_config="vllm",
                disable_log_stats=True,
                **options,
            )
        )
    except (OSError, ValueError, RuntimeError) as error:
        words = " ".join(str(error).split())[:300]
        raise ModelError(
            f"vllm:{spec.name}: the engine does not start: {words}",
            "Check the name, the revision and the GPU's memory (?max_model_len=, ?gpu_memory_utilization=).",
        ) from error
