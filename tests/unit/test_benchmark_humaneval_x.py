"""HumanEval-X and HumanEvalPack: where functions end, what stands before them, explaining in two steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from codeeval.benchmarks.common import tampering
from codeeval.benchmarks.humaneval_x import programs
from codeeval.benchmarks.humaneval_x.benchmark import HumanEvalX
from codeeval.benchmarks.humaneval_x.pack import HumanEvalPack
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.languages import language
from codeeval.types import Completion, CompletionKind, PromptStyle

if TYPE_CHECKING:
    from pathlib import Path

PACK = programs.Parts(pack=True)
X = programs.Parts(pack=False)


@pytest.mark.parametrize(
    ("language", "parts", "text", "function"),
    [
        ("python", X, "    return 1\n\nprint(1)\n", "    return 1\n"),
        ("python", PACK, "    return 1\nassert f()\n", "    return 1"),
        ("cpp", X, "  if (a) { return 1; }\n}\nint main() {}", "  if (a) { return 1; }\n}"),
        (
            "java",
            PACK,
            "  return 1;\n }\n int g() { return 2; }\n}\nclass A {}",
            "  return 1;\n }\n int g() { return 2; }\n}",
        ),
        ("java", X, "  return 1;\n }\n int g() { return 2; }\n}", "  return 1;\n }\n}"),
        ("java", PACK, "  return 1;\n }", "  return 1;\n }\n}"),
        ("javascript", X, "  return '}'\n}\n", "  return '}"),
        ("go", X, "\treturn 1\n}\n\nfunc main() {\n}\n", "\treturn 1\n}"),
        ("rust", X, "    1", "    1"),
    ],
)
def test_where_a_function_ends(language: str, parts: programs.Parts, text: str, function: str) -> None:
    assert programs.function(text, language, parts) == function


def test_go_gets_the_imports_that_it_lacks() -> None:
    parts = programs.Parts(
        pack=True,
        setup='package main\n\nimport (\n    "testing"\n    "github.com/stretchr/testify/assert"\n)\n',
    )
    code = 'import "sort"\n\n// strings.Split is not\nfunc F(a []int) {\n sort.Ints(a); md5.Sum(nil)\n}'
    source = programs.source(f"package main\n{code}", "func TestF(t *testing.T) {}", "go", parts)
    assert source.count("package main") == source.count('"testing"') == source.count('"sort"') == 1
    assert 'import "crypto/md5"\n' in source
    assert 'strings"' not in source
    assert "testify" not in source


def test_rust_gets_what_its_declaration_has() -> None:
    parts = programs.Parts(pack=True, declaration="\nuse md5;\nuse rand::Rng;\nfn f(a: i32) -> i32{\n")
    source = programs.source("use md5;\nfn f(a: i32) -> i32 { a }", "", "rust", parts)
    assert source.splitlines()[:3] == ["fn main(){}", "use rand::Rng;", "use md5;"]
    assert source.count("fn f") == 1


@pytest.mark.parametrize("id_", programs.FRAMES)
@pytest.mark.parametrize("parts", [PACK, X])
def test_what_stands_before_a_solution_is_no_tampering(id_: str, parts: programs.Parts) -> None:
    """HumanEvalPack's C++ includes ``<fstream>``, which reads no file."""
    assert not tampering.found(programs.source("", "", id_, parts), language(id_))


def test_a_file_that_is_read_is_tampering() -> None:
    code = (
        '#include <fstream>\nstd::string s() { std::fstream f("main.cpp"); std::string t; f >> t; return t; }'
    )
    assert tampering.found(code, language("cpp")) == "reads files"


def test_rust_tests_of_an_old_rand_compile_with_the_one_there_is() -> None:
    old = "match rng.gen_range(0, 2) { 0 => rng.gen_range(b'a', b'z' + 1).into() }"
    new = "match rng.gen_range(0..2) { 0 => rng.gen_range(b'a'..b'z' + 1).into() }"
    assert programs.tests(old, "rust") == new
    assert programs.tests(old, "go") == old


@pytest.mark.parametrize(
    ("made", "variant", "error"),
    [
        (HumanEvalX, "", UsageError),
        (HumanEvalX, "cobol", UnknownName),
        (HumanEvalX, "cpp-to-cpp", UnknownName),
        (HumanEvalPack, "", UsageError),
        (HumanEvalPack, "fixtests", UnknownName),
        (HumanEvalPack, "explain-python", UsageError),
        (HumanEvalPack, "fixdocs-python:somewhere", UsageError),
    ],
)
def test_variants_that_do_not_exist(
    made: type[HumanEvalX | HumanEvalPack], variant: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        made(BenchmarkOptions(variant=variant))


def row(**changes: str) -> dict[str, str]:
    return {
        "task_id": "Python/0",
        "prompt": 'def f(a):\n    """Add one, with care."""\n',
        "declaration": "def f(a):\n",
        "canonical_solution": "    return a + 1 + 0 + 0 + 0\n",
        "buggy_solution": "    return a\n",
        "test": "def check(f):\n    assert f(1) == 2\n\ncheck(f)\n",
        "entry_point": "f",
        "docstring": "Add one, with care, and then return.",
        "instruction": "Write f.",
    } | changes


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "hub" / "bigcode" / "humanevalpack" / "python"
    folder.mkdir(parents=True)
    rows = [row(), row(task_id="Python/1")]
    parquet.write_table(pa.Table.from_pylist(rows), folder / "test.parquet")
    return tmp_path / "hub"


def test_explaining_takes_two_steps(root: Path, tmp_path: Path) -> None:
    first = HumanEvalPack(BenchmarkOptions(variant="describe-python"))
    problem = first.load(DataSource(root=root, offline=True)).problems[0]
    text = first.prompt(problem).messages[0].content
    assert text.endswith("using at most 36 characters.")
    described = Completion(task_id="Python/0", sample=0, text="Adds.", kind=CompletionKind.ANSWER)
    assert not first.has_reference(problem)
    with pytest.raises(UsageError, match="first of two steps"):
        first.program(problem, described)
    texts = ["Adds one: return a + 1 + 0 + 0 + 0 to all of that", "Adds."]
    records = tmp_path / "run"
    records.mkdir()
    (records / "completions.jsonl").write_text(
        "".join(json.dumps({"task_id": "Python/0", "text": each}) + "\n" for each in texts)
    )
    second = HumanEvalPack(BenchmarkOptions(variant=f"explain-python:{records}", style=PromptStyle.BASE))
    problems = second.load(DataSource(root=root, offline=True)).problems
    assert [each.task_id for each in problems] == ["Python/0@0", "Python/0@1"]
    assert second.name == "humanevalpack:explain-python"
    assert second.prompt(problems[0]).text == (
        "Adds one:  t\nWrite functional code in Python according to the description.\n\ndef f(a):"
    )


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        ('{"task_id": "Python/0"}\n', "described.jsonl:1: "),
        ('\n{"task_id": 1, "text": "t"}\n', "described.jsonl:2: "),
        ("[]\n", "described.jsonl:1: "),
        ('{"task_id": "Go/0", "text": "t"}\n', "none of the 2 tasks"),
    ],
)
def test_descriptions_that_cannot_be_used(content: str, fact: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "described.jsonl").write_text(content)
    benchmark = HumanEvalPack(BenchmarkOptions(variant=f"explain-python:{tmp_path / 'described.jsonl'}"))
    with pytest.raises(DataError, match=fact):
        benchmark.load(DataSource(root=root, offline=True))


def test_a_missing_file_of_descriptions(root: Path, tmp_path: Path) -> None:
    benchmark = HumanEvalPack(BenchmarkOptions(variant=f"explain-python:{tmp_path / 'none'}"))
    with pytest.raises(DataError, match="none: cannot be read"):
        benchmark.load(DataSource(root=root, offline=True))


def test_the_bug_is_among_the_cheats(root: Path) -> None:
    benchmark = HumanEvalPack(BenchmarkOptions(variant="fixdocs-python"))
    problem = benchmark.load(DataSource(root=root, offline=True)).problems[0]
    (buggy,) = [cheat for cheat in benchmark.cheats(problem) if cheat.name == "buggy"]
    program = benchmark.program(problem, buggy.completion)
    assert program.files[0].content.endswith('care."""\n    return a\n\n')
