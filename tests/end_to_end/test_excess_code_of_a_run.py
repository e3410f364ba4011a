"""CanItEdit's ExcessCode beside pass@k, in all that shows a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from command import rows, succeed
from pyarrow import parquet

if TYPE_CHECKING:
    from pathlib import Path

ROW = {
    "full_name": "1_add",
    "before": "def f(): return 1",
    "after": "def f(): return 2",
    "tests": "assert f() == 2",
    "instruction_descriptive": "Return two.",
    "instruction_lazy": "Two.",
}
LONGER = "def f(a=2):\n    if a == 3:\n        return 1\n    return a\n"
SOLUTIONS = {
    ROW["after"]: ("PASSED", 1.0),
    LONGER: ("PASSED", 0.8),
    f"{LONGER}import os\nos.write(1, b'7')\n": ("PASSED", 0.86),
    ROW["before"]: ("WRONG_ANSWER", None),
}
"""What a program prints is not taken for its measure."""


@pytest.mark.bubblewrap
def test_lines_that_tests_do_not_reach(tmp_path: Path) -> None:
    folder = tmp_path / "hub" / "nuprl" / "CanItEdit" / "default"
    folder.mkdir(parents=True)
    parquet.write_table(pa.Table.from_pylist([ROW]), folder / "test.parquet")
    answers, run = tmp_path / "answers.jsonl", tmp_path / "run"
    lines = [{"task_id": "1_add", "text": text, "kind": "solution"} for text in SOLUTIONS]
    answers.write_text("".join(json.dumps(line) + "\n" for line in lines))
    own = ("--data-root", tmp_path / "hub", "--offline")
    shown = succeed("execute", "canitedit", answers, "--out", run, "--sandbox", "bubblewrap", *own).out
    found = [
        (each["outcome"], each["evidence"][1].get("share"))
        for each in sorted(rows(run / "verdicts.jsonl"), key=lambda each: each["sample"])
    ]
    assert found == list(SOLUTIONS.values())
    metrics = json.loads((run / "metrics.json").read_text())["metrics"]
    assert list(metrics) == ["pass@1", "excess_code"]
    assert metrics["excess_code"]["value"] == pytest.approx(0.14)
    page = tmp_path / "report.html"
    succeed("report", run, "--out", page)
    for text in (shown, succeed("show", run).out, page.read_text()):
        assert "excess_code" in text
    exported = tmp_path / "exported"
    succeed("export", run, "--format", "every-eval-ever", "--out", exported, *own)
    (record,) = [json.loads(file.read_text()) for file in exported.rglob("*.json")]
    configs = [each["metric_config"] for each in record["evaluation_results"]]
    assert {each["metric_name"]: each["lower_is_better"] for each in configs} == {
        "pass@1": False,
        "excess_code": True,
    }
    before = (run / "metrics.json").read_bytes()
    succeed("score", run)
    assert (run / "metrics.json").read_bytes() == before
