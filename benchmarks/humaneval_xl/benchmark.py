"""HumanEval-XL: 80 problems of HumanEval in 12 programming languages, stated in 23 natural ones.

Source: Peng et al. 2024, "HumanEval-XL: A Multilingual Code Generation Benchmark for Cross-lingual Natural
Language Generalization", and what its authors published, FloatAI/humaneval-xl: mxeval/execution.py.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import sealing
from codeeval.benchmarks.common.joining import joined
from codeeval.benchmarks.common.many_languages import ManyLanguages
from codeeval.benchmarks.common.mxeval import MxevalBased, SealedMxevalBased
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource, LoadedProblems
from codeeval.types import Problem, Sampling

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES: Final = (
    *("csharp", "go", "java", "javascript", "kotlin", "perl", "php", "python", "ruby", "scala", "swift"),
    "typescript",
)
"""Ids of the programming languages, which are the dataset's configurations."""
NATURAL: Final = {
    "af": "Afrikaans",
    "ar": "Arabic",
    "bg": "Bulgarian",
    "zh": "Chinese",
    "nl": "Dutch",
    "en": "English",
    "et": "Estonian",
    "fi": "Finnish",
    "fr": "French",
    "de": "German",
    "el": "Greek",
    "he": "Hebrew",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ms": "Malay",
    "fa": "Persian",
    "pt": "Portuguese",
    "ru": "Russian",
    "es": "Spanish",
    "tl": "Tagalog",
    "tr": "Turkish",
    "vi": "Vietnamese",
}
"""ISO 639-1 code of a natural language -> the dataset's split."""
ALL: Final = "all"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it; of Python alone it has solutions."""

    task_id: str
    prompt: str
    entry_point: str
    test: str
    canonical_solution: str | float | None = None
    """A number, none at all, where there is no solution."""


class HumanEvalXl(MxevalBased, ManyLanguages):
    """HumanEval-XL in one programming and one natural language, or in all of either.

    Raises:
        UsageError: an option that it does not have, or a language is missing.
        UnknownName: a language that it does not have.
    """

    family = "humaneval-xl"
    folder = Path(__file__).parent
    variants = None
    protocols = sealing.PROTOCOLS
    base_sampling = chat_sampling = Sampling(temperature=0.2, top_p=0.95, max_tokens=1024)
    """Source: the paper, section 4.1, for its own runs; rows name no stop sequences."""

    def __new__(cls, options: BenchmarkOptions) -> HumanEvalXl:  # noqa: PYI034 -- sealed, it is a subclass's
        """Make what the protocol needs: sealed, programs of their own give the expected values."""
        made: type[HumanEvalXl] = SealedHumanEvalXl if options.protocol == sealing.SEALED else cls
        return super().__new__(made)

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        programming, _, natural = options.variant.partition(":")
        if not programming or not natural:
            raise UsageError(
                "humaneval-xl: which programming and which natural language?",
                "Write humaneval-xl:python:de, or all in place of either.",
            )
        for what, name, known in (
            ("programming language", programming, LANGUAGES),
            ("natural language", natural, tuple(NATURAL)),
        ):
            if name not in {*known, ALL}:
                raise UnknownName(f"{what} of humaneval-xl", name, (*known, ALL))
        self.languages = LANGUAGES if programming == ALL else (programming,)
        self._natural = tuple(NATURAL) if natural == ALL else (natural,)

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems; of several languages, each is a group too."""
        hashes = _table("hashes")
        problems: list[Problem] = []
        identities = []
        for id_ in self.languages:
            splits = {NATURAL[code]: hashes[id_][code] for code in self._natural}
            ref = DatasetRef(id="FloatAI/humaneval-xl", config=id_, revision="main", sha256=splits)
            for code in self._natural:
                loaded = load_rows(ref, NATURAL[code], source, Row)
                identities.append(loaded.identity)
                problems += (self._problem(row, id_, code) for row in loaded.rows)
        return LoadedProblems(problems=tuple(problems), identity=joined(identities))

    def _problem(self, row: Row, id_: str, code: str) -> Problem:
        number = row.task_id.rpartition("/")[2]
        theirs = row.canonical_solution
        problem = Problem(
            task_id=f"{code}/{row.task_id}" if len(self._natural) > 1 else row.task_id,
            prompt=row.prompt,
            entry_point=row.entry_point,
            reference=theirs if isinstance(theirs, str) else _table("references")[id_].get(number, ""),
            tests=(row.test,),
            language=id_,
            groups=tuple(self._groups(id_, code)),
        )
        return self.grouped(problem)

    def _groups(self, id_: str, code: str) -> Iterator[str]:
        if len(self.languages) > 1:
            yield id_
        if len(self._natural) > 1:
            yield code

    def has_reference(self, problem: Problem) -> bool:
        """Whether the row has a solution, or we wrote one."""
        return bool(problem.reference)


@functools.cache
def _table(name: str) -> dict[str, dict[str, str]]:
    """Read one of the folder's tables: by programming language."""
    table: dict[str, dict[str, str]] = tomllib.loads((HumanEvalXl.folder / f"{name}.toml").read_text("utf-8"))
    return table


class SealedHumanEvalXl(SealedMxevalBased, HumanEvalXl):
    """HumanEval-XL under the sealed protocol."""
