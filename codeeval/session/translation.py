"""A translation from settings to result: a Python benchmark, or a file of problems, in other languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.datasets.task_files import read_task_file
from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces import NeedsExpectedOutputs
from codeeval.pipeline import select_problems
from codeeval.session.benchmarks import data_source, images_of, make_benchmark
from codeeval.session.expected_outputs import with_expected_outputs
from codeeval.session.hooks import no_notes
from codeeval.session.sandboxes import open_pool
from codeeval.session.settings import DataOptions, SandboxSettings, TaskSelection
from codeeval.translators.dataset_folder import Origin, check_folder, write_folder
from codeeval.translators.rows import parse_problems, parse_tasks, translatable, translate
from codeeval.translators.summary import Summary, summarise
from codeeval.translators.target import Doctests
from codeeval.translators.target_languages import suffixes

__all__ = ["Doctests", "Summary", "TranslationRequest", "translate_problems"]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.session.hooks import Notes
    from codeeval.translators.rows import ParsedTask, Translations
    from codeeval.types import Problem

_FILE_SUFFIX: Final = ".jsonl"
_TASKS: Final = "tasks:"
"""A file may be named as the benchmark that it is."""


class TranslationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to translate, into which languages, and where to."""

    source: str
    """A benchmark's full name, or the path of a file ``*.jsonl``, with or without ``tasks:`` before it."""
    to: str
    """Target languages by suffix, id or title, with commas between; or ``all``."""
    out: Path | None = None
    """The folder for the rows; None: nothing is written."""
    doctests: Doctests = Doctests.TRANSFORM
    tasks: TaskSelection = TaskSelection()
    data: DataOptions = DataOptions()
    sandbox: SandboxSettings = SandboxSettings()


class TranslationResult(NamedTuple):
    """The problems as they were parsed, and their translations."""

    tasks: list[ParsedTask]
    translations: Translations
    suffixes: list[str]
    """Of the target languages, in the order in which they were named."""
    config: str
    """Prefix of the configurations' names."""
    summary: Summary | None
    """None where nothing was written."""


class _Parsed(NamedTuple):
    """The problems to translate, and their provenance."""

    tasks: list[ParsedTask]
    origin: Origin


def translate_problems(request: TranslationRequest, notes: Notes = no_notes) -> TranslationResult:
    """Translate a benchmark or a file, and write the rows.

    Args:
        request: the translation.
        notes: receives what a user should know on the way, a line each.

    Raises:
        UsageError: an unknown name, a benchmark that is not translatable, or a folder with rows that
            codeeval did not translate.
        DataError: the dataset or the file cannot be read.
        StorageError: the folder cannot be written.
    """
    chosen = suffixes(request.to)
    config = config_of(request.source)
    if request.out is not None:
        check_folder(request.out, config, chosen)
    parsed = _parse_file(request) if _is_file(request.source) else _parse_benchmark(request, notes)
    translations = translate(config, parsed.tasks, chosen, request.doctests)
    summary = None
    if request.out is not None:
        write_folder(request.out, parsed.origin, translations)
        summary = summarise(request.out, config, parsed.tasks, translations)
    return TranslationResult(parsed.tasks, translations, chosen, config, summary)


def _is_file(source: str) -> bool:
    return source.endswith(_FILE_SUFFIX)


def config_of(source: str) -> str:
    """Return the prefix of the configurations' names: the benchmark's name, or the file's.

    Raises:
        UsageError: the file's name has no character that a configuration's name may have.
    """
    if not _is_file(source):
        return source.replace(":", "-")
    name = Path(source.removeprefix(_TASKS)).name.removesuffix(_FILE_SUFFIX)
    plain = re.sub(r"[^A-Za-z0-9_.]+", "-", name).strip("-._")
    if not plain:
        raise UsageError(f"no configuration can be called {source!r}", "Give the file a name in letters.")
    return plain


def _parse_file(request: TranslationRequest) -> _Parsed:
    path = Path(request.source.removeprefix(_TASKS))
    file = read_task_file(path)
    known = [task.task_id for task in file.tasks]
    wanted = request.tasks.tasks
    for task in wanted:
        if task not in known:
            raise UnknownName("task", task, known)
    chosen = [task for task in file.tasks if not wanted or task.task_id in wanted][: request.tasks.limit]
    origin = Origin(
        config=config_of(request.source),
        benchmark=path.name,
        source=path.name,
        sha256=file.sha256,
        doctests=request.doctests.value,
    )
    return _Parsed(parse_tasks(chosen), origin)


def _parse_benchmark(request: TranslationRequest, notes: Notes) -> _Parsed:
    benchmark = translatable(make_benchmark(request.source))
    loaded = benchmark.load(data_source(request.data))
    problems: Sequence[Problem] = select_problems(
        loaded.problems, limit=request.tasks.limit, tasks=request.tasks.tasks
    )
    if isinstance(benchmark, NeedsExpectedOutputs):
        chosen = {problem.task_id for problem in problems}
        with open_pool(images_of(benchmark), request.sandbox, notes) as opened:
            loaded = with_expected_outputs(benchmark, loaded, chosen, opened, notes)
        problems = [problem for problem in loaded.problems if problem.task_id in chosen]
    origin = Origin(
        config=config_of(request.source),
        benchmark=benchmark.name,
        source=f"{loaded.identity.id} {loaded.identity.config}",
        sha256=loaded.identity.sha256,
        doctests=request.doctests.value,
    )
    return _Parsed(parse_problems(benchmark, problems), origin)
