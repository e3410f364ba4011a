"""Watching a run: notices to a URL, how far it is from another terminal, and what it will cost."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import http.server
import io
import json
import os
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakeModel, FakePool, fake_config, run
from rich.console import Console
from support.runs import bits, make_run, run_config

from codeeval.cli import options
from codeeval.cli import progress as shown
from codeeval.cli.main import run_command
from codeeval.cli.output import Output
from codeeval.errors import DataError, ModelError, UsageError
from codeeval.interfaces import Price
from codeeval.pipeline import Counts, RunResult, Stage
from codeeval.records import Holder, RunDirectory, acquire, read_holder
from codeeval.session.hooks import in_place
from codeeval.session.notifying import Subject, check_url, with_notice, without_secrets
from codeeval.session.results import read_result
from codeeval.session.status import Activity, RunStatus, read_status
from codeeval.suites import SuiteScore, SuiteTable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Receiver(NamedTuple):
    """A server on loopback that keeps what is posted to it."""

    url: str
    got: list[dict[str, Any]]
    codes: list[int]
    """Of the next answers; 200 once there is none."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    got: list[dict[str, Any]] = []
    codes: list[int] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/json"
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(codes.pop(0) if codes else 200)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield Receiver(f"http://127.0.0.1:{server.server_port}/hook?token=hush", got, codes)
        server.shutdown()


SUBJECT = Subject(kind="run", benchmark="bench", model="openai:m@http://me:hush@localhost:1/v1", path="out")


def notify(url: str, result: RunResult | BaseException) -> list[str]:
    """Do a session that ends so; return what the user was told."""
    told: list[str] = []

    async def session() -> RunResult:
        if isinstance(result, BaseException):
            raise result
        return result

    async def whole() -> None:
        await with_notice(url, SUBJECT, session, notes=told.append, blocking=in_place)

    if isinstance(result, BaseException):
        with pytest.raises(type(result)):
            asyncio.run(whole())
    else:
        asyncio.run(whole())
    return told


def test_a_run_that_has_ended(receiver: Receiver, tmp_path: Path) -> None:
    result = read_result(make_run(tmp_path / "run", "bench", bits("1101")))
    assert notify(receiver.url, result) == []
    (got,) = receiver.got
    assert (got["event"], got["exit_code"], got["error"]) == ("finished", 0, "")
    assert (got["benchmark"], got["model"]) == ("bench", "openai:m@http://localhost:1/v1")
    assert got["metrics"]["pass@1"]["value"] == 0.75
    assert got["metrics"]["pass@1"]["low"] < 0.75 < got["metrics"]["pass@1"]["high"]
    assert got["outcomes"]["PASSED"] == 3
    assert (got["tasks"], got["samples"], got["path"]) == (4, 4, str(tmp_path / "run"))
    assert got["text"] == "codeeval: bench on openai:m@http://localhost:1/v1 finished: pass@1 75.0%"
    assert dt.datetime.fromisoformat(got["started"]) <= dt.datetime.fromisoformat(got["ended"])


def test_a_suite(receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    score = SuiteScore(entry="m", value=0.5, low=0.4, high=0.6, benchmarks=2)
    none = SuiteScore(entry="n", value=None, benchmarks=1, missing=("b",))
    table = SuiteTable(name="s", path="p", weights={}, runs=(), scores=(score, none), comparisons=())

    async def session() -> SuiteTable:
        return table

    subject = Subject(kind="suite", benchmark="s.toml")
    asyncio.run(with_notice(receiver.url, subject, session, notes=pytest.fail, blocking=in_place))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text("benchmarks = 3", "utf-8")
    assert run_command(["run", "s.toml", "--notify", receiver.url]) == 2
    ended, slip = receiver.got
    assert (ended["kind"], ended["benchmark"], ended["path"]) == ("suite", "s", "p")
    assert ended["metrics"] == {"m": {"value": 0.5, "low": 0.4, "high": 0.6}}
    assert ended["text"] == "codeeval: suite s finished: m 50.0%"
    assert (slip["event"], slip["benchmark"], slip["exit_code"]) == ("failed", "s.toml", 2)
    assert "s.toml:1" in slip["error"]


def test_what_failed_and_no_secret(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hush-1234")
    error = ModelError("https://me:hush@host/v1?key=hush refuses sk-hush-1234", "Look at http://a:hush@b/c.")
    assert notify(receiver.url, error) == []
    notify(receiver.url, KeyboardInterrupt())
    notify(receiver.url, asyncio.CancelledError())
    failed, interrupted, cancelled = receiver.got
    assert (failed["event"], failed["exit_code"]) == ("failed", 5)
    assert failed["error"] == "https://host/v1 refuses ***"
    assert interrupted["event"] == cancelled["event"] == "interrupted"
    assert interrupted["exit_code"] == 130
    assert "hush" not in json.dumps(receiver.got)
    assert without_secrets("at http://[::1 and ftp://u:p@h/x?y") == "at *** and ftp://h/x"


@pytest.mark.parametrize(
    ("codes", "times", "fact"), [([404], 1, "404"), ([500, 500], 2, "500"), ([500], 2, ""), ([302], 1, "302")]
)
def test_an_address_that_does_not_take_it(
    receiver: Receiver, tmp_path: Path, codes: list[int], times: int, fact: str
) -> None:
    receiver.codes[:] = codes
    told = notify(receiver.url, read_result(make_run(tmp_path / "run", "bench", bits("1"))))
    assert len(receiver.got) == times
    assert [fact in each for each in told] == ([True] if fact else [])
    assert "hush" not in "".join(told)


def test_nobody_listens_or_no_url(tmp_path: Path) -> None:
    result = read_result(make_run(tmp_path / "run", "bench", bits("1")))
    (told,) = notify("http://127.0.0.1:9/hush", result)
    assert told == "warning: 127.0.0.1 could not be notified: ConnectionError"
    for wrong in ("ftp://host/x", "host", "http://", "http://[::1", "http://h:99999/"):
        with pytest.raises(UsageError):
            check_url(wrong)


def test_the_address_is_recorded_nowhere(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where nothing comes of the run: the notice is posted before the error is shown."""
    monkeypatch.chdir(tmp_path)
    arguments = ["run", "humaneval", "--model", "file:none.jsonl"]
    assert run_command([*arguments, "--notify", receiver.url]) == 4
    (got,) = receiver.got
    assert (got["event"], got["exit_code"], got["model"]) == ("failed", 4, "file:none.jsonl")
    assert got["error"] in capsys.readouterr().err
    assert run_command([*arguments, "--notify", "gopher://x"]) == 2
    assert "--notify" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["codeeval", "run", "x", "--notify", "http://a/b", "--notify=c", "-q"])
    assert options.recorded_command() == ("codeeval", "run", "x", "-q")


def test_status_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_run(tmp_path / "run", "bench", bits("11010"), sandbox={"launcher": "docker"})
    status = read_status(path)
    assert isinstance(status, RunStatus)
    assert (status.activity, status.samples, status.judged, status.generated) == (Activity.ENDED, 5, 5, 5)
    assert (status.passed_share, status.process, status.left_s) == (0.6, None, None)
    assert run_command(["status", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcomes"] == {"PASSED": 3, "WRONG_ANSWER": 2}


def test_status_while_another_process_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = {f"Task/{i}": 1 for i in range(10)}
    price = Price(input_usd=1e6, output_usd=0)
    config = run_config("bench", plan, price=price)
    path = tmp_path / "run"
    make_run(tmp_path / "other", "bench", bits("1101"))
    with RunDirectory.open(tmp_path / "other") as source, RunDirectory.create(path, config, list(plan)) as to:
        files = {file: file.read_bytes() for file in path.iterdir()}
        for index in range(4):
            to.copy(source, index, index)
        status = read_status(path)
        assert isinstance(status, RunStatus)
        assert (status.activity, status.process) == (Activity.RUNNING, os.getpid())
        assert (status.generated, status.judged, status.passed_share) == (4, 4, 0.75)
        assert status.samples_per_second is not None
        assert status.left_s == pytest.approx(6 / status.samples_per_second)
        assert status.cost_usd == pytest.approx(28), "seven tokens a sample, at a dollar each"
        assert status.cost_usd_in_all == pytest.approx(70)
        assert run_command(["status", str(path)]) == 0
        text = capsys.readouterr().out
        for part in (
            "running",
            "4 of 10",
            "passed 75.0%",
            str(os.getpid()),
            "$28.00 of about $70.00",
            "left",
        ):
            assert part in text
        assert {file.name for file in path.iterdir()} == {file.name for file in files}
        with path.joinpath("verdicts.jsonl").open("ab") as file:
            file.write(b'{"schema":2,"torn')
        torn = read_status(path)
        assert isinstance(torn, RunStatus)
        assert torn.judged == 4
    stopped = read_status(path)
    assert isinstance(stopped, RunStatus)
    assert (stopped.activity, stopped.process, stopped.judged) == (Activity.STOPPED, None, 4)


def test_status_of_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read_status(tmp_path)
    assert run_command(["status", str(tmp_path / "none")]) == 4


def test_the_lock_states_its_holder(tmp_path: Path) -> None:
    assert read_holder(tmp_path) is None
    lock = acquire(tmp_path)
    holder = read_holder(tmp_path)
    assert holder is not None
    assert (holder.pid, holder.judged) == (os.getpid(), 0)
    with pytest.raises(UsageError, match=str(os.getpid())):
        acquire(tmp_path)
    os.pwrite(lock, b"4711\n" + b" " * 200, 0)
    assert read_holder(tmp_path) == Holder(pid=4711), "as an older version wrote it"
    os.close(lock)
    assert read_holder(tmp_path) is None


def test_progress_shows_end_and_cost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(shown.time, "monotonic", lambda: now[0])
    counts = Counts(samples=1000, generated=100, executed=100, cost_usd=0.5)
    with shown.LineProgress(Output(), Stage.ALL, every_s=10.0) as lines:
        lines.update(counts)
        now[0] += 10
        counts.generated = counts.executed = 200
        counts.cost_usd = 1.0
        lines.update(counts)
    assert "about 1 min 20 s left, until " in (text := capsys.readouterr().err)
    assert "$1.00 of about $5.00" in text
    for width, there in ((160, True), (80, False)):
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=True, width=width, color_system=None)
        monkeypatch.setattr(shown, "console_for_stderr", lambda console=console: console)
        with shown.LiveProgress(Output(), Stage.ALL) as bars:
            for done in (100, 200, 300):
                counts.generated = counts.executed = done
                now[0] += 10
                bars.update(counts)
        assert ("ends " in screen.getvalue()) is there
        assert "of about $" in screen.getvalue()


class Watcher:
    """Progress that keeps what it is told of costs."""

    def __init__(self) -> None:
        self.costs: list[float | None] = []

    def update(self, counts: Counts) -> None:
        self.costs.append(counts.cost_usd)

    def note(self, message: str) -> None:
        """Nothing is noted here."""


def test_costs_are_counted_while_a_run_generates_and_resumes(tmp_path: Path) -> None:
    benchmark, price = FakeBenchmark(4), Price(input_usd=1e6, output_usd=2e6)
    plan = {problem.task_id: 2 for problem in benchmark.problems}
    for part in (1, 2):
        model, watcher = FakeModel(("pass",), max_n=1, concurrency=1), Watcher()
        config = msgspec.structs.replace(fake_config(benchmark, model, plan), price=price)
        if part == 1:
            model.fail_after = 3
        with RunDirectory.create(tmp_path / "run", config, list(plan)) as directory:
            with pytest.raises(ModelError) if part == 1 else contextlib.nullcontext():
                run(directory, benchmark, benchmark.problems, model, FakePool(1), progress=watcher)
            done = 3 if part == 1 else 8
        assert watcher.costs[0] == (0 if part == 1 else 39)
        assert watcher.costs[-1] == 13 * done, "seven tokens at a dollar and three at two dollars a sample"
