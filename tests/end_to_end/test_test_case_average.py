"""APPS' test case average beside its strict accuracy: standard input and calls, in all that shows a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import rows, succeed

from codeeval import benchmarks

ROWS = Path(benchmarks.__path__[0]) / "apps" / "golden"
FIRST_CASE = "n = int(input())\nprint('a b' if n == 2 else 'b\\na')"
RAISES = "def sums(numbers):\n    1 / len(numbers)\n    return [*accumulate(numbers)]"
RIGHT = "a, b = map(float, input().split())\nprint(a / b)"


@pytest.mark.bubblewrap
def test_shares_of_tests(tmp_path: Path) -> None:
    answers, run = tmp_path / "answers.jsonl", tmp_path / "run"
    texts = [FIRST_CASE, RAISES, RIGHT]
    lines = [
        {"task_id": f"apps/{number}", "text": text, "kind": "solution"} for number, text in enumerate(texts)
    ]
    lines.append({"task_id": "apps/2", "text": "", "kind": "answer"})
    answers.write_text("".join(json.dumps(line) + "\n" for line in lines))
    own = ("--data-root", ROWS, "--offline")
    command = ("execute", "apps", answers, "--out", run, "--sandbox", "bubblewrap", *own)
    shown = succeed(*command).out
    verdicts = {(each["task_id"], each["sample"]): each for each in rows(run / "verdicts.jsonl")}
    found = {
        key: (each["outcome"], each["evidence"][0]["share"])
        for key, each in verdicts.items()
        if "evidence" in each
    }
    assert found == {
        ("apps/0", 0): ("WRONG_ANSWER", 0.5),
        ("apps/1", 0): ("RUNTIME_ERROR", 0.5),
        ("apps/2", 0): ("PASSED", 1.0),
    }
    assert "ZeroDivisionError" in verdicts["apps/1", 0]["detail"]
    assert verdicts["apps/2", 1]["outcome"] == "NO_CODE"
    metrics = json.loads((run / "metrics.json").read_text())
    assert list(metrics["metrics"]) == ["pass@1", "test_case_average"]
    assert metrics["metrics"]["test_case_average"]["value"] == pytest.approx((0.5 + 0.5 + 0.5) / 3)
    levels = {name: each["metrics"]["test_case_average"]["value"] for name, each in metrics["groups"].items()}
    assert levels == {"introductory": 0.5, "interview": 0.5, "competition": 0.5}
    page = tmp_path / "report.html"
    succeed("report", run, "--out", page)
    for text in (shown, succeed("show", run).out, page.read_text()):
        assert "test_case_average" in text
    before = (run / "metrics.json").read_bytes()
    succeed("score", run)
    assert (run / "metrics.json").read_bytes() == before
