"""HumanEval+ and MBPP+ from the command line: golden programs, references, cheats, official verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import make_shipped_outputs
import pytest
from command import BOTH, rows, succeed

from codeeval import benchmarks
from codeeval.benchmarks.evalplus import shipped
from codeeval.benchmarks.evalplus.benchmark import HumanEvalPlus, MbppPlus
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.session.doctor import REFERENCE
from codeeval.testing.golden import GoldenProgram, GoldenPrompt, read
from codeeval.types import Outcome

if TYPE_CHECKING:
    from conftest import Recorded

GOLDEN = Path(benchmarks.__path__[0]) / "evalplus" / "golden"
FACTORIES = {"humaneval-plus": HumanEvalPlus, "mbpp-plus": MbppPlus}
TASKS = {
    "humaneval-plus": ("HumanEval/0", "HumanEval/32", "HumanEval/83", "HumanEval/95"),
    "mbpp-plus": ("Mbpp/2", "Mbpp/88", "Mbpp/124", "Mbpp/793", "Mbpp/794"),
}
"""A few of each: an oracle of its own, long ints, dicts; sets, Counter, complex, no inputs, matches."""


@pytest.mark.data
def test_golden_prompts(data_root: Path) -> None:
    seen = 0
    for case in read(GOLDEN / "cases.jsonl"):
        if isinstance(case, GoldenPrompt):
            benchmark = FACTORIES[case.benchmark](BenchmarkOptions(style=case.style))
            problems = benchmark.load(DataSource(root=data_root, offline=True)).problems
            prompt = benchmark.prompt(next(each for each in problems if each.task_id == case.task_id))
            assert (prompt.text, prompt.messages) == (case.text, case.messages)
            seen += 1
    assert seen == 4


@pytest.mark.data
@pytest.mark.parametrize("sandbox", BOTH)
@pytest.mark.parametrize("family", FACTORIES)
def test_golden_programs(family: str, sandbox: str, tmp_path: Path) -> None:
    cases = [
        case
        for case in read(GOLDEN / "cases.jsonl")
        if isinstance(case, GoldenProgram) and case.benchmark == family
    ]
    file = tmp_path / "completions.jsonl"
    numbers: dict[str, int] = {}
    with file.open("w", encoding="utf-8") as out:
        for case in cases:
            number = numbers[case.task_id] = numbers.get(case.task_id, -1) + 1
            row = {
                "task_id": case.task_id,
                "sample": number,
                "text": case.text,
                "kind": case.kind.value,
            }
            out.write(json.dumps(row) + "\n")
    succeed("execute", family, file, "--out", tmp_path / "run", "--sandbox", sandbox, "-q")
    lines = rows(tmp_path / "run" / "verdicts.jsonl")
    assert [(line["outcome"], line["rule"]) for line in lines] == [
        (case.outcome.value, case.rule) for case in cases
    ]


@pytest.mark.data
@pytest.mark.parametrize("sandbox", BOTH)
@pytest.mark.parametrize("family", FACTORIES)
def test_references_pass_and_cheats_do_not(family: str, sandbox: str) -> None:
    tasks = TASKS[family]
    chosen = [argument for task in tasks for argument in ("--task", task)]
    found = succeed("doctor", family, *chosen, "--sandbox", sandbox, "--json", "-q").json
    assert found["failures"] == []
    counts = {count["control"]: count for count in found["controls"]}
    assert counts.pop(REFERENCE)["outcomes"] == {Outcome.PASSED: len(tasks)}
    assert len(counts) >= 20


@pytest.mark.data
@pytest.mark.parametrize("sandbox", BOTH)
@pytest.mark.parametrize("family", FACTORIES)
def test_what_is_shipped_is_what_references_return(family: str, sandbox: str, data_root: Path) -> None:
    """Of a few tasks; ``make_shipped_outputs.py --check`` looks at all."""
    results: make_shipped_outputs.Results = {}
    source = DataSource(root=data_root, offline=True)
    make_shipped_outputs.execute(
        FACTORIES[family](BenchmarkOptions()), source, sandbox, results, TASKS[family]
    )
    now = make_shipped_outputs.values(make_shipped_outputs.entries(results))
    known = make_shipped_outputs.values(shipped.read_table(family))
    assert now == {key: known[key] for key in now}
    assert len(now) >= len(TASKS[family]) - 1  # what is long is not shipped


@pytest.mark.data
@pytest.mark.parametrize(("family", "unshipped"), [("humaneval-plus", 15), ("mbpp-plus", 5)])
def test_what_is_shipped_serves_both_pythons(family: str, unshipped: int, data_root: Path) -> None:
    benchmark = FACTORIES[family](BenchmarkOptions())
    missing = []
    for problem in benchmark.load(DataSource(root=data_root, offline=True)).problems:
        asked = benchmark.expected_outputs_program(problem)
        for python in ("3.11.2", "3.13.5"):
            found = benchmark.shipped_execution(asked, {"python": python})
            if found is None:
                missing.append(f"{problem.task_id} on Python {python}")
            else:
                benchmark.with_expected_outputs(problem, found)
        assert benchmark.shipped_execution(asked, {"python": "3.9.0"}) is None
    assert len(missing) == 2 * unshipped, missing


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("sandbox", BOTH[:1])  # minutes; the golden programs run in both
@pytest.mark.parametrize(("family", "count"), [("humaneval-plus", 164), ("mbpp-plus", 378)])
def test_every_reference_passes(family: str, count: int, sandbox: str, tmp_path: Path) -> None:
    out = tmp_path / "run"
    succeed("run", family, "--model", "reference:", "--sandbox", sandbox, "--out", out, "-q")
    lines = rows(out / "verdicts.jsonl")
    assert len(lines) == count
    assert [line["task_id"] for line in lines if line["outcome"] != "PASSED"] == []


@pytest.mark.data
@pytest.mark.verdicts
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("sandbox", BOTH[1:])
def test_verdicts_are_those_of_evalplus(sandbox: str, recorded: Recorded, tmp_path: Path) -> None:
    out = tmp_path / "run"
    succeed(
        *("execute", "humaneval-plus", recorded.file, "--keep-going", "--sandbox", sandbox),
        *("--out", out, "-q"),
    )
    official = {(row["task_id"], row["sample"]): row["plus"] for row in rows(GOLDEN / "official.jsonl")}
    lines = rows(out / "verdicts.jsonl")
    assert len(lines) == 984
    found = {}
    for line in lines:
        base, plus = ((part["outcome"] == "PASSED") for part in line["parts"])
        if base:
            found[line["task_id"], line["sample"]] = plus
    assert found == official
