"""``hf:``: a model of the Hugging Face Hub, or of a folder, in this process, through transformers.

``hf:org/name``, or ``hf:/path/to/folder``. Options go behind the name: ``?revision=``; ``?dtype=`` (float32,
bfloat16 or float16; float32 on a CPU, else the checkpoint's); ``?device=`` (cuda, cuda:1, mps or cpu; the
first that is there); ``?batch=`` (samples at a time). The Hub's commit, dtype, device and versions are
recorded.

Chat models are prompted through their own template, base models with the text as it is. Prompts of like
length share a batch. Sampling is temperature, then top_p, whatever the checkpoint's generation settings are;
each sample has a random generator of its own, seeded with ``seed + sample``, so that its text depends on
what else is in the batch through rounding alone, and with ``batch=1`` on nothing. No code of the
repository is executed (``trust_remote_code`` stays off).
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from codeeval.errors import ContextOverflow, ModelError, NoAnswer, UsageError
from codeeval.interfaces import Capabilities, ModelInfo, Support
from codeeval.models.capabilities import CapabilityTracker
from codeeval.models.chat_templates import NO_PREFILL
from codeeval.models.hf.batching import Job, next_batch
from codeeval.models.hf.engine import Engine
from codeeval.models.postprocessing import GeneratedText, make_completion, token_limit
from codeeval.models.spec import canonical_spec, check_options, option_number
from codeeval.models.text import stop_sequences
from codeeval.types import PromptStyle, Usage

if TYPE_CHECKING:
    from codeeval.interfaces import ModelSpec
    from codeeval.types import Completion, Prompt, Sampling

_OPTIONS: Final = ("revision", "dtype", "device", "batch")
_BATCH_CPU: Final = 4
_BATCH_GPU: Final = 16
_GATHER_S: Final = 0.01
"""How long a batch waits for more prompts once there is one."""


class HFModel:
    """A causal language model in this process.

    Raises:
        UsageError: the spec names no model, or an option is wrong.
        ModelError: the extra is not installed, or the model cannot be found or loaded.
    """

    def __init__(self, spec: ModelSpec) -> None:
        if any(importlib.util.find_spec(name) is None for name in ("torch", "transformers")):
            raise ModelError(
                "hf: needs torch and transformers, which are not installed",
                "Install them: pip install 'codeeval[hf]'",
            )
        if not spec.name:
            raise UsageError("hf: names no model", "Write hf:Qwen/Qwen2.5-Coder-0.5B-Instruct, for example.")
        check_options(spec, _OPTIONS)
        self._engine = Engine(spec)
        batch = option_number(spec, "batch", _BATCH_CPU if self._engine.device == "cpu" else _BATCH_GPU)
        default = PromptStyle.CHAT if self._engine.has_template else PromptStyle.BASE
        if spec.style is PromptStyle.CHAT and default is PromptStyle.BASE:
            raise UsageError(f"hf:{spec.name} has no chat template", "Use --style base.")
        self._batch = batch
        self._timeout_s = spec.timeout_s
        info = ModelInfo(
            spec=canonical_spec(spec),
            style=spec.style or default,
            concurrency=spec.concurrency or 2 * batch,
            max_n=batch,
            deterministic=batch == 1,
            details={
                "torch": importlib.metadata.version("torch"),
                "transformers": importlib.metadata.version("transformers"),
                "batch": str(batch),
                **self._engine.identity,
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
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="codeeval-hf")
        self._closing = threading.Event()
        self._waiting: list[Job] = []
        self._job_added: asyncio.Event | None = None
        self._worker: asyncio.Task[None] | None = None

    @property
    def info(self) -> ModelInfo:
        """Identity and capabilities."""
        return self._tracker.info

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Generate the samples, in one batch where it has room.

        Raises:
            ContextOverflow: the prompt is longer than the model's context.
            NoAnswer: a sample took longer than the time allowed.
            ModelError: the model cannot be loaded.
        """
        encoded = self._engine.encode(prompt)
        if prompt.prefill and encoded.opened:
            self._tracker.record(NO_PREFILL, prefill=Support.NO)
        room = self._engine.context - len(encoded.ids)
        if room < 1:
            raise ContextOverflow(
                f"{self.info.spec} rejects the prompt of {prompt.task_id}: {len(encoded.ids)} tokens, "
                f"and its context has {self._engine.context}"
            )
        stops = stop_sequences(prompt, sampling)
        jobs = [
            Job(
                ids=encoded.ids,
                limit=min(room, token_limit(sampling)),
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                seed=secrets.randbits(63) if sampling.seed is None else sampling.seed + sample,
                stops=stops,
                opened=encoded.opened,
                chat=prompt.style is PromptStyle.CHAT,
            )
            for sample in samples
        ]
        took_s = await self._run(jobs, prompt.task_id)
        completions = []
        for sample, job in zip(samples, jobs, strict=True):
            usage = Usage(
                prompt_tokens=len(job.ids),
                completion_tokens=job.tokens,
                reasoning_tokens=job.reasoning_tokens,
                latency_s=took_s / len(jobs),
            )
            most = room if room < token_limit(sampling) else None
            generated = GeneratedText(job.text, job.finish_reason, usage=usage, max_tokens=most)
            completions.append(make_completion(prompt, sample, generated, stops, encoded.prefill))
        return completions

    async def _run(self, jobs: list[Job], task_id: str) -> float:
        """Wait until these jobs are done; returns the seconds."""
        loop = asyncio.get_running_loop()
        if self._worker is None:
            self._job_added = asyncio.Event()
            self._worker = loop.create_task(self._work(self._job_added))
        assert self._job_added is not None  # noqa: S101 -- made together with the task
        started_s = time.monotonic()
        done = []
        for job in jobs:
            job.done = loop.create_future()
            done.append(job.done)
        self._waiting += jobs
        self._job_added.set()
        try:
            async with asyncio.timeout(self._timeout_s):
                await asyncio.gather(*done)
        except TimeoutError as error:
            raise NoAnswer(
                f"{self.info.spec}: no response for {task_id} within {self._timeout_s:g} s",
                "Allow more time, or fewer tokens.",
            ) from error
        finally:
            for job in jobs:
                job.cancelled = True
        return time.monotonic() - started_s

    async def _work(self, job_added: asyncio.Event) -> None:
        """Run batches while there are jobs."""
        loop = asyncio.get_running_loop()
        while True:
            await job_added.wait()
            await asyncio.sleep(_GATHER_S)
            self._waiting = [job for job in self._waiting if not job.cancelled]
            if not self._waiting:
                job_added.clear()
                continue
            batch = next_batch(self._waiting, self._batch)
            error: ModelError | None = None
            try:
                await loop.run_in_executor(self._executor, self._engine.generate, batch, self._closing)
            except ModelError as failure:
                error = failure
            for job in batch:
                if job.done is None or job.done.done():
                    continue
                if error is None:
                    job.done.set_result(None)
                else:
                    job.done.set_exception(ModelError(error.message, error.remedy))

    async def aclose(self) -> None:
        """End what is being generated, and free the weights."""
        self._closing.set()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)
        self._engine.free()
