"""What every benchmark owes, asked of all of codeeval's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codeeval import benchmarks, registry
from codeeval.interfaces import BenchmarkOptions, DataSource, DerivedBenchmark
from codeeval.testing import check_benchmark
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(benchmarks.__path__[0])
TASKS = 12
STYLES = pytest.mark.parametrize("style", PromptStyle, ids=lambda style: style.value)


def check(
    name: str, style: PromptStyle, root: Path | None = None, sandbox: str = "", tasks: int = TASKS
) -> None:
    family, _, variant = name.partition(":")
    check_benchmark(
        registry.benchmark_factory(family),
        BenchmarkOptions(variant=variant, style=style),
        data=DataSource(root=root, offline=True),
        tasks=tasks,
        sandbox=sandbox,
    )


@STYLES
@pytest.mark.parametrize("name", ["humaneval", "surrogate", "surrogate-input", "surrogate:cot"])
def test_data_that_is_part_of_codeeval(name: str, style: PromptStyle) -> None:
    check(name, style)


@STYLES
def test_hand_written_rows(style: PromptStyle) -> None:
    check("multipl-e:twelve-hs", style)


@STYLES
@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("lean", "lean"),
        ("surge", "surge"),
        ("livecodebench", "livecodebench"),
        ("livecodebench-execution:cot", "livecodebench"),
    ],
)
def test_data_beside_the_golden_file(name: str, family: str, style: PromptStyle) -> None:
    check(name, style, FOLDER / family / "golden")


@STYLES
def test_programs_to_repair(style: PromptStyle, tmp_path: Path) -> None:
    reason = {
        "error_code": -2,
        "error_message": "Wrong Answer",
        "inputs": "1",
        "output": "2",
        "expected": "3",
    }
    evaluated = {
        "question_id": "own1_a",
        "code_list": ["print(2)"],
        "graded_list": [False],
        "metadata": [json.dumps(reason)],
    }
    file = tmp_path / "programs.json"
    file.write_text(json.dumps([evaluated]))
    check(f"livecodebench-repair:{file}", style, FOLDER / "livecodebench" / "golden")


@STYLES
@pytest.mark.parametrize("name", ["apps", "apps:interview"])
def test_rows_of_our_own(name: str, style: PromptStyle) -> None:
    check(name, style, FOLDER / "apps" / "golden")


@STYLES
def test_rows_with_tests_of_taco(style: PromptStyle, tmp_path: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415 -- costs 200 ms
    from pyarrow import parquet  # noqa: PLC0415 -- as above

    tests = json.dumps({"inputs": ["1\n"], "outputs": ["2\n"]})
    solutions = json.dumps(["print(int(input()) + 1)"])
    row = {"question": "Add one.", "input_output": tests, "difficulty": "EASY", "solutions": solutions}
    folder = tmp_path / "BAAI" / "TACO" / "ALL"
    folder.mkdir(parents=True)
    parquet.write_table(pa.Table.from_pylist([row]), folder / "test.parquet")
    check("taco", style, tmp_path)


@STYLES
def test_a_users_own_file(style: PromptStyle) -> None:
    check(f"tasks:{FOLDER / 'tasks' / 'examples.jsonl'}", style)


@STYLES
@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    [
        "mbpp",
        "mbpp:sanitized",
        "humaneval-plus",
        "mbpp-plus",
        "humaneval-pro",
        "humaneval-pro:cot",
        "mbpp-pro",
        "bigcodebench-lite-pro",
        "bigcodebench",
        "bigcodebench:instruct-uncalibrated",
        "cruxeval:output",
        "cruxeval:input-cot",
        "gsm8k",
        "pal:svamp",
        "mathqa-python",
        "mathqa-java",
        "bbh:navigate-cot",
        "bbh-pot:navigate",
        "think-and-execute",
        "pal:bbh-colored-objects",
        "multipl-e:humaneval-rs",
        "code-contests",
        "leetcode",
        "leetcode:contest",
        "humaneval-x:cpp-to-java",
        "humaneval-x:go",
        "humanevalpack:fixtests-rust",
        "humanevalpack:synthesize-js",
        "humaneval-xl:scala:zh",
        "humaneval-xl:python:all",
        "mceval:scala",
        "verilog-eval:machine",
        "classeval",
        "evoeval:combine",
        "canitedit:lazy",
        "ds1000",
        "lean:minif2f",
        "lean:minif2f-lean4",
    ],
)
def test_data_of_the_hub(name: str, style: PromptStyle, data_root: Path) -> None:
    check(name, style, data_root)


@pytest.mark.data
def test_prompts_of_base_models_alone(data_root: Path) -> None:
    check("mbxp:ruby", PromptStyle.BASE, data_root)


@STYLES
@pytest.mark.fstar_recordings
def test_proofs(style: PromptStyle, fstar_recordings: Path) -> None:
    check("fstar", style, fstar_recordings)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("pal:gsm8k", "gsm8k"),
        ("pal:bbh-object-counting", "bbh:object_counting"),
        ("think-and-execute", "bbh"),
        ("bbh-pot", "bbh"),
    ],
)
def test_the_same_questions_are_asked_in_words(name: str, origin: str, data_root: Path) -> None:
    """``codeeval show`` pairs runs of them."""
    source = DataSource(root=data_root, offline=True)
    made, other = (
        registry.benchmark_factory(each.partition(":")[0])(BenchmarkOptions(variant=each.partition(":")[2]))
        for each in (name, origin)
    )
    assert isinstance(made, DerivedBenchmark)
    questions = {problem.task_id: problem.prompt for problem in other.load(source).problems}
    for problem in made.load(source).problems:
        assert questions[made.origin(problem.task_id)] == problem.prompt


@pytest.mark.bubblewrap
@pytest.mark.parametrize("name", ["humaneval", "surrogate", "surrogate-input"])
def test_references_pass_and_cheats_fail(name: str) -> None:
    check(name, PromptStyle.CHAT, sandbox="bubblewrap", tasks=2)


@pytest.mark.bubblewrap
@pytest.mark.parametrize("name", ["livecodebench", "livecodebench-execution", "livecodebench-testoutput"])
def test_cheats_fail_that_know_what_is_public(name: str) -> None:
    root = FOLDER / "livecodebench" / "golden"
    check(name, PromptStyle.CHAT, root, sandbox="bubblewrap", tasks=4)


@pytest.mark.data
@pytest.mark.docker
@pytest.mark.parametrize(("name", "image"), [("mathqa-java", "jvm"), ("mathqa-javascript", "node")])
def test_references_of_other_languages(
    name: str, image: str, data_root: Path, demand_image: Callable[[str], None]
) -> None:
    demand_image(image)
    check(name, PromptStyle.CHAT, data_root, sandbox="docker", tasks=1)


def test_every_benchmark_is_checked() -> None:
    text = Path(__file__).read_text("utf-8")
    own = [plugin.name for plugin in registry.plugins(registry.Group.BENCHMARKS) if plugin.own]
    assert own
    assert not [name for name in own if f'"{name}"' not in text and f'"{name}:' not in text]
