"""Completion to source: which text of a completion is the program, by a named rule."""

from codeeval.extraction.answer import (
    ANSWER_CHARACTERS,
    NO_CODE_RULE,
    Target,
)
from codeeval.extraction.extract import (
    extract,
)
from codeeval.extraction.text import (
    encodable,
)

__all__ = [
    "ANSWER_CHARACTERS",
    "NO_CODE_RULE",
    "Target",
    "encodable",
    "extract",
]
