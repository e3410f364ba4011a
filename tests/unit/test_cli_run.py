"""Commands that run something, with a fake benchmark, model and sandbox behind the real command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakeModel, FakePool

from codeeval import registry
from codeeval.cli.main import run_command
from codeeval.errors import SandboxError
from codeeval.interfaces import Cheat
from codeeval.types import Completion, CompletionKind, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codeeval.interfaces import BenchmarkOptions, ModelSpec, SandboxOptions
    from codeeval.types import Problem

TASKS = 7
HOSTILE = "pass:\x1b]0;owned\x07\x1b[2J"


class Benchmark(FakeBenchmark):
    """References pass; the text of cheats is ``cheat``."""

    cheat = "fail"

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(TASKS)
        self.options = options

    def cheats(self, problem: Problem) -> list[object]:
        text = Completion(task_id=problem.task_id, sample=0, text=self.cheat, kind=CompletionKind.SOLUTION)
        return [Cheat(name="empty-body", completion=text)]


class Launcher:
    """A sandbox kind whose sandboxes are never started: the pool is fake."""

    def __init__(self, name: str, refusal: str = "") -> None:
        self.name = name
        self.refusal = refusal

    def probe(self) -> str:
        if self.refusal:
            raise SandboxError(self.refusal, f"mend {self.name}")
        return f"{self.name} 1.0"

    def describe(self, options: SandboxOptions) -> Mapping[str, str]:
        return {"engine": self.probe(), "image": options.image, "not_enforced": "memory"}

    def sweep(self) -> int:
        return 0


class Pool(FakePool):
    """A pool as the command line opens it."""

    def __init__(
        self, launcher: Launcher, options: SandboxOptions, size: int, *, images: list[str], max_sandboxes: int
    ) -> None:
        assert launcher.probe()
        assert options.image == "python"
        assert images == ["python"]
        assert max_sandboxes
        super().__init__(size)
        self.failures: dict[str, SandboxError] = {}
        self.toolchain = {"python": "3.13.0"}

    def start(self) -> None:
        """Nothing to start."""

    def launch(self, image: str) -> None:
        """Nothing to launch."""


class Fakes(NamedTuple):
    """What is behind the command line; tests change it before they run a command."""

    model: FakeModel
    specs: list[ModelSpec]
    launchers: dict[str, Launcher]


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Fakes]:
    made = Fakes(FakeModel(), [], {name: Launcher(name) for name in ("docker", "bubblewrap")})

    def make_model(spec: ModelSpec) -> FakeModel:
        made.specs.append(spec)
        return made.model

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "benchmark_factory", lambda _family: Benchmark)
    monkeypatch.setattr(registry, "model_factory", lambda _backend: make_model)
    monkeypatch.setattr(registry, "launcher", lambda name: made.launchers[name])
    monkeypatch.setattr("codeeval.sandboxes.pool.Pool", Pool)
    monkeypatch.setattr(Benchmark, "reference", _passing)
    yield made
    assert made.model.closed or not made.specs, "the model was not closed"


def _passing(_benchmark: Benchmark, problem: Problem) -> Completion:
    return Completion(task_id=problem.task_id, sample=0, text="pass", kind=CompletionKind.SOLUTION)


RUN = ["run", "fake", "--model", "fake:", "--n", "2", "--k", "1,2"]


def test_run_prints_a_table_and_the_run_directory(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(RUN) == 0
    shown = capsys.readouterr()
    for part in ("pass@1", "pass@2", "95% interval", "PASSED", "7 tasks, 14 samples", "runs/fake--fake"):
        assert part in shown.out
    assert "docker (docker 1.0)" in shown.err
    assert "memory" in shown.err, "what the sandbox does not enforce"


def test_the_same_command_again_resumes(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*RUN, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    asked = len(fakes.model.asked)
    assert asked == 2 * TASKS
    assert run_command([*RUN, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == first
    assert len(fakes.model.asked) == asked


def test_stdout_holds_json_alone(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*RUN, "--json", "--out", "here"]) == 0
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    assert result["path"] == "here"
    assert result["metrics"]["tasks"] == TASKS
    assert set(result["metrics"]["metrics"]) == {"pass@1", "pass@2"}


def test_quiet_is_quiet(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*RUN, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_a_run_with_other_settings_is_refused(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(RUN) == 0
    capsys.readouterr()
    assert run_command([*RUN, "--temperature", "0.8"]) == 2
    shown = capsys.readouterr().err
    assert "sampling.temperature" in shown
    assert "--out" in shown


def test_options_reach_the_model_and_the_records(fakes: Fakes, tmp_path: Path) -> None:
    arguments = ["--temperature", "0.7", "--top-p", "0.9", "--max-tokens", "99", "--seed", "5"]
    serving = ["--concurrency", "3", "--rpm", "60", "--timeout", "7", "--style", "base"]
    choice = ["--task", "Fake/3", "--task", "Fake/1", "--out", "here"]
    assert run_command(["run", "fake", "--model", "fake:x", *arguments, *serving, *choice]) == 0
    (spec,) = fakes.specs
    assert (spec.concurrency, spec.requests_per_minute, spec.timeout_s) == (3, 60.0, 7.0)
    assert spec.style is PromptStyle.BASE
    record = json.loads((tmp_path / "here" / "run.json").read_text("utf-8"))
    assert record["plan"] == {"Fake/1": 1, "Fake/3": 1}
    assert record["sandbox"]["toolchain"] == {"python": "3.13.0"}
    wanted = {"temperature": 0.7, "top_p": 0.9, "max_tokens": 99, "seed": 5}
    assert record["sampling"] == wanted | {k: v for k, v in record["sampling"].items() if k not in wanted}
    assert record["options"]["style"] == "base"


def test_unknown_task(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*RUN, "--task", "Fake/33"]) == 2
    assert "Fake/3" in capsys.readouterr().err


def test_auto_falls_back_to_bubblewrap_with_the_reason(
    fakes: Fakes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fakes.launchers["docker"].refusal = "no engine answers"
    assert run_command(RUN) == 0
    assert "no engine answers" in capsys.readouterr().err
    record = json.loads((tmp_path / "runs" / "fake--fake" / "run.json").read_text("utf-8"))
    assert record["sandbox"]["launcher"] == "bubblewrap"


def test_no_sandbox_at_all(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    for launcher in fakes.launchers.values():
        launcher.refusal = f"{launcher.name} is not here"
    assert run_command(RUN) == 6
    shown = capsys.readouterr().err
    assert "docker is not here" in shown
    assert "mend bubblewrap" in shown


def test_a_requested_sandbox_is_not_replaced(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    fakes.launchers["docker"].refusal = "no engine answers"
    assert run_command([*RUN, "--sandbox", "docker"]) == 6
    assert "no engine answers" in capsys.readouterr().err


def test_too_many_sandbox_errors_still_show_the_result(
    fakes: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    fakes.model.texts = ("sandbox:99", "pass")
    assert run_command(RUN) == 6
    shown = capsys.readouterr()
    assert "SANDBOX_ERROR" in shown.out
    assert "14" in shown.err
    assert run_command(["score", "runs/fake--fake", "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    failed = metrics["outcomes"]["SANDBOX_ERROR"]
    assert 0 < failed < 14
    assert metrics["outcomes"]["PASSED"] == 14 - failed


def test_a_model_that_fails_keeps_what_was_done(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    fakes.model.fail_after = 3
    assert run_command(RUN) == 5
    fakes.model.fail_after = None
    assert run_command(RUN) == 0
    assert len(fakes.model.asked) == len(set(fakes.model.asked)) == 2 * TASKS


def test_generate_then_execute_in_place(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["generate", "fake", "--model", "fake:", "--out", "here"]) == 0
    shown = capsys.readouterr()
    assert "7 completions" in shown.out
    assert "sandbox" not in shown.err
    fakes.specs.clear()
    assert run_command(["execute", "fake", "here", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["samples"] == TASKS
    assert not fakes.specs, "executing needs no model"


def test_execute_requires_out_for_a_file(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["execute", "fake", "samples.jsonl"]) == 2
    assert "--out" in capsys.readouterr().err


def write_samples(*rows: object) -> Path:
    path = Path("samples.jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_execute_reads_a_samples_file(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    write_samples(
        {"task_id": "Fake/2", "solution": "pass"},
        {"task_id": "Fake/0", "solution": "fail"},
        {"task_id": "Fake/2", "solution": "crash"},
        {"task_id": "Fake/1"},
    )
    execute = ["execute", "fake", "samples.jsonl", "--out", "here"]
    assert run_command(execute) == 4
    capsys.readouterr()
    assert run_command([*execute, "--keep-going", "--json"]) == 0
    ended = capsys.readouterr()
    assert "samples.jsonl:4" in ended.err
    metrics = json.loads(ended.out)["metrics"]
    assert (metrics["tasks"], metrics["samples"], metrics["outcomes"]["PASSED"]) == (2, 3, 1)
    assert not fakes.specs, "no model was made"


@pytest.mark.parametrize("source", ["reference:", "file:samples.jsonl"])
@pytest.mark.parametrize("option", [("--cache",), ("--batch",), ("--max-cost", "1")])
def test_options_for_models_are_refused_for_sources(
    fakes: Fakes, capsys: pytest.CaptureFixture[str], source: str, option: tuple[str, ...]
) -> None:
    write_samples({"task_id": "Fake/0", "solution": "pass"})
    assert run_command(["run", "fake", "--model", source, *option]) == 2
    assert option[0] in capsys.readouterr().err
    assert not Path("runs").exists()


@pytest.mark.parametrize(("source", "samples"), [("reference:", TASKS), ("file:samples.jsonl", 1)])
def test_options_without_effect_on_sources_are_reported(
    fakes: Fakes, capsys: pytest.CaptureFixture[str], source: str, samples: int
) -> None:
    write_samples({"task_id": "Fake/0", "solution": "pass"})
    options = ("--no-cache", "--concurrency", "--rpm", "--tpm")
    arguments = ["--no-cache", "--concurrency", "3", "--rpm", "5", "--tpm", "7"]
    assert run_command(["run", "fake", "--model", source, "--json", *arguments]) == 0
    ended = capsys.readouterr()
    assert all(f"{option} has no effect" in ended.err for option in options)
    assert json.loads(ended.out)["metrics"]["outcomes"]["PASSED"] == samples


@pytest.mark.parametrize("arguments", [[], ["--no-cache"]])
def test_a_samples_file_with_unknown_tasks_is_refused(
    fakes: Fakes, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    write_samples({"task_id": "Fake/0", "solution": "pass"}, {"task_id": "Fake/99", "solution": "pass"})
    run = ["run", "fake", "--model", "file:samples.jsonl", *arguments]
    assert run_command(run) == 2
    assert "Fake/99" in capsys.readouterr().err


def test_the_cache_stays_out_of_sources_where_the_environment_turns_it_on(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CODEEVAL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("CODEEVAL_CACHE", "auto")
    assert run_command(["run", "fake", "--model", "reference:"]) == 0
    assert not (tmp_path / "cache" / "completions.sqlite3").exists()


def test_score_again_with_another_k(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(RUN) == 0
    capsys.readouterr()
    assert run_command(["score", "runs/fake--fake", "--k", "2", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["metrics"]["metrics"]) == {"pass@2"}
    assert run_command(["score", "runs/fake--fake", "--k", "5"]) == 0
    assert "pass@1" not in capsys.readouterr().out
    assert run_command(["score", "runs/fake--fake", "--k", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["metrics"] == {}


def test_show_one_sample_with_hostile_text_made_visible(
    fakes: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    fakes.model.texts = (HOSTILE,)
    assert run_command([*RUN, "--out", "here"]) == 0
    capsys.readouterr()
    assert run_command(["show", "here", "--task", "Fake/2", "--sample", "1"]) == 0
    shown = capsys.readouterr().out
    for part in (
        "Fake/2, sample 1",
        "completion, raw",
        "rule whole",
        "verdict: PASSED",
        r"\x1b]0;owned\x07\x1b[2J",
    ):
        assert part in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_show_as_json_keeps_the_text_as_it_is(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    fakes.model.texts = (HOSTILE,)
    assert run_command([*RUN, "--out", "here"]) == 0
    capsys.readouterr()
    assert run_command(["show", "here", "--task", "Fake/2", "--json"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert json.loads(out)["completion"]["text"] == HOSTILE


def test_show_a_run(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*RUN, "--out", "here"]) == 0
    capsys.readouterr()
    assert run_command(["show", "here", "--json"]) == 0
    overview = json.loads(capsys.readouterr().out)
    assert [line["task_id"] for line in overview["tasks"]] == [f"Fake/{i}" for i in range(TASKS)]
    assert all(line["planned"] == sum(line["outcomes"].values()) == 2 for line in overview["tasks"])


@pytest.mark.parametrize(
    ("arguments", "part"),
    [(["--task", "Fake/77"], "Fake/7"), (["--task", "Fake/1", "--sample", "2"], "0 to 1")],
)
def test_show_of_an_unknown_task_or_sample(
    fakes: Fakes, arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command([*RUN, "--out", "here"]) == 0
    capsys.readouterr()
    assert run_command(["show", "here", *arguments]) == 2
    assert part in capsys.readouterr().err


@pytest.mark.parametrize(("form", "field"), [("human-eval", "completion"), ("evalplus", "solution")])
def test_export(fakes: Fakes, form: str, field: str, tmp_path: Path) -> None:
    assert run_command([*RUN, "--out", "here"]) == 0
    assert run_command(["export", "here", "--format", form]) == 0
    rows = [
        json.loads(line) for line in (tmp_path / "here" / f"{form}.jsonl").read_text("utf-8").splitlines()
    ]
    assert [row["task_id"] for row in rows] == [f"Fake/{i // 2}" for i in range(2 * TASKS)]
    assert all(set(row) == {"task_id", field} for row in rows)


def test_doctor_finds_a_sound_benchmark_sound(fakes: Fakes, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["doctor", "fake"]) == 0
    out = capsys.readouterr().out
    assert "7 of 7" in out


def test_doctor_finds_a_cheat_that_passes(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Benchmark, "cheat", "pass")
    assert run_command(["doctor", "fake", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {failure["control"] for failure in found["failures"]} == {"empty-body"}
    assert len(found["failures"]) == TASKS


def test_doctor_finds_a_reference_that_fails(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(benchmark: Benchmark, problem: Problem) -> Completion:
        right = _passing(benchmark, problem)
        return msgspec.structs.replace(right, text="crash") if problem.task_id == "Fake/4" else right

    monkeypatch.setattr(Benchmark, "reference", failing)
    assert run_command(["doctor", "fake"]) == 1
    assert "Fake/4" in capsys.readouterr().out
    assert run_command(["doctor", "fake", "--json"]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert (failure["control"], failure["task_id"]) == ("reference solution", "Fake/4")
