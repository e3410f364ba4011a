"""Translates Python problems into rows of MultiPL-E's form, and lists what is untranslatable."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.errors import UsageError
from codeeval.interfaces import Sourced, Translatable
from codeeval.text import clean_text
from codeeval.translators.problem import Untranslatable
from codeeval.translators.python_problem import Parsed, parse
from codeeval.translators.sources import from_task
from codeeval.translators.target_languages import target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codeeval.datasets.task_files import Task
    from codeeval.interfaces import Benchmark, ExcludedTest
    from codeeval.translators.problem import Translation
    from codeeval.translators.target import Doctests
    from codeeval.types import Problem

_MAX_REASON_CHARS: Final = 300
"""Some reasons quote a number of a thousand digits."""
PYTHON: Final = "python"
"""Stands for the language where the problem, or a test, could not be parsed."""


class Unit(enum.Enum):
    """What is excluded."""

    PROBLEM = "problem"
    TEST = "test"


class Exclusion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem or tests that could not be translated; a line of ``skipped.jsonl``."""

    config: str
    """What was translated, as the rows' configurations begin: ``humaneval``."""
    task_id: str
    language: str
    """The target's suffix, or ``python`` where it could be translated into no language."""
    what: Unit
    reason: str
    test: str = ""
    """The test in Python, shortened."""
    count: int = 1
    """How many tests were excluded for this reason."""


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


class ParsedTask(NamedTuple):
    """A task as it was parsed: a problem, or why it is untranslatable."""

    task_id: str
    sourced: Sourced | None
    parsed: Parsed | Untranslatable


class Translations(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by suffix, and what was excluded from them."""

    rows: dict[str, tuple[TranslatedRow, ...]]
    skipped: tuple[Exclusion, ...]


def translatable(benchmark: Benchmark) -> Benchmark:
    """Return the benchmark with all problems that are to be translated.

    Raises:
        UsageError: it has no Python functions with tests that are equalities.
    """
    if not isinstance(benchmark, Translatable):
        raise UsageError(
            f"{benchmark.name} cannot be translated: its problems are no Python functions with plain tests",
            "humaneval, mbpp, humaneval-plus and mbpp-plus can, and so can a file of your own: see "
            "`codeeval explain tasks`.",
        )
    return benchmark.to_translate()


def parse_problems(benchmark: Benchmark, problems: Iterable[Problem]) -> list[ParsedTask]:
    """Parse problems of a benchmark that ``translatable`` returned."""
    assert isinstance(benchmark, Translatable), benchmark.name  # noqa: S101 -- a slip in our own code
    tasks = []
    for problem in problems:
        try:
            sourced = benchmark.python_source(problem)
        except Untranslatable as error:
            tasks.append(ParsedTask(problem.task_id, None, error))
        else:
            tasks.append(_parsed(problem.task_id, sourced))
    return tasks


def parse_tasks(tasks: Iterable[Task]) -> list[ParsedTask]:
    """Parse the tasks of a file."""
    parsed = []
    lines: dict[str, int] = {}
    for task in tasks:
        try:
            source = from_task(task)
        except Untranslatable as error:
            parsed.append(ParsedTask(task.task_id, None, error))
            continue
        if source.name in lines:
            named = Untranslatable(f"its row would have the name of that of line {lines[source.name]}")
            parsed.append(ParsedTask(task.task_id, None, named))
        else:
            lines[source.name] = task.line
            parsed.append(_parsed(task.task_id, Sourced(source)))
    return parsed


def _parsed(task_id: str, sourced: Sourced) -> ParsedTask:
    try:
        return ParsedTask(task_id, sourced, parse(sourced.source))
    except Untranslatable as error:
        return ParsedTask(task_id, sourced, error)


def _shortened(reason: str) -> str:
    return clean_text(reason if len(reason) <= _MAX_REASON_CHARS else f"{reason[: _MAX_REASON_CHARS - 3]}...")


def _checked(translation: Translation) -> Translation:
    """Refuse what no file can hold: half of a pair of surrogates, which Python's strings may have."""
    text = translation.prompt + translation.tests
    if clean_text(text) != text:
        raise Untranslatable("a lone surrogate, which no UTF-8 file can hold")
    return translation


def translate(
    config: str, tasks: Sequence[ParsedTask], suffixes: Sequence[str], doctests: Doctests
) -> Translations:
    """Translate tasks into the languages with these suffixes."""
    skipped: list[Exclusion] = []

    def exclude(task: ParsedTask, language: str, why: ExcludedTest | Untranslatable) -> None:
        one = Exclusion(
            config=config,
            task_id=task.task_id,
            language=language,
            what=Unit.PROBLEM,
            reason=_shortened(str(why)),
        )
        if not isinstance(why, Untranslatable):
            reason = _shortened(why.reason)
            one = msgspec.structs.replace(
                one, what=Unit.TEST, reason=reason, test=clean_text(why.test), count=why.count
            )
        skipped.append(one)

    for task in tasks:
        if isinstance(task.parsed, Untranslatable):
            exclude(task, PYTHON, task.parsed)
            continue
        for excluded in (*(task.sourced.excluded if task.sourced else ()), *task.parsed.excluded):
            exclude(task, PYTHON, excluded)
    rows: dict[str, tuple[TranslatedRow, ...]] = {}
    for suffix in suffixes:
        language = target(suffix)
        made = []
        for task in tasks:
            if isinstance(task.parsed, Untranslatable):
                continue
            try:
                translation = _checked(language.translate(task.parsed.problem, doctests))
            except Untranslatable as error:
                exclude(task, suffix, error)
                continue
            for excluded in translation.excluded:
                exclude(task, suffix, excluded)
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
