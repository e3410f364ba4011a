"""``local:``: GGUF weights in this process, through xllamacpp (llama.cpp).

Each worker is a server of its own with one slot and one thread. That is as fast as batching on a CPU,
where small models are bound by arithmetic; it does not collapse when sandboxes compete for the cores, as
threads that wait for one another do; and a sample's text does not depend on what else is being generated.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import os
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final  # Any: xllamacpp is not typed

import msgspec

from codeeval.errors import ContextOverflow, ModelError, NoAnswer, UsageError
from codeeval.interfaces import Capabilities, ModelInfo, Support
from codeeval.models.capabilities import CapabilityTracker
from codeeval.models.endings import finish_reason
from codeeval.models.postprocessing import (
    STOPPED_WHILE_REASONING,
    GeneratedText,
    make_completion,
    stopped_while_reasoning,
    token_limit,
)
from codeeval.models.pull import CATALOGUE, find_pullable, weights_path
from codeeval.models.spec import canonical_spec
from codeeval.models.text import stop_sequences
from codeeval.models.weights import check_gguf, file_sha256, has_chat_template
from codeeval.text import clean_text
from codeeval.types import FinishReason, PromptStyle, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from codeeval.interfaces import ModelSpec
    from codeeval.types import Completion, Prompt, Sampling

_CONTEXT_TOKENS: Final = 8192
_MAX_WORKERS: Final = 8
_SMALL_BYTES: Final = 1 << 30
"""Below this, weights are copied to every worker in effect (caches); above, one worker has all threads."""


class LocalModel:
    """A GGUF file, prompted through its own chat template, or in plain completion.

    ``local:NAME`` is a pulled model, ``local:/path/to.gguf`` any file. Sampling is temperature, then
    nucleus (top_p); nothing else (llama.cpp's top_k, min_p and penalties are off). Sample i is generated
    with ``sampling.seed + i``. A prefill is continued, and the completion begins with it.

    Raises:
        UnknownName: no such model can be pulled.
        ModelError: the weights are missing or no GGUF, or the extra ``local`` is not installed.
    """

    def __init__(self, spec: ModelSpec) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise ModelError(
                "local: needs xllamacpp, which is not installed", "Install it: pip install 'codeeval[local]'"
            )
        self._path = _weights(spec)
        check_gguf(self._path)
        cores = _cores()
        small = self._path.stat().st_size < _SMALL_BYTES
        workers = spec.concurrency or (min(cores, _MAX_WORKERS) if small else 1)
        self._threads = 1 if small else max(1, cores // workers)
        self._timeout_s = spec.timeout_s
        default = PromptStyle.CHAT if has_chat_template(self._path) else PromptStyle.BASE
        info = ModelInfo(
            spec=canonical_spec(msgspec.structs.replace(spec, base_url=None)),
            style=spec.style or default,
            concurrency=workers,
            max_n=1,
            deterministic=True,
            details={
                "xllamacpp": importlib.metadata.version("xllamacpp"),
                "gguf_sha256": file_sha256(self._path, spec.cache_dir),
                "threads": str(self._threads),
                "context_tokens": str(_CONTEXT_TOKENS),
            },
            capabilities=Capabilities(
                temperature=Support.YES,
                seed=Support.YES,
                n=Support.WORKED_AROUND,
                stop=Support.YES,
                prefill=Support.YES,
                top_p=Support.YES,
                logprobs=Support.NO,
                reasoning=Support.WORKED_AROUND,
            ),
        )
        self._tracker = CapabilityTracker(info)
        self._send_stop = True
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="codeeval-local")
        self._loading = threading.Lock()
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()  # of xllamacpp.Server, which is not typed
        self._running: set[_Listener] = set()
        self._closed = False

    @property
    def info(self) -> ModelInfo:
        """Identity and capabilities."""
        return self._tracker.info

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Generate the samples, one after the other.

        Raises:
            ContextOverflow: the prompt is longer than the context.
            NoAnswer: a sample took longer than the time allowed.
            ModelError: the weights cannot be loaded.
        """
        return [await self._generate(prompt, sampling, sample) for sample in samples]

    async def _generate(self, prompt: Prompt, sampling: Sampling, sample: int) -> Completion:
        if self._closed:
            raise ModelError(f"{self.info.spec} is closed")
        stops = stop_sequences(prompt, sampling)
        body = _request(prompt, sampling, sample, stops if self._send_stop else ())
        listener = _Listener()
        self._running.add(listener)
        loop = asyncio.get_running_loop()
        started_s = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_s):
                await loop.run_in_executor(self._executor, self._run, prompt.style, body, listener)
        except TimeoutError as error:
            raise NoAnswer(
                f"{self.info.spec}: no response for {prompt.task_id} within {self._timeout_s:g} s",
                "Allow more time, or fewer tokens.",
            ) from error
        finally:
            listener.cancelled = True
            self._running.discard(listener)
        if listener.error:
            _raise_error(self.info.spec, prompt.task_id, listener.error)
        usage = Usage(
            prompt_tokens=listener.prompt_tokens,
            completion_tokens=listener.completion_tokens,
            latency_s=time.monotonic() - started_s,
            first_token_s=listener.first_s and listener.first_s - started_s,
        )
        generated = GeneratedText(listener.text, listener.finish_reason, listener.reasoning, usage)
        if self._send_stop and stopped_while_reasoning(prompt, generated, stops):
            self._send_stop = False
            self._tracker.record(STOPPED_WHILE_REASONING, stop=Support.WORKED_AROUND)
            return await self._generate(prompt, sampling, sample)
        prefill = clean_text(prompt.prefill) if prompt.style is PromptStyle.CHAT else ""
        return make_completion(prompt, sample, generated, stops, prefill)

    def _run(self, style: PromptStyle, body: dict[str, object], listener: _Listener) -> None:
        """Run one request on an idle worker's server; in a thread of the executor."""
        if listener.cancelled:
            return
        try:
            server = self._idle.get_nowait()
        except queue.Empty:
            server = self._load()
        try:
            chat = style is PromptStyle.CHAT
            (server.handle_chat_completions if chat else server.handle_completions)(body, listener)
        except RuntimeError as error:
            raise ModelError(f"{self.info.spec}: llama.cpp failed: {error}") from error
        finally:
            self._idle.put(server)

    def _load(self) -> Any:  # an xllamacpp.Server, which is not typed
        import xllamacpp  # noqa: PLC0415 -- costs 130 ms and maps 100 MB

        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_parallel = 1
        params.n_ctx = _CONTEXT_TOKENS
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self._threads
        params.verbosity = -1  # errors come as responses and exceptions
        params.ui = False
        params.fit_params = False
        # A remembered prefix is computed in other batches, which rounds differently: no two runs alike.
        params.cache_prompt = False
        params.cache_ram_mib = 0
        params.n_ctx_checkpoints = 0
        try:
            with self._loading:
                return xllamacpp.Server(params)
        except RuntimeError as error:
            raise ModelError(
                f"{self._path} cannot be loaded: {error}",
                "The file may be damaged, too large for the memory, or of a kind that this llama.cpp lacks.",
            ) from error

    async def aclose(self) -> None:
        """Stop what is being generated, and free the threads and the weights."""
        self._closed = True
        for listener in list(self._running):
            listener.cancelled = True
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)
        while not self._idle.empty():
            self._idle.get_nowait()


class _Listener:
    """Collects the pieces of one response as they come; returning True ends the generation."""

    def __init__(self) -> None:
        self.cancelled = False
        self.finish_reason = FinishReason.UNKNOWN
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.error: dict[str, object] = {}
        self.first_s: float | None = None
        """When the first token came, on the monotonic clock."""
        self._pieces: list[str] = []
        self._reasoning: list[str] = []

    @property
    def text(self) -> str:
        """All that was generated, without reasoning that llama.cpp recognised as such."""
        return "".join(self._pieces)

    @property
    def reasoning(self) -> str:
        """What llama.cpp recognised as reasoning."""
        return "".join(self._reasoning)

    def __call__(self, event: Any) -> bool:  # what llama.cpp sends: one event or several
        for each in event if isinstance(event, list) else [event]:
            if error := each.get("error"):
                self.error = error
            for choice in each.get("choices") or ():
                delta = choice.get("delta", choice)
                self._pieces.append(delta.get("content") or delta.get("text") or "")
                self._reasoning.append(delta.get("reasoning_content") or "")
                if self.first_s is None and (self._pieces[-1] or self._reasoning[-1]):
                    self.first_s = time.monotonic()
                if reason := choice.get("finish_reason"):
                    self.finish_reason = finish_reason(reason)
            if usage := each.get("usage"):
                self.prompt_tokens = usage.get("prompt_tokens", 0)
                self.completion_tokens = usage.get("completion_tokens", 0)
        return self.cancelled


def _weights(spec: ModelSpec) -> Path:
    if spec.name.endswith(".gguf") or "/" in spec.name:
        return Path(spec.name).expanduser()
    if not spec.name:
        names = ", ".join(f"local:{model.name}" for model in CATALOGUE)
        raise UsageError("local: names no model", f"Write {names} or local:/path/to.gguf.")
    find_pullable(spec.name)
    if spec.cache_dir is None:
        raise ModelError(f"local:{spec.name}: no folder of pulled models was given")
    return weights_path(spec.name, spec.cache_dir)


def _cores() -> int:
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _request(prompt: Prompt, sampling: Sampling, sample: int, stops: tuple[str, ...]) -> dict[str, object]:
    body: dict[str, object] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "samplers": ["temperature", "top_p"] if sampling.top_p < 1 else ["temperature"],
        "max_tokens": token_limit(sampling),
        "cache_prompt": False,
        "stop": list(stops),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if sampling.seed is not None:
        body["seed"] = (sampling.seed + sample) & 0x7FFFFFFF
    if prompt.style is PromptStyle.BASE:
        return body | {"prompt": clean_text(prompt.text)}
    turns = [{"role": turn.role.value, "content": clean_text(turn.content)} for turn in prompt.messages]
    if prompt.prefill:
        turns.append({"role": "assistant", "content": clean_text(prompt.prefill)})
    return body | {"messages": turns}


def _raise_error(spec: str, task_id: str, error: dict[str, object]) -> None:
    message = str(error.get("message", error))
    if error.get("type") == "exceed_context_size_error":
        raise ContextOverflow(f"{spec} rejects the prompt of {task_id}: {message}")
    raise ModelError(f"{spec} failed on {task_id}: {message}")
