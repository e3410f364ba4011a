"""The report as a file: what it holds, what it escapes, and what it refuses."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html.parser
import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from support.runs import P, S, W, make_run

from codeeval.cli.main import run_command
from codeeval.reports.page import safe_json
from codeeval.types import Outcome

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "</script><script>alert(1)</script><!-- \u2028 & \u202e"
TASKS = {
    "HumanEval/0": [P, W, W],
    "HumanEval/1": [P, P, P],
    "HumanEval/2": [Outcome.TIMEOUT, S, Outcome.NO_CODE],
}


class Elements(html.parser.HTMLParser):
    """Collects start tags, and the texts of scripts and styles by their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._open: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self._open.append({"tag": tag, **dict(attrs)})

    def handle_data(self, data: str) -> None:
        if self._open:
            self.scripts.append((self._open.pop(), data))

    def script(self, name: str) -> str:
        return next(text for attributes, text in self.scripts if attributes.get("id") == name)


def report(*arguments: object) -> int:
    return run_command(["report", *map(str, arguments)])


@pytest.fixture
def page(tmp_path: Path) -> Elements:
    run = make_run(tmp_path / "run", "humaneval", TASKS)
    assert report(run, "--out", tmp_path / "r.html", "-q") == 0
    return Elements((tmp_path / "r.html").read_text("utf-8"))


def detail(page: Elements, number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(page.script(f"d{number}"))))
    return found


def test_the_index_has_every_task_with_its_outcomes(page: Elements) -> None:
    index = json.loads(page.script("index"))
    assert [task[1] for task in index["tasks"]] == list(TASKS)
    assert index["tasks"][0][3][:2] == [1, 2]
    assert sum(index["tasks"][2][3]) == 3
    assert index["runs"][0]["verdicts"] == "run/verdicts.jsonl"


def test_a_task_holds_prompt_samples_rule_and_verdict(page: Elements) -> None:
    task = detail(page, 0)
    prompt = "".join(task["prompt"][0][1][1::2])
    assert "has_close_elements" in prompt
    assert "template" in task["missing"]
    first = task["samples"][0]
    assert first["outcome"] == 1
    assert first["rule"] == "fence"
    assert first["detail"] == ["", "why WRONG_ANSWER"]
    assert task["strip"] == "011"
    assert "CPU 3 s, wall 15 s" in task["limits"][0]
    names = [name for name, _ in first["files"]]
    assert names == ["solution.py", "tests.py"]
    shared = {tuple(sample["files"][1][1]) for sample in task["samples"]}
    assert len(shared) == 1, "the tests are kept once, whatever the number of samples"


def test_the_policy_allows_exactly_what_the_page_brings(page: Elements) -> None:
    policy = next(attrs["content"] for tag, attrs in page.tags if tag == "meta" and "http-equiv" in attrs)
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag, kind in (("script", None), ("style", None)):
        texts = [text for attrs, text in page.scripts if attrs["tag"] == tag and attrs.get("type") == kind]
        assert len(texts) == 1
        digest = base64.b64encode(hashlib.sha256(texts[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_page_loads_nothing_from_elsewhere(page: Elements) -> None:
    for tag, attributes in page.tags:
        assert "style" not in attributes, f"<{tag}> has a style that the policy forbids"
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "action"):
            value = attributes.get(name) or "#"
            assert value.startswith("#"), f"<{tag} {name}={value}>"


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    run = make_run(
        tmp_path / "run", "humaneval", {HOSTILE: [W], "b": [P]}, text=lambda _task, _sample: HOSTILE
    )
    other = make_run(tmp_path / "other", "humaneval", {HOSTILE: [P], "b": [W]}, settings={HOSTILE: HOSTILE})
    assert report(run, other, "--out", tmp_path / "r.html", "-q") == 0
    text = (tmp_path / "r.html").read_text("utf-8")
    assert "alert(1)</script>" not in text
    assert "\u202e" not in text
    assert "\u2028" not in text
    scripts = [attrs for tag, attrs in Elements(text).tags if tag == "script"]
    assert len(scripts) == 2 + 4


def test_several_samples_a_task_are_analysed(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "humaneval", TASKS, score_of=lambda _task, sample: sample)
    one = make_run(tmp_path / "one", "humaneval", {"HumanEval/0": [P], "HumanEval/1": [W]})
    assert report(run, one, "--out", tmp_path / "r.html", "--charts", tmp_path / "charts", "-q") == 0
    text = (tmp_path / "r.html").read_text("utf-8")
    assert text.count("Analysis of the samples") == 1
    # of at least two samples a task: one task passes always, one never, one a time in three
    assert "33.3%<span" in text.partition("All of them pass")[2].partition("</td>")[0]
    assert "0.0%<span" not in text.partition("The best scored passes")[2].partition("</td>")[0]
    assert "of 2</span>" in text.partition("The best scored passes")[2].partition("</td>")[0]
    assert [path.name for path in (tmp_path / "charts").glob("*coverage*.svg")] == [
        "humaneval-coverage-1.svg"
    ]


def test_one_sample_a_task_is_not_analysed(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "humaneval", {"HumanEval/0": [P], "HumanEval/1": [W]})
    assert report(run, "--out", tmp_path / "r.html", "-q") == 0
    assert "Analysis of the samples" not in (tmp_path / "r.html").read_text("utf-8")


def test_safe_json_is_json_that_cannot_leave_its_element() -> None:
    text = safe_json([HOSTILE])
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == [HOSTILE]


def test_a_missing_dataset_is_noted_in_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "humaneval", {"Task/0": [W]})
    assert report(run, "--out", tmp_path / "r.html") == 0
    task = detail(Elements((tmp_path / "r.html").read_text("utf-8")), 0)
    assert "prompt" not in task
    assert task["missing"]
    assert task["missing"].partition(":")[0] in capsys.readouterr().err
    assert task["samples"][0]["detail"] == ["", "why WRONG_ANSWER"]


def test_a_budget_keeps_all_tasks_and_counts_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "run", "humaneval", TASKS)
    assert report(run, "--out", tmp_path / "r.html", "--samples", 4, "--json") == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["samples"], done["shown"]) == (9, 4)
    page = Elements((tmp_path / "r.html").read_text("utf-8"))
    assert [len(detail(page, number)["samples"]) for number in range(3)] == [2, 1, 1]


def test_an_unfinished_run_is_marked(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "humaneval", TASKS, planned=5)
    assert report(run, "--out", tmp_path / "r.html", "-q") == 0
    text = (tmp_path / "r.html").read_text("utf-8")
    assert 'class="flag"' in text
    assert "of 15" in text


def test_charts_are_saved_in_three_forms(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "humaneval", TASKS)
    assert report(run, "--out", tmp_path / "r.html", "--charts", tmp_path / "charts", "-q") == 0
    names = {path.name for path in (tmp_path / "charts").iterdir()}
    assert {f"humaneval-outcomes.{ending}" for ending in ("svg", "png", "vl.json")} <= names
    assert "humaneval-pass-at-k.svg" in names


def test_runs_of_several_benchmarks_get_sections_and_are_compared_within(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "humaneval", {"HumanEval/0": [P], "HumanEval/1": [W]})
    b = make_run(tmp_path / "b", "humaneval", {"HumanEval/0": [W], "HumanEval/1": [W]})
    c = make_run(tmp_path / "c", "mbpp", {"2": [P]})
    assert report(a, b, c, "--out", tmp_path / "r.html", "-q", "--offline") == 0
    text = (tmp_path / "r.html").read_text("utf-8")
    assert text.count('class="comparison"') == 1
    assert "0 gained, 1 lost" in text
    assert text.count('class="scores"') == 2


def test_runs_on_other_data_are_shown_but_not_compared(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "humaneval", {"HumanEval/0": [P]})
    dataset = {"id": "other", "config": "", "split": "test", "revision": "r2", "sha256": "e" * 64, "rows": 1}
    changed = msgspec.json.decode((a / "run.json").read_bytes()) | {"dataset": dataset}
    b = make_run(tmp_path / "b", "humaneval", {"HumanEval/0": [W]})
    (b / "run.json").write_bytes(msgspec.json.encode(changed))
    assert report(a, b, "--out", tmp_path / "r.html", "-q") == 0
    text = (tmp_path / "r.html").read_text("utf-8")
    assert 'class="comparison"' not in text
    assert report(a, b, "--out", tmp_path / "f.html", "-q", "--force") == 0
    assert (tmp_path / "f.html").read_text("utf-8").count('class="comparison"') == 1


def test_an_empty_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "humaneval", {"HumanEval/0": []}, planned=1)
    assert report(run, "--out", tmp_path / "r.html") == 4
    assert str(run) in capsys.readouterr().err
    assert not (tmp_path / "r.html").exists()


def test_non_runs_and_duplicates_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "humaneval", TASKS)
    assert report(tmp_path, "--out", tmp_path / "r.html") == 4
    assert str(tmp_path) in capsys.readouterr().err
    assert report(run, run / ".." / "run", "--out", tmp_path / "r.html") == 2
    assert "run" in capsys.readouterr().err


def test_a_newer_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "humaneval", TASKS)
    verdicts = run / "verdicts.jsonl"
    verdicts.write_text(verdicts.read_text("utf-8").replace('{"schema":2,', '{"schema":99,'), "utf-8")
    assert report(run, "--out", tmp_path / "r.html") == 4
    assert "schema 99" in capsys.readouterr().err


def test_an_unwritable_place_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", "humaneval", TASKS)
    (tmp_path / "file").write_text("")
    assert report(run, "--out", tmp_path / "file" / "r.html") == 7
    assert str(tmp_path / "file") in capsys.readouterr().err
