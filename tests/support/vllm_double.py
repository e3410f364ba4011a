"""A double of the parts of vLLM that ``vllm:`` uses, with the names and shapes that its documentation gives.

It checks what it is given as vLLM would, and generates what the test's function returns.
"""

from __future__ import annotations

import asyncio
import enum
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest


class RequestOutputKind(enum.Enum):
    CUMULATIVE = 0
    DELTA = 1
    FINAL_ONLY = 2


class SamplingParams:
    def __init__(
        self,
        *,
        n: int = 1,
        temperature: float = 1.0,
        top_p: float = 1.0,
        seed: int | None = None,
        max_tokens: int | None = 16,
        stop: str | list[str] | None = None,
        output_kind: RequestOutputKind = RequestOutputKind.CUMULATIVE,
    ) -> None:
        if n < 1 or temperature < 0 or not 0 < top_p <= 1 or (max_tokens is not None and max_tokens < 1):
            raise ValueError("out of range")
        if temperature == 0 and n > 1:
            raise ValueError("n must be 1 when using greedy sampling")
        self.n, self.temperature, self.top_p, self.seed = n, temperature, top_p, seed
        self.max_tokens, self.stop, self.output_kind = max_tokens, stop, output_kind


class Asked(SimpleNamespace):
    """A request as the engine got it."""

    ids: list[int]
    parameters: SamplingParams


class VLLMDouble:
    """Stands in for the package; ``write(parameters, number)`` returns an output's text and finish reason."""

    def __init__(
        self, write: Callable[[SamplingParams, int], tuple[str, str]], *, context: int = 4096
    ) -> None:
        self._write = write
        self._context = context
        self.engine_args: dict[str, Any] = {}
        self.asked: list[Asked] = []
        self.aborted = 0
        self.down = False
        self.hang = False
        self.begun = asyncio.Event()

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        package = ModuleType("vllm")
        package.__spec__ = ModuleSpec("vllm", None)
        parameters = ModuleType("vllm.sampling_params")
        parameters.RequestOutputKind = RequestOutputKind  # type: ignore[attr-defined]
        for name, value in {
            "__version__": "0.0-double",
            "SamplingParams": SamplingParams,
            "AsyncEngineArgs": self._args,
            "AsyncLLMEngine": SimpleNamespace(from_engine_args=lambda _: self),
            "sampling_params": parameters,
        }.items():
            setattr(package, name, value)
        monkeypatch.setitem(sys.modules, "vllm", package)
        monkeypatch.setitem(sys.modules, "vllm.sampling_params", parameters)

    def _args(self, **given: object) -> object:
        self.engine_args = given
        if given.get("dtype") == "float7":
            raise ValueError("unknown dtype float7")
        return SimpleNamespace(**given)

    @property
    def model_config(self) -> object:
        return SimpleNamespace(max_model_len=self._context, dtype="torch.bfloat16", revision=None)

    async def generate(
        self, prompt: dict[str, list[int]], sampling_params: SamplingParams, request_id: str
    ) -> AsyncIterator[object]:
        assert request_id not in {each.request_id for each in self.asked}, "ids are never used twice"
        self.asked.append(
            Asked(ids=prompt["prompt_token_ids"], parameters=sampling_params, request_id=request_id)
        )
        self.begun.set()
        try:
            await asyncio.sleep(3600 if self.hang else 0)
        except asyncio.CancelledError:
            self.aborted += 1
            raise
        outputs = []
        for number in reversed(range(sampling_params.n)):
            text, reason = self._write(sampling_params, number)
            outputs.append(
                SimpleNamespace(
                    index=number, text=text, token_ids=list(range(len(text))), finish_reason=reason
                )
            )
        yield SimpleNamespace(request_id=request_id, outputs=outputs, finished=True)

    def shutdown(self) -> None:
        self.down = True
