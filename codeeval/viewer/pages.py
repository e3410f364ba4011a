"""Renders the pages: the templates and scripts of the report, on runs as they are now."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import UsageError
from codeeval.formatting import visible
from codeeval.pipeline import DEFAULT_KS
from codeeval.records import RunDirectory
from codeeval.reports.details import task_detail
from codeeval.reports.page import RunIndex, index_of, render, safe_json
from codeeval.reports.sections import make_sections, outline
from codeeval.reports.selection import choose
from codeeval.reports.source import Origin, checked_origin, label_runs, read_run
from codeeval.session.evidence import origins
from codeeval.viewer.live import Live, Status
from codeeval.viewer.searching import search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.records import RunConfig
    from codeeval.reports.details import TaskDetail
    from codeeval.reports.source import RunView
    from codeeval.session.settings import DataOptions
    from codeeval.viewer.folder import Folder
    from codeeval.viewer.following import Followed
    from codeeval.viewer.searching import Search

MOST_RUNS: Final = 8
"""Runs that are shown side by side."""
SAMPLES: Final = 40
"""Samples of a task that are sent when it is opened; any other is sent when it is asked for."""
_DATA_S: Final = 0.5
"""How long a page waits for the benchmark's data."""
_NOT_YET: Final = "The benchmark's data are still being read; open this task again for its prompt."


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What the script of a served page knows besides its runs and tasks."""

    results: str
    """Address of the scores with charts and comparison."""
    at_once: bool
    """Whether to ask for them when the page opens."""
    scores: str = ""
    """Address of the scores without charts, as they are now."""
    events: str = ""
    """Address of the changes; empty where none are followed."""
    search: str = ""
    """Address of the search."""
    live: Live | None = None
    beside: bool = False
    """Whether samples of two runs are shown side by side."""


class Pages:
    """Makes pages of a folder's runs. Safe to use from several threads.

    Args:
        folder: the runs.
        data: where prompts and references come from.
    """

    def __init__(self, folder: Folder, data: DataOptions) -> None:
        self._folder = folder
        self._find = origins(data)
        self._reader = ThreadPoolExecutor(1, "benchmark-data")
        self._origins: dict[tuple[str, bytes], Future[Origin]] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Read no more data."""
        self._reader.shutdown(wait=False, cancel_futures=True)

    def runs(self) -> str:
        """Return the page that lists the runs."""
        name = visible(str(self._folder.root))
        return render("runs.html.jinja", title=name, listing=safe_json(self._folder.listing()))

    def run(self, name: str) -> str:
        """Return the page of one run.

        Raises:
            UnknownName: there is no such run.
            DataError: it is malformed.
        """
        followed = self._folder.run(name)
        live = followed.live(0)
        view = self._quick(followed)
        page = Page(
            results=f"/results?run={name}",
            at_once=live.status is not Status.RUNNING,
            scores=f"/run/{name}/scores",
            events=f"/run/{name}/events",
            search=f"/run/{name}/search",
            live=msgspec.structs.replace(live, tasks=()),
        )
        return self._page([view], [name], page, f"{visible(view.config.benchmark)} · {view.label}")

    def compare(self, names: Sequence[str]) -> str:
        """Return the page of several runs side by side.

        Raises:
            UsageError: too few or too many, or one twice.
            UnknownName: there is no such run.
            DataError: one is malformed.
        """
        views = self._labelled([self._quick(each) for each in self._chosen(names, 2)])
        address = "&".join(f"run={name}" for name in names)
        page = Page(results=f"/results?{address}", at_once=True, beside=True)
        return self._page(views, names, page, " and ".join(view.label for view in views))

    def scores(self, name: str) -> str:
        """Return a run's scores as they are now, without charts: a part of a page.

        Raises:
            UnknownName: there is no such run.
            DataError: it is malformed.
        """
        view = self._quick(self._folder.run(name))
        return render("results.html.jinja", sections=outline([view]), runs=[view])

    def results(self, names: Sequence[str]) -> str:
        """Return the scores of runs with charts, analyses and comparison: a part of a page.

        Raises:
            UsageError: too few or too many, or one twice.
            UnknownName: there is no such run.
            DataError: one is malformed, or nothing was judged yet.
        """
        paths = [each.path for each in self._chosen(names, 1)]
        with contextlib.ExitStack() as stack:
            opened = [stack.enter_context(RunDirectory.open(path)) for path in paths]
            labels = label_runs(paths, [each.config for each in opened])
            views = [
                read_run(each, label, DEFAULT_KS, self._origin(each.config))
                for each, label in zip(opened, labels, strict=True)
            ]
            sections = make_sections(views, DEFAULT_KS[0], force=False)
            return render("results.html.jinja", sections=sections, runs=views)

    def task(self, name: str, number: int, sample: int | None) -> TaskDetail:
        """Return a task with its samples.

        Args:
            name: the run's id.
            number: of the task.
            sample: one that must be among those that are returned; None for no certain one.

        Raises:
            UnknownName: there is no such run.
            UsageError: there is no such task or sample.
            DataError: the run is malformed.
        """
        with self._folder.run(name).opened() as (directory, account):
            config = directory.config
            if not 0 <= number < len(config.plan):
                raise UsageError(f"no task {number}", f"This run has {len(config.plan):,} tasks.")
            origin = checked_origin(config, self._origin(config))
            task = account.counts.task(tuple(config.plan)[number], origin)
            start = directory.index(task.task_id, 0) or 0
            if sample is not None and not 0 <= sample < task.planned:
                raise UsageError(f"no sample {sample}", f"This task has {task.planned:,} samples.")
            outcomes = [directory.outcome(start + each) for each in range(task.planned)]
            (chosen,) = choose([outcomes], SAMPLES)
            if sample is not None and sample not in chosen:
                chosen.append(sample)
            there = [
                each
                for each in chosen
                if directory.has_completion(start + each) or outcomes[each] is not None
            ]
            return task_detail(directory, origin, task, there)

    def search(self, name: str, query: str) -> Search:
        """Look for a text in a run.

        Raises:
            UnknownName: there is no such run.
            UsageError: the text is empty.
            DataError: the run is malformed.
        """
        if not query.strip():
            raise UsageError("nothing to search for", "Write a word.")
        followed = self._folder.run(name)
        with followed.opened() as (_, account):
            numbers = account.numbers
        return search(followed.path, query, numbers)

    def _page(self, views: Sequence[RunView], names: Sequence[str], page: Page, title: str) -> str:
        links = [
            RunIndex(
                label=view.label,
                benchmark=visible(view.config.benchmark),
                path=visible(str(view.path)),
                details=f"/run/{name}/tasks/",
            )
            for view, name in zip(views, names, strict=True)
        ]
        return render(
            "view.html.jinja",
            title=title,
            sections=outline(views),
            runs=views,
            index=safe_json(index_of(views, links)),
            page=page,
            page_json=safe_json(page),
        )

    def _quick(self, followed: Followed) -> RunView:
        """Sum a run up from its index."""
        with followed.opened() as (directory, account):
            (label,) = label_runs([followed.path], [directory.config])
            timings = account.counts.tally.timings(account.usages.values(), directory.config.price)
            return account.counts.view(directory, label, DEFAULT_KS, self._origin(directory.config), timings)

    def _labelled(self, views: Sequence[RunView]) -> list[RunView]:
        labels = label_runs([view.path for view in views], [view.config for view in views])
        return [view._replace(label=label) for view, label in zip(views, labels, strict=True)]

    def _chosen(self, names: Sequence[str], least: int) -> list[Followed]:
        if not least <= len(names) <= MOST_RUNS:
            raise UsageError(f"{len(names)} runs", f"Choose from {least} to {MOST_RUNS} runs.")
        return [self._folder.run(name) for name in names]

    def _origin(self, config: RunConfig) -> Origin:
        """Return a run's benchmark with its problems, read once; no page waits for them for long."""
        key = (config.benchmark, msgspec.json.encode(config.options, enc_hook=str))
        with self._lock:
            found = self._origins.get(key)
            if found is None:
                found = self._origins[key] = self._reader.submit(self._find, config)
        try:
            return found.result(_DATA_S)
        except Late:
            return Origin(None, {}, _NOT_YET)
