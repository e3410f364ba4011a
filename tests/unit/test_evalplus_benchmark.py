"""HumanEval+ and MBPP+: where their tasks come from, what is asked, and what is run."""

from __future__ import annotations

import gzip
import json
import math
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from codeeval.benchmarks.common.call_values import read_inputs
from codeeval.benchmarks.evalplus import hub, tasks
from codeeval.benchmarks.evalplus.benchmark import HumanEvalPlus, MbppPlus, call_limits, group_limits
from codeeval.benchmarks.evalplus.tasks import Group
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, ComparesValues, DataSource, NeedsExpectedOutputs
from codeeval.judging import judge
from codeeval.types import (
    Completion,
    CompletionKind,
    Execution,
    Outcome,
    PromptStyle,
    Role,
    StepResult,
    StepStatus,
)

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.types import Problem

ROW: dict[str, Any] = {
    "task_id": "HumanEval/0",
    "prompt": '\ndef add(a, b):\n    """Add."""\n',
    "entry_point": "add",
    "canonical_solution": "    return a + b\n",
    "base_input": [[1, 2], [0.5, math.inf]],
    "plus_input": [["a", "b"]],
    "atol": 0,
    "contract": "",
    "test": "",
}


def write(folder: Path, name: str, *rows: dict[str, Any] | str) -> DataSource:
    """Write a release file and return the source that finds it."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    text = "".join(f"{line}\n" for line in lines).encode()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return DataSource(root=folder, offline=True)


def mbpp(number: int, *inputs: list[object]) -> dict[str, Any]:
    return ROW | {"task_id": f"Mbpp/{number}", "base_input": list(inputs), "plus_input": {}}


def load(source: DataSource, **options: Any) -> tuple[HumanEvalPlus, Problem]:
    made = HumanEvalPlus(BenchmarkOptions(**options))
    return made, made.load(source).problems[0]


@pytest.mark.parametrize("place", ["", "evalplus", "evalplus_release"])
@pytest.mark.parametrize("name", ["HumanEvalPlus.jsonl.gz", "HumanEvalPlus.jsonl"])
def test_release_files_are_found_below_the_data_root(tmp_path: Path, place: str, name: str) -> None:
    write(tmp_path / place, name, ROW)
    loaded = HumanEvalPlus(BenchmarkOptions()).load(DataSource(root=tmp_path, offline=True))
    (task,) = loaded.problems
    assert [read_inputs(group.inputs) for group in task.payload_of(tasks.Inputs).groups] == [
        [[1, 2], [0.5, math.inf]],
        [["a", "b"]],
    ]
    assert loaded.identity.revision == name
    assert loaded.identity.rows == 1


@pytest.mark.parametrize(
    ("number", "given", "restored"),
    [
        (2, [[1], [2]], [(1,), (2,)]),
        (63, [[[1, 2]]], [[(1, 2)]]),
        (75, [[[1]], 2], [[(1,)], 2]),
        (106, [[1], [2]], [[1], (2,)]),
        (115, [[[1, 1], []]], [[{1}, {}]]),
        (124, ["1.5", "1+2j"], [1.5, 1 + 2j]),
        (250, [[1], 2], [(1,), 2]),
        (307, [[1], 2, 3], [(1,), 2, 3]),
        (259, [[[1]]], [((1,),)]),
        (278, [[1, [2]]], [(1, (2,))]),
        (722, [{"a": [1]}, 2], [{"a": (1,)}, 2]),
        (252, ["2j"], [2j]),
        (580, [[1, [2, [3]]]], [(1, (2, (3,)))]),
        (3, [[1]], [[1]]),
    ],
)
def test_what_json_cannot_hold_is_restored(
    tmp_path: Path, number: int, given: list[object], restored: list[object]
) -> None:
    source = write(tmp_path, "MbppPlus.jsonl", mbpp(number, given))
    (task,) = tasks.load("mbpp-plus", "plus", source).tasks
    base, plus = task.payload_of(tasks.Inputs).groups
    assert repr(read_inputs(base.inputs)) == repr([restored])
    assert plus.calls == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "column 2"),
        (json.dumps({key: value for key, value in ROW.items() if key != "atol"}), "atol"),
        (json.dumps(ROW | {"base_input": 5}), "base_input"),
        (json.dumps(ROW | {"plus_input": {"a": 1}}), "plus_input"),
        (json.dumps(ROW | {"task_id": "Mbpp/106", "base_input": [[1]]}), "index"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    source = write(tmp_path, "HumanEvalPlus.jsonl", ROW, line)
    with pytest.raises(DataError, match=rf"HumanEvalPlus\.jsonl:2: .*{reason}"):
        tasks.load("humaneval-plus", "plus", source)


def test_damaged_and_empty_files(tmp_path: Path) -> None:
    (tmp_path / "HumanEvalPlus.jsonl.gz").write_bytes(b"\x1f\x8b damaged")
    with pytest.raises(DataError, match=r"HumanEvalPlus\.jsonl\.gz: "):
        tasks.load("humaneval-plus", "plus", DataSource(root=tmp_path, offline=True))
    source = write(tmp_path, "HumanEvalPlus.jsonl.gz")
    with pytest.raises(DataError, match=r"HumanEvalPlus\.jsonl\.gz"):
        tasks.load("humaneval-plus", "plus", source)


def test_a_variant_without_its_file_names_the_download(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="HumanEvalPlus-Mini") as caught:
        tasks.load("humaneval-plus", "mini", DataSource(root=tmp_path, offline=True))
    assert "https://github.com/evalplus/humanevalplus_release/releases" in caught.value.remedy
    source = write(tmp_path, "HumanEvalPlus-Mini.jsonl.gz", ROW)
    made, _ = load(source, variant="mini")
    assert made.name == "humaneval-plus:mini"
    assert made.settings["variant"] == "mini"


def test_options_that_do_not_exist() -> None:
    with pytest.raises(UnknownName):
        MbppPlus(BenchmarkOptions(variant="mini"))
    with pytest.raises(UnknownName):
        HumanEvalPlus(BenchmarkOptions(split="train"))
    with pytest.raises(UsageError, match=r"humaneval-plus .* 1"):
        HumanEvalPlus(BenchmarkOptions(shots=1))


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("[[1, -2.5e-07], [True, None]]", [[1, -2.5e-07], [True, None]]),
        (r"""[['a"\'\n', "it's", 'True']]""", [["a\"'\n", "it's", "True"]]),
        ("[[(1, {2}), {'a': inf}, -1-2j]]", [[(1, {2}), {"a": math.inf}, -1 - 2j]]),
    ],
)
def test_literals_of_the_hub(literal: str, value: object) -> None:
    assert repr(hub._inputs("t", f"def check(f):\n    inputs = {literal}\n    results = []\n")) == repr(value)


@pytest.mark.parametrize("literal", ["[open('x')]", "[[x for x in y]]", "[[1", "5", "[[f'{x}']]"])
def test_code_in_the_place_of_a_literal_is_refused(literal: str) -> None:
    with pytest.raises(DataError, match=r"^t "):
        hub._inputs("t", f"inputs = {literal}\n")


@pytest.mark.data
@pytest.mark.parametrize(
    ("family", "count", "base"), [("humaneval-plus", 164, 1522), ("mbpp-plus", 378, 1173)]
)
def test_the_copies_on_the_hub(data_root: Path, family: str, count: int, base: int) -> None:
    loaded = tasks.load(family, "plus", DataSource(root=data_root, offline=True))
    assert len(loaded.tasks) == count
    assert sum(task.payload_of(tasks.Inputs).groups[0].calls for task in loaded.tasks) == base
    assert all(task.reference.strip() and task.entry_point for task in loaded.tasks)


def test_base_prompt(tmp_path: Path) -> None:
    made, task = load(write(tmp_path, "HumanEvalPlus.jsonl", ROW), style=PromptStyle.BASE)
    prompt = made.prompt(task)
    assert prompt.text == 'def add(a, b):\n    """Add."""\n'
    assert prompt.stop == made.sampling.stop
    assert {"\ndef ", "\nassert ", "\nif __name__", "</s>"} < set(prompt.stop)
    assert made.sampling.max_tokens == 768


def test_chat_prompt(tmp_path: Path) -> None:
    made, task = load(write(tmp_path, "HumanEvalPlus.jsonl", ROW))
    prompt = made.prompt(task)
    (message,) = prompt.messages
    assert message.role is Role.USER
    assert message.content == (
        "Please provide a self-contained Python script that solves the following problem in a markdown code "
        'block:\n```\ndef add(a, b):\n    """Add."""\n```\n'
    )
    assert prompt.prefill == (
        "Below is a Python script with a self-contained function that solves the problem and passes "
        "corresponding tests:\n```python\n"
    )
    assert prompt.stop[-1] == "\n```\n"


def with_expected(
    made: HumanEvalPlus, task: Problem, base: str = "3\n0.5\n", plus: str = '"ab"\n'
) -> Problem:
    steps = tuple(
        StepResult(name="run", status=StepStatus.EXITED, values=values, slow_calls=((0, 2.0),))
        for values in (base, plus)
    )
    return made.with_expected_outputs(task, Execution(task_id=task.task_id, sample=0, steps=steps))


def test_the_program_of_a_completion(tmp_path: Path) -> None:
    made, task = load(write(tmp_path, "HumanEvalPlus.jsonl", ROW))
    assert isinstance(made, NeedsExpectedOutputs)
    assert isinstance(made, ComparesValues)
    program = made.program(with_expected(made, task), made.reference(task))
    assert program.files[0].content == ROW["prompt"] + ROW["canonical_solution"]
    assert [step.part for step in program.steps] == ["base", "plus"]
    assert [step.expected for step in program.steps] == ["3\n0.5\n", '"ab"\n']
    assert program.steps[0].call_cpu_s == (8.0, 4.0)
    assert program.cumulative
    assert not any("ab" in file.content for file in program.files[1:]), "expected values stay on the host"


def test_a_solution_is_graded_as_it_is(tmp_path: Path) -> None:
    made, task = load(write(tmp_path, "HumanEvalPlus.jsonl", ROW))
    text = "import this\n```\n"
    completion = Completion(task_id=task.task_id, sample=0, text=text, kind=CompletionKind.SOLUTION)
    assert made.program(task, completion).files[0].content == text


def test_a_reference_that_fails_is_named(tmp_path: Path) -> None:
    made, task = load(write(tmp_path, "HumanEvalPlus.jsonl", ROW))
    with pytest.raises(DataError, match=r"HumanEval/0 .* 2 of 2 \(base\)"):
        with_expected(made, task, base="3\n")


@pytest.mark.parametrize(
    ("base", "plus", "parts"),
    [
        ("3\n0.5\n", '"ab"\n', ["PASSED", "PASSED"]),
        ("3\n0.5000001\n", '"ab"\n', ["PASSED", "PASSED"]),
        ("3\n0.5\n", '"ba"\n', ["PASSED", "WRONG_ANSWER"]),
        ("4\n0.5\n", '"ab"\n', ["WRONG_ANSWER", "WRONG_ANSWER"]),
        ("3\n", '"ab"\n', ["INCOMPLETE", "INCOMPLETE"]),
    ],
)
def test_plus_is_base_and_plus(tmp_path: Path, base: str, plus: str, parts: list[str]) -> None:
    made, task = load(write(tmp_path, "HumanEvalPlus.jsonl", ROW))
    program = made.program(with_expected(made, task), made.reference(task))
    results = tuple(
        StepResult(name="run", status=StepStatus.EXITED, values=values) for values in (base, plus)
    )
    execution = Execution(task_id=task.task_id, sample=0, steps=results)
    verdict = judge(program, execution, compare=made.compare)
    assert [part.outcome.value for part in verdict.parts] == parts
    assert verdict.outcome is Outcome(parts[1])


def test_a_part_that_never_ran_has_the_outcome_of_the_one_before(tmp_path: Path) -> None:
    made, task = load(write(tmp_path, "HumanEvalPlus.jsonl", ROW))
    program = made.program(with_expected(made, task), made.reference(task))
    failed = StepResult(name="run", status=StepStatus.EXITED, exit_code=1, report="raised\nValueError\nx")
    execution = Execution(task_id=task.task_id, sample=0, steps=(failed,))
    verdict = judge(program, execution, compare=made.compare)
    assert [part.outcome for part in verdict.parts] == [Outcome.RUNTIME_ERROR] * 2


def test_limits() -> None:
    quick = Group(name="base", inputs="[]", calls=3)
    assert call_limits(quick) == (4.0,)
    assert group_limits(quick).cpu_s == 13.0
    slow = msgspec.structs.replace(quick, slow={1: 2.5})
    assert call_limits(slow) == (4.0, 10.0, 4.0)
    assert group_limits(slow).cpu_s == 19.0
    many = msgspec.structs.replace(quick, calls=1000)
    assert group_limits(many).cpu_s == 61.0
