"""The files of MultiPL-E's own scripts: read as samples, and written so that its pass_k.py reads them."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakeModel, fake_config

from codeeval.benchmarks.multipl_e.benchmark import MultiplE
from codeeval.errors import DataError, UsageError
from codeeval.formats import ExportFormat, export
from codeeval.interfaces import BenchmarkOptions, DataSource, SourceSpec
from codeeval.judging import judge
from codeeval.records import RunDirectory
from codeeval.sources.file import FileSource
from codeeval.types import (
    Completion,
    CompletionKind,
    Execution,
    Outcome,
    PromptStyle,
    StepResult,
    StepStatus,
)

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.types import Problem

NAME = "HumanEval_2_truncate_number"


@pytest.fixture(scope="module")
def twelve() -> MultiplE:
    return MultiplE(BenchmarkOptions(variant="twelve-c", style=PromptStyle.BASE))


@pytest.fixture(scope="module")
def problems(twelve: MultiplE) -> dict[str, Problem]:
    return {each.task_id: each for each in twelve.load(DataSource(offline=True)).problems}


def written(folder: Path, name: str, value: object, *, ending: str = ".json.gz") -> Path:
    path = folder / f"{name}{ending}"
    data = json.dumps(value).encode()
    path.write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
    return path


def of(problem: Problem, completions: list[object], **other: object) -> dict[str, object]:
    value = {"name": problem.task_id, "language": "c", "prompt": problem.prompt, "tests": problem.tests[0]}
    return value | {"completions": completions, "stop_tokens": ["\n}"], "temperature": 0.2} | other


async def read(source: FileSource, problem: Problem) -> list[Completion]:
    count = source.available(problem.task_id) or 0
    return await source.completions(problem, range(count))


def opened(path: Path, *, keep_going: bool = False) -> FileSource:
    return FileSource(SourceSpec(source="file", name=str(path), keep_going=keep_going), FakeBenchmark(1))


@pytest.mark.parametrize("ending", [".json.gz", ".json"])
async def test_a_folder_and_a_file_of_completions(
    tmp_path: Path, problems: dict[str, Problem], ending: str
) -> None:
    problem = problems[NAME]
    file = written(tmp_path, NAME, of(problem, ["a", "b\ud800"]), ending=ending)
    written(tmp_path, NAME, {"results": []}, ending=".results" + ending)
    for path in (tmp_path, file):
        model = opened(path)
        assert list(model.task_ids()) == [NAME]
        samples = await read(model, problem)
        assert [each.kind for each in samples] == [CompletionKind.CONTINUATION] * 2
        assert samples[0].text == "a"


async def test_a_files_own_prompt_counts(tmp_path: Path, problems: dict[str, Problem]) -> None:
    """Source: chat_completions.py, which stores an empty prompt and whole programs."""
    problem = problems[NAME]
    written(tmp_path, NAME, of(problem, ["double truncate_number(double x) {\n"], prompt=""))
    (sample,) = await read(opened(tmp_path), problem)
    assert sample.kind is CompletionKind.SOLUTION
    written(tmp_path, NAME, of(problem, ["body"], prompt="// other\n"))
    (sample,) = await read(opened(tmp_path), problem)
    assert (sample.kind, sample.text) == (CompletionKind.SOLUTION, "// other\nbody")


@pytest.mark.parametrize(
    ("value", "facts"),
    [
        ([], ".*list"),
        ({"name": "x"}, ".*completions"),
        ({"name": "x", "completions": "text"}, "completions .*str"),
        ({"name": "x", "completions": [1]}, ".*string"),
        ({"completions": ["a"]}, ".*name"),
    ],
)
def test_malformed_files_are_named_or_excluded(
    tmp_path: Path, problems: dict[str, Problem], value: object, facts: str
) -> None:
    written(tmp_path, "bad", value)
    written(tmp_path, NAME, of(problems[NAME], ["a"]))
    with pytest.raises(DataError, match=rf"bad\.json\.gz: {facts}"):
        opened(tmp_path)
    model = opened(tmp_path, keep_going=True)
    assert model.skipped_count == 1
    assert list(model.task_ids()) == [NAME]


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x.json.gz").write_bytes(b"\x1f\x8bno")
    with pytest.raises(DataError, match=r"x\.json\.gz: "):
        opened(tmp_path)


def estimated(folder: Path, name: str) -> tuple[int, int]:
    """What pass_k.py counts: results, and those whose status is OK and whose exit code is 0."""
    with gzip.open(folder / f"{name}.results.json.gz", "rt") as file:
        data = json.load(file)
    assert data["temperature"] == 0.0
    good = [each for each in data["results"] if each["status"] == "OK" and each["exit_code"] == 0]
    return len(data["results"]), len(good)


def test_export_writes_completions_and_results(
    tmp_path: Path, twelve: MultiplE, problems: dict[str, Problem]
) -> None:
    problem = problems[NAME]
    endings = [
        {"completed": True},
        {"exit_code": 0},
        {"status": "cpu_limit"},
        {"status": "signaled", "signal": 11},
        {"name": "compile", "exit_code": 1},
    ]
    plan = {NAME: len(endings) + 1}
    with RunDirectory.create(
        tmp_path / "run", fake_config(FakeBenchmark(1), FakeModel(), plan), [NAME]
    ) as run:
        for sample in range(plan[NAME]):
            text = problem.reference + ("\n}\nint more;" if sample == 0 else "")
            kind = CompletionKind.CONTINUATION
            completion = Completion(task_id=NAME, sample=sample, text=text, kind=kind)
            run.add_completion(completion)
            if sample == len(endings):
                break  # not executed: its evaluator continues from here
            program = twelve.program(problem, completion)
            steps = [msgspec.convert({"status": "exited", "name": "run"} | endings[sample], StepResult)]
            if steps[0].name == "run":
                steps.insert(0, StepResult(name="compile", status=StepStatus.EXITED))
            run.add_verdict(judge(program, Execution(task_id=NAME, sample=sample, steps=tuple(steps))))
        outcomes = [run.outcome(index) for index in range(len(endings))]
        assert outcomes == [
            *(Outcome.PASSED, Outcome.INCOMPLETE, Outcome.TIMEOUT, Outcome.RUNTIME_ERROR),
            Outcome.COMPILE_ERROR,
        ]
        assert export(run, twelve, problems, ExportFormat.MULTIPL_E, tmp_path / "out") == plan[NAME]
    with gzip.open(tmp_path / "out" / f"{NAME}.json.gz", "rt") as file:
        data = json.load(file)
    assert data["completions"] == [problem.reference] * plan[NAME]
    assert (data["language"], data["prompt"], data["tests"]) == ("c", problem.prompt, problem.tests[0])
    assert estimated(tmp_path / "out", NAME) == (len(endings), 1)
    with gzip.open(tmp_path / "out" / f"{NAME}.results.json.gz", "rt") as file:
        results = json.load(file)["results"]
    assert [each["status"] for each in results] == ["OK", "Exception", "Timeout", "Exception", "SyntaxError"]
    assert [each["exit_code"] for each in results] == [0, 0, -1, -11, 1]
    assert results[0]["program"] == f"{problem.prompt}{problem.reference}\n{problem.tests[0]}"
    assert {*results[0]} == {"program", "timestamp", "stdout", "stderr", "exit_code", "status"}
    model = opened(tmp_path / "out")
    assert model.available(NAME) == plan[NAME]


def test_each_format_has_its_benchmarks(
    tmp_path: Path, twelve: MultiplE, problems: dict[str, Problem]
) -> None:
    config = fake_config(FakeBenchmark(1), FakeModel(), {NAME: 1})
    with RunDirectory.create(tmp_path / "run", config, [NAME]) as run:
        with pytest.raises(DataError, match=re.escape(str(tmp_path / "run"))):
            export(run, twelve, problems, ExportFormat.MULTIPL_E, tmp_path / "out")
        run.add_completion(Completion(task_id=NAME, sample=0, text="", kind=CompletionKind.CONTINUATION))
        with pytest.raises(UsageError, match="--format multipl-e"):
            export(run, twelve, problems, ExportFormat.HUMAN_EVAL, tmp_path / "out")
        with pytest.raises(UsageError, match=r"^fake "):
            export(run, FakeBenchmark(1), problems, ExportFormat.MULTIPL_E, tmp_path / "out")
