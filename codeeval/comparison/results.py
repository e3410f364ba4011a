"""The result of a comparison, in the order in which it should be read: settings first, then numbers."""

from __future__ import annotations

import enum

import msgspec

from codeeval.types import Outcome


class Area(enum.StrEnum):
    """What part of an evaluation a setting belongs to."""

    MODEL = "model"
    """What is compared: expected to differ."""
    DATASET = "dataset"
    PROMPT = "prompt"
    SAMPLING = "sampling"
    LIMITS = "limits"
    SANDBOX = "sandbox"
    TOOLCHAIN = "toolchain"
    CODEEVAL = "codeeval"
    """The version that ran it, and how it scores."""


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a comparison."""

    label: str
    """Short and different from every other run's."""
    path: str
    benchmark: str
    model: str
    created: str
    settings: dict[str, str]
    """The benchmark's choices that move scores."""
    tasks: int
    """Planned."""
    samples: int
    """Planned."""
    judged: int
    """Samples with a verdict, those of failed sandboxes included."""
    sandbox_errors: int
    """Samples without a verdict on the model: excluded from every number."""
    unfinished: bool
    """Whether planned samples have no verdict yet; the run is compared by those that have."""

    @property
    def sandbox_error_share(self) -> float:
        """Share of the judged samples that carry no information because the sandbox failed."""
        return self.sandbox_errors / self.judged


class SettingDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A setting that is not the same in all runs."""

    area: Area
    name: str
    """Dotted name in ``run.json``."""
    values: tuple[str, ...]
    """One a run, in their order; empty where a run has no such setting."""


class MetricContrast(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of two runs, paired by task. Shares are in [0, 1], differences in [-1, 1]."""

    metric: str
    """``pass@1``, or ``base.pass@1`` of one of several scores."""
    baseline: float
    candidate: float
    difference: float
    """Candidate minus baseline."""
    low: float
    """Lower end of the 95% interval of the difference."""
    high: float
    interval: str
    """How the interval was made; see ``statistics.paired_difference``."""
    p: float
    """Two-sided p-value of no difference."""
    test: str
    """How ``p`` was made: ``mcnemar`` for one sample a task, else ``permutation``."""
    p_adjusted: float | None = None
    """Holm's, over the main metric of every contrast of the comparison; None elsewhere."""
    tasks: int
    """Common tasks that the numbers are averages over."""
    left_out: int
    """Common tasks without enough judged samples in one of the runs."""
    detectable: float | None
    """Smallest true difference that a comparison of this size finds with 80% power at 5%."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A sample that shows how the candidate fails a task."""

    sample: int
    outcome: Outcome
    detail: str
    """From the verdict; may quote what the model wrote."""
    line: int
    """In the candidate's ``verdicts.jsonl``, from 1."""


class TaskChange(msgspec.Struct, frozen=True, kw_only=True):
    """A task with another pass rate in the candidate than in the baseline."""

    task_id: str
    baseline: float
    """Share of the judged samples that passed."""
    candidate: float
    before: dict[str, int]
    """The baseline's samples by outcome."""
    after: dict[str, int]
    example: Example | None = None
    """Of lost tasks."""


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks with outcome ``before`` in the baseline and ``after`` in the candidate."""

    before: Outcome
    after: Outcome
    tasks: int


class GroupContrast(msgspec.Struct, frozen=True, kw_only=True):
    """The main metric on a named subset of the tasks."""

    group: str
    contrast: MetricContrast


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate against the baseline, on the tasks that both have."""

    baseline: str
    """Label of a run."""
    candidate: str
    common: tuple[str, ...]
    """Ids of the tasks that both runs have verdicts on."""
    only_baseline: int
    """Tasks that the candidate has no verdict on: excluded."""
    only_candidate: int
    metrics: tuple[MetricContrast, ...]
    """The main one first."""
    gained: tuple[TaskChange, ...]
    """Tasks with a higher pass rate, the largest change first."""
    lost: tuple[TaskChange, ...]
    outcomes_before: dict[str, int]
    """The baseline's samples of the common tasks, by outcome."""
    outcomes_after: dict[str, int]
    shifts: tuple[Shift, ...]
    """From which outcome to which, unchanged ones included; empty unless each task has one sample."""
    groups: tuple[GroupContrast, ...] = ()

    @property
    def main(self) -> MetricContrast:
        """The metric that decides."""
        return self.metrics[0]


class BenchmarkComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The runs of one benchmark, the first of them the baseline."""

    benchmark: str
    runs: tuple[RunSummary, ...]
    differences: tuple[SettingDifference, ...]
    contrasts: tuple[Contrast, ...]
    """The baseline against each other run, in their order."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two or more runs, benchmark by benchmark."""

    k: int
    forced: tuple[str, ...]
    """What would have been refused without ``force``, in sentences."""
    benchmarks: tuple[BenchmarkComparison, ...]
