"""Examples read off prompts, and the sandbox's side of a trial."""

# ruff: noqa: ARG002 -- fakes take what their protocols give

from __future__ import annotations

import pytest
from pipeline_fakes import FakeBenchmark, FakePool

from codeeval.benchmarks.common import examples
from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.benchmarks.mbpp.benchmark import Mbpp
from codeeval.errors import DataError, SandboxError, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource, ShownExample, ShowsExamples
from codeeval.pipeline.progress import Silent
from codeeval.pipeline.trials import SandboxTrials
from codeeval.pipeline.verifier import Verifier
from codeeval.types import Completion, CompletionKind, Outcome, Problem, Program


class ShowingBenchmark(FakeBenchmark):
    """Shows one example a task; the text decides on its trials."""

    examples_shown = "one"

    def examples(self, problem: Problem) -> tuple[ShownExample, ...]:
        return (ShownExample(text="f() == 1", check="pass"),)

    def example_program(self, problem: Problem, completion: Completion) -> Program:
        return self.program(problem, completion)


class Notes(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def completion(text: str, sample: int = 0) -> Completion:
    return Completion(task_id="Fake/0", sample=sample, text=text, kind=CompletionKind.ANSWER)


async def test_a_failed_sandbox_is_retried_and_never_counted_as_a_failure() -> None:
    benchmark, notes = ShowingBenchmark(1), Notes()
    trials = SandboxTrials(benchmark, Verifier(FakePool(), benchmark), progress=notes)
    [problem] = benchmark.problems
    assert (await trials(problem, completion("sandbox:2"))).outcome is Outcome.PASSED
    assert not notes.notes
    assert (await trials(problem, completion("sandbox:9", 1))).outcome is Outcome.SANDBOX_ERROR
    assert "the sandbox died" in notes.notes[0]
    assert (await trials(problem, completion(""))).outcome is Outcome.NO_CODE


class BrokenData(ShowingBenchmark):
    """Cannot read its examples."""

    def example_program(self, problem: Problem, completion: Completion) -> Program:
        raise DataError("row 3: no JSON")


async def test_examples_that_cannot_be_read_do_not_end_the_run() -> None:
    benchmark, notes = BrokenData(1), Notes()
    trials = SandboxTrials(benchmark, Verifier(FakePool(), benchmark), progress=notes)
    trial = await trials(benchmark.problems[0], completion("x"))
    assert (trial.outcome, trial.detail) == (Outcome.SANDBOX_ERROR, "row 3: no JSON")
    assert "Fake/0" in notes.notes[0]


async def test_an_engine_that_is_gone_ends_the_run() -> None:
    benchmark = ShowingBenchmark(1)
    trials = SandboxTrials(benchmark, Verifier(FakePool(), sandbox_retries=0), progress=Silent())
    for sample in range(49):
        await trials(benchmark.problems[0], completion("sandbox:9", sample))
    with pytest.raises(SandboxError, match=r" 50 .*the sandbox died"):
        await trials(benchmark.problems[0], completion("sandbox:9", 49))


def test_a_benchmark_without_examples_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^fake "):
        SandboxTrials(FakeBenchmark(1), Verifier(FakePool()), progress=Silent())


def test_examples_of_docstrings() -> None:
    prompt = 'def f(x):\n    """Do.\n    >>> f(1)\n    [1]\n    >>> f("a") # so\n    spam(1)\n    """\n'
    first, second = examples.of_docstring(prompt, "f")
    assert first.text == ">>> f(1)\n[1]"
    assert "[1]" in first.check
    assert "repr(got)" in second.check, "what is no literal is compared as text"
    for check in (first.check, second.check):
        compile(check, "check", "exec")


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("f(1) => 2", True),
        ("* f([1, 2]) ==> [2]", True),
        ("f('a') ➞ True", True),
        ("f(1) should return False.", True),
        ("f(7) => true", True),
        ("f(a) => False", False),
        ("f(1) = 3", False),
        ("f(1) -> 19 - 5 = 14", False),
        ("g(1) => 2", False),
    ],
)
def test_examples_in_words(line: str, read: bool) -> None:
    prompt = f"def f(x):\n    '''Do.\n    {line}\n    '''\n"
    assert bool(examples.of_docstring(prompt, "f")) is read


def test_failed_asserts_report_the_value() -> None:
    [equal, other] = examples.of_asserts(["assert f(1) == [2]", "assert isclose(f(2), 1.0)"])
    assert "returned" in equal.check
    assert other.check == other.text
    assert len(examples.asserts_of_docstring('"""\nWrite.\nassert f(1) == 2\n"""\n')) == 1


def test_humaneval_reads_its_examples_off_the_prompt_alone() -> None:
    benchmark = HumanEval(BenchmarkOptions())
    assert isinstance(benchmark, ShowsExamples)
    assert isinstance(Mbpp(BenchmarkOptions()), ShowsExamples)
    problems = benchmark.load(DataSource()).problems
    assert sum(bool(benchmark.examples(problem)) for problem in problems) == 126
    for problem in problems:
        answer = Completion(
            task_id=problem.task_id, sample=0, text=problem.reference, kind=CompletionKind.CONTINUATION
        )
        scored, tried = benchmark.program(problem, answer), benchmark.example_program(problem, answer)
        assert tried.files[0] == scored.files[0], "the code that is tried is the code that is scored"
        assert problem.tests[0] not in tried.files[1].content
        assert all(example.text.splitlines()[-1] in problem.prompt for example in benchmark.examples(problem))
