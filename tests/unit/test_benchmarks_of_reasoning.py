"""CRUXEval, GSM8K, PAL and BIG-Bench Hard: options, and answers that are read on the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codeeval.benchmarks.bbh import grading, rows
from codeeval.benchmarks.bbh.benchmark import EXECUTED, Bbh, ThinkAndExecute
from codeeval.benchmarks.cruxeval import answers
from codeeval.benchmarks.cruxeval.benchmark import CruxEval
from codeeval.benchmarks.gsm8k import benchmark as gsm8k
from codeeval.benchmarks.mathqa.references import written_in
from codeeval.benchmarks.pal.benchmark import Pal
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, DataSource
from codeeval.types import Completion, CompletionKind, Problem, PromptStyle

if TYPE_CHECKING:
    from pathlib import Path

CHOICE = "Alice is dancing with\nOptions:\n(A) Patrick\n(B) Sam"


@pytest.mark.parametrize(
    ("kind", "variant", "name", "shots"),
    [
        (CruxEval, "", "cruxeval:output", "2"),
        (CruxEval, "input-cot", "cruxeval:input-cot", "1"),
        (gsm8k.Gsm8k, "", "gsm8k", "8"),
        (Pal, "", "pal:gsm8k", "3"),
        (Pal, "mawps:addsub", "pal:mawps:addsub", "3"),
        (Bbh, "navigate-cot", "bbh:navigate-cot", "3"),
        (ThinkAndExecute, "navigate", "think-and-execute:navigate", "0"),
    ],
)
def test_names(kind: type[BenchmarkBase], variant: str, name: str, shots: str) -> None:
    made = kind(BenchmarkOptions(variant=variant))
    assert (made.name, made.settings["shots"], made.settings["style"]) == (name, shots, "chat")
    assert made.card.is_file()


@pytest.mark.parametrize(
    ("kind", "variant"),
    [
        (CruxEval, "both"),
        (CruxEval, "output-fast"),
        (gsm8k.Gsm8k, "calculator"),
        (Pal, "bbh-navigate"),
        (Bbh, "no_task"),
        (ThinkAndExecute, "word_sorting"),
    ],
)
def test_what_there_is_not(kind: type[BenchmarkBase], variant: str) -> None:
    with pytest.raises(UnknownName, match=variant):
        kind(BenchmarkOptions(variant=variant))


def test_worked_examples_are_those_of_the_paper() -> None:
    assert Pal(BenchmarkOptions(style=PromptStyle.BASE)).settings["shots"] == "8"
    with pytest.raises(UsageError, match="3 worked examples, not 5"):
        Pal(BenchmarkOptions(shots=5))


@pytest.mark.parametrize("task", rows.TASKS)
def test_every_task_has_three_worked_examples(task: str) -> None:
    shown = rows.prompted(task)
    assert len(shown.examples) == 3
    assert shown.description
    for example in shown.examples:
        assert example.task
        assert example.tests[0]
        assert example.code.rstrip().endswith(f"{rows.ANSWER}{example.tests[0]}.")


@pytest.mark.parametrize("shots", [0, 3])
def test_worked_examples_can_be_left_out(shots: int) -> None:
    made = Bbh(BenchmarkOptions(variant="navigate-cot", shots=shots, style=PromptStyle.BASE))
    problem = Problem(
        task_id="t", prompt="Go.", entry_point="", reference="No", tests=(), groups=("navigate",)
    )
    text = made.prompt(problem).text
    assert text.count("\nQ: ") == shots + 1
    assert text.endswith(f"\n\nQ: Go.\n{rows.STEPS}")


@pytest.mark.parametrize("task", EXECUTED)
def test_every_task_that_is_executed_has_its_pseudocode(task: str) -> None:
    assert "def " in (ThinkAndExecute.folder / "templates" / f"pseudocode-{task}.jinja").read_text("utf-8")


@pytest.mark.parametrize(
    ("found", "target", "official", "fixed"),
    [
        ("(B) Sam", "(B)", True, True),
        ("B", "(B)", True, True),
        ("Sam", "(B)", True, True),
        ("**(B)**", "(B)", False, True),
        ("b) Sam", "(B)", False, True),
        ("(", "(B)", True, False),
        ("am", "(B)", True, False),
        ("Patrick", "(B)", False, False),
        ("", "(B)", False, False),
        ("(B) Patrick, or (A)", "(A)", False, False),
    ],
)
def test_choices(found: str, target: str, official: bool, fixed: bool) -> None:
    expected = grading.expected(CHOICE, target)
    assert grading.target_of(expected) == target
    task = "tracking_shuffled_objects_five_objects"
    assert (grading.is_right(found, expected, task), grading.same(found, expected)) == (official, fixed)


@pytest.mark.parametrize(
    ("found", "target", "fixed"),
    [
        ("True", "Yes", True),
        ("no.", "No", True),
        ("false", "Yes", False),
        ("] )", "])", True),
        ("valid", "invalid", False),
        ("apple  bee", "apple bee", True),
    ],
)
def test_answers_that_are_no_choice(found: str, target: str, fixed: bool) -> None:
    assert grading.same(found, grading.expected("Input: [ (", target)) is fixed


@pytest.mark.parametrize(
    ("text", "official", "fixed"),
    [
        ("#### 1,200", "1200", "1200"),
        ("#### -3", "-3", "-3"),
        ("#### 5\n#### 6", "5", "6"),
        ("#### $7.50.", "", "7.50"),
        ("#### .5", ".5", ".5"),
        ("####\n8", "", "8"),
        ("8", "", ""),
        ("#### ...", "...", ""),
    ],
)
def test_numbers(text: str, official: str, fixed: str) -> None:
    assert (gsm8k.official(text), gsm8k.fixed(text)) == (official, fixed)


@pytest.mark.parametrize(
    ("text", "kind", "cot", "output", "call"),
    [
        ("assert f(1) == [2]\n", CompletionKind.CONTINUATION, False, "[2]", "f(1)"),
        ("so [ANSWER]\nassert f(1) == 2", CompletionKind.CONTINUATION, True, "2", "f(1)"),
        ("By the assertion.\nf(3)", CompletionKind.CONTINUATION, True, "By the assertion.\nf(3)", ""),
        ("Thus\nf(3) == 4", CompletionKind.ANSWER, True, "f(3) == 4", "f(3) == 4"),
        ("1 == 2 == 3", CompletionKind.ANSWER, False, "2", "1"),
        ("[ANSWER] 1 [ANSWER] 2", CompletionKind.ANSWER, True, "1", "1"),
    ],
)
def test_predictions(text: str, kind: CompletionKind, cot: bool, output: str, call: str) -> None:
    completion = Completion(task_id="t", sample=0, text=text, kind=kind)
    assert answers.output(completion, cot=cot).code == output
    assert answers.call(completion, cot=cot).code == (call or output)


DAMAGED = {
    "cruxeval-org/cruxeval/default/test": {"id": "sample_0", "code": "", "input": "1", "output": "g(1)"},
    "openai/gsm8k/main/test": {"question": "How many?", "answer": "Many."},
    "reasoning-machines/gsm-hard/default/train": {"input": "How many?", "code": "", "target": "many"},
}


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (CruxEval(BenchmarkOptions()), "cruxeval-org/cruxeval/default/test"),
        (gsm8k.Gsm8k(BenchmarkOptions(shots=0)), "openai/gsm8k/main/test"),
        (Pal(BenchmarkOptions()), "openai/gsm8k/main/test"),
        (Pal(BenchmarkOptions(variant="gsm-hard")), "reasoning-machines/gsm-hard/default/train"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_row_without_an_answer_is_named(tmp_path: Path, made: BenchmarkBase, place: str) -> None:
    import pyarrow as pa  # noqa: PLC0415 -- costs 200 ms
    from pyarrow import parquet  # noqa: PLC0415

    file = tmp_path / f"{place}.parquet"
    file.parent.mkdir(parents=True)
    parquet.write_table(pa.Table.from_pylist([DAMAGED[place]]), file)
    with pytest.raises(DataError, match=r"row 0|sample_0"):
        made.load(DataSource(root=tmp_path, offline=True))


PYTHON_SOLUTION = """\
    import math
    n0 = 7.0
    t0 = -n0 % 3 + math.pi**2
    answer = int(min(t0, 4)) / n0
    return answer
"""


def test_solutions_of_mathqa_in_other_languages() -> None:
    java = written_in("java", PYTHON_SOLUTION, "MathQA/1")
    assert "        double t0 = (modulo((-n0), 3.0) + Math.pow(Math.PI, 2.0));\n" in java
    assert (
        "        double answer = (truncated(Math.min(t0, 4.0)) / n0);\n        return answer;\n    }\n"
        in java
    )
    assert "static double modulo(" in java
    assert java.endswith("}\n}\n")
    script = written_in("javascript", "    n0 = 2.0\n    n0 = math.log(n0)\n    return n0\n", "MathQA/2")
    assert script.startswith("    let n0 = 2.0;\n    n0 = log(n0);\n    return n0;\n}\nfunction factorial")
    assert written_in("javascript", "    return 1.5 * 2\n", "MathQA/3") == "    return (1.5 * 2.0);\n}\n"


@pytest.mark.parametrize(
    "solution",
    ["    return 'x'\n", "    return open(1)\n", "    while 1: pass\n", "    return 7 // 2\n", "  ("],
)
def test_a_solution_of_mathqa_that_is_no_arithmetic_is_named(solution: str) -> None:
    with pytest.raises(DataError, match="MathQA/4"):
        written_in("java", solution, "MathQA/4")
