"""A user's own problems, run by the command: three languages, in real sandboxes, and files with mistakes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command import codeeval, complain, rows, succeed, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PYTHON = {
    "task_id": "python",
    "prompt": "Write a function `add(a, b)`.",
    "entry_point": "add",
    "tests": ["assert add(1, 2) == 3", "assert add(-1, 1) == 0"],
    "reference": "def add(a, b):\n    return a + b\n",
}
RUST = {
    "task_id": "rust",
    "language": "rust",
    "prompt": "/// The sum.\nfn add(a: i64, b: i64) -> i64 {\n",
    "entry_point": "add",
    "tests": "}\n\nfn main() {\n    assert_eq!(add(1, 2), 3);\n}\n",
    "reference": "    a + b",
}
JAVASCRIPT = {
    "task_id": "javascript",
    "language": "javascript",
    "prompt": "Write a function `add(a, b)`.",
    "entry_point": "add",
    "tests": "require('assert').strictEqual(add(1, 2), 3);\n",
    "reference": "function add(a, b) {\n  return a + b;\n}\n",
}
THREE = (PYTHON, RUST, JAVASCRIPT)
SAMPLES = {
    ("python", "def add(a, b):\n    return a + b\n"): "PASSED",
    ("python", "def add(a, b):\n    return a - b\n"): "WRONG_ANSWER",
    ("python", "def add(a, b):\n    return 3\n"): "WRONG_ANSWER",
    ("python", "import os\nos._exit(0)\n"): "INCOMPLETE",
    ("python", "import socket\nsocket.create_connection(('127.0.0.1', 1))\n"): "RUNTIME_ERROR",
    ("rust", "fn add(a: i64, b: i64) -> i64 {\n    b + a\n}\n"): "PASSED",
    ("rust", "fn add(a: i64, b: i64) -> i64 {\n    a * b\n}\n"): "WRONG_ANSWER",
    ("rust", "fn add(a: i64, b: i64) -> i64 {\n    a + \n}\n"): "COMPILE_ERROR",
    ("javascript", "const add = (a, b) => a + b;\n"): "PASSED",
    ("javascript", "process.exit(0);\n"): "INCOMPLETE",
    ("javascript", "function add(a, b) { return a; }\n"): "WRONG_ANSWER",
}


ADD = {
    "task_id": "add",
    "prompt": "Add the numbers on standard input.",
    "cases": [
        {"input": "1 2\n", "output": "3\n"},
        {"input": "-7 7\n", "output": "0\n", "name": "zero"},
        {"input": "40 2\n", "output": "42\n"},
    ],
    "limits": {"cpu_s": 1, "memory": "128M"},
    "reference": "import sys\nprint(sum(map(int, sys.stdin.read().split())))\n",
}
HALF = {
    "task_id": "half",
    "language": "cpp",
    "prompt": "Print half of a number.",
    "cases": [{"input": "1\n", "output": "0.5\n"}, {"input": "2\n", "output": "1\n"}],
    "comparison": "floats",
    "run_all_cases": True,
    "reference": "#include <iostream>\nint main() { double x; std::cin >> x; std::cout << x / 2; }\n",
}
DIVISOR = {
    "task_id": "divisor",
    "prompt": "Print any divisor of a number but 1 and itself.",
    "cases": [{"input": "12\n"}, {"input": "35\n"}],
    "checker": "number = int(open('input.txt').read())\ntext = open('output.txt').read().strip()\n"
    "good = text.isdecimal() and 1 < int(text) < number and number % int(text) == 0\n"
    "raise SystemExit(0 if good else 1)\n",
    "reference": "n = int(input())\nprint(next(d for d in range(2, n) if n % d == 0))\n",
}
C = "#include <cstdio>\nint main() { double x; %s }\n"
PROGRAMS = {
    ("add", ADD["reference"]): "PASSED",
    ("add", "print(3)\n"): "WRONG_ANSWER",
    ("add", "import sys\nprint('  3 ' if '1' in sys.stdin.read() else 0)\n"): "WRONG_ANSWER",
    ("add", "while True:\n    pass\n"): "TIMEOUT",
    ("add", "x = bytearray(1 << 28)\n"): "MEMORY_LIMIT",
    ("add", "print(1 / 0)\n"): "RUNTIME_ERROR",
    ("add", "print(\n"): "COMPILE_ERROR",
    ("add", "import os\nprint(3, flush=True)\nos._exit(3)\n"): "RUNTIME_ERROR",
    ("half", HALF["reference"]): "PASSED",
    ("half", C % 'scanf("%lf", &x); printf("%.12f", x / 2);'): "PASSED",
    ("half", C % 'puts("1");'): "WRONG_ANSWER",
    ("half", C % "return y;"): "COMPILE_ERROR",
    ("divisor", "n = int(input())\nprint(next(d for d in range(n - 1, 1, -1) if n % d == 0))\n"): "PASSED",
    ("divisor", "print(2)\n"): "WRONG_ANSWER",
    ("divisor", "print('2; everything')\n"): "WRONG_ANSWER",
}


def written(folder: Path, *tasks: dict[str, object]) -> str:
    """Write a file of tasks; returns the benchmark's name."""
    (folder / "mine.jsonl").write_text("".join(json.dumps(task) + "\n" for task in tasks))
    return "tasks:mine.jsonl"


@pytest.fixture
def three(tmp_path: Path, demand_image: Callable[[str], None]) -> str:
    for image in ("python", "rust", "node"):
        demand_image(image)
    return written(tmp_path, *THREE)


@pytest.mark.docker
def test_the_doctor_finds_three_languages_sound(three: str, tmp_path: Path) -> None:
    found = succeed("doctor", three, "--sandbox", "docker", "--json", cwd=tmp_path).json
    assert found["failures"] == []
    tried = {control["control"]: control["tried"] for control in found["controls"]}
    assert tried["reference solution"] == 3
    assert sum(tried.values()) > 30, "cheats were tried"


@pytest.mark.docker
def test_the_doctor_finds_weak_tests(tmp_path: Path) -> None:
    weak = PYTHON | {"tests": "add"}
    wrong = PYTHON | {"task_id": "wrong", "reference": "def add(a, b):\n    return 0\n"}
    name = written(tmp_path, weak, wrong)
    found = codeeval("doctor", name, "--sandbox", "docker", "--json", cwd=tmp_path)
    assert found.code == 1
    failed = {(each["task_id"], each["control"]) for each in found.json["failures"]}
    assert ("python", "empty-body") in failed
    assert ("wrong", "reference solution") in failed


def execute(folder: Path, name: str, samples: dict[tuple[str, str], str]) -> None:
    """Execute solutions, and compare their outcomes with those that they must have."""
    lines = [json.dumps({"task_id": task, "solution": text}) for task, text in samples]
    (folder / "samples.jsonl").write_text("\n".join(lines))
    succeed("execute", name, "samples.jsonl", "--out", "run", "--sandbox", "docker", cwd=folder)
    found = verdicts(folder / "run")
    numbers: dict[str, int] = {}
    for (task, text), outcome in samples.items():
        number = numbers.get(task, 0)
        numbers[task] = number + 1
        assert found[task, number] == outcome, text


@pytest.mark.docker
def test_programs_are_judged_by_cases_and_checkers(
    tmp_path: Path, demand_image: Callable[[str], None]
) -> None:
    demand_image("gcc")
    name = written(tmp_path, ADD, HALF, DIVISOR)
    assert succeed("doctor", name, "--sandbox", "docker", "--json", cwd=tmp_path).json["failures"] == []
    execute(tmp_path, name, PROGRAMS)
    lines = rows(tmp_path / "run" / "verdicts.jsonl")
    cases = {(line["task_id"], line["sample"]): line["cases"] for line in lines if "cases" in line}
    assert [case["outcome"] for case in cases["add", 0]] == ["PASSED"] * 3
    assert [case["outcome"] for case in cases["add", 1]] == ["PASSED", "WRONG_ANSWER"], "it stops there"
    assert [case["outcome"] for case in cases["half", 2]] == ["WRONG_ANSWER", "PASSED"], "it continues"
    shown = succeed("show", "run", "--task", "add", "--sample", "1", cwd=tmp_path).out
    assert "zero" in shown, "the case that failed is named"


@pytest.mark.docker
def test_samples_of_a_file_are_judged(three: str, tmp_path: Path) -> None:
    execute(tmp_path, three, SAMPLES)
    config = json.loads((tmp_path / "run" / "run.json").read_text())
    assert config["benchmark"] == "tasks:mine.jsonl"
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert set(metrics["groups"]) == {"python", "rust", "javascript"}


@pytest.mark.bubblewrap
def test_python_tasks_need_no_engine(tmp_path: Path) -> None:
    name = written(tmp_path, PYTHON)
    succeed("run", name, "--model", "reference:", "--out", "run", "--sandbox", "bubblewrap", cwd=tmp_path)
    assert verdicts(tmp_path / "run") == {("python", 0): "PASSED"}
    shown = succeed("show", "run", "--task", "python", cwd=tmp_path).out
    assert "add(a, b)" in shown
    again = succeed("score", tmp_path / "run")
    assert "100.0%" in again.out


def test_a_run_is_taken_up_only_on_the_same_file(tmp_path: Path) -> None:
    name = written(tmp_path, PYTHON)
    generate = ("generate", name, "--model", "file:samples.jsonl", "--out", "run")
    (tmp_path / "samples.jsonl").write_text(json.dumps({"task_id": "python", "solution": "x = 1"}))
    succeed(*generate, cwd=tmp_path)
    succeed(*generate, cwd=tmp_path)
    written(tmp_path, PYTHON | {"tests": "assert add(1, 2) == 4"})
    complain(2, "dataset.sha256", of=codeeval(*generate, cwd=tmp_path))


@pytest.mark.docker
def test_the_examples_are_sound(tmp_path: Path, demand_image: Callable[[str], None]) -> None:
    for image in ("python", "rust", "gcc"):
        demand_image(image)
    found = succeed("doctor", "tasks:examples", "--sandbox", "docker", "--json", cwd=tmp_path).json
    assert found["failures"] == []
    assert found["tasks"] >= 7


def test_mistakes_are_listed_before_anything_runs(tmp_path: Path) -> None:
    name = written(tmp_path, PYTHON | {"prompt": 3}, RUST, RUST | {"task_id": "b", "tests": "assert!(true);"})
    for command in (("doctor", name), ("run", name, "--model", "reference:")):
        complain(4, "mine.jsonl:1: prompt: ", of=codeeval(*command, cwd=tmp_path))
    written(tmp_path, RUST, RUST | {"task_id": "b", "tests": "assert!(true);"})
    complain(4, "mine.jsonl:2: tests: ", of=codeeval("doctor", name, cwd=tmp_path))
    complain(4, "none.jsonl", of=codeeval("doctor", "tasks:none.jsonl", cwd=tmp_path))
    complain(2, "tasks:FILE.jsonl", of=codeeval("doctor", "tasks", cwd=tmp_path))


def test_explain_has_the_schema() -> None:
    explained = succeed("explain", "tasks", "--json").json
    assert "prompt" in explained["schema"]["$defs"]["TaskEntry"]["required"]
    assert "## Fields" in explained["card"]
