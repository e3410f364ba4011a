"""``reference:``: the benchmark's own reference solutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.errors import UsageError
from codeeval.interfaces import ModelInfo
from codeeval.types import CompletionOrigin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import Benchmark, SourceSpec
    from codeeval.types import Completion, Problem


class ReferenceSource:
    """The reference solution of each task, the same for every sample.

    Raises:
        UsageError: something follows the colon.
    """

    is_reference = True
    skipped: Sequence[str] = ()
    skipped_count = 0

    def __init__(self, spec: SourceSpec, benchmark: Benchmark) -> None:
        if spec.name:
            raise UsageError(f"reference: has no {spec.name!r}", "Write reference: and nothing more.")
        self._benchmark = benchmark
        self._info = ModelInfo(
            spec="reference:", style=spec.style, concurrency=1, max_n=1024, deterministic=True
        )

    @property
    def info(self) -> ModelInfo:
        """Identity."""
        return self._info

    def task_ids(self) -> None:
        """Return None: it has every task of its benchmark."""

    def available(self, task_id: str) -> int | None:  # noqa: ARG002 -- the same for every task
        """Return None: any number of samples."""
        return None

    async def completions(self, problem: Problem, samples: range) -> list[Completion]:
        """Return the reference solution once for each index."""
        solution = self._benchmark.reference(problem)
        return [
            msgspec.structs.replace(solution, sample=sample, origin=CompletionOrigin.REFERENCE)
            for sample in samples
        ]

    async def aclose(self) -> None:
        """Nothing is open."""
