"""The leaderboard: which models are told apart, and what the site holds."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.runs import P, W, bits, make_run, run_config
from test_report_page import HOSTILE, Elements

from codeeval import leaderboard, statistics
from codeeval.cli.main import run_command
from codeeval.comparison import letter_groups, read_runs
from codeeval.records import RunDirectory
from codeeval.reports.leaderboard import leaderboard_page, make_leaderboard
from codeeval.reports.source import Origin, label_runs, read_run

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.interfaces import ModelInfo
    from codeeval.reports.leaderboard import Leaderboard


def model(spec: str) -> ModelInfo:
    return msgspec.structs.replace(run_config("x", {}).model, spec=spec)


def test_two_share_a_letter_exactly_if_they_are_not_told_apart() -> None:
    choose = random.Random(1)
    for _ in range(200):
        count = choose.randint(1, 9)
        pairs = list(itertools.combinations(range(count), 2))
        apart = {pair for pair in pairs if choose.random() < choose.random()}
        letters = letter_groups(count, apart)
        assert all(letters)
        for first, second in pairs:
            assert (not set(letters[first]) & set(letters[second])) == ((first, second) in apart)


def test_letters_as_published() -> None:
    # Piepho 2004: the third differs from the first alone, so two groups overlap in the second
    assert letter_groups(3, {(0, 2)}) == ["a", "ab", "b"]
    assert letter_groups(2, set()) == ["a", "a"]
    assert letter_groups(0, set()) == []


def test_the_unpaired_test_is_fishers_for_ones_and_zeros() -> None:
    a, b = [1.0] * 9 + [0.0], [1.0] * 4 + [0.0] * 6

    def chance(passed: int) -> Fraction:
        return Fraction(comb(13, passed) * comb(7, 10 - passed), comb(20, 10))

    # as far apart in either direction as 9 and 4 of the 13
    exact = float(sum(chance(passed) for passed in range(3, 11) if abs(2 * passed - 13) >= 5))
    assert statistics.unpaired_p(a, b) == pytest.approx(exact, abs=0.01)
    assert statistics.unpaired_p([1.0, 1.0], [1.0]) == 1.0
    with pytest.raises(ValueError, match="value"):
        statistics.unpaired_p([], [1.0])


def board(*runs: Path) -> tuple[Leaderboard, str]:
    """Rank runs, and return the first page too; their reports, which take most of the time, are not made."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(RunDirectory.open(run)) for run in runs]
        labels = label_runs(runs, [each.config for each in opened])
        views = [
            read_run(each, label, (1,), Origin(None, {})) for each, label in zip(opened, labels, strict=True)
        ]
        found = make_leaderboard(views, read_runs(runs), 1)
        return found, leaderboard_page(found, views, "Leaderboard")


def test_models_are_paired_on_common_tasks_and_grouped(tmp_path: Path) -> None:
    half, most = "10" * 30, "1" * 59 + "0"
    runs = [
        make_run(tmp_path / "weak", "x", bits(half), model=model("openai:weak")),
        make_run(tmp_path / "same", "x", bits(half[:50] + "1111100000"), model=model("openai:same")),
        make_run(tmp_path / "good", "x", bits(most), model=model("openai:good")),
        make_run(tmp_path / "part", "x", bits(most[:20]), model=model("openai:part")),
        make_run(tmp_path / "weak-y", "y", bits("1100"), model=model("openai:weak")),
    ]
    found, _ = board(*runs)
    x, y = found.benchmarks
    assert [(found.runs[each.run], each.groups, each.top) for each in x.ranked] == [
        ("openai:part", "a", True),
        ("openai:good", "a", True),
        ("openai:weak", "b", False),
        ("openai:same", "b", False),
    ]
    tests = {(found.runs[each.first], found.runs[each.second]): each for each in x.tests}
    assert tests["openai:part", "openai:good"].tasks == 20
    weak = tests["openai:good", "openai:weak"]
    assert weak.tasks == 60
    gained = sum(a != b for a, b in zip(half, most, strict=True)) - 1
    assert weak.p == pytest.approx(statistics.mcnemar_exact(gained, 1) if half[59] == "1" else 2 * 0.5**29)
    assert weak.p_adjusted >= weak.p
    assert [each.groups for each in y.ranked] == ["a"]
    assert found.shared == ("x",)
    assert next(row for row in found.rows if row.label == "openai:weak").cells[1] is not None


def test_other_data_are_compared_unpaired_and_named(tmp_path: Path) -> None:
    other = msgspec.structs.replace(run_config("x", {}).dataset, sha256="e" * 64)
    runs = [
        make_run(tmp_path / "one", "x", bits("1" * 30), model=model("openai:one")),
        make_run(tmp_path / "two", "x", bits("0" * 30), model=model("openai:two"), dataset=other),
    ]
    found, page = board(*runs)
    (ranking,) = found.benchmarks
    (test,) = ranking.tests
    assert test.tasks == 0
    assert test.p < 0.001
    assert "dataset.sha256" in {each.name for each in ranking.differences}
    assert "none, unpaired" in page


def test_the_site_is_whole_and_hostile_names_stay_text(tmp_path: Path) -> None:
    runs = [
        make_run(tmp_path / name, HOSTILE, {HOSTILE: [P], "b": [W]}, model=model(f"{name}:{HOSTILE}"))
        for name in ("one", "two")
    ]
    site = tmp_path / "site"
    assert (
        run_command(
            ["report", *map(str, runs), "--leaderboard", "--out", str(site), "--title", HOSTILE, "-q"]
        )
        == 0
    )
    assert {path.name for path in site.iterdir()} == {".nojekyll", "index.html", "leaderboard.json", "runs"}
    text = (site / "index.html").read_text("utf-8")
    assert "alert(1)</script>" not in text
    assert "\u202e" not in text
    page = Elements(text)
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a" and "runs/" in str(attrs.get("href"))]
    assert len(links) == 2
    assert all((site / str(link)).is_file() for link in links)
    policy = next(attrs["content"] for tag, attrs in page.tags if tag == "meta" and "http-equiv" in attrs)
    assert "default-src 'none'" in str(policy)
    assert leaderboard(runs[0], out=site, title=HOSTILE, offline=True).rows[0].label.startswith("one")
    assert len(json.loads((site / "leaderboard.json").read_text())["rows"]) == 1


def test_what_a_leaderboard_does_not_take_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "x", bits("10"))
    out = ["--out", str(tmp_path / "site")]
    assert run_command(["report", str(run), "--leaderboard", *out, "--force"]) == 2
    assert run_command(["report", str(run), str(run), "--leaderboard", *out]) == 2
    assert run_command(["report", str(tmp_path), "--leaderboard", *out]) == 4
    assert not (tmp_path / "site").exists()
    (tmp_path / "site").write_text("")
    assert run_command(["report", str(run), "--leaderboard", *out]) == 7
    assert run_command(["report", str(run), "--out", str(tmp_path)]) == 7
