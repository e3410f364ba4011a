"""Comparing runs: what is refused, what is flagged, and the numbers against hand counts."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.runs import P, S, W, bits, make_run, run_config

from codeeval import __version__
from codeeval.comparison import Area, compare
from codeeval.errors import DataError, RunMismatch, UsageError
from codeeval.interfaces import DatasetIdentity, Scoring
from codeeval.records import RunDirectory, SandboxInfo
from codeeval.types import SCHEMA_VERSION, Outcome, Part, Sampling, Verdict

if TYPE_CHECKING:
    from pathlib import Path


def test_one_sample_a_task_is_compared_by_mcnemar(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("1111100000"))
    b = make_run(tmp_path / "b", "bench", bits("1000010000"))
    (found,) = compare([a, b]).benchmarks
    (contrast,) = found.contrasts
    main = contrast.main
    assert (main.metric, main.tasks, main.left_out) == ("pass@1", 10, 0)
    assert (main.baseline, main.candidate) == (0.5, 0.2)
    assert main.difference == pytest.approx(-0.3)
    assert main.low < -0.3 < main.high
    # 1 gained and 4 lost: 2 * (C(5,0) + C(5,1)) / 2^5
    assert main.p == pytest.approx(2 * (1 + 5) / 32)
    assert main.test == "mcnemar"
    assert [each.task_id for each in contrast.lost] == ["Task/1", "Task/2", "Task/3", "Task/4"]
    assert [each.task_id for each in contrast.gained] == ["Task/5"]
    assert contrast.outcomes_before == {"PASSED": 5, "WRONG_ANSWER": 5}
    shifts = {(each.before, each.after): each.tasks for each in contrast.shifts}
    assert shifts == {(P, P): 1, (P, W): 4, (W, P): 1, (W, W): 4}


def test_several_samples_a_task_are_compared_by_resampling(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("1100 1110 0000 1111"))
    b = make_run(tmp_path / "b", "bench", bits("1000 1110 0001 1111"))
    (contrast,) = compare([a, b]).benchmarks[0].contrasts
    assert contrast.main.test == "permutation"
    assert contrast.main.low < 0 < contrast.main.high
    assert contrast.main.difference == 0
    assert contrast.shifts == ()
    (lost,), (gained,) = contrast.lost, contrast.gained
    assert (lost.task_id, lost.baseline, lost.candidate) == ("Task/0", 0.5, 0.25)
    assert (gained.task_id, gained.baseline, gained.candidate) == ("Task/2", 0.0, 0.25)


def test_pass_at_k_is_compared_by_its_own_values(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("1100 0000"))
    b = make_run(tmp_path / "b", "bench", bits("1000 0000"))
    (contrast,) = compare([a, b], k=2).benchmarks[0].contrasts
    assert contrast.main.metric == "pass@2"
    assert contrast.main.baseline == pytest.approx((1 - 1 / 6) / 2)
    assert contrast.main.candidate == pytest.approx(0.5 / 2)
    with pytest.raises(UsageError, match=r" 5 .*pass@5"):
        compare([a, b], k=5)


def test_a_lost_task_names_the_line_that_shows_it(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", {"x": [P, P], "y": [P, P], "z": [P, P]})
    b = make_run(tmp_path / "b", "bench", {"x": [P, P], "y": [S, P], "z": [P, W]})
    (contrast,) = compare([a, b]).benchmarks[0].contrasts
    (lost,) = contrast.lost
    assert lost.example is not None
    assert (lost.example.sample, lost.example.outcome, lost.example.line) == (1, W, 6)
    line = json.loads((b / "verdicts.jsonl").read_text("utf-8").splitlines()[lost.example.line - 1])
    assert (line["task_id"], line["sample"], line["outcome"]) == ("z", 1, "WRONG_ANSWER")


def test_sandbox_errors_are_excluded_and_counted(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", {"x": [P], "y": [P], "z": [W]})
    b = make_run(tmp_path / "b", "bench", {"x": [P], "y": [S], "z": [W]})
    (found,) = compare([a, b]).benchmarks
    main = found.contrasts[0].main
    assert (main.tasks, main.left_out, main.baseline, main.candidate) == (2, 1, 0.5, 0.5)
    assert found.contrasts[0].lost == ()
    assert [run.sandbox_errors for run in found.runs] == [0, 1]


def test_an_unfinished_run_is_compared_and_marked(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("1100"))
    b = make_run(tmp_path / "b", "bench", {**bits("11"), "Task/2": [], "Task/3": []}, planned=1)
    (found,) = compare([a, b]).benchmarks
    assert [run.unfinished for run in found.runs] == [False, True]
    (contrast,) = found.contrasts
    assert contrast.common == ("Task/0", "Task/1")
    assert (contrast.only_baseline, contrast.only_candidate) == (2, 0)


def test_parts_are_metrics_of_their_own(tmp_path: Path) -> None:
    scoring = Scoring(parts=("base", "plus"))

    def judged(base_passes: bool) -> object:
        def change(verdict: Verdict) -> Verdict:
            base = P if base_passes else verdict.outcome
            return msgspec.structs.replace(
                verdict, parts=(Part(name="base", outcome=base), Part(name="plus", outcome=verdict.outcome))
            )

        return change

    a = make_run(tmp_path / "a", "bench", bits("1100"), scoring=scoring, verdict=judged(True))
    b = make_run(tmp_path / "b", "bench", bits("1000"), scoring=scoring, verdict=judged(False))
    (contrast,) = compare([a, b]).benchmarks[0].contrasts
    values = {each.metric: (each.baseline, each.candidate) for each in contrast.metrics}
    assert values == {"pass@1": (0.5, 0.25), "base.pass@1": (1.0, 0.25), "plus.pass@1": (0.5, 0.25)}


def test_the_best_part_counts_for_a_best_of_benchmark(tmp_path: Path) -> None:
    scoring = Scoring(parts=("raw", "clean"), best_of=True)

    def raw_fails(verdict: Verdict) -> Verdict:
        return msgspec.structs.replace(
            verdict, parts=(Part(name="raw", outcome=W), Part(name="clean", outcome=verdict.outcome))
        )

    def clean_fails(verdict: Verdict) -> Verdict:
        return msgspec.structs.replace(
            verdict, parts=(Part(name="raw", outcome=verdict.outcome), Part(name="clean", outcome=W))
        )

    a = make_run(tmp_path / "a", "bench", bits("1110"), scoring=scoring, verdict=raw_fails)
    b = make_run(tmp_path / "b", "bench", bits("1100"), scoring=scoring, verdict=clean_fails)
    main = compare([a, b]).benchmarks[0].contrasts[0].main
    assert (main.baseline, main.candidate) == (0.75, 0.5)


def test_groups_are_compared_by_themselves(tmp_path: Path) -> None:
    groups = {"easy": ("Task/0", "Task/1"), "all": tuple(bits("1111")), "absent": ("Task/9",)}
    a = make_run(tmp_path / "a", "bench", bits("1111"), groups=groups)
    b = make_run(tmp_path / "b", "bench", bits("1011"), groups=groups)
    (group,) = compare([a, b]).benchmarks[0].contrasts[0].groups
    assert (group.group, group.contrast.tasks, group.contrast.candidate) == ("easy", 2, 0.5)


def test_p_values_are_adjusted_over_all_comparisons(tmp_path: Path) -> None:
    runs = [
        make_run(tmp_path / f"{name}-{bench}", bench, bits(passed))
        for bench, name, passed in [
            ("one", "a", "1111111111"),
            ("one", "b", "0000000000"),
            ("two", "a", "1111111111"),
            ("two", "b", "1111100000"),
        ]
    ]
    found = compare(runs)
    assert [each.benchmark for each in found.benchmarks] == ["one", "two"]
    first, second = (each.contrasts[0].main for each in found.benchmarks)
    assert first.p_adjusted == pytest.approx(2 * first.p)
    assert second.p_adjusted == pytest.approx(second.p)


def test_three_runs_are_compared_with_the_first(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / name, "bench", bits("1100")) for name in "abc"]
    (found,) = compare(runs).benchmarks
    assert [(each.baseline, each.candidate) for each in found.contrasts] == [("a", "b"), ("a", "c")]


def test_settings_that_differ_are_named_by_area_and_once(tmp_path: Path) -> None:
    base = run_config("bench", {})
    a = make_run(tmp_path / "a", "bench", bits("10"), created="earlier", command=("x",))
    b = make_run(
        tmp_path / "b",
        "bench",
        bits("10"),
        template_hash="8" * 64,
        settings={"split": "test", "style": "base"},
        options=msgspec.structs.replace(base.options, style="base"),
        sampling=Sampling(seed=1, temperature=0.8),
        sandbox=SandboxInfo(launcher="docker", toolchain={"python": "3.13"}),
        model=msgspec.structs.replace(base.model, spec="fake:other", concurrency=9),
        codeeval_version="9.9",
    )
    found = compare([a, b]).benchmarks[0].differences
    assert [(each.area, each.name, each.values) for each in found] == [
        (Area.MODEL, "model.spec", ("fake:model", "fake:other")),
        (Area.PROMPT, "settings.style", ("chat", "base")),
        (Area.PROMPT, "template_hash", ("7" * 64, "8" * 64)),
        (Area.SAMPLING, "sampling.temperature", ("", "0.8")),
        (Area.SANDBOX, "sandbox.launcher", ("", "docker")),
        (Area.TOOLCHAIN, "sandbox.toolchain.python", ("", "3.13")),
        (Area.CODEEVAL, "codeeval_version", (__version__, "9.9")),
    ]


def test_different_benchmarks_are_refused_unless_forced(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("110"))
    b = make_run(tmp_path / "b", "bench:other", bits("1001"))
    with pytest.raises(RunMismatch) as refused:
        compare([a, b])
    assert f"{a} (bench)" in refused.value.message
    assert f"{b} (bench:other)" in refused.value.message
    assert "--force" in refused.value.remedy
    found = compare([a, b], force=True)
    assert len(found.forced) == 1
    assert found.benchmarks[0].benchmark == "bench / bench:other"
    assert found.benchmarks[0].contrasts[0].common == ("Task/0", "Task/1", "Task/2")


def test_different_data_is_refused_with_what_differs(tmp_path: Path) -> None:
    data = DatasetIdentity(id="org/bench", config="", split="test", revision="r2", sha256="e" * 64, rows=2)
    a = make_run(tmp_path / "a", "bench", bits("11"))
    b = make_run(tmp_path / "b", "bench", bits("10"), dataset=data)
    with pytest.raises(RunMismatch, match=r"revision r1 and r2, sha256 d+ and e+"):
        compare([a, b])
    found = compare([a, b], force=True)
    assert len(found.forced) == 1
    assert found.benchmarks[0].contrasts[0].main.difference == -0.5


def test_the_same_rows_from_elsewhere_are_compared(tmp_path: Path) -> None:
    data = DatasetIdentity(
        id="org/bench", config="", split="test", revision="mirror", sha256="d" * 64, rows=2
    )
    a = make_run(tmp_path / "a", "bench", bits("11"))
    b = make_run(tmp_path / "b", "bench", bits("10"), dataset=data)
    assert [each.name for each in compare([a, b]).benchmarks[0].differences] == ["dataset.revision"]


def test_no_common_task_is_refused(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("11"))
    b = make_run(tmp_path / "b", "bench", bits("11", prefix="Other/"))
    with pytest.raises(UsageError, match=re.escape(f"{a} and {b}")):
        compare([a, b])


def test_a_run_without_verdicts_is_refused(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("11"))
    b = make_run(tmp_path / "b", "bench", {"Task/0": []}, planned=1)
    with pytest.raises(DataError, match=re.escape(str(b))) as refused:
        compare([a, b])
    assert f"codeeval execute bench {b}" in refused.value.remedy


def test_a_run_of_a_newer_codeeval_is_refused(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("11"))
    b = make_run(tmp_path / "b", "bench", bits("11"))
    config = json.loads((b / "run.json").read_text("utf-8"))
    (b / "run.json").write_text(
        json.dumps({**config, "schema": SCHEMA_VERSION + 1, "plan": "of another form"}), "utf-8"
    )
    with pytest.raises(DataError, match=rf"schema {SCHEMA_VERSION + 1}\b.* {SCHEMA_VERSION}\b"):
        compare([a, b])


def test_the_same_run_twice_is_refused(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("11"))
    (tmp_path / "link").symlink_to(a)
    with pytest.raises(UsageError, match="link"):
        compare([a, tmp_path / "link"])


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_runs_are_refused(tmp_path: Path, count: int) -> None:
    runs = [make_run(tmp_path / "a", "bench", bits("11"))][:count]
    with pytest.raises(UsageError, match="codeeval compare"):
        compare(runs)


def test_a_folder_that_is_not_a_run_is_refused(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("11"))
    with pytest.raises(DataError, match=re.escape(str(tmp_path))):
        compare([a, tmp_path])


def test_labels_distinguish_runs(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / name / "run", "bench", bits("11")) for name in "ab"]
    assert [each.label for each in compare(runs).benchmarks[0].runs] == ["a/run", "b/run"]


def test_every_outcome_has_a_place_in_the_shifts(tmp_path: Path) -> None:
    tasks = {outcome.value: [outcome] for outcome in Outcome}
    a = make_run(tmp_path / "a", "bench", tasks)
    b = make_run(tmp_path / "b", "bench", dict(zip(tasks, reversed(tasks.values()), strict=True)))
    (contrast,) = compare([a, b]).benchmarks[0].contrasts
    assert sum(each.tasks for each in contrast.shifts) == len(Outcome)
    with RunDirectory.open(a) as run:
        assert run.samples == len(Outcome)


def test_a_torn_last_line_is_ignored(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("11"))
    b = make_run(tmp_path / "b", "bench", bits("00"))
    with (b / "verdicts.jsonl").open("r+b") as file:
        file.truncate(file.seek(0, 2) - 9)
    (found,) = compare([a, b]).benchmarks
    assert (found.runs[1].unfinished, found.contrasts[0].common) == (True, ("Task/0",))
    assert [each.example.line for each in found.contrasts[0].lost if each.example] == [1]
