"""Carries out a gate: reads the runs, compares them, decides, and gives the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codeeval import statistics
from codeeval.comparison import (
    Area,
    contrast,
    match,
    read_run,
    scores_of,
    setting_differences,
)
from codeeval.errors import UsageError
from codeeval.formatting import points
from codeeval.gating.checks import Absent, CheckResult, Decision, Drop, Floor, GateResult, Tier
from codeeval.gating.deciding import Evidence, conclude, decide, evidence, overall
from codeeval.gating.needs import what_it_takes
from codeeval.gating.values import paired_of, parse_metric, values_of
from codeeval.metrics import mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.comparison import Contrast, MetricContrast, Run, SettingDifference
    from codeeval.gating.checks import Check, Plan
    from codeeval.metrics import TaskCounts


class _Tested(NamedTuple):
    """One metric of one check, before all are decided together."""

    check: Check
    baseline: Run
    candidate: Run
    contrast: MetricContrast
    evidence: Evidence
    pairs: Mapping[str, tuple[TaskCounts, TaskCounts]]


class _Compared(NamedTuple):
    """One check with its runs read and compared."""

    check: Check
    candidate: Run
    baseline: Run | None
    contrast: Contrast | None
    tested: list[_Tested]
    warnings: list[str]


def gate(plan: Plan, *, force: bool = False) -> GateResult:
    """Decide on every check of a plan, all together.

    Args:
        plan: what to decide on, at least one check.
        force: compare runs on different data too, on their common tasks.

    Raises:
        RunMismatch: a candidate and its baseline are on different benchmarks or data.
        UsageError: no common task, or a metric that a run has not.
        DataError: a run cannot be read or has no verdicts.
    """
    present = [check for check in plan.checks if not check.absent]
    compared = [_compare(check, force=force) for check in present]
    # advisory checks decide nothing, so that they must not cost the others power either
    drops = {
        id(found): decided
        for family in (True, False)
        for found, decided in _drops(
            [each for each in compared if (each.check.tier is Tier.ADVISORY) is family], plan.alpha
        )
    }
    results = tuple(_result(found, drops[id(found)], plan) for found in compared)
    absent = tuple(
        Absent(benchmark=check.benchmark, tier=check.tier, reason=check.absent)
        for check in plan.checks
        if check.absent
    )
    decision = conclude(results, absent)
    return GateResult(
        answer=decision.answer,
        decision=decision,
        exit_code=decision.exit_code,
        alpha=plan.alpha,
        checks=results,
        absent=absent,
    )


def _drops(compared: Sequence[_Compared], alpha: float) -> list[tuple[_Compared, list[Drop]]]:
    """Decide on the metrics of several checks together."""
    tested = [each for found in compared for each in found.tested]
    decisions = decide([each.evidence for each in tested], alpha)
    worse = statistics.holm([each.evidence.worse for each in tested])
    better = statistics.holm([each.evidence.better for each in tested])
    drops = iter(
        [
            _drop(each, decision, p_worse, p_better, alpha)
            for each, decision, p_worse, p_better in zip(tested, decisions, worse, better, strict=True)
        ]
    )
    return [(found, [next(drops) for _ in found.tested]) for found in compared]


def _compare(check: Check, *, force: bool) -> _Compared:
    candidate = read_run(check.candidate, "candidate")
    for name in check.least:
        values_of(candidate, name)
    if check.baseline is None:
        return _Compared(check, candidate, None, None, [], _run_warnings([candidate]))
    baseline = read_run(check.baseline, "baseline")
    for name in check.metrics:
        values_of(baseline, name)
        values_of(candidate, name)
    _, forced = match([baseline, candidate], force=force)
    names = [parse_metric(name) for name in check.metrics]
    whole = contrast(baseline, candidate, list(dict.fromkeys(name.k for name in names)))
    scores = {score.name: score.pairs for score in scores_of(baseline, candidate, whole.common)}
    by_name = {each.metric: each for each in whole.metrics}
    tested = [
        _Tested(
            check,
            baseline,
            candidate,
            by_name[text],
            evidence(*paired_of(baseline, candidate, name, whole.common, pairs), check.max_drop),
            pairs,
        )
        for text, name in zip(check.metrics, names, strict=True)
        for pairs in ({} if name.scorer else scores[name.part],)
        if text in by_name
    ]
    if missing := [name for name in check.metrics if name not in by_name]:
        raise UsageError(
            f"{check.baseline} and {check.candidate} have no task with enough judged samples "
            f"for {missing[0]}",
            "Generate more samples (--n), or use a smaller k.",
        )
    warnings = [f"compared anyway: {reason}" for reason in forced]
    if baseline.path.resolve() == candidate.path.resolve():
        warnings.append("the candidate is the baseline itself")
    warnings += _run_warnings([baseline, candidate]) + _pair_warnings(whole)
    return _Compared(check, candidate, baseline, whole, tested, warnings)


def _run_warnings(runs: Sequence[Run]) -> list[str]:
    found = []
    for run in runs:
        summary = run.summary
        if summary.unfinished:
            found.append(
                f"the {summary.label} is unfinished: {summary.judged} of {summary.samples} samples have a "
                "verdict, and only they count"
            )
        if summary.sandbox_errors:
            found.append(
                f"{summary.sandbox_errors} samples of the {summary.label} have no verdict because their "
                "sandbox failed; they are excluded"
            )
    return found


def _pair_warnings(whole: Contrast) -> list[str]:
    found = []
    for count, run in ((whole.only_baseline, "baseline"), (whole.only_candidate, "candidate")):
        if count:
            found.append(f"{count} tasks that only the {run} has are excluded")
    found += [
        f"{each.left_out} tasks have too few judged samples for {each.metric} and are excluded"
        for each in whole.metrics
        if each.left_out
    ]
    return found


def _drop(each: _Tested, decision: Decision, p_worse: float, p_better: float, alpha: float) -> Drop:
    found, check = each.contrast, each.check
    moved = (
        f"{found.metric} went from {found.baseline:.1%} to {found.candidate:.1%}, {points(found.difference)}"
    )
    interval = f"95% interval {points(found.low)} to {points(found.high)}"
    allowed = f"{points(check.max_drop, signed=False)} may be lost"
    needs = (
        what_it_takes(each.pairs, found, check.max_drop, alpha, each.candidate)
        if decision is Decision.CANNOT_TELL and each.pairs
        else ""
    )
    return Drop(
        contrast=found,
        max_drop=check.max_drop,
        p_not_worse=each.evidence.not_worse,
        p_worse=each.evidence.worse,
        p_worse_adjusted=p_worse,
        p_better=each.evidence.better,
        p_better_adjusted=p_better,
        decision=decision,
        reason=f"{decision}: {moved} ({interval}) over {found.tasks} tasks; {allowed}",
        needs=needs,
    )


def _floor(run: Run, name: str, least: float) -> Floor:
    values = values_of(run, name)
    if not values:
        raise UsageError(
            f"{run.summary.path} has no task with enough judged samples for {name}",
            "Generate more samples (--n), or use a smaller k.",
        )
    value, interval = mean(values), statistics.mean_interval(values)
    clear = not interval.low <= least <= interval.high
    met = value >= least
    doubt = "" if clear else ", within the interval: other tasks of this kind might decide otherwise"
    return Floor(
        metric=name,
        least=least,
        value=value,
        low=interval.low,
        high=interval.high,
        clear=clear,
        decision=Decision.NOT_WORSE if met else Decision.WORSE,
        reason=f"{name} is {value:.1%} (95% interval {interval.low:.1%} to {interval.high:.1%} over "
        f"{len(values)} tasks), {'at least' if met else 'under'} {least:.1%}{doubt}",
    )


def _result(found: _Compared, drops: Sequence[Drop], plan: Plan) -> CheckResult:
    floors = [_floor(found.candidate, name, least) for name, least in found.check.least.items()]
    parts = [(each.decision, each.reason) for each in drops]
    parts += [(each.decision, each.reason) for each in floors]
    decision = overall([part for part, _ in parts])
    reasons = [reason for part, reason in parts if part is decision]
    runs = [run for run in (found.baseline, found.candidate) if run is not None]
    doubts = _doubts(runs, plan.max_sandbox_errors)
    if doubts and Decision.WORSE not in [each.decision for each in drops]:
        decision, reasons = Decision.CANNOT_TELL, doubts
    differences = _differences(runs)
    warnings = list(found.warnings)
    if differences:
        named = ", ".join(each.name for each in differences)
        warnings.append(f"besides the model, the runs differ in {named}")
    return CheckResult(
        benchmark=found.check.benchmark or found.candidate.config.benchmark,
        candidate=found.candidate.summary,
        baseline=found.baseline.summary if found.baseline else None,
        differences=differences,
        contrast=found.contrast,
        drops=tuple(drops),
        floors=tuple(floors),
        warnings=tuple(warnings),
        decision=decision,
        reason="; ".join(reasons),
        tier=found.check.tier,
        incomplete=bool(doubts),
    )


def _doubts(runs: Sequence[Run], max_sandbox_errors: float) -> list[str]:
    """Return why these runs cannot pass, whatever their numbers: what is missing may be what failed."""
    found = []
    for summary in (run.summary for run in runs):
        if summary.unfinished:
            found.append(
                f"{Decision.CANNOT_TELL}: the {summary.label} is unfinished; the command that "
                "made it resumes it"
            )
        if summary.sandbox_error_share > max_sandbox_errors:
            found.append(
                f"{Decision.CANNOT_TELL}: {summary.sandbox_error_share:.1%} of the {summary.label}'s samples "
                f"have no verdict because their sandbox failed, over {max_sandbox_errors:.1%}"
            )
    return found


def _differences(runs: Sequence[Run]) -> tuple[SettingDifference, ...]:
    found = setting_differences([run.config for run in runs])
    return tuple(each for each in found if each.area is not Area.MODEL)
