"""BigCodeBench: variants, prompts, assembly, extraction, groups, and its registries."""

from __future__ import annotations

import json
import re
import warnings
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from support.logs import warnings_of

from codeeval.benchmarks.bigcodebench import tasks
from codeeval.benchmarks.bigcodebench.benchmark import STOP_BASE, BigCodeBench
from codeeval.benchmarks.bigcodebench.variants import VARIANTS, parse_variant
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.types import (
    Completion,
    CompletionKind,
    CompletionOrigin,
    FinishReason,
    Oracle,
    Problem,
    PromptStyle,
    Role,
    UnittestStep,
)

if TYPE_CHECKING:
    from pathlib import Path

ROW = {
    "task_id": "BigCodeBench/7",
    "complete_prompt": 'import os\n\ndef task_func(x):\n    """Join."""\n',
    "instruct_prompt": "Join.\nYou should write self-contained code starting with:\n```\nimport os\n```",
    "canonical_solution": "    return os.sep + x",
    "code_prompt": "import os\n\ndef task_func(x):\n",
    "test": "import unittest\nclass TestCases(unittest.TestCase):\n    def test_a(self):\n        pass\n",
    "entry_point": "task_func",
    "doc_struct": "{}",
    "libs": "['os']",
}
ASKED = (
    "Please provide a self-contained Python script that solves "
    "the following problem in a markdown code block:"
)
CALIBRATION = "import os\n\ndef task_func(x):\n\n    pass\n"


def write(root: Path, rows: list[dict[str, Any]], split: str, dataset: str = "bigcodebench") -> None:
    folder = root / "bigcode" / dataset / "default"
    folder.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.Table.from_pylist(rows), folder / f"{split}.parquet")


def loaded(
    root: Path, variant: str = "", split: str | None = None, style: PromptStyle = PromptStyle.CHAT
) -> tuple[BigCodeBench, list[Problem]]:
    made = BigCodeBench(BenchmarkOptions(variant=variant, split=split, style=style))
    return made, list(made.load(DataSource(root=root, offline=True)).problems)


def source_of(root: Path, text: str, kind: CompletionKind, variant: str = "", **more: Any) -> tuple[str, str]:
    made, problems = loaded(root, variant)
    completion = Completion(task_id="BigCodeBench/7", sample=0, text=text, kind=kind, **more)
    program = made.program(problems[0], completion)
    return program.extraction.rule, program.files[0].content if program.files else ""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, [ROW, ROW | {"task_id": "BigCodeBench/1005"}], "v0.1.4")
    return tmp_path


def test_variants() -> None:
    assert [str(variant) for variant in VARIANTS] == [
        *("", "instruct", "complete-hard", "instruct-hard"),
        *("complete-uncalibrated", "instruct-uncalibrated"),
        *("complete-hard-uncalibrated", "instruct-hard-uncalibrated"),
    ]
    assert all(parse_variant(str(variant)) == variant for variant in VARIANTS)
    assert parse_variant("complete") == parse_variant("")
    assert str(parse_variant("hard")) == "complete-hard"
    assert BigCodeBench(BenchmarkOptions(variant="complete")).name == "bigcodebench"
    for wrong in ("soft", "hard-instruct", "instruct-", "-"):
        with pytest.raises(UnknownName, match=re.escape(repr(wrong))):
            parse_variant(wrong)


def test_options_that_do_not_exist() -> None:
    with pytest.raises(UnknownName, match="'test'"):
        BigCodeBench(BenchmarkOptions(split="test"))
    with pytest.raises(UsageError, match=r"bigcodebench .* 1"):
        BigCodeBench(BenchmarkOptions(shots=1))


def test_prompts(root: Path) -> None:
    made, problems = loaded(root)
    prompt = made.prompt(problems[0])
    assert [(each.role, each.content) for each in prompt.messages] == [
        (
            Role.USER,
            f'{ASKED}\n```\nimport os\n\ndef task_func(x):\n    """Join."""\n```\n',
        )
    ]
    assert prompt.prefill == (
        "Below is a Python script with a self-contained function that solves the problem and passes "
        "corresponding tests:\n```python\n"
    )
    made, problems = loaded(root, "instruct", style=PromptStyle.BASE)  # only chat models are asked so
    assert made.prompt(problems[0]).messages[0].content == f"{ASKED}\n{ROW['instruct_prompt']}\n"
    made, problems = loaded(root, style=PromptStyle.BASE)
    assert made.prompt(problems[0]).text == ROW["complete_prompt"]
    assert made.sampling.stop == STOP_BASE
    assert made.sampling.max_tokens == 1280


def test_the_program(root: Path) -> None:
    made, problems = loaded(root)
    program = made.program(problems[0], made.reference(problems[0]))
    assert [(file.path, file.content) for file in program.files] == [
        ("solution.py", f"{CALIBRATION}{ROW['complete_prompt']}\n{ROW['canonical_solution']}\n"),
        ("tests.py", ROW["test"]),
    ]
    assert isinstance(program.steps[0], UnittestStep)
    assert program.oracle is Oracle.TESTS
    assert program.steps[0].limits.wall_s == 241
    assert program.steps[0].tests == ("test_a",)
    assert program.image == "python-bigcodebench"


@pytest.mark.parametrize("variant", ["", "instruct"])
def test_samples_from_a_file_run_as_they_are(root: Path, variant: str) -> None:
    text = "    return x  # wrong\n\nprint(task_func('a'))"
    file = {"origin": CompletionOrigin.FILE}
    rule, source = source_of(root, text, CompletionKind.CONTINUATION, variant, **file)
    assert (rule, source) == ("as-is", f"{CALIBRATION}{ROW['complete_prompt']}{text}\n")
    rule, source = source_of(root, "def task_func(x): ...", CompletionKind.SOLUTION, variant)
    assert (rule, source) == ("as-is", f"{CALIBRATION}def task_func(x): ...\n")
    _, source = source_of(root, "x = 1", CompletionKind.SOLUTION, f"{variant or 'complete'}-uncalibrated")
    assert source == "x = 1\n"


def test_what_a_model_wrote_is_sanitised(root: Path) -> None:
    text = "    return os.sep + x\n\nprint(task_func('a'))"
    head = 'import os\ndef task_func(x):\n    """Join."""\n    return os.sep + x\n'
    for reason in (FinishReason.STOP, FinishReason.UNKNOWN):  # some servers give none
        rule, source = source_of(root, text, CompletionKind.CONTINUATION, finish_reason=reason)
        assert (rule, source) == ("sanitised", CALIBRATION + head)
    code = "import os\ndef task_func(x):\n    return x"
    answer = f"<think>def task_func(x): no</think>Here:\n```python\n{code}\n```\nDone."
    rule, source = source_of(root, answer, CompletionKind.ANSWER)
    assert (rule, source) == ("sanitised", f"{CALIBRATION}{code}\n")


def test_an_answer_that_continues_the_prefill_is_cut_at_stop_sequences(root: Path) -> None:
    made, problems = loaded(root)
    prefill = made.prompt(problems[0]).prefill
    code = "def task_func(x):\n    return x"
    longer = "\n".join(f"line_{number} = {number}" for number in range(9))
    _, source = source_of(root, f"{prefill}{code}\n```\n```python\n{longer}\n```", CompletionKind.ANSWER)
    assert source == f"{CALIBRATION}{code}\n"
    _, source = source_of(root, f"{code}\n```\n```python\n{longer}\n```", CompletionKind.ANSWER)
    assert (
        source == f"{CALIBRATION}{longer}\n"
    )  # the longest block; a server that stops nowhere was not asked to


def test_no_code(root: Path) -> None:
    assert source_of(root, "", CompletionKind.ANSWER) == ("none", "")


def test_groups(root: Path) -> None:
    write(root, [ROW], "v0.1.4", "bigcodebench-hard")
    _, problems = loaded(root)
    assert {problem.task_id: problem.groups for problem in problems} == {
        "BigCodeBench/7": ("hard", "intact"),
        "BigCodeBench/1005": (),
    }
    made, problems = loaded(root, "instruct-hard")
    assert [problem.groups for problem in problems] == [("hard", "intact")]
    assert (made.settings["subset"], made.settings["calibrated"]) == ("hard", "yes")


def test_the_newest_available_version(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warned = warnings_of("codeeval.benchmarks.bigcodebench.benchmark", monkeypatch)
    write(root, [ROW], "v0.1.5")
    made, problems = loaded(root)
    assert (made.settings["split"], len(problems)) == ("v0.1.4", 2)  # the protocol's, not a later one
    assert not warned
    made, problems = loaded(root, split="v0.1.5")
    assert (made.settings["split"], len(problems)) == ("v0.1.5", 1)
    (root / "bigcode/bigcodebench/default/v0.1.4.parquet").unlink()
    write(root, [ROW], "v0.1.0_hf")
    made, _ = loaded(root)
    assert made.settings["split"] == "v0.1.0_hf"
    assert all(version in warned[-1] for version in ("v0.1.0_hf", "v0.1.4"))


def test_a_missing_version(root: Path) -> None:
    with pytest.raises(DataError, match=r"split v0\.1\.2") as caught:
        loaded(root, split="v0.1.2")
    assert all(fact in caught.value.remedy for fact in ("v0.1.4", "--split"))


def test_a_row_without_a_field(tmp_path: Path) -> None:
    write(tmp_path, [ROW, {key: value for key, value in ROW.items() if key != "test"}], "v0.1.4")
    with pytest.raises(DataError, match=r"v0\.1\.4\), row 1: .*`null`.*test"):
        loaded(tmp_path)


def test_without_the_hard_subset(root: Path) -> None:
    with pytest.raises(DataError, match="bigcode/bigcodebench-hard") as caught:
        loaded(root, "hard")
    assert "hf download bigcode/bigcodebench-hard" in caught.value.remedy


def test_problems_of_others_are_refused(root: Path) -> None:
    made, problems = loaded(root)
    other = Problem(task_id="a", prompt="", entry_point="f", reference="", tests=("",))
    with pytest.raises(UsageError, match="a is no task of this benchmark"):
        made.program(other, made.reference(problems[0]))


def test_registries_are_sound() -> None:
    flaws = tasks.flaws()
    assert len({flaw.task_id for flaw in flaws}) == len(flaws)
    for flaw in flaws:
        assert flaw.source.startswith("https://github.com/bigcode-project/bigcodebench")
        assert not flaw.fixed_in or flaw.fixed_in in tasks.SPLITS
    assert {"BigCodeBench/12", "BigCodeBench/1005"} <= tasks.broken_ids("v0.1.4")
    assert "BigCodeBench/37" in tasks.broken_ids("v0.1.0_hf") - tasks.broken_ids("v0.1.4")
    assert all(text for text in tasks.known_failures().values())


def test_a_malformed_registry_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_text('{"task_id":"a","cause":"b","explanation":"c","source":"d"}\n{}\n')
    monkeypatch.setattr(tasks, "__file__", str(tmp_path / "tasks.py"))
    with pytest.raises(DataError, match=r"broken\.jsonl:2: "):
        tasks.flaws()


@pytest.mark.data
def test_the_real_tasks(data_root: Path) -> None:
    made = BigCodeBench(BenchmarkOptions())
    problems = made.load(DataSource(root=data_root, offline=True)).problems
    assert len({problem.task_id for problem in problems}) == 1140
    known = {problem.task_id for problem in problems}
    assert known >= tasks.broken_ids("v0.1.0_hf") | tasks.known_failures().keys()
    for problem in problems:
        program = made.program(problem, made.reference(problem))
        with warnings.catch_warnings(action="ignore"):
            compile(program.files[0].content, "solution.py", "exec", dont_inherit=True)
        assert "class TestCases(" in program.files[1].content
        assert not {"unittest", "mock"} & set(problem.setup.split())
    assert json.dumps(made.settings)
