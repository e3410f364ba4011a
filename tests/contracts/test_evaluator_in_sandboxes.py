"""``Evaluator`` in real sandboxes: references pass, cheats fail, and verdicts are those of the command."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.sandboxing import BUBBLEWRAP, DOCKER

from codeeval.cli.main import run_command
from codeeval.errors import SandboxError
from codeeval.session.evaluator import Evaluator, Submission
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TASKS = 8
ENDLESS = "    while True: pass\n"


@pytest.fixture(scope="module", params=[DOCKER, BUBBLEWRAP])
def evaluator(request: pytest.FixtureRequest) -> Iterator[Evaluator]:
    with Evaluator("humaneval", sandbox=request.param, workers=2) as opened:
        yield opened


def mixed(evaluator: Evaluator) -> list[Submission]:
    """References, wrong answers, cheats and texts without code."""
    submissions = []
    for problem in list(evaluator.problems.values())[:TASKS]:
        cheat = evaluator.benchmark.cheats(problem)[0].completion
        submissions += [
            Submission(problem.task_id, problem.reference, "continuation", 0),
            Submission(problem.task_id, f"```python\n{problem.prompt}{problem.reference}\n```", sample=1),
            Submission(problem.task_id, "    return object()\n", "continuation", 2),
            Submission(problem.task_id, "I would rather not.", sample=3),
            Submission(problem.task_id, cheat.text, cheat.kind, 4),
        ]
    return submissions


WANTED = [Outcome.PASSED, Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.NO_CODE]


def check(evaluator: Evaluator, submissions: list[Submission], outcomes: list[Outcome]) -> None:
    for start in range(0, len(outcomes), 5):
        assert outcomes[start : start + 2] == WANTED[:2]
        assert Outcome.PASSED not in outcomes[start + 2 : start + 5]
        assert outcomes[start + 3] is Outcome.NO_CODE
    assert len(outcomes) == len(submissions)


def test_verdicts(evaluator: Evaluator) -> None:
    submissions = mixed(evaluator)
    verdicts = evaluator.evaluate(submissions)
    assert [(verdict.task_id, verdict.sample) for verdict in verdicts] == [
        (submission.task_id, submission.sample) for submission in submissions
    ]
    check(evaluator, submissions, [verdict.outcome for verdict in verdicts])


async def test_in_a_running_loop(evaluator: Evaluator) -> None:
    submissions = mixed(evaluator)
    found = await asyncio.gather(*(evaluator.aevaluate(submissions) for _ in range(3)))
    for verdicts in found:
        check(evaluator, submissions, [verdict.outcome for verdict in verdicts])


def test_from_threads(evaluator: Evaluator) -> None:
    submissions = mixed(evaluator)
    with ThreadPoolExecutor(6) as threads:
        for verdicts in threads.map(lambda _: evaluator.evaluate(submissions), range(6)):
            check(evaluator, submissions, [verdict.outcome for verdict in verdicts])


def test_a_timeout_of_cpu_time_counts_at_once_and_delays_no_other(evaluator: Evaluator) -> None:
    first, second = list(evaluator.problems.values())[:2]
    verdicts = evaluator.evaluate(
        [
            Submission(first.task_id, ENDLESS, "continuation"),
            *[Submission(second.task_id, second.reference, "continuation")] * 30,
        ]
    )
    assert (verdicts[0].outcome, verdicts[0].attempts) == (Outcome.TIMEOUT, 1)
    assert all(verdict.passed and verdict.attempts == 1 for verdict in verdicts[1:])


@pytest.mark.parametrize("sandbox", [DOCKER, BUBBLEWRAP])
def test_verdicts_are_those_of_the_command(
    sandbox: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Evaluator("humaneval", sandbox=sandbox, workers=1) as evaluator:
        problems = list(evaluator.problems.values())[:TASKS]
        texts = [
            text for problem in problems for text in (problem.reference, "    return 0\n", "    x = (\n")
        ]
        tasks = [problem.task_id for problem in problems for _ in range(3)]
        ours = evaluator.evaluate(
            Submission(task, text, "continuation", number % 3)
            for number, (task, text) in enumerate(zip(tasks, texts, strict=True))
        )
    file = tmp_path / "samples.jsonl"
    lines = [
        json.dumps({"task_id": task, "completion": text}) for task, text in zip(tasks, texts, strict=True)
    ]
    file.write_text("\n".join(lines), "utf-8")
    out = tmp_path / "run"
    assert (
        run_command(["execute", "humaneval", str(file), "--out", str(out), "--sandbox", sandbox, "-q"]) == 0
    )
    capsys.readouterr()
    theirs = [json.loads(line) for line in (out / "verdicts.jsonl").read_text("utf-8").splitlines()]
    assert [(each.task_id, each.sample, each.outcome, each.detail, each.rule) for each in ours] == [
        (each["task_id"], each["sample"], each["outcome"], each["detail"], each["rule"]) for each in theirs
    ]


@pytest.mark.parametrize("sandbox", [DOCKER, BUBBLEWRAP])
def test_prompts_that_show_expected_outputs(
    sandbox: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEEVAL_CACHE_DIR", str(tmp_path))
    with Evaluator("surrogate:humaneval", sandbox=sandbox, workers=1) as evaluator:
        task = next(iter(evaluator.problems))
        assert evaluator.prompt(task).messages
        right = evaluator.benchmark.reference(evaluator._open().problem(task))
        verdicts = evaluator.evaluate([right, (task, "I do not know.")])
    assert [verdict.passed for verdict in verdicts] == [True, False]


@pytest.mark.parametrize("sandbox", [DOCKER, BUBBLEWRAP])
def test_closing_while_programs_run(sandbox: str) -> None:
    evaluator = Evaluator("humaneval", sandbox=sandbox, workers=1).open()
    (task, *_) = evaluator.problems
    futures = [evaluator.submit(Submission(task, ENDLESS, "continuation")) for _ in range(40)]
    evaluator.close()
    for future in futures:
        with pytest.raises(SandboxError):
            future.result(timeout=10)
