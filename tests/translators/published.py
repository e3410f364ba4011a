"""Our translations beside MultiPL-E's published rows, and the table of ``docs/translators.md``."""

from __future__ import annotations

import difflib
import functools
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from codeeval.benchmarks.multipl_e.suffixes import HASHES, dataset
from codeeval.datasets import load_rows
from codeeval.interfaces import DataSource
from codeeval.session.benchmarks import make_benchmark
from codeeval.translators.rows import ParsedTask, parse_problems, translatable, translate
from codeeval.translators.target import Doctests
from codeeval.translators.target_languages import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "translators.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
SOURCES = ("humaneval", "mbpp")


class Row(msgspec.Struct, frozen=True):
    """What is compared of a row."""

    name: str
    prompt: str
    tests: str
    stop_tokens: tuple[str, ...] = ()


class Comparison(NamedTuple):
    """A language's rows of one source, ours and the published ones."""

    source: str
    suffix: str
    published: int
    prompts: int
    """Rows whose prompt is the same, byte for byte."""
    tests: int
    both: int
    both_but_space: int
    """Rows of which both are the same but for white space."""
    stops: int
    missing: tuple[str, ...]
    """Translated by them and not by us."""
    added: tuple[str, ...]
    """Translated by us and not by them."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The table's cells; shares are rounded down, so that none is overstated."""
        shares = (self.prompts, self.tests, self.both, self.both_but_space)
        return (*map(self._share, shares), str(len(self.missing)), str(len(self.added)))

    def _share(self, part: int) -> str:
        return f"{1000 * part // self.published / 10:.1f}"


@functools.cache
def tasks_of(source: str, root: Path) -> Sequence[ParsedTask]:
    """Read the problems of a source."""
    benchmark = translatable(make_benchmark(source))
    return parse_problems(benchmark, benchmark.load(DataSource(root=root, offline=True)).problems)


def suffixes() -> list[str]:
    """List the languages that are both published and targets, in the published order."""
    published = dict.fromkeys(config.rpartition("-")[2] for config in HASHES)
    return [suffix for suffix in published if suffix in TARGETS]


@functools.cache
def rows_of(source: str, suffix: str, root: Path) -> tuple[Mapping[str, Row], Mapping[str, Row]]:
    """Return the published rows and ours, by name."""
    loaded = load_rows(dataset(f"{source}-{suffix}"), "test", DataSource(root=root, offline=True), Row)
    made = translate(source, tasks_of(source, root), [suffix], Doctests.TRANSFORM).rows[suffix]
    ours = {row.name: Row(row.name, row.prompt, row.tests, row.stop_tokens) for row in made}
    return {row.name: row for row in loaded.rows}, ours


def compare(source: str, suffix: str, root: Path) -> Comparison:
    """Compare one language's rows of one source."""
    theirs, ours = rows_of(source, suffix, root)
    pairs = [(row, ours[name]) for name, row in theirs.items() if name in ours]
    return Comparison(
        source=source,
        suffix=suffix,
        published=len(theirs),
        prompts=sum(a.prompt == b.prompt for a, b in pairs),
        tests=sum(a.tests == b.tests for a, b in pairs),
        both=sum(a.prompt == b.prompt and a.tests == b.tests for a, b in pairs),
        both_but_space=sum(plain(a) == plain(b) for a, b in pairs),
        stops=sum(a.stop_tokens == b.stop_tokens for a, b in pairs),
        missing=tuple(name for name in theirs if name not in ours),
        added=tuple(name for name in ours if name not in theirs),
    )


def plain(row: Row) -> tuple[list[str], list[str]]:
    """Return a row's words."""
    return row.prompt.split(), row.tests.split()


HEADERS = ("prompt", "tests", "both", "both but for space", "theirs only", "ours only")


def table(root: Path) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"| rows | {' | '.join(HEADERS)} |"
    yield "|---|" + "---|" * len(HEADERS)
    for suffix in suffixes():
        for source in SOURCES:
            yield f"| {source}-{suffix} | {' | '.join(compare(source, suffix, root).cells)} |"


def committed() -> dict[str, tuple[str, ...]]:
    """Read the table in the document: configuration -> cells."""
    text = DOCUMENT.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    lines = [line.strip("|").split("|") for line in text.splitlines()[2:]]
    return {cells[0].strip(): tuple(cell.strip() for cell in cells[1:]) for cells in lines}


def differences(suffix: str, root: Path) -> Iterator[str]:
    """Yield where a language's rows differ."""
    for source in SOURCES:
        theirs, ours = rows_of(source, suffix, root)
        for name, row in theirs.items():
            for part in ("prompt", "tests"):
                a = getattr(row, part).splitlines()
                b = getattr(ours[name], part).splitlines() if name in ours else []
                yield from difflib.unified_diff(a, b, f"{name}: {part}, theirs", "ours", lineterm="", n=0)
