"""Right answers in all the shapes that chat models give them pass, and the audit says what was taken."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from command import codeeval, complain, rows, succeed

CORPUS = Path(__file__).parents[1] / "fixtures" / "answers"


class Answer(NamedTuple):
    """One answer of the corpus."""

    shape: str
    name: str
    text: str


def corpus() -> list[Answer]:
    """Read the files, a shape each; a line ``=== name`` begins an answer."""
    found = []
    for path in sorted(CORPUS.glob("*.txt")):
        for part in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name, _, text = part.partition("\n")
            found.append(Answer(path.stem, name, text))
    return found


def write(path: Path, texts: list[str]) -> Path:
    """Write answers as samples of HumanEval/23, ``strlen``."""
    samples = [
        {"task_id": "HumanEval/23", "sample": number, "kind": "answer", "text": text}
        for number, text in enumerate(texts)
    ]
    path.write_text("".join(f"{json.dumps(each)}\n" for each in samples), encoding="utf-8")
    return path


def execute(folder: Path, texts: list[str]) -> Path:
    samples = write(folder / "samples.jsonl", texts)
    succeed("execute", "humaneval", samples, "--sandbox", "bubblewrap", "--out", folder / "run", "-q")
    return folder / "run"


def test_names_are_of_one_answer_each() -> None:
    assert not [
        key for key, count in Counter((each.shape, each.name) for each in corpus()).items() if count > 1
    ]


@pytest.mark.bubblewrap
def test_right_answers_pass(tmp_path: Path) -> None:
    answers = corpus()
    run = execute(tmp_path, [each.text for each in answers])
    outcomes = {row["sample"]: row["outcome"] for row in rows(run / "verdicts.jsonl")}
    failed = {
        (answers[sample].shape, answers[sample].name): outcome
        for sample, outcome in outcomes.items()
        if outcome != "PASSED"
    }
    assert len(outcomes) == len(answers) > 200
    assert not failed


RIGHT = "```python\ndef strlen(string):\n    return len(string)\n```\n"
WRONG = "```python\ndef strlen(string):\n    return 1\n```\n"


@pytest.mark.bubblewrap
def test_the_audit_lists_samples_whose_other_candidate_may_be_meant(tmp_path: Path) -> None:
    run = execute(tmp_path, [RIGHT, WRONG, RIGHT + "or\n" + WRONG, WRONG + "or\n" + RIGHT, "I cannot."])
    found = succeed("extraction", run, "--json").json
    assert (found["samples"], found["benchmark"]) == (5, "humaneval")
    assert found["rules"] == [
        {"rule": "fence", "samples": 4, "passed": 2},
        {"rule": "none", "samples": 1, "passed": 0},
    ]
    (doubtful,) = found["doubtful"]
    assert (doubtful["task_id"], doubtful["sample"], doubtful["outcome"]) == (
        "HumanEval/23",
        2,
        "WRONG_ANSWER",
    )
    assert doubtful["taken"]["code"] == "def strlen(string):\n    return 1\n"
    assert [each["code"] for each in doubtful["others"]] == ["def strlen(string):\n    return len(string)\n"]

    text = succeed("extraction", run).out
    assert "HumanEval/23" in text
    assert "WRONG_ANSWER" in text

    shown = succeed("show", run, "--task", "HumanEval/23", "--sample", 2)
    assert "2. fence, 2 lines: sound\n\ndef strlen(string):\n    return len(string)\n" in shown.out
    shown = succeed("show", run, "--task", "HumanEval/23", "--sample", 2, "--json")
    assert len(shown.json["program"]["extraction"]["candidates"]) == 2


def test_the_audit_of_no_run_is_an_error(tmp_path: Path) -> None:
    complain(4, str(tmp_path), of=codeeval("extraction", tmp_path))
