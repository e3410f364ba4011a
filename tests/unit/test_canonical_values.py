"""Values of programs in other languages: each compared as its language compares, hostile lines as data."""

from __future__ import annotations

import time

import pytest

from codeeval.benchmarks.common import canonical_values
from codeeval.benchmarks.common.canonical_values import equal, results, shown
from codeeval.translators import driver
from codeeval.translators.driver import MARK
from codeeval.translators.target_languages import TARGETS


def text(value: str) -> str:
    return "s" + value.encode().hex()


EQUAL = {
    "numbers": [
        ("i1", "f1.0"),
        ("f-0.0", "f0"),
        ("f1e3", "i1000"),
        ("[ i1 n ]", "[ f1 n ]"),
        ("finf", "fInfinity"),
    ],
    "kinds": [("f-0", "f0"), ("f1.50", "f1.5")],
    "booleans": [("b1", "i1"), ("[ b0 ]", "[ f0.0 ]")],
    "javascript": [
        ("b1", "f1"),
        (text("1"), "f1"),
        (text(" 0x10 "), "f16"),
        (text(""), "b0"),
        ("xundefined", "n"),
        ("fNaN", "fNaN"),
    ],
    "same": [("fNaN", "fNaN"), ("f1", "f1.0")],
    "php": [
        ("n", "b0"),
        ("n", text("")),
        ("i0", "n"),
        (text("10"), text("1e1")),
        (text("1"), "i1"),
        ("[ i0 i1 ]", "b1"),
        ("[ ]", "n"),
        (text("abc"), "b1"),
    ],
    "within": [("f1.0009", "i1"), ("[ f0.5 b1 ]", "[ f0.5005 b1 ]")],
    "mean": [("[numeric f1 f2 ]", "[numeric f1.00000000001 f2 ]"), ("n", "n")],
    "shown": [(text("[-0.0,1.5]"), text("[0.0,1.5]")), (text("Just (-0.0)"), text("Just 0.0"))],
}
UNEQUAL = {
    "numbers": [
        ("i1", "i2"),
        ("fnan", "fnan"),
        ("?", "?"),
        ("b1", "i1"),
        ("[ i1", "[ i1 ]"),
        ("", "n"),
        ("i1 i1", "i1"),
    ],
    "kinds": [("i1", "f1.0"), ("b1", "i1")],
    "booleans": [("b1", "i0"), (text("1"), "i1")],
    "javascript": [
        (text("a"), "f0"),
        ("n", "f0"),
        ("n", "b0"),
        ("[ f1 ]", "f1"),
        (text("1"), text("1.0")),
        ("szz", "f0"),
    ],
    "same": [("b1", "f1"), (text("1"), "f1"), ("n", "xundefined")],
    "php": [
        (text("abc"), "i0"),
        ("n", text("a")),
        ("[ i0 i1 ]", "b0"),
        (text("a"), text("b")),
        ("szz", "i0"),
        ("szz", text("a")),
    ],
    "within": [("f1.0011", "i1"), ("fnan", "i1"), ("b1", "b0"), ("finf", "f1")],
    "mean": [
        ("[numeric f1 ]", "[numeric f1.001 ]"),
        ("[numeric f1 ]", "[logical b1 ]"),
        ("[numeric finf ]", "[numeric f1 ]"),
        ("[character ]", "n"),
    ],
    "shown": [(text('"-0.0"'), text('"0.0"')), (text("-0.05"), text("0.05")), ("szz", text("0.0"))],
}


@pytest.mark.parametrize("equality", EQUAL)
def test_what_the_language_takes_for_equal(equality: str) -> None:
    tolerance = {"within": 0.001, "mean": 1.5e-8}.get(equality, 0.0)
    assert [pair for pair in EQUAL[equality] if not equal(*pair, equality, tolerance)] == []
    assert [pair for pair in UNEQUAL[equality] if equal(*pair, equality, tolerance)] == []
    symmetric = [pair for pair in EQUAL[equality] if not equal(pair[1], pair[0], equality, tolerance)]
    assert symmetric == []


def test_every_driver_has_an_equality() -> None:
    for language in TARGETS.values():
        if made := driver.driver(language.partition(":")[0]):
            used = {made.equality, *(frame.equality for frame in made.frames.values() if frame.equality)}
            assert used <= {*EQUAL}, language


def test_only_lines_of_results_are_read() -> None:
    output = f"debug\n{MARK}i1 \nx {MARK}i2\n{MARK}\n  {MARK}i3"
    assert results(output) == ["i1", ""]


def test_a_reader_sees_values() -> None:
    assert shown(f"[ {text('a b')} i1 f2.5 b1 n ]") == "[ 'a b' 1 2.5 true nothing ]"
    assert len(shown("i" + "1" * 100_000)) <= 1000


@pytest.mark.parametrize("equality", EQUAL)
@pytest.mark.parametrize(
    "line",
    [
        "i" + "9" * 1_000_000,
        "f" + "9" * 1_000_000,
        "f1e999999999",
        "s" + "31" * 500_000,
        "s3" * 300_000,
        "[ " * 300_000,
    ],
)
def test_a_hostile_line_costs_its_length(equality: str, line: str) -> None:
    started = time.process_time()
    assert not equal(line, "i1", equality, 0.001)
    assert not equal(line, "i1 " * len(line.split()), equality, 0.001)
    shown(line)
    assert time.process_time() - started < 2


def test_a_number_of_many_digits_is_a_text() -> None:
    long = "i" + "9" * (canonical_values._LONGEST + 1)
    assert equal(long, long, "numbers", 0.0)
