"""Suites as they are carried out: one pool, one table, resumed as a whole; with fakes behind them."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakeModel, FakePool

import codeeval
from codeeval import registry
from codeeval.cli.main import run_command
from codeeval.errors import DataError, SuiteIncomplete
from codeeval.records import RunDirectory
from codeeval.session.status import Activity, SuiteStatus, read_status
from codeeval.suites import RunState, make_table, read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codeeval.interfaces import (
        BenchmarkOptions,
        DataSource,
        LoadedProblems,
        ModelSpec,
        SandboxOptions,
    )

TASKS = 5


class Launcher:
    """A sandbox kind whose sandboxes are never started: the pool is fake."""

    name = "docker"

    def probe(self) -> str:
        return "docker 1.0"

    def describe(self, options: SandboxOptions) -> Mapping[str, str]:
        return {"engine": self.probe(), "image": options.image, "image_id": f"id of {options.image}"}

    def sweep(self) -> int:
        return 0


class Pool(FakePool):
    """A pool as a session opens it; ``opened`` has all of them."""

    opened: list[Pool]

    def __init__(
        self, launcher: Launcher, options: SandboxOptions, size: int, *, images: list[str], max_sandboxes: int
    ) -> None:
        assert launcher.probe()
        assert options.image == images[0]
        assert max_sandboxes
        super().__init__(size)
        self.images = images
        self.failures: dict[str, codeeval.SandboxError] = {}
        self.toolchain = {f"{image}/tool": image for image in images} if len(images) > 1 else {"tool": "1"}
        Pool.opened.append(self)

    def start(self) -> None:
        """Nothing to start."""

    def launch(self, image: str) -> None:
        """Nothing to launch."""


class Benchmark(FakeBenchmark):
    """``fake:javascript`` runs in another image; ``fake:broken`` has no data."""

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(TASKS)
        self.options = options
        self.name = f"fake:{options.variant}"
        self.image = "node" if options.variant == "javascript" else "python"

    def load(self, source: DataSource) -> LoadedProblems:
        if self.options.variant == "broken":
            raise DataError("there is no data", "Fetch it.")
        return super().load(source)


class World(NamedTuple):
    """What is behind the command line."""

    model: FakeModel
    made: list[ModelSpec]
    """Models that were loaded."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    made = World(FakeModel(("pass", "fail")), [])
    names = registry.names

    def make_model(spec: ModelSpec) -> FakeModel:
        made.made.append(spec)
        return made.model

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Pool, "opened", [], raising=False)
    monkeypatch.setattr(registry, "benchmark_factory", lambda _family: Benchmark)
    monkeypatch.setattr(registry, "model_factory", lambda _backend: make_model)
    models = registry.Group.MODELS
    monkeypatch.setattr(
        registry, "names", lambda group: (*(("fake",) if group is models else ()), *names(group))
    )
    monkeypatch.setattr(registry, "launcher", lambda _name: Launcher())
    monkeypatch.setattr("codeeval.sandboxes.pool.Pool", Pool)
    yield made
    for pool in Pool.opened:
        assert pool._threads is not None
        assert pool._threads._shutdown, "the sandboxes were not closed"
    assert made.model.closed or not made.made, "the model was not closed"


SUITE = """\
name = "both"
models = [{spec = "fake:model", label = "model"}, "reference:"]
defaults = {sandbox = "docker", workers = 2}

[[benchmarks]]
name = "fake:python"
weight = 3

[[benchmarks]]
name = "fake:javascript"
tier = "supporting"
"""


def write(text: str = SUITE) -> str:
    Path("suite.toml").write_text(text, "utf-8")
    return "suite.toml"


def executed() -> int:
    return sum(len(pool.executed) for pool in Pool.opened)


def test_one_pool_one_table_and_ordinary_run_directories(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", write(), "--out", "out", "--seed", "7"]) == 0
    shown = capsys.readouterr()
    (pool,) = Pool.opened
    assert list(pool.images) == ["python", "node"]
    assert len(pool.executed) == 4 * TASKS
    assert len(world.made) == 1, "the model is loaded once for all benchmarks"
    for part in ("fake:python", "75.0%", "suite score", "reference against model", "run directories in out"):
        assert part in shown.out
    assert "[4/4] fake:javascript on reference" in shown.err
    table = make_table(Path("out"))
    passed = [run.value for run in table.runs if run.entry == "model"]
    assert table.scores[0].value == pytest.approx(0.75 * passed[0] + 0.25 * passed[1])
    assert table.scores[1].value == 1.0
    run = codeeval.load_run("out/fake-javascript--model")
    assert run.config.sampling.seed == 7
    assert run.config.sandbox is not None
    assert run.config.sandbox.toolchain == {"tool": "node"}
    assert run.config.sandbox.description["image_id"] == "id of node"
    assert not any("python" in value for value in run.config.sandbox.description.values())


def test_what_is_done_is_not_done_again(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["run", write(), "--out", "out", "--json"]) == 0
    first = capsys.readouterr().out
    before = executed()
    assert run_command(["show", "out", "--json"]) == 0
    assert capsys.readouterr().out == first
    assert run_command(["score", "out"]) == 4
    assert "is a suite" in capsys.readouterr().err
    assert run_command(["run", write(), "--out", "out", "--json"]) == 0
    again = capsys.readouterr()
    assert again.out == first
    assert "4 of 4 runs are done already" in again.err
    assert executed() == before
    assert run_command(["run", write(SUITE + "limit = 2\n"), "--out", "out", "-q"]) == 11, "another plan"
    assert "fake:javascript" in capsys.readouterr().err


def test_a_suite_that_is_killed_resumes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    add = RunDirectory.add_verdict
    left = [TASKS + 2]

    def dying(self: RunDirectory, verdict: codeeval.Verdict) -> int:
        left[0] -= 1
        if left[0] == 0:
            signal.raise_signal(signal.SIGINT)
        return add(self, verdict)

    world.model.delay_s = 0.05
    with monkeypatch.context() as patched:
        patched.setattr(RunDirectory, "add_verdict", dying)
        assert run_command(["run", write(), "--out", "out", "-q"]) == 130
    states = [run.state for run in read_record(Path("out")).runs]
    assert states == [RunState.DONE, RunState.RUNNING, RunState.PLANNED, RunState.PLANNED]
    status = read_status(Path("out"))
    assert isinstance(status, SuiteStatus)
    assert (status.activity, status.done) == (Activity.STOPPED, 1)
    done, begun, *others = status.runs
    assert (done.activity, done.judged) == (Activity.ENDED, TASKS)
    assert begun.activity is Activity.STOPPED
    assert 2 <= begun.judged < TASKS
    assert [run.activity for run in others] == [Activity.PLANNED] * 2
    before = (Path("out") / "fake-python--model" / "verdicts.jsonl").read_bytes()
    assert run_command(["run", "suite.toml", "--out", "out", "-q"]) == 0
    assert (Path("out") / "fake-python--model" / "verdicts.jsonl").read_bytes() == before
    assert executed() <= 4 * TASKS + 2, "what had a verdict was not executed again"
    ended = read_status(Path("out"))
    assert isinstance(ended, SuiteStatus)
    assert (ended.activity, ended.done) == (Activity.ENDED, 4)
    record = read_record(Path("out"))
    *runs, last = record.runs
    last = msgspec.structs.replace(last, state=RunState.RUNNING)
    write_record(Path("out"), msgspec.structs.replace(record, runs=(*runs, last)))
    shutil.rmtree(Path("out") / last.directory)
    killed = read_status(Path("out"))
    assert isinstance(killed, SuiteStatus)
    assert killed.runs[-1].activity is Activity.STOPPED, "it was begun, though nothing was written yet"


def test_a_run_that_fails_leaves_the_others_theirs(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    text = SUITE.replace('name = "fake:javascript"', 'name = "fake:broken"')
    assert run_command(["run", write(text), "--out", "out"]) == 11
    shown = capsys.readouterr()
    assert "none: 1 of 2 benchmarks" in shown.out
    for fact in ("2 of 4 runs", "fake:broken on model: there is no data", "Fetch it."):
        assert fact in shown.err
    assert "there is no data" not in shown.out, "the error states it"
    table = make_table(Path("out"))
    assert [run.state for run in table.runs] == [RunState.DONE, RunState.FAILED] * 2
    assert table.scores[0].missing == ("fake:broken",)
    assert table.comparisons[0].benchmarks == ("fake:python",)
    gate = ["gate", "--candidate", "out", "--model", "model", "--baseline", "out", "--baseline-model"]
    assert run_command([*gate, "reference", "--max-drop", "0.99"]) == 2
    assert "fake:broken (supporting): cannot tell" in capsys.readouterr().out


def test_from_python(world: World) -> None:
    told: list[str] = []
    suite = codeeval.run_suite(write(), out="out", limit=3, notes=told.append)
    assert suite.scores["reference"].value == 1.0
    assert suite.run("fake:python", "model").summary is not None
    assert codeeval.load_suite("out").table == suite.table
    assert any("[1/4]" in each for each in told)
    assert isinstance(codeeval.status("out"), SuiteStatus)
    with pytest.raises(codeeval.UnknownName):
        suite.run("fake:pyton")
    with pytest.raises(SuiteIncomplete) as caught:
        codeeval.run_suite(write(SUITE.replace("fake:javascript", "fake:broken")), out="other")
    assert caught.value.path == Path("other")


def test_a_later_model_is_added(world: World) -> None:
    write(SUITE.replace('models = [{spec = "fake:model", label = "model"}, "reference:"]\n', ""))
    assert run_command(["run", "suite.toml", "--out", "out", "-q", "--model", "reference:"]) == 0
    assert run_command(["run", "suite.toml", "--out", "out", "-q", "--model", "fake:later"]) == 0
    table = make_table(Path("out"))
    assert [score.entry for score in table.scores] == ["reference", "fake:later"]
    assert table.comparisons[0].candidate == "fake:later"


def test_what_no_suite_can_have(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["run", write(), "--out", "out", "-q"]) == 0
    capsys.readouterr()
    for name, arguments, fact in (
        ("both", ["--shard", "1/2"], "--shard"),
        ("other", [], "the suite both, not other"),
        ("both", ["--strategy", "no-such"], "no-such"),
    ):
        command = ["run", write(SUITE.replace('"both"', f'"{name}"')), "--out", "out", *arguments]
        assert run_command(command) in {2, 11}
        assert fact in capsys.readouterr().err
    backend = SUITE.replace("fake:model", "nobody:model")
    assert run_command(["run", write(backend), "--out", "new"]) == 2
    assert "nobody" in capsys.readouterr().err
    assert not Path("new").exists(), "nothing was begun"
    assert run_command(["run", "fake:python"]) == 2
    assert "--model" in capsys.readouterr().err
    assert run_command(["run", "fake:python", "--model", "fake:a", "--model", "fake:b"]) == 2
    assert "suite" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (lambda record: record | {"schema": 9}, "newer codeeval"),
        (lambda record: record | {"runs": [record["runs"][0] | {"directory": "../elsewhere"}]}, "elsewhere"),
        (lambda record: {"name": record["name"]}, "malformed"),
    ],
)
def test_a_record_of_somebody_elses(
    world: World, capsys: pytest.CaptureFixture[str], change: Any, fact: str
) -> None:
    assert run_command(["run", write(), "--out", "out", "-q", "--limit", "1"]) == 0
    record = Path("out/suite.json")
    record.write_text(json.dumps(change(json.loads(record.read_text("utf-8")))), "utf-8")
    capsys.readouterr()
    for command in (["status", "out"], ["run", "suite.toml", "--out", "out", "-q"]):
        assert run_command(command) == 4
        assert fact in capsys.readouterr().err
    record.unlink()
    os.mkfifo(record)
    assert run_command(["status", "out"]) == 4
