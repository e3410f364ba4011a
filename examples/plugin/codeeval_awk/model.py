"""A model that is a program: ``command:PROGRAM`` gets the prompt on standard input and writes a completion.

``command:PROGRAM?arg=--fast`` calls it with an argument. It learns of the sampling from its environment:
``MAX_TOKENS``, ``TEMPERATURE``, and ``SEED`` where there is one, already different for each sample.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING

from codeeval.errors import ModelError, UsageError
from codeeval.interfaces import Capabilities, ModelInfo, ModelSpec, Support
from codeeval.models.postprocessing import GeneratedText, make_completion
from codeeval.models.text import stop_sequences
from codeeval.types import FinishReason, PromptStyle

if TYPE_CHECKING:
    from codeeval.types import Completion, Prompt, Sampling

OPTIONS = ("arg",)


class CommandModel:
    """Runs a program for each sample.

    Args:
        spec: its name is the program's path.

    Raises:
        UsageError: an option that it does not have.
        ModelError: there is no such program.
    """

    def __init__(self, spec: ModelSpec) -> None:
        if unknown := sorted(spec.options.keys() - set(OPTIONS)):
            raise UsageError(f"command: has no option {unknown[0]!r}", f"It has: {', '.join(OPTIONS)}.")
        path = shutil.which(spec.name)
        if path is None:
            raise ModelError(f"command: {spec.name!r} is no program", "Name an executable file.")
        self._argv = [path, *filter(None, [spec.options.get("arg")])]
        self._timeout_s = spec.timeout_s
        self._info = ModelInfo(
            spec=f"command:{spec.name}",
            style=spec.style or PromptStyle.CHAT,
            concurrency=spec.concurrency or 1,
            max_n=1,
            deterministic=False,
            details={"argv": " ".join(self._argv)},
            capabilities=Capabilities(
                stop=Support.WORKED_AROUND, n=Support.WORKED_AROUND, prefill=Support.NO
            ),
        )

    @property
    def info(self) -> ModelInfo:
        """Identity and capabilities."""
        return self._info

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Run the program once: ``max_n`` is 1.

        Raises:
            ModelError: it ends with another status than 0, or takes too long.
        """
        (sample,) = samples
        text = prompt.text or "\n\n".join(message.content for message in prompt.messages)
        environment = {
            **os.environ,
            "MAX_TOKENS": str(sampling.max_tokens),
            "TEMPERATURE": str(sampling.temperature),
            **({} if sampling.seed is None else {"SEED": str(sampling.seed + sample)}),
        }
        process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            running = process.communicate(text.encode("utf-8", "replace"))
            out, err = await asyncio.wait_for(running, self._timeout_s)
        except TimeoutError as error:
            raise ModelError(
                f"{self._info.spec} did not end within {self._timeout_s:g} s", "Raise --timeout."
            ) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            message = err.decode("utf-8", "replace").strip()[-300:]
            raise ModelError(f"{self._info.spec} ended with status {process.returncode}: {message}")
        generated = GeneratedText(out.decode("utf-8", "replace"), FinishReason.STOP)
        return [make_completion(prompt, sample, generated, stop_sequences(prompt, sampling))]

    async def aclose(self) -> None:
        """Nothing is kept between calls."""
