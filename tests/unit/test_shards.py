"""Shards of a run: which tasks they have, and that together they are the whole run, byte for byte."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest
import yaml
from pipeline_fakes import FakeModel
from support.runs import P, W, make_run
from test_cli_run import TASKS, Fakes, fakes

import codeeval
from codeeval.cli.main import run_command
from codeeval.errors import UsageError
from codeeval.records import RunDirectory, Shard, parse_shard, shard_plan

__all__ = ["fakes"]
Capture = pytest.CaptureFixture[str]
SHARED = ("completions.jsonl", "verdicts.jsonl", "metrics.json")


def run_shard(out: Path, *more: str) -> int:
    return run_command(["run", "fake", "--model", "fake:m", "--n", "3", "--out", str(out), "-q", *more])


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/5", ""])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(UsageError, match="no shard"):
        parse_shard(text)


def test_shards_are_disjoint_and_complete_and_of_equal_size() -> None:
    plan = {f"T/{number}": 1 + number % 3 for number in range(23)}
    parts = [shard_plan(plan, number, 5) for number in range(1, 6)]
    assert {task: count for part, _ in parts for task, count in part.items()} == plan
    assert sum(len(part) for part, _ in parts) == len(plan)
    assert {len(part) for part, _ in parts} == {4, 5}
    assert len({shard.plan_sha256 for _, shard in parts}) == 1
    with pytest.raises(UsageError, match="24 shards of 23 tasks"):
        shard_plan(plan, 1, 24)


def test_shards_in_any_order_equal_the_whole_run(fakes: Fakes, tmp_path: Path, capsys: Capture) -> None:
    assert run_shard(tmp_path / "whole") == 0
    order = list(range(1, TASKS + 1))
    random.Random(7).shuffle(order)
    for number in order:
        assert run_shard(tmp_path / f"part{number}", "--shard", f"{number}/{TASKS}") == 0
    merged = tmp_path / "merged"
    parts = [str(tmp_path / f"part{number}") for number in reversed(order)]
    assert run_command(["merge", *parts, "--out", str(merged)]) == 0
    assert f"{TASKS} tasks, {3 * TASKS} samples" in capsys.readouterr().out
    for name in SHARED:
        assert (merged / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    configs = [json.loads((tmp_path / name / "run.json").read_text()) for name in ("whole", "merged")]
    for each in configs:
        del each["created"], each["command"]
    assert configs[0] == configs[1] | {"command": []} or configs[0] == configs[1]
    again = codeeval.merge(parts, merged)
    assert (merged / "verdicts.jsonl").read_bytes() == (tmp_path / "whole" / "verdicts.jsonl").read_bytes()
    assert again.metrics == codeeval.load_run(tmp_path / "whole").metrics


def test_a_shard_resumes_and_takes_more_samples(fakes: Fakes, tmp_path: Path) -> None:
    part = tmp_path / "part"
    assert run_shard(part, "--shard", "2/3", "--limit", "4") == 0
    assert run_shard(part, "--shard", "2/3") == 0
    with RunDirectory.open(part) as directory:
        assert directory.config.plan == {"Fake/1": 3, "Fake/4": 3}
        assert directory.config.shard is not None
        assert directory.config.shard.places == {"Fake/1": 1, "Fake/4": 4}
    assert run_shard(part, "--shard", "1/3") == 2


def test_the_folder_is_named_after_the_shard(fakes: Fakes, tmp_path: Path) -> None:
    assert run_command(["run", "fake", "--model", "fake:m", "--shard", "2/3", "-q"]) == 0
    assert (tmp_path / "runs" / "fake--fake--2-of-3" / "run.json").exists()


def shard_run(path: Path, number: int, of: int = 2, sha: str = "a", **overrides: object) -> Path:
    tasks = {f"T/{place}": [P, W] for place in range(number - 1, 4, of)}
    places = {task: int(task[2:]) for task in tasks}
    shard = Shard(number=number, of=of, plan_sha256=sha, places=places)
    return make_run(path, "fake", tasks, shard=shard, **overrides)


def refused(capsys: Capture, out: Path, *paths: Path) -> tuple[int, str]:
    code = run_command(["merge", *map(str, paths), "--out", str(out)])
    return code, capsys.readouterr().err


def test_what_cannot_be_merged_is_named(tmp_path: Path, capsys: Capture) -> None:
    one, two = shard_run(tmp_path / "one", 1), shard_run(tmp_path / "two", 2)
    out = tmp_path / "out"
    code, text = refused(capsys, out, one)
    assert (code, "1 of 2 shards are absent: 2/2" in text) == (4, True), text
    code, text = refused(capsys, out, one, two, shard_run(tmp_path / "copy", 2))
    assert code == 2
    assert f"{two} and {tmp_path / 'copy'} are both shard 2/2" in text
    whole = make_run(tmp_path / "whole", "fake", {"T/0": [P]})
    code, text = refused(capsys, out, whole, two)
    assert code == 2
    assert f"{whole} is a whole run, no shard" in text
    code, text = refused(capsys, out, one, shard_run(tmp_path / "other", 2, sha="b"))
    assert code == 2
    assert "tasks or samples planned" in text
    code, text = refused(capsys, out, one, shard_run(tmp_path / "three", 2, of=3))
    assert code == 2
    assert "shards: 2 and 3" in text
    code, text = refused(capsys, out, one, shard_run(tmp_path / "split", 2, settings={"split": "train"}))
    assert code == 2
    assert "settings.split" in text
    code, text = refused(capsys, out, one, shard_run(tmp_path / "cut", 2, planned=3))
    assert (code, "shard 2/2 in" in text, "2 of 6 samples have no result" in text) == (4, True, True), text
    code, text = refused(capsys, one, one, two)
    assert code == 2
    assert f"{one} is one of the shards" in text
    assert not out.exists()
    assert refused(capsys, out, two, one)[0] == 0
    with RunDirectory.open(out) as directory:
        assert directory.config.plan == {f"T/{place}": 2 for place in range(4)}
        assert directory.config.shard is None


def test_groups_and_limits_are_those_of_all_shards(tmp_path: Path) -> None:
    one = shard_run(tmp_path / "one", 1, groups={"sealed": ("T/0", "T/1"), "not sealed": ("T/2", "T/3")})
    two = shard_run(tmp_path / "two", 2, groups={"sealed": ("T/0", "T/1", "T/3"), "not sealed": ("T/2",)})
    codeeval.merge([two, one], tmp_path / "out")
    with RunDirectory.open(tmp_path / "out") as directory:
        assert directory.config.groups == {"sealed": ("T/0", "T/1", "T/3"), "not sealed": ("T/2",)}


def test_a_model_is_asked_only_for_the_tasks_of_the_shard(fakes: Fakes, tmp_path: Path) -> None:
    assert run_shard(tmp_path / "part", "--shard", "3/7") == 0
    with RunDirectory.open(tmp_path / "part") as directory:
        assert [each.task_id for each in directory.completions()] == ["Fake/2"] * 3
        texts = [FakeModel().sample("Fake/2", number).text for number in range(3)]
        assert [each.text for each in directory.completions()] == texts


EXAMPLES = Path(__file__).parents[2] / "examples" / "clusters"


def test_the_slurm_example_is_a_script() -> None:
    subprocess.run(["bash", "-n", EXAMPLES / "slurm.sh"], check=True)


def test_the_job_runs_as_many_shards_as_it_has_pods() -> None:
    job = yaml.safe_load((EXAMPLES / "kubernetes-job.yaml").read_text())
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert job["spec"]["completions"] == 16
    assert '--shard "$shard/16"' in container["args"][0]
    (mount,), (volume,) = container["volumeMounts"], job["spec"]["template"]["spec"]["volumes"]
    assert mount["name"] == volume["name"]
