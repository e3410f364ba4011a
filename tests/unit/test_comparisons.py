"""How what a program prints is compared with what it must print."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.errors import UnknownName
from codeeval.judging import COMPARISONS, compare_output
from codeeval.types import Comparison

LONG = 1 << 20
ALL = {"exact", "lines", "tokens", "floats", "caseless", "caseless-tokens"}


def matched(name: str, output: str, expected: str, tolerance: float = 1e-6) -> bool:
    return compare_output(output, expected, Comparison(name=name, tolerance=tolerance)).matched


@pytest.mark.parametrize(
    ("output", "expected", "by"),
    [
        ("1\n", "1\n", ALL),
        ("", "", ALL),
        ("1", "1\n", ALL - {"exact"}),
        ("1\r\n2\r\n", "1\n2", ALL - {"exact"}),
        (" a b \n c\n\n", "a b\nc", ALL - {"exact"}),
        ("a\n\nb", "a\nb", {"tokens", "floats", "caseless-tokens"}),
        ("a  b", "a b", {"tokens", "floats", "caseless-tokens"}),
        ("a b", "a\nb", {"tokens", "floats", "caseless-tokens"}),
        ("1.0", "1", {"floats", "caseless", "caseless-tokens"}),
        ("0.3000001", "0.3", {"floats", "caseless", "caseless-tokens"}),
        ("1e3 x", "1000 x", {"floats", "caseless-tokens"}),
        ("1000000.5", "1000000", {"floats", "caseless", "caseless-tokens"}),
        ("nan -inf", "NaN -Infinity", {"floats", "caseless-tokens"}),
        (".5", "0.5", {"floats", "caseless", "caseless-tokens"}),
        ("0.30001", "0.3", set()),
        ("nan", "1", set()),
        ("1", "nan", set()),
        ("inf", "1e300", set()),
        ("1_000", "1000", set()),
        ("\u0661", "1", set()),
        ("1 2", "1", set()),
        ("1", "1 2", set()),
        ("A", "a", {"caseless", "caseless-tokens"}),
        ("Yes \n2.0", "YES\n2", {"caseless", "caseless-tokens"}),
        ("", "0", set()),
    ],
)
def test_what_each_comparison_accepts(output: str, expected: str, by: set[str]) -> None:
    assert {name for name in COMPARISONS if matched(name, output, expected)} == by


@pytest.mark.parametrize(
    ("name", "output", "expected", "difference"),
    [
        ("lines", "1\n2\n4\n", "1\n2\n3\n", "line 3 is '4', not '3'"),
        ("exact", "a \nb", "a\nb", "line 1 is 'a ', not 'a'"),
        ("exact", "a", "a\n", "ends before line 2, which is ''"),
        ("tokens", "1 2", "1 2 3", "ends before token 3, which is '3'"),
        ("tokens", "1 2 3", "1 2", "continues after token 2 with '3'"),
        ("floats", "1 2.5", "1 2.6", "token 2 is '2.5', not '2.6'"),
    ],
)
def test_the_first_difference_is_described(name: str, output: str, expected: str, difference: str) -> None:
    assert compare_output(output, expected, Comparison(name=name)).difference == difference


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="tokens"):
        compare_output("", "", Comparison(name="token"))


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(sorted(COMPARISONS)))
def test_any_text_is_compared_and_the_description_is_short(output: str, expected: str, name: str) -> None:
    found = compare_output(output, expected, Comparison(name=name))
    assert found.matched != bool(found.difference)
    assert len(found.difference) < 1000
    assert compare_output(output, output, Comparison(name=name)).matched


@pytest.mark.parametrize("name", sorted(COMPARISONS))
@pytest.mark.parametrize(
    "output",
    [
        "1" * LONG,
        "1" * LONG + "x",
        "." + "1" * LONG + "e",
        "1e" + "9" * LONG,
        " " * LONG,
        "\n" * LONG,
        "1 " * (LONG // 2),
        "-" * LONG,
        "inf" * (LONG // 3),
    ],
    ids=["digits", "digits-x", "fraction", "exponent", "spaces", "lines", "tokens", "signs", "words"],
)
def test_hostile_output_takes_little_time(name: str, output: str) -> None:
    began = time.process_time()
    compare_output(output, "1.5", Comparison(name=name))
    assert time.process_time() - began < 2.0
