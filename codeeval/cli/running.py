"""What ``run``, ``generate`` and ``execute`` share: progress on the way, the result at the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from codeeval.cli.event_loop import run_session
from codeeval.cli.progress import run_progress
from codeeval.cli.result import present
from codeeval.errors import BudgetSpent, SuiteIncomplete, TooManySandboxErrors
from codeeval.rendering.console import duration
from codeeval.session.results import read_result
from codeeval.session.running import execute_run, run_benchmark

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from codeeval.cli.output import Output
    from codeeval.session.hooks import Blocking
    from codeeval.session.results import RunResult
    from codeeval.session.settings import RunRequest
    from codeeval.session.suites import SuiteRequest, SuiteTable


def run_and_present(request: RunRequest, output: Output) -> None:
    """Do a run, and print its result.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept.
    """
    _present(
        lambda blocking: run_benchmark(
            request, notes=output.note, progress=lambda stage: run_progress(output, stage), blocking=blocking
        ),
        output,
    )


def execute_and_present(request: RunRequest, path: Path, output: Output) -> None:
    """Execute what a run directory holds, and print its result.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept.
    """
    _present(
        lambda blocking: execute_run(
            request,
            path,
            notes=output.note,
            progress=lambda stage: run_progress(output, stage),
            blocking=blocking,
        ),
        output,
    )


def run_suite_and_present(request: SuiteRequest, output: Output) -> None:
    """Do a suite, and print its table.

    Raises:
        CodeEvalError: whatever stops it; what was done is kept.
    """
    from codeeval.session.suites import make_table, run_suite  # noqa: PLC0415 -- costs 30 ms, for suites alone

    started_s = time.monotonic()
    try:
        table = run_session(
            lambda blocking: run_suite(
                request,
                notes=output.note,
                progress=lambda stage: run_progress(output, stage),
                blocking=blocking,
            )
        )
    except SuiteIncomplete as error:
        if error.path is not None:
            _present_suite(make_table(error.path), output, reasons=False)
        raise
    output.note(f"done in {duration(time.monotonic() - started_s)}")
    _present_suite(table, output)


def _present_suite(table: SuiteTable, output: Output, *, reasons: bool = True) -> None:
    from codeeval.rendering.suite import suite_tables  # noqa: PLC0415 -- as above

    output.result(table, *([] if output.json else suite_tables(table, reasons=reasons)))


def _present(session: Callable[[Blocking], Coroutine[object, object, RunResult]], output: Output) -> None:
    started_s = time.monotonic()
    try:
        result = run_session(session)
    except (TooManySandboxErrors, BudgetSpent) as error:
        if error.path is not None:
            present(read_result(error.path), output)
        raise
    output.note(f"done in {duration(time.monotonic() - started_s)}")
    present(result, output)
