"""Samples that wait for a batch, and which of them go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.models.reasoning import MARKS
from codeeval.types import FinishReason

if TYPE_CHECKING:
    import asyncio


class Job:
    """One sample on its way through the model; the engine's thread fills in the result."""

    def __init__(
        self,
        *,
        ids: list[int],
        limit: int,
        temperature: float,
        top_p: float,
        seed: int,
        stops: tuple[str, ...],
        opened: str,
        chat: bool,
    ) -> None:
        self.ids = ids
        self.limit = limit
        self.temperature = temperature
        self.top_p = top_p
        self.seed = seed
        self.stops = stops
        self.opened = opened
        """The mark of reasoning that the prompt ends with, which the text is to begin with."""
        self.chat = chat
        self.cancelled = False
        self.done: asyncio.Future[None] | None = None
        self.text = ""
        self.tokens = 0
        self.reasoning_tokens = 0
        self.finish_reason = FinishReason.UNKNOWN


class Watch:
    """Follows one sample's text while it grows: is it reasoning, and has a stop sequence come?

    Args:
        job: the sample.
    """

    def __init__(self, job: Job) -> None:
        self._stops = job.stops
        self._chat = job.chat
        self._closing = dict(MARKS).get(job.opened, "")
        self._decided = bool(self._closing) or not job.chat
        self.longest = max((len(mark) for mark in (*job.stops, *dict(MARKS).values())), default=0)
        self.answer_from = 0
        """How many tokens the reasoning took."""

    @property
    def idle(self) -> bool:
        """Whether no text needs to be looked at."""
        return self._decided and not self._closing and not self._stops

    def stopped(self, text: str, tokens: int, *, whole: bool) -> bool:
        """Say whether a stop sequence has come, outside the reasoning.

        Args:
            text: the end of what was written, longer than the longest stop sequence.
            tokens: how many tokens were written.
            whole: whether ``text`` is all that was written.
        """
        if not self._decided and whole:
            self._decide(text.lstrip())
        if self._closing:
            _, closed, text = text.rpartition(self._closing)
            if not closed:
                return False
            self._closing = ""
            self.answer_from = tokens
        return any(stop in text for stop in self._stops)

    def _decide(self, text: str) -> None:
        """Find out from its first characters whether the text begins with reasoning."""
        for opening, closing in MARKS:
            if text.startswith(opening):
                self._closing = closing
                self._decided = True
                return
        self._decided = not any(opening.startswith(text[: len(opening)]) for opening, _ in MARKS)


def next_batch(waiting: list[Job], size: int) -> list[Job]:
    """Take the oldest job and those nearest to it in length, so that little is padded."""
    oldest = waiting[0]
    nearest = sorted(waiting, key=lambda job: (job is not oldest, abs(len(job.ids) - len(oldest.ids))))
    batch = nearest[:size]
    chosen = set(map(id, batch))
    waiting[:] = [job for job in waiting if id(job) not in chosen]
    return batch
