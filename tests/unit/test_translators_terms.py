"""Prose rewritten in a language's terms."""

from __future__ import annotations

import pytest

from codeeval.translators.terms import Terms, reworded

RUST = Terms("vector", "vector", "tuple", "HashMap", "None", "true", "false")
RACKET = Terms("list", "list", "list", "hash", "#f", "#t", "#f")
JAVA = Terms("array list", "array list", "pair", "hash map", "null", "true", "false")


@pytest.mark.parametrize(
    ("text", "terms", "expected"),
    [
        ("Given an array of lists, return True", RUST, "Given a vector of vectors, return true"),
        ("a list or an array", JAVA, "an array array list or an array array list"),
        ("a tuple, a dictionary, None", RACKET, "a list, a hash, #f"),
        ("Write a python function", RUST, "Write a rsthon function"),
        ("In Python, happy", RUST, "In Rust, haprs"),
    ],
)
def test_terms_and_articles(text: str, terms: Terms, expected: str) -> None:
    assert reworded(text, terms, "Rust", "rs") == expected
