"""A run directory that another process may be writing, indexed once and then read on."""

from __future__ import annotations

import contextlib
import heapq
import threading
import time
from array import array
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.errors import CodeEvalError, DataError
from codeeval.formatting import visible
from codeeval.records import COMPLETIONS, RUN, VERDICTS, RunDirectory, read_holder
from codeeval.reports.source import OUTCOMES, RunCounts
from codeeval.types import Outcome
from codeeval.viewer.live import Live, Message, Pace, SlowSample, Status, score_now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codeeval.records import RunConfig
    from codeeval.types import Completion, Usage, Verdict

SLOWEST: Final = 10
MESSAGES: Final = 10
"""Samples and messages that a page names."""
_DISTINCT_MESSAGES: Final = 20_000
_MESSAGE_CHARS: Final = 200
_PERIOD_S: Final = 0.5
"""Shortest time between two looks at the files."""
_SHARE: Final = 0.1
"""Most of the time that looking at one run may take up."""
_WINDOW_S: Final = 60.0
"""Longest time that rates are taken over."""
_MEASURED_S: Final = 1.0
"""Shortest time that rates are taken over."""
_FRESH_S: Final = 60.0
"""An unfinished run that changed so recently seems to go on, even where its lock cannot be seen."""


class Account:
    """Counts a run's records as they are found; see ``records.Watcher``.

    Args:
        config: the run's.
    """

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self.numbers = {task: number for number, task in enumerate(config.plan)}
        self.usages: dict[int, Usage] = {}
        """By sample."""
        self.tokens = 0
        """Generated, in all."""
        self.changed = array("q", bytes(8 * len(config.plan)))
        """By task, the version at which it changed last."""
        self.version = 1
        """Grows with every look that found something."""
        self.replaced = False
        """Whether a verdict took the place of another, so that the counts are to be made anew."""
        self.begin()

    def begin(self) -> None:
        """Count verdicts from the start."""
        self.counts = RunCounts(self._config)
        self.replaced = False
        self._judged = bytearray(sum(self._config.plan.values()))
        self._slowest: list[tuple[float, int, str, int, Outcome, float]] = []
        self._messages: dict[tuple[Outcome, str], list[int]] = {}

    def completion(self, index: int, completion: Completion) -> None:
        """Count a completion."""
        before = self.usages.get(index)
        self.tokens += completion.usage.completion_tokens - (before.completion_tokens if before else 0)
        self.usages[index] = completion.usage

    def verdict(self, index: int, verdict: Verdict) -> None:
        """Count a verdict."""
        if self._judged[index]:
            self.replaced = True
            return
        self._judged[index] = 1
        self.counts.add(verdict)
        self.changed[self.numbers[verdict.task_id]] = self.version
        if len(self._slowest) < SLOWEST or verdict.cpu_s > self._slowest[0][0]:
            slow = (verdict.cpu_s, -index, verdict.task_id, verdict.sample, verdict.outcome, verdict.wall_s)
            if len(self._slowest) < SLOWEST:
                heapq.heappush(self._slowest, slow)
            else:
                heapq.heapreplace(self._slowest, slow)
        if verdict.outcome is not Outcome.PASSED and verdict.detail:
            key = (verdict.outcome, verdict.detail[:_MESSAGE_CHARS].partition("\n")[0])
            found = self._messages.get(key)
            if found is not None:
                found[0] += 1
            elif len(self._messages) < _DISTINCT_MESSAGES:
                self._messages[key] = [1, self.numbers[verdict.task_id], verdict.sample]

    @property
    def slowest(self) -> tuple[SlowSample, ...]:
        """The samples whose programs took most CPU time."""
        return tuple(
            SlowSample(self.numbers[task], visible(task), sample, OUTCOMES.index(outcome), cpu_s, wall_s)
            for cpu_s, _, task, sample, outcome, wall_s in sorted(self._slowest, reverse=True)
            if cpu_s
        )

    @property
    def messages(self) -> tuple[Message, ...]:
        """The most frequent details of verdicts on samples that did not pass."""
        often = heapq.nlargest(MESSAGES, self._messages.items(), key=lambda item: item[1][0])
        return tuple(
            Message(OUTCOMES.index(outcome), visible(text), *found) for (outcome, text), found in often
        )


class _Moment(NamedTuple):
    at_s: float
    judged: int
    tokens: int


class Followed:
    """One run, kept up to date. Safe to use from several threads.

    Args:
        path: the run directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._directory: RunDirectory | None = None
        self._account: Account | None = None
        self._signature: tuple[int, ...] = ()
        self._problem: CodeEvalError | None = None
        self._next_s = 0.0
        self._moments: deque[_Moment] = deque()
        # from the clock: a reader may have seen versions of a run that was dropped from memory since
        self._version = time.time_ns() // 1_000_000

    @contextlib.contextmanager
    def opened(self) -> Iterator[tuple[RunDirectory, Account]]:
        """Look at the files, and give the run for reading.

        Raises:
            DataError: it is malformed, or no run directory.
        """
        with self._lock:
            self._look()
            if self._directory is None or self._account is None:
                raise self._problem or DataError(f"{self.path} cannot be read")
            yield self._directory, self._account

    def live(self, since: int) -> Live:
        """Return how the run is going.

        Args:
            since: version that the reader has seen; tasks that changed later are named.

        Raises:
            DataError: it is malformed, or no run directory.
        """
        with self.opened() as (directory, account):
            counts = account.counts
            outcomes = tuple(counts.tally.scores.main.outcomes.values())
            generated = len(account.usages)
            judged = sum(outcomes)
            finished = judged + len(directory.unanswered()) >= directory.samples
            status = Status.of(finished=finished, written=not finished and is_written(self.path))
            pace = self._pace(directory.samples - judged) if status is Status.RUNNING else None
            return Live(
                version=account.version,
                status=status,
                planned=directory.samples,
                generated=generated,
                judged=judged,
                unanswered=len(directory.unanswered()),
                outcomes=outcomes,
                score=score_now(counts.tally.scores),
                tokens=account.tokens,
                pace=pace,
                slowest=account.slowest,
                messages=account.messages,
                tasks=tuple(
                    (number, tuple(counts.outcomes[task]), round(counts.longest[task], 4))
                    for task, number in account.numbers.items()
                    if account.changed[number] > since
                ),
                problem="" if self._problem is None else self._problem.message,
            )

    def close(self) -> None:
        """Close the files; the next look opens them again."""
        with self._lock:
            if self._directory is not None:
                self._directory.close()
            self._directory = self._account = None
            self._next_s = 0.0

    def _look(self) -> None:
        """Read what is new, at most so often that it takes up a small share of the time."""
        began_s = time.monotonic()
        if began_s < self._next_s:
            return
        try:
            self._read_on()
            self._problem = None
        except CodeEvalError as error:
            self._problem = error
        now_s = time.monotonic()
        self._next_s = now_s + max(_PERIOD_S, (now_s - began_s) / _SHARE)
        if self._account is not None:
            judged = sum(map(sum, self._account.counts.outcomes.values()))
            self._moments.append(_Moment(now_s, judged, self._account.tokens))
            while len(self._moments) > 2 and self._moments[1].at_s < now_s - _WINDOW_S:
                self._moments.popleft()

    def _read_on(self) -> None:
        signature = _signature(self.path / RUN)
        if self._directory is None or signature != self._signature or not self._followed():
            self.close()
            self._version += 1
            self._moments.clear()
            made: list[Account] = []

            def watcher(config: RunConfig) -> Account:
                made.append(Account(config))
                made[0].version = self._version
                made[0].changed = array("q", [self._version]) * len(config.plan)
                return made[0]

            self._directory = RunDirectory.open(self.path, watcher)
            self._account, self._signature = made[0], signature
        if self._account is not None and self._account.replaced:
            self._account.begin()
            for index, verdict in self._directory.verdicts_by_index():
                self._account.verdict(index, verdict)

    def _followed(self) -> bool:
        """Read what was appended; whether the files are still the same."""
        if self._directory is None or self._account is None:
            return False
        before = (
            len(self._account.usages),
            self._account.tokens,
            self._account.counts.tally.scores.main.samples,
        )
        self._account.version = self._version + 1
        try:
            return self._directory.follow()
        finally:
            after = (
                len(self._account.usages),
                self._account.tokens,
                self._account.counts.tally.scores.main.samples,
            )
            if after != before or self._account.replaced:
                self._version += 1
            self._account.version = self._version

    def _pace(self, left: int) -> Pace | None:
        """Return how fast the run has been going, or None where it was not watched for long enough."""
        first, last = self._moments[0], self._moments[-1]
        seconds = last.at_s - first.at_s
        if seconds < _MEASURED_S:
            return None
        samples_s = (last.judged - first.judged) / seconds
        return Pace(
            tokens_s=(last.tokens - first.tokens) / seconds,
            samples_s=samples_s,
            left_s=left / samples_s if samples_s > 0 else None,
        )


def is_written(path: Path) -> bool:
    """Whether another process seems to be writing to a run directory."""
    if read_holder(path) is not None:
        return True
    latest = max(map(_changed_s, (path / COMPLETIONS, path / VERDICTS)))
    return time.time() - latest < _FRESH_S


def _changed_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _signature(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
