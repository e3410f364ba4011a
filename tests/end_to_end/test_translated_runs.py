"""Translated rows in the sandbox: hand-written references pass, and ``run.json`` states their provenance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command import codeeval, succeed, verdicts
from pyarrow import parquet

from codeeval.benchmarks.evalplus.benchmark import HumanEvalPlus, MbppPlus
from codeeval.benchmarks.multipl_e import references
from codeeval.benchmarks.multipl_e.suffixes import SUFFIXES
from codeeval.interfaces import BenchmarkOptions, DataSource

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SOME_EXCLUDED = 9
PLUS = ("HumanEval_0_has_close_elements", "HumanEval_8_sum_product", "HumanEval_115_max_fill")


def tasks(names: Iterable[str]) -> list[str]:
    """Options that choose the problems with these rows."""
    return [option for name in names for option in ("--task", f"HumanEval/{name.split('_')[1]}")]


@pytest.mark.docker
@pytest.mark.parametrize("suffix", ["rs", "go"])
def test_references_pass_the_translation_of_humaneval(suffix: str, tmp_path: Path) -> None:
    names = references.solutions(SUFFIXES[suffix])
    translated = codeeval("translate", "humaneval", "--to", suffix, "--out", tmp_path, *tasks(names))
    assert translated.code in (0, SOME_EXCLUDED), translated.err
    run = tmp_path / "run"
    name = f"multipl-e:humaneval-{suffix}"
    succeed("run", name, "--model", "reference:", "--data-root", tmp_path, "--out", run)
    assert verdicts(run) == {(name, 0): "PASSED" for name in names}
    dataset = json.loads((run / "run.json").read_text())["dataset"]
    assert dataset["config"] == f"humaneval-{suffix}"
    assert "openai/openai_humaneval" in dataset["revision"]


@pytest.mark.docker
@pytest.mark.data
def test_references_pass_evalplus_in_rust(data_root: Path, tmp_path: Path) -> None:
    made = codeeval(
        *("translate", "humaneval-plus", "--to", "rs", "--out", tmp_path, "--data-root", data_root),
        *tasks(PLUS),
    )
    assert made.code == SOME_EXCLUDED, made.err
    run = tmp_path / "run"
    arguments = ("--model", "reference:", "--data-root", tmp_path, "--out", run)
    succeed("run", "multipl-e:humaneval-plus-rs", *arguments)
    assert verdicts(run) == {(name, 0): "PASSED" for name in PLUS}


EVERY = {"humaneval-plus": 12, "mbpp-plus": 24}
"""One problem in this many is run."""


@pytest.mark.docker
@pytest.mark.data
@pytest.mark.parametrize("family", [HumanEvalPlus, MbppPlus])
def test_the_references_of_evalplus_pass_its_translation_into_python(
    family: type[HumanEvalPlus | MbppPlus], data_root: Path, tmp_path: Path
) -> None:
    name = family.family
    loaded = family(BenchmarkOptions()).load(DataSource(root=data_root, offline=True))
    chosen = loaded.problems[:: EVERY[name]]
    options = [option for problem in chosen for option in ("--task", problem.task_id)]
    made = codeeval(
        "translate", name, "--to", "python", "--out", tmp_path, "--data-root", data_root, *options
    )
    assert made.code == SOME_EXCLUDED, made.err
    rows = parquet.read_table(tmp_path / f"nuprl/MultiPL-E/{name}-py").to_pylist()
    by_number = {row["name"].split("_")[1]: row["name"] for row in rows}
    assert len(by_number) > len(chosen) / 2
    samples = tmp_path / "samples.jsonl"
    with samples.open("w") as file:
        for problem in chosen:
            row = by_number.get(problem.task_id.rpartition("/")[2])
            if row is None:  # an oracle of its own
                continue
            code = problem.prompt + problem.reference
            body = f"    given = tuple(locals().values())\n    names = {{}}\n    exec({code!r}, names)\n"
            body += f"    return names[{problem.entry_point!r}](*given)\n"
            file.write(json.dumps({"task_id": row, "completion": body}) + "\n")
    run = tmp_path / "run"
    succeed("execute", f"multipl-e:{name}-py", samples, "--data-root", tmp_path, "--out", run)
    assert verdicts(run) == {(row, 0): "PASSED" for row in by_number.values()}
