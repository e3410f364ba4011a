"""Each job done by the command line and by the Python API: the same files come out."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from codeeval.api import evidence, running
from codeeval.cli.main import run_command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.bubblewrap

SANDBOX = ["--sandbox", "bubblewrap", "--workers", "1"]
TASKS = 3
MEASURED = {"wall_s", "cpu_s", "peak_rss_bytes", "compile_s", "created", "command", "latency_s"}
"""What differs from one execution to the next."""
SAMPLES = (
    {"task_id": "HumanEval/0", "completion": "    return False\n"},
    {"task_id": "HumanEval/0", "completion": "    return any(abs(a - b) < threshold for i, a in "
     "enumerate(numbers) for b in numbers[i + 1:])\n"},
    {"task_id": "HumanEval/2", "solution": "def truncate_number(number):\n    return number % 1\n"},
)  # fmt: skip


def command(*arguments: object) -> None:
    assert run_command([*map(str, arguments), "-q"]) == 0


def unmeasured(value: Any) -> Any:  # Any: decoded JSON
    if isinstance(value, dict):
        return {key: unmeasured(each) for key, each in value.items() if key not in MEASURED}
    return [unmeasured(each) for each in value] if isinstance(value, list) else value


def contents(folder: Path) -> dict[str, Any]:
    """Return a run directory's records without what was measured."""
    found: dict[str, Any] = {}
    for path in sorted(folder.iterdir()):
        if path.name == "timings.json" or path.name.startswith("."):
            continue
        lines = path.read_text("utf-8").splitlines() if path.suffix == ".jsonl" else [path.read_text("utf-8")]
        found[path.name] = [unmeasured(json.loads(line)) for line in lines]
    return found


def samples(folder: Path) -> Path:
    path = folder / "samples.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in SAMPLES))
    return path


def run_references(folder: Path) -> None:
    command("run", "humaneval", "--model", "reference:", "--out", folder, "--limit", TASKS, *SANDBOX)


def run_references_in_python(folder: Path) -> None:
    running.run("humaneval", "reference:", out=folder, limit=TASKS, sandbox="bubblewrap", workers=1)


def run_references_in_a_loop(folder: Path) -> None:
    asyncio.run(
        running.arun("humaneval", "reference:", out=folder, limit=TASKS, sandbox="bubblewrap", workers=1)
    )


def run_references_blocking_a_loop(folder: Path) -> None:
    async def notebook() -> None:
        run_references_in_python(folder)

    asyncio.run(notebook())


def execute_samples(folder: Path) -> None:
    file = samples(folder.parent)
    command("execute", "humaneval", file, "--out", folder, "--k", "1,2", *SANDBOX)


def execute_samples_in_python(folder: Path) -> None:
    file = samples(folder.parent)
    running.run("humaneval", f"file:{file}", out=folder, k=(1, 2), sandbox="bubblewrap", workers=1)


def generate_then_execute(folder: Path) -> None:
    command("generate", "humaneval", "--model", "reference:", "--out", folder, "--limit", TASKS)
    command("execute", "humaneval", folder, *SANDBOX)


def generate_then_execute_in_python(folder: Path) -> None:
    made = running.generate("humaneval", "reference:", out=folder, limit=TASKS)
    running.execute_run(made, sandbox="bubblewrap", workers=1)


def score_again(folder: Path) -> None:
    execute_samples(folder)
    command("score", folder, "--k", "1")


def score_again_in_python(folder: Path) -> None:
    execute_samples(folder)
    assert running.score(folder, k=(1,)).metrics.keys() == {"pass@1"}


@pytest.mark.parametrize(
    ("by_command", "by_python"),
    [
        (run_references, run_references_in_python),
        (run_references, run_references_in_a_loop),
        (run_references, run_references_blocking_a_loop),
        (execute_samples, execute_samples_in_python),
        (generate_then_execute, generate_then_execute_in_python),
        (score_again, score_again_in_python),
    ],
    ids=["run", "arun", "run in a loop", "execute", "generate", "score"],
)
def test_a_run_directory_is_the_same_either_way(
    by_command: Callable[[Path], None], by_python: Callable[[Path], None], tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("a", "b")]
    for folder, job in zip(folders, (by_command, by_python), strict=True):
        folder.mkdir()
        job(folder / "run")
    command_made, python_made = (contents(folder / "run") for folder in folders)
    spec = "file:samples.jsonl"
    for made, folder in ((command_made, folders[0]), (python_made, folders[1])):
        text = json.dumps(made).replace(f"file:{folder}/samples.jsonl", spec)
        made.clear()
        made.update(json.loads(text))
    assert command_made == python_made
    assert command_made["verdicts.jsonl"]


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("runs")
    for name, completion in (("good", SAMPLES[1]["completion"]), ("bad", SAMPLES[0]["completion"])):
        rows = [{"task_id": "HumanEval/0", "completion": completion}]
        file = folder / f"{name}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        command("execute", "humaneval", file, "--out", folder / name, *SANDBOX)
    return folder / "good", folder / "bad"


def test_compare_is_the_same_either_way(
    two_runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    import msgspec  # noqa: PLC0415 -- here alone

    assert run_command(["compare", *map(str, two_runs), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    found = running.load_run(two_runs[0]).compare(two_runs[1])
    assert json.loads(msgspec.json.encode(found, enc_hook=str)) == printed


def test_gate_is_the_same_either_way(two_runs: tuple[Path, Path], tmp_path: Path) -> None:
    good, bad = two_runs
    names = ("junit", "sarif", "markdown")
    by_command = {name: tmp_path / f"command.{name}" for name in names}
    by_python = {name: tmp_path / f"python.{name}" for name in names}
    arguments = [part for name, path in by_command.items() for part in (f"--{name}", str(path))]
    code = run_command(["gate", "--baseline", str(good), "--candidate", str(bad), *arguments, "-q"])
    result = evidence.gate(bad, good, **by_python)  # type: ignore[arg-type] # three paths by name
    assert result.exit_code == code
    for name in names:
        assert by_command[name].read_text() == by_python[name].read_text()


def test_report_is_the_same_either_way(two_runs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    command("report", *two_runs, "--out", out, "--offline")
    by_command = out.read_text()
    assert evidence.report(*two_runs, out=out, offline=True) == out
    assert out.read_text() == by_command
