"""``codeeval surge verify`` with SURGE's rows and real sandboxes: a few rows of each subset, end to end."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest

from codeeval.benchmarks.surge.rows import Subset
from codeeval.benchmarks.surge.verification import Agreement, Cause, Checked, State
from codeeval.cli.main import run_command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.docker, pytest.mark.surge]

TASKS = {
    "ml": (0, 2),  # C and Python
    "cl": (0, 5),  # Python and JavaScript
    "rl": (12, 30, 33, 47),  # Python, the sudoku player, make, PlotNeuralNet
    "sc": (33, 68),
    "tc": (0, 51, 61),
    "bg": (0, 1, 8),  # Java, C++ and Python
    "dr": (0, 4, 11),  # Clang, GCC, and an address that every run prints anew
    "fl": (0,),
}


def verify(out: Path, *arguments: str) -> dict[str, Checked]:
    command = ["surge", "verify", "--offline", "--sandbox", "docker", "--out", str(out), "-q", *arguments]
    assert run_command(command) == 0
    lines = (out / "rows.jsonl").read_bytes().splitlines()
    return {line.task_id: line for line in (msgspec.json.decode(each, type=Checked) for each in lines)}


def test_rows_of_every_subset(
    tmp_path: Path,
    surge_root: Path,
    demand_image: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for image in ("gcc", "python", "node", "python-bigcodebench", "surge"):
        demand_image(image)
    wanted = [f"surge/{subset}/{number}" for subset, numbers in TASKS.items() for number in numbers]
    tasks = [word for task_id in wanted for word in ("--task", task_id)]
    done = verify(tmp_path, "--data-root", str(surge_root), "--json", *tasks)
    assert done.keys() == {task_id for task_id in wanted if not task_id.startswith("surge/fl/")}
    by_chance = done.pop("surge/dr/11")
    assert (by_chance.agreement, by_chance.cause) == (Agreement.NO, Cause.CHANCE)
    for task_id, line in done.items():
        assert line.state is State.EXECUTED, task_id
        assert line.agreement is not None, task_id
        assert line.agreement.identical, (task_id, line.outputs[0])
        assert line.fixed == 1.0, task_id
    summary = json.loads(capsys.readouterr().out)
    assert {line["subset"] for line in summary["lines"]} == {*TASKS, "all"}
    assert summary["not_run"]["fl"]
    assert any(tool.startswith("surge/clang") for tool in summary["toolchain"])


def test_a_wrong_answer_is_found(
    tmp_path: Path, surge_root: Path, demand_image: Callable[[str], None]
) -> None:
    demand_image("surge")
    folder = tmp_path / "data"
    folder.mkdir()
    for subset in Subset:
        shutil.copyfile(surge_root / f"{subset}.json", folder / f"{subset}.json")
    rows = json.loads((folder / "dr.json").read_text("utf-8"))
    rows[2]["gt"] = "17\n"  # the program prints 0
    (folder / "dr.json").write_text(json.dumps(rows), "utf-8")
    done = verify(tmp_path / "out", "dr", "--data-root", str(folder), "--limit", "3")
    assert [line.agreement for line in done.values()] == [Agreement.EXACT, Agreement.EXACT, Agreement.NO]
    assert done["surge/dr/2"].cause is Cause.UNEXPLAINED
    assert done["surge/dr/2"].fixed == 0.0
