"""What a source of existing completions must offer: sample files, reference solutions."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

from codeeval.types import Completion, Problem, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codeeval.interfaces.benchmark import Benchmark
    from codeeval.interfaces.model import ModelInfo


class Duplicates(enum.StrEnum):
    """What becomes of samples of one task that have the same number."""

    REFUSE = "refuse"
    """An error: which of them was meant, nobody knows."""
    KEEP = "keep"
    """Each is a sample, in the order of the lines."""


class SourceSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed spec string of a source: ``file:PATH``, ``reference:``."""

    source: str
    """What precedes the colon."""
    name: str = ""
    """What follows it, unparsed: paths contain anything."""
    style: PromptStyle = PromptStyle.BASE
    """For which prompts the benchmark is made; nothing is prompted."""
    keep_going: bool = False
    """Exclude what is malformed and count it, instead of failing at the first."""
    duplicates: Duplicates = Duplicates.REFUSE


@runtime_checkable
class CompletionSource(Protocol):
    """Completions that exist already, in place of a model that generates them.

    Nothing is sampled from a source, so a completion cache, a budget, batches or a pace do not apply to it.
    """

    is_reference: bool
    """Whether they are the benchmark's own reference solutions: one a task, the same for every sample."""

    @property
    def info(self) -> ModelInfo:
        """Identity; ``capabilities`` is None."""
        ...

    @property
    def skipped(self) -> Sequence[str]:
        """What was wrong with the entries that were excluded: the first ones."""
        ...

    @property
    def skipped_count(self) -> int:
        """How many entries were excluded."""
        ...

    def task_ids(self) -> Iterable[str] | None:
        """Return the tasks that it has, known to the benchmark or not; None where it has any task."""
        ...

    def available(self, task_id: str) -> int | None:
        """Return how many samples of a task it has; None for any number."""
        ...

    async def completions(self, problem: Problem, samples: range) -> list[Completion]:
        """Return the samples with these indices, ``len(samples) <= info.max_n``.

        Raises:
            DataError: there are not as many, or they cannot be read.
        """
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...


@runtime_checkable
class MatchesTasks(Protocol):
    """A source whose tasks may be written otherwise than the benchmark's."""

    def match_tasks(self, known: Sequence[str]) -> None:
        """Name its tasks as the benchmark does from now on, as far as it is clear which is meant.

        Raises:
            DataError: it writes one task in two ways.
        """
        ...


class SourceFactory(Protocol):
    """Entry point of group ``codeeval.sources``."""

    def __call__(self, spec: SourceSpec, benchmark: Benchmark) -> CompletionSource:
        """Raises ``UsageError`` or ``DataError`` where the source does not exist or cannot be read."""
        ...
