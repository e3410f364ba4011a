"""Files of a user's own problems: what is read, and every mistake with its line and field."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from support.logs import warnings_of

from codeeval.datasets.task_files import (
    ALIASES,
    SHOWN_MISTAKES,
    ComparisonName,
    PromptForm,
    TaskCase,
    TaskEntry,
    TaskFile,
    TaskLimits,
    json_schema,
    read_task_file,
    size_of,
)
from codeeval.errors import DataError
from codeeval.types import CheckerForm

if TYPE_CHECKING:
    from pathlib import Path

TESTS = {"prompt": "Add.", "tests": "assert add(1, 2) == 3"}
CASES = {"prompt": "Echo.", "cases": [{"input": "1\n", "output": "1\n"}]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.jsonl"


def read(file: Path, *lines: object) -> TaskFile:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return read_task_file(file)


def mistakes(file: Path) -> list[str]:
    """Line and field of every mistake, as the message has them: ``12: cases[2].output``."""
    with pytest.raises(DataError) as caught:
        read_task_file(file)
    assert caught.value.remedy
    return re.findall(r"mine\.jsonl:(\d+(?:: [\w.\[\]]+(?=: ))?)", caught.value.message)


def of_line(file: Path, line: object) -> list[str]:
    """Fields of the mistakes of a file of one line."""
    file.write_text(json.dumps(line) + "\n", "utf-8")
    return [place.removeprefix("1").removeprefix(": ") for place in mistakes(file)]


def test_a_task_with_tests(file: Path) -> None:
    (task,) = read(file, TESTS | {"tests": ["a", "b"], "stop": "x", "groups": ["g"]}).tasks
    assert (task.line, task.task_id, task.language) == (1, "task/1", "python")
    assert (task.tests, task.stop, task.groups) == ("a\nb", ("x",), ("g",))
    assert (task.cases, task.form, task.limits) == ((), None, TaskLimits())


def test_a_task_with_cases(file: Path) -> None:
    cases = [
        {"input": "1", "output": "2"},
        {"stdin": "3", "expected": "4", "name": "last", "limits": {"cpu_s": 2, "memory": "64M"}},
    ]
    line = {"prompt": "p", "cases": cases, "comparison": "floats", "tolerance": 0.5, "run_all_cases": True}
    (task,) = read(file, line).tasks
    assert task.cases == (
        TaskCase(stdin="1", expected="2", name="", limits=TaskLimits()),
        TaskCase(stdin="3", expected="4", name="last", limits=TaskLimits(cpu_s=2.0, memory_bytes=64 << 20)),
    )
    assert (task.comparison, task.tolerance, task.run_all_cases) == ("floats", 0.5, True)


def test_a_checker_is_python_by_default(file: Path) -> None:
    cases = [{"input": "1"}]
    tasks = read(
        file,
        {"prompt": "p", "cases": cases, "checker": "import sys"},
        {"prompt": "p", "cases": cases, "checker": {"source": "fn main() {}", "language": "rs"}},
    ).tasks
    found = [(each.checker.language, each.checker.source) for each in tasks if each.checker]
    assert found == [("python", "import sys"), ("rust", "fn main() {}")]


def test_a_checker_of_testlib_and_an_interactor(file: Path) -> None:
    task = {"prompt": "p", "cases": [{"input": "1"}]}
    checker = {"source": "int main() {}", "language": "c++", "interface": "testlib"}
    checker |= {"interactive": True, "headers": {"common/testlib.h": "//"}}
    (found,) = read(file, task | {"checker": checker}).tasks
    assert found.checker is not None
    assert (found.checker.language, found.checker.form, found.checker.interactive) == (
        "cpp",
        CheckerForm.TESTLIB,
        True,
    )
    assert [header.path for header in found.checker.headers] == ["common/testlib.h"]
    for wrong in ({"interface": "kattiss"}, {"headers": {"../x": ""}}):
        found_wrong = of_line(file, task | {"checker": {"source": "pass", **wrong}})
        assert found_wrong == [f"checker.{next(iter(wrong))}"]


@pytest.mark.parametrize("name", ["rust", "Rust", "rs", "RUST"])
def test_languages_by_id_title_or_fence(file: Path, name: str) -> None:
    (task,) = read(file, TESTS | {"language": name}).tasks
    assert task.language == "rust"


def test_names_of_fields_as_other_datasets_have_them(file: Path) -> None:
    row = {
        "task_id": "HumanEval/0",
        "prompt": "p",
        "canonical_solution": "s",
        "test": "t",
        "entry_point": "f",
    }
    (task,) = read(file, row).tasks
    assert (task.tests, task.reference, task.entry_point) == ("t", "s", "f")


def test_blank_lines_a_byte_order_mark_and_windows_line_ends(file: Path) -> None:
    text = f"\ufeff{json.dumps(TESTS)}\r\n\r\n{json.dumps(CASES)}\r\n"
    file.write_bytes(text.encode())
    assert [task.line for task in read_task_file(file).tasks] == [1, 3]


def test_the_hash_is_that_of_the_bytes(file: Path) -> None:
    one = read(file, TESTS).sha256
    assert one != read(file, TESTS | {"setup": " "}).sha256
    assert one == read(file, TESTS).sha256


def test_fields_without_a_meaning_are_ignored_with_a_warning(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned = warnings_of("codeeval.datasets.task_files", monkeypatch)
    assert read(file, TESTS | {"difficulty": "hard", "metadata": {"tests": 1}}).tasks
    assert "difficulty" in warned[0]
    assert "metadata" not in warned[0]


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ({"tests": "t"}, ["prompt"]),
        (TESTS | {"prompt": 3}, ["prompt"]),
        (TESTS | {"prompt": " "}, ["prompt"]),
        (TESTS | {"prompt": "\ud800"}, ["prompt"]),
        ({"prompt": "p"}, ["tests"]),
        (TESTS | {"tests": " "}, ["tests"]),
        (TESTS | {"tests": ["a", 1]}, ["tests[1]"]),
        (TESTS | {"test": "twice"}, ["test"]),
        (TESTS | CASES, ["tests"]),
        (TESTS | {"task_id": 1.5}, ["task_id"]),
        (TESTS | {"language": "klingon?"}, ["language"]),
        (TESTS | {"entry_point": "a b"}, ["entry_point"]),
        (TESTS | {"entry_point": "empty?"}, ["entry_point"]),
        (TESTS | {"refernce": "r"}, ["refernce"]),
        (TESTS | {"reference": ["r"]}, ["reference"]),
        (TESTS | {"groups": "g"}, ["groups"]),
        (TESTS | {"stop": [1]}, ["stop[0]"]),
        (TESTS | {"form": "poem"}, ["form"]),
        (TESTS | {"limits": 3}, ["limits"]),
        (TESTS | {"limits": {"cpu_s": 0}}, ["limits.cpu_s"]),
        (TESTS | {"limits": {"cpu": 1}}, ["limits.cpu"]),
        (TESTS | {"limits": {"memory": "12Q"}}, ["limits.memory"]),
        (TESTS | {"limits": {"memory": True}}, ["limits.memory"]),
        (TESTS | {"checker": "c"}, ["checker"]),
        (TESTS | {"comparison": "lines"}, ["comparison"]),
        (CASES | {"setup": "s"}, ["setup"]),
        (CASES | {"comparison": "fuzzy"}, ["comparison"]),
        (CASES | {"tolerance": 1}, ["tolerance"]),
        (CASES | {"comparison": "floats", "tolerance": -1}, ["tolerance"]),
        (CASES | {"comparison": "lines", "checker": "c"}, ["comparison"]),
        (CASES | {"checker": {"language": "python"}}, ["checker.source"]),
        (CASES | {"checker": {"source": "c", "language": "klingon?"}}, ["checker.language"]),
        (CASES | {"checker": 3}, ["checker"]),
        (CASES | {"run_all_cases": "yes"}, ["run_all_cases"]),
        (CASES | {"cases": {}}, ["cases"]),
        (CASES | {"cases": []}, ["cases"]),
        (CASES | {"cases": [3]}, ["cases[0]"]),
        (CASES | {"cases": [{"input": "1"}]}, ["cases[0].output"]),
        (CASES | {"cases": [{"inptu": "1", "output": "2"}]}, ["cases[0].inptu"]),
        (CASES | {"cases": [{"input": "1", "stdin": "1", "output": "2"}]}, ["cases[0].stdin"]),
        (CASES | {"cases": [{"output": "1"}, {"output": 2}]}, ["cases[1].output"]),
        (CASES | {"cases": [{"output": "1", "limits": {"wall_s": "x"}}]}, ["cases[0].limits.wall_s"]),
        (CASES | {"cases": [{"input": "1", "output": " "}]}, ["cases"]),
        ([1], [""]),
        (3, [""]),
    ],
)
def test_a_mistake_is_reported_with_its_field(file: Path, line: object, fields: list[str]) -> None:
    assert of_line(file, line) == fields


def test_all_mistakes_of_all_lines_at_once(file: Path) -> None:
    lines: list[Any] = [
        TESTS | {"prompt": 3, "language": "klingon?", "groups": 1},
        TESTS,
        {"prompt": "p", "cases": [{"input": 1, "output": 2}, {"output": 3}]},
    ]
    file.write_text(
        "".join(json.dumps(line) + "\n" for line in lines) + '{malformed}\n{"prompt": "p", "prompt": 1}'
    )
    assert mistakes(file) == [
        *("1: groups", "1: language", "1: prompt"),
        *("3: cases[0].input", "3: cases[0].output", "3: cases[1].output"),
        *("4", "5: prompt"),
    ]


def test_at_most_so_many_mistakes_are_shown(file: Path) -> None:
    file.write_text("".join('{"prompt": 1, "tests": "t"}\n' for _ in range(30)))
    with pytest.raises(DataError) as caught:
        read_task_file(file)
    message = caught.value.message
    assert message.count("mine.jsonl:") == SHOWN_MISTAKES + 1, "the first line names the whole path"
    assert "30" in message
    assert "10" in message.splitlines()[-1]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        json.dumps([TESTS], indent=1).encode(),
        json.dumps(TESTS, indent=1).encode(),
        b'{"prompt": "\xff", "tests": "t"}\n',
        b"[" * 100_000,
        b"1" * 10_000,
    ],
    ids=["empty", "blank", "a list", "one object", "no UTF-8", "deep", "a long number"],
)
def test_a_file_of_another_form(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"mine\.jsonl"):
        read_task_file(file)


def test_a_missing_file_or_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(DataError, match=re.escape(str(path))):
            read_task_file(path)


def test_a_name_twice_is_reported_with_both_lines(file: Path) -> None:
    file.write_text((json.dumps(TESTS | {"task_id": "a"}) + "\n") * 2)
    with pytest.raises(DataError, match=r"mine\.jsonl:2: task_id: 'a'.*line 1"):
        read_task_file(file)


@pytest.mark.parametrize(
    ("text", "size"),
    [("512", 512), ("1K", 1024), ("256M", 256 << 20), ("1.5 GiB", 3 << 29), ("2gb", 2 << 30)],
)
def test_sizes(text: str, size: int) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "M", "12Q", "-1M", "0", "1e3", "1 M B"])
def test_what_is_no_size(text: str) -> None:
    assert size_of(text) is None


def test_the_json_schema_agrees_with_the_reader(file: Path) -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    good = [TESTS, CASES, CASES | {"checker": {"source": "c"}}, TESTS | {"limits": {"memory": "1G"}}]
    for line in good:
        assert read(file, line).tasks
        assert validator.is_valid(line)
    for line in (TESTS | {"prompt": 3}, CASES | {"cases": [{"inptu": ""}]}, TESTS | {"limits": {"cpu_s": 0}}):
        assert of_line(file, line)
        assert not validator.is_valid(line)
    described = schema["$defs"]["TaskEntry"]["properties"]
    assert set(described) == {*TaskEntry.__struct_fields__, *ALIASES[TaskEntry]}
    assert all(each.get("description") for each in described.values())


def test_options_are_those_of_the_enums() -> None:
    definitions = json_schema()["$defs"]
    assert definitions["ComparisonName"]["enum"] == sorted(ComparisonName)
    assert definitions["PromptForm"]["enum"] == sorted(PromptForm)
