"""What a translation gave, for people: a table by language, or one problem side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.cli.output import code, heading, lines, table
from codeeval.errors import NotAllTranslated
from codeeval.translators.problem import Untranslatable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rich.console import RenderableType
    from rich.text import Text

    from codeeval.cli.output import Output
    from codeeval.pipeline.translating import ReadTask, Skipped, Translations


class LanguageSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the problems in one language."""

    language: str
    config: str
    translated: int
    problems_left_out: int
    tests_left_out: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a translation gave."""

    out: str
    languages: tuple[LanguageSummary, ...]
    """First ``python``, where anything could not be read and so is in no language."""


def show_summary(
    out: Path, config: str, tasks: Sequence[ReadTask], translations: Translations, output: Output
) -> None:
    """Print what became of the problems.

    Raises:
        NotAllTranslated: something is not among the rows.
    """
    summary = _summary(out, config, tasks, translations)
    rows = [
        (
            each.language,
            each.config,
            str(each.translated),
            str(each.problems_left_out),
            str(each.tests_left_out),
        )
        for each in summary.languages
    ]
    headers = ("language", "rows", "translated", "problems left out", "tests left out")
    output.result(summary, *([] if output.json else [table(headers, rows, right=(2, 3, 4))]))
    if not translations.skipped:
        return
    problems = sum(each.problems_left_out for each in summary.languages)
    tests = sum(each.tests_left_out for each in summary.languages)
    raise NotAllTranslated(
        f"{out} is complete but for {_counted(problems, 'problem')} and {_counted(tests, 'test')}",
        f"{out / 'skipped.jsonl'} says which of which language, and why.",
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _summary(out: Path, config: str, tasks: Sequence[ReadTask], translations: Translations) -> Summary:
    from codeeval.pipeline.translating import PYTHON, What  # noqa: PLC0415 -- not for --help

    left: dict[tuple[str, What], int] = {}
    for each in translations.skipped:
        key = (each.language, each.what)
        left[key] = left.get(key, 0) + each.count

    def of(language: str, config: str, translated: int) -> LanguageSummary:
        return LanguageSummary(
            language=language,
            config=config,
            translated=translated,
            problems_left_out=left.get((language, What.PROBLEM), 0),
            tests_left_out=left.get((language, What.TEST), 0),
        )

    found = [of(suffix, f"{config}-{suffix}", len(rows)) for suffix, rows in translations.rows.items()]
    readable = sum(not isinstance(task.parsed, Untranslatable) for task in tasks)
    python = of(PYTHON, "(as it was read)", readable)
    if python.problems_left_out or python.tests_left_out:
        found.insert(0, python)
    return Summary(out=str(out), languages=tuple(found))


def show_side_by_side(tasks: Sequence[ReadTask], translations: Translations, output: Output) -> None:
    """Print problems in Python and beside that in each language; as JSON, the rows."""
    shown = {"rows": translations.rows, "skipped": translations.skipped}
    output.result(shown, *([] if output.json else _side_by_side(tasks, translations)))


def _side_by_side(tasks: Sequence[ReadTask], translations: Translations) -> Iterator[RenderableType]:
    from codeeval.translators.targets import target  # noqa: PLC0415 -- not for --help

    by_name = {(suffix, row.name): row for suffix, rows in translations.rows.items() for row in rows}
    for task in tasks:
        if task.sourced is None:
            yield from _left_out(translations.skipped, task.task_id, "python")
            continue
        source = task.sourced.source
        words = f"# {source.description.strip()}\n" if source.description else ""
        python = "\n".join((words + source.code.strip("\n"), "", source.tests.strip("\n"), source.more_tests))
        for suffix in translations.rows:
            yield heading(f"{task.task_id}: python | {suffix}")
            row = by_name.get((suffix, source.name))
            if row is not None:
                yield _pair(python, row.prompt + "\n" + row.tests, target(suffix).language)
            else:
                yield code(python.expandtabs(4), "python")
            yield from _left_out(translations.skipped, task.task_id, "python", suffix)


def _pair(python: str, translated: str, language: str) -> RenderableType:
    """Lay out two programs in columns; long lines are folded, so that nothing is lost."""
    from rich.console import Group  # noqa: PLC0415 -- costs 60 ms
    from rich.table import Table  # noqa: PLC0415 -- as above

    columns = Table.grid(padding=(0, 2), expand=True)
    columns.add_column(ratio=1, overflow="fold")
    columns.add_column(ratio=1, overflow="fold")
    columns.add_row(_folded(python, "python"), _folded(translated, language))
    return Group(columns)  # a table alone would be printed unfolded into a pipe


def _folded(source: str, language: str) -> Text:
    """Colour a program whose long lines go on in the next."""
    painted = code(source.expandtabs(4), language)
    painted.no_wrap = False
    return painted


def _left_out(skipped: Sequence[Skipped], task_id: str, *languages: str) -> Iterator[RenderableType]:
    for each in skipped:
        if each.task_id == task_id and each.language in languages:
            what = each.test or (f"{each.count} tests" if each.count > 1 else each.what.value)
            yield lines(f"left out ({each.language}): {what}: {each.reason}")
