"""``vllm:``: a model in this process on vLLM's engine, with continuous batching and prefix caching.

``vllm:org/name`` or ``vllm:/path``. Options go behind the name: ``?revision=``, ``?dtype=``,
``?max_model_len=``, ``?tensor_parallel_size=``, ``?gpu_memory_utilization=`` and ``?quantization=``, as vLLM
names them.

The asynchronous engine is used, not ``LLM.generate``: samples go in as the run asks for them and are
abandoned when it is interrupted, and the engine batches them by itself. Without a seed all samples of a
prompt are one request (``n``). With one, each is a request of its own with ``seed + sample``, and the prefix
cache keeps the prompt from being computed again. The checkpoint's own sampling is left out.

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

from codeeval.errors import ContextOverflow, ModelError, UsageError
from codeeval.interfaces import Capabilities, ModelInfo, Support
from codeeval.models.chat_templates import NO_PREFILL, Encoded, encode
from codeeval.models.postprocessing import Findings, Written, finish, stopped_while_reasoning, token_limit
from codeeval.models.spec import canonical_spec, check_options
from codeeval.models.text import stop_sequences
from codeeval.types import FinishReason, PromptStyle, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import ModelSpec
    from codeeval.types import Completion, Problem, Prompt, Sampling

_CONVERTED: Final[Mapping[str, type]] = {
    "revision": str,
    "dtype": str,
    "max_model_len": int,
    "tensor_parallel_size": int,
    "gpu_memory_utilization": float,
    "quantization": str,
}
_CONCURRENCY: Final = 256
_FINISH: Final = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}


class _Asked(NamedTuple):
    """What one call asks for, whatever the sample."""

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
        self._findings = Findings(info)

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
            ContextOverflow: the prompt is longer than the model's context.
            ModelError: the engine failed, or took longer than the time allowed.
        """
        encoded = encode(self._tokenizer, prompt, f"vllm:{self._spec.name}")
        if prompt.prefill and encoded.opened:
            self._findings.record(NO_PREFILL, prefill=Support.NO)
        room = self._context - len(encoded.ids)
        if room < 1:
            raise ContextOverflow(
                f"{self.info.spec} refuses the prompt of {prompt.task_id}: {len(encoded.ids)} tokens, "
                f"and its context has {self._context}"
            )
        stops = stop_sequences(prompt, sampling)
        while True:
            sent = stops if self._send_stop else ()
            asked = _Asked(prompt, encoded, sent, min(room, token_limit(sampling)))
            drawn = await self._draw(asked, sampling, samples)
            if not any(stopped_while_reasoning(prompt, written, sent) for written in drawn):
                pairs = zip(samples, drawn, strict=True)
                return [finish(prompt, sample, written, stops, encoded.prefill) for sample, written in pairs]
            self._send_stop = False
            self._findings.record(
                "a stop sequence ended the model's reasoning: answers are cut at them afterwards",
                stop=Support.WORKED_AROUND,
            )

    async def _draw(self, asked: _Asked, sampling: Sampling, samples: range) -> list[Written]:
        from vllm import SamplingParams  # noqa: PLC0415 -- costs seconds
        from vllm.sampling_params import RequestOutputKind  # noqa: PLC0415 -- as above

        def parameters(n: int, seed: int | None) -> Any:  # SamplingParams
            return SamplingParams(
                n=n,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                seed=seed,
                max_tokens=asked.limit,
                stop=list(asked.stops) or None,
                output_kind=RequestOutputKind.FINAL_ONLY,
            )

        if sampling.seed is None and sampling.temperature > 0:
            requests = [parameters(len(samples), None)]
        elif sampling.seed is None:  # vLLM refuses several greedy samples at once
            requests = [parameters(1, None) for _ in samples]
        else:
            requests = [parameters(1, sampling.seed + sample) for sample in samples]
        tasks = [asyncio.ensure_future(self._ask(asked, each)) for each in requests]
        try:
            async with asyncio.timeout(self._spec.timeout_s):
                return list(itertools.chain.from_iterable(await asyncio.gather(*tasks)))
        except TimeoutError as error:
            raise ModelError(
                f"{self.info.spec}: no answer to {asked.prompt.task_id} within {self._spec.timeout_s:g} s",
                "Allow more time, or fewer tokens.",
            ) from error
        finally:
            for task in tasks:
                task.cancel()  # the engine drops a request whose reader is cancelled

    async def _ask(self, asked: _Asked, parameters: Any) -> list[Written]:  # SamplingParams
        began_s = time.monotonic()
        last: Any = None  # a RequestOutput
        name = f"codeeval-{next(self._ids)}"
        async for output in self._engine.generate({"prompt_token_ids": asked.encoded.ids}, parameters, name):
            last = output
        if last is None or len(last.outputs) != parameters.n:
            raise ModelError(f"{self.info.spec} did not answer {asked.prompt.task_id}", "See vLLM's own log.")
        latency_s = (time.monotonic() - began_s) / parameters.n
        return [
            Written(
                asked.encoded.opened + each.text,
                _FINISH.get(each.finish_reason or "", FinishReason.UNKNOWN),
                usage=Usage(
                    prompt_tokens=(len(asked.encoded.ids) + number) // parameters.n,
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
        return AutoTokenizer.from_pretrained(spec.name, revision=spec.options.get("revision"))
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
