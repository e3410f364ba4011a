"""``codeeval.run_suite``, ``load_suite`` and ``status``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from codeeval.api.keywords import RunKeywords
from codeeval.api.loops import run_to_end
from codeeval.api.run import Run
from codeeval.errors import UnknownName
from codeeval.session.hooks import NO_PROGRESS, in_place, in_thread, no_notes
from codeeval.session.status import read_status
from codeeval.session.suites import SuiteRequest, make_table
from codeeval.session.suites import run_suite as do_suite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.session.hooks import Blocking
    from codeeval.session.status import RunStatus, SuiteStatus
    from codeeval.suites import SuiteComparison, SuiteScore, SuiteTable

_OF_THE_SUITE = frozenset({"out", "notify", "notes", "progress"})


class SuiteResult:
    """A suite's runs, and the table made of them.

    Made by ``codeeval.run_suite`` and ``load_suite``.

    Args:
        path: the suite's folder.

    Raises:
        DataError: it holds no suite, or ``suite.json`` is malformed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.table: SuiteTable = make_table(path)
        """All scores, with intervals, weights and comparisons."""

    @property
    def scores(self) -> Mapping[str, SuiteScore]:
        """Each model's score over all benchmarks, by its label."""
        return {each.entry: each for each in self.table.scores}

    @property
    def comparisons(self) -> Sequence[SuiteComparison]:
        """Each further model against the first, paired over common tasks."""
        return self.table.comparisons

    def run(self, benchmark: str, model: str | None = None) -> Run:
        """Return one of the runs.

        Args:
            benchmark: its label.
            model: the model's label; None for the first.

        Raises:
            UnknownName: the suite has no such run.
            DataError: the run was not begun.
        """
        found = {(each.label, each.entry): each.directory for each in self.table.runs}
        entry = self.table.scores[0].entry if model is None else model
        if (benchmark, entry) not in found:
            raise UnknownName(
                "run of the suite", f"{benchmark} on {entry}", [f"{label} on {name}" for label, name in found]
            )
        return Run(self.path / found[benchmark, entry])

    def __repr__(self) -> str:
        """State the suite's scores."""
        scores = ", ".join(
            f"{each.entry} {'none' if each.value is None else f'{each.value:.1%}'}"
            for each in self.table.scores
        )
        return f"<SuiteResult {self.table.name}: {scores}>"


def run_suite(
    suite: str | Path, models: str | Sequence[str] = (), **options: Unpack[RunKeywords]
) -> SuiteResult:
    """Do several benchmarks on several models: ``codeeval run suite.toml``.

    The same call with the same ``out`` resumes: nothing that is done is done twice.

    Args:
        suite: a TOML file, or ``suite:core`` and others that come with codeeval.
        models: specs of models in place of the suite's own.
        options: see ``RunKeywords``; ``out`` is the suite's folder, the others are of all its runs, in place
            of what the suite states.

    Returns:
        The suite's runs and their table.

    Raises:
        SuiteIncomplete: some runs could not be carried out; the others are there.
        CodeEvalError: whatever else stops it; what was done is kept.
    """
    return run_to_end(lambda: _run(suite, models, options, in_place))


async def arun_suite(
    suite: str | Path, models: str | Sequence[str] = (), **options: Unpack[RunKeywords]
) -> SuiteResult:
    """As ``run_suite``, in a running event loop, which is not blocked.

    Raises:
        SuiteIncomplete: some runs could not be carried out; the others are there.
        CodeEvalError: whatever else stops it; what was done is kept.
    """
    return await _run(suite, models, options, in_thread)


def load_suite(path: str | Path) -> SuiteResult:
    """Open the folder of an earlier suite.

    Raises:
        DataError: it holds no suite, or ``suite.json`` is malformed.
    """
    return SuiteResult(Path(path))


def status(path: str | Path) -> RunStatus | SuiteStatus:
    """Read how far a run or a suite is, from its folder alone: ``codeeval status DIR``.

    Raises:
        DataError: the folder holds neither, or a record is malformed.
    """
    return read_status(Path(path))


async def _run(
    suite: str | Path, models: str | Sequence[str], options: Mapping[str, object], blocking: Blocking
) -> SuiteResult:
    if unknown := options.keys() - RunKeywords.__annotations__:
        raise UnknownName("argument", min(unknown), RunKeywords.__annotations__)
    out = options.get("out")
    request = SuiteRequest(
        suite=str(suite),
        models=(models,) if isinstance(models, str) else tuple(models),
        out=Path(str(out)) if out is not None else None,
        settings={
            name: value for name, value in options.items() if name not in _OF_THE_SUITE and value is not None
        },
        notify=options.get("notify"),  # type: ignore[arg-type] # RunKeywords has its type
    )
    table = await do_suite(
        request,
        notes=options.get("notes") or no_notes,  # type: ignore[arg-type] # as above
        progress=options.get("progress") or NO_PROGRESS,  # type: ignore[arg-type] # as above
        blocking=blocking,
    )
    return SuiteResult(Path(table.path))
