"""What several samples a task show beyond pass@k: coverage, majority, diversity; from the records alone."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval import statistics
from codeeval.metrics import Scores, mean
from codeeval.records import RunDirectory
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.types import Completion, Verdict

VOTERS: Final = (1, 2, 3, 5, 10, 20, 40, 50)
"""Numbers of samples of which the majority is worked out: the work grows as their cube."""
_CANDIDATES: Final = (*VOTERS, 100)
"""Numbers of samples of which the best scored is worked out."""
_FENCED: Final = re.compile(r"^[ \t]*```[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)


class Variety(msgspec.Struct, frozen=True, kw_only=True):
    """How different the samples of a task are, averaged over tasks."""

    distinct: float
    """Different ones among ``of`` samples, as a mean over all choices of ``of`` samples."""
    of: int
    """The smallest number of judged samples that a task has."""
    effective: float
    """How many equally frequent ones would repeat as often."""


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How often a score between 0 and 1 says what the tests say: above one half passed, below failed.

    A score of one half agrees by half. The interval takes tasks for independent.
    """

    value: float
    low: float
    high: float


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """A run beyond pass@k. Samples whose sandbox failed are excluded."""

    path: Path
    benchmark: str
    model: str
    metric: str
    """What k is put to in the names of metrics: ``pass``, or what the benchmark calls it."""
    part: str
    """Where the headline is the best of several scores, the one with the highest pass@1: all here is of
    it. Empty elsewhere."""
    complete: bool
    """Whether every planned sample has a verdict."""
    tasks: int
    """Tasks with a judged sample."""
    samples: int
    """The smallest number of judged samples that such a task has."""
    coverage: statistics.Coverage
    """pass@k by k, measured and extrapolated."""
    all_of_k: tuple[statistics.Point, ...]
    """pass^k: the chance that all of k samples pass."""
    majority_of_k: tuple[statistics.Point, ...]
    """maj@k: the chance that what most of k samples have in common passes: their answer where the benchmark
    takes votes by answers, else their program."""
    votes_by_answer: bool
    majority_method: str
    """``exact``, or ``monte carlo`` where some task's was estimated from random subsets."""
    best_of_n: tuple[statistics.Point, ...]
    """best-of-n: the chance that the best scored of n samples passes; empty unless all have a score."""
    score_agreement: Agreement | None
    """How good a verifier whatever gave the scores is; None unless all samples have one between 0 and 1."""
    programs: Variety
    """Samples with the same code but for empty lines and trailing blanks count as one."""
    behaviours: Variety
    """Samples with the same outcome, detail and output count as one."""
    spread: statistics.Spread
    """Where the variance of single samples comes from."""
    detectable: float
    """Smallest true difference in pass@1 that a paired comparison with a run like this one shows four
    times in five, at a false alarm in 20, if the change moves all tasks alike."""


class _Sample(NamedTuple):
    """What is kept of a judged sample."""

    passed: bool
    behaviour: bytes
    program: bytes
    vote: bytes | None
    """None where it has none."""
    score: float | None


def analyse(path: Path) -> Analysis | None:
    """Analyse a run directory; None where nothing was judged.

    Raises:
        DataError: not a run directory, or a malformed record.

    Source: each number's function in ``codeeval.statistics``.
    """
    with RunDirectory.open(path) as directory:
        return analyse_directory(directory)


def analyse_directory(directory: RunDirectory, voters: Sequence[int] = VOTERS) -> Analysis | None:
    """Do as ``analyse`` does, of a directory that is already open.

    Args:
        directory: the run.
        voters: numbers of samples to work the majority out of, which is most of the work.
    """
    config = directory.config
    part = _best_part(directory) if config.scoring.best_of else ""
    tasks = list(_samples(directory, part).values())
    if not tasks:
        return None
    counts = [statistics.Count(len(samples), sum(each.passed for each in samples)) for samples in tasks]
    fewest = min(count.samples for count in counts)
    coverage = statistics.coverage(counts)
    ks = [point.k for point in coverage.measured]
    voting = [k for k in voters if k <= fewest]
    by_answer = any(sample.vote for samples in tasks for sample in samples)
    majority = [[_majority(samples, k, by_answer=by_answer) for samples in tasks] for k in voting]
    spread = statistics.spread_of(counts)
    # an estimate of the part within tasks may exceed the whole
    between = max(0.0, spread.rate * (1 - spread.rate) - spread.within)
    return Analysis(
        path=directory.path,
        benchmark=config.benchmark,
        model=config.model.spec,
        metric=config.scoring.alias or "pass",
        part=part,
        complete=all(directory.outcome(index) is not None for index in range(directory.samples)),
        tasks=len(tasks),
        samples=fewest,
        coverage=coverage,
        all_of_k=tuple(_point(k, [statistics.pass_hat_k(*count, k) for count in counts]) for k in ks),
        majority_of_k=tuple(
            _point(k, [each.value for each in found]) for k, found in zip(voting, majority, strict=True)
        ),
        votes_by_answer=by_answer,
        majority_method=max((each.method for found in majority for each in found), default="exact"),
        best_of_n=_best_of_n(tasks, fewest),
        score_agreement=_score_agreement(tasks),
        programs=_variety(tasks, fewest, lambda sample: sample.program),
        behaviours=_variety(tasks, fewest, lambda sample: sample.behaviour),
        spread=spread,
        detectable=statistics.minimum_detectable_effect(
            len(tasks), fewest, rate=spread.rate, between=between
        ),
    )


def _best_part(directory: RunDirectory) -> str:
    """Name the part with the highest pass@1, the first of several."""
    scores = Scores(directory.config.scoring)
    for verdict in directory.verdicts():
        scores.add(verdict)
    found = {name: counts.pass_values(1) for name, counts in scores.parts.items()}
    return max(found, key=lambda name: mean(values.values) if (values := found[name]) else -1.0, default="")


def _samples(directory: RunDirectory, part: str) -> dict[str, list[_Sample]]:
    found: dict[str, list[_Sample]] = {}
    for verdict in directory.verdicts():
        if verdict.outcome is Outcome.SANDBOX_ERROR:
            continue
        index = directory.index(verdict.task_id, verdict.sample)
        if index is not None and directory.has_completion(index):
            completion = directory.completion(index)
            sample = _Sample(
                passed=_outcome(verdict, part) is Outcome.PASSED,
                behaviour=_behaviour(verdict),
                program=_program(completion),
                vote=_digest(verdict.vote) if verdict.vote else None,
                score=completion.score,
            )
            found.setdefault(verdict.task_id, []).append(sample)
    return found


def _outcome(verdict: Verdict, part: str) -> Outcome:
    return next((each.outcome for each in verdict.parts if each.name == part), verdict.outcome)


def _behaviour(verdict: Verdict) -> bytes:
    if verdict.outcome is Outcome.PASSED:
        return b""
    return _digest(verdict.outcome, verdict.detail, verdict.stdout)


def _program(completion: Completion) -> bytes:
    """Return a mark of the code: of an answer its fenced blocks, where it has any."""
    code = "\n".join(_FENCED.findall(completion.text)) or completion.text
    return _digest(*(line.rstrip() for line in code.splitlines() if line.strip()))


def _digest(*texts: str) -> bytes:
    return hashlib.blake2b("\0".join(texts).encode("utf-8", "replace"), digest_size=8).digest()


def _majority(samples: Sequence[_Sample], k: int, *, by_answer: bool) -> statistics.Majority:
    keys = [each.vote if by_answer else each.program for each in samples]
    return statistics.majority_at_k(keys, [each.passed for each in samples], k)


def _best_of_n(tasks: Sequence[Sequence[_Sample]], fewest: int) -> tuple[statistics.Point, ...]:
    scores = [[each.score for each in samples if each.score is not None] for samples in tasks]
    if any(len(own) < len(samples) for own, samples in zip(scores, tasks, strict=True)):
        return ()
    right = [[each.passed for each in samples] for samples in tasks]
    return tuple(
        _point(n, [statistics.best_of_n(*task, n) for task in zip(scores, right, strict=True)])
        for n in _CANDIDATES
        if n <= fewest
    )


def _score_agreement(tasks: Sequence[Sequence[_Sample]]) -> Agreement | None:
    agreeing = []
    for samples in tasks:
        found = []
        for each in samples:
            if each.score is None or not 0 <= each.score <= 1:
                return None
            found.append(0.5 if each.score == 0.5 else float((each.score > 0.5) == each.passed))
        agreeing.append(mean(found))
    interval = statistics.mean_interval(agreeing)
    return Agreement(value=mean(agreeing), low=interval.low, high=interval.high)


def _point(k: int, values: Sequence[float]) -> statistics.Point:
    interval = statistics.mean_interval(values)
    return statistics.Point(k=k, value=mean(values), low=interval.low, high=interval.high)


def _variety(tasks: Sequence[Sequence[_Sample]], k: int, key: Callable[[_Sample], bytes]) -> Variety:
    keys = [[key(sample) for sample in samples] for samples in tasks]
    return Variety(
        distinct=mean([statistics.expected_distinct(each, k) for each in keys]),
        of=k,
        effective=mean([statistics.diversity(each).effective for each in keys]),
    )
