"""ClassEval, CanItEdit, DS-1000, EvoEval, McEval and the copies of miniF2F, from rows of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from support.logs import warnings_of

from codeeval import registry
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.types import Completion, CompletionKind, PromptStyle, WorkFolder

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.interfaces import Benchmark
    from codeeval.types import Problem, Program

CLASS = {
    "task_id": "ClassEval_0",
    "skeleton": 'class Pair:\n    def one(self):\n        """Return 1."""\n',
    "test": (
        "import unittest\n\nclass PairTestOne(unittest.TestCase):\n    def test_one(self):\n"
        "        self.assertEqual(Pair().one(), 1)\n\n\nclass PairTestMain(unittest.TestCase):\n"
        "    def test_main(self):\n        Pair()\n"
    ),
    "solution_code": "class Pair:\n    def one(self):\n        return 1\n",
    "import_statement": ["import math"],
    "class_name": "Pair",
    "test_classes": ["PairTestOne", " PairTestMain"],
    "methods_info": [{"method_name": "one", "test_class": "PairTestOne"}],
}
EDIT = {
    "full_name": "1_add",
    "before": "def f(): return 1",
    "after": "def f(): return 2",
    "tests": "assert f() == 2",
    "instruction_descriptive": "Return two.",
    "instruction_lazy": "Two.",
}
QUESTION = {
    "prompt": "Add.\n<code>\n",
    "code_context": "def test_execution(solution): exec(solution)\ndef test_string(solution): pass\n",
    "metadata": {"problem_id": 7, "library": "Numpy"},
    "reference_code": "x = 1",
}
EVOLVED = {
    "task_id": "EvoEval/0",
    "prompt": "def f(a):\n",
    "entry_point": "f",
    "canonical_solution": "    return a\n",
    "test": "def check(candidate):\n    assert candidate(1) == 1\n",
}
MANY = {
    "task_id": "PHP/1",
    "language": "PHP",
    "prompt": "<?php\nfunction f($a)",
    "instruction": "Write f.",
    "canonical_solution": "{ return $a; }",
    "test": "if (f(1) != 1) exit(1);\n?>",
    "entry_point": "f",
    "signature": "function f($a)",
}
PLACES = {
    "classeval": ("FudanSELab/ClassEval", "default", CLASS),
    "canitedit": ("nuprl/CanItEdit", "default", EDIT),
    "ds1000": ("xlangai/DS-1000", "default", QUESTION),
    "evoeval:subtle": ("evoeval/EvoEval_subtle", "default", EVOLVED),
    "mceval:php": ("Multilingual-Multimodal-NLP/McEval", "generation", MANY),
}


def made(name: str, style: PromptStyle = PromptStyle.CHAT) -> Benchmark:
    family, _, variant = name.partition(":")
    return registry.benchmark_factory(family)(BenchmarkOptions(variant=variant, style=style))


def written(name: str, root: Path, **changes: object) -> DataSource:
    dataset, config, row = PLACES[name]
    folder = root / dataset / config
    folder.mkdir(parents=True)
    rows: list[dict[str, Any]] = [row | changes]  # Any: rows of every shape
    parquet.write_table(pa.Table.from_pylist(rows), folder / "test.parquet")
    return DataSource(root=root, offline=True)


def loaded(name: str, root: Path, **changes: object) -> tuple[Benchmark, Problem]:
    benchmark = made(name)
    return benchmark, benchmark.load(written(name, root, **changes)).problems[0]


def program(name: str, root: Path, text: str, kind: CompletionKind, **changes: object) -> Program:
    benchmark, problem = loaded(name, root, **changes)
    return benchmark.program(problem, Completion(task_id=problem.task_id, sample=0, text=text, kind=kind))


@pytest.mark.parametrize("name", PLACES)
def test_a_row_without_a_field_is_named(name: str, tmp_path: Path) -> None:
    dataset, config, row = PLACES[name]
    folder = tmp_path / dataset / config
    folder.mkdir(parents=True)
    lacking = {key: value for key, value in row.items() if key != list(row)[1]}
    parquet.write_table(pa.Table.from_pylist([lacking]), folder / "test.parquet")
    with pytest.raises(DataError, match=f"{dataset}.*row 0"):
        made(name).load(DataSource(root=tmp_path, offline=True))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("evoeval", UsageError),
        ("evoeval:easy", UnknownName),
        ("canitedit:terse", UnknownName),
        ("mceval:cobol", UnknownName),
        ("mceval:invent-php", UnknownName),
        ("mceval:explain-php", UsageError),
        ("humaneval-xl", UsageError),
        ("humaneval-xl:rust:de", UnknownName),
        ("humaneval-xl:ruby:tlh", UnknownName),
        ("lean:minif3f", UnknownName),
    ],
)
def test_variants_that_do_not_exist(name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        made(name)


def test_each_class_of_tests_is_a_part(tmp_path: Path) -> None:
    built = program("classeval", tmp_path, "class Pair: pass", CompletionKind.SOLUTION)
    assert built.joint
    assert built.work_folder is WorkFolder.SHARED  # some tests read what others wrote
    assert [step.part for step in built.steps] == ["PairTestOne", "PairTestMain"]
    solution, one, main = (file.content for file in built.files)
    assert solution.endswith("\nimport math\nclass Pair: pass\n")
    assert "class TestCases(unittest.TestCase):\n    def test_one" in one
    assert "test_main" not in one
    assert "class TestCases(unittest.TestCase):\n    def test_main" in main


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```python\nclass Pair: pass\n```\n```python\nx\n```", "\nclass Pair: pass\n"),
        ("```python\nclass Pair: pass\n", ""),
        ("```\nclass Pair: pass\n```", "\nclass Pair: pass\n"),
        ("Sure.\nimport re\nclass Pair:\n    pass", "import re\nclass Pair:\n    pass"),
        ("I cannot.", ""),
        ("class Pair:\n[/INST] [PYTHON]class Pair: pass[/PYTHON][/INST]", "class Pair: pass"),
        ("# happy\nimport numpy\nclass Pair: pass", "import numpy\nclass Pair: pass"),
        ("Sure.\n  import re\n  class Pair:\n    x = 1", "import re\nclass Pair:\n  x = 1"),
        (
            "class Pair:\n    @staticmethod\n    def a(self): pass\n    def b(x): pass\n    def c(cls): pass",
            "class Pair:\n    def a(self): pass\n    @staticmethod\n    def b(x): pass\n    def c(cls): pass",
        ),
    ],
)
def test_code_is_found_as_the_official_evaluator_does(text: str, code: str, tmp_path: Path) -> None:
    built = program("classeval", tmp_path, text, CompletionKind.ANSWER)
    assert built.extraction.code == code
    assert built.steps  # tests run all the same: each method has a verdict


@pytest.mark.parametrize(
    ("code", "image"),
    [
        ("import os, json as j\nfrom math import pi\nclass Pair: pass", "python-unittest"),
        ("import os, numpy as np\nclass Pair: pass", "python-bigcodebench"),
        ("class Pair:\n    def one(self):\n        from bs4.element import Tag", "python-bigcodebench"),
    ],
)
def test_what_a_solution_imports_decides_on_its_image(code: str, image: str, tmp_path: Path) -> None:
    assert program("classeval", tmp_path, code, CompletionKind.SOLUTION).image == image


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        ({"test_classes": ["PairTestTwo"]}, "ClassEval_0.*PairTestTwo"),
        ({"test": "class ("}, "ClassEval_0.*do not parse"),
    ],
)
def test_a_class_without_its_tests_is_named(changes: dict[str, object], fact: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=fact):
        loaded("classeval", tmp_path, **changes)


def test_an_edit_that_deletes_the_program_is_executed_and_an_answer_without_code_is_not(
    tmp_path: Path,
) -> None:
    assert program("canitedit", tmp_path / "a", "", CompletionKind.SOLUTION).files[0].content == "\n"
    assert not program("canitedit", tmp_path / "b", "No.", CompletionKind.ANSWER).steps
    edited = program("canitedit", tmp_path / "c", "```py\nx = 1\n```\n```py\ny\n```", CompletionKind.ANSWER)
    assert edited.files[0].content == "x = 1\n\n"


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (CompletionKind.ANSWER, "<code>\nx = 1\n</code>\nDone.", "\nx = 1\n"),
        (CompletionKind.ANSWER, "```python\nx = 1\n```\nDone.", "\nx = 1\n"),
        (CompletionKind.CONTINUATION, "x = 1\nEND SOLUTION\ny", "x = 1"),
        (CompletionKind.SOLUTION, "x = '</code>'", "x = '</code>'"),
    ],
)
def test_code_that_is_inserted(kind: CompletionKind, text: str, code: str, tmp_path: Path) -> None:
    built = program("ds1000", tmp_path, text, kind)
    assert built.files[0].content == f"code = {code!r}\n"
    assert built.files[1].content.endswith("test_execution(code)\ntest_string(code)\n")


def test_a_context_that_executes_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="problem 7"):
        loaded("ds1000", tmp_path, code_context="pass")


def test_the_end_of_php_is_taken_off_tests(tmp_path: Path) -> None:
    built = program("mceval:php", tmp_path, "{ return $a; }", CompletionKind.CONTINUATION)
    content = built.files[0].content
    assert content.startswith("<?php\nfunction f($a)\n{ return $a; }\nif (f(1) != 1) exit(1);\n")
    assert "?>" not in content


def test_csharp_has_the_imports_that_dotnet_implies(tmp_path: Path) -> None:
    test = "static void Main() { }\n}\n"
    source = written("mceval:php", tmp_path, language="C#", prompt="using System;\nclass P {", test=test)
    benchmark = made("mceval:csharp")
    (problem,) = benchmark.load(source).problems
    end = Completion(task_id=problem.task_id, sample=0, text="}", kind=CompletionKind.CONTINUATION)
    built = benchmark.program(problem, end)
    first, _, rest = built.files[0].content.partition("using System;\nclass P {")
    assert "using System.Linq;\n" in first
    assert rest


def test_languages_that_do_not_run_here_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warned = warnings_of("codeeval.benchmarks.mceval.benchmark", monkeypatch)
    source = written("mceval:php", tmp_path, language="AWK")
    assert not made("mceval").load(source).problems
    assert "AWK" in warned[0]


def test_files_of_a_clone_of_minif2f(tmp_path: Path) -> None:
    folder = tmp_path / "_github" / "yangky11" / "miniF2F-lean4" / "MiniF2F" / "Test"
    folder.mkdir(parents=True)
    (folder / "t.lean").write_text("import Mathlib\n\ntheorem t (x : Nat) : x = x := by sorry\n")
    benchmark = made("lean:minif2f-lean4")
    (problem,) = benchmark.load(DataSource(root=tmp_path, offline=True)).problems
    assert (problem.task_id, problem.setup) == ("t", "import Mathlib\n\n")
    assert problem.prompt == "theorem t (x : Nat) : x = x := by"
    (folder / "u.lean").write_text("import Mathlib\n")
    with pytest.raises(DataError, match="u states no theorem"):
        benchmark.load(DataSource(root=tmp_path, offline=True))
    with pytest.raises(DataError, match="git clone"):
        benchmark.load(DataSource(root=tmp_path / "none", offline=True))
