"""The judgement on one sample, and what it was concluded from."""

from __future__ import annotations

import enum

import msgspec

from codeeval.types.base import Value
from codeeval.types.execution import StepResult
from codeeval.types.outcome import Outcome
from codeeval.types.program import Limits, Oracle, StepKind, Study


class Said(enum.StrEnum):
    """What a failed command's own words make of the failure; see ``languages.Marks``."""

    NOTHING = ""
    SYNTAX = "syntax"
    MEMORY = "memory"
    ASSERTION = "assertion"


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


class Evidence(Value, frozen=True, kw_only=True):
    """What one part's verdict was concluded from, so that it can be concluded again without executing."""

    part: str = ""
    oracle: Oracle = Oracle.COMPLETED
    missing: bool = False
    """Whether the sandbox stopped before the part's last step though none had failed."""
    kind: StepKind
    limits: Limits
    last: StepResult
    """The last step that ran, without its streams."""
    matched: bool = False
    """Whether what the oracle compares on the host was as expected."""
    difference: str = ""
    """CALLS steps: the first call that returned something else than expected, shortened."""
    said: Said = Said.NOTHING
    """Commands that failed: what their words make of it."""
    words: str = ""
    """Commands that failed: the line of what they printed that tells most, shortened."""
    refuted: str = ""
    """The rule of ``Step.forbidden`` that what was printed broke."""
    cumulative: bool = False
    """Whether the part passes only if those before it do."""


class Match(Value, frozen=True, kw_only=True):
    """What a benchmark's comparison says of a step's values."""

    matched: bool
    """Whether every call returned what it must."""
    difference: str = ""
    """The first that did not, in words; empty where what there is matches but some is missing."""


class Part(Value, frozen=True, kw_only=True):
    """The judgement on one part of a sample: one of several scores that an execution decides on."""

    name: str
    outcome: Outcome
    detail: str = ""


class Verdict(Value, frozen=True, kw_only=True):
    """The judgement on one sample; one line of ``verdicts.jsonl``."""

    task_id: str
    sample: int
    outcome: Outcome
    detail: str
    rule: str
    """The extraction rule that made the program."""
    wall_s: float
    cpu_s: float
    peak_rss_bytes: int
    compile_s: float = 0.0
    """Of ``wall_s``, what compiling took."""
    attempts: int = 1
    """Executions that it took: more than one after a sandbox error or a timeout re-run alone."""
    stdout: str = ""
    stderr: str = ""
    """Ends of the last step's streams, for ``codeeval show``."""
    study: Study = Study()
    parts: tuple[Part, ...] = ()
    """Where the benchmark has several scores, the judgement on each; ``outcome`` is its main one."""
    evidence: tuple[Evidence, ...] = ()
    """One a part; empty where nothing was executed."""
    scores: tuple[Score, ...] = ()
    """With ``Oracle.ANSWER``: what each scorer gave, the main one first; ``outcome`` follows from it."""

    @property
    def passed(self) -> bool:
        """Whether the sample is right."""
        return self.outcome is Outcome.PASSED

    @property
    def reward(self) -> float | None:
        """1 or 0; None where the sandbox failed: trainers drop such samples, never punish them."""
        if self.outcome is Outcome.SANDBOX_ERROR:
            return None
        return 1.0 if self.passed else 0.0
