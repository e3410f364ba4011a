"""The rates of docs/judge-errors.md, recomputed on a sample of the data that they were measured on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from command import succeed
from support import lcb_recordings, published
from support.packages import kattis_package

if TYPE_CHECKING:
    from pathlib import Path

QUICK: Final = ("--sandbox", "bubblewrap", "--workers", "2", "--json", "-q")
SUBMISSIONS: Final = ("guess.cc", "guess_modulo.py", "guess_rte_after_correct.cc")
FAIL: Final = ("1031_E. Triple Flips", "1041_E. Tree Reconstruction", "1056_D. Decorate Apple Tree")
"""Of the first twelve problems: two with several right answers, and one whose input has other lines."""


def rows(file: Path) -> list[dict[str, Any]]:  # Any: rows of any type
    from pyarrow import parquet  # noqa: PLC0415 -- costs 200 ms

    found: list[dict[str, Any]] = parquet.read_table(file).to_pylist()  # Any: as above
    return found


@pytest.mark.data
@pytest.mark.bubblewrap
def test_code_contests(data_root: Path) -> None:
    audit = succeed(
        *("audit", "code-contests", "--split", "train", "--limit", "12", "--data-root", data_root, *QUICK)
    ).json
    assert (audit["judged"], audit["undecided"]) == (12, [])
    assert [each["task_id"] for each in audit["errors"]] == list(FAIL)
    assert audit["false_negatives"]["rate"] == pytest.approx(3 / 12)


@pytest.mark.data
@pytest.mark.published
@pytest.mark.bubblewrap
def test_verdicts_that_were_published_for_apps(data_root: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    recorded = [
        row
        for row in published.published_rows("apps/coderl_generations.parquet")
        if row["error_type"] != "timeoutexception"  # each takes seconds
    ]
    with labels.open("w") as file:
        for row in recorded[::3]:
            line = {"task_id": f"apps/{row['problem_id']}", "completion": row["code"], "kind": "solution"}
            file.write(json.dumps(line | {"name": row["kind"], "passed": row["result"] == "true"}) + "\n")
    audit = succeed(
        *("audit", "apps", "--split", "train", "--labels", labels, "--data-root", data_root, *QUICK)
    ).json
    assert (audit["judged"], audit["false_positives"]["count"]) == (len(recorded[::3]), 0)
    assert [each["solution"] for each in audit["errors"]] in ([], ["baseline_solutions"])


EVERY: Final = 100
"""Of LiveCodeBench's recorded programs; tests/performance/livecodebench_verdicts.py writes all."""


@pytest.mark.data
@pytest.mark.published
@pytest.mark.bubblewrap
def test_recorded_verdicts_of_livecodebench(data_root: Path, tmp_path: Path) -> None:
    """A sample without programs that were too slow, and all that differ because of an older runner."""
    tests = lcb_recordings.with_tests_seen(data_root, tmp_path)
    older = lcb_recordings.of_older_runner(tests)
    slow = {f"livecodebench/{name}" for name in lcb_recordings.SLOW}
    sample = [
        each
        for each in lcb_recordings.labelled(lcb_recordings.recordings(), tests)[::EVERY]
        if each.metadata.get("error_code") != -3 and each.task_id not in slow
    ]
    chosen = [*older, *(each for each in sample if each not in older)]
    lcb_recordings.write_labels(tmp_path / "labels.jsonl", chosen)
    labels = ("--labels", tmp_path / "labels.jsonl", "--cpu-limit", "6")
    audit = succeed("audit", "livecodebench", *labels, "--data-root", tmp_path, "--offline", *QUICK).json
    assert (audit["judged"], audit["undecided"]) == (len(chosen), [])
    errors = {(each["task_id"].rpartition("/")[2], each["error"]) for each in audit["errors"]}
    accepted = {"abc364_a"}  # it calls exit, which the older runner had removed
    assert errors == {
        (name, "false positive" if name in accepted else "false negative")
        for name in lcb_recordings.OLDER_RUNNER
    }
    assert (audit["false_positives"]["count"], audit["false_negatives"]["count"]) == (1, 5)


@pytest.mark.data
@pytest.mark.docker
def test_an_interactive_problem_of_kattis(data_root: Path, tmp_path: Path) -> None:
    file = data_root / "_github" / "Kattis" / "problemtools" / "default" / "test.parquet"
    (row,) = [row for row in rows(file) if row["id"] == "guess"]
    row["submissions"] = [each for each in row["submissions"] if each["name"] in SUBMISSIONS]
    folder = kattis_package(row, tmp_path)
    audit = succeed("audit", f"tasks:{folder}", "--sandbox", "docker", "--workers", "2", "--json", "-q").json
    assert (audit["judged"], audit["errors"], audit["undecided"]) == (3, [], [])
