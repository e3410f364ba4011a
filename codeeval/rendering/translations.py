"""The result of ``codeeval translate``, for people: a table by language, or one problem side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.rendering.console import code, heading, lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType
    from rich.text import Text

    from codeeval.translators.rows import Exclusion, ParsedTask, Translations
    from codeeval.translators.summary import Summary


def summary_table(summary: Summary) -> RenderableType:
    """Lay out how many problems and tests were translated and excluded, a row a language."""
    rows = [
        (
            each.language,
            each.config,
            str(each.translated),
            str(each.problems_excluded),
            str(each.tests_excluded),
        )
        for each in summary.languages
    ]
    headers = ("language", "rows", "translated", "problems excluded", "tests excluded")
    return table(headers, rows, right=(2, 3, 4))


def side_by_side(tasks: Sequence[ParsedTask], translations: Translations) -> Iterator[RenderableType]:
    """Lay out problems in Python and beside that in each language."""
    from codeeval.translators.target_languages import target  # noqa: PLC0415 -- not for --help

    by_name = {(suffix, row.name): row for suffix, rows in translations.rows.items() for row in rows}
    for task in tasks:
        if task.sourced is None:
            yield from _excluded(translations.skipped, task.task_id, "python")
            continue
        source = task.sourced.source
        statement = f"# {source.description.strip()}\n" if source.description else ""
        python = "\n".join(
            (statement + source.code.strip("\n"), "", source.tests.strip("\n"), source.more_tests)
        )
        for suffix in translations.rows:
            yield heading(f"{task.task_id}: python | {suffix}")
            row = by_name.get((suffix, source.name))
            if row is not None:
                yield _pair(python, row.prompt + "\n" + row.tests, target(suffix).language)
            else:
                yield code(python.expandtabs(4), "python")
            yield from _excluded(translations.skipped, task.task_id, "python", suffix)


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
    """Highlight a program whose long lines continue in the next."""
    highlighted = code(source.expandtabs(4), language)
    highlighted.no_wrap = False
    return highlighted


def _excluded(exclusions: Sequence[Exclusion], task_id: str, *languages: str) -> Iterator[RenderableType]:
    for each in exclusions:
        if each.task_id == task_id and each.language in languages:
            what = each.test or (f"{each.count} tests" if each.count > 1 else each.what.value)
            yield lines(f"excluded ({each.language}): {what}: {each.reason}")
