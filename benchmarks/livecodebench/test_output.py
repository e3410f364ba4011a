"""LiveCodeBench, test output prediction: what a problem's function must return for an input.

Source: lcb_runner/prompts/test_output_prediction.py, lcb_runner/utils/extraction_utils.py,
``extract_test_output_code``, lcb_runner/evaluation/compute_test_output_prediction_metrics.py.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import literals, python_functions
from codeeval.benchmarks.common.call_values import MalformedError, read_returned, spell_inputs
from codeeval.benchmarks.common.literals import NoLiteralError
from codeeval.benchmarks.common.predictions import AS_IS
from codeeval.benchmarks.livecodebench import predictions, releases
from codeeval.benchmarks.livecodebench.predictions import FIXED, OFFICIAL, DatedRow
from codeeval.errors import DataError
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions
from codeeval.prompting import Variables
from codeeval.types import (
    CallsStep,
    CompletionKind,
    Extraction,
    Match,
    Oracle,
    Problem,
    ProblemPayload,
    Sampling,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import Cheat, DataSource, LoadedProblems
    from codeeval.types import Completion, Grade, Program

DATASET: Final = "livecodebench/test_generation"
SOLUTION, INPUTS = "solution.py", "inputs.json"
CALLED: Final = "predicted"
FENCE: Final = "```"
_SHOWN: Final = 200


class Row(DatedRow, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    question_content: str
    question_id: str
    starter_code: str
    function_name: str
    test_id: int
    test: str
    """A list with one test, as JSON."""


class RowTest(msgspec.Struct, frozen=True, kw_only=True):
    """The test of a row: the arguments, one a line, and the result, as JSON."""

    input: str
    output: str


class Asked(ProblemPayload, frozen=True, kw_only=True):
    """What is asked: the arguments, and the result, as literals of Python."""

    arguments: str
    starter: str
    expected: str


class TestOutput(BenchmarkBase):
    """Test output prediction under one set of options.

    Raises:
        UnknownName: a protocol that it does not have.
    """

    family = "livecodebench-testoutput"
    folder = Path(__file__).parent
    protocols = (OFFICIAL, FIXED)
    dated = True
    image = python_functions.IMAGE
    base_sampling = chat_sampling = Sampling(temperature=0.2, top_p=0.95, max_tokens=2000, stop=("###",))

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self._window = releases.window(options.from_date, options.to_date)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, window=self._window.text, shots=str(self.shots))

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems.

        Raises:
            DataError: the dataset cannot be read, or a row is malformed.
        """
        return predictions.load(DATASET, Row, self._window, source, self._problem)

    def _problem(self, row: Row, place: str) -> Problem:
        try:
            (test,) = msgspec.json.decode(row.test, type=tuple[RowTest, ...])
            expected = literals.to_literal(json.loads(test.output))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{place}: the test: {error}", "Fetch the dataset again.") from error
        return Problem(
            task_id=f"{self.family}/{row.question_id}/{row.test_id}",
            prompt=row.question_content,
            entry_point=row.function_name,
            reference=f"assert {row.function_name}({', '.join(test.input.splitlines())}) == {expected}",
            tests=(),
            groups=(row.difficulty.lower(), row.contest_date[:7]),
            payload=Asked(
                arguments=", ".join(test.input.split("\n")), starter=row.starter_code, expected=expected
            ),
        )

    @property
    def template_name(self) -> str:
        """The published prompt, one text where there are no roles."""
        return "test-output"

    def variables(self, problem: Problem) -> Variables:
        """Return the statement, the starter code, and the assertion to complete."""
        asked = problem.payload_of(Asked)
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            head=asked.starter,
            tests=(f"assert {problem.entry_point}({asked.arguments}) == # TODO",),
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make what decides on the prediction: officially its value in a sandbox, else the literal."""
        asked = problem.payload_of(Asked)
        extraction = prediction(completion)
        made = predictions.program(problem, completion, extraction, asked.expected)
        if self.protocol == FIXED:
            return predictions.graded(made, asked.expected)
        if extraction.rule == NO_CODE_RULE:
            return made
        source = f"def {CALLED}():\n    return eval({extraction.code!r}, {{}})\n"
        return msgspec.structs.replace(
            made,
            files=(
                SourceFile(path=SOLUTION, content=source),
                SourceFile(path=INPUTS, content=spell_inputs([[]])),
            ),
            steps=(
                CallsStep(
                    name="run",
                    limits=python_functions.LIMITS,
                    program=SOLUTION,
                    inputs=INPUTS,
                    entry_point=CALLED,
                    whole=True,
                    expected=asked.expected,
                ),
            ),
            oracle=Oracle.VALUES,
        )

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what the prediction evaluates to with what is expected, as ``==`` does."""
        lines = values.split("\n")[:-1]
        if len(lines) != 1:
            return Match(matched=False, difference="wrote results that no call has returned" if lines else "")
        try:
            value = read_returned(lines[0]).value
        except MalformedError:
            return Match(matched=False, difference=f"is {lines[0][:_SHOWN]}")
        if literals.same(value, literals.read(step.expected)):
            return Match(matched=True)
        return Match(matched=False, difference=f"is {lines[0][:_SHOWN]}, not {step.expected[:_SHOWN]}")

    def grade(self, program: Program) -> Grade:
        """Compare a predicted literal with what is expected."""
        return predictions.grade(program)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Predictions that know nothing of the problem; some are refused under ``fixed`` alone."""
        head = problem.reference.rpartition(" == ")[0]
        equal = "type('Same', (list,), {'__eq__': lambda self, other: True})()"
        texts = [
            ("exit", f"{head} == __import__('os')._exit(0)"),
            ("gap", f"{head} == # TODO"),
            ("the call itself", f"{head} == {head.removeprefix('assert ')}"),
            ("equals everything", f"{head} == {equal}"),
            ("no assertion", "True or 1"),
        ]
        expected = problem.payload_of(Asked).expected
        right = {"True": "no assertion", "[]": "equals everything"}.get(expected)
        return [self.cheat(problem, name, text) for name, text in texts if name != right]


def prediction(completion: Completion) -> Extraction:
    """Find the value that is predicted, as it is written.

    The last line that begins with ``assert``, else the first fenced block (one of Python where there is
    one); of several lines the first with ``assert`` that is no comment. Of an assertion what stands right of
    ``==``.

    Source: lcb_runner/utils/extraction_utils.py, ``extract_test_output_code``;
    lcb_runner/evaluation/compute_test_output_prediction_metrics.py, ``check_testcase_output``.
    """
    text = encodable(completion.text)
    rule = AS_IS
    if completion.kind is not CompletionKind.SOLUTION:
        rule, text = _statement(text)
    lines = text.splitlines()
    if len(lines) > 1:
        text = next((line for line in lines if "assert" in line and not line.startswith("#")), text)
    text = text.strip()
    if "assert" in text:
        text = _right_side(text)
    return Extraction(rule=rule, code=text) if text else Extraction(rule=NO_CODE_RULE)


def _statement(text: str) -> tuple[str, str]:
    lines = text.split("\n")
    asserting = [line for line in lines if line.startswith("assert")]
    if asserting:
        return "assert", asserting[-1]
    fences = [number for number, line in enumerate(lines) if FENCE in line]
    labelled = [number for number in fences if "```python" in lines[number] or "```Python" in lines[number]]
    if labelled:
        fences = [number for number in fences if number >= labelled[0]]
    return "fence", "\n".join(lines[fences[0] + 1 : fences[1]]) if len(fences) > 1 else ""


def _right_side(statement: str) -> str:
    """Return what stands right of an assertion's ``==``; nothing where it is no such assertion."""
    try:
        body = literals.parse(statement).body
    except NoLiteralError:
        return ""
    match body:
        case [ast.Assert(test=ast.Compare(ops=[ast.Eq(), *_], comparators=[right, *_])), *_]:
            return ast.get_source_segment(statement, right) or ""
        case _:
            return ""
