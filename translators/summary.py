"""How many problems were translated into each language, and how many were excluded."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from codeeval.translators.problem import Untranslatable
from codeeval.translators.rows import PYTHON, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codeeval.translators.rows import ParsedTask, Translations


class LanguageSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The problems of one language."""

    language: str
    config: str
    translated: int
    problems_excluded: int
    tests_excluded: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a translation."""

    out: str
    languages: tuple[LanguageSummary, ...]
    """``python`` first, where a problem or a test could not be parsed and so is in no language."""

    @property
    def problems_excluded(self) -> int:
        """Problems that are not among the rows, added up over the languages."""
        return sum(each.problems_excluded for each in self.languages)

    @property
    def tests_excluded(self) -> int:
        """Tests that are not in the rows, added up over the languages."""
        return sum(each.tests_excluded for each in self.languages)


def summarise(out: Path, config: str, tasks: Sequence[ParsedTask], translations: Translations) -> Summary:
    """Count what was translated and what was excluded, by language."""
    excluded: Counter[tuple[str, Unit]] = Counter()
    for each in translations.skipped:
        excluded[each.language, each.what] += each.count

    def of(language: str, config: str, translated: int) -> LanguageSummary:
        return LanguageSummary(
            language=language,
            config=config,
            translated=translated,
            problems_excluded=excluded[language, Unit.PROBLEM],
            tests_excluded=excluded[language, Unit.TEST],
        )

    found = [of(suffix, f"{config}-{suffix}", len(rows)) for suffix, rows in translations.rows.items()]
    parsed = sum(not isinstance(task.parsed, Untranslatable) for task in tasks)
    python = of(PYTHON, "(as it was parsed)", parsed)
    if python.problems_excluded or python.tests_excluded:
        found.insert(0, python)
    return Summary(out=str(out), languages=tuple(found))
