"""The judgement on one sample, and what it was concluded from."""

from __future__ import annotations

import enum

import msgspec

from codeeval.types.base import Value
from codeeval.types.execution import StepResult, StepStatus
from codeeval.types.outcome import Outcome
from codeeval.types.program import Oracle, Study
from codeeval.types.step import Limits, StepKind


class Hint(enum.StrEnum):
    """What kind of failure a failed command's messages hint at; see ``languages.Marks``."""

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
    answer: str = ""
    """What a sample says, by which samples of a task are counted for maj@k; empty for no vote."""


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
    """Calls: the first call that returned something else than expected, shortened."""
    hint: Hint = Hint.NOTHING
    """Of a command that failed: what its messages hint at."""
    diagnostic: str = ""
    """Of a command that failed: the most telling line of what it printed, shortened."""
    violated_rule: str = ""
    """The rule of ``CommandStep.forbidden`` that what was printed violated."""
    cumulative: bool = False
    """Whether the part passes only if those before it do."""
    tampering: str = ""
    """What the program's code does to its tests, as in ``Program``."""
    answer: str = ""
    """As ``Grade.answer``, shortened."""
    share: float | None = None
    """Share of the cases or calls that are right, where the protocol scores that, or what a ``MEASURE`` step
    printed; in [0, 1]."""
    joint: bool = False
    """Whether the sample passes only if all parts do."""


class Match(Value, frozen=True, kw_only=True):
    """What a benchmark's comparison says of a step's values."""

    matched: bool
    """Whether every call returned what it must."""
    difference: str = ""
    """The first that did not, in words; empty where what there is matches but some is missing."""
    answer: str = ""
    """As ``Grade.answer``."""
    share: float | None = None
    """Share of the calls that returned what they must, where the protocol scores that; in [0, 1]."""


class CaseResult(Value, frozen=True, kw_only=True):
    """The judgement on one case, and what it was concluded from."""

    index: int
    """Place in ``Program.cases``, from 0."""
    name: str = ""
    outcome: Outcome
    detail: str = ""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_bytes: int = 0
    output: str = ""
    """Of a case that failed: the beginning of what the program printed."""
    limits: Limits | None = None
    """None for those of the step."""
    status: StepStatus = StepStatus.EXITED
    exit_code: int = 0
    signal: int = 0
    report: str = ""
    """The interpreter's own account of how a Python program failed, shortened."""
    matched: bool = False
    """Whether what was printed is as expected."""
    difference: str = ""
    """How it differs, in words."""
    hint: Hint = Hint.NOTHING
    diagnostic: str = ""
    """As in ``Evidence``."""
    undecided: str = ""
    """Why there is no decision, where the checker itself failed."""


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
    """Executions that it took: more than one after a sandbox error or a timeout re-run alone, none
    where ``same_as`` names the sample that was executed, or with ``cached``."""
    same_as: int | None = None
    """The sample of this problem whose program is the same, so that its execution decided on this one too."""
    node: str = ""
    """The machine of a cluster that executed it; empty for this one."""
    cached: bool = False
    """Whether an earlier run executed the program: times and streams are of that execution."""
    stdout: str = ""
    stderr: str = ""
    """Ends of the last step's streams, for ``codeeval show``."""
    study: Study = Study()
    parts: tuple[Part, ...] = ()
    """Where the benchmark has several scores, the judgement on each; ``outcome`` is its main one."""
    cases: tuple[CaseResult, ...] = ()
    """Of a program with cases: each that was judged, in order; the first that failed decides."""
    evidence: tuple[Evidence, ...] = ()
    """One a part; empty where nothing was executed."""
    scores: tuple[Score, ...] = ()
    """With ``Oracle.ANSWER``: what each scorer gave, the main one first; ``outcome`` follows from it."""
    answer: str = ""
    """With ``Oracle.ANSWER``: as ``Grade.answer``, shortened."""

    @property
    def share(self) -> float | None:
        """Share of the tests that the sample passes, or of its lines that they reach; None for neither."""
        return next((each.share for each in self.evidence if each.share is not None), None)

    @property
    def vote(self) -> str:
        """What the sample counts for in maj@k; empty where it has no vote, or none is taken by answers."""
        return self.answer or next((each.answer for each in self.evidence), "")

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
