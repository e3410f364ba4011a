"""HumanEval Pro, MBPP Pro and BigCodeBench-Lite Pro through the whole pipeline, in real sandboxes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from command import rows, succeed

from codeeval import registry
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.session.doctor import REFERENCE
from codeeval.types import Completion, CompletionKind, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import ReferenceRun

    from codeeval.interfaces import Benchmark
    from codeeval.types import Problem

pytestmark = pytest.mark.data

SHARES = 16
BROKEN = {
    "36": "AssertionError",  # floats compared exactly: `sum` is more precise since Python 3.12
    "117": "AssertionError",
    "260": "AssertionError",
    "BigCodeBench/551": "AssertionError",  # the expected results are those of local time in UTC+8
    "BigCodeBench/897": "AssertionError",  # two readings of the clock, a second apart now and then
}
DOCKER = pytest.param("docker", marks=pytest.mark.docker)
BUBBLEWRAP = pytest.param("bubblewrap", marks=pytest.mark.bubblewrap)


def load(name: str, root: Path) -> tuple[Benchmark, tuple[Problem, ...]]:
    benchmark = registry.benchmark_factory(name)(BenchmarkOptions())
    return benchmark, benchmark.load(DataSource(root=root, offline=True)).problems


@pytest.mark.parametrize(
    ("sandbox", "name", "tasks"),
    [
        pytest.param("docker", "humaneval-pro", 164, marks=pytest.mark.docker),
        pytest.param("bubblewrap", "humaneval-pro", 164, marks=pytest.mark.bubblewrap),
        pytest.param("docker", "mbpp-pro", 378, marks=pytest.mark.docker),
        pytest.param("bubblewrap", "mbpp-pro", 378, marks=pytest.mark.bubblewrap),
        pytest.param("docker", "bigcodebench-lite-pro", 57, marks=pytest.mark.docker),
    ],
)
def test_every_reference_solution_passes(
    sandbox: str, name: str, tasks: int, reference_run: ReferenceRun
) -> None:
    lines = rows(reference_run(name, "", sandbox) / "verdicts.jsonl")
    assert len({line["task_id"] for line in lines}) == len(lines) == tasks
    failed = {line["task_id"]: line["detail"] for line in lines if line["outcome"] != "PASSED"}
    known = {} if name == "humaneval-pro" else BROKEN
    assert failed.items() <= known.items()


@pytest.mark.parametrize(
    ("sandbox", "name", "first"),
    [
        pytest.param("docker", "humaneval-pro", 0, marks=pytest.mark.docker),
        pytest.param("bubblewrap", "humaneval-pro", 8, marks=pytest.mark.bubblewrap),
        pytest.param("docker", "mbpp-pro", 0, marks=pytest.mark.docker),
        pytest.param("bubblewrap", "mbpp-pro", 8, marks=pytest.mark.bubblewrap),
        pytest.param("docker", "bigcodebench-lite-pro", 8, marks=pytest.mark.docker),
    ],
)
def test_no_cheat_passes_in_any_part(sandbox: str, first: int, name: str, data_root: Path) -> None:
    problems = load(name, data_root)[1][first::SHARES]
    tasks = [problem.task_id for problem in problems if problem.task_id not in BROKEN]
    chosen = [argument for task in tasks for argument in ("--task", task)]
    found = succeed("doctor", name, *chosen, "--sandbox", sandbox, "--json", "-q").json
    assert found["failures"] == []
    counts = {count["control"]: count for count in found["controls"]}
    assert counts.pop(REFERENCE)["outcomes"] == {Outcome.PASSED: len(tasks)}
    assert len(counts) >= 20


def run_samples(name: str, samples: list[dict[str, Any]], sandbox: str, folder: Path) -> Path:
    file = folder / "results.jsonl"
    file.write_text("".join(json.dumps(sample) + "\n" for sample in samples))
    succeed("execute", name, file, "--sandbox", sandbox, "--out", folder / "run", "-q")
    return folder / "run"


def parts(line: dict[str, Any]) -> dict[str, str]:
    return {part["name"]: part["outcome"] for part in line.get("parts", ())}


@pytest.mark.parametrize("sandbox", [DOCKER, BUBBLEWRAP])
def test_the_official_sample_files_and_the_better_of_two_scores(
    sandbox: str, data_root: Path, tmp_path: Path
) -> None:
    """Rows as eval/inference.py writes them: the dataset's numbers as ids, completions cut at the fence."""
    _, problems = load("humaneval-pro", data_root)
    good = {problem.task_id: problem.reference for problem in problems}
    samples = [
        {"task_id": 0, "completion": good["0"]},
        {"task_id": 1, "completion": good["1"] + "\n# Test\nassert False, 'mine'\n"},
        {"task_id": 2, "completion": good["2"] + "\nif __name__ == '__main__':\n    oops(\n"},
        {"task_id": 4, "completion": "    # Test\n" + good["4"]},
        {"task_id": 6, "completion": "    return undefined\n"},
    ]
    run = run_samples("humaneval-pro", samples, sandbox, tmp_path)
    lines = {line["task_id"]: line for line in rows(run / "verdicts.jsonl")}
    assert {task: line["outcome"] for task, line in lines.items()} == {
        "0": "PASSED",
        "1": "WRONG_ANSWER",
        "2": "COMPILE_ERROR",
        "4": "PASSED",
        "6": "RUNTIME_ERROR",
    }
    assert parts(lines["0"]) == parts(lines["6"]) == {}
    assert parts(lines["1"]) == {"raw": "WRONG_ANSWER", "sanitised": "PASSED"}
    assert parts(lines["2"]) == {"raw": "COMPILE_ERROR", "sanitised": "PASSED"}
    assert parts(lines["4"])["raw"] == "PASSED"
    assert parts(lines["4"])["sanitised"] != "PASSED", "sanitising cut the solution away"
    metrics = json.loads((run / "metrics.json").read_text())
    values = {name: each["value"] for name, each in metrics["metrics"].items()}
    assert values == pytest.approx({"pass@1": 0.6, "raw.pass@1": 0.4, "sanitised.pass@1": 0.6})
    assert metrics["exceptions"] == {"AssertionError": 1, "NameError": 1, "SyntaxError": 1}
    assert metrics["groups"]["intact"]["samples"] == 4, "the tests of task 4 want one constant only"

    shown = succeed("show", run, "--task", "1").out
    assert "sanitised: PASSED" in shown
    exported = tmp_path / "out.jsonl"
    succeed("export", run, "--format", "human-eval", "--out", exported, "-q")
    assert rows(exported) == [{**sample, "task_id": str(sample["task_id"])} for sample in samples]


@pytest.mark.docker
def test_a_main_block_runs_as_it_does_in_a_script(data_root: Path, tmp_path: Path) -> None:
    benchmark, problems = load("bigcodebench-lite-pro", data_root)
    problem = problems[0]
    program = benchmark.program(problem, benchmark.reference(problem))
    text = program.files[0].content + "if __name__ == '__main__':\n\traise KeyError(__name__)\n"
    sample = Completion(task_id=problem.task_id, sample=0, text=text, kind=CompletionKind.SOLUTION)
    row = {"task_id": sample.task_id, "solution": sample.text}
    (line,) = rows(run_samples("bigcodebench-lite-pro", [row], "docker", tmp_path) / "verdicts.jsonl")
    assert parts(line) == {"raw": "RUNTIME_ERROR", "sanitised": "PASSED"}
    assert line["detail"] == "KeyError: '__main__'"


@pytest.mark.parametrize("sandbox", [BUBBLEWRAP])
def test_what_self_invoking_costs(sandbox: str, data_root: Path, tmp_path: Path) -> None:
    _, problems = load("humaneval-pro", data_root)
    base, _ = tmp_path / "base", (tmp_path / "base").mkdir()
    pro, _ = tmp_path / "pro", (tmp_path / "pro").mkdir()
    bodies = {number: problems[number].reference.split("\n#")[0] for number in (0, 1, 2)}
    wrong = "    return undefined\n"
    before = [{"task_id": f"HumanEval/{n}", "completion": text} for n, text in bodies.items()]
    after = [{"task_id": n, "completion": problems[n].reference if n == 0 else wrong} for n in (0, 1, 2, 4)]
    first = run_samples("humaneval", before, sandbox, base)
    second = run_samples("humaneval-pro", after, sandbox, pro)
    found = succeed("show", first, second, "--json").json
    (join,) = found["joins"]
    assert [join[name] for name in ("tasks", "both", "only_first", "only_other", "neither")] == [
        3,
        1,
        2,
        0,
        0,
    ]
    assert join["contrast"]["difference"] == pytest.approx(-2 / 3)
    shown = succeed("show", first, second).out
    assert "difference -66.7 pp" in shown
    assert " 3 tasks " in shown
