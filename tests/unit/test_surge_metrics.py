"""The published metrics against hand counts, and what the fixed scorer does otherwise."""

from __future__ import annotations

import json
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.benchmarks.surge import grading, lean_errors, metrics
from codeeval.benchmarks.surge.grading import COMPARE, FIXED, OFFICIAL
from codeeval.benchmarks.surge.metrics import Metric, metric_of, numbers
from codeeval.benchmarks.surge.rows import Features, Row, Subset

LONGEST_S = 12.0
"""Generous: a loaded machine is slow, and what is not bounded takes minutes."""


def row(subset: Subset, **features: str) -> Row:
    texts = dict.fromkeys(("question", "gt", "sys_0shot", "sys_3shot", "sys_cot"), "")
    return Row(task_id=f"surge/{subset}/0", subset=subset, features=Features(**features), **texts)  # type: ignore[arg-type]  # of strings alone


@pytest.mark.parametrize(
    ("made", "metric"),
    [
        (row(Subset.ML), Metric.EXACT),
        (row(Subset.CL), Metric.EXACT),
        (row(Subset.BG), Metric.JACCARD),
        (row(Subset.DR), Metric.JACCARD),
        (row(Subset.FL), Metric.ERRORS),
        (row(Subset.RL, repo="PlotNeuralNet"), Metric.RATIO),
        (row(Subset.RL, repo="TUOJ", run_instruction="python 24_game.py"), Metric.RATIO),
        (row(Subset.RL, repo="https://github.com/psychopurp/sudoku-player"), Metric.SUDOKU),
        (row(Subset.RL, repo="TUOJ", run_instruction="make"), Metric.EXACT),
        (row(Subset.RL, repo="TUOJ", run_instruction="g++ main.cpp"), Metric.EXACT),
        *[
            (row(Subset.SC, fid=f"{family}x.py"), Metric.NUMERIC)
            for family in ("gd_", "rk_", "qr_", "lu_", "power_method_", "heat_eq_", "euler_", "fft_")
        ],
        (row(Subset.TC, fid="merge_sort.py"), Metric.RANK),
        (row(Subset.SC, fid="mc_pi.py"), Metric.ESTIMATE),
        (row(Subset.TC, fid="tsp.py"), Metric.EXACT),
        (row(Subset.TC, fid="matrix_inv.py"), Metric.EXACT),
    ],
)
def test_which_metric_a_row_has(made: Row, metric: Metric) -> None:
    assert metric_of(made) is metric


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1", [1.0]),
        (" 1.5\n", [1.5]),
        ("1, 2", [1.0, 2.0]),
        ("[1, 2, ]", [1.0, 2.0]),
        ("[1 2]", [1.0, 2.0]),
        ("[[1. 2.]\n [3. 4.]]", [1.0, 2.0, 3.0, 4.0]),
        ("['1.0e+00' '2.0e-01']", [1.0, 0.2]),
        ("1e+00, 2e+00", [1.0, 2.0]),
        ("[]", []),
        ("nan", [pytest.approx(float("nan"), nan_ok=True)]),
        ("1e999", [float("inf")]),
    ],
)
def test_numbers_as_they_are_printed(text: str, found: list[float]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize("text", ["", "1,", "[[1, 2]]", "[1e+00, 2e+00]", "one", "1 2", "x: 1"])
def test_what_the_published_code_cannot_read(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        numbers(text)


@pytest.mark.parametrize(
    ("metric", "answer", "expected", "official", "fixed"),
    [
        (Metric.EXACT, "a\nb", "a\nb", 1, 1),
        (Metric.EXACT, "a", "A", 0, 0),
        (Metric.EXACT, "a \r\nb", "a\nb\n", 0, 1),
        (Metric.EXACT, "a\u2028b", "a\nb", 0, 0),
        (Metric.JACCARD, "A b", "a b", 1, 1),
        (Metric.JACCARD, "a b", "b c", 1 / 3, 1 / 3),
        (Metric.JACCARD, "", "", 1, 1),
        (Metric.JACCARD, "", "a", 0, 0),
        (Metric.JACCARD, "0", "0 0 0 0", 1, 1 / 4),
        (Metric.RATIO, "abcd", "bcde", 0.75, 0.75),
        (Metric.RATIO, "ab\n", "ab", 0.8, 1),
        (Metric.RATIO, "a" * 300, "a" * 300, 1, 1),
        (Metric.SUDOKU, "1 2", "1 2", 1, 1),
        (Metric.NUMERIC, "[1, 2]", "[1, 2]", 1, 1),
        (Metric.NUMERIC, "1.1", "1.0", 0.9, 0.9),
        (Metric.NUMERIC, "3", "1", 0, 0),
        (Metric.NUMERIC, "1", "1, 2", 0.5, 0.5),
        (Metric.NUMERIC, "1, 2, 3", "1, 2", 1, 2 / 3),
        (Metric.NUMERIC, "1, nan", "1, 2", 0, 0.5),
        (Metric.NUMERIC, "1, inf", "1, 2", 0, 0.5),
        (Metric.NUMERIC, "1, 1e999", "1, 2", 0, 0.5),
        (Metric.NUMERIC, "nan", "nan", 0, 1),
        (Metric.NUMERIC, "inf", "inf", 0, 1),
        (Metric.NUMERIC, "[[1, 2]]", "1, 2", 0, 1),
        (Metric.NUMERIC, "1e308", "-1e308", 0, 0),
        (Metric.NUMERIC, "[]", "[]", 0, 0),
        (Metric.NUMERIC, "about one", "1", 0, 0),
        (Metric.NUMERIC, "9" * 5000, "1", 0, 0),
        (Metric.RANK, "[1, 2, 3]", "[1, 2, 3]", 1, 1),
        (Metric.RANK, "[7, 8, 9]", "[1, 2, 3]", 1, 0),
        (Metric.RANK, "[3, 2, 1]", "[1, 2, 3]", 0, 0),
        (Metric.RANK, "[1, 3, 2]", "[1, 2, 3]", 0.5, 0.5),
        (Metric.RANK, "[1, 2]", "[1, 2, 3]", 0, 0),
        (Metric.RANK, "[1, 1, 1]", "[1, 2, 3]", 0, 0),
        (Metric.RANK, "[4]", "[4]", 0, 1),
        (Metric.RANK, "[2, 2]", "[2, 2]", 0, 1),
        (Metric.RANK, "sorted", "[1, 2]", 0, 0),
        (Metric.ESTIMATE, "pi is: 3", "Estimate: 3", 1, 1),
        (Metric.ESTIMATE, "2.7", "Estimate: 3.0", 0.9, 0.9),
        (Metric.ESTIMATE, "pi:", "Estimate: 3", 0, 0),
    ],
)
def test_scores(metric: Metric, answer: str, expected: str, official: float, fixed: float) -> None:
    assert COMPARE[OFFICIAL][metric](answer, expected) == pytest.approx(official)
    assert COMPARE[FIXED][metric](answer, expected) == pytest.approx(fixed)


def report(*errors: tuple[int, str], passed: bool = False) -> str:
    listed = [
        {"severity": "error", "pos": {"line": line, "column": 1}, "data": data} for line, data in errors
    ]
    return json.dumps({"errors": listed, "pass": passed, "complete": passed})


TWO_ON_A_LINE = report((4, "unknown tactic"), (4, "unsolved goals"), (9, "linarith failed"))


@pytest.mark.parametrize(
    ("answer", "expected", "official", "fixed"),
    [
        (report(passed=True), report(passed=True), 1, 1),
        (report(passed=True), report((1, "a")), 0, 0),
        (report((1, "a")), report(passed=True), 0, 0),
        (report(), report((1, "a")), 0, 0),
        (report((1, "a b")), report((1, "b c")), 1 / 3, 1 / 3),
        (report((2, "a")), report((1, "a")), 0, 0),
        (report(), report(), 1, 1),
        (report((1, "a")), report(), 0, 0),
        (TWO_ON_A_LINE, TWO_ON_A_LINE, 2 / 3, 1),
        (f"```json\n{report(passed=True)}\n```", report(passed=True), 0, 1),
        (f"Output:\n{report(passed=True)}\nas asked", report(passed=True), 0, 1),
        ('{"errors": [], "pass": true,}', report(passed=True), 0, 1),
        ('{"errors": [,], "pass": tru', report(passed=True), 0, 0),
        ("no errors", report(passed=True), 0, 0),
        ("the set {x} {y}: " + report(passed=True), report(passed=True), 0, 1),
        ('first {"pass": maybe}, then ' + report(passed=True), report(passed=True), 0, 1),
        ("{}", report(), 1, 0),
        ("[]", report(passed=True), 0, 0),
        ("3", report(passed=True), 0, 0),
        ('{"errors": 3, "pass": false}', report((1, "a")), 0, 0),
        ('{"errors": [{"pos": {"line": [1]}, "data": "a"}], "pass": false}', report((1, "a")), 0, 0),
        ('{"errors": [{"pos": {"line": 1}, "data": 7}], "pass": false}', report((1, "a")), 0, 0),
        ('{"errors": [{"line": 1, "data": "a"}], "pass": false}', report((1, "a")), 0, 0),
        ('{"errors": [], "pass": "yes"}', report(passed=True), 1, 0),  # whatever counts as true
        ("{" * 100_000, report((1, "a")), 0, 0),
        ('{"errors":' * 100_000, report((1, "a")), 0, 0),
        (f'{{"pass": {"9" * 10_000}}}', report((1, "a")), 0, 0),
    ],
)
def test_what_lean_reports(answer: str, expected: str, official: float, fixed: float) -> None:
    assert lean_errors.errors(answer, expected) == pytest.approx(official)
    assert lean_errors.errors_fixed(answer, expected) == pytest.approx(fixed)


def test_one_error_answers_one_error() -> None:
    """As published a single error may stand for all that are expected on its line."""
    expected = report((1, "a b"), (1, "a b"))
    assert lean_errors.errors(report((1, "a b")), expected) == 1
    assert lean_errors.errors_fixed(report((1, "a b")), expected) == 0.5


_LENGTH = 1 << 20
_LETTERS = [chr(0x4E00 + index) for index in range(150)]
_RANDOM = random.Random(1)
HARD = {
    "one letter": "a" * _LENGTH,
    "letters that are all rare": "".join(_LETTERS[index % 150] for index in range(_LENGTH)),
    "fences that never close": "Output:\n" + "```\na" * (_LENGTH // 5),
    "backticks": "`" * _LENGTH,
    "bold": "**" * (_LENGTH // 2) + "x",
    "marks": "Output:" * (_LENGTH // 7),
    "marks on lines": "Output: x\n" * (_LENGTH // 10),
    "quotes": "> " * (_LENGTH // 2),
    "braces": "{" * _LENGTH,
    "commas": "{" + ",]" * (_LENGTH // 2),
    "errors": '{"errors": ['
    + ",".join(['{"pos": {"line": 4}, "data": "a b"}'] * (_LENGTH // 36))
    + '], "pass": false}',
    "numbers": "[" + "1, " * (_LENGTH // 3) + "]",
    "digits": "1" * _LENGTH,
    "boards": "------- 0 -------\n" * (_LENGTH // 18),
    "white space": "Output: " + " \n" * (_LENGTH // 2) + "x",
}


@pytest.mark.parametrize("name", HARD)
def test_an_answer_of_a_megabyte_is_graded_in_bounded_time(name: str) -> None:
    text = HARD[name]
    expected = {
        Metric.ERRORS: TWO_ON_A_LINE,
        Metric.NUMERIC: "1, 2",
        Metric.RANK: "[1, 2, 3]",
        Metric.ESTIMATE: "x: 1",
        Metric.RATIO: "".join(_RANDOM.choice(_LETTERS) for _ in range(4000)),
    }
    started_s = time.process_time()
    for metric in Metric:
        if metric is Metric.SUDOKU:
            continue  # as RATIO
        for answer in grading.answers_in(text, metric):
            for each in answer.texts:
                score = COMPARE[answer.scorer][metric](each, expected.get(metric, "a b c"))
                assert 0 <= score <= 1
    assert time.process_time() - started_s < LONGEST_S


def test_edit_similarity_is_that_of_difflib_while_it_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    import difflib  # noqa: PLC0415 -- the peer

    chance = random.Random(1)
    one, other = ("".join(chance.choice("abc \n") for _ in range(150)) for _ in range(2))
    other = one[:75] + other[75:]
    assert metrics.ratio(one, other) == difflib.SequenceMatcher(None, other, one).ratio() > 0.3
    monkeypatch.setattr(metrics, "_STEPS", 0)
    assert metrics.ratio.__wrapped__(one, other) == 0


@given(st.text(max_size=60), st.text(min_size=1, max_size=60))
def test_every_score_is_a_share_and_a_copy_is_perfect(answer: str, expected: str) -> None:
    for metric in (Metric.EXACT, Metric.JACCARD, Metric.RATIO):
        for scorer in (FIXED, OFFICIAL):
            assert 0 <= COMPARE[scorer][metric](answer, expected) <= 1
        assert COMPARE[FIXED][metric](expected, expected) == 1


@given(st.lists(st.floats(), min_size=1, max_size=20), st.lists(st.floats(), min_size=1, max_size=20))
def test_numbers_of_any_kind_give_a_share(given_: list[float], wanted: list[float]) -> None:
    for metric in (Metric.NUMERIC, Metric.RANK, Metric.ESTIMATE):
        for scorer in (FIXED, OFFICIAL):
            assert 0 <= COMPARE[scorer][metric](str(given_), str(wanted)) <= 1
    assert grading.numeric(str(wanted), str(wanted)) == 1
