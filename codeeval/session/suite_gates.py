"""Puts the checks of suites into checks of their runs, one a benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.errors import CodeEvalError, UnknownName, UsageError
from codeeval.gating import MAX_DROP, Check, OfSuite, Plan, Thresholds, Tier, main_metric
from codeeval.records import RUN, VERDICTS, is_suite
from codeeval.records.config import read_config
from codeeval.suites import RunState, read_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codeeval.suites import RunRecord, SuiteRecord
    from codeeval.suites.record import BenchmarkRecord


def with_runs(plan: Plan) -> Plan:
    """Return a plan whose checks are all of runs; a run that a suite lacks is a check that is absent.

    Raises:
        UsageError: a suite is compared with a run, a model is not named, or no check is critical.
        UnknownName: a suite has no such model or benchmark.
        DataError: a suite's record is malformed.
    """
    checks = tuple(each for check in plan.checks for each in _checks(check))
    if all(check.tier is not Tier.CRITICAL for check in checks):
        raise UsageError(
            "no check is critical, so that every candidate would pass", "Make one of them critical (tier)."
        )
    return msgspec.structs.replace(plan, checks=checks)


def _checks(check: Check) -> Iterator[Check]:
    of = check.of_suite or OfSuite()
    if not is_suite(check.candidate):
        if check.baseline is not None and is_suite(check.baseline):
            raise UsageError(
                f"{check.baseline} is a suite and {check.candidate} is none",
                "Compare suites with suites, and runs with runs.",
            )
        if of.model or of.baseline_model or of.benchmarks:
            raise UsageError(
                f"{check.candidate} is no suite, which models and benchmarks could be chosen of",
                "Name the folder of a suite, or omit these.",
            )
        yield check
        return
    record = read_record(check.candidate)
    entry = _entry(record, check.candidate, of.model)
    baseline = before = None
    if check.baseline is not None:
        if not is_suite(check.baseline):
            raise UsageError(
                f"{check.candidate} is a suite and {check.baseline} is none",
                "Compare suites with suites, and runs with runs.",
            )
        baseline = read_record(check.baseline)
        before = _baseline_entry(check, of, baseline, entry)
    labels = [each.label for each in record.benchmarks]
    for label in of.benchmarks:
        if label not in labels:
            raise UnknownName(f"benchmark of suite {record.name}", label, labels)
    found = [
        _check(
            check,
            of,
            benchmark,
            _run(record, benchmark.label, entry),
            _run(baseline, benchmark.label, before),
        )
        for benchmark in record.benchmarks
    ]
    asked = [each for each in found if each.baseline is not None or each.least or each.absent]
    if not asked:
        raise UsageError(
            f"{check.candidate}: nothing to decide: neither a baseline nor a least value",
            "Name a baseline, or state min for its benchmarks.",
        )
    yield from asked


def _entry(record: SuiteRecord, path: Path, model: str) -> str:
    if model:
        if model not in record.entries:
            raise UnknownName(f"model of {path}", model, record.entries)
        return model
    if len(record.entries) > 1:
        raise UsageError(
            f"{path} has several models: {', '.join(record.entries)}",
            "Name one: --model LABEL (in a plan: model).",
        )
    return record.entries[0]


def _baseline_entry(check: Check, of: OfSuite, baseline: SuiteRecord, entry: str) -> str:
    """Choose the baseline's model: as named, the candidate's, or the only one."""
    if check.baseline is None:
        return ""
    same = check.baseline.resolve() == check.candidate.resolve()
    if not of.baseline_model and not same and entry in baseline.entries:
        return entry
    try:
        return _entry(baseline, check.baseline, of.baseline_model)
    except UsageError as error:
        if of.baseline_model:
            raise
        raise UsageError(
            error.message, "Name one: --baseline-model LABEL (in a plan: baseline_model)."
        ) from error


def _run(record: SuiteRecord | None, label: str, entry: str | None) -> RunRecord | None:
    runs = record.runs if record else ()
    return next((run for run in runs if run.label == label and run.entry == entry), None)


def _check(
    check: Check, of: OfSuite, benchmark: BenchmarkRecord, run: RunRecord | None, there: RunRecord | None
) -> Check:
    """Return the check of one benchmark: of the candidate's run, against the baseline's."""
    own = of.benchmarks.get(benchmark.label, Thresholds())
    drops = (own.max_drop, of.max_drop, benchmark.max_drop, check.max_drop)
    absent = _absence(check.candidate, run, "the candidate")
    if check.baseline is not None:
        absent = absent or _absence(check.baseline, there, "the baseline")
    metrics = own.metrics or of.metrics or ((benchmark.metric,) if benchmark.metric else None)
    candidate = check.candidate / run.directory if run else check.candidate
    if not absent and metrics is None:
        try:
            metrics = (main_metric(read_config(candidate / RUN)),)
        except CodeEvalError as error:
            absent = error.message
    return Check(
        candidate=candidate,
        baseline=check.baseline / there.directory if check.baseline and there else None,
        max_drop=next((each for each in drops if each is not None), MAX_DROP),
        metrics=metrics or (),
        least=(benchmark.least | check.least) if own.least is None else own.least,
        tier=own.tier or benchmark.tier,
        benchmark=benchmark.label,
        absent=absent,
    )


def _absence(path: Path, run: RunRecord | None, whose: str) -> str:
    """Return why there is no run to decide on; empty where there is one, however far."""
    if run is None:
        return f"{whose} has no run of it"
    verdicts = path / run.directory / VERDICTS
    if verdicts.is_file() and verdicts.stat().st_size:
        return ""
    if run.state is RunState.FAILED:
        return f"{whose} could not run it: {run.error}"
    return f"{whose} has not run it yet"
