"""HumanEval Pro, MBPP Pro, BigCodeBench-Lite Pro: prompts, assembly, parts and origins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet
from support.logs import warnings_of

from codeeval.benchmarks.pro.benchmark import BigCodeBenchLitePro, HumanEvalPro, MbppPro
from codeeval.benchmarks.pro.self_invoking import INTACT, RAW, SANITISED, STOP, ProRow, SelfInvoking
from codeeval.datasets import load_rows
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.types import Completion, CompletionKind, Problem, Program, PromptStyle, Role

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.data

ALL = (HumanEvalPro, MbppPro, BigCodeBenchLitePro)
BASE, CHAT = PromptStyle.BASE, PromptStyle.CHAT
SYSTEM = (
    "You are an exceptionally intelligent coding assistant that consistently delivers accurate and reliable "
    "responses to user instructions."
)
TASK = (
    "Write a solution of python file to the following problems, the solution of the second problem requires "
    "single or multiple calls to the first solution.\n```python\n{first}\n{second}\n{more}```"
)


def problems(cls: type[SelfInvoking], root: Path) -> dict[str, Problem]:
    loaded = cls(BenchmarkOptions()).load(DataSource(root=root, offline=True))
    return {problem.task_id: problem for problem in loaded.problems}


def rows(cls: type[SelfInvoking], root: Path) -> tuple[ProRow, ...]:
    return load_rows(cls.dataset, "train", DataSource(root=root, offline=True), ProRow).rows


def completion(problem: Problem, text: str, kind: CompletionKind) -> Completion:
    return Completion(task_id=problem.task_id, sample=1, text=text, kind=kind)


def contents(program: Program) -> dict[str, str]:
    return {file.path: file.content for file in program.files}


@pytest.mark.parametrize(
    ("cls", "tasks", "intact"), [(HumanEvalPro, 164, 149), (MbppPro, 378, 339), (BigCodeBenchLitePro, 57, 54)]
)
def test_problems(cls: type[SelfInvoking], tasks: int, intact: int, data_root: Path) -> None:
    found = problems(cls, data_root)
    assert len(found) == tasks
    assert sum(INTACT in problem.groups for problem in found.values()) == intact
    for problem in found.values():
        assert re.search(rf"\b{problem.entry_point}\(", problem.tests[0]), problem.task_id
        assert re.search(rf"^(def|class) {problem.entry_point}\b", problem.reference, re.MULTILINE)


@pytest.mark.parametrize("style", PromptStyle)
@pytest.mark.parametrize(
    ("cls", "variant", "shots"),
    [
        (HumanEvalPro, "", 0),
        (HumanEvalPro, "", 1),
        (HumanEvalPro, "cot", 0),
        (MbppPro, "", 0),
        (MbppPro, "", 1),
        (MbppPro, "cot", 0),
        (BigCodeBenchLitePro, "", 0),
    ],
)
def test_every_prompt_is_the_official_one(
    cls: type[SelfInvoking], variant: str, shots: int, style: PromptStyle, data_root: Path
) -> None:
    benchmark = cls(BenchmarkOptions(variant=variant, shots=shots, style=style))
    for problem, row in zip(problems(cls, data_root).values(), rows(cls, data_root), strict=True):
        shown = row.test_code.split("\n")[1 if cls is HumanEvalPro else 0]
        more = f"\n{shown}\n" if shots else "\n" if cls is BigCodeBenchLitePro else ""
        first, second = row.raw_problem.strip(), row.new_problem.strip()
        task = TASK.format(first=first, second=second, more=more)
        thought = "Let's think step by step.\n" if variant else ""
        prompt = benchmark.prompt(problem)
        if style is BASE:
            start = f"{thought}```python\n{first}\n"
            assert prompt.text == f"{SYSTEM}\n@@ Instruction\n{task}\n\n@@ Response\n{start}"
            assert prompt.stop == STOP
        else:
            user = f"\n@@ Instruction\n{task}\n@@ Response\n{thought}"
            sent = [(message.role, message.content) for message in prompt.messages]
            assert sent == [(Role.SYSTEM, SYSTEM), (Role.USER, user)]
            assert (prompt.stop, prompt.prefill) == ((), "")


@pytest.mark.parametrize("cls", ALL)
def test_a_continuation_and_a_solution_make_the_official_programs(
    cls: type[SelfInvoking], data_root: Path
) -> None:
    benchmark = cls(BenchmarkOptions())
    script = cls is BigCodeBenchLitePro
    for problem, row in zip(problems(cls, data_root).values(), rows(cls, data_root), strict=True):
        text = row.raw_solution + row.new_problem + row.new_solution
        assert problem.reference == text
        ended = text + "\n# Test\n1 / 0\n"
        for kind, start in ((CompletionKind.CONTINUATION, row.raw_problem), (CompletionKind.SOLUTION, "")):
            files = contents(benchmark.program(problem, completion(problem, ended, kind)))
            head = '__name__ = "__main__"\n' if script else ""
            assert files["tests.py"] == row.test_code
            assert files["raw.py"] == f"{head}{start}{ended}\n"
            cut = text if "if __name__" in text or "# Test" in text else f"{text}\n"
            assert files["sanitised.py"].startswith(f"{head}{start}{row.raw_solution[:20]}")
            if cut != text:
                assert files["sanitised.py"] == f"{head}{start}{cut}\n"


def test_one_run_decides_where_sanitising_changes_nothing(data_root: Path) -> None:
    problem = problems(HumanEvalPro, data_root)["0"]
    benchmark = HumanEvalPro(BenchmarkOptions())
    program = benchmark.program(problem, benchmark.reference(problem))
    assert list(contents(program)) == ["solution.py", "tests.py"]
    assert [(step.part, step.files, step.entry_point) for step in program.steps] == [
        ("", ("solution.py", "tests.py"), "find_close_elements_lists")
    ]
    text = problem.reference + "# Example usage\nprint(1)\n"
    both = benchmark.program(problem, completion(problem, text, CompletionKind.CONTINUATION))
    assert list(contents(both)) == ["raw.py", "sanitised.py", "tests.py"]
    assert [(step.part, step.files) for step in both.steps] == [
        (RAW, ("raw.py", "tests.py")),
        (SANITISED, ("sanitised.py", "tests.py")),
    ]
    assert benchmark.scoring.parts == (RAW, SANITISED)
    assert benchmark.scoring.best_of


def test_a_trigger_in_the_first_problem_does_not_cut_it(data_root: Path) -> None:
    """Only what the model wrote is sanitised; the problem that precedes it is not."""
    problem = msgspec.structs.replace(problems(HumanEvalPro, data_root)["0"], prompt="# Test\nx = 1\n")
    benchmark = HumanEvalPro(BenchmarkOptions())
    program = benchmark.program(problem, completion(problem, "y = 2\n# Test", CompletionKind.CONTINUATION))
    assert contents(program)["sanitised.py"] == "# Test\nx = 1\ny = 2\n\n"


@pytest.mark.parametrize(
    ("text", "rule", "code"),
    [
        ("```python\nx = 1\n```\n```python\ny\n```", "first-fence", "\nx = 1\n\n"),
        ("x = 1", "no-fence", "x = 1\n"),
        ("```\nx = 1\n```", "none", ""),
        (" \n", "none", ""),
    ],
)
def test_answers(text: str, rule: str, code: str, data_root: Path) -> None:
    problem = problems(HumanEvalPro, data_root)["0"]
    program = HumanEvalPro(BenchmarkOptions()).program(
        problem, completion(problem, text, CompletionKind.ANSWER)
    )
    assert program.extraction.rule == rule
    assert contents(program).get("solution.py", "") == code
    assert bool(program.steps) == bool(code)


def test_how_programs_are_run(data_root: Path) -> None:
    wanted = {
        HumanEvalPro: ("python", 3.0),
        MbppPro: ("python", 3.0),
        BigCodeBenchLitePro: ("python-bigcodebench", 30.0),
    }
    for cls, (image, cpu_s) in wanted.items():
        benchmark = cls(BenchmarkOptions())
        problem = next(iter(problems(cls, data_root).values()))
        program = benchmark.program(problem, benchmark.reference(problem))
        assert (benchmark.image, program.image) == (image, image)
        assert program.steps[0].limits.cpu_s == cpu_s
        assert all(cheat.completion.text.endswith("\n# Test\n") for cheat in benchmark.cheats(problem))
        for cheat in benchmark.cheats(problem):
            assert len(benchmark.program(problem, cheat.completion).steps) == 2, "both parts run"


def test_origins(data_root: Path) -> None:
    assert HumanEvalPro(BenchmarkOptions()).origin("24") == "HumanEval/24"
    assert BigCodeBenchLitePro(BenchmarkOptions()).origin("BigCodeBench/23") == "BigCodeBench/23"
    benchmark = MbppPro(BenchmarkOptions())
    found = [benchmark.origin(task) for task in problems(MbppPro, data_root)]
    assert len(set(found)) == 378
    assert (found[0], found[1], found[-1]) == ("Mbpp/2", "Mbpp/3", "Mbpp/809")


def test_sampling_and_settings() -> None:
    base, chat = (MbppPro(BenchmarkOptions(variant="cot", style=style)) for style in (BASE, CHAT))
    assert (base.sampling.temperature, base.sampling.max_tokens, base.sampling.stop) == (0.0, 4096, STOP)
    assert (chat.sampling.temperature, chat.sampling.max_tokens, chat.sampling.stop) == (0.2, 4096, ())
    assert base.name == "mbpp-pro:cot"
    assert base.settings == {
        "protocol": "official",
        "split": "train",
        "shots": "0",
        "prompt": "cot",
        "style": "base",
    }
    assert chat.card.read_text("utf-8").startswith("# HumanEval Pro")


@pytest.mark.parametrize(
    ("cls", "options", "error"),
    [
        (HumanEvalPro, BenchmarkOptions(variant="plus"), UnknownName),
        (HumanEvalPro, BenchmarkOptions(split="test"), UnknownName),
        (HumanEvalPro, BenchmarkOptions(shots=2), UsageError),
        (MbppPro, BenchmarkOptions(variant="cot", shots=1), UsageError),
        (BigCodeBenchLitePro, BenchmarkOptions(variant="cot"), UnknownName),
        (BigCodeBenchLitePro, BenchmarkOptions(shots=1), UsageError),
    ],
)
def test_options_that_do_not_exist(
    cls: type[SelfInvoking], options: BenchmarkOptions, error: type[UsageError]
) -> None:
    with pytest.raises(error):
        cls(options)


def test_a_row_whose_tests_call_nothing_is_refused(
    tmp_path: Path, data_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned = warnings_of("codeeval.datasets.rows", monkeypatch)
    row = msgspec.structs.asdict(rows(HumanEvalPro, data_root)[0])
    folder = tmp_path / HumanEvalPro.dataset.id / "default"
    folder.mkdir(parents=True)
    parquet.write_table(pa.Table.from_pylist([row | {"test_code": "assert 1"}]), folder / "train.parquet")
    benchmark = HumanEvalPro(BenchmarkOptions())
    with pytest.raises(DataError, match="humaneval-pro, row 0: "):
        benchmark.load(DataSource(root=tmp_path, offline=True))
    assert HumanEvalPro.dataset.id in warned[0]
    del row["new_problem"]
    parquet.write_table(pa.Table.from_pylist([row]), folder / "train.parquet")
    with pytest.raises(DataError, match=r"row 0.*new_problem"):
        benchmark.load(DataSource(root=tmp_path, offline=True))
