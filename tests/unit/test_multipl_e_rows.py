"""Rows of MultiPL-E: assembly, stop tokens, and malformed rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet
from support.logs import warnings_of

from codeeval.benchmarks.multipl_e.benchmark import MultiplE
from codeeval.benchmarks.multipl_e.suffixes import PUBLISHED, SUFFIXES, language_of, row_language
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource, SpansImages
from codeeval.languages import LANGUAGES
from codeeval.types import TOKEN_PLACEHOLDER, Completion, CompletionKind, PromptStyle

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.types import Problem

TESTS = {"cpp": "}\nint main() {\n    assert(f(1) == 1);\n}\n", "pl": "f(1) == 1 or exit 1;\n"}


def row(language: str) -> dict[str, object]:
    prompt = {"cpp": "#include<assert.h>\nlong f(long n) {\n", "pl": "sub f {\n"}.get(language, "f\n")
    tests = TESTS.get(language, "tests")
    stop = ["\n}"]
    values = {"name": "HumanEval_1_f", "language": language, "prompt": prompt, "tests": tests}
    return values | {"stop_tokens": stop}


def mirror(folder: Path, **configs: list[dict[str, object]]) -> DataSource:
    for suffix, rows in configs.items():
        target = folder / "nuprl" / "MultiPL-E" / f"humaneval-{suffix}" / "test.parquet"
        target.parent.mkdir(parents=True)
        parquet.write_table(pa.Table.from_pylist(rows), target)
    return DataSource(root=folder, offline=True)


def made(variant: str) -> MultiplE:
    return MultiplE(BenchmarkOptions(variant=variant, style=PromptStyle.BASE))


def source_of(benchmark: MultiplE, problem: Problem, text: str, kind: CompletionKind) -> str:
    completion = Completion(task_id=problem.task_id, sample=0, text=text, kind=kind)
    return benchmark.program(problem, completion).files[0].content


def test_prompt_stop_tokens_and_assembly(tmp_path: Path) -> None:
    benchmark = made("humaneval-cpp")
    (problem,) = benchmark.load(mirror(tmp_path, cpp=[row("cpp")])).problems
    prompt = benchmark.prompt(problem)
    assert (prompt.text, prompt.stop) == (problem.prompt, ("\n}",))
    text = "    return n;\n}\nint main() {}\n"
    source = source_of(benchmark, problem, text, CompletionKind.CONTINUATION)
    assert source.startswith(problem.prompt + "    return n;\n}\nint main() {\n    assert(f(1) == 1);\n")
    assert source.count(TOKEN_PLACEHOLDER) == 1
    whole = source_of(benchmark, problem, problem.prompt + text, CompletionKind.SOLUTION)
    assert whole == source


def test_a_candidate_gets_no_token_by_its_name(tmp_path: Path) -> None:
    benchmark = made("humaneval-cpp")
    (problem,) = benchmark.load(mirror(tmp_path, cpp=[row("cpp")])).problems
    for kind in CompletionKind:
        source = source_of(benchmark, problem, f"    puts('{TOKEN_PLACEHOLDER}');", kind)
        assert source.count(TOKEN_PLACEHOLDER) == 1


@pytest.mark.parametrize(
    ("bad", "facts"),
    [
        ({"stop_tokens": "\n}"}, r"row 0: .*stop_tokens"),
        ({"language": "zig"}, r"row 0 \(HumanEval_1_f\) .*'zig'.* cpp"),
        ({"language": "rs"}, r"'rs'.* cpp"),
        ({"tests": "no brace"}, r"row 0 \(HumanEval_1_f\): .*tests .*C\+\+"),
    ],
)
def test_a_malformed_row_excludes_its_language_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: dict[str, object], facts: str
) -> None:
    warned = warnings_of("codeeval.benchmarks.multipl_e.rows", monkeypatch)
    source = mirror(tmp_path, cpp=[row("cpp") | bad], pl=[row("pl")])
    with pytest.raises(DataError, match=facts):
        made("humaneval-cpp").load(source)
    loaded = made("humaneval-all").load(source)
    assert [problem.task_id for problem in loaded.problems] == ["perl/HumanEval_1_f"]
    assert [problem.groups for problem in loaded.problems] == [("perl",)]
    assert any("humaneval-cpp" in each for each in warned)


def test_all_languages_in_one_run(tmp_path: Path) -> None:
    benchmark = made("humaneval-all")
    loaded = benchmark.load(mirror(tmp_path, cpp=[row("cpp")], pl=[row("pl")]))
    assert isinstance(benchmark, SpansImages)
    assert {problem.language for problem in loaded.problems} == {"cpp", "perl"}
    assert {benchmark.image_of(problem) for problem in loaded.problems} == {"gcc", "perl"}
    assert set(benchmark.images) == {
        LANGUAGES[SUFFIXES[suffix]].image for suffix in PUBLISHED if SUFFIXES[suffix] in LANGUAGES
    }
    assert loaded.identity.config == "humaneval-cpp+humaneval-pl"
    assert loaded.identity.rows == 2
    assert benchmark.row_name(loaded.problems[0]) == "HumanEval_1_f"


def test_no_language_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        made("humaneval-all").load(mirror(tmp_path, cpp=[row("zig")]))


def test_unknown_names_are_refused() -> None:
    assert MultiplE(BenchmarkOptions()).name == "multipl-e:humaneval-all"
    with pytest.raises(UnknownName, match="humaneval-rs"):
        made("humaneval-rust")
    with pytest.raises(UsageError):
        MultiplE(BenchmarkOptions(variant="humaneval-rs", shots=2))
    with pytest.raises(UnknownName):
        MultiplE(BenchmarkOptions(variant="humaneval-rs", split="train"))
    with pytest.raises(UnknownName):
        language_of("zig")


def test_rows_name_their_language_as_the_evaluator_does() -> None:
    assert row_language("go") == "go_test.go"
    assert row_language("rust") == "rs"
    assert all(language_of(row_language(language)) == language for language in SUFFIXES.values())


def test_the_hand_written_rows_are_as_published_ones() -> None:
    benchmark = made("twelve-c")
    loaded = benchmark.load(DataSource(offline=True))
    assert len(loaded.problems) == 12
    assert all(benchmark.has_reference(problem) for problem in loaded.problems)
    assert benchmark.reference(loaded.problems[0]).text == loaded.problems[0].reference
