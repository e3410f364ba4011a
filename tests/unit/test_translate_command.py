"""``codeeval translate``: rows in MultiPL-E's form, what is not among them and why, and bad input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pyarrow import parquet
from support.logs import warnings_of

from codeeval.benchmarks.multipl_e.benchmark import MultiplE
from codeeval.cli.main import run_command
from codeeval.errors import DataError, UnknownName
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.languages import LANGUAGES, finish

if TYPE_CHECKING:
    from pathlib import Path

HUB = "nuprl/MultiPL-E"
HEAD = 'def twice(n: int) -> int:\n    """ Double it.\n    >>> twice(2)\n    4\n    """\n'
GOOD = {"task_id": "My/0", "prompt": HEAD, "tests": ["assert twice(1) == 2"], "entry_point": "twice"}
FIELDS = ["name", "language", "prompt", "doctests", "original", "prompt_terminology", "tests", "stop_tokens"]
ALL_DONE, SOME_EXCLUDED, USAGE, BAD_DATA = 0, 9, 2, 4


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def rows(out: Path, config: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parquet.read_table(
        out / HUB / config / "test-00000-of-00001.parquet"
    ).to_pylist()
    return found


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    return tmp_path / "mine.jsonl"


def written(tasks: Path, *changes: dict[str, object]) -> str:
    with tasks.open("w", encoding="utf-8") as file:
        for number, change in enumerate(changes):
            line = GOOD | {"task_id": f"My/{number}"} | change
            file.write(json.dumps({key: value for key, value in line.items() if value is not None}) + "\n")
    return str(tasks)


def translate(*arguments: object) -> int:
    return run_command(["translate", *map(str, arguments)])


def test_rows_of_a_file_have_the_published_form(tasks: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert translate(written(tasks, {}), "--to", "Rust", "--out", out) == ALL_DONE
    (row,) = rows(out, "mine-rs")
    assert list(row) == FIELDS
    assert row["name"] == "My_0_twice"
    assert (row["language"], row["original"]) == ("rs", "My_0_twice.py")
    assert (row["doctests"], row["prompt_terminology"]) == ("transform", "reworded")
    assert row["prompt"] == ("/// Double it.\n/// >>> twice(2)\n/// 4\nfn twice(n: isize) -> isize {\n")
    assert "assert_eq!(candidate(1), 2);" in row["tests"]
    assert row["stop_tokens"] == ["\n}"]
    assert lines(out / "skipped.jsonl") == []


def test_a_file_may_be_named_as_a_benchmark(tasks: Path, tmp_path: Path) -> None:
    assert translate(f"tasks:{written(tasks, {})}", "--to", "rs", "--out", tmp_path / "out") == ALL_DONE
    assert len(rows(tmp_path / "out", "mine-rs")) == 1


def test_multipl_e_loads_them_with_their_provenance(tasks: Path, tmp_path: Path) -> None:
    translate(written(tasks, {}), "--to", "rs", "--out", tmp_path)
    benchmark = MultiplE(BenchmarkOptions(variant="mine-rs"))
    loaded = benchmark.load(DataSource(root=tmp_path, offline=True))
    (problem,) = loaded.problems
    assert (problem.task_id, problem.entry_point, problem.language) == ("My_0_twice", "twice", "rust")
    assert "mine.jsonl" in loaded.identity.revision
    assert loaded.identity.config == "mine-rs"
    every = MultiplE(BenchmarkOptions(variant="mine-all")).load(DataSource(root=tmp_path, offline=True))
    assert [each.task_id for each in every.problems] == ["rust/My_0_twice"]


def test_changed_rows_are_not_recorded_as_translated(
    tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned = warnings_of("codeeval.datasets.rows", monkeypatch)
    translate(written(tasks, {}, {}), "--to", "rs", "--out", tmp_path)
    marker = tmp_path / HUB / "mine-rs.translated.json"
    marker.write_text(marker.read_text().replace(json.loads(marker.read_text())["sha256"], "0" * 64))
    loaded = MultiplE(BenchmarkOptions(variant="mine-rs")).load(DataSource(root=tmp_path, offline=True))
    assert loaded.identity.revision == "mirror"
    assert "mine-rs" in warned[0]
    marker.write_text("{")
    with pytest.raises(DataError, match=r"translated\.json"):
        MultiplE(BenchmarkOptions(variant="mine-rs")).load(DataSource(root=tmp_path, offline=True))


def test_a_missing_translation(tmp_path: Path) -> None:
    benchmark = MultiplE(BenchmarkOptions(variant="humaneval-plus-rs"))
    with pytest.raises(DataError, match="codeeval translate humaneval-plus --to rs"):
        benchmark.load(DataSource(root=tmp_path, offline=True))
    with pytest.raises(DataError) as caught:
        MultiplE(BenchmarkOptions(variant="humanevl-rs")).load(DataSource(offline=True))
    assert "multipl-e:humaneval-rs" in caught.value.remedy
    with pytest.raises(DataError, match="mine-all"):
        MultiplE(BenchmarkOptions(variant="mine-all")).load(DataSource(root=tmp_path, offline=True))
    with pytest.raises(UnknownName):
        MultiplE(BenchmarkOptions(variant="humaneval-plus-zig"))


def test_datasets_loads_the_folder_offline(tasks: Path, tmp_path: Path) -> None:
    card = tmp_path / HUB / "README.md"
    translate(written(tasks, {}), "--to", "rs,go", "--out", tmp_path)
    other = tasks.rename(tasks.with_name("other.jsonl"))
    translate(other, "--to", "rs", "--out", tmp_path)
    import datasets  # noqa: PLC0415 -- costs 2 s

    assert card.read_text().count("config_name") == 3
    for config in ("mine-go", "mine-rs", "other-rs"):
        loaded = datasets.load_dataset(
            str(tmp_path / HUB), config, split="test", cache_dir=str(tmp_path / "cache")
        )
        assert loaded.column_names == FIELDS
        assert loaded[0]["name"] == "My_0_twice"


BAD = {
    "no tests": ({"tests": "pass"}, "problem", "no test"),
    "cases": ({"tests": None, "cases": [{"input": "1", "output": "2"}]}, "problem", "input and output"),
    "another language": ({"language": "rust"}, "problem", "in rust already"),
    "no entry point": ({"entry_point": None}, "problem", "entry_point"),
    "a syntax error": ({"prompt": "def twice(n:\n"}, "problem", "syntax error in the code, line 1"),
    "a syntax error in the tests": (
        {"tests": "\n\nassert twice(1) = = 2"}, "problem", "syntax error in the tests, line 3",
    ),
    "a type of its own": ({"prompt": "def twice(n: Tree) -> int:\n"}, "problem", "annotation Tree"),
    "no equality": ({"tests": "assert twice(1) > 0"}, "problem", "no test is an equality"),
    "one test that is none": (
        {"tests": "assert twice(1) == 2\nassert twice(1) > 0"}, "test", "not an equality",
    ),
    "another function": ({"entry_point": "thrice"}, "problem", "no function thrice"),
    "nested deeper than a parser goes": (
        {"tests": f"assert twice({'(' * 3000}1{')' * 3000}) == 2"}, "problem", "syntax error in the tests",
    ),
    "a number of another type": (
        {"tests": "assert twice(1) == float('nan')"}, "problem", "fits the types: nan where the type is int",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_untranslatable_input_is_listed_and_the_rest_is_translated(
    tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    change, what, reason = BAD[case]
    out = tmp_path / "out"
    assert translate(written(tasks, {}, change), "--to", "rs", "--out", out) == SOME_EXCLUDED
    (excluded,) = lines(out / "skipped.jsonl")
    assert (excluded["task_id"], excluded["language"], excluded["what"]) == ("My/1", "python", what)
    assert reason in excluded["reason"]
    printed = capsys.readouterr().err
    assert f"1 {what}" in printed
    assert str(out / "skipped.jsonl") in printed
    assert rows(out, "mine-rs")[0]["name"] == "My_0_twice"


def test_a_problem_may_be_untranslatable_into_one_language_alone(tasks: Path, tmp_path: Path) -> None:
    code = "def twice(n: Union[int, str]) -> int:\n    return 0\n"
    path = written(tasks, {"prompt": "Double it.", "code": code})
    assert translate(path, "--to", "rs,lua", "--out", tmp_path) == SOME_EXCLUDED
    (excluded,) = lines(tmp_path / "skipped.jsonl")
    assert (excluded["language"], excluded["what"]) == ("rs", "problem")
    assert "Union[int, str]" in excluded["reason"]
    assert rows(tmp_path, "mine-rs") == []
    assert "Double it." in rows(tmp_path, "mine-lua")[0]["prompt"]
    assert translate(path, "--to", "lua", "--out", tmp_path) == ALL_DONE
    assert len(lines(tmp_path / "skipped.jsonl")) == 1, "Rust's line is of another command"
    assert translate(path, "--to", "rs", "--out", tmp_path) == SOME_EXCLUDED
    assert len(lines(tmp_path / "skipped.jsonl")) == 1, "the same line, not twice"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{malformed}\n", "mine.jsonl:1: "),
        (json.dumps(GOOD) + "\n\n[1]\n", "mine.jsonl:3: "),
        (json.dumps(GOOD | {"entry_point": 3}) + "\n", "mine.jsonl:1: entry_point: "),
        (json.dumps({"prompt": "f", "entry_point": "f"}) + "\n", "mine.jsonl:1: tests: "),
        (json.dumps(GOOD | {"entry_point": "a b"}) + "\n", "mine.jsonl:1: entry_point: "),
        (2 * (json.dumps(GOOD) + "\n"), "mine.jsonl:2: task_id: "),
        ("", "mine.jsonl: "),
        (json.dumps(GOOD | {"prompt": "\ud800"}) + "\n", "mine.jsonl:1: prompt: "),
        ("[" * 100_000, "mine.jsonl:1: "),
    ],
)
def test_a_malformed_file_is_an_error_with_line_and_field(
    tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, place: str
) -> None:
    tasks.write_text(text)
    assert translate(tasks, "--to", "rs", "--out", tmp_path / "out") == BAD_DATA
    assert place in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_two_rows_never_have_one_name(tasks: Path, tmp_path: Path) -> None:
    path = written(tasks, {}, {"task_id": "My-0"})
    assert translate(path, "--to", "rs", "--out", tmp_path) == SOME_EXCLUDED
    assert [each["task_id"] for each in lines(tmp_path / "skipped.jsonl")] == ["My-0"]
    assert len(rows(tmp_path, "mine-rs")) == 1


def test_a_lone_surrogate_in_a_test_is_no_crash(tasks: Path, tmp_path: Path) -> None:
    head = "def f(s: str) -> str:\n"
    path = written(tasks, {"prompt": head, "entry_point": "f", "tests": r"assert f('\ud800') == '\ud800'"})
    for language in ("rs", "py", "lua"):
        assert translate(path, "--to", language, "--out", tmp_path) in (ALL_DONE, SOME_EXCLUDED)


def test_wrong_options(tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tasks, {})
    wrong = {
        ("--to", "rust"): "--out",
        ("--to", "rusty", "--out", tmp_path): "'rusty'",
        ("--to", ",", "--out", tmp_path): "--to",
        ("--to", "rs", "--out", tmp_path, "--task", "My/7"): "'My/7'",
        ("--to", "rs", "--out", tasks / "in-a-file"): str(tasks / "in-a-file"),
    }
    for arguments, fact in wrong.items():
        assert translate(path, *arguments) in (USAGE, 7), arguments
        assert fact in capsys.readouterr().err
    assert translate("bigcodebench", "--to", "rs", "--out", tmp_path) == USAGE
    assert "bigcodebench" in capsys.readouterr().err
    assert translate(tmp_path / "none.jsonl", "--to", "rs", "--out", tmp_path) == BAD_DATA


def test_published_rows_are_never_overwritten(tasks: Path, tmp_path: Path) -> None:
    theirs = tmp_path / HUB / "mine-rs" / "test.parquet"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    assert translate(written(tasks, {}), "--to", "rs", "--out", tmp_path) == USAGE
    assert [each.name for each in theirs.parent.iterdir()] == ["test.parquet"]
    theirs.unlink()
    (tmp_path / HUB / "README.md").write_text("the dataset's own card")
    assert translate(tasks, "--to", "rs", "--out", tmp_path) == USAGE


def test_dry_run_shows_one_problem_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert translate("humaneval", "--to", "rust,go", "--dry-run", "--out", tmp_path / "out") == ALL_DONE
    printed = capsys.readouterr().out
    assert "HumanEval/0: python | rs" in printed
    assert "HumanEval/0: python | go" in printed
    assert "HumanEval/1" not in printed
    assert "def has_close_elements(numbers" in printed
    assert "fn has_close_elements(numbers" in printed
    assert printed.count("closer to each other than") == 4, "long lines are folded, on both sides of both"
    assert max(map(len, printed.splitlines())) <= 100
    assert not (tmp_path / "out").exists()
    arguments = ("--to", "rs", "--dry-run", "--json", "--task", "HumanEval/32", "--task", "HumanEval/2")
    assert translate("humaneval", *arguments) == ALL_DONE
    shown = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in shown["rows"]["rs"]] == ["HumanEval_2_truncate_number"]
    assert [each["task_id"] for each in shown["skipped"]] == ["HumanEval/32"]


@pytest.mark.parametrize(
    ("doctests", "has", "lacks"),
    [
        ("transform", ">>> twice(2)\n", "\x00"),
        ("keep", ">>> twice(2)\n", "\x00"),
        ("remove", "Double it.", ">>>"),
    ],
)
def test_doctests(tasks: Path, tmp_path: Path, doctests: str, has: str, lacks: str) -> None:
    translate(written(tasks, {}), "--to", "rs", "--out", tmp_path, "--doctests", doctests)
    (row,) = rows(tmp_path, "mine-rs")
    assert row["doctests"] == doctests
    assert has in row["prompt"].replace("/// ", "")
    assert lacks not in row["prompt"]


def test_humaneval_in_every_language_ends_as_its_epilogue_expects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert translate("humaneval", "--to", "all", "--out", tmp_path, "--json") == SOME_EXCLUDED
    summary = json.loads(capsys.readouterr().out)
    languages = {each["language"]: each for each in summary["languages"]}
    assert languages["python"]["translated"] == 161
    for suffix, each in languages.items():
        if suffix == "python":
            continue
        assert each["translated"] + each["problems_excluded"] == 161, suffix
        loaded = MultiplE(BenchmarkOptions(variant=f"humaneval-{suffix}")).load(
            DataSource(root=tmp_path, offline=True)
        )
        assert len(loaded.problems) == each["translated"]
        for problem in loaded.problems:
            assert finish(problem.tests[0], LANGUAGES[problem.language].epilogue) is not None
            assert problem.entry_point != problem.task_id, "no line looks like a function's head"
