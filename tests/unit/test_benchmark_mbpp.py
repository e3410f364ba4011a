from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codeeval.benchmarks.mbpp.benchmark import FullRow, Mbpp, SanitizedRow
from codeeval.benchmarks.mbpp.entry_point import entry_point
from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.types import Completion, CompletionKind, Problem, PromptStyle

if TYPE_CHECKING:
    from pathlib import Path

BASE = PromptStyle.BASE


@pytest.mark.parametrize(
    ("test", "code", "name"),
    [
        ("assert f(1) == 2", "def f(x): pass", "f"),
        ("assert set(f(1)) == set((1,))", "def f(x): pass", "f"),
        ("assert math.isclose(f(1), 2., rel_tol=0.001)", "import math\ndef f(x): pass", "f"),
        ("assert (f(root)) == 3", "class Node: pass\ndef g(): pass\ndef f(x): pass", "f"),
        ("assert not f(1)", "def f(x): pass", "f"),
        ("assert f(Pair(1), 2) == 3", "class Pair: pass\ndef f(a, b): pass", "f"),
        ("assert f(g(1)) == 3", "def g(x): pass\ndef f(x): pass", "f"),
        ("assert f(1) == 2", "f = lambda x: x", "f"),
        ("assert f(1) == 2", "async def f(x): pass", "f"),
        ("assert sum(1) == 2", "def sum(x): pass", "sum"),
        ("assert ((f(1) == 2", "def g(x): pass\ndef h(x): pass", "h"),
        ("assert f(1) == 2", "x = 1", ""),
        ("", "", ""),
    ],
)
def test_entry_point(test: str, code: str, name: str) -> None:
    assert entry_point((test,), code) == name


def test_entry_point_of_a_test_that_calls_nothing_defined() -> None:
    assert entry_point(("assert True", "assert f(1)"), "def f(x): pass\ndef g(): pass") == "f"


def shot(task: str, tests: tuple[str, ...], code: str) -> str:
    """The paper's prompt, written without the template."""
    return (
        f"You are an expert Python programmer, and here is your task: {task} "
        "Your code should pass these tests:\n\n" + "\n".join(tests) + f"\n[BEGIN]\n{code}"
    )


def benchmark(root: Path, **options: object) -> tuple[Mbpp, dict[str, Problem]]:
    made = Mbpp(BenchmarkOptions(**options))  # type: ignore[arg-type]  # options of one test
    loaded = made.load(DataSource(root=root, offline=True))
    return made, {problem.task_id: problem for problem in loaded.problems}


@pytest.mark.data
def test_official_prompt_of_all_500(data_root: Path) -> None:
    mbpp, problems = benchmark(data_root, style=BASE)
    _, shown = benchmark(data_root, split="prompt")
    examples = [shown[f"Mbpp/{number}"] for number in (2, 3, 4)]
    start = "".join(shot(e.prompt, e.tests, f"{e.reference}\n[DONE]\n\n") for e in examples)
    assert "\r\n" in start
    assert len(problems) == 500
    for problem in problems.values():
        prompt = mbpp.prompt(problem)
        assert prompt.text == start + shot(problem.prompt, problem.tests, "")
        assert prompt.stop == ("[DONE]",)


@pytest.mark.data
def test_sanitized_shows_its_own_examples(data_root: Path) -> None:
    mbpp, problems = benchmark(data_root, variant="sanitized", style=BASE)
    text = mbpp.prompt(problems["Mbpp/11"]).text
    assert text.count("[BEGIN]") == 4
    assert "Write a function to find the shared elements from the given two lists." in text
    assert "assert is_not_prime(37) == False" in text
    assert "\r" not in text


@pytest.mark.data
@pytest.mark.parametrize(
    ("variant", "split", "count"),
    [("", "test", 500), ("", "train", 374), ("", "validation", 90), ("", "prompt", 10), ("", "all", 974),
     ("sanitized", "test", 257), ("sanitized", "all", 427), ("sanitized", "prompt", 7)],
)  # fmt: skip
def test_splits(data_root: Path, variant: str, split: str, count: int) -> None:
    mbpp, problems = benchmark(data_root, variant=variant, split=split)
    assert len(problems) == count
    assert mbpp.settings["split"] == split
    for problem in problems.values():
        assert problem.entry_point in problem.tests[0]
        assert f"{problem.entry_point}" in problem.reference


@pytest.mark.data
def test_a_problem_is_not_its_own_example(data_root: Path) -> None:
    mbpp, problems = benchmark(data_root, split="prompt", style=BASE)
    for problem in problems.values():
        text = mbpp.prompt(problem).text
        assert text.count(problem.prompt) == 1
        assert text.count("[DONE]") == 3


@pytest.mark.data
@pytest.mark.parametrize(("variant", "shots"), [("", 0), ("", 1), ("", 10), ("sanitized", 7)])
def test_shots(data_root: Path, variant: str, shots: int) -> None:
    mbpp, problems = benchmark(data_root, variant=variant, shots=shots, style=BASE)
    assert mbpp.prompt(problems["Mbpp/11"]).text.count("[DONE]") == shots
    assert mbpp.settings["shots"] == str(shots)


@pytest.mark.data
def test_more_shots_than_examples(data_root: Path) -> None:
    with pytest.raises(UsageError, match=r" 7 .* 8"):
        benchmark(data_root, variant="sanitized", shots=8)


@pytest.mark.data
def test_chat_prompt_has_no_carriage_return_and_requests_a_fence(data_root: Path) -> None:
    mbpp, problems = benchmark(data_root)
    (message,) = mbpp.prompt(problems["Mbpp/11"]).messages
    assert "\r" not in message.content
    assert message.content.count("```python") == 3 * 2 + 1
    assert message.content.rstrip().endswith("Leave out the tests.")


@pytest.mark.data
def test_setup_stands_between_code_and_tests(data_root: Path) -> None:
    mbpp, problems = benchmark(data_root, variant="", split="all")
    problem = problems["Mbpp/367"]
    program = mbpp.program(problem, mbpp.reference(problem))
    assert program.files[0].content == problem.reference + "\n"
    assert program.files[1].content == "\n".join((problem.setup, *problem.tests))
    assert problem.setup.startswith("root = Node(1)")
    plain = problems["Mbpp/11"]
    assert mbpp.program(plain, mbpp.reference(plain)).files[1].content == "\n".join(plain.tests)


@pytest.mark.data
def test_an_answers_class_that_only_the_setup_uses_is_kept(data_root: Path) -> None:
    mbpp, problems = benchmark(data_root, variant="", split="all")
    problem = problems["Mbpp/927"]
    code = "class Node:\n    pass\n\ndef max_height(node):\n    return 3\n"
    answer = Completion(
        task_id=problem.task_id,
        sample=0,
        text=f"```python\n{code}\nprint(1)\n```",
        kind=CompletionKind.ANSWER,
    )
    program = mbpp.program(problem, answer)
    assert program.extraction.rule == "fence+pruned"
    assert program.extraction.code == code


@pytest.mark.data
def test_test_imports_come_first_in_the_tests(data_root: Path) -> None:
    mbpp, problems = benchmark(data_root, variant="sanitized")
    problem = problems["Mbpp/82"]
    assert (
        mbpp.program(problem, mbpp.reference(problem))
        .files[1]
        .content.startswith("import math\nassert math.isclose(")
    )


def test_rows_become_problems() -> None:
    full = FullRow(
        task_id=1, text="t", code="def f(): pass", test_list=("assert f()",), test_setup_code="x = 1"
    )
    clean = SanitizedRow(
        task_id=1,
        prompt="t",
        code="def f(): pass",
        test_list=("assert f()",),
        test_imports=("import a", "import b"),
    )
    assert full.problem().setup == "x = 1"
    assert clean.problem().setup == "import a\nimport b"
    assert full.problem().task_id == clean.problem().task_id == "Mbpp/1"


def test_prompt_before_load() -> None:
    problem = Problem(task_id="Mbpp/1", prompt="", entry_point="f", reference="", tests=())
    with pytest.raises(UsageError, match=r"mbpp(.|\n)*load\(\)"):
        Mbpp(BenchmarkOptions()).prompt(problem)


@pytest.mark.parametrize(
    ("options", "error", "known"),
    [
        (BenchmarkOptions(variant="sanitised"), UnknownName, "sanitized"),
        (BenchmarkOptions(split="tests"), UnknownName, "test"),
        (BenchmarkOptions(shots=11), UsageError, "--shots"),
        (BenchmarkOptions(shots=-1), UsageError, "--shots"),
    ],
)
def test_options_that_do_not_exist(options: BenchmarkOptions, error: type[UsageError], known: str) -> None:
    with pytest.raises(error) as caught:
        Mbpp(options)
    assert known in caught.value.remedy


def test_settings() -> None:
    mbpp = Mbpp(BenchmarkOptions(variant="sanitized", style=BASE))
    assert mbpp.name == "mbpp:sanitized"
    assert mbpp.settings == {
        "protocol": "official",
        "variant": "sanitized",
        "split": "test",
        "shots": "3",
        "tests_shown": "all",
        "style": "base",
    }
    assert mbpp.card.read_text(encoding="utf-8").startswith("# MBPP")


def test_cheats_define_the_entry_point() -> None:
    mbpp = Mbpp(BenchmarkOptions())
    problem = Problem(task_id="Mbpp/1", prompt="", entry_point="f", reference="", tests=("assert f(1) == 2",))
    for cheat in mbpp.cheats(problem):
        assert cheat.completion.kind is CompletionKind.SOLUTION
        assert cheat.completion.text.startswith("def f(*args, **kwargs):\n    ")
        compile(cheat.completion.text, cheat.name, "exec")
