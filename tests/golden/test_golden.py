"""The golden files of the benchmarks: prompts byte for byte, extracted code, and outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codeeval import benchmarks
from codeeval.errors import DataError
from codeeval.interfaces import DataSource
from codeeval.testing import check_golden
from codeeval.testing.golden import read

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(benchmarks.__path__[0])
BOTH = pytest.mark.parametrize(
    "sandbox",
    [
        "",
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
    ],
    ids=["not executed", "docker", "bubblewrap"],
)


def check(family: str, root: Path | None = None, sandbox: str = "") -> None:
    path = FOLDER / family / "golden" / "cases.jsonl"
    check_golden(path, data=DataSource(root=root, offline=True), sandbox=sandbox)


@BOTH
@pytest.mark.parametrize("family", ["humaneval", "surrogate", "multipl_e", "tasks"])
def test_data_that_is_part_of_codeeval(family: str, sandbox: str) -> None:
    check(family, None, sandbox)


@BOTH
@pytest.mark.data
@pytest.mark.parametrize(
    "family",
    ["mbpp", "pro", "cruxeval", "pal", "mathqa", "bbh", "leetcode", "code_contests", "evoeval", "canitedit"],
)
def test_data_of_the_hub(family: str, sandbox: str, data_root: Path) -> None:
    check(family, data_root, sandbox)


@pytest.mark.data
@pytest.mark.parametrize("family", ["bigcodebench", "ds1000", "classeval"])
def test_prompts_of_tasks_with_libraries(family: str, data_root: Path) -> None:
    check(family, data_root)


@pytest.mark.data
@pytest.mark.docker
@pytest.mark.parametrize("family", ["bigcodebench", "ds1000"])
def test_outcomes_with_libraries(family: str, data_root: Path, demand_image: Callable[[str], None]) -> None:
    demand_image("python-bigcodebench")
    check(family, data_root, "docker")


@pytest.mark.data
@pytest.mark.parametrize("family", ["mbxp", "humaneval_x", "humaneval_xl", "mceval", "verilog_eval"])
def test_prompts_of_many_languages(family: str, data_root: Path) -> None:
    check(family, data_root)


@pytest.mark.data
@pytest.mark.docker
def test_outcomes_of_mbxp(data_root: Path, demand_image: Callable[[str], None]) -> None:
    demand_image("ruby")
    check("mbxp", data_root, "docker")


@pytest.mark.data
@pytest.mark.docker
@pytest.mark.parametrize(
    ("family", "images"),
    [
        ("humaneval_x", ("python", "node", "go")),
        ("humaneval_xl", ("python", "perl", "go", "csharp")),
        ("mceval", ("python", "gcc", "go")),
        ("verilog_eval", ("verilog",)),
        ("classeval", ("python-unittest", "python-bigcodebench")),
    ],
)
def test_outcomes_in_several_images(
    family: str, images: tuple[str, ...], data_root: Path, demand_image: Callable[[str], None]
) -> None:
    for image in images:
        demand_image(image)
    check(family, data_root, "docker")


@pytest.mark.data
def test_gsm8k(data_root: Path) -> None:
    """Nothing is executed, so the outcomes need no sandbox."""
    check("gsm8k", data_root, "auto")


def test_lean() -> None:
    check("lean", FOLDER / "lean" / "golden")


@BOTH
def test_rows_of_our_own_in_the_form_of_livecodebench(sandbox: str) -> None:
    check("livecodebench", FOLDER / "livecodebench" / "golden", sandbox)


@BOTH
def test_rows_of_our_own_in_the_form_of_apps(sandbox: str) -> None:
    check("apps", FOLDER / "apps" / "golden", sandbox)


def test_surge() -> None:
    """Nothing is executed, so the outcomes need no sandbox."""
    check("surge", FOLDER / "surge" / "golden", "auto")


@pytest.mark.fstar_recordings
def test_fstar(fstar_recordings: Path) -> None:
    check("fstar", fstar_recordings)


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text('{"type":"prompt","benchmark":"b","task_id":"t","style":"base"}\n{"type":"nothing"}\n')
    with pytest.raises(DataError, match=r"cases\.jsonl:2: "):
        read(file)
