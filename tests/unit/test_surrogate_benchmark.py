"""Problems of surrogate execution: prompts, expected outputs, and what counts as right."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import pytest

from codeeval.benchmarks.surrogate.benchmark import InputPrediction, OutputPrediction, Surrogate
from codeeval.benchmarks.surrogate.problems import CALLS, Prediction
from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces import (
    BenchmarkOptions,
    DataSource,
    ExcludesProblems,
    GradesAnswers,
    NeedsExpectedOutputs,
)
from codeeval.judging import judge_answers
from codeeval.types import (
    Completion,
    CompletionKind,
    Execution,
    FinishReason,
    Mistake,
    Outcome,
    Problem,
    PromptStyle,
    StepResult,
    StepStatus,
    Verdict,
)

if TYPE_CHECKING:
    from pathlib import Path

OFFLINE = DataSource(offline=True)
FIRST = "surrogate:HumanEval/0/0"


@functools.cache
def of_humaneval(kind: type[Surrogate]) -> dict[str, Problem]:
    return problems_of(kind(BenchmarkOptions()))


def problems_of(benchmark: Surrogate, root: Path | None = None) -> dict[str, Problem]:
    loaded = benchmark.load(DataSource(root=root, offline=True) if root else OFFLINE)
    assert len(loaded.problems) == loaded.identity.rows
    return {each.task_id: each for each in loaded.problems if isinstance(each.payload, Prediction)}


def executed(values: str, status: StepStatus = StepStatus.EXITED, exit_code: int = 0) -> Execution:
    step = StepResult(name="run", status=status, exit_code=exit_code, values=values, cpu_s=0.5)
    return Execution(task_id="t", sample=0, steps=(step,))


def known(benchmark: Surrogate, values: str = "true\ntrue\n", task: str = FIRST) -> Problem:
    return benchmark.with_expected_outputs(of_humaneval(type(benchmark))[task], executed(values))


def test_its_abilities() -> None:
    for benchmark in (OutputPrediction(BenchmarkOptions()), InputPrediction(BenchmarkOptions())):
        assert isinstance(benchmark, NeedsExpectedOutputs)
        assert isinstance(benchmark, ExcludesProblems)
        assert benchmark.card.exists()
    assert isinstance(OutputPrediction(BenchmarkOptions()), GradesAnswers)


@pytest.mark.parametrize(
    ("variant", "name", "shots"),
    [
        ("", "surrogate:humaneval", "2"),
        ("humaneval-plus:mini", "surrogate:humaneval-plus:mini", "2"),
        ("cot", "surrogate:cot:humaneval", "1"),
        ("cot:mbpp:sanitized", "surrogate:cot:mbpp:sanitized", "1"),
    ],
)
def test_names(variant: str, name: str, shots: str) -> None:
    benchmark = OutputPrediction(BenchmarkOptions(variant=variant))
    assert benchmark.name == name
    assert benchmark.settings["shots"] == shots
    assert benchmark.settings["wraps"] == name.removeprefix("surrogate:").removeprefix("cot:")


def test_names_that_do_not_exist() -> None:
    with pytest.raises(UnknownName, match="'humanevil'"):
        OutputPrediction(BenchmarkOptions(variant="humanevil"))
    with pytest.raises(UnknownName, match="'sane'"):
        OutputPrediction(BenchmarkOptions(variant="mbpp:sane"))
    with pytest.raises(UsageError, match="surrogate:humaneval"):
        OutputPrediction(BenchmarkOptions(variant="surrogate:humaneval"))
    with pytest.raises(UsageError, match=r" 2 .* 5"):
        OutputPrediction(BenchmarkOptions(shots=5))


def test_problems_of_humaneval() -> None:
    problems = of_humaneval(OutputPrediction)
    tasks = {task.rpartition("/")[0] for task in problems}
    assert (len(problems), len(tasks)) == (479, 161)
    assert not {f"surrogate:HumanEval/{number}" for number in (32, 38, 50)} & tasks
    assert all(int(task.rpartition("/")[2]) < CALLS for task in problems)
    first = problems[FIRST]
    asked = first.payload_of(Prediction)
    assert asked.call == "has_close_elements([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3)"
    assert '"""' in asked.source
    assert '"""' not in first.prompt
    assert ">>>" not in "".join(problem.prompt for problem in problems.values())


@pytest.mark.data
@pytest.mark.parametrize(
    ("wraps", "calls", "tasks"),
    [
        ("mbpp", 1487, 497),
        ("mbpp:sanitized", 768, 256),
        ("humaneval-plus", 488, 164),
        ("mbpp-pro", 1060, 375),
    ],
)
def test_problems_of_others(wraps: str, calls: int, tasks: int, data_root: Path) -> None:
    problems = problems_of(InputPrediction(BenchmarkOptions(variant=wraps)), data_root)
    assert len(problems) == calls
    assert len({task.rpartition("/")[0] for task in problems}) == tasks


@pytest.mark.parametrize(
    ("execution", "output", "unusable"),
    [
        (executed("[1,2.5]\n[1,2.5]\n"), "[1, 2.5]", ""),
        (executed('{"t":[1]}\n{"t":[1]}\n'), "(1,)", ""),
        (executed("null\nnull\n"), "None", ""),
        (executed("1\n2\n"), "", "the reference returns something else each time"),
        (executed("1\n"), "", "the reference fails"),
        (executed("1\n1\n", exit_code=1), "", "the reference fails"),
        (executed("1\n", StepStatus.CPU_LIMIT), "", "the reference takes too long"),
        (executed("", StepStatus.MEMORY_LIMIT), "", "the reference fails"),
        (executed('{"f":"nan"}\n{"f":"nan"}\n'), "", "the result is no plain literal"),
        (executed('{"?":"a.B"}\n{"?":"a.B"}\n'), "", "the result is no plain literal"),
        (executed('{"r":[3]}\n{"r":[3]}\n'), "", "the result is no plain literal"),
        (executed('{"unknown":1}\n{"unknown":1}\n'), "", "the result is no plain literal"),
        (executed(f'"{"x" * 3000}"\n' * 2), "", "the result takes over 2,000 characters"),
    ],
)
def test_expected_outputs(execution: Execution, output: str, unusable: str) -> None:
    benchmark = OutputPrediction(BenchmarkOptions())
    problem = benchmark.with_expected_outputs(of_humaneval(OutputPrediction)[FIRST], execution)
    asked = problem.payload_of(Prediction)
    assert (asked.output, asked.unusable) == (output, unusable)
    assert benchmark.is_included(problem) is not bool(unusable)


def test_exclusions_are_reported() -> None:
    benchmark = OutputPrediction(BenchmarkOptions())
    problem = problems_of(benchmark)[FIRST]
    failed = benchmark.with_expected_outputs(problem, executed(""))
    other = benchmark.with_expected_outputs(problem, executed("false\nfalse\n"))
    remarks = "\n".join(
        benchmark.exclusion_notes(
            [failed, other, benchmark.with_expected_outputs(problem, executed("true\ntrue\n"))]
        )
    )
    assert " 22 calls: " in remarks
    assert " 1 call: " in remarks
    assert f"another: 1 ({FIRST}: True " in remarks


def graded(
    text: str, values: str = "true\ntrue\n", kind: CompletionKind = CompletionKind.SOLUTION
) -> Verdict:
    benchmark = OutputPrediction(BenchmarkOptions())
    completion = Completion(task_id=FIRST, sample=0, text=text, kind=kind, finish_reason=FinishReason.STOP)
    program = benchmark.program(known(benchmark, values), completion)
    assert not program.steps
    return judge_answers(program, benchmark.grade(program) if program.answers[0].texts else None)


@pytest.mark.parametrize(
    ("text", "values", "outcome"),
    [
        ("True", "true\ntrue\n", Outcome.PASSED),
        ("1", "true\ntrue\n", Outcome.PASSED),
        ("1.0", "1\n1\n", Outcome.PASSED),
        ("[1, 2,]", "[1,2]\n[1,2]\n", Outcome.PASSED),
        ("{2, 1}", '{"s":[1,2]}\n{"s":[1,2]}\n', Outcome.PASSED),
        ("(1, 2)", "[1,2]\n[1,2]\n", Outcome.WRONG_ANSWER),
        ("'1'", "1\n1\n", Outcome.WRONG_ANSWER),
        ("0.30000000000000004", "0.3\n0.3\n", Outcome.WRONG_ANSWER),
        ("not False", "true\ntrue\n", Outcome.WRONG_ANSWER),
        ("has_close_elements([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3)", "true\ntrue\n", Outcome.WRONG_ANSWER),
        ("[" * 5000, "true\ntrue\n", Outcome.WRONG_ANSWER),
        ("1" * (1 << 20), "1\n1\n", Outcome.WRONG_ANSWER),
    ],
)
def test_predicted_outputs(text: str, values: str, outcome: Outcome) -> None:
    assert graded(text, values).outcome is outcome


def test_an_answer_without_a_value_is_no_answer() -> None:
    verdict = graded("I would have to run it.", kind=CompletionKind.ANSWER)
    assert verdict.outcome is Outcome.NO_CODE
    assert verdict.study.mistake is Mistake.FORMAT


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[ANSWER]assert f(1) == [1, 2, 4][/ANSWER]", Mistake.ONE_TOKEN),
        ("[ANSWER]assert f(1) == 7[/ANSWER]", Mistake.COMPUTED),
        ("[ANSWER]assert f(1) == g(7)[/ANSWER]", Mistake.FORMAT),
        ("[ANSWER]assert f(1) == '[1, 2, 3]'[/ANSWER]", Mistake.LAYOUT),
        ("I'm sorry, I cannot run code.", Mistake.REFUSED),
        ("", Mistake.EMPTY),
    ],
)
def test_kinds_of_wrong_outputs(text: str, mistake: Mistake) -> None:
    verdict = graded(text, "[1,2,3]\n[1,2,3]\n", CompletionKind.ANSWER)
    assert verdict.outcome is not Outcome.PASSED
    assert verdict.study.mistake is mistake
    assert {trait.name: trait.value for trait in verdict.study.traits} == {"program_lines": 9, "run_s": 0.25}


def test_references_are_right_and_cheats_are_wrong() -> None:
    benchmark = OutputPrediction(BenchmarkOptions())
    problem = known(benchmark)
    program = benchmark.program(problem, benchmark.reference(problem))
    assert benchmark.grade(program).scores[0].value == 1.0
    cheats = benchmark.cheats(problem)
    assert "constant None" in {cheat.name for cheat in cheats}
    assert not {"constant True", "constant 1"} & {cheat.name for cheat in cheats}
    for cheat in cheats:
        program = benchmark.program(problem, cheat.completion)
        assert not program.answers[0].texts or benchmark.grade(program).scores[0].value == 0.0, cheat.name


def test_nothing_is_graded_without_expected_outputs() -> None:
    benchmark = OutputPrediction(BenchmarkOptions())
    problem = of_humaneval(OutputPrediction)[FIRST]
    completion = Completion(task_id=FIRST, sample=0, text="no answer", kind=CompletionKind.ANSWER)
    with pytest.raises(LookupError, match=FIRST):
        benchmark.grade(benchmark.program(problem, completion))
    failed = InputPrediction(BenchmarkOptions()).with_expected_outputs(problem, executed(""))
    with pytest.raises(LookupError, match=FIRST):
        InputPrediction(BenchmarkOptions()).program(failed, completion)


def test_an_input_is_executed_with_the_reference() -> None:
    benchmark = InputPrediction(BenchmarkOptions())
    problem = known(benchmark, task="surrogate-input:HumanEval/0/0")
    program = benchmark.program(problem, benchmark.reference(problem))
    assert program.files[0].content == problem.payload_of(Prediction).source + "\n"
    assert program.files[1].content == (
        "assert has_close_elements([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3) == True\n"
    )
    for cheat in benchmark.cheats(problem):
        assert not benchmark.program(problem, cheat.completion).steps, cheat.name


def test_a_template_of_the_users(tmp_path: Path) -> None:
    template = tmp_path / "mine.jinja"
    template.write_text("{{ entry_point }}|{{ tests[0] }}")
    benchmark = OutputPrediction(BenchmarkOptions(style=PromptStyle.BASE, template=template))
    problem = known(benchmark)
    call = problem.payload_of(Prediction).call
    assert benchmark.prompt(problem).text == f"has_close_elements|assert {call} == ??"
    assert benchmark.sampling.stop == ("[/ANSWER]",)


def test_the_prompt_for_an_input_shows_the_expected_output() -> None:
    benchmark = InputPrediction(BenchmarkOptions(style=PromptStyle.BASE))
    problem = known(benchmark, "false\nfalse\n", "surrogate-input:HumanEval/0/0")
    assert "assert has_close_elements(??) == False\n[/PYTHON]" in benchmark.prompt(problem).text
    asked = problem.payload_of(Prediction)
    assert msgspec.structs.replace(asked, output="").expected == "True"  # what the test states, for showing
