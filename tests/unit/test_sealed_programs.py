"""The sealed protocol of other languages: two programs, and what the host makes of what they print."""

from __future__ import annotations

import msgspec
import pytest

from codeeval.benchmarks.common import sealed_programs
from codeeval.benchmarks.mbxp.benchmark import Mbxp, SealedMbxp
from codeeval.benchmarks.multipl_e.benchmark import MultiplE, SealedMultiplE
from codeeval.errors import DataError
from codeeval.interfaces import BenchmarkOptions, NeedsExpectedOutputs
from codeeval.judging import judge
from codeeval.translators.driver import MARK
from codeeval.types import (
    Completion,
    CompletionKind,
    Execution,
    Oracle,
    Outcome,
    Problem,
    Program,
    StepResult,
    StepStatus,
)

MBXP = {
    "cpp": (
        "int twice(int n) {\n",
        "    return 2 * n;\n}",
        (
            "\n\ntemplate <typename T> bool compare(T a, T b){ \n    return a == b; \n}\n\n"
            "int main(int argc, char* argv[]) {\n    int x0 = twice(3);\n    if (!(compare(x0, 4711))) {\n"
            '        throw runtime_error("no");\n    }\n\n    return 0;\n}'
        ),
    ),
    "ruby": (
        "def twice(n)\n",
        "  2 * n\nend",
        '\n\narg00 = 3\nx0 = twice(arg00)\nv0 = 4711\nif x0 != v0\n    raise StandardError, "no"\nend\n',
    ),
    "php": (
        "<?php\nfunction twice($n) {\n",
        "    return 2 * $n;\n}",
        (
            "\n\nfunction compare($x, $y) {\n    return $x == $y;\n}\n\n$arg00 = 3;\n"
            "$x0 = twice($arg00);\n$v0 = 4711;\n"
            'if (!compare($x0, $v0)) {\n    throw new Exception("no");\n}\n'
        ),
    ),
    "javascript": (
        "function twice(n) {\n",
        "  return 2 * n;\n}",
        (
            '\n\nconst _ = require("lodash")\n\nfunction compare(object1, object2){\n'
            "    return _.isEqual(object1, object2)\n}\n\n"
            "var arg00 = 3;\nvar x0 = twice(arg00);\nvar v0 = 4711;\n"
            "if(!compare(x0, v0)){\n    throw 'no'\n}\n"
        ),
    ),
}
ROW = Problem(
    task_id="Some_0_twice",
    prompt="function twice(n){\n",
    entry_point="twice",
    reference="  return 2 * n;\n}\n",
    tests=(
        (
            "const assert = require('node:assert');\n\n\nfunction test() {\n  let candidate = twice;\n"
            "  assert.deepEqual(candidate(3),4711);\n  assert.deepEqual(candidate(4),4712);\n}\n\ntest();"
        ),
    ),
    language="javascript",
)


def continuation(problem: Problem, text: str) -> Completion:
    return Completion(task_id=problem.task_id, sample=0, text=text, kind=CompletionKind.CONTINUATION)


def ended(*values: str, **fields: object) -> Execution:
    stdout = "".join(f"\n{MARK}{value}\n" for value in values)
    step = msgspec.convert(
        {"name": "run", "status": StepStatus.EXITED, "stdout": stdout} | fields, StepResult
    )
    return Execution(task_id="Some_0_twice", sample=0, steps=(step,))


def known(*values: str) -> Problem:
    (problem,) = sealed_programs.grouped((ROW,), "multipl-e")
    return sealed_programs.with_expected_outputs(problem, ended(*values), "multipl-e")


def sealed(problem: Problem) -> Program:
    benchmark = MultiplE(BenchmarkOptions(variant="humaneval-js", protocol="sealed"))
    return benchmark.program(problem, continuation(problem, ROW.reference))


def judged(*values: str, **fields: object) -> tuple[Outcome, str]:
    program = sealed(known("f4711", "f4712"))
    (result,) = ended(*values, **fields).steps
    execution = Execution(task_id=program.task_id, sample=0, steps=(), cases=(result,))
    verdict = judge(program, execution, compare_output=sealed_programs.compare)
    return verdict.outcome, verdict.detail


@pytest.mark.parametrize("language", MBXP)
def test_programs_of_mbxp(language: str) -> None:
    prompt, body, tests = MBXP[language]
    problem = Problem(
        task_id="MB/0", prompt=prompt, entry_point="twice", reference=body, tests=(tests,), language=language
    )
    benchmark = Mbxp(BenchmarkOptions(variant=language, protocol="sealed"))
    assert isinstance(benchmark, SealedMbxp)
    (problem,) = sealed_programs.grouped((problem,), "mbxp")
    assert problem.groups == ("sealed",)
    first = benchmark.expected_outputs_program(problem)
    assert "4711" in first.files[0].content
    complete = benchmark.with_expected_outputs(problem, ended("i4711"))
    program = benchmark.program(complete, continuation(problem, body))
    assert program.oracle is Oracle.CASES
    assert not any("4711" in file.content for file in program.files)
    assert f"{prompt}{body}\n" in program.files[0].content


def test_only_sealed_benchmarks_need_programs_of_their_own() -> None:
    official = MultiplE(BenchmarkOptions(variant="humaneval-js"))
    own = MultiplE(BenchmarkOptions(variant="humaneval-js", protocol="sealed"))
    assert not isinstance(official, NeedsExpectedOutputs)
    assert isinstance(own, SealedMultiplE)
    assert isinstance(own, NeedsExpectedOutputs)
    assert official.program(known("f4711", "f4712"), continuation(ROW, "}")).oracle is Oracle.COMPLETED


def test_right_results_pass_and_others_say_which_call() -> None:
    assert judged("f4711", "f4712.0") == (Outcome.PASSED, "")
    outcome, detail = judged("f4711", "f4713")
    assert outcome is Outcome.WRONG_ANSWER
    assert "call 2 returned 4713, not 4712" in detail
    outcome, detail = judged("f4711")
    assert outcome is Outcome.WRONG_ANSWER
    assert "call 2" in detail
    assert judged("f4711", "f4712", "f4713")[0] is Outcome.WRONG_ANSWER
    assert judged()[0] is Outcome.WRONG_ANSWER
    assert judged("f4711", "f4712", exit_code=1)[0] is Outcome.RUNTIME_ERROR


def test_a_problem_whose_values_are_not_printed_is_left_to_the_official_protocol() -> None:
    for execution in (
        ended("f4711"),
        ended("f4711", "f4712", exit_code=1),
        ended(name="compile", exit_code=1),
    ):
        (problem,) = sealed_programs.grouped((ROW,), "multipl-e")
        left = sealed_programs.with_expected_outputs(problem, execution, "multipl-e")
        assert left.groups == ("not sealed",)
        assert sealed(left).oracle is Oracle.COMPLETED


def test_time_that_ran_out_is_said() -> None:
    with pytest.raises(DataError, match="Some_0_twice"):
        sealed_programs.with_expected_outputs(ROW, ended(status=StepStatus.WALL_LIMIT), "multipl-e")


def test_tests_of_another_form_are_grouped_apart() -> None:
    odd = msgspec.structs.replace(ROW, tests=(ROW.tests[0].replace("deepEqual", "notEqual"),))
    (problem,) = sealed_programs.grouped((odd,), "multipl-e")
    assert problem.groups == ("not sealed",)
    assert not sealed_programs.expected_outputs_program(problem, "multipl-e").steps
    assert sealed(problem).oracle is Oracle.COMPLETED
