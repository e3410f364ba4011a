"""What target languages call Python's things, and prose put into their words.

Source: MultiPL-E, dataset_builder/terms.csv and ``translate_terms`` of generic_translator.py.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Terms(NamedTuple):
    """A language's word for each of Python's, the field's name."""

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
    """Put prose into a language's words, one of Python's words after the other, articles included.

    The language's own name comes first, and its suffix for ``py``: so MBPP's "a python function" is "a rsthon
    function" in the published rows, and here.

    What a replacement brings in is replaced again where a later word is found in it: so are published rows.
    """
    for word, theirs in (("Python", title), ("py", suffix), *zip(PYTHON, terms, strict=True)):
        if word not in text:
            continue
        if f"an {word}" in text and theirs[:1].lower() not in _VOWELS:
            text = text.replace(f"an {word}", f"a {theirs}")
        elif f"a {word}" in text and theirs[:1].lower() in _VOWELS:
            text = text.replace(f"a {word}", f"an {theirs}")
        text = text.replace(word, theirs)
    return text
