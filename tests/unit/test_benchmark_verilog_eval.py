"""VerilogEval: both forms of its rows, where the tests end, and what a module may not do to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from codeeval.benchmarks.common import tampering
from codeeval.benchmarks.verilog_eval.benchmark import VerilogEval
from codeeval.errors import DataError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.languages import language
from codeeval.types import Completion, CompletionKind

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.types import Program

HEAD = "module top_module (\n\toutput zero\n);\n"
BODY = "\tassign zero = 1'b0;\nendmodule\n"
TESTS = (
    "module stimulus_gen ();\n\tinitial #1 $finish;\nendmodule\nmodule tb();\n\tfinal begin\n"
    '\t\t$display("Mismatches: %1d in %1d samples", stats1.errors, stats1.clocks);\n\tend\nendmodule\n'
)
SAMPLE = {
    "task_id": "zero",
    "canonical_solution": BODY,
    "test": TESTS,
    "code_preface": HEAD,
    "description": "Always low.",
}


def sampled(root: Path, **changes: str) -> DataSource:
    folder = root / "_github" / "bytedance" / "SandboxFusion" / "samples" / "verilogeval_human"
    folder.mkdir(parents=True)
    parquet.write_table(pa.Table.from_pylist([SAMPLE | changes]), folder / "test.parquet")
    return DataSource(root=root, offline=True)


def program(root: Path, text: str, kind: CompletionKind) -> Program:
    made = VerilogEval(BenchmarkOptions())
    (problem,) = made.load(sampled(root)).problems
    return made.program(problem, Completion(task_id="zero", sample=0, text=text, kind=kind))


def test_published_files_are_joined_with_their_descriptions(tmp_path: Path) -> None:
    for folder, name, row in (
        ("data", "VerilogEval_Machine", SAMPLE | {"prompt": HEAD}),
        ("descriptions", "VerilogDescription_Machine", {"task_id": "zero", "detail_description": "Low."}),
    ):
        file = tmp_path / "verilog-eval" / folder / f"{name}.jsonl"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(row) + "\n")
    made = VerilogEval(BenchmarkOptions(variant="machine"))
    (problem,) = made.load(DataSource(root=tmp_path, offline=True)).problems
    assert problem.prompt == HEAD
    assert "\nLow.\n```verilog\n" in made.prompt(problem).messages[1].content
    file.write_text(json.dumps({"task_id": "one", "detail_description": "High."}) + "\n")
    with pytest.raises(DataError, match="zero has no description"):
        made.load(DataSource(root=tmp_path, offline=True))


def test_the_tests_stand_first_and_their_own_end_counts(tmp_path: Path) -> None:
    built = program(tmp_path, BODY, CompletionKind.CONTINUATION)
    (content,) = [file.content for file in built.files]
    tests, _, solution = content.partition("endmodule\n\nmodule top_module")
    assert solution.endswith(f");\n\n{BODY}")
    assert "begin tb.codeeval_ended = 1; $finish; end" in tests
    assert tests.index("bit codeeval_ended = 0;") < tests.index("errors == 0 && codeeval_ended")


@pytest.mark.parametrize(
    ("answer", "heads"),
    [
        (f"```verilog\n{BODY}```", 1),
        (f"```verilog\nmodule  top_module(output zero);\n{BODY}```", 0),
        (f"First `wire`:\n```\nwire w;\n```\nthen\n```verilog\n{BODY}```", 1),
    ],
)
def test_a_body_continues_the_head_and_a_module_stands_alone(answer: str, heads: int, tmp_path: Path) -> None:
    built = program(tmp_path, answer, CompletionKind.ANSWER)
    assert built.extraction.code.endswith(BODY)
    assert built.files[0].content.count(HEAD) == heads


def test_rows_whose_tests_have_another_form_are_named(tmp_path: Path) -> None:
    source = sampled(tmp_path, test=TESTS.replace("$finish;", ""))
    with pytest.raises(DataError, match=r"zero: .*\$finish"):
        VerilogEval(BenchmarkOptions()).load(source)


@pytest.mark.parametrize(
    "code",
    [
        "reference_module it (.*);",
        "final tb.stats1.errors = 0;",
        "initial $finish;",
        "`define a reference_``module",
        'initial $readmemh("/sandbox", m);',
    ],
)
def test_tampering_is_seen(code: str) -> None:
    assert tampering.found(code, language("verilog"))


@pytest.mark.data
def test_no_reference_is_taken_for_it(data_root: Path) -> None:
    for name in ("human", "machine"):
        made = VerilogEval(BenchmarkOptions(variant=name))
        for problem in made.load(DataSource(root=data_root, offline=True)).problems:
            assert not tampering.found(problem.reference, language("verilog")), problem.task_id
