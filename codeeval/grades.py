"""Answers that are graded, not executed, and what they come to; ``types`` has them all."""

from __future__ import annotations

import msgspec

from codeeval.states import Mistake


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one scorer takes a completion's answer to be, and how it decides on it."""

    scorer: str
    """One of ``Scoring.scores``."""
    metric: str
    """Name of the benchmark's function that compares the answer with ``Program.expected``."""
    rule: str
    """Name of the extraction rule that fired, ``none`` where no answer was found."""
    texts: tuple[str, ...] = ()
    """The answer; where it can be read in several ways all of them, of which the best counts."""


class Score(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one scorer gives one sample."""

    scorer: str
    value: float
    """In [0, 1]."""


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """What a benchmark says of a program's answers."""

    scores: tuple[Score, ...]
    """One a scorer, the main one first: the sample passes iff that is 1."""
    detail: str = ""
    """What is wrong, in a few words; empty where the scores say it all."""


class Trait(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of a task that accuracy is shown against."""

    name: str
    """One of ``metrics.study.SCALES``."""
    value: float


class Study(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the accuracy of predictions is broken down by."""

    mistake: Mistake = Mistake.NONE
    """What is wrong with the prediction, should the outcome be that it is wrong."""
    traits: tuple[Trait, ...] = ()
    """Of the task: the length of its program, and how long that runs where it is known."""
