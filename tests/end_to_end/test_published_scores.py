"""Published outputs of models get the scores that the benchmarks' authors gave them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support import published

from codeeval.benchmarks.cruxeval import answers
from codeeval.benchmarks.cruxeval.benchmark import CruxEval
from codeeval.metrics import Scores, mean
from codeeval.types import Completion, CompletionKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.published, pytest.mark.data]

EVERY = 240
"""Of CRUXEval's recorded tasks; tests/performance/published_scores.py judges all."""
LIMIT_S = 0.5
"""Programs that pass take milliseconds, and hundreds never end, which with the published 3 s takes hours."""


@pytest.mark.bubblewrap
@pytest.mark.parametrize("predicts", ["output", "input"])
def test_cruxeval(predicts: str, data_root: Path) -> None:
    made, problems = published.benchmark(f"cruxeval:{predicts}", data_root)
    rows = [
        row
        for row in published.published_rows("cruxeval/evaluation_results.parquet")
        if row["task"] == predicts
    ][::EVERY]
    recorded = {
        (f"cruxeval/{row['id']}", text): passed
        for row in rows
        for text, passed in zip(row["generations"], row["passed"], strict=True)
    }
    found = published.judged(made, problems, recorded, CompletionKind.SOLUTION, cpu_s=LIMIT_S)
    assert {key: verdict.outcome is Outcome.PASSED for key, verdict in found.items()} == recorded
    assert {True, False} == set(recorded.values())


EXPRESSIONS = {"no literal", "no expression", "does not parse"}
"""What ``fixed`` says of what the published program accepts; the others are assertions with a message."""
BARE_TUPLE = ("cruxeval/sample_748", "('a', 123), ('b', 456)")
COMMENT = (
    "cruxeval/sample_664",
    '"3 4 "\n# For Python versions less than 3.7\n# assert f({"3":"3","4":"5"})',
)


def test_cruxeval_differs_under_fixed_only_where_listed(data_root: Path) -> None:
    made, problems = published.benchmark("cruxeval:output", data_root, protocol="fixed")
    recorded: dict[tuple[str, str], bool] = {}
    for row in published.published_rows("cruxeval/evaluation_results.parquet"):
        if row["task"] == "output":
            recorded.update(
                {
                    (f"cruxeval/{row['id']}", text): passed
                    for text, passed in zip(row["generations"], row["passed"], strict=True)
                }
            )
    found = published.judged(made, problems, recorded, CompletionKind.SOLUTION, cpu_s=LIMIT_S)
    stricter = [key for key, passed in recorded.items() if passed > found[key].passed]
    messages = [key for key in stricter if found[key].detail.split(":")[0] not in EXPRESSIONS]
    assert (len(recorded), len(stricter), len(messages)) == (22886, 78, 5)
    assert {key for key, passed in recorded.items() if passed < found[key].passed} == {BARE_TUPLE, COMMENT}


@pytest.mark.parametrize("predicts", ["output", "input"])
def test_the_extraction_of_cruxeval(predicts: str, data_root: Path) -> None:
    made, problems = published.benchmark(f"cruxeval:{predicts}-cot", data_root)
    assert isinstance(made, CruxEval)
    rows = published.published_rows("cruxeval/qwen2.5-coder_cot.parquet")
    for row in (row for row in rows if row["task"] == predicts):
        problem = problems[f"cruxeval/{row['id']}"]
        prompt = made.prompt(problem).text
        assert row["raw_output"].startswith(prompt)
        completion = Completion(
            task_id=problem.task_id,
            sample=0,
            text=row["raw_output"].removeprefix(prompt),
            kind=CompletionKind.CONTINUATION,
        )
        find = answers.output if predicts == "output" else answers.call
        assert [find(completion, cot=True).code] == row["generations"]


def test_gsm8k(data_root: Path) -> None:
    """Its file has ``A: `` where the dataset has ``#### ``."""
    made, problems = published.benchmark("gsm8k", data_root, shots=0)
    ids = {problem.prompt: problem.task_id for problem in problems.values()}
    recorded = {
        (ids[row["question"]], row["solution"].replace("\nA: ", "\n#### ")): row["is_correct"]
        for row in published.published_rows("gsm8k/openai_example_model_solutions.parquet")
    }
    found = published.judged(made, problems, recorded, CompletionKind.CONTINUATION)
    assert {key: verdict.passed for key, verdict in found.items()} == recorded
    assert len(recorded) == 5268, "eight texts occur twice"


@pytest.mark.bubblewrap
def test_the_programs_of_pal_on_aqua(data_root: Path) -> None:
    """Their file calls all 254 correct; by the rule of their script 109 are, and no number is published."""
    made, problems = published.benchmark("pal:aqua", data_root)
    rows = published.published_rows("pal/aqua_outputs.parquet")
    assert [made.prompt(problem).text for problem in problems.values()] == [row["question"] for row in rows]
    assert {row["is_correct"] for row in rows} == {1}
    texts = [(task_id, row["generated_answer"]) for task_id, row in zip(problems, rows, strict=True)]
    found = published.judged(made, problems, texts, CompletionKind.CONTINUATION, cpu_s=LIMIT_S)
    assert sum(verdict.passed for verdict in found.values()) == 109
    answered = {verdict.vote for verdict in found.values() if verdict.outcome is Outcome.WRONG_ANSWER}
    assert answered == {"", "(a)", "(b)", "(c)", "(d)", "(e)"}


def test_bbh(data_root: Path) -> None:
    """All 54 accuracies of code-davinci-002, to the last digit."""
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {}  # Any: rows as they are
    for row in published.published_rows("bbh/code-davinci-002.parquet"):
        runs.setdefault((row["task"], row["prompting"]), []).append(row)
    assert len(runs) == 54
    for (task, form), rows in runs.items():
        made, problems = published.benchmark(f"bbh:{task}" + ("-cot" if form == "cot" else ""), data_root)
        ids = list(problems)
        texts = [(ids[number], row["prediction"]) for number, row in enumerate(rows)]
        found = published.judged(made, problems, texts, CompletionKind.CONTINUATION)
        passed = sum(found[text].passed for text in texts)
        assert [problems[each].reference for each in ids] == [row["target"] for row in rows]
        assert 100 * passed / len(rows) == pytest.approx(json.loads(rows[0]["task_metrics"])["accuracy"])


SHORT_NAME = {"tracking_shuffled_objectives": "tracking_shuffled_objects_five_objects"}


def test_think_and_execute(data_root: Path) -> None:
    """Every output has its authors' score, and every prompt ends as theirs."""
    made, problems = published.benchmark("think-and-execute", data_root)
    rows = published.published_rows("think_and_execute/results.parquet")
    scores = {}
    for row in rows:
        task_id = f"think-and-execute/{SHORT_NAME.get(row['task'], row['task'])}/{row['n']}"
        scores[task_id, row["output"]] = json.loads(row["score"])["task_accuracy"]
        asked = row["input"].removeprefix("<prompt>")
        assert made.prompt(problems[task_id]).text.endswith(asked)
    found = published.judged(made, problems, scores, CompletionKind.CONTINUATION)
    assert {key: verdict.passed for key, verdict in found.items()} == scores
    assert len(rows) == 3500
    by_gpt = [row for row in rows if row["run"].endswith("_gpt")]
    tasks = {row["task"] for row in by_gpt}
    accuracies = [
        sum(
            found[f"think-and-execute/{SHORT_NAME.get(task, task)}/{row['n']}", row["output"]].passed
            for row in by_gpt
            if row["task"] == task
        )
        / 250
        for task in tasks
    ]
    assert len(tasks) == 7
    assert sum(accuracies) / 7 == pytest.approx(0.604, abs=0.0005)


CLASSES = {
    ("CodeLlama-13b-Instruct-hf", "class_H", 3): "SSPPSF",
    ("GPT-3.5-Turbo", "class_H", 10): "SSSSS",
    ("GPT-3.5-Turbo", "method_C", 17): "FFFFFFF",
    ("GPT-3.5-Turbo", "method_I", 24): "SSSSS",
    ("GPT-4-Turbo", "class_H", 31): "FPPSF",
    ("GPT-4-Turbo", "method_C", 38): "PSFF",
    ("GPT-4-Turbo", "method_I", 45): "SSSSSS",
    ("Gemini-Pro", "class_H", 52): "FFSF",
    ("Gemini-Pro", "method_C", 59): "SSSS",
    ("Gemini-Pro", "method_I", 66): "PSF",
    ("Magicoder-S-DS-6.7B", "class_H", 73): "SSFFSF",
    ("Magicoder-S-DS-6.7B", "method_C", 80): "SPSSF",
    ("PolyCoder-2.7B", "class_H", 87): "FFFFFFFF",
    ("WizardCoder-15B-V1.0", "class_H", 94): "PSPSSS",
    ("WizardCoder-15B-V1.0", "method_C", 1): "SSPSPF",
    ("WizardCoder-15B-V1.0", "method_I", 8): "SSSFF",
    ("codegeex2-6b", "class_H", 15): "FFFF",
    ("deepseek-coder-6.7b-instruct", "class_H", 22): "SSSSSS",
    ("deepseek-coder-6.7b-instruct", "method_C", 29): "FFSF",
    ("deepseek-coder-6.7b-instruct", "method_I", 36): "FSSSFF",
    ("instruct-codegen-16B", "class_H", 43): "SSPSPF",
    ("instruct-codegen-16B", "method_C", 50): "PPPS",
    ("instruct-codegen-16B", "method_I", 57): "PPF",
    ("santacoder-1.1B", "class_H", 64): "FFFFFFF",
    ("starcoder-instruct-15B", "class_H", 71): "SPF",
    ("starcoder-instruct-15B", "method_C", 78): "FPFF",
}
"""Model, strategy and number of a task -> what its classes of tests came to in a plain reimplementation of
the evaluator, one module and one process a generation: success, partial success or failure. Task 22's returns
the list of a set: with ``PYTHONHASHSEED=0``, as in a sandbox, all its tests pass."""


@pytest.mark.docker
def test_classeval(data_root: Path, demand_image: Callable[[str], None]) -> None:
    """One generation of each published run; tests/performance/published_classes.py judges all 2,600."""
    for image in ("python-unittest", "python-bigcodebench"):
        demand_image(image)
    made, problems = published.benchmark("classeval", data_root)
    wanted = {
        (f"ClassEval_{number}", model, strategy): found
        for (model, strategy, number), found in CLASSES.items()
    }
    texts = [
        (row["task_id"], row["predict"][0])
        for row in published.published_rows("classeval/model_output_greedy.parquet")
        if (row["task_id"], row["model"], row["strategy"]) in wanted
    ]
    verdicts = published.judged(made, problems, texts, CompletionKind.ANSWER, sandbox="docker")
    assert len(verdicts) == len(wanted)
    for (task_id, *run), found in wanted.items():
        (verdict,) = (each for each in verdicts.values() if each.task_id == task_id)
        counted = Scores(made.scoring)
        counted.add(verdict)
        scores = {name: mean(each.values) for name, each in counted.pass_values([1]).items()}
        parts = "".join("S" if part.outcome is Outcome.PASSED else "-" for part in verdict.parts)
        assert parts == found.replace("P", "-").replace("F", "-"), (task_id, run)
        assert scores["method.partial.pass@1"] == pytest.approx(1 - found.count("F") / len(found)), (
            task_id,
            run,
        )
        assert scores["partial.pass@1"] == ("F" not in found), (task_id, run)
