"""Shows how a run goes: live bars on a terminal, a line now and then elsewhere, nothing when quiet."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Final, Protocol, Self

from codeeval.cli.output import Verbosity
from codeeval.rendering.console import console_for_stderr, duration, lines
from codeeval.session.settings import Counts, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from rich.progress import TaskID

    from codeeval.cli.output import Output

REFRESH_S: Final = 0.1
LINE_EVERY_S: Final = 10.0
DESKTOP_CHARS: Final = 110
"""Width from which a terminal has room for more than the bars."""
_DAY_S: Final = 86_400
SHORT_S: Final = 60.0
"""Up to here nobody asks at what o'clock it ends."""


class RunProgress(Protocol):
    """What the commands hand to the pipeline, as a context that ends the display."""

    def update(self, counts: Counts) -> None:
        """Something changed."""
        ...

    def note(self, message: str) -> None:
        """One line that a user should see."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def run_progress(output: Output, stage: Stage) -> RunProgress:
    """Choose how to show progress: as the user asked, and as the terminal allows."""
    if output.verbosity is Verbosity.QUIET:
        return LineProgress(output, stage, every_s=None)
    if sys.stderr.isatty():
        return LiveProgress(output, stage)
    return LineProgress(output, stage, every_s=LINE_EVERY_S)


def passed_so_far(counts: Counts) -> str:
    """Format the share of judged samples that passed, for example ``passed 12.5%``."""
    judged = counts.executed - counts.sandbox_errors
    return f"passed {counts.passed / judged:.1%}" if judged else ""


def cost_so_far(counts: Counts) -> str:
    """Format what the completions have cost and will, for example ``$1.20 of about $4.80``."""
    if counts.cost_usd is None or not counts.generated:
        return ""
    return f"${counts.cost_usd:.2f} of about ${counts.cost_usd / counts.generated * counts.samples:.2f}"


def clock(seconds: float) -> str:
    """Return what the clock will show in so many seconds."""
    return time.strftime(
        "%H:%M" if seconds < _DAY_S / 2 else "%a %H:%M", time.localtime(time.time() + seconds)
    )


@contextlib.contextmanager
def byte_progress(what: str, output: Output) -> Iterator[Callable[[int, int], None] | None]:
    """Show a download: yields what takes bytes done and bytes in all, or None where nobody looks."""
    if output.verbosity is Verbosity.QUIET or not sys.stderr.isatty():
        output.note(f"{what} ...")
        yield None
        return
    from rich.progress import (  # noqa: PLC0415 -- costs 80 ms
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console_for_stderr(), transient=True) as display:
        bar = display.add_task(what, total=None)
        yield lambda done, total: display.update(bar, completed=done, total=total)


class LiveProgress:
    """Bars that move, with the pass rate so far and the time left."""

    def __init__(self, output: Output, stage: Stage) -> None:
        from rich.progress import (  # noqa: PLC0415 -- costs 80 ms
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._output = output
        self._console = console_for_stderr()
        self._display = Progress(
            TextColumn("{task.description:<10}", markup=False),
            BarColumn(bar_width=None),  # as wide as the terminal allows
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[more]}", markup=False),
            console=self._console,
            transient=True,
            expand=True,
        )
        self._bars: dict[str, TaskID] = {}
        if stage is not Stage.EXECUTE:
            self._bars["generated"] = self._display.add_task("generated", total=None, more="")
        if stage is not Stage.GENERATE:
            self._bars["executed"] = self._display.add_task("executed", total=None, more="")
        self._counts: Counts | None = None
        self._drawn = 0.0

    def update(self, counts: Counts) -> None:
        """Move the bars, at most ten times a second."""
        self._counts = counts
        now = time.monotonic()
        if now - self._drawn >= REFRESH_S:
            self._drawn = now
            self._draw(counts)

    def note(self, message: str) -> None:
        """Print a line above the bars."""
        self._console.print(lines(message))

    def _draw(self, counts: Counts) -> None:
        if "generated" in self._bars:
            parts = [self._end("generated"), cost_so_far(counts)]
            more = ", ".join(part for part in parts if part)
            self._display.update(
                self._bars["generated"], total=counts.samples, completed=counts.generated, more=more
            )
        if "executed" in self._bars:
            parts = [self._end("executed"), passed_so_far(counts)]
            if counts.waiting:
                parts.append(f"{counts.waiting} timeouts to repeat")
            if counts.sandbox_errors:
                parts.append(f"{counts.sandbox_errors} sandbox errors")
            more = ", ".join(part for part in parts if part)
            self._display.update(
                self._bars["executed"], total=counts.samples, completed=counts.executed, more=more
            )

    def _end(self, bar: str) -> str:
        """Return when a bar will be full, where the terminal has room for that."""
        task = next(task for task in self._display.tasks if task.id == self._bars[bar])
        if task.time_remaining is None or task.finished or self._console.width < DESKTOP_CHARS:
            return ""
        return f"ends {clock(task.time_remaining)}"

    def __enter__(self) -> Self:
        self._display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._counts is not None:
            self._draw(self._counts)
        self._display.stop()


class LineProgress:
    """A plain line every few seconds, for logs; none at all where ``every_s`` is None."""

    def __init__(self, output: Output, stage: Stage, every_s: float | None) -> None:
        self._output = output
        self._stage = stage
        self._every_s = every_s
        self._started = self._said = time.monotonic()
        self._first: int | None = None

    def update(self, counts: Counts) -> None:
        """Print where the run is, if it is time."""
        if self._first is None:
            self._first = self._done(counts)
        now = time.monotonic()
        if self._every_s is not None and now - self._said >= self._every_s:
            self._said = now
            self._output.note(self._line(counts, now))

    def note(self, message: str) -> None:
        """Print the line on its own."""
        self._output.note(message)

    def _done(self, counts: Counts) -> int:
        return counts.generated if self._stage is Stage.GENERATE else counts.executed

    def _line(self, counts: Counts, now: float) -> str:
        parts = []
        if self._stage is not Stage.EXECUTE:
            parts.append(f"generated {counts.generated} of {counts.samples}")
        if self._stage is not Stage.GENERATE:
            parts.append(f"executed {counts.executed} of {counts.samples}")
            parts.append(passed_so_far(counts))
        fresh = self._done(counts) - (self._first or 0)
        if fresh:
            left_s = (counts.samples - self._done(counts)) * (now - self._started) / fresh
            parts.append(f"about {duration(left_s)} left")
            if left_s > SHORT_S:
                parts.append(f"until {clock(left_s)}")
        parts.append(cost_so_far(counts))
        return ", ".join(part for part in parts if part)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""
