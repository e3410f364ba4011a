"""Compares runs, decides on candidates, and writes reports about runs that are there."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec

from codeeval import gating
from codeeval.comparison import compare as compare_runs
from codeeval.errors import UsageError
from codeeval.gating import read_history
from codeeval.records import RunDirectory, is_suite, write_atomically, writing
from codeeval.reports.annotations import workflow_commands
from codeeval.reports.junit import junit
from codeeval.reports.markdown import markdown
from codeeval.reports.sarif import sarif
from codeeval.session.benchmarks import data_source, remake_benchmark
from codeeval.session.hooks import no_notes
from codeeval.session.settings import DataOptions, GateOptions, GateReports
from codeeval.session.suite_gates import with_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from codeeval.gating import GateResult, Plan
    from codeeval.records import RunConfig
    from codeeval.reports.drawing import Chart
    from codeeval.reports.source import Origin
    from codeeval.session.hooks import Notes

__all__ = [
    "Reported",
    "compare_runs",
    "gate_plan",
    "read_history",
    "run_gate",
    "workflow_commands",
    "write_report",
]


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """What ``write_report`` has written."""

    path: str
    bytes: int
    runs: int
    samples: int
    """Judged samples of all runs."""
    shown: int
    """Of these, those that the page holds whole."""
    charts: tuple[str, ...]
    """Files with charts."""


def run_gate(options: GateOptions, reports: GateReports = GateReports()) -> GateResult:
    """Decide whether a candidate may pass, and write the reports that are wanted.

    Raises:
        UsageError: the options contradict each other, or runs cannot be compared.
        DataError: a run or a plan is malformed.
    """
    plan = gate_plan(options)
    result = gating.gate(with_runs(plan), force=options.force)
    if reports.junit:
        write_atomically(reports.junit, (junit(result),))
    if reports.sarif:
        write_atomically(reports.sarif, (sarif(result),))
    if reports.markdown:
        write_atomically(reports.markdown, (markdown(result).encode(),))
    if plan.history:
        gating.append_history(plan.history, result)
    return result


def gate_plan(options: GateOptions) -> Plan:
    """Return the checks of a gate.

    Raises:
        UsageError: nothing to decide on, or options that exclude each other.
        DataError: the plan's file is malformed.
    """
    single = {
        "--baseline": options.baseline,
        "--candidate": options.candidate,
        "--model": options.model or None,
        "--baseline-model": options.baseline_model or None,
        "--max-drop": options.max_drop,
        "--metric": options.metrics,
        "--min": options.minimum,
        "--alpha": options.alpha,
        "--max-sandbox-errors": options.max_sandbox_errors,
    }
    if options.config is not None:
        if given := [name for name, value in single.items() if value not in {None, ()}]:
            raise UsageError(f"{given[0]} and --config exclude each other", "Write it into the file.")
        plan = gating.read_plan(options.config)
        return msgspec.structs.replace(plan, history=options.history or plan.history)
    if options.candidate is None:
        raise UsageError(
            "nothing to decide on", "Name runs, --baseline RUN --candidate RUN, or a plan, --config FILE."
        )
    minimum = dict(map(gating.parse_least, options.minimum))
    if not is_suite(options.candidate):
        gating.require_question(has_baseline=options.baseline is not None, least=minimum)
    if options.baseline is None and (options.max_drop or options.metrics):
        raise UsageError("a drop needs a baseline", "Name it: --baseline RUN.")
    metrics = tuple(dict.fromkeys(options.metrics)) or (gating.METRIC,)
    for name in metrics:
        gating.parse_metric(name)
    drop = None if options.max_drop is None else gating.parse_drop(options.max_drop)
    check = gating.Check(
        candidate=options.candidate,
        baseline=options.baseline,
        max_drop=gating.MAX_DROP if drop is None else drop,
        metrics=metrics,
        least=minimum,
        of_suite=gating.OfSuite(
            model=options.model,
            baseline_model=options.baseline_model,
            max_drop=drop,
            metrics=metrics if options.metrics else None,
        ),
    )
    share = options.max_sandbox_errors
    return gating.Plan(
        checks=(check,),
        alpha=gating.check_alpha(gating.ALPHA if options.alpha is None else options.alpha),
        max_sandbox_errors=gating.MAX_SANDBOX_ERRORS if share is None else share,
        history=options.history,
    )


def write_report(
    runs: Sequence[Path],
    out: Path,
    *,
    charts: Path | None = None,
    samples: int = 2000,
    ks: tuple[int, ...] = (1, 10, 100),
    force: bool = False,
    cutoff: str = "",
    data: DataOptions = DataOptions(),
    notes: Notes = no_notes,
) -> Reported:
    """Write one self-contained HTML file about one or more runs; those of one benchmark are compared.

    Args:
        runs: run directories; the first of each benchmark is the baseline of the others.
        out: the file.
        charts: folder for each chart as SVG, PNG and Vega-Lite; None for none.
        samples: most samples that the page holds whole, failing ones first.
        ks: which pass@k; runs are compared by the first.
        force: compare runs on different data too, on their common tasks.
        cutoff: the first month that the models do not know (``2024-06``), where tasks have dates.
        data: where prompts and references come from.
        notes: receives what could not be found.

    Raises:
        DataError: a run is malformed.
        UsageError: runs cannot be compared, or the cutoff is no month.
        StorageError: a file cannot be written.
    """
    from codeeval.reports.months import check_cutoff  # noqa: PLC0415 -- as below
    from codeeval.reports.page import build  # noqa: PLC0415 -- altair and jinja2, only where a page is made
    from codeeval.reports.sections import make_sections  # noqa: PLC0415 -- as above
    from codeeval.reports.source import label_runs, read_run  # noqa: PLC0415 -- as above

    for folder in (out.parent, *([charts] if charts else [])):
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(RunDirectory.open(run)) for run in runs]
        labels = label_runs(runs, [each.config for each in opened])
        find = _origins(data)
        views = [
            read_run(directory, label, ks, find(directory.config))
            for directory, label in zip(opened, labels, strict=True)
        ]
        for view in views:
            if view.origin.missing:
                notes(f"{view.path}: {view.origin.missing}")
        sections = make_sections(views, ks[0], force=force, cutoff=check_cutoff(cutoff) if cutoff else "")
        page, built = build(views, sections, out, samples)
    write_atomically(out, (encoded := page.encode("utf-8", "backslashreplace"),))
    saved = _save([chart for section in sections for chart in section.charts], charts) if charts else ()
    return Reported(
        path=str(out),
        bytes=len(encoded),
        runs=len(views),
        samples=built.samples,
        shown=built.shown,
        charts=tuple(map(str, saved)),
    )


def _origins(data: DataOptions) -> Callable[[RunConfig], Origin]:
    """Make benchmarks again, each dataset once however many runs are of it."""
    from codeeval.reports.source import find_origin  # noqa: PLC0415 -- as above

    known: dict[tuple[str, bytes], Origin] = {}

    def find(config: RunConfig) -> Origin:
        key = (config.benchmark, msgspec.json.encode(config.options, enc_hook=str))
        if key not in known:
            known[key] = find_origin(
                lambda: remake_benchmark(config), lambda made: made.load(data_source(data)).problems
            )
        return known[key]

    return find


def _save(charts: Sequence[Chart], folder: Path) -> list[Path]:
    """Write each chart as SVG, PNG and Vega-Lite."""
    from codeeval.reports.drawing import png  # noqa: PLC0415 -- only where charts are saved

    saved = []
    for chart in charts:
        forms = {
            "svg": chart.wide.encode(),
            "png": png(chart),
            "vl.json": msgspec.json.format(msgspec.json.encode(chart.spec), indent=2),
        }
        for ending, content in forms.items():
            path = folder / f"{chart.name}.{ending}"
            write_atomically(path, (content,))
            saved.append(path)
    return saved
