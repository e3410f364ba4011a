"""F* problems: rows, prompts, extraction, groups, bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codeeval.benchmarks.fstar import rows, snippets
from codeeval.benchmarks.fstar.answers import extract
from codeeval.benchmarks.fstar.benchmark import FStar
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.types import Completion, CompletionKind, PromptStyle

if TYPE_CHECKING:
    from codeeval.types import Problem

LENGTH: dict[str, Any] = {
    "file_name": "My.List.fst",
    "name": "My.List.append_length",
    "source_type": "val append_length (l m: list int) : Lemma (length (append l m) = length l + length m)",
    "source_definition": "let rec append_length l m = match l with | [] -> () | _ :: t -> append_length t m",
    "file_context": "module My.List\nval length: list int -> nat\nlet rec length l = 0\n",
    "opens_and_abbrevs": [
        {"abbrev": True, "full_module": "FStar.Set", "short_module": "S"},
        {"abbrev": False, "full_module": "Prims", "short_module": None},
    ],
    "vconfig": {"initial_fuel": 2, "max_fuel": 8, "z3rlimit": 5, "smtencoding_elim_box": False, "z3seed": 0},
    "source": {"project_name": "any"},
}
MORE = [
    LENGTH,
    LENGTH
    | {
        "file_name": "Other.fst",
        "name": "Other.rev_length",
        "source_type": "val rev_length (l: list int) : Lemma (length (rev l) = length l)",
        "source_definition": "let rec rev_length l = other_secret l",
    },
    LENGTH
    | {
        "name": "My.List.double",
        "source_type": "val double : int -> Tot int",
        "source_definition": "let double x = x + x",
    },
    LENGTH
    | {
        "name": "My.List.pred",
        "source_type": "val pred : x:int{x > 0} -> nat",
        "source_definition": "let pred x = x - 1",
    },
    LENGTH
    | {
        "name": "My.List.inline",
        "source_type": "<UNK>",
        "source_definition": "let inline (n:int) : Lemma (n = n) = ()",
    },
    LENGTH | {"name": "My.List.copied", "interleaved": True},
    LENGTH | {"name": "My.List.abstract", "source_definition": "let abstract"},
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in MORE))
    return tmp_path


def made(
    root: Path, variant: str = "", style: PromptStyle = PromptStyle.CHAT
) -> tuple[FStar, dict[str, Problem]]:
    benchmark = FStar(BenchmarkOptions(variant=variant, style=style))
    loaded = benchmark.load(DataSource(root=root, offline=True))
    return benchmark, {problem.task_id: problem for problem in loaded.problems}


def test_rows_that_are_not_problems_are_excluded_as_in_the_harness(root: Path) -> None:
    _, problems = made(root)
    assert list(problems) == [row["name"] for row in MORE[:5]]


def test_groups(root: Path) -> None:
    _, problems = made(root)
    found = {name.rpartition(".")[2]: problem.groups for name, problem in problems.items()}
    assert found["append_length"] == found["inline"] == ("proof",)
    assert found["double"] == ("simply typed",)
    assert found["pred"] == ("dependently typed",)


def test_the_datasets_flags_decide_where_there_are_any() -> None:
    row = rows._typed(LENGTH | {"is_proof": False, "is_simply_typed": True}, Path("x"), 1)
    assert snippets.group(row) == "simply typed"


def test_scaffolding_is_the_harnesss() -> None:
    row = rows._typed(LENGTH, Path("x"), 1)
    assert snippets.scaffold(row) == (
        "open Prims\nmodule S=FStar.Set\nopen My.List\n"
        '#push-options "--initial_fuel 2 --max_fuel 8 --smtencoding.elim_box false --z3rlimit 5 --z3seed 0"\n'
    )
    prims = rows._typed(LENGTH | {"file_name": "Prims.fst", "vconfig": None}, Path("x"), 1)
    assert snippets.scaffold(prims) == ""


@pytest.mark.parametrize("variant", ["none", "file", "retrieved"])
@pytest.mark.parametrize("style", list(PromptStyle))
def test_prompts_show_the_context_of_the_variant(root: Path, variant: str, style: PromptStyle) -> None:
    benchmark, problems = made(root, variant, style)
    prompt = benchmark.prompt(problems["My.List.append_length"])
    text = prompt.text or prompt.messages[0].content
    assert LENGTH["source_type"] in text
    assert "let rec append_length l m =" in text
    assert "append_length t m" not in text, "the answer"
    assert ("module My.List" in text) is (variant != "none")
    assert ("other_secret" in text) is (variant == "retrieved"), "a related definition of another file"
    assert "x + x" not in text, "of the same file"
    if style is PromptStyle.BASE:
        assert text.endswith("let rec append_length l m =")


STATED = LENGTH["source_type"]
HEAD = "let rec append_length l m ="
WHOLE = f"{HEAD} lemma l m"


@pytest.mark.parametrize(
    ("answer", "rule", "code"),
    [
        (f"Sure:\n```fstar\n{WHOLE}\n```\nDone.", "fence", WHOLE),
        (f"```\n{STATED}\n{WHOLE}\n```", "fence", WHOLE),
        (f"```fstar\nlet append_length = 1\n```\nbetter:\n```fstar\n{WHOLE}\n```", "fence", WHOLE),
        (f"```fstar\n{WHOLE}", "open-fence", WHOLE),
        (f"<think>```fstar\nlet append_length = admit\n```</think>\n```fstar\n{WHOLE}\n```", "fence", WHOLE),
        (f"<answer>let append_length = 1</answer> no: <answer>{WHOLE}</answer>", "answer+whole", WHOLE),
        (WHOLE, "whole", WHOLE),
        ("```fstar\nlemma l m\n```", "body", WHOLE),
        ("```fstar\nlet other_lemma l = ()\n```", "fence", "let other_lemma l = ()"),
        ("I cannot prove this.", "none", ""),
        ("", "none", ""),
    ],
)
def test_extraction(answer: str, rule: str, code: str) -> None:
    found = extract(answer, "append_length", HEAD, STATED)
    assert (found.rule, found.code.strip()) == (rule, code)


def test_a_continuation_follows_the_head(root: Path) -> None:
    benchmark, problems = made(root, style=PromptStyle.BASE)
    problem = problems["My.List.append_length"]
    completion = Completion(
        task_id=problem.task_id, sample=0, text=" lemma l m", kind=CompletionKind.CONTINUATION
    )
    program = benchmark.program(problem, completion)
    assert program.files[0].content == WHOLE
    empty = Completion(task_id=problem.task_id, sample=0, text=" \n", kind=CompletionKind.CONTINUATION)
    assert not benchmark.program(problem, empty).steps


def test_a_mirror_of_the_hub_comes_first(root: Path) -> None:
    folder = root / "microsoft/FStarDataSet-V2"
    folder.mkdir(parents=True)
    (folder / "test_intra_project.json").write_text(json.dumps(MORE[:2]))
    benchmark = FStar(BenchmarkOptions(split="intra-project"))
    loaded = benchmark.load(DataSource(root=root, offline=True))
    assert (loaded.identity.rows, loaded.identity.revision) == (2, "mirror")


def test_splits_of_lines(root: Path) -> None:
    lines = [LENGTH | {"name": f"M.a{n}", "isa_cross_project_example": n % 2 == 0} for n in range(3)]
    (root / "problems.jsonl").write_text("\n".join(map(json.dumps, lines)))
    loaded = FStar(BenchmarkOptions(split="cross-project")).load(DataSource(root=root))
    assert [problem.task_id for problem in loaded.problems] == ["M.a0", "M.a2"]
    (root / "problems.jsonl").write_text(json.dumps(LENGTH))
    with pytest.raises(UsageError, match="cross-project"):
        FStar(BenchmarkOptions(split="cross-project")).load(DataSource(root=root))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "problems.jsonl:2"),
        (b'{"name": 1}', "problems.jsonl:2"),
        (b"[1]", "problems.jsonl:2"),
        (b'{"name": "\xff"}', "problems.jsonl:2"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    (tmp_path / "problems.jsonl").write_bytes(json.dumps(LENGTH).encode() + b"\n" + line + b"\n")
    with pytest.raises(DataError, match=message):
        FStar(BenchmarkOptions()).load(DataSource(root=tmp_path))


def test_unknown_variants_and_options() -> None:
    with pytest.raises(UnknownName):
        FStar(BenchmarkOptions(variant="all"))
    with pytest.raises(UnknownName):
        FStar(BenchmarkOptions(split="test"))
    with pytest.raises(UsageError):
        FStar(BenchmarkOptions(shots=3))
