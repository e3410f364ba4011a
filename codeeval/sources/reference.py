"""``reference:``: the benchmark's canonical solutions, replayed as if a model had written them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.errors import ModelError
from codeeval.interfaces import ModelInfo
from codeeval.types import CompletionOrigin, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable

    from codeeval.interfaces import ModelSpec
    from codeeval.types import Completion, Problem, Prompt, Sampling


class ReferenceModel:
    """Answers with the canonical solution, the same for every sample.

    Only a benchmark knows how to make a completion of its solution, so whoever has both calls ``bind``
    before the first ``complete``.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self._reference: Callable[[Problem], Completion] | None = None
        self._info = ModelInfo(
            spec="reference:",
            style=spec.style or PromptStyle.BASE,
            concurrency=spec.concurrency or 1,
            max_n=1024,
            deterministic=True,
        )

    @property
    def info(self) -> ModelInfo:
        """Identity and abilities."""
        return self._info

    def bind(self, reference: Callable[[Problem], Completion]) -> None:
        """Take the benchmark's ``reference`` method."""
        self._reference = reference

    def available(self, task_id: str) -> int | None:  # noqa: ARG002 -- every task has a reference
        """Any number of samples."""
        return None

    async def complete(
        self,
        prompt: Prompt,  # noqa: ARG002 -- the problem holds the answer
        sampling: Sampling,  # noqa: ARG002 -- nothing is drawn
        samples: range,
        problem: Problem,
    ) -> list[Completion]:
        """Return the canonical solution once for each index.

        Raises:
            ModelError: ``bind`` was not called.
        """
        if self._reference is None:
            raise ModelError(
                "reference: has no benchmark to take its solutions from",
                "This is a defect of the caller: it must call bind() first.",
            )
        solution = self._reference(problem)
        return [
            msgspec.structs.replace(solution, sample=sample, origin=CompletionOrigin.REFERENCE)
            for sample in samples
        ]

    async def aclose(self) -> None:
        """Nothing to free."""
