"""``clustering``: mutated inputs, clusters, submissions in order, and n@k."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pipeline_fakes import FakeBenchmark
from support.strategies import (
    CHAT,
    PROBLEM,
    WARM,
    OnePrompt,
    ScriptedModel,
    ScriptedSource,
    ScriptedTrials,
    failing,
    passing,
)

from codeeval import registry
from codeeval.errors import UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource, RunsOnInputs, ShowsExamples
from codeeval.metrics import Scores, mean
from codeeval.pipeline.planning import plan_samples, strategy_info
from codeeval.strategies.clustering import Clustering, in_turn, passes_examples
from codeeval.strategies.input_mutation import mutated
from codeeval.strategies.sampler import StrategySampler
from codeeval.strategies.trials import Trial
from codeeval.types import Completion, CompletionKind, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from codeeval.interfaces import Benchmark
    from codeeval.types import Problem

SHOWN = "3\n10 20 30\nhello\n"


class ScriptedProbes:
    """Programs behave as their texts are mapped to; inputs are remembered."""

    def __init__(self, behaviours: Mapping[str, str]) -> None:
        self.behaviours = behaviours
        self.ran: list[str] = []
        self.inputs_seen: set[tuple[str, ...]] = set()

    def inputs(self, problem: Problem) -> tuple[str, ...]:
        assert problem.task_id == PROBLEM.task_id
        return (SHOWN,)

    async def behaviour(
        self, problem: Problem, completion: Completion, inputs: Sequence[str]
    ) -> tuple[str, ...]:
        assert problem.task_id == completion.task_id
        self.ran.append(completion.text)
        self.inputs_seen.add(tuple(inputs))
        known = self.behaviours[completion.text]
        return (known,) * len(inputs) if known else ()


def sampler(
    model: ScriptedModel | ScriptedSource, trials: Mapping[str, Trial], probes: ScriptedProbes, k: int
) -> StrategySampler:
    strategy = Clustering({"k": str(k), "inputs": "4"})

    return StrategySampler(model, strategy, OnePrompt(CHAT), WARM, ScriptedTrials(trials), probes=probes)


async def test_one_of_each_of_the_largest_clusters_is_submitted_and_each_candidate_costs_once() -> None:
    texts = ["a", "b", "wrong", "c", "d", "e", "d"]
    trials = dict.fromkeys("abcde", passing()) | {"wrong": failing("", "returned 3")}
    probes = ScriptedProbes({"a": "x", "b": "y", "c": "z", "d": "y", "e": "x"})
    made = sampler(ScriptedModel(texts), trials, probes, k=7)
    assert made.max_n == 7
    found = await made.sample(PROBLEM, range(7))
    assert [each.text for each in found] == ["b", "a", "c", "d", "e", "d", ""]
    assert [each.sample for each in found] == list(range(7))
    assert sorted(probes.ran) == ["a", "b", "c", "d", "e"], "no filtered one, and the same text once"
    ((*inputs,),) = probes.inputs_seen
    assert len(inputs) == 4
    assert SHOWN not in inputs
    assert [each.usage.generations for each in found] == [7, 0, 0, 0, 0, 0, 0]
    assert found[0].usage.completion_tokens == sum(range(1, 8))
    assert sum(turn.chosen for turn in found[0].trace) == 6
    assert [turn.text for turn in found[0].trace][:3] == ["a", "", "wrong"]
    # taken up again after two submissions: the same order
    again = await sampler(ScriptedModel(texts), trials, probes, k=7).sample(PROBLEM, range(2, 4))
    assert [(each.text, each.sample) for each in again] == [("c", 2), ("d", 3)]


async def test_an_unknown_behaviour_is_a_cluster_of_the_same_program() -> None:
    same = Trial(outcome=Outcome.PASSED, code="print(1)", examples=1)
    trials = dict.fromkeys("abc", same)
    [first] = await sampler(
        ScriptedModel(["a", "b", "c"]), trials, ScriptedProbes({"a": "x", "b": "", "c": ""}), k=3
    ).sample(PROBLEM, range(1))
    assert first.text == "b"


def test_the_filter() -> None:
    def trial(outcome: Outcome, examples: int) -> Trial:
        return Trial(outcome=outcome, examples=examples)

    assert passes_examples(trial(Outcome.PASSED, 2))
    assert not passes_examples(trial(Outcome.TIMEOUT, 2))
    assert passes_examples(trial(Outcome.SANDBOX_ERROR, 2)), "nothing is known of it"
    assert passes_examples(trial(Outcome.RUNTIME_ERROR, 0)), "it was run on no input"
    assert not passes_examples(trial(Outcome.NO_CODE, 0))
    assert in_turn([("a",), ("b",), ("b",), ("c",), ("c",)]) == [1, 3, 0, 2, 4]
    assert in_turn([]) == []


def test_mutated_inputs() -> None:
    made = mutated([SHOWN, "1 2\n"], 40)
    assert len(set(made)) == 40
    assert not {SHOWN, "1 2\n"} & set(made)
    assert mutated([SHOWN, "1 2\n"], 40) == made, "the same each time"
    of_first = [text for text in made if len(text.splitlines()) == 3]
    assert all(text.splitlines()[0] == "3" for text in of_first), "the size of a line stays"
    assert len({text.splitlines()[1] for text in of_first}) > 3
    assert len({text.splitlines()[2] for text in of_first}) > 3
    assert all(len(text.splitlines()[1].split()) == 3 for text in of_first)
    for text in mutated(['[1, -20, 300]\n"abc"'], 30):
        assert len(json.loads(text.split("\n")[0])) == 3
    assert len(mutated(["[3, 1, 2]"], 8)) == len(mutated(["2 3\n"], 8)) == 8, "one line counts nothing"
    assert all(text.split("\n")[0] in ("2", "") for text in mutated(["2\n3\n4\n"], 8)), "lines that follow"
    big = "9" * 40
    assert all(len(text) == 40 for text in mutated([big], 5))
    assert mutated([], 5) == mutated([""], 5) == mutated(["2\n1 2\n"], 0) == ()


def scores(candidates: int, **tasks: str) -> dict[str, float]:
    letters = {"P": Outcome.PASSED, "F": Outcome.WRONG_ANSWER, "E": Outcome.SANDBOX_ERROR}
    found = Scores(FakeBenchmark(1).scoring, candidates)
    for task, text in tasks.items():
        for sample in reversed(range(len(text))):  # in any order
            verdict = Verdict(
                task_id=task, sample=sample, outcome=letters[text[sample]], detail="", rule="whole",
                wall_s=0.0, cpu_s=0.0, peak_rss_bytes=0,
            )  # fmt: skip
            found.add(verdict)
    return {name: mean(values.values) for name, values in found.pass_values((1, 2, 10)).items()}


def test_n_at_k_counts_the_first_n() -> None:
    found = scores(100, a="FPF", b="PFF", c="FFP", d="FFF")
    assert [name for name in found if not name.startswith("pass")] == ["3@100", "2@100", "1@100"]
    assert (found["1@100"], found["2@100"], found["3@100"]) == (1 / 4, 2 / 4, 3 / 4)
    assert found["pass@1"] == pytest.approx(3 / 12)
    assert scores(100, a="EP", b="EF")["2@100"] == 1.0, "of b nothing is known"
    bounds = Scores(FakeBenchmark(1).scoring, 5)
    bounds.leave_out("a")
    bounds.add(
        Verdict(task_id="b", sample=0, outcome=Outcome.PASSED, detail="", rule="", wall_s=0.0, cpu_s=0.0,
                peak_rss_bytes=0)
    )  # fmt: skip
    values = bounds.pass_values((1,))["1@5"]
    assert (values.values, values.worst, values.best) == ([1.0], [0.0, 1.0], [1.0, 1.0])
    assert not [name for name in scores(0, a="P") if "@" in name and not name.startswith("pass")]


def test_submissions_are_planned() -> None:
    strategy = Clustering({"k": "4"})
    model, source = ScriptedModel([]), ScriptedSource(["x"] * 5)
    assert plan_samples([PROBLEM], model, 3, strategy) == {"T/0": 3}
    assert plan_samples([PROBLEM], model, None, Clustering({})) == {"T/0": 10}
    assert plan_samples([PROBLEM], source, 4, strategy) == {"T/0": 4}
    with pytest.raises(UsageError, match=r"5 of 4"):
        plan_samples([PROBLEM], model, 5, strategy)
    with pytest.raises(UsageError, match=r"^fake "):
        strategy_info(strategy, FakeBenchmark(1))


def code_contests(root: Path) -> tuple[Benchmark, Problem]:
    import pyarrow as pa  # noqa: PLC0415 -- costs 200 ms
    from pyarrow import parquet  # noqa: PLC0415 -- as above

    none: dict[str, list[Any]] = {"input": [], "output": []}  # Any: of Parquet
    row = {
        "name": "a", "description": "Sum up.", "public_tests": {"input": ["2\n1 2\n"], "output": ["3\n"]},
        "private_tests": {"input": ["1\n77\n"], "output": ["77\n"]}, "generated_tests": none,
        "solutions": {"language": [], "solution": []},
        "incorrect_solutions": {"language": [], "solution": []},
    }  # fmt: skip
    place = root / "deepmind" / "code_contests" / "default"
    place.mkdir(parents=True)
    parquet.write_table(pa.Table.from_pylist([row]), place / "test.parquet")
    benchmark = registry.benchmark_factory("code-contests")(BenchmarkOptions())
    [problem] = benchmark.load(DataSource(root=root, offline=True)).problems
    return benchmark, problem


def test_a_strategy_sees_public_tests_alone(tmp_path: Path) -> None:
    benchmark, problem = code_contests(tmp_path)
    assert isinstance(benchmark, ShowsExamples)
    assert isinstance(benchmark, RunsOnInputs)
    answer = Completion(task_id="a", sample=0, text="```python\nprint(77)\n```", kind=CompletionKind.ANSWER)
    tried = benchmark.example_program(problem, answer)
    assert [case.stdin for case in tried.cases] == ["2\n1 2\n"]
    assert benchmark.shown_inputs(problem) == ("2\n1 2\n",)
    probing = benchmark.inputs_program(problem, answer, ["5\n", "6\n"])
    assert [(case.stdin, case.expected) for case in probing.cases] == [("5\n", ""), ("6\n", "")]
    assert tried.files == probing.files == benchmark.program(problem, answer).files
    assert strategy_info(Clustering({"k": "7"}), benchmark).candidates == 7
    for shown in (*benchmark.examples(problem), *probing.cases, *tried.cases):
        assert "77" not in str(shown)
    nothing = Completion(task_id="a", sample=0, text="", kind=CompletionKind.ANSWER)
    assert not benchmark.inputs_program(problem, nothing, ["5\n"]).steps
