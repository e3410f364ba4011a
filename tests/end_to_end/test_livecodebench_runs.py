"""LiveCodeBench by the command: a run, its report, and the repair of its programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command import codeeval, complain, rows, succeed
from support import lcb_recordings, published

from codeeval import benchmarks
from codeeval import run as run_here
from codeeval.benchmarks.common import literals
from codeeval.benchmarks.common.literals import NoLiteralError
from codeeval.benchmarks.livecodebench import official
from codeeval.types import CompletionKind, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable

    from codeeval.types import Verdict

ROWS = Path(benchmarks.__path__[0]) / "livecodebench" / "golden"
DATASET = "livecodebench/code_generation_lite"
RIGHT = "a, b = map(int, input().split())\nprint(a + b)"
CPP = "#include <iostream>\nint main() { long long a, b; std::cin >> a >> b; std::cout << a + b; }"
ANSWERS = [
    ("livecodebench/own1_a", f"```python\n{RIGHT}\n```"),
    ("livecodebench/own1_a", "```python\nprint(5)\n```"),
    ("livecodebench/own1_a", "I cannot."),
    (
        "livecodebench/9001",
        "```python\nclass Solution:\n    def largest(self, values):\n        return 3\n```",
    ),
    (
        "livecodebench/9002",
        "```python\nclass Solution:\n    def pairs(self, values, skip):\n        1 / 0\n```",
    ),
]


def verdicts(run: Path) -> list[dict[str, Any]]:
    return rows(run / "verdicts.jsonl")


def answers(folder: Path, pairs: list[tuple[str, str]] = ANSWERS) -> Path:
    path = folder / "answers.jsonl"
    lines = [{"task_id": task_id, "text": text, "kind": "answer"} for task_id, text in pairs]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.mark.bubblewrap
def test_a_run_its_report_and_its_repair(tmp_path: Path) -> None:
    own = ("--data-root", str(ROWS), "--offline")
    run = tmp_path / "run"
    there = ("--out", str(run), "--sandbox", "bubblewrap", "--duplicates", "keep", "--k", "1")
    succeed("execute", "livecodebench:v6", str(answers(tmp_path)), "--from", "2024-03", *there, *own)
    outcomes = [(each["task_id"], each["outcome"]) for each in verdicts(run)]
    assert sorted(outcomes) == [
        ("livecodebench/9001", "WRONG_ANSWER"),
        ("livecodebench/9002", "RUNTIME_ERROR"),
        ("livecodebench/own1_a", "NO_CODE"),
        ("livecodebench/own1_a", "PASSED"),
        ("livecodebench/own1_a", "WRONG_ANSWER"),
    ]
    config = json.loads((run / "run.json").read_text())
    assert config["settings"]["release"] == "v6"
    assert config["settings"]["window"] == "2024-03 to the last"
    assert config["dataset"]["rows"] == 4
    groups = json.loads((run / "metrics.json").read_text())["groups"]
    assert groups["2024-03"]["metrics"]["pass@1"]["value"] == pytest.approx(1 / 3)
    assert {"easy", "hard", "atcoder", "leetcode", "2025-01", "2025-02"} <= groups.keys()

    page, charts = tmp_path / "report.html", tmp_path / "charts"
    drawn = ("--out", str(page), "--charts", str(charts), "--cutoff", "2025-01")
    succeed("report", str(run), *drawn, *own)
    assert "before 33.3%" in page.read_text()
    assert (charts / "livecodebench-v6-months.svg").is_file()
    complain(2, "--cutoff", "2024-06", of=codeeval("report", str(run), "--cutoff", "2024", *drawn[:2]))

    programs = tmp_path / "programs.json"
    succeed("export", str(run), "--format", "livecodebench", "--out", str(programs), *own)
    entries = {each["question_id"]: each for each in json.loads(programs.read_text())}
    assert entries["own1_a"]["graded_list"] == [True, False, False]
    told = json.loads(entries["own1_a"]["metadata"][1])
    assert (told["error_code"], told["inputs"], told["output"]) == (-2, "-4 1\n", "5\n")
    told = json.loads(entries["9001"]["metadata"][0])
    assert (told["inputs"], told["output"], told["expected"]) == ("[[-7, -5]]", "3", "-5")

    asked: list[str] = []

    def repair(messages: list[dict[str, str]]) -> str:
        asked.append(messages[-1]["content"])
        return f"It is a constant.\n```python\n{RIGHT}\n```"

    done = run_here(
        f"livecodebench-repair:{programs}",
        repair,
        out=tmp_path / "repaired",
        sandbox="bubblewrap",
        data_root=ROWS,
        offline=True,
        k=[1],
    )
    assert len(asked) == 4  # not about the one that passed
    assert sum("got a wrong answer" in text for text in asked) == 2
    assert done.metrics["pass@1"].value == pytest.approx(3 / 5)
    groups = json.loads((tmp_path / "repaired" / "metrics.json").read_text())["groups"]
    assert groups["failed before"]["metrics"]["pass@1"]["value"] == pytest.approx(2 / 4)


@pytest.mark.bubblewrap
def test_a_problem_whose_tests_cannot_be_read_costs_its_samples_alone(tmp_path: Path) -> None:
    written = [json.loads(line) for line in (ROWS / DATASET / "test1-6.jsonl").read_text().splitlines()]
    written[2]["private_test_cases"] = '[{"input": "[1]", "testtype": "functional"}]'
    (tmp_path / DATASET).mkdir(parents=True)
    path = tmp_path / DATASET / "test1-6.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in written))
    run = tmp_path / "run"
    done = codeeval(
        *("execute", "livecodebench", str(answers(tmp_path)), "--out", str(run), "--sandbox", "bubblewrap"),
        *("--duplicates", "keep", "--data-root", str(tmp_path), "--offline", "--k", "1"),
    )
    assert done.code == 6  # more than one sample in a hundred has no verdict
    failed = [each for each in verdicts(run) if each["outcome"] == "SANDBOX_ERROR"]
    assert [each["task_id"] for each in failed] == ["livecodebench/9001"]
    assert "row 3: private_test_cases" in failed[0]["detail"]
    assert "`output` - at `$[0]`" in failed[0]["detail"]
    assert len(verdicts(run)) == len(ANSWERS)


@pytest.mark.docker
def test_solutions_in_another_language(tmp_path: Path, demand_image: Callable[[str], None]) -> None:
    demand_image("gcc")
    fenced = [("livecodebench/own1_a", f"```cpp\n{CPP}\n```")]
    own = ("--data-root", str(ROWS), "--offline", "--sandbox", "docker", "--k", "1", "--language", "cpp")
    run = tmp_path / "run"
    succeed("execute", "livecodebench", str(answers(tmp_path, fenced)), "--out", str(run), *own)
    assert [(each["outcome"], len(each["cases"])) for each in verdicts(run)] == [("PASSED", 3)]
    config = json.loads((run / "run.json").read_text())
    assert (config["settings"]["language"], config["dataset"]["rows"]) == ("cpp", 2)
    assert config["limits"].keys() == {"cpp"}


@pytest.mark.data
@pytest.mark.published
def test_every_recorded_program_is_extracted_as_it_was() -> None:
    for each in lcb_recordings.recordings():
        found = official.extracted(each.output).code
        assert found == (each.code if each.code.strip() else "")


@pytest.mark.data
@pytest.mark.published
@pytest.mark.bubblewrap
def test_programs_that_an_older_runner_accepted_pass_under_fixed(data_root: Path, tmp_path: Path) -> None:
    """What the runner of today makes of them, test_judge_errors.py says."""
    tests = lcb_recordings.with_tests_seen(data_root, tmp_path)
    listed = [each for each in lcb_recordings.of_older_runner(tests) if each.passed]
    assert listed
    assert all(verdict.passed for verdict in judged(tmp_path, listed, "fixed").values())


def judged(
    root: Path, chosen: list[lcb_recordings.Recorded], protocol: str
) -> dict[tuple[str, str], Verdict]:
    made, problems = published.benchmark("livecodebench:v6", root, style=PromptStyle.CHAT, protocol=protocol)
    pairs = [(each.task_id, each.code) for each in chosen]
    return published.judged(made, problems, pairs, CompletionKind.SOLUTION, cpu_s=6.0)


@pytest.mark.published
def test_recorded_predictions_of_execution_are_consistent_with_comparing_literals() -> None:
    """The functions are on the Hub alone; so a prediction that passed stands for what each returns."""
    recorded: dict[str, dict[str, bool]] = {}
    for row in published.published_rows("livecodebench/code_execution.parquet"):
        recorded.setdefault(row["id"], {}).update(zip(row["generations"], row["passed"], strict=True))
    checked = 0
    for predictions in recorded.values():
        right = [value(text) for text, passed in predictions.items() if passed and value(text) is not None]
        if right:
            checked += 1
            for text, passed in predictions.items():
                found = value(text)
                assert (found is not None and literals.same(found, right[0])) == passed
    assert checked == 473


def value(text: str) -> tuple[object] | None:
    """Read a literal, as a tuple of one; None where the text is none."""
    try:
        return (literals.read(text),)
    except NoLiteralError:
        return None
