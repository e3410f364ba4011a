"""Strategies through the real command: a scripted server, a real sandbox, and nothing hidden on the wire."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import Ended, codeeval, complain, rows, verdicts
from support.fault_server import FaultServer, Reply, chat, error

from codeeval import benchmarks
from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.interfaces import BenchmarkOptions, DataSource

if TYPE_CHECKING:
    from support.fault_server import Seen

    from codeeval.types import Problem

TASKS = 3
WRONG = "```python\ndef {0}(*args):\n    return 'wrong'\n```"


def problems() -> tuple[Problem, ...]:
    return HumanEval(BenchmarkOptions()).load(DataSource()).problems[:TASKS]


def right(problem: Problem) -> str:
    return f"```python\n{problem.prompt}{problem.reference}\n```"


def task_of(seen: Seen) -> Problem:
    first = seen.body["messages"][0]["content"]
    return next(problem for problem in problems() if f"def {problem.entry_point}(" in first)


def repaired(seen: Seen) -> Reply:
    """Wrong at first, right after feedback."""
    problem = task_of(seen)
    repaired = len(seen.body["messages"]) > 1
    return chat(right(problem) if repaired else WRONG.format(problem.entry_point))


async def run(server: FaultServer, out: Path, strategy: str, *more: object) -> Ended:
    return await asyncio.to_thread(
        codeeval, "run", "humaneval", "--model", f"openai:m@{server.url}", "--limit", TASKS, "--out", out,
        "--sandbox", "bubblewrap", "--strategy", strategy, "--no-cache", *more,
    )  # fmt: skip


def sent(server: FaultServer) -> str:
    return "\n".join(message["content"] for seen in server.asked for message in seen.body["messages"])


def check_nothing_hidden(server: FaultServer) -> None:
    """No line of a test that scores is on the wire, unless the prompt itself shows it."""
    text = sent(server)
    for problem in problems():
        lines = [line.strip() for line in problem.tests[0].splitlines()]
        hidden = [line for line in lines if line.startswith("assert") and line not in problem.prompt]
        assert hidden
        assert not [line for line in hidden if line in text]
        arguments = {line.partition("candidate(")[2].rpartition(" == ")[0] for line in hidden}
        assert not [each for each in arguments if each and each not in problem.prompt and each in text]
        assert problem.reference.strip() not in text


@pytest.mark.bubblewrap
async def test_self_repair_with_a_real_sandbox(tmp_path: Path) -> None:
    out = tmp_path / "run"
    async with FaultServer(repaired) as server:
        ended = await run(server, out, "self-repair:rounds=2")
        assert ended.code == 0, ended.err
        check_nothing_hidden(server)
        assert len(server.asked) == 2 * TASKS
        assert "returned 'wrong'" in sent(server)
        again = await run(server, out, "self-repair:rounds=3")
        complain(2, "strategy.parameters.rounds", of=again)
        single = await asyncio.to_thread(
            codeeval, "run", "humaneval", "--model", f"openai:m@{server.url}", "--limit", TASKS, "--out", out
        )
        complain(2, "strategy.name", of=single)
    assert set(verdicts(out).values()) == {"PASSED"}
    for line in rows(out / "completions.jsonl"):
        assert [turn["step"] for turn in line["trace"]] == ["candidate", "repair 1"]
        assert line["usage"]["generations"] == 2
        assert line["usage"]["prompt_tokens"] == 20
        assert line["usage"]["extra_completion_tokens"] == 5
    config = json.loads((out / "run.json").read_text())
    assert config["strategy"]["parameters"] == {"rounds": "2"}
    assert json.loads((out / "metrics.json").read_text())["settings"]["strategy"] == "self-repair:rounds=2"
    timings = json.loads((out / "timings.json").read_text())
    assert (timings["completions"], timings["generations"]) == (TASKS, 2 * TASKS)
    assert timings["extra_prompt_tokens"] == 10 * TASKS
    shown = codeeval("show", out, "--task", "HumanEval/0").out
    assert "repair 1, chosen" in shown
    assert "0 of 2 " in shown


@pytest.mark.bubblewrap
async def test_an_interrupted_run_keeps_whole_samples(tmp_path: Path) -> None:
    out = tmp_path / "run"
    broken = True

    def answer(seen: Seen) -> Reply:
        if broken and seen is not None and len(server.asked) > 3:
            return error(401, "no such key")
        return repaired(seen)

    async with FaultServer(answer) as server:
        ended = await run(server, out, "self-repair", "--concurrency", "1")
        assert ended.code == 5, ended.err
        kept = rows(out / "completions.jsonl")
        assert [len(line["trace"]) for line in kept] == [2]
        broken = False
        ended = await run(server, out, "self-repair", "--concurrency", "1")
        assert ended.code == 0, ended.err
    after = rows(out / "completions.jsonl")
    assert kept[0] in after
    assert [len(line["trace"]) for line in after] == [2] * TASKS
    assert set(verdicts(out).values()) == {"PASSED"}


@pytest.mark.bubblewrap
async def test_best_of_n_and_majority_over_a_samples_file(tmp_path: Path) -> None:
    samples = tmp_path / "samples.jsonl"
    lines = [
        {"task_id": problem.task_id, "solution": text}
        for problem in problems()
        for text in (
            f"def {problem.entry_point}(*args):\n    return 'wrong'\n",
            f"def {problem.entry_point}(*args):\n    return 'wrong'  # again\n",
            problem.prompt + problem.reference,
        )
    ]
    samples.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for strategy, outcome in (("best-of-n:n=3", "PASSED"), ("majority:n=3", "WRONG_ANSWER")):
        out = tmp_path / strategy.partition(":")[0]
        ended = await asyncio.to_thread(
            codeeval, "run", "humaneval", "--model", f"file:{samples}", "--limit", TASKS, "--out", out,
            "--sandbox", "bubblewrap", "--strategy", strategy,
        )  # fmt: skip
        assert ended.code == 0, ended.err
        assert set(verdicts(out).values()) == {outcome}
    ended = codeeval(
        "run", "humaneval", "--model", f"file:{samples}", "--strategy", "self-repair", "--limit", 1
    )
    complain(2, "self-repair", "best-of-n", of=ended)


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        (("run", "humaneval", "--strategy", "self-repiar"), ("'self-repiar'", "self-repair")),
        (("run", "humaneval", "--strategy", "self-repair:round=2"), ("'round'", "rounds")),
        (("run", "humaneval", "--strategy", "best-of-n:n=1"), ("n=1", "best-of-n:n=5")),
        (("run", "humaneval", "--strategy", "best-of-n"), ("temperature 0", "--temperature 0.8")),
        (("run", "humaneval", "--strategy", "plan-search", "--style", "base"), ("plan-search",)),
        (("generate", "humaneval", "--strategy", "self-repair"), ("self-repair", "codeeval run")),
    ],
)
async def test_unsupported_combinations_are_refused(
    arguments: tuple[str, ...], facts: tuple[str, ...], tmp_path: Path
) -> None:
    async with FaultServer([chat("x")]) as server:
        model = ("--model", f"openai:m@{server.url}", "--out", tmp_path / "run")
        complain(2, *facts, of=await asyncio.to_thread(codeeval, *arguments, *model))
        assert not server.asked


@pytest.mark.bubblewrap
def test_submissions_are_chosen_by_clustering(tmp_path: Path) -> None:
    stdin = (
        "print(5)",
        "a, b = map(int, input().split())\nprint(a + b)",
        "print(int(input()))",
        "print(sum(map(int, input().split())))",
    )
    calls = ("return 3", "return max(values)", "return values", "return sorted(values)[-1]")
    head = "class Solution:\n    def largest(self, values):\n        "
    lines = [{"task_id": "livecodebench/own1_a", "text": f"```python\n{each}\n```"} for each in stdin]
    lines += [{"task_id": "livecodebench/9001", "text": f"```python\n{head}{each}\n```"} for each in calls]
    samples, out = tmp_path / "samples.jsonl", tmp_path / "run"
    samples.write_text("".join(json.dumps(line | {"kind": "answer"}) + "\n" for line in lines))
    golden = Path(benchmarks.__path__[0]) / "livecodebench" / "golden"
    command = (
        "run", "livecodebench", "--model", f"file:{samples}", "--strategy", "clustering:k=4,inputs=6",
        "--out", out, "--sandbox", "bubblewrap", "--data-root", golden, "--offline", "--n",
    )  # fmt: skip
    ended = codeeval(*command, 2)
    assert ended.code == 0, ended.err
    for task_id in ("livecodebench/own1_a", "livecodebench/9001"):
        found = {
            line["sample"]: line["outcome"]
            for line in rows(out / "verdicts.jsonl")
            if line["task_id"] == task_id
        }
        assert found == {0: "PASSED", 1: "WRONG_ANSWER"}, (
            "the larger cluster first, then the other that passes"
        )
    metrics = json.loads((out / "metrics.json").read_text())
    values = {name: each["value"] for name, each in metrics["metrics"].items()}
    assert values == {"2@4": 1.0, "1@4": 1.0, "pass@1": 0.5}
    assert metrics["groups"]["easy"]["metrics"]["2@4"]["value"] == 1.0
    assert json.loads((out / "run.json").read_text())["strategy"]["candidates"] == 4
    assert "2@4" in ended.out
    complain(2, "--n", of=codeeval(*command, 5))
