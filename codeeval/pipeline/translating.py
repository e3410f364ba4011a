"""Says Python problems in other languages, and tells what cannot be said."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.errors import UsageError
from codeeval.extraction.text import encodable
from codeeval.translators.problem import Untranslatable
from codeeval.translators.python_problem import Parsed, parse
from codeeval.translators.sources import Translatable
from codeeval.translators.targets import target
from codeeval.translators.task_files import FileTask

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codeeval.interfaces import Benchmark
    from codeeval.translators.problem import Left, Translation
    from codeeval.translators.sources import Sourced
    from codeeval.translators.target import Doctests
    from codeeval.types import Problem

_LONGEST: Final = 300
"""Characters of a reason: some quote a number of a thousand digits."""
PYTHON = "python"
"""Stands for the language where the problem, or a test, could not be read at all."""


class What(enum.Enum):
    """What was left out."""

    PROBLEM = "problem"
    TEST = "test"


class Skipped(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem or tests that are not among the rows; a line of ``skipped.jsonl``."""

    config: str
    """What was translated, as the rows' configurations begin: ``humaneval``."""
    task_id: str
    language: str
    """The target's suffix, or ``python`` where it is in no language."""
    what: What
    reason: str
    test: str = ""
    """The test in Python, shortened."""
    count: int = 1
    """How many tests were left out for this reason."""


class TranslatedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as MultiPL-E has it."""

    name: str
    language: str
    prompt: str
    doctests: str
    original: str
    prompt_terminology: str
    tests: str
    stop_tokens: tuple[str, ...]


class ReadTask(NamedTuple):
    """A task as it was read: a problem, or why it is none."""

    task_id: str
    sourced: Sourced | None
    parsed: Parsed | Untranslatable


class Translations(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by suffix, and what is not among them."""

    rows: dict[str, tuple[TranslatedRow, ...]]
    skipped: tuple[Skipped, ...]


def translatable(benchmark: Benchmark) -> Benchmark:
    """Return the benchmark with all problems that are to be translated.

    Raises:
        UsageError: it has no Python functions with tests that are equalities.
    """
    if not isinstance(benchmark, Translatable):
        raise UsageError(
            f"{benchmark.name} cannot be translated: its problems are no Python functions with plain tests",
            "humaneval, mbpp, humaneval-plus and mbpp-plus can, and any file of JSON lines with prompt, "
            "tests and entry_point.",
        )
    return benchmark.to_translate()


def read_problems(benchmark: Benchmark, problems: Iterable[Problem]) -> list[ReadTask]:
    """Read problems of a benchmark that ``translatable`` returned."""
    assert isinstance(benchmark, Translatable), benchmark.name  # noqa: S101 -- a slip in our own code
    tasks = []
    for problem in problems:
        try:
            sourced = benchmark.python_source(problem)
        except Untranslatable as refusal:
            tasks.append(ReadTask(problem.task_id, None, refusal))
        else:
            tasks.append(_read(FileTask(problem.task_id, sourced)))
    return tasks


def read_file_tasks(tasks: Iterable[FileTask]) -> list[ReadTask]:
    """Read a file's problems."""
    return list(map(_read, tasks))


def _read(task: FileTask) -> ReadTask:
    try:
        return ReadTask(task.task_id, task.sourced, parse(task.sourced.source))
    except Untranslatable as refusal:
        return ReadTask(task.task_id, task.sourced, refusal)


def _quoted(reason: str) -> str:
    return encodable(reason if len(reason) <= _LONGEST else f"{reason[: _LONGEST - 3]}...")


def _checked(translation: Translation) -> Translation:
    """Refuse what no file can hold: half of a pair of surrogates, which Python's strings may have."""
    text = translation.prompt + translation.tests
    if encodable(text) != text:
        raise Untranslatable("a lone surrogate, which no UTF-8 file can hold")
    return translation


def translate(
    config: str, tasks: Sequence[ReadTask], suffixes: Sequence[str], doctests: Doctests
) -> Translations:
    """Say tasks in the languages with these suffixes."""
    skipped: list[Skipped] = []

    def skip(task: ReadTask, language: str, left: Left | Untranslatable) -> None:
        one = Skipped(
            config=config,
            task_id=task.task_id,
            language=language,
            what=What.PROBLEM,
            reason=_quoted(str(left)),
        )
        if not isinstance(left, Untranslatable):
            reason = _quoted(left.reason)
            one = msgspec.structs.replace(
                one, what=What.TEST, reason=reason, test=encodable(left.test), count=left.count
            )
        skipped.append(one)

    for task in tasks:
        if isinstance(task.parsed, Untranslatable):
            skip(task, PYTHON, task.parsed)
            continue
        for left in (*(task.sourced.left if task.sourced else ()), *task.parsed.left):
            skip(task, PYTHON, left)
    rows: dict[str, tuple[TranslatedRow, ...]] = {}
    for suffix in suffixes:
        language = target(suffix)
        made = []
        for task in tasks:
            if isinstance(task.parsed, Untranslatable):
                continue
            try:
                translation = _checked(language.translate(task.parsed.problem, doctests))
            except Untranslatable as refusal:
                skip(task, suffix, refusal)
                continue
            for left in translation.left:
                skip(task, suffix, left)
            made.append(
                TranslatedRow(
                    name=translation.name,
                    language=translation.language,
                    prompt=translation.prompt,
                    doctests=doctests.value,
                    original=f"{translation.name}.py",
                    prompt_terminology="reworded",
                    tests=translation.tests,
                    stop_tokens=translation.stop_tokens,
                )
            )
        rows[suffix] = tuple(made)
    return Translations(rows=rows, skipped=tuple(skipped))
