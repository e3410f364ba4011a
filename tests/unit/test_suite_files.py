"""Suites as files: what is read, where settings come from, and that every slip is named with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codeeval.errors import CodeEvalError, UnknownName, UsageError
from codeeval.gating import Tier, read_plan
from codeeval.session.benchmarks import images_of, make_benchmark
from codeeval.session.keywords import check_setting, setting_names
from codeeval.session.notifying import Notice
from codeeval.suites import Suite, open_suite, planned_runs, shipped_suites
from codeeval.suites.reading import line_of

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = (Path(__file__).parents[2] / "docs" / "suites.md").read_text("utf-8")
WHOLE = """\
name = "nightly"
models = [
    "reference:",
    {spec = "file:samples/{benchmark}.jsonl", label = "candidate", max_tokens = 100},
]

[defaults]
limit = 10
temperature = 0
template = "mine.jinja"

[[benchmarks]]
name = "humaneval"
weight = 2
tier = "supporting"
max_drop = "3pp"
min = {"pass@1" = 0.5}
n = 5

[[benchmarks]]
name = "mbpp:sanitized"
label = "mbpp"
metric = "pass@10"
limits = {cpu_s = 9}

[[settings]]
label = "greedy"

[[settings]]
label = "sampled"
temperature = 0.8

[[overrides]]
benchmark = "mbpp"
settings = "sampled"
n = 20
limit = 3

[[overrides]]
model = "reference"
settings = "sampled"
skip = true
"""


def read(folder: Path, text: str, models: Sequence[str] = ()) -> Suite:
    path = folder / "suite.toml"
    path.write_text(text, "utf-8")
    return open_suite(path, models, check_setting, make_benchmark)


def test_a_whole_file(tmp_path: Path) -> None:
    suite = read(tmp_path, WHOLE)
    first, second = suite.benchmarks
    assert (suite.name, first.label, first.weight, first.tier) == ("nightly", "humaneval", 2, Tier.SUPPORTING)
    assert (first.max_drop, first.least, first.settings) == (0.03, {"pass@1": 0.5}, {"n": 5})
    assert (second.label, second.benchmark, second.metric) == ("mbpp", "mbpp:sanitized", "pass@10")
    assert [model.label for model in suite.models] == ["reference", "candidate"]
    runs = {(run.label, run.model, run.variant): run for run in planned_runs(suite, {"workers": 2})}
    assert len(runs) == 6, "two benchmarks, two models, two settings, without those that are skipped"
    of_mbpp = runs["mbpp", "candidate", "sampled"]
    assert of_mbpp.directory == "mbpp--candidate--sampled"
    assert of_mbpp.spec == f"file:{tmp_path}/samples/mbpp.jsonl"
    assert of_mbpp.settings == {
        "limit": 3,
        "temperature": 0.8,
        "template": str(tmp_path / "mine.jinja"),
        "limits": {"cpu_s": 9},
        "max_tokens": 100,
        "n": 20,
        "workers": 2,
    }
    assert runs["humaneval", "reference", "greedy"].settings["n"] == 5


def test_models_of_the_command_line_take_the_place_of_the_files(tmp_path: Path) -> None:
    suite = read(tmp_path, WHOLE, ["openai:m@http://user:secret@localhost:1/v1"])
    (model,) = suite.models
    assert model.label == "openai:m@http://localhost:1/v1"
    assert "secret" in model.spec
    with pytest.raises(UsageError, match="names no model"):
        read(tmp_path, 'benchmarks = ["humaneval"]')


START = 'models = ["reference:"]\n'
ONE = START + '[[benchmarks]]\nname = "humaneval"\n'


@pytest.mark.parametrize(
    ("text", "line", "fact"),
    [
        ('benchmarks = ["humaneval"\nmodels = 3\n', 2, "not TOML"),
        (START, 1, "no benchmark"),
        ('models = ["reference:"]\nbenchmarks = [\n  "humaneval",\n  "humanevil",\n]\n', 4, "humanevil"),
        (ONE + 'wieght = 2\n[[benchmarks]]\nname = "mbpp"\n', 4, "Did you mean weight?"),
        (ONE + "weight = 0\n", 4, "0 is not above 0"),
        (ONE + 'weight = "2"\n', 4, "weight"),
        (ONE + 'tier = "vital"\n', 4, "vital"),
        (ONE + 'max_drop = "2%"\n', 4, "percentage points"),
        (ONE + 'min = {"pass@0" = 0.5}\n', 4, "pass@0"),
        (ONE + 'min = {"pass@1" = 1.5}\n', 4, "1.5"),
        (ONE + "temprature = 0\n", 4, "Did you mean temperature?"),
        (ONE + 'temperature = "hot"\n', 4, "temperature"),
        (ONE + "n = 0\n", 4, "out of range"),
        (ONE + "limits = {cpu = 3}\n", 4, "cpu_s"),
        (ONE + 'style = "chatty"\n', 4, "chatty"),
        (ONE + 'out = "x"\n', 4, "unknown key 'out'"),
        (ONE + "\n# more\n[defaluts]\n", 6, "Did you mean defaults?"),
        (ONE + '[[overrides]]\nbenchmark = "mbpp"\nn = 2\n', 5, "unknown benchmark 'mbpp'"),
        (ONE + "[[overrides]]\nn = 2\n", 4, "override of all runs"),
        (ONE + "[[settings]]\nn = 2\n", 4, "label"),
        ('models = ["gpt"]\nbenchmarks = ["humaneval"]\n', 1, "names no model backend"),
        ("benchmarks = [3]\n", 1, "neither a text nor a table"),
        ("benchmarks = {}\nmodels = 3\n", 1, "no benchmark"),
    ],
)
def test_a_slip_is_named_with_its_line(tmp_path: Path, text: str, line: int, fact: str) -> None:
    with pytest.raises(CodeEvalError) as caught:
        read(tmp_path, text)
    assert f"suite.toml:{line}: " in caught.value.message
    assert fact in str(caught.value)
    assert caught.value.exit_code == 2
    assert caught.value.remedy


def test_lines_are_found_in_statements_that_span_several(tmp_path: Path) -> None:
    text = 'a = """\n[[benchmarks]]\n"""\nb = [\n  1,\n  {c = "here"},\n]\n[d]\ne = 1\n'
    assert line_of(text, ("b",)) == 4
    assert line_of(text, ("b", 1, "c")) == 6
    assert line_of(text, ("d", "e")) == 9
    assert line_of(text, ("d", "missing")) == 8
    assert line_of(text, ()) == 1
    assert line_of("", ("x",)) == 1


def test_labels_and_directories_differ(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two benchmarks are called 'humaneval'"):
        read(tmp_path, 'models = ["reference:"]\nbenchmarks = ["humaneval", "humaneval"]')
    clash = (
        START
        + '[[benchmarks]]\nname = "mbpp"\nlabel = "a b"\n[[benchmarks]]\nname = "humaneval"\nlabel = "a-b"\n'
    )
    with pytest.raises(UsageError, match="both be in a-b--reference"):
        planned_runs(read(tmp_path, clash), {})


def test_the_page_shows_what_is_read(tmp_path: Path) -> None:
    blocks = re.findall(r"^```(toml|yaml)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    (suite,) = [read(tmp_path, text) for kind, text in blocks if kind == "toml"]
    assert [run.settings.get("n") for run in planned_runs(suite, {})] == [10, 5, None, 10, None, None]
    (text,) = [text for kind, text in blocks if kind == "yaml"]
    plan = tmp_path / "gate.yml"
    plan.write_text(text, "utf-8")
    (check,) = read_plan(plan).checks
    assert check.of_suite is not None
    assert set(check.of_suite.benchmarks) <= {each.label for each in suite.benchmarks}
    assert all(f"`{field}`" in PAGE for field in Notice.__struct_fields__ if field != "codeeval_version")
    assert all(f"`{name}`" in PAGE for name in (*shipped_suites(), *Tier))


def test_what_is_no_suite(tmp_path: Path) -> None:
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000, "utf-8")
    with pytest.raises(UsageError, match="nested too deeply"):
        open_suite(tmp_path / "deep.toml", (), check_setting, make_benchmark)
    with pytest.raises(UsageError, match="cannot be read"):
        open_suite(tmp_path / "none.toml", (), check_setting, make_benchmark)
    with pytest.raises(UnknownName) as caught:
        open_suite("suite:cor", (), check_setting, make_benchmark)
    assert "suite:core" in caught.value.remedy


@pytest.mark.parametrize("name", shipped_suites())
def test_shipped_suites_can_be_made(name: str) -> None:
    suite = open_suite(name, ["reference:"], check_setting, make_benchmark)
    assert f"suite:{suite.name}" == name
    runs = planned_runs(suite, {})
    assert len(runs) >= 3
    assert any(each.tier is Tier.CRITICAL for each in suite.benchmarks)
    assert all(images_of(make_benchmark(run.benchmark)) for run in runs)
    assert all(setting in setting_names() for run in runs for setting in run.settings)


def test_the_suites_that_are_shipped() -> None:
    assert set(shipped_suites()) == {"suite:core", "suite:multilingual", "suite:reasoning", "suite:smoke"}
