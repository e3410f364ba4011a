"""LiveCodeBench: packed tests, releases and windows, the authors' comparison, self-repair's prompts."""

from __future__ import annotations

import base64
import json
import pickle
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codeeval import benchmarks
from codeeval.benchmarks.livecodebench import failures, official, private_tests, releases
from codeeval.benchmarks.livecodebench.benchmark import LiveCodeBench
from codeeval.benchmarks.livecodebench.execution import Execution
from codeeval.benchmarks.livecodebench.repair import SelfRepair
from codeeval.benchmarks.livecodebench.test_output import TestOutput as OutputPrediction
from codeeval.datasets import stored_rows
from codeeval.errors import CodeEvalError, DataError, UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.types import (
    Completion,
    CompletionKind,
    Evidence,
    Limits,
    Outcome,
    PromptStyle,
    StepKind,
    StepResult,
    StepStatus,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = Path(benchmarks.__path__[0]) / "livecodebench" / "golden"
DATASET = "livecodebench/code_generation_lite"
HERE = DataSource(root=ROWS, offline=True)


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("executed",)


def packed(value: object, protocol: int = 4) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value, protocol=protocol))).decode()


def one_test(given: str, wanted: str | None, kind: str = "stdin") -> dict[str, str]:
    found = {"input": given, "testtype": kind}
    return found if wanted is None else {**found, "output": wanted}


def root(folder: Path, rows: Sequence[dict[str, object]], name: str = "test1-6.jsonl") -> DataSource:
    """Write a dataset whose rows are the first of our own with other values."""
    like = json.loads((ROWS / DATASET / "test1-6.jsonl").read_text("utf-8").splitlines()[0])
    target = folder / DATASET
    target.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(like | row) for row in rows]
    (target / name).write_text("\n".join(lines), "utf-8")
    return DataSource(root=folder, offline=True)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_private_tests_are_read_from_a_pickle_of_a_string(protocol: int) -> None:
    text = json.dumps([one_test("1\r\n\0", "2"), one_test("é" * 300, "")])
    found = private_tests.read_tests("[]", packed(text, protocol), "row 1")
    assert [(each.input, each.output) for each in found] == [("1\r\n\0", "2"), ("é" * 300, "")]


@pytest.mark.parametrize(
    ("private", "said"),
    [
        (packed(Harmful()), "more than a string"),
        (packed(["a", "b"]), "more than a string"),
        (packed(b"[]"), "more than a string"),
        (packed(json.dumps([one_test("1", None)])), "missing required field `output` - at `$[0]`"),
        (
            json.dumps([one_test("1", "2"), one_test("1", None)]),
            "missing required field `output` - at `$[1]`",
        ),
        (packed("[]")[:-8], "cut off"),
        ("!!", "base64"),
        (base64.b64encode(b"not compressed").decode(), "row 7"),
        (base64.b64encode(zlib.compress(b"\x80\x04N")).decode(), "pickle"),
    ],
)
def test_what_is_no_list_of_tests_is_refused(
    private: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DataError) as refused:
        private_tests.read_tests("[]", private, "test.jsonl, row 7")
    assert said in str(refused.value)
    assert "test.jsonl, row 7: private_test_cases" in str(refused.value)
    assert not capsys.readouterr().out


def test_a_small_text_that_unpacks_to_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_tests, "MOST_BYTES", 1 << 20)
    with pytest.raises(DataError, match="GiB decompressed"):
        private_tests.read_tests("[]", packed(" " * (1 << 22)), "row 1")


@pytest.mark.parametrize(
    ("first", "last", "ids"),
    [
        ("", "", ["9001", "9002", "own1_a", "own2_b"]),
        ("2024-08", "2024-08", ["own2_b"]),
        ("2024-08-31", "2025-01-05", ["9001", "own2_b"]),
        ("2024-08-31", "2025-01-04", ["own2_b"]),  # its contest began at 18:30
        ("2025-01", "", ["9001", "9002"]),
    ],
)
def test_windows(first: str, last: str, ids: list[str]) -> None:
    made = LiveCodeBench(BenchmarkOptions(from_date=first, to_date=last))
    loaded = made.load(HERE)
    assert [problem.task_id.partition("/")[2] for problem in loaded.problems] == ids
    assert loaded.identity.rows == len(ids)
    assert (first or "the first") in made.settings["window"]


@pytest.mark.parametrize(
    "options",
    [
        {"from_date": "2024"},
        {"to_date": "2024-02-30"},
        {"from_date": "2024-13"},
        {"from_date": "2024-08", "to_date": "2024-07"},
        {"variant": "v7"},
        {"language": "latin"},
        {"protocol": "sealed"},
    ],
)
def test_options_that_there_are_not(options: dict[str, str]) -> None:
    with pytest.raises(UsageError) as refused:
        LiveCodeBench(BenchmarkOptions(**options))
    assert next(reversed(options.values())) in str(refused.value)


def test_a_window_without_problems_is_an_error() -> None:
    with pytest.raises(DataError, match="no problem from 2019-01 to 2019-12, of 4"):
        LiveCodeBench(BenchmarkOptions(from_date="2019-01", to_date="2019-12")).load(HERE)


def test_other_benchmarks_have_neither_dates_nor_a_choice_of_languages() -> None:
    with pytest.raises(UsageError, match="language"):
        Execution(BenchmarkOptions(language="cpp"))
    with pytest.raises(UnknownName):
        OutputPrediction(BenchmarkOptions(variant="v5"))


def test_a_release_takes_its_files_and_no_others(tmp_path: Path) -> None:
    for number, name in enumerate(("test.jsonl", "test2.jsonl", "test3-5.jsonl")):
        source = root(tmp_path, [{"question_id": f"q{number}"}], name)
    assert len(LiveCodeBench(BenchmarkOptions(variant="v2")).load(source).problems) == 2
    assert len(LiveCodeBench(BenchmarkOptions(variant="v5")).load(source).problems) == 3
    with pytest.raises(DataError, match=r"test3-5.jsonl holds the parts 3 to 5"):
        LiveCodeBench(BenchmarkOptions(variant="v4")).load(source)
    with pytest.raises(DataError, match="part 6"):
        LiveCodeBench(BenchmarkOptions(variant="v6")).load(source)


def test_rows_have_one_hash_wherever_they_come_from(tmp_path: Path) -> None:
    from pyarrow import Table, parquet  # noqa: PLC0415 -- costs 200 ms

    rows = [{"question_id": "a"}, {"question_id": "b", "contest_date": "2024-05-01T00:00:00"}]
    source = root(tmp_path, rows)
    lines = LiveCodeBench(BenchmarkOptions()).load(source)
    path = tmp_path / DATASET / "test1-6.jsonl"
    table = Table.from_pylist([json.loads(line) for line in path.read_text("utf-8").splitlines()])
    parquet.write_table(table, path.with_suffix(".parquet"))
    path.unlink()
    made = LiveCodeBench(BenchmarkOptions())
    columns = made.load(source)
    assert columns.identity.sha256 == lines.identity.sha256
    assert [len(made.tests.of(problem)) for problem in columns.problems] == [3, 3]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"contest_date": "soon"}, "contest_date"),
        ({"metadata": "{"}, "metadata"),
        ({"platform": None}, "platform"),
    ],
)
def test_a_malformed_row_is_named(row: dict[str, object], said: str, tmp_path: Path) -> None:
    source = root(tmp_path, [{}, row])
    with pytest.raises(DataError, match=rf"test1-6.jsonl, row 2.*{said}"):
        LiveCodeBench(BenchmarkOptions()).load(source)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"public_test_cases": "[]", "private_test_cases": ""}, "no tests"),
        ({"private_test_cases": json.dumps([one_test("1", "2", "functional")])}, "functional, others are"),
        ({"metadata": '{"func_name": "f"}', "public_test_cases": "[]",
          "private_test_cases": json.dumps([one_test("[1", "2", "functional")])}, "own1_a is no JSON"),
    ],
)  # fmt: skip
def test_a_problem_without_usable_tests_is_named_when_it_is_needed(
    row: dict[str, object], said: str, tmp_path: Path
) -> None:
    made = LiveCodeBench(BenchmarkOptions())
    (problem,) = made.load(root(tmp_path, [row])).problems
    answer = Completion(task_id=problem.task_id, sample=0, text="```\nx\n```", kind=CompletionKind.ANSWER)
    with pytest.raises(DataError) as refused:
        made.program(problem, answer)
    assert said in str(refused.value)
    assert "row 1" in str(refused.value)


def test_tests_stay_on_disk(tmp_path: Path) -> None:
    """Loading takes the memory of one row, not of all."""
    long = json.dumps([one_test("x" * (1 << 20), "y")])
    source = root(
        tmp_path, [{"question_id": f"q{number}", "private_test_cases": long} for number in range(40)]
    )
    made = LiveCodeBench(BenchmarkOptions())
    tracemalloc.start()
    problems = made.load(source).problems
    for problem in problems:
        made.tests.of(problem)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(problems) == 40
    assert most < 45 << 20  # those kept, and what reading one takes; all have 40 MiB, and twice that as rows


def test_a_file_that_changes_meanwhile_is_noticed(tmp_path: Path) -> None:
    source = root(tmp_path, [{}])
    made = LiveCodeBench(BenchmarkOptions())
    (problem,) = made.load(source).problems
    (tmp_path / DATASET / "test1-6.jsonl").write_text("x" * 4000)
    with pytest.raises(DataError, match="cannot be read again"):
        made.tests.of(problem)


@pytest.mark.parametrize("text", ["[1]\n", "{\n", '{"a": 1}\n\x00\n'])
def test_lines_that_are_no_rows_are_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text(text)
    with pytest.raises(DataError, match=r"test.jsonl, (?:line|row) \d"):
        list(stored_rows([path], releases.RowTests, frozenset()))


@pytest.mark.parametrize(
    ("output", "expected", "same"),
    [
        ("1\n2\n", "1\n2", True),
        ("\n 1 \r\n2\t\n\n", "1\n2", True),
        ("1\n\n2", "1\n2", False),
        ("1.50 2", "1.5 2.0", True),
        ("1e3", "1000", True),
        ("0.1", "0.10000000000000001", False),
        ("1 2", "1 2 3", False),
        ("1  2", "1 2", True),
        ("a  b", "a b", False),
        ("nan", "nan", True),
        ("nan 1", "nan  1", False),
        ("snan", "0", False),
        ("Yes", "YES", False),
        ("", "", True),
        ("1\0", "1", False),
    ],
)
def test_outputs_are_compared_as_published(output: str, expected: str, same: bool) -> None:
    assert official.same_output(output, expected).matched is same


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("x = 1\nif __name__ == '__main__':\n    print(x)\n", "x = 1\nprint(x)"),
        ('if "__main__" == __name__:\n    print(1)\n', None),
        ("if __name__ == '__main__':\n    f()\nprint(2)\n", None),
        ("def f(:\n", None),
    ],
)
def test_the_guard_of_main_is_removed_where_it_is_last(code: str, kept: str | None) -> None:
    assert official.without_main_guard(code) == (code if kept is None else kept)


def test_what_cannot_be_wrapped_is_executed_as_it_stands() -> None:
    assert official.wrapped("def f(:\n") is None
    assert official.wrapped("(" * 100_000) is None
    assert "wrapped_function" in official.inputs_program("def f(:\n")


def test_standard_input_by_name_is_empty_and_builtins_are_not_shadowed() -> None:
    program = official.stdin_program("print(repr(stdin.read()), input(), pow(2, 3, 5))")
    command = (sys.executable, "-I", "-c", program)
    ran = subprocess.run(command, input="5\n", capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("'' 5 3\n", "")


def test_where_there_are_no_roles_the_prompt_is_one_text() -> None:
    asked = OutputPrediction(BenchmarkOptions(style=PromptStyle.BASE))
    text = asked.prompt(asked.load(HERE).problems[0]).text
    assert "with the correct output.\nProblem:\nReturn the largest" in text


def evaluated(folder: Path, samples: Sequence[tuple[str, bool, str]], **changes: object) -> Path:
    codes, passed, metadata = zip(*samples, strict=True)
    entry = {"question_id": "own1_a", "code_list": codes, "graded_list": passed, "metadata": metadata}
    path = folder / "eval_all.json"
    path.write_text(json.dumps([entry | changes]))
    return path


def test_self_repair_tells_what_went_wrong(tmp_path: Path) -> None:
    wrong = {"error_code": -2, "inputs": "2 3\n", "output": "6\n", "expected": "5\n"}
    late = {"error_code": -3, "error": "TimeoutException()", "inputs": "2 3\n", "expected": "5\n"}
    bad = {"error_code": -4, "error_message": "Error during testing: no"}
    path = evaluated(
        tmp_path,
        [
            ("print(6)", False, json.dumps(wrong)),
            ("while 1: 0", False, json.dumps(late)),
            ("x", False, json.dumps(bad)),
            ("print(sum(map(int, input().split())))", True, '{"execution time": 0.1}'),
        ],
    )
    made = SelfRepair(BenchmarkOptions(variant=str(path)))
    loaded = made.load(HERE)
    told = [made.prompt(problem).messages[1].content for problem in loaded.problems]
    assert (
        "```python\nprint(6)\n```\n\nThe above code is incorrect and got a wrong answer.\nInput: 2 3\n\n"
        "Generated Output: 6\n\nExpected: 5\n\n### Format: Read the inputs"
    ) in told[0]
    assert "got time limit exceeded.\nTimeoutException()\nInput: 2 3\n" in told[1]
    assert "got a runtime error.\nError during testing: no\n### Format" in told[2]
    given = [made.given_completion(problem) for problem in loaded.problems]
    assert [each is None for each in given] == [True, True, True, False]
    assert [problem.groups[0] for problem in loaded.problems] == ["failed before"] * 3 + ["passed before"]
    assert loaded.identity.rows == 4


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"graded_list": []}, "1 programs, 0 verdicts, 1 reasons"),
        ({"metadata": ["{"]}, "metadata 0"),
        ({"code_list": 3}, "code_list"),
        ({"question_id": "elsewhere"}, "no program for a problem"),
    ],
)
def test_a_file_to_repair_that_is_wrong(changes: dict[str, object], said: str, tmp_path: Path) -> None:
    path = evaluated(tmp_path, [("x", False, "{}")], **changes)
    with pytest.raises(CodeEvalError) as refused:
        SelfRepair(BenchmarkOptions(variant=str(path))).load(HERE)
    assert said in str(refused.value)
    assert "eval_all.json" in str(refused.value)


def test_self_repair_without_a_file() -> None:
    with pytest.raises(UsageError, match="FILE"):
        SelfRepair(BenchmarkOptions()).load(HERE)
    with pytest.raises(DataError, match="cannot be read"):
        SelfRepair(BenchmarkOptions(variant="/nowhere.json")).load(HERE)


def test_a_failure_is_recorded_as_the_runner_does() -> None:
    evidence = Evidence(
        kind=StepKind.CALLS,
        limits=Limits(cpu_s=6, wall_s=30),
        last=StepResult(name="run", status=StepStatus.EXITED),
        difference=f"test 2: line 1 is '6', not '5'{official.WHOLE}{json.dumps('6 and more')}",
    )
    verdict = Verdict(
        task_id="t",
        sample=0,
        outcome=Outcome.WRONG_ANSWER,
        detail="",
        rule="as-is",
        wall_s=0.1,
        cpu_s=0.1,
        peak_rss_bytes=1,
        evidence=(evidence,),
    )
    tests = private_tests.read_tests(
        "[]", json.dumps([one_test("1", "1"), one_test("2 " * 200, "5")]), "row 1"
    )
    record = failures.metadata(verdict, tests, calls=False)
    assert record["error_code"] == -2
    assert record["output"] == "6 and more"
    assert record["expected"] == "5"
    assert str(record["inputs"]).count("...(truncated) ...") == 1
    assert len(str(record["inputs"])) == failures.SHOWN + len("...(truncated) ...")


@pytest.mark.parametrize(
    ("options", "text", "language", "image"),
    [
        ({}, "```cpp\nint main() {}\n```", "python", "python"),
        ({"protocol": "fixed"}, "```cpp\nint main() {}\n```", "cpp", "gcc"),
        ({"protocol": "fixed"}, "```java\nclass A {}\n```\n```python\nprint(1)\n```", "python", "python"),
        ({"protocol": "fixed"}, "```python\nprint(1)\n```\n```rs\nfn main() {}\n```", "rust", "rust"),
        ({"protocol": "fixed"}, "```haskell\nmain = print 1\n```", "python", "python"),
        ({"protocol": "fixed", "language": "go"}, "```cpp\nint main() {}\n```", "go", "go"),
        ({"language": "go"}, "```go\npackage main\n```", "go", "go"),
    ],
)  # fmt: skip
def test_which_language_a_solution_runs_as(
    options: dict[str, str], text: str, language: str, image: str
) -> None:
    made = LiveCodeBench(BenchmarkOptions(**options))
    problem = next(each for each in made.load(HERE).problems if each.task_id.endswith("own1_a"))
    answer = Completion(task_id=problem.task_id, sample=0, text=text, kind=CompletionKind.ANSWER)
    program = made.program(problem, answer)
    assert (program.language, program.image) == (language, image)
    assert image in made.images


def test_what_another_language_is_asked_for() -> None:
    made = LiveCodeBench(BenchmarkOptions(language="cpp"))
    loaded = made.load(HERE)
    assert {problem.task_id.partition("/")[2] for problem in loaded.problems} == {"own1_a", "own2_b"}
    system, user = (message.content for message in made.prompt(loaded.problems[0]).messages)
    assert "expert C++ programmer" in system
    assert "```cpp\n// YOUR CODE HERE\n```" in user
