"""A run read on while another process writes it, and a folder of runs that may be anybody's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.runs import P, S, W, make_run, run_config

from codeeval.errors import DataError, UnknownName
from codeeval.pipeline import score
from codeeval.records import RunDirectory
from codeeval.reports.source import Origin, read_run
from codeeval.types import Completion, CompletionKind, FinishReason, Outcome, Usage, Verdict
from codeeval.viewer import following
from codeeval.viewer.folder import DEPTH, Folder, run_id
from codeeval.viewer.following import Followed
from codeeval.viewer.live import Status
from codeeval.viewer.searching import search

if TYPE_CHECKING:
    from pathlib import Path

PLAN = {"a": 2, "b": 2}


@pytest.fixture(autouse=True)
def _always_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_PERIOD_S", 0.0)
    monkeypatch.setattr(following, "_SHARE", float("inf"))


def completion(task: str, sample: int, tokens: int = 10) -> Completion:
    return Completion(
        task_id=task,
        sample=sample,
        text=f"the text of {task} {sample}",
        kind=CompletionKind.ANSWER,
        finish_reason=FinishReason.STOP,
        usage=Usage(completion_tokens=tokens),
    )


def verdict(task: str, sample: int, outcome: Outcome, cpu_s: float = 0.5) -> Verdict:
    return Verdict(
        task_id=task,
        sample=sample,
        outcome=outcome,
        detail="" if outcome is P else f"says {outcome.value}",
        rule="fence",
        wall_s=1.0,
        cpu_s=cpu_s,
        peak_rss_bytes=1,
    )


def start(path: Path) -> RunDirectory:
    return RunDirectory.create(path, run_config("humaneval", PLAN), list(PLAN))


def test_what_is_appended_is_read_and_named(tmp_path: Path) -> None:
    followed = Followed(tmp_path)
    with start(tmp_path) as run:
        first = followed.live(0)
        assert (first.status, first.planned, first.generated, first.judged) == (Status.RUNNING, 4, 0, 0)
        assert first.score is None
        run.add_completion(completion("b", 0, tokens=7))
        run.add_completion(completion("b", 1, tokens=8))
        run.add_verdict(verdict("b", 0, P))
        run.add_verdict(verdict("b", 1, W, cpu_s=2.0))
        then = followed.live(first.version)
        assert (then.generated, then.judged, then.tokens) == (2, 2, 15)
        assert then.outcomes[:2] == (1, 1)
        assert then.score is not None
        assert (then.score.name, then.score.value) == ("pass@1", 0.5)
        assert [(task, outcomes[:2], cpu) for task, outcomes, cpu in then.tasks] == [(1, (1, 1), 2.0)]
        assert [(each.task_id, each.sample, each.cpu_s) for each in then.slowest] == [
            ("b", 1, 2.0),
            ("b", 0, 0.5),
        ]
        assert [(each.text, each.count, each.task, each.sample) for each in then.messages] == [
            ("says WRONG_ANSWER", 1, 1, 1)
        ]
        again = followed.live(then.version)
        assert (again.version, again.tasks) == (then.version, ())
    followed.close()


def test_a_torn_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    with start(tmp_path) as run:
        run.add_completion(completion("a", 0))
        run.add_completion(completion("a", 1))
    whole = (tmp_path / "completions.jsonl").read_bytes()
    (tmp_path / "completions.jsonl").write_bytes(whole[:-9])
    followed = Followed(tmp_path)
    assert followed.live(0).generated == 1
    with (tmp_path / "completions.jsonl").open("ab") as file:
        file.write(whole[-9:])
    assert followed.live(0).generated == 2
    followed.close()


def test_a_verdict_in_place_of_another_counts_once(tmp_path: Path) -> None:
    followed = Followed(tmp_path)
    with start(tmp_path) as run:
        run.add_completion(completion("a", 0))
        run.add_verdict(verdict("a", 0, S))
        seen = followed.live(0)
        run.add_verdict(verdict("a", 0, P))
        now = followed.live(seen.version)
    assert sum(now.outcomes) == 1
    assert now.outcomes[0] == 1
    assert now.messages == ()
    assert [outcomes[0] for _, outcomes, _ in now.tasks] == [1]
    followed.close()


def test_a_run_that_ends_or_grows_is_opened_anew(tmp_path: Path) -> None:
    followed = Followed(tmp_path)
    with start(tmp_path) as run:
        for task, sample in (("b", 1), ("a", 0), ("b", 0), ("a", 1)):  # sorted when the run ends
            run.add_completion(completion(task, sample))
            run.add_verdict(verdict(task, sample, P))
        before = followed.live(0)
        run.finish()
    after = followed.live(before.version)
    assert after.status is Status.FINISHED
    assert (after.judged, len(after.tasks)) == (4, 2)
    with followed.opened() as (directory, _):
        assert [directory.completion(index).text for index in range(4)] == [
            f"the text of {task} {sample}" for task in "ab" for sample in (0, 1)
        ]
    more = run_config("humaneval", {"a": 3, "b": 2})
    with RunDirectory.create(tmp_path, more, list(PLAN)):
        grown = followed.live(after.version)
    assert (grown.planned, grown.status) == (5, Status.RUNNING)
    followed.close()


def test_samples_without_an_answer_count_as_they_do_in_the_metrics(tmp_path: Path) -> None:
    plan = {"a": 2, "b": 2}
    with RunDirectory.create(tmp_path, run_config("humaneval", plan), list(plan)) as run:
        for task in plan:
            run.add_completion(completion(task, 0))
            run.add_verdict(verdict(task, 0, P))
            silent = msgspec.structs.replace(completion(task, 1), finish_reason=FinishReason.NO_ANSWER)
            run.add_completion(silent)
        run.finish()
    metrics = score(tmp_path, (1, 2)).metrics
    followed = Followed(tmp_path)
    assert followed.live(0).status is Status.FINISHED
    with followed.opened() as (directory, account):
        for _ in range(2):  # what is left out once must not be left out again
            view = account.counts.view(
                directory, "", (1, 2), Origin(None, {}), account.counts.tally.timings((), None)
            )
            assert metrics is not None
            assert view.metrics.metrics == metrics.metrics
            assert view.metrics.metrics["pass@1"].worst == 0.5
    with RunDirectory.open(tmp_path) as directory:
        assert read_run(directory, "", (1, 2), Origin(None, {})).metrics.metrics == metrics.metrics
    followed.close()


def test_only_a_held_lock_or_a_fresh_file_is_a_running_run(tmp_path: Path) -> None:
    with start(tmp_path) as run:
        run.add_completion(completion("a", 0))
        for name in ("completions.jsonl", "verdicts.jsonl"):
            os.utime(tmp_path / name, (1, 1))
        assert following.is_written(tmp_path)
    assert not following.is_written(tmp_path)
    os.utime(tmp_path / "completions.jsonl")
    assert following.is_written(tmp_path)


def test_what_was_read_stays_where_a_later_line_is_malformed(tmp_path: Path) -> None:
    followed = Followed(tmp_path)
    with start(tmp_path) as run:
        run.add_completion(completion("a", 0))
    assert followed.live(0).problem == ""
    with (tmp_path / "completions.jsonl").open("ab") as file:
        file.write(b"{}\n")
    live = followed.live(0)
    assert "completions.jsonl:2" in live.problem
    assert live.generated == 1
    followed.close()


def listed(root: Path) -> dict[str, tuple[Status | None, str]]:
    folder = Folder(root)
    found = {run.path: (run.status, run.problem) for run in folder.listing().runs}
    folder.close()
    return found


def test_a_folder_of_good_and_bad_runs(tmp_path: Path) -> None:
    make_run(tmp_path / "good", "humaneval", {"a": [P]})
    half = make_run(tmp_path / "deep" / "er" / "half", "humaneval", {"a": [P]}, planned=2)
    for path in half.iterdir():
        os.utime(path, (1, 1))
    newer = make_run(tmp_path / "newer", "humaneval", {"a": [P]})
    config = msgspec.json.decode((newer / "run.json").read_bytes())
    (newer / "run.json").write_bytes(msgspec.json.encode(config | {"schema": 99}))
    torn = make_run(tmp_path / "torn", "humaneval", {"a": [P]})
    (torn / "run.json").write_bytes((torn / "run.json").read_bytes()[:100])
    malformed = make_run(tmp_path / "malformed", "humaneval", {"a": [P]})
    (malformed / "metrics.json").unlink()
    (malformed / "verdicts.jsonl").write_text('{"task_id": 1}\n')
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "completions.jsonl").write_text("")
    found = listed(tmp_path)
    assert found.pop("good") == (Status.FINISHED, "")
    assert found.pop("deep/er/half") == (Status.UNFINISHED, "")
    assert "schema 99" in found.pop("newer")[1]
    assert "torn/run.json" in found.pop("torn")[1]
    assert "malformed/verdicts.jsonl:1" in found.pop("malformed")[1]
    assert "bare" in found.pop("bare")[1]
    assert not found


def test_runs_of_a_suite_are_listed_as_such(tmp_path: Path) -> None:
    root = tmp_path / "nightly"
    make_run(root / "humaneval--m", "humaneval", {"a": [P]})
    make_run(tmp_path / "alone", "humaneval", {"a": [P]})
    common = {"benchmark": "b", "model": "m", "spec": "s", "label": "b"}
    record = {
        "schema": 1,
        "name": "nightly <b>",
        "source": "suite.toml",
        "codeeval_version": "0",
        "created": "",
        "benchmarks": [],
        "runs": [
            {**common, "directory": "humaneval--m", "state": "done"},
            {**common, "directory": "b--m", "state": "failed", "error": "no image"},
            {**common, "directory": "c--m"},
        ],
    }
    (root / "suite.json").write_bytes(msgspec.json.encode(record))
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "suite.json").write_text("{")
    folder = Folder(tmp_path)
    listing = folder.listing()
    suites = {suite.path: suite for suite in listing.suites}
    assert suites["nightly"].name == "nightly <b>"
    assert (suites["nightly"].done, suites["nightly"].planned) == (1, 3)
    assert suites["nightly"].failed == ("b on m: no image",)
    assert "suite.json" in suites["torn"].problem
    assert {run.path: run.suite for run in listing.runs} == {
        "nightly/humaneval--m": suites["nightly"].id,
        "alone": "",
    }
    (root / "suite.json").write_bytes(msgspec.json.encode(record | {"name": "weekly"}))
    os.utime(root / "suite.json", (1, 1))
    assert [suite.name for suite in folder.listing().suites] == ["weekly", ""]
    folder.close()


@pytest.mark.timeout(60)
def test_a_hostile_folder_is_neither_waited_for_nor_left(tmp_path: Path) -> None:
    outside = make_run(tmp_path / "outside", "humaneval", {"a": [P]})
    root = tmp_path / "root"
    fifo = make_run(root / "fifo", "humaneval", {"a": [P]})
    for name in ("verdicts.jsonl", "metrics.json"):
        (fifo / name).unlink()
        os.mkfifo(fifo / name)
    pipe = root / "pipe"
    pipe.mkdir()
    os.mkfifo(pipe / "run.json")
    suite = root / "suite"
    suite.mkdir()
    os.mkfifo(suite / "suite.json")
    (root / "link").symlink_to(outside)
    (root / "loop").symlink_to(root)
    device = make_run(root / "device", "humaneval", {"a": [P]})
    (device / "run.json").unlink()
    (device / "run.json").symlink_to("/dev/zero")
    deep = root
    for _ in range(DEPTH + 1):
        deep /= "d"
    make_run(deep, "humaneval", {"a": [P]})
    found = listed(root)
    assert set(found) == {"fifo", "pipe", "device"}
    assert all(problem for _, problem in found.values())


def test_a_run_is_named_by_its_place_alone(tmp_path: Path) -> None:
    run = make_run(tmp_path / os.fsdecode(b"\xff<b>"), "humaneval", {"a": [P]})
    folder = Folder(tmp_path)
    (only,) = folder.listing().runs
    assert only.id == run_id(tmp_path, run)
    assert only.id.isalnum()
    assert folder.run(only.id).path == run
    with pytest.raises(UnknownName):
        folder.run("0" * 12)
    folder.close()


def test_search_finds_what_is_escaped_or_in_capitals(tmp_path: Path) -> None:
    texts = {"a": 'print("Grüße")\nnext', "b": "nothing here \u2028 at all"}
    run = make_run(tmp_path, "humaneval", {"a": [W], "b": [P]}, text=lambda task, _: texts[task])
    numbers = {"a": 0, "b": 1}

    def found(query: str) -> list[tuple[str, str, str]]:
        return [(each.task_id, each.where, each.match) for each in search(run, query, numbers).found]

    assert found("GRÜßE") == [("a", "completion", "Grüße")]
    assert found('("gr') == [("a", "completion", '("Gr')]
    assert found(")\nnext") == [("a", "completion", ")\nnext")]
    assert found("why wrong") == [("a", "verdict", "why WRONG")]
    assert found("\u2028") == [("b", "completion", "\\u2028")]
    assert found("task_id") == []
    with (run / "completions.jsonl").open("ab") as file:
        file.write(b"nothing\n")
    with pytest.raises(DataError, match=r"completions\.jsonl"):
        search(run, "nothing", numbers)
