"""CodeContests, APPS, TACO and LeetCode: comparisons with their quirks, and rows that cannot be judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from codeeval import registry
from codeeval.benchmarks.apps import comparing as apps
from codeeval.benchmarks.apps.wrapping import wrapped
from codeeval.benchmarks.code_contests import comparing as code_contests
from codeeval.benchmarks.common.call_values import spell_inputs
from codeeval.errors import DataError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.judging import judge
from codeeval.types import (
    CallsStep,
    Case,
    Completion,
    CompletionKind,
    CompletionOrigin,
    Execution,
    Extraction,
    Limits,
    Oracle,
    Outcome,
    Program,
    PythonStep,
    StepResult,
    StepStatus,
)

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.interfaces import Benchmark, LoadedProblems


def parquet(root: Path, place: str, rows: list[dict[str, Any]]) -> DataSource:  # Any: rows of any type
    import pyarrow as pa  # noqa: PLC0415 -- costs 200 ms
    from pyarrow import parquet as writer  # noqa: PLC0415 -- as above

    (root / place).parent.mkdir(parents=True, exist_ok=True)
    writer.write_table(pa.Table.from_pylist(rows), root / place)
    return DataSource(root=root, offline=True)


def loaded(name: str, source: DataSource, **options: str) -> tuple[Benchmark, LoadedProblems]:
    family, _, variant = name.partition(":")
    benchmark = registry.benchmark_factory(family)(BenchmarkOptions(variant=variant, **options))
    return benchmark, benchmark.load(source)


@pytest.mark.parametrize(
    ("output", "expected", "same"),
    [
        ("YES\n1  2", "yes 1\n2\n", True),
        ("0.333333", "0.33333999", True),
        ("1000000.1", "1000000.2", False),
        ("1e3", "1000", True),
        ("inf", "1", False),
        ("nan", "NaN", True),
        ("1 2", "1 2 3", False),
        ("", "", True),
        ("1\r\n2\r\n", "1\n2", True),
        ("1\0", "1", False),
    ],
)
def test_the_comparison_of_code_contests(output: str, expected: str, *, same: bool) -> None:
    assert code_contests.compare(output, expected).matched is same


@pytest.mark.parametrize(
    ("output", "expected", "same"),
    [
        (" a\nb \n", "a\nb", True),
        ("a\n\nb\n", "a\nb", True),
        ("1.000001\n2\n", "1\n2.0\n", True),
        ("b a\nc\n", "c\na b\na b", True),
        ("0.12341 2", "2 0.12342", True),
        ("a b\n", "a\nb\n", False),
        ("1.01\n", "1\n", False),
        ("", "1", False),
    ],
)
def test_the_comparison_of_apps(output: str, expected: str, *, same: bool) -> None:
    assert apps.same_output(output, expected) is same


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        ((1, 2), [1, 2], True),
        (3, [3], True),
        ([(1, 2)], [[[1, 2]]], True),
        ({1: 2}, {"1": 2}, True),
        ([{1: 2}], {"1": 2}, True),
        ({1: 2}, [{"1": 2}], True),
        (None, [None], True),
        (None, [], False),
        ("a", "b", False),
    ],
)
def test_the_comparison_of_calls_of_apps(got: object, expected: object, *, same: bool) -> None:
    assert apps.same_result(got, expected) is same


def test_a_program_is_a_functions_body() -> None:
    source = wrapped("import math\nprint(1)\nfrom os import *\nif 1:\n    print(2)")
    assert source.splitlines()[:8] == [
        '__name__ = "tmp_sol"',
        "import math",
        "stdin = sys.stdin",
        "stdout = sys.stdout",
        "def code():",
        "\tprint(1)",
        "\tfrom os import *",
        "\tif 1:",
    ]


def code_contests_row(**changed: Any) -> dict[str, Any]:  # Any: as above
    tests = {"input": ["1\n"], "output": ["2\n"]}
    none: dict[str, list[str]] = {"input": [], "output": []}
    return {
        "name": "A",
        "description": "Add one.",
        "public_tests": tests,
        "private_tests": none,
        "generated_tests": tests,
        "solutions": {"language": [3, 1, 2], "solution": ["print(2)", "print 2", "int main() {}"]},
        "incorrect_solutions": {"language": [3], "solution": ["print(3)"]},
        "source": 2,
    } | changed


@pytest.mark.parametrize(
    ("values", "matched", "share", "difference"),
    [
        ("[1]\n[2]\nnull\n", True, 1.0, ""),
        ("[1]\n[2]\n", False, 1.0, ""),
        ('"\\u0000raised"\n[2]\n', False, 0.5, ""),
        ("[1]\n[3]\nnull\n", False, 0.5, "call 2 returned [3], not [2]"),
        ('"\\u0000raised"\n[3]\n', False, 0.0, ""),
        ("x\n[2]\nnull\n", False, 0.5, "call 1 returned what compares with nothing"),
        ("[1]\n", False, 0.5, ""),
        ("", False, 0.0, ""),
    ],
)
def test_the_share_of_calls(values: str, *, matched: bool, share: float, difference: str) -> None:
    step = CallsStep(
        name="run", limits=Limits(cpu_s=1, wall_s=1), program="p", inputs="i", entry_point="f",
        expected=spell_inputs([[[1]], [[2]]]),
    )  # fmt: skip
    found = apps.same_results(step, values)
    assert (found.matched, found.share, found.difference) == (matched, share, difference)


def test_all_cases_of_apps_have_failed_where_they_take_too_long_together() -> None:
    step = PythonStep(name="run", files=("p",), limits=Limits(cpu_s=4, wall_s=9))
    program = Program(
        task_id="a", sample=0, language="python", image="python", extraction=Extraction(rule="as-is"),
        steps=(step,), oracle=Oracle.CASES, cases=(Case(expected="1"), Case(expected="2")),
        stop_at_failure=False, total_cpu_s=11.0, averaged=True,
    )  # fmt: skip

    def share(*cases: tuple[str, float]) -> float | None:
        ended = [
            StepResult(name="run", status=StepStatus.EXITED, stdout=out, cpu_s=cpu) for out, cpu in cases
        ]
        return judge(program, Execution(task_id="a", sample=0, cases=tuple(ended))).share

    assert share(("1", 3.0), ("3", 3.0)) == 0.5
    assert share(("1", 3.0), ("2", 9.0)) == 0.0


def test_rows_of_code_contests(tmp_path: Path) -> None:
    rows = [code_contests_row(), code_contests_row()]
    benchmark, found = loaded(
        "code-contests", parquet(tmp_path, "deepmind/code_contests/default/test.parquet", rows)
    )
    assert [problem.task_id for problem in found.problems] == ["A", "A (2)"]
    labelled = benchmark.labelled_solutions(found.problems[1])  # type: ignore[attr-defined]
    assert [(each.language, each.outcomes) for each in labelled] == [
        ("python", (Outcome.PASSED,)),
        ("cpp", (Outcome.PASSED,)),
        ("python", ()),
    ]
    program = benchmark.program(found.problems[1], labelled[1].completion)
    assert (program.task_id, program.language, len(program.cases)) == ("A (2)", "cpp", 2)
    assert [step.name for step in program.steps] == ["compile", "run"], "one compilation for all cases"


@pytest.mark.parametrize(
    "changed",
    [
        {"public_tests": {"input": ["1"], "output": []}},
        {"public_tests": {"input": [], "output": []}, "generated_tests": {"input": [], "output": []}},
    ],
    ids=["an input without an output", "no tests"],
)
def test_a_row_without_expected_outputs_is_named(
    tmp_path: Path, changed: dict[str, Any]
) -> None:  # Any: as above
    rows = [code_contests_row(), code_contests_row(**changed)]
    source = parquet(tmp_path, "deepmind/code_contests/default/test.parquet", rows)
    with pytest.raises(DataError, match=r"row 2 \(A\)"):
        loaded("code-contests", source)


def test_taco_rows_that_are_prompts_only_are_refused(tmp_path: Path) -> None:
    source = parquet(
        tmp_path, "BAAI/TACO/ALL/test.parquet", [{"question": "Add."}, {"question": "Subtract."}]
    )
    with pytest.raises(DataError, match="2 of 2 rows are prompts without tests"):
        loaded("taco", source)


def test_taco_rows_with_tests_are_those_of_apps(tmp_path: Path) -> None:
    tests = json.dumps({"inputs": ["1\n"], "outputs": ["2\n"]})
    rows = [{"question": "Add.", "input_output": tests, "difficulty": "EASY", "solutions": "[]"}]
    benchmark, found = loaded("taco", parquet(tmp_path, "BAAI/TACO/ALL/test.parquet", rows))
    (problem,) = found.problems
    assert (problem.task_id, problem.groups) == ("taco/0", ("easy",))
    text = Completion(task_id="taco/0", sample=0, text="print(2)", kind=CompletionKind.SOLUTION)
    program = benchmark.program(problem, text)
    assert (program.total_cpu_s, program.steps[-1].limits.cpu_s) == (11.0, 4.0)


@pytest.mark.parametrize(
    "tests",
    ["", "[1]", '{"inputs": ["1"], "outputs": []}', "{", f'{{"inputs": [{"9" * 5000}], "outputs": [1]}}'],
)
def test_malformed_tests_of_apps_cost_their_problem_alone(tmp_path: Path, tests: str) -> None:
    right = json.dumps({"inputs": [["1", "2"]], "outputs": [["3"]]})
    rows = [
        {"problem_id": 7, "question": "?", "input_output": tests, "difficulty": "interview"},
        {"problem_id": 8, "question": "?", "input_output": right, "difficulty": "interview"},
    ]
    benchmark, found = loaded("apps", parquet(tmp_path, "codeparrot/apps/all/test.parquet", rows))
    text = Completion(task_id="apps/8", sample=0, text="print(3)", kind=CompletionKind.SOLUTION)
    with pytest.raises(DataError, match=r"row 1 \(apps/7\)"):
        benchmark.program(found.problems[0], text)
    (case,) = benchmark.program(found.problems[1], text).cases
    assert (case.stdin, case.expected) == ("1\n2", "3")


def test_a_level_of_apps_in_lines_as_the_hub_has_them(tmp_path: Path) -> None:
    tests = json.dumps({"inputs": ["1"], "outputs": ["2"]})
    rows = [
        {"id": number, "question": "?", "input_output": tests, "difficulty": level}
        for number, level in enumerate(("interview", "introductory", "interview"))
    ]
    file = tmp_path / "codeparrot" / "apps" / "test.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = DataSource(root=tmp_path, offline=True)
    _, found = loaded("apps:interview", source)
    assert [problem.task_id for problem in found.problems] == ["apps/0", "apps/2"]
    with pytest.raises(DataError, match="no problem of this level, of 3"):
        loaded("apps:competition", source)
    with pytest.raises(DataError, match="no rows of split train"):
        loaded("apps", source, split="train")


def test_a_contest_whose_tests_call_another_method_is_refused(tmp_path: Path) -> None:
    row = {
        "task_id": "c",
        "prompt": "class Solution:\n    def one(self):\n        ",
        "prompt_sft": "?",
        "test": "assert Solution().two() == 2",
    }
    place = "_github/deepseek-ai/DeepSeek-Coder/LeetCode-Contest/default/test.parquet"
    with pytest.raises(DataError, match="c: its tests call another method"):
        loaded("leetcode:contest", parquet(tmp_path, place, [row]))


def test_a_reference_may_be_in_another_language_than_is_asked_for(tmp_path: Path) -> None:
    source = parquet(tmp_path, "deepmind/code_contests/default/test.parquet", [code_contests_row()])
    benchmark, found = loaded("code-contests", source, language="cpp")
    reference = benchmark.reference(found.problems[0])
    assert reference.origin is CompletionOrigin.REFERENCE
    assert benchmark.program(found.problems[0], reference).language == "cpp"
    benchmark, found = loaded("code-contests", source, language="rust")
    assert not benchmark.has_reference(found.problems[0])  # type: ignore[attr-defined]
