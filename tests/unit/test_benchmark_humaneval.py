from __future__ import annotations

import pytest

from codeeval.benchmarks.common.python_functions import preamble, with_preamble
from codeeval.benchmarks.humaneval.benchmark import STOP, HumanEval
from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.types import Completion, CompletionKind, Oracle, Problem, Program, PromptStyle, PythonStep

BASE = BenchmarkOptions(style=PromptStyle.BASE)


@pytest.fixture(scope="module")
def problems() -> dict[str, Problem]:
    loaded = HumanEval(BASE).load(DataSource(offline=True))
    return {problem.task_id: problem for problem in loaded.problems}


def completion(problem: Problem, text: str, kind: CompletionKind) -> Completion:
    return Completion(task_id=problem.task_id, sample=3, text=text, kind=kind)


def joined(program: Program) -> str:
    return "".join(file.content for file in program.files)


def test_problems(problems: dict[str, Problem]) -> None:
    assert list(problems) == [f"HumanEval/{number}" for number in range(164)]


def test_base_prompt_is_the_datasets(problems: dict[str, Problem]) -> None:
    benchmark = HumanEval(BASE)
    for problem in problems.values():
        prompt = benchmark.prompt(problem)
        assert (prompt.text, prompt.stop) == (problem.prompt, STOP)
    assert benchmark.sampling.stop == ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
    assert benchmark.sampling.temperature == 0


def test_chat_prompt_holds_the_prompt_in_a_fence(problems: dict[str, Problem]) -> None:
    benchmark = HumanEval(BenchmarkOptions())
    for problem in problems.values():
        prompt = benchmark.prompt(problem)
        (message,) = prompt.messages
        assert f"```python\n{problem.prompt.strip()}\n```" in message.content
        assert (prompt.stop, prompt.prefill, prompt.text) == ((), "", "")


def test_a_continuations_program_is_the_official_one(problems: dict[str, Problem]) -> None:
    benchmark = HumanEval(BASE)
    for problem in problems.values():
        for text in (problem.reference, "", "    return '\r\n", "```\n"):
            program = benchmark.program(problem, completion(problem, text, CompletionKind.CONTINUATION))
            official = f"{problem.prompt}{text}\n{problem.tests[0]}\ncheck({problem.entry_point})"
            assert joined(program) == official
            assert program.files[0].content == f"{problem.prompt}{text}\n"


def test_the_step(problems: dict[str, Problem]) -> None:
    problem = problems["HumanEval/7"]
    program = HumanEval(BASE).program(problem, HumanEval(BASE).reference(problem))
    (step,) = program.steps
    assert isinstance(step, PythonStep)
    assert (step.files, step.entry_point) == (("solution.py", "tests.py"), problem.entry_point)
    assert (step.limits.cpu_s, step.limits.wall_s) == (3.0, 15.0)
    assert (program.image, program.oracle, program.language) == ("python", Oracle.COMPLETED, "python")


def test_a_solution_stands_alone(problems: dict[str, Problem]) -> None:
    problem = problems["HumanEval/0"]
    program = HumanEval(BASE).program(problem, completion(problem, "x = 1", CompletionKind.SOLUTION))
    assert program.files[0].content == "x = 1\n"


def test_no_code_has_no_steps(problems: dict[str, Problem]) -> None:
    problem = problems["HumanEval/0"]
    program = HumanEval(BASE).program(problem, completion(problem, "No.", CompletionKind.ANSWER))
    assert (program.files, program.steps, program.extraction.rule, program.sample) == ((), (), "none", 3)


def passes(program: Program) -> bool:
    namespace: dict[str, object] = {}
    exec(joined(program), namespace)
    return True


def test_references_as_answers_without_the_preamble_of_the_prompt(problems: dict[str, Problem]) -> None:
    benchmark = HumanEval(BenchmarkOptions())
    lacking = 0
    for problem in problems.values():
        heading = problem.prompt.index(f"def {problem.entry_point}(")
        function = problem.prompt[heading:] + problem.reference
        lacking += bool(preamble(problem))
        for text in (
            f"Here:\n```python\n{function}```\n",
            function,
            f"from __future__ import annotations\n{function}",
        ):
            answer = completion(problem, text, CompletionKind.ANSWER)
            assert passes(benchmark.program(problem, answer)), problem.task_id
    assert lacking == 26


def test_helpers_of_the_prompt_precede_an_answer(problems: dict[str, Problem]) -> None:
    for number, helper in {10: "is_palindrome", 32: "poly", 38: "encode_cyclic", 50: "encode_shift"}.items():
        assert f"def {helper}(" in preamble(problems[f"HumanEval/{number}"])
    assert preamble(problems["HumanEval/0"]) == "from typing import List"
    assert preamble(problems["HumanEval/2"]) == ""


def test_preamble_goes_first_once_and_below_future_imports() -> None:
    assert with_preamble("import a", "def f(): pass\n") == "import a\n\n\ndef f(): pass\n"
    assert with_preamble("import a", "import a\ndef f(): pass\n") == "import a\ndef f(): pass\n"
    assert with_preamble("import a", "import ab\n") == "import a\n\n\nimport ab\n"
    assert with_preamble("", "def f(): pass\n") == "def f(): pass\n"
    code = "from __future__ import annotations\ndef f(): pass\n"
    assert with_preamble("import a", code).startswith("from __future__ import annotations\nimport a\n")


def test_settings_and_card() -> None:
    benchmark = HumanEval(BASE)
    assert benchmark.settings == {"protocol": "official", "split": "test", "shots": "0", "style": "base"}
    assert benchmark.card.read_text(encoding="utf-8").startswith("# HumanEval")


@pytest.mark.parametrize(
    ("options", "error"),
    [(BenchmarkOptions(variant="plus"), UnknownName), (BenchmarkOptions(split="train"), UnknownName),
     (BenchmarkOptions(shots=2), UsageError)],
)  # fmt: skip
def test_options_that_do_not_exist(options: BenchmarkOptions, error: type[UsageError]) -> None:
    with pytest.raises(error):
        HumanEval(options)


def test_cheats_are_whole_programs(problems: dict[str, Problem]) -> None:
    benchmark = HumanEval(BASE)
    for problem in problems.values():
        cheats = benchmark.cheats(problem)
        assert len({cheat.name for cheat in cheats}) == len(cheats) >= 20
        for cheat in cheats:
            compile(joined(benchmark.program(problem, cheat.completion)), cheat.name, "exec")
