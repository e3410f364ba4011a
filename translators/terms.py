"""Target languages' terms for Python's types and constants, and prose rewritten in those terms.

Source: MultiPL-E, dataset_builder/terms.csv and ``translate_terms`` of generic_translator.py.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Terms(NamedTuple):
    """A language's term for each of Python's, which is the field's name."""

    array: str
    list: str
    tuple: str
    dictionary: str
    none: str
    true: str
    false: str


PYTHON: Final = Terms("array", "list", "tuple", "dictionary", "None", "True", "False")
_VOWELS: Final = "aeiou"


def reworded(text: str, terms: Terms, title: str, suffix: str) -> str:
    """Rewrite prose in a language's terms, one of Python's terms after the other, articles included.

    The language's own name comes first, and its suffix for ``py``: so MBPP's "a python function" is "a rsthon
    function" in the published rows, and here.

    What a replacement inserts is replaced again where a later term occurs in it, as in the published rows.
    """
    for term, theirs in (("Python", title), ("py", suffix), *zip(PYTHON, terms, strict=True)):
        if term not in text:
            continue
        if f"an {term}" in text and theirs[:1].lower() not in _VOWELS:
            text = text.replace(f"an {term}", f"a {theirs}")
        elif f"a {term}" in text and theirs[:1].lower() in _VOWELS:
            text = text.replace(f"a {term}", f"an {theirs}")
        text = text.replace(term, theirs)
    return text
