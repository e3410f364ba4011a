"""Related definitions by BM25 over the terms in types and names; offline, nothing but counting.

Stands in for the paper's retrieval, which embeds types with a model: premises come from the file above the
definition, related examples from other files, so that nothing that depends on the answer is shown.

Source: Chakraborty et al. 2024 (arXiv 2405.01787), section IV-C; Robertson and Zaragoza 2009 for BM25.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.fstar.snippets import definition_head, short_name
from codeeval.lexing.fstar import Kind, tokens
from codeeval.prompting import Example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.benchmarks.fstar.rows import Row

PREMISES: Final = 8
EXAMPLES: Final = 3
PREMISE_CHARS: Final = 600
_DECLARATION: Final = re.compile(
    r"^(?:(?:private|unfold|inline_for_extraction|noextract|abstract)\s+)*"
    r"(?:val|let|type)\b",
    re.MULTILINE,
)


def terms(text: str) -> list[str]:
    """Return the index terms of F* source: names, and the parts of names."""
    found: list[str] = []
    for token in tokens(text):
        if token.kind in (Kind.NAME, Kind.CONSTRUCTOR):
            parts = [part for part in re.split(r"[_\d']+", token.text.lower()) if len(part) > 1]
            found += [token.text.lower(), *(part for part in parts if part != token.text.lower())]
    return found


def statement_of(row: Row) -> str:
    """Return what is known of a definition before it is written."""
    return row.statement or definition_head(row)


def premises(row: Row, count: int = PREMISES) -> tuple[str, ...]:
    """Choose the declarations above a definition that its statement has most to do with, in their order."""
    starts = [found.start() for found in _DECLARATION.finditer(row.file_context)]
    ends = [*starts[1:], len(row.file_context)]
    declared = [row.file_context[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    chosen = _best(statement_of(row), [_stated(text) for text in declared], count)
    return tuple(_stated(declared[place]) for place in sorted(chosen))


def _stated(declaration: str) -> str:
    """Return a declaration's type without its body, as far as that can be seen."""
    if declaration.startswith("let"):
        declaration = declaration.partition("\n\n")[0]
    return declaration[:PREMISE_CHARS].strip()


class Corpus:
    """The definitions of a dataset, to find examples in.

    Args:
        rows: all of them.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._index = _index([terms(statement_of(row)) for row in rows])

    def examples(self, row: Row, count: int = EXAMPLES) -> tuple[Example, ...]:
        """Choose definitions of other files whose types are nearest, the nearest first."""
        found: list[Example] = []
        for place in _ranked(self._index, terms(statement_of(row)), len(self._rows)):
            other = self._rows[place]
            if other.file_name != row.file_name and short_name(other) != short_name(row):
                found.append(Example(task=statement_of(other), tests=(), code=other.source_definition))
            if len(found) == count:
                break
        return tuple(found)


def _best(query: str, documents: Sequence[str], count: int) -> list[int]:
    if not documents:
        return []
    return _ranked(_index([terms(document) for document in documents]), terms(query), count)


def _index(documents: list[list[str]]) -> object:
    import bm25s  # noqa: PLC0415 -- only where something is retrieved: numpy costs 100 ms

    index = bm25s.BM25()
    index.index([document or ["(none)"] for document in documents], show_progress=False)
    return index


def _ranked(index: object, query: list[str], count: int) -> list[int]:
    import bm25s  # noqa: PLC0415 -- as above

    if not isinstance(index, bm25s.BM25):
        raise TypeError(index)
    size = min(count, int(index.scores["num_docs"]))
    places, scores = index.retrieve([query or ["(none)"]], k=size, show_progress=False)
    return [int(place) for place, score in zip(places[0], scores[0], strict=True) if score > 0]
