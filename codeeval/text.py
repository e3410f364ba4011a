"""Text of models and datasets, made storable."""

from __future__ import annotations


def clean_text(text: str) -> str:
    r"""Make a text storable as UTF-8: lone surrogates become U+FFFD, pairs become their character.

    Everything else is kept as it is, NUL and carriage returns included.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
