"""Problem packages of Kattis and of Library Checker: what is read of them, and what is refused."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from codeeval import registry
from codeeval.datasets.packages import find_packages
from codeeval.datasets.packages.kattis import comparison_of
from codeeval.errors import DataError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.judging import judge
from codeeval.types import (
    CheckerForm,
    Completion,
    CompletionKind,
    Execution,
    Outcome,
    StepResult,
    StepStatus,
)

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.datasets.packages import Package
    from codeeval.interfaces import Benchmark
    from codeeval.types import Problem, Program

INFO = """\
title = "Sums"
timelimit = 2.5
[[tests]]
name = "example.in"
number = 2
[[tests]]
name = "random.cpp"
number = 3
[[solutions]]
name = "naive.cpp"
allow_tle = true
[[solutions]]
name = "overflow.cpp"
expect = "WA"
[[solutions]]
name = "old.cpp"
wrong = true
[params]
N_MAX = 1_000
NAME = "a b"
"""
TASK = """\
## @{keyword.statement}

@{lang.en}
Add two numbers up to @{param.N_MAX}.
@{lang.ja}
Nihongo.
@{lang.end}

@{example.example_00}
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return folder


def sums(folder: Path, **changed: str) -> Path:
    files = {
        "info.toml": INFO,
        "task.md": TASK,
        "in/example_00.in": "1 2\n",
        "out/example_00.out": "3\n",
        "in/random_01.in": "5 6\r\n",
        "out/random_01.out": "11\0",
        "sol/correct.cpp": '#include "../params.h"\nint main() {}\n',
        "sol/naive.cpp": "int main() {}\n",
        "sol/overflow.cpp": "int main() {}\n",
        "sol/old.cpp": "int main() {}\n",
        "checker.cpp": '#include "testlib.h"\nint main() {}\n',
        "common/testlib.h": "// testlib\n",
    }
    return write(folder / "sums", files | changed)


def kattis(folder: Path, **changed: str) -> Path:
    files = {
        "problem.yaml": "name: Echo\nlimits:\n  time_limit: 1.5\n  memory: 64\n",
        "problem_statement/problem.en.tex": "\\problemname{Echo}\n\nPrint what is read.\n",
        "data/sample/1.in": "a\n",
        "data/sample/1.ans": "a\n",
        "data/secret/2.in": "b",
        "data/secret/2.ans": "b",
        "submissions/accepted/echo.py": "print(input())\n",
        "submissions/slow_accepted/slow.py": "print(input())\n",
        "submissions/wrong_answer/wrong.cc": "int main() {}\n",
        "submissions/run_time_error/crash.c": "int main() { return 1; }\n",
        "submissions/accepted/echo.lisp": "(echo)\n",
        "submissions/accepted/several/main.py": "import other\n",
        "submissions/accepted/several/other.py": "print(input())\n",
        "submissions/accepted/mixed/main.py": "import other\n",
        "submissions/accepted/mixed/other.c": "",
        "submissions/wrong_answer/parts/run.cpp": '#include "part.h"\nint main() { return part(); }\n',
        "submissions/wrong_answer/parts/main.cpp": '#include "part.h"\nint part() { return 0; }\n',
        "submissions/wrong_answer/parts/part.h": "int part();\n",
    }
    return write(folder / "echo", {name: text for name, text in (files | changed).items() if text != "-"})


def only(folder: Path) -> Package:
    (package,) = find_packages(folder)
    return package


def opened(folder: Path) -> tuple[Benchmark, Problem]:
    options = BenchmarkOptions(variant=str(folder))
    benchmark = registry.benchmark_factory("tasks")(options)
    (problem,) = benchmark.load(DataSource(offline=True)).problems
    return benchmark, problem


def made(folder: Path, text: str) -> Program:
    benchmark, problem = opened(folder)
    completion = Completion(task_id=problem.task_id, sample=0, text=text, kind=CompletionKind.ANSWER)
    return benchmark.program(problem, completion)


SCORED = {
    "problem.yaml": "name: Echo\ntype: scoring\nlimits:\n  time_limit: 1\n",
    "data/testdata.yaml": "on_reject: continue\ngrader_flags: ignore_sample\n",
    "data/secret/testdata.yaml": "on_reject: continue\ngrader_flags: first_error accept_if_any_accepted\n",
    "data/secret/2.in": "-",
    "data/secret/2.ans": "-",
    "data/secret/one/testdata.yaml": "on_reject: break\naccept_score: 10\ngrader_flags: min\n",
    "data/secret/one/1.in": "b",
    "data/secret/one/1.ans": "b",
    "data/secret/one/2.in": "c",
    "data/secret/one/2.ans": "c",
    "data/secret/two/testdata.yaml": "on_reject: continue\naccept_score: 15\nreject_score: 0.0\n",
    "data/secret/two/1.in": "d",
    "data/secret/two/1.ans": "d",
    "data/secret/two/2.in": "e",
    "data/secret/two/2.ans": "e",
}
"""Forty points: ten for both tests of the first group, fifteen for each test of the second."""


@pytest.mark.parametrize(
    ("printed", "outcome", "points"),
    [
        ("abcde", Outcome.PASSED, 40),
        ("xbcde", Outcome.WRONG_ANSWER, 40),
        ("abxde", Outcome.WRONG_ANSWER, 30),
        ("abcxe", Outcome.WRONG_ANSWER, 25),
        ("axxxe", Outcome.WRONG_ANSWER, 0),
        ("abcxx", Outcome.WRONG_ANSWER, 10),
    ],
)
def test_the_points_of_groups(tmp_path: Path, printed: str, outcome: Outcome, points: int) -> None:
    """The samples count nothing; a group without an accepted one is rejected, and so are its points."""
    program = made(kattis(tmp_path, **SCORED), "```python\nprint(input())\n```")
    assert not program.stop_at_failure
    ended = [StepResult(name="run", status=StepStatus.EXITED, stdout=text) for text in printed]
    verdict = judge(program, Execution(task_id="echo", sample=0, cases=tuple(ended)))
    assert (verdict.outcome, verdict.share) == (outcome, points / 40)


def test_a_scored_package_has_a_metric_of_its_own(tmp_path: Path) -> None:
    benchmark, _ = opened(kattis(tmp_path / "scored", **SCORED))
    assert benchmark.scoring.share == "group_score"
    benchmark, _ = opened(kattis(tmp_path / "plain"))
    assert not benchmark.scoring.share
    assert only(tmp_path / "plain").groups is None


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("data/secret/testdata.yaml", "grading: custom\n", "secret/testdata.yaml: grading: custom"),
        ("data/testdata.yaml", "grader_flags: median\n", "data/testdata.yaml: .*'median'"),
        ("data/testdata.yaml", "on_reject: stop\n", "data/testdata.yaml: .*on_reject"),
        ("data/testdata.yaml", "accept_score: .inf\n", "data/testdata.yaml: .*accept_score"),
        ("data/testdata.yaml", "[\n", "data/testdata.yaml: no YAML"),
        ("graders/grade.py", "print('AC 1')\n", "echo/graders: "),
    ],
)
def test_graders_that_are_not_run_are_refused(tmp_path: Path, file: str, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        only(kattis(tmp_path, **(SCORED | {file: text})))


def test_a_package_of_library_checker(tmp_path: Path) -> None:
    package = only(sums(tmp_path))
    assert [case.name for case in package.cases] == ["example_00", "random_01"]
    assert package.notes[0] == "3 of 5 tests are not there"
    assert (package.cpu_s, package.memory_bytes) == (2.5, 1 << 30)
    assert package.checker is not None
    assert package.checker.form is CheckerForm.TESTLIB
    headers = {file.path: file.content for file in package.headers}
    assert headers["params.h"] == '#define N_MAX (long long)1000\n#define NAME "a b"\n'
    assert "common/testlib.h" in headers
    assert {each.name: each.outcomes for each in package.submissions} == {
        "correct.cpp": (Outcome.PASSED,),
        "naive.cpp": (Outcome.PASSED, Outcome.TIMEOUT),
        "overflow.cpp": (Outcome.WRONG_ANSWER,),
        "old.cpp": (),
    }
    assert "up to 1000." in package.statement
    assert "Nihongo" not in package.statement
    assert "1 2\n" in package.statement


def test_its_program_has_the_tests_as_they_are_and_one_compilation(tmp_path: Path) -> None:
    program = made(sums(tmp_path), "```cpp\nint main() {}\n```")
    assert (program.language, program.image) == ("cpp", "gcc")
    assert [(case.stdin, case.expected) for case in program.cases] == [("1 2\n", "3\n"), ("5 6\r\n", "11\0")]
    assert [step.name for step in program.steps] == ["compile", "run"]
    assert "-O2" in program.steps[0].argv  # type: ignore[union-attr]
    assert program.steps[1].limits.cpu_s == 2.5
    assert program.checker is not None
    assert program.checker.steps[-1].argv[1:] == ("input.txt", "output.txt", "answer.txt")  # type: ignore[union-attr]
    assert not any("params.h" in file.path for file in program.files), "headers are for the package's own"


def test_its_reference_is_compiled_where_its_headers_are(tmp_path: Path) -> None:
    benchmark, problem = opened(sums(tmp_path))
    program = benchmark.program(problem, benchmark.reference(problem))
    assert program.files[0].path == "sol/main.cpp"
    assert program.steps[0].argv[-2:] == ("-Icommon", "sol/main.cpp")  # type: ignore[union-attr]
    assert {"params.h", "common/testlib.h"} <= {file.path for file in program.files}


def test_a_package_of_kattis(tmp_path: Path) -> None:
    package = only(kattis(tmp_path))
    assert [case.name for case in package.cases] == ["sample/1", "secret/2"]
    assert (package.cpu_s, package.memory_bytes) == (1.5, 64 << 20)
    assert package.comparison.name == "caseless-tokens"
    assert package.reference is not None
    assert package.reference.name == "accepted/echo.py", "the first in a language of ours"
    assert {each.name: each.outcomes for each in package.submissions}["slow_accepted/slow.py"] == (
        Outcome.PASSED,
        Outcome.TIMEOUT,
    )
    assert package.statement.startswith("Echo\n")
    assert "Sample Input 1:\na\n" in package.statement
    benchmark, problem = opened(tmp_path / "echo")
    labelled = benchmark.labelled_solutions(problem)  # type: ignore[attr-defined]
    assert sorted(each.language for each in labelled) == ["c", "cpp", "cpp", "python", "python", "python"]
    of_several = {each.name: benchmark.program(problem, each.completion) for each in labelled}
    assert [file.path for file in of_several["accepted/several"].files] == ["program.py", "other.py"]
    parts = of_several["wrong_answer/parts"]
    assert [file.path for file in parts.files] == ["main.cpp", "other-main.cpp", "part.h"]
    assert "int main" in parts.files[0].content
    assert parts.steps[0].argv[-3:] == ("-O2", "other-main.cpp", "main.cpp")  # type: ignore[union-attr]
    assert [file.path for file in of_several["wrong_answer/wrong.cc"].files] == ["main.cpp"]


def test_an_interactive_package_of_kattis(tmp_path: Path) -> None:
    folder = kattis(
        tmp_path,
        **{
            "problem.yaml": "name: Guess\ntype: interactive\n",
            "output_validators/guess/validate.py": "raise SystemExit(42)\n",
            "data/secret/2.ans": "-",
            "data/sample/1.interaction": "<low\n>3\n",
        },
    )
    package = only(folder)
    assert package.notes == (
        "no time limit is stated: 5 s of CPU time",
        "submissions/accepted/mixed is left out: its files make no program of one of c, cpp, python",
    )
    assert package.cases[1].answer is None
    assert "Read: low\nPrint: 3" in package.statement
    program = made(folder, "```python\nprint(1)\n```")
    assert program.checker is not None
    assert program.interactive
    assert (program.checker.form, program.steps[-1].limits.wall_s) == (CheckerForm.KATTIS, 15.0)


@pytest.mark.parametrize(
    ("flags", "name", "tolerance"),
    [
        ("", "caseless-tokens", 0.0),
        ("case_sensitive", "tokens", 0.0),
        ("space_change_sensitive case_sensitive", "exact", 0.0),
        ("float_tolerance 1e-6", "caseless-tokens", 1e-6),
        ("float_absolute_tolerance 1e-4 case_sensitive", "floats", 1e-4),
    ],
)
def test_the_flags_of_the_default_validator(flags: str, name: str, tolerance: float) -> None:
    assert (comparison_of(flags).name, comparison_of(flags).tolerance) == (name, tolerance)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"info.toml": "title = 'x'\n"}, "info.toml: Object missing required field `timelimit`"),
        ({"info.toml": "title ="}, "info.toml: no TOML"),
        ({"info.toml": INFO.replace('"WA"', '"XX"')}, "overflow.cpp: expect is 'XX'"),
        ({"hash.json": "[]"}, "hash.json"),
    ],
)
def test_a_malformed_package_of_library_checker(tmp_path: Path, changed: dict[str, str], named: str) -> None:
    with pytest.raises(DataError) as caught:
        find_packages(sums(tmp_path, **changed))
    assert named in caught.value.message


def test_a_checker_without_testlib_or_a_package_without_tests_says_what_to_do(tmp_path: Path) -> None:
    folder = sums(tmp_path)
    (folder / "common" / "testlib.h").unlink()
    with pytest.raises(DataError, match=r"checker\.cpp includes testlib\.h"):
        find_packages(folder)
    for path in (folder / "out").iterdir():
        path.unlink()
    with pytest.raises(DataError) as caught:
        find_packages(folder)
    assert "codeeval packages generate" in caught.value.remedy


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"problem.yaml": "name: [\n"}, "problem.yaml: no YAML"),
        ({"problem.yaml": "limits:\n  time_limit: -1\n"}, "problem.yaml: Expected `float` > 0"),
        ({"problem.yaml": "validation: custom\n"}, "wants an output validator"),
        ({"data/secret/2.ans": "-"}, "2.in has no answer beside it"),
        ({"problem_statement/problem.en.tex": "-"}, "has no statement"),
        (
            {
                "problem.yaml": "validation: custom\n",
                "output_validators/v/a.py": "pass\n",
                "output_validators/v/b.py": "pass\n",
            },
            "has 2 programs in it",
        ),
    ],
)
def test_a_malformed_package_of_kattis(tmp_path: Path, changed: dict[str, str], named: str) -> None:
    with pytest.raises(DataError) as caught:
        find_packages(kattis(tmp_path, **changed))
    assert named in caught.value.message


def test_folders_of_packages(tmp_path: Path) -> None:
    sums(tmp_path)
    kattis(tmp_path)
    assert [package.id for package in find_packages(tmp_path)] == ["echo", "sums"]
    kattis(tmp_path / "again")
    with pytest.raises(DataError, match="both called echo"):
        find_packages(tmp_path)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match=r"no problem\.yaml and no info\.toml"):
        find_packages(tmp_path / "nothing")


def test_the_hash_is_of_everything_that_decides(tmp_path: Path) -> None:
    folder = kattis(tmp_path)
    before = only(folder).sha256()
    assert before == only(folder).sha256()
    (folder / "data" / "secret" / "2.ans").write_text("c")
    assert only(folder).sha256() != before


def test_inputs_of_the_wrong_hash_are_not_written(tmp_path: Path) -> None:
    """What does not need a sandbox: the hashes, and inputs that lie in ``gen``."""
    from codeeval.benchmarks.tasks.command.generating import _Package  # noqa: PLC0415 -- of this test

    folder = sums(tmp_path)
    (folder / "in" / "example_00.in").unlink()
    write(folder, {"gen/example_00.in": "1 2\n", "gen/example_01.in": "7 8\n"})
    right = hashlib.sha256(b"1 2\n").hexdigest()
    write(folder, {"hash.json": json.dumps({"example_00.in": right, "example_01.in": "0" * 64})})
    package = _Package(folder, None)  # type: ignore[arg-type] -- nothing is executed
    package._make_inputs()
    assert (folder / "in" / "example_00.in").read_text() == "1 2\n"
    assert not (folder / "in" / "example_01.in").exists()
    assert any("example_01.in: its SHA-256" in problem for problem in package._problems)
