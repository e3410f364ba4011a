"""How a run is going: what a page about it receives when it opens, and again whenever that changes."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Self

import msgspec

from codeeval import statistics
from codeeval.metrics import mean

if TYPE_CHECKING:
    from codeeval.metrics import Scores


class Status(enum.StrEnum):
    """Whether more is to come."""

    RUNNING = "running"
    """Another process is writing it."""
    UNFINISHED = "unfinished"
    """Planned samples have no verdict, and nobody is writing it."""
    FINISHED = "finished"

    @classmethod
    def of(cls, *, finished: bool, written: bool) -> Self:
        """Return the status of a run."""
        return cls("finished" if finished else "running" if written else "unfinished")


class SlowSample(msgspec.Struct, frozen=True, array_like=True):
    """A sample whose program took long."""

    task: int
    """Number of its task."""
    task_id: str
    sample: int
    outcome: int
    """Place in ``Outcome``."""
    cpu_s: float
    wall_s: float


class Message(msgspec.Struct, frozen=True, array_like=True):
    """What verdicts state about samples that did not pass."""

    outcome: int
    text: str
    count: int
    task: int
    """Number of the task of the first such sample."""
    sample: int


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a run has been going, over the last minute at most."""

    tokens_s: float
    """Generated tokens a second."""
    samples_s: float
    """Verdicts a second."""
    left_s: float | None
    """Until all samples have a verdict, at this pace; None where there was none."""


class ScoreNow(msgspec.Struct, frozen=True, kw_only=True):
    """The main score of the samples so far."""

    name: str
    value: float
    low: float
    """Lower end of the 95% interval."""
    high: float


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """How a run is going."""

    version: int
    """Grows with every change."""
    status: Status
    planned: int
    """Samples."""
    generated: int
    judged: int
    """Samples with a verdict, those of failed sandboxes included."""
    unanswered: int
    """Samples to which the server gave no answer."""
    outcomes: tuple[int, ...]
    """Samples of each outcome, in the order of ``Outcome``."""
    score: ScoreNow | None
    """None until a sample is judged."""
    tokens: int
    """Generated, in all."""
    pace: Pace | None
    """None where the run is not going, or was not watched for long enough."""
    slowest: tuple[SlowSample, ...]
    messages: tuple[Message, ...]
    """The most frequent ones."""
    tasks: tuple[tuple[int, tuple[int, ...], float], ...]
    """Of each task that changed its number, samples of each outcome, and CPU seconds of the slowest."""
    problem: str
    """Why the records can no longer be read; empty where they can."""


def score_now(scores: Scores) -> ScoreNow | None:
    """Return the main score, or None where nothing is judged."""
    for name, found in scores.pass_values((1,)).items():
        interval = statistics.mean_interval(found.values)
        return ScoreNow(name=name, value=mean(found.values), low=interval.low, high=interval.high)
    return None
