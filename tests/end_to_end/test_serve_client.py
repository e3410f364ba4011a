"""``Client`` and ``--sandbox http://...`` give what the same calls give without a service."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from support.serving import Served, serving

import codeeval
from codeeval import Client, Evaluator, ExecutionRequest, LimitOptions, Outcome, Sandbox
from codeeval.errors import SandboxError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.bubblewrap
TOKEN = "a-token-for-this-test"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("serve")
    (folder / "token").write_text(TOKEN)
    arguments = ("--sandbox", "bubblewrap", "--workers", "2", "--token", str(folder / "token"))
    with serving(folder, *arguments) as found:
        yield found


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    with Client(served.url, TOKEN) as found:
        yield found


def programs() -> list[ExecutionRequest]:
    return [
        ExecutionRequest("print(input())", stdin="a"),
        ExecutionRequest("1 / 0"),
        ExecutionRequest("def f(:"),
        ExecutionRequest(
            "print(2 * int(input()))", cases=(("1", "2"), ("2", "5"), ("3", "6")), stop_at_failure=False
        ),
        ExecutionRequest("def f(x): return x", tests="assert f(1) == 1", entry_point="f"),
        ExecutionRequest("import os\ndef f(x): os._exit(0)", tests="assert f(1) == 1", entry_point="f"),
        ExecutionRequest("while True: pass", limits=LimitOptions(cpu_s=0.3)),
        ExecutionRequest("print(0.30000001)", cases=(("", "0.3"),), comparison="floats"),
        ExecutionRequest(
            "print(5)", cases=(("", ""),), checker="raise SystemExit(open('output.txt').read() != '5\\n')"
        ),
        ExecutionRequest("open('b', 'wb').write(open('a', 'rb').read())", files={"a": b"\xff"}, fetch=("b",)),
    ]


def test_results_are_those_of_a_sandbox(client: Client) -> None:
    with Sandbox(sandbox="bubblewrap", workers=2) as sandbox:
        here = sandbox.execute_many(programs())
    there = client.execute_many(programs())
    for mine, its in zip(here, there, strict=True):
        assert (its.outcome, its.exit_code, its.stdout, its.stderr, its.files) == (
            mine.outcome,
            mine.exit_code,
            mine.stdout,
            mine.stderr,
            mine.files,
        )
        assert [case.outcome for case in its.cases] == [case.outcome for case in mine.cases]
        assert its.reward == mine.reward


async def test_in_an_event_loop(client: Client) -> None:
    many, one = await asyncio.gather(
        client.aexecute_many([f"print({number})" for number in range(20)]), client.aexecute("print('one')")
    )
    assert [result.stdout for result in many] == [f"{number}\n" for number in range(20)]
    assert one.stdout == "one\n"


def test_verdicts_are_those_of_an_evaluator(client: Client) -> None:
    answers = [
        ("HumanEval/53", "def add(x, y): return x + y"),
        ("HumanEval/53", "def add(x, y): return x"),
        ("HumanEval/53", ""),
    ]
    with Evaluator("humaneval", sandbox="bubblewrap", workers=2) as evaluator:
        here = evaluator.evaluate(answers)
    there = client.evaluator("humaneval").evaluate(answers)
    assert [(each.outcome, each.detail, each.rule) for each in there] == [
        (each.outcome, each.detail, each.rule) for each in here
    ]
    sealed = client.evaluator("humaneval", protocol="sealed").evaluate(answers[:2])
    assert [each.outcome for each in sealed] == [Outcome.PASSED, Outcome.WRONG_ANSWER]


def test_a_session(client: Client) -> None:
    with client.session() as session:
        session.upload({"a": b"\x00\xff"})
        assert session.execute("print(len(open('a', 'rb').read()))").stdout == "2\n"
        assert session.command("cp a b; ls").stdout == "a\nb\n"
        assert session.download(["b", "c"]) == {"b": b"\x00\xff"}


def test_errors(served: Served, client: Client) -> None:
    with pytest.raises(UsageError, match="klingon"):
        client.execute("", language="klingon")
    with pytest.raises(UsageError, match="token"):
        Client(served.url, "wrong").execute("")
    with pytest.raises(UsageError, match="unknown benchmark"):
        client.evaluator("nope").evaluate([])
    with pytest.raises(UsageError, match="unknown task"):
        client.evaluator("humaneval").evaluate([("nope", "")])
    with pytest.raises(SandboxError, match="does not answer"):
        Client("http://127.0.0.1:1").execute("")
    with pytest.raises(UsageError, match="URL"):
        Client("localhost:8080")
    assert client.info().languages == ("python",)


def test_a_run_on_a_service(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = tmp_path / "samples.jsonl"
    right, wrong = "def add(x, y): return x + y", "def add(x, y):\n    while True: pass"
    lines = [{"task_id": "HumanEval/53", "solution": text} for text in (right, wrong, "", "def add(: x")]
    samples.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    outcomes = {}
    for name in ("bubblewrap", served.url):
        monkeypatch.setenv("CODEEVAL_TOKEN", TOKEN)
        run = codeeval.run(
            "humaneval",
            f"file:{samples}",
            out=tmp_path / str(len(outcomes)),
            sandbox=name,
            tasks="HumanEval/53",
            limits=LimitOptions(cpu_s=0.5),
        )
        outcomes[name] = [
            (each.sample, each.outcome, each.detail.split(" of ")[-1]) for each in run.verdicts()
        ]
    here, there = outcomes.values()
    assert there == here
    assert [outcome for _, outcome, _ in there[:2]] == [Outcome.PASSED, Outcome.TIMEOUT]
    assert run.config.sandbox.description["engine"].startswith("codeeval")
    assert TOKEN not in (run.path / "run.json").read_text()
    monkeypatch.delenv("CODEEVAL_TOKEN")
    with pytest.raises(SandboxError, match="token"):
        codeeval.run(
            "humaneval", f"file:{samples}", out=tmp_path / "x", sandbox=served.url, tasks="HumanEval/53"
        )
