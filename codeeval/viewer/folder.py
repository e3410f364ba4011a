"""A folder of runs: finds them, lists them, and keeps the ones that are looked at up to date."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import CodeEvalError, UnknownName
from codeeval.formatting import visible
from codeeval.pipeline import read_metrics
from codeeval.records import COMPLETIONS, METRICS, RUN, SUITE, VERDICTS, is_suite
from codeeval.records.config import read_config
from codeeval.suites import RunState, read_record
from codeeval.viewer.following import Followed, is_written
from codeeval.viewer.live import ScoreNow, Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codeeval.metrics import Metrics

DEPTH: Final = 8
"""Levels of folders below the one that is served."""
MOST_FOLDERS: Final = 20_000
"""Folders that are looked into."""
OPEN: Final = 32
"""Runs whose index is kept in memory."""
_COUNTING_S: Final = 1.0
"""Time that one listing may spend on reading runs without a summary."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A run in the list, ready to be shown."""

    id: str
    """Names it in addresses."""
    path: str
    """Relative to the folder that is served."""
    benchmark: str = ""
    model: str = ""
    created: str = ""
    """UTC, ISO 8601."""
    status: Status | None = None
    """None where it is not known."""
    planned: int = 0
    """Samples."""
    judged: int | None = None
    """None where nobody has counted yet."""
    score: ScoreNow | None = None
    problem: str = ""
    """Why it cannot be read."""
    suite: str = ""
    """Id of the suite that it belongs to; empty for none."""


class ListedSuite(msgspec.Struct, frozen=True, kw_only=True):
    """A suite in the list, above its runs."""

    id: str
    path: str
    """Relative to the folder that is served."""
    name: str = ""
    planned: int = 0
    """Runs."""
    done: int = 0
    failed: tuple[str, ...] = ()
    """Of each run that could not be carried out: which one, and why."""
    problem: str = ""
    """Why it cannot be read."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """All runs of a folder."""

    runs: tuple[Listed, ...]
    """The newest first."""
    suites: tuple[ListedSuite, ...]
    incomplete: bool
    """Whether there are more folders than were looked into."""


class Folder:
    """A folder of runs. Safe to use from several threads.

    Links to other folders are not followed while looking for runs: a folder may be anybody's.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._paths: dict[str, Path] = {}
        self._followed: OrderedDict[str, Followed] = OrderedDict()
        self._known: dict[str, tuple[tuple[float, ...], Listed]] = {}
        self._suites: dict[Path, tuple[float, ListedSuite]] = {}

    def listing(self) -> Listing:
        """Look for runs."""
        with self._lock:
            folders = list(_walk(self.root))
            self._suites = {path: self._suite(path) for path in folders if is_suite(path)}
            found = {run_id(self.root, path): path for path in folders if _has_records(path)}
            self._paths = found
            until_s = time.monotonic() + _COUNTING_S
            runs = [self._listed(name, path, until_s) for name, path in found.items()]
            self._known = {name: known for name, known in self._known.items() if name in found}
            suites = tuple(suite for _, suite in self._suites.values())
        runs.sort(key=lambda run: run.path)
        runs.sort(key=lambda run: run.created, reverse=True)
        return Listing(runs=tuple(runs), suites=suites, incomplete=len(folders) >= MOST_FOLDERS)

    def run(self, name: str) -> Followed:
        """Return a run of the list.

        Raises:
            UnknownName: there is none with this id.
        """
        if name not in self._paths:
            self.listing()
        with self._lock:
            return self._follow(name)

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            for followed in self._followed.values():
                followed.close()
            self._followed.clear()

    def _follow(self, name: str) -> Followed:
        path = self._paths.get(name)
        if path is None:
            raise UnknownName("run", name[:40], ())
        followed = self._followed.setdefault(name, Followed(path))
        self._followed.move_to_end(name)
        if len(self._followed) > OPEN:
            self._followed.popitem(last=False)[1].close()
        return followed

    def _suite(self, path: Path) -> tuple[float, ListedSuite]:
        """Return a suite's line with the time of its record; what was known where that did not change."""
        changed = _changed(path / SUITE)
        known = self._suites.get(path)
        if known is not None and known[0] == changed:
            return known
        bare = ListedSuite(id=run_id(self.root, path), path=visible(str(path.relative_to(self.root))))
        try:
            record = read_record(path)
        except CodeEvalError as error:
            return changed, msgspec.structs.replace(bare, problem=visible(error.message))
        failed = [run for run in record.runs if run.state is RunState.FAILED]
        listed = msgspec.structs.replace(
            bare,
            name=visible(record.name),
            planned=len(record.runs),
            done=sum(run.state is RunState.DONE for run in record.runs),
            failed=tuple(visible(f"{run.label} on {run.entry}: {run.error}") for run in failed),
        )
        return changed, listed

    def _listed(self, name: str, path: Path, until_s: float) -> Listed:
        """Return a run's line; from what was known where its files did not change."""
        signature = tuple(map(_changed, (path / each for each in (RUN, COMPLETIONS, VERDICTS, METRICS))))
        known = self._known.get(name)
        if known is not None and known[0] == signature and known[1].status is not Status.RUNNING:
            return known[1]
        suite = self._suites.get(path.parent)
        bare = Listed(
            id=name,
            path=visible(str(path.relative_to(self.root))),
            suite=suite[1].id if suite else "",
        )
        try:
            listed = self._read(bare, path, until_s)
        except CodeEvalError as error:
            listed = msgspec.structs.replace(bare, problem=visible(error.message))
        if listed.judged is not None or listed.problem:
            self._known[name] = (signature, listed)
        return listed

    def _read(self, bare: Listed, path: Path, until_s: float) -> Listed:
        config = read_config(path / RUN)
        named = msgspec.structs.replace(
            bare,
            benchmark=visible(config.benchmark),
            model=visible(config.model.spec),
            created=visible(config.created),
            planned=sum(config.plan.values()),
        )
        metrics = _summary(path)
        if metrics is not None and (metrics.complete or not is_written(path)):
            first = next(iter(metrics.metrics.items()), None)
            return msgspec.structs.replace(
                named,
                status=Status.of(finished=metrics.complete, written=False),
                judged=metrics.samples,
                score=None
                if first is None
                else ScoreNow(name=first[0], value=first[1].value, low=first[1].low, high=first[1].high),
            )
        if time.monotonic() > until_s:
            return named
        live = self._follow(bare.id).live(0)
        return msgspec.structs.replace(
            named, status=live.status, judged=live.judged, score=live.score, problem=visible(live.problem)
        )


def run_id(root: Path, path: Path) -> str:
    """Name a run in addresses: the same for the same place, whatever characters its path has."""
    return hashlib.sha256(os.fsencode(path.relative_to(root))).hexdigest()[:12]


def _walk(root: Path) -> Iterator[Path]:
    """Yield a folder and those below it, breadth first, without following links, up to the bounds."""
    waiting = [(root, 0)]
    for path, depth in waiting:  # which grows
        yield path
        if depth == DEPTH or (path / RUN).exists():
            continue
        try:
            with os.scandir(path) as entries:
                inner = sorted(
                    entry.name
                    for entry in entries
                    if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
                )
        except OSError:
            continue
        room = MOST_FOLDERS - len(waiting)
        waiting += [(path / name, depth + 1) for name in inner[: max(0, room)]]


def _has_records(path: Path) -> bool:
    return any((path / name).exists() for name in (RUN, COMPLETIONS, VERDICTS))


def _summary(path: Path) -> Metrics | None:
    """Return a run's ``metrics.json`` where it is there, sound, and not older than the verdicts."""
    if _changed(path / METRICS) < _changed(path / VERDICTS):
        return None
    try:
        return read_metrics(path)
    except CodeEvalError:
        return None


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
