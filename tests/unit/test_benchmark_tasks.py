"""Tasks of a user's file: what they require, prompts, solutions, programs and controls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from codeeval.benchmarks.tasks import forms
from codeeval.benchmarks.tasks.benchmark import Tasks
from codeeval.datasets.task_files import ComparisonName, read_task_file
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource, LacksReferences, PublishesSchema, SpansImages
from codeeval.judging.comparisons import COMPARISONS
from codeeval.translators import problem as python
from codeeval.translators.problem import Parameter, PythonProblem
from codeeval.translators.target_languages import TARGETS, target
from codeeval.translators.types import ListOf, Scalar
from codeeval.types import (
    TOKEN_PLACEHOLDER,
    Case,
    Comparison,
    Completion,
    CompletionKind,
    Oracle,
    Problem,
    Program,
    PromptStyle,
)

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.datasets.task_files import Task

ANSWER, CONTINUATION, SOLUTION = CompletionKind.ANSWER, CompletionKind.CONTINUATION, CompletionKind.SOLUTION
PROSE = {
    "prompt": "Write a function `add` that returns the sum of two numbers.",
    "entry_point": "add",
    "tests": "assert add(1, 2) == 3",
    "reference": "def add(a, b):\n    return a + b\n",
}
HEAD = {
    "prompt": 'from typing import List\n\n\ndef total(numbers: List[int]) -> int:\n    """Sum."""\n',
    "tests": "def check(candidate):\n    assert candidate([1, 2]) == 3\n",
    "reference": "    return sum(numbers)\n",
}
RUST = {
    "language": "rust",
    "prompt": "/// The sum.\nfn add(a: i64, b: i64) -> i64 {\n",
    "entry_point": "add",
    "tests": "}\n\nfn main() {\n    assert_eq!(add(1, 2), 3);\n}\n",
    "reference": "    a + b",
}
RUST_PROSE = RUST | {
    "prompt": "Write a Rust function `add` of two i64.",
    "tests": "fn main() {\n    assert_eq!(add(1, 2), 3);\n}\n",
    "reference": "fn add(a: i64, b: i64) -> i64 {\n    a + b\n}\n",
}


CASES = {
    "prompt": "Add the numbers on standard input.",
    "cases": [{"input": "1 2\n", "output": "3\n"}, {"input": "", "output": "0", "name": "nothing"}],
    "reference": "import sys\nprint(sum(map(int, sys.stdin.read().split())))\n",
}
CHECKED = {
    "language": "java",
    "prompt": "Print a number.",
    "cases": [{"input": "1"}, {"input": "2", "output": "3", "limits": {"cpu_s": 1}}],
    "checker": {"source": "fn main() {}", "language": "rust"},
    "run_all_cases": True,
    "limits": {"cpu_s": 9, "memory": "128M"},
}


class Loaded:
    """A file's benchmark, and its problems in order."""

    def __init__(self, folder: Path, *lines: object, style: PromptStyle = PromptStyle.CHAT) -> None:
        path = folder / "mine.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        self.benchmark = Tasks(BenchmarkOptions(variant=str(path), style=style))
        self.loaded = self.benchmark.load(DataSource())
        self.problems = self.loaded.problems

    def program(self, text: str, kind: CompletionKind, problem: Problem | None = None) -> Program:
        problem = problem or self.problems[0]
        completion = Completion(task_id=problem.task_id, sample=0, text=text, kind=kind)
        return self.benchmark.program(problem, completion)

    def source(self, text: str, kind: CompletionKind) -> str:
        """All files of the program of the first task, one after the other."""
        return "".join(file.content for file in self.program(text, kind).files)


def task(folder: Path, line: object) -> Task:
    path = folder / "one.jsonl"
    path.write_text(json.dumps(line))
    return forms.settled(read_task_file(path).tasks[0])


def test_abilities_and_identity(tmp_path: Path) -> None:
    made = Loaded(tmp_path, PROSE, RUST)
    benchmark = made.benchmark
    assert isinstance(benchmark, SpansImages)
    assert isinstance(benchmark, LacksReferences)
    assert isinstance(benchmark, PublishesSchema)
    assert (benchmark.name, benchmark.images) == ("tasks:mine.jsonl", ("python", "rust"))
    assert [benchmark.image_of(problem) for problem in made.problems] == ["python", "rust"]
    identity = made.loaded.identity
    assert (identity.config, identity.rows, len(identity.sha256)) == ("mine.jsonl", 2, 64)
    assert [problem.groups for problem in made.problems] == [("python",), ("rust",)]
    assert identity.sha256 != Loaded(tmp_path, PROSE).loaded.identity.sha256


def test_the_file_is_found_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Loaded(tmp_path, PROSE)
    monkeypatch.chdir(tmp_path)
    options = Tasks(BenchmarkOptions(variant="mine.jsonl")).options
    monkeypatch.chdir("/")
    assert len(Tasks(options).load(DataSource()).problems) == 1


def test_groups_of_one_language_are_the_tasks_own(tmp_path: Path) -> None:
    made = Loaded(tmp_path, PROSE | {"groups": ["easy"]}, PROSE)
    assert [problem.groups for problem in made.problems] == [("easy",), ()]


def test_without_a_file_there_is_a_card_and_no_problem() -> None:
    benchmark = Tasks(BenchmarkOptions())
    assert benchmark.card.is_file()
    assert benchmark.images == ("python",)
    with pytest.raises(UsageError):
        benchmark.load(DataSource())


def test_options_that_there_are_not(tmp_path: Path) -> None:
    variant = str(tmp_path / "mine.jsonl")
    with pytest.raises(UnknownName):
        Tasks(BenchmarkOptions(variant=variant, split="train"))
    with pytest.raises(UsageError):
        Tasks(BenchmarkOptions(variant=variant, shots=3))
    with pytest.raises(DataError):
        Tasks(BenchmarkOptions(variant=variant)).load(DataSource())


@pytest.mark.parametrize(
    ("line", "kind", "entry_point"),
    [
        (PROSE, "function", "add"),
        (HEAD, "code", "total"),
        (HEAD | {"form": "text"}, "function", ""),
        (HEAD | {"prompt": "def total(numbers):"}, "code", "total"),
        (HEAD | {"prompt": "Complete:\n\ndef total(numbers):"}, "function", ""),
        (PROSE | {"prompt": "x = 1"}, "function", "add"),
        (RUST, "code", "add"),
        (RUST | {"entry_point": ""}, "code", "add"),
        (RUST_PROSE, "function", "add"),
        (RUST_PROSE | {"form": "code"}, "code", "add"),
        (RUST_PROSE | {"prompt": "Implement fn add(a: i64, b: i64) -> i64 {} in Rust."}, "function", "add"),
        (RUST_PROSE | {"prompt": "Compute add(a, b)."}, "function", "add"),
        (RUST_PROSE | {"prompt": "Compute add(a, b)", "reference": ""}, "function", "add"),
        (RUST_PROSE | {"prompt": "Given two numbers, print add(a, b)", "entry_point": ""}, "function", ""),
    ],
)
def test_what_a_task_requires(tmp_path: Path, line: object, kind: str, entry_point: str) -> None:
    found = task(tmp_path, line)
    assert (forms.kind(found), found.entry_point) == (kind, entry_point)


SUM = PythonProblem(
    name="sum_of",
    entry_point="sum_of",
    parameters=(Parameter("numbers", ListOf(Scalar.INT)), Parameter("start", Scalar.INT)),
    returns=Scalar.INT,
    description=("Return the sum of the numbers.\n    Add them one by one, to the start.\n    ",),
    cases=(python.Case(([1, 2], 3), 6),),
)


@pytest.mark.parametrize("suffix", TARGETS)
def test_a_function_head_is_code_in_every_language(tmp_path: Path, suffix: str) -> None:
    """Known by the prompt and the name of its function, whatever the tests look like."""
    row = target(suffix).translate(SUM)
    found = task(tmp_path, {"prompt": row.prompt, "tests": "x", "language": target(suffix).language})
    name = forms.signatures.entry_point(row.prompt)
    stated = forms.settled(
        task(tmp_path, {"prompt": row.prompt, "tests": "x", "language": found.language, "entry_point": name})
    )
    assert forms.kind(stated) is forms.Kind.CODE, row.prompt


def test_chat_prompts(tmp_path: Path) -> None:
    made = Loaded(tmp_path, PROSE, HEAD, RUST_PROSE)
    texts = [made.benchmark.prompt(problem).messages[0].content for problem in made.problems]
    assert PROSE["prompt"] in texts[0]
    assert "`add`" in texts[0]
    assert f"```python\n{HEAD['prompt'].strip()}\n```" in texts[1]
    assert "Rust" in texts[2]
    assert not any("assert" in text for text in texts), "tests are hidden"


def test_a_base_prompt_is_continued(tmp_path: Path) -> None:
    made = Loaded(tmp_path, PROSE, HEAD, RUST, PROSE | {"stop": ["END"]}, style=PromptStyle.BASE)
    prompts = [made.benchmark.prompt(problem) for problem in made.problems]
    assert prompts[0].text == f"{PROSE['prompt']}\n\n```python\n"
    assert prompts[1].text == HEAD["prompt"]
    assert prompts[2].text == RUST["prompt"]
    assert [prompt.stop[:1] for prompt in prompts] == [("\n```",), ("\nclass",), ("\n}",), ("\n```",)]
    assert "END" in prompts[3].stop


def test_one_template_serves_all_tasks(tmp_path: Path) -> None:
    made = Loaded(tmp_path, PROSE, HEAD, RUST)
    assert len({made.benchmark.prompt(problem).template_hash for problem in made.problems}) == 1


@pytest.mark.parametrize("style", PromptStyle)
def test_a_template_of_the_users_own(tmp_path: Path, style: PromptStyle) -> None:
    template = tmp_path / "own.jinja"
    template.write_text("{{ form }} {{ language }} {{ fence }}: {{ prompt.strip() }}")
    Loaded(tmp_path, PROSE)
    options = BenchmarkOptions(variant=str(tmp_path / "mine.jsonl"), style=style, template=template)
    benchmark = Tasks(options)
    prompt = benchmark.prompt(benchmark.load(DataSource()).problems[0])
    text = prompt.text or prompt.messages[0].content
    assert text == f"function Python python: {PROSE['prompt']}"


def fenced(code: str, info: str = "python") -> str:
    return f"Here:\n\n```{info}\n{code}\n```\n\nDone."


def test_python_in_prose(tmp_path: Path) -> None:
    made = Loaded(tmp_path, PROSE)
    wanted = "def add(a, b):\n    return a + b\nassert add(1, 2) == 3"
    assert made.source(PROSE["reference"], SOLUTION) == wanted
    assert made.source(fenced(PROSE["reference"]), ANSWER) == wanted
    assert made.source(PROSE["reference"] + "```\n\nIt adds.", CONTINUATION) == wanted
    program = made.program("No idea.", ANSWER)
    assert (program.steps, program.extraction.rule) == ((), "none")


def test_python_that_goes_on(tmp_path: Path) -> None:
    made = Loaded(tmp_path, HEAD | {"setup": "LIMIT = 3"})
    tests = f"LIMIT = 3\n{HEAD['tests']}\ncheck(total)"
    wanted = f"{HEAD['prompt']}    return sum(numbers)\n{tests}"
    assert made.source("    return sum(numbers)", CONTINUATION) == wanted
    whole = "def total(numbers: List[int]) -> int:\n    return sum(numbers)\n"
    for source in (made.source(whole, SOLUTION), made.source(fenced(whole), ANSWER)):
        assert source.startswith("from typing import List\n")
        assert source.endswith(tests)


def test_a_check_that_is_called_is_not_called_again(tmp_path: Path) -> None:
    made = Loaded(tmp_path, HEAD | {"tests": HEAD["tests"] + "check(total)\n"})
    assert made.source("    return 0", CONTINUATION).count("check(total)") == 1


def test_another_language_that_goes_on(tmp_path: Path) -> None:
    made = Loaded(tmp_path, RUST)
    continued = made.source("    a + b\n}\nfn more() {}", CONTINUATION)
    assert continued.startswith(f"{RUST['prompt']}    a + b\n}}\n\nfn main()")
    assert "more" not in continued
    whole = RUST["prompt"] + "    a + b\n}\n"
    for source in (made.source(whole, SOLUTION), made.source(fenced(whole, "rust"), ANSWER)):
        assert source.count("fn add(") == 1
        assert source.count("{") == source.count("}")


def test_braces_that_the_tests_do_not_close(tmp_path: Path) -> None:
    made = Loaded(tmp_path, RUST | {"tests": RUST["tests"].removeprefix("}\n\n")})
    continued = made.source("    a + b\n}\nfn more() {}", CONTINUATION)
    assert continued.count("{") == continued.count("}")


def test_another_language_in_prose(tmp_path: Path) -> None:
    made = Loaded(tmp_path, RUST_PROSE)
    whole = RUST_PROSE["reference"]
    found = [made.source(whole, SOLUTION), made.source(fenced(whole, "rs"), ANSWER)]
    found.append(made.source(f"{whole}```", CONTINUATION))
    assert len(set(found)) == 1
    assert found[0].startswith(f"{whole}fn main()")


def test_what_c_needs_to_report_its_end(tmp_path: Path) -> None:
    line = {
        "language": "c",
        "prompt": "Write add.",
        "entry_point": "add",
        "tests": "#include <assert.h>\nint main() {\n    assert(add(1, 2) == 3);\n}\n",
    }
    made = Loaded(tmp_path, line)
    source = made.source("long add(long a, long b) { return a + b; }", SOLUTION)
    assert source.index("#include <stdio.h>") < source.index("FILE*")


def test_limits_are_the_programs_not_the_compilers(tmp_path: Path) -> None:
    stated = {"limits": {"cpu_s": 60, "memory": "64M"}}
    made = Loaded(tmp_path, RUST | stated, PROSE | {"limits": {"wall_s": 1}}, RUST)
    changed, python, plain = (made.program("x", SOLUTION, problem).steps for problem in made.problems)
    assert changed[0].limits == plain[0].limits
    assert changed[-1].limits.cpu_s == 60
    assert changed[-1].limits.wall_s >= 60
    assert changed[-1].limits.memory_bytes == 64 << 20
    assert python[-1].limits.wall_s == 1


def test_a_program_with_cases(tmp_path: Path) -> None:
    made = Loaded(tmp_path, CASES)
    program = made.program(fenced(CASES["reference"]), ANSWER)
    assert program.oracle is Oracle.CASES
    assert program.cases == (
        Case(stdin="1 2\n", expected="3\n"),
        Case(stdin="", expected="0", name="nothing"),
    )
    assert program.comparison == Comparison(name="lines")
    assert program.stop_at_failure
    assert program.solution == CASES["reference"]
    assert "".join(file.content for file in program.files) == CASES["reference"]
    assert not made.problems[0].tests
    nothing = made.program("No idea.", ANSWER)
    assert (nothing.extraction.rule, nothing.steps, nothing.cases) == ("none", (), ())


def test_an_answer_of_one_line_is_a_program(tmp_path: Path) -> None:
    made = Loaded(tmp_path, CASES)
    assert made.program("```\nprint(sum(map(int, open(0).read().split())))\n```", ANSWER).steps
    assert made.program("print(sum(map(int, open(0).read().split())))", ANSWER).steps


def test_a_program_with_a_checker(tmp_path: Path) -> None:
    made = Loaded(tmp_path, CHECKED)
    program = made.program("public class Solution { public static void main(String[] a) { } }", SOLUTION)
    assert program.files[0].path == "Solution.java"
    limits = program.steps[-1].limits
    assert (limits.cpu_s, limits.memory_bytes) == (9, 128 << 20)
    first, second = program.cases
    assert first.limits is None
    assert second.limits is not None
    assert (second.limits.cpu_s, second.limits.memory_bytes) == (1, 128 << 20)
    assert not program.stop_at_failure
    checker = program.checker
    assert checker is not None
    assert (checker.language, checker.image, checker.files[0].path) == ("rust", "rust", "main.rs")
    assert made.benchmark.images == ("jvm", "rust"), "the checker's image is needed too"


def test_what_outputs_are_compared_by(tmp_path: Path) -> None:
    close = CASES | {"comparison": "floats", "tolerance": 0.5}
    program = Loaded(tmp_path, close).program("print(1)", SOLUTION)
    assert program.comparison == Comparison(name="floats", tolerance=0.5)
    assert set(ComparisonName) == COMPARISONS.keys()


def test_a_candidate_gets_no_token_by_its_name(tmp_path: Path) -> None:
    made = Loaded(tmp_path, CASES)
    assert TOKEN_PLACEHOLDER not in made.source(f"print({TOKEN_PLACEHOLDER!r})", SOLUTION)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (PROSE | {"tests": "assert add(1, 2) = 3"}, "tests"),
        (PROSE | {"setup": "def"}, "setup"),
        (PROSE | {"tests": "assert '\0'"}, "tests"),
        (CASES | {"checker": "if:"}, "checker"),
        (RUST_PROSE | {"tests": "assert_eq!(add(1, 2), 3);"}, "tests"),
        (RUST | {"setup": "fn helper() {}"}, "setup"),
        (RUST_PROSE | {"language": "lua", "tests": "assert(add(1, 2) == 3)"}, "tests"),
    ],
)
def test_mistakes_that_the_language_shows(tmp_path: Path, line: object, place: str) -> None:
    with pytest.raises(DataError, match=rf"mine\.jsonl:1: {place}: "):
        Loaded(tmp_path, line)


def test_references_and_their_kinds(tmp_path: Path) -> None:
    whole = HEAD | {"reference": "def total(numbers):\n    return sum(numbers)\n"}
    made = Loaded(tmp_path, PROSE, HEAD, whole, RUST, RUST_PROSE, PROSE | {"reference": ""})
    kinds = [made.benchmark.reference(problem).kind for problem in made.problems[:5]]
    assert kinds == [SOLUTION, CONTINUATION, SOLUTION, CONTINUATION, SOLUTION]
    assert [made.benchmark.has_reference(problem) for problem in made.problems] == [*[True] * 5, False]


def test_every_task_has_cheats(tmp_path: Path) -> None:
    lines = (
        *(PROSE, HEAD, RUST, RUST_PROSE, PROSE | {"entry_point": ""}, RUST_PROSE | {"reference": ""}),
        *(CASES, CHECKED),
    )
    made = Loaded(tmp_path, *lines)
    for problem in made.problems:
        cheats = made.benchmark.cheats(problem)
        assert cheats
        assert len({cheat.name for cheat in cheats}) == len(cheats)
        for cheat in cheats:
            program = made.benchmark.program(problem, cheat.completion)
            assert "return sum" not in str(program.files)
            assert "a + b" not in str(program.files)
