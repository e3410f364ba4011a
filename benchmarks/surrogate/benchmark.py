"""Surrogate execution on any benchmark: predict what a program returns, or what makes it return that.

Source: Gu et al. 2024, "CRUXEval: A Benchmark for Code Reasoning, Understanding and Execution"
(arXiv:2401.03065), and the authors' code, facebookresearch/cruxeval: prompts.py, inference/tasks/,
evaluation/utils_general.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.common import literals, mistakes, predictions, python_functions
from codeeval.benchmarks.common.literals import NoLiteralError
from codeeval.benchmarks.surrogate import other_languages, problems
from codeeval.benchmarks.surrogate.base import Surrogate, asked_of
from codeeval.benchmarks.surrogate.other_languages import SpelledValue
from codeeval.benchmarks.surrogate.problems import Prediction
from codeeval.extraction import NO_CODE_RULE
from codeeval.types import (
    Answer,
    Completion,
    Extraction,
    Grade,
    Mistake,
    Oracle,
    Problem,
    Program,
    Score,
    Study,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.interfaces import Cheat

ACCURACY: Final = "accuracy"


class OutputPrediction(Surrogate):
    """``surrogate``: given a call, predict what it returns. Compared here; nothing is executed."""

    family = "surrogate"
    predicts = "output"
    prompts_need_expected_outputs = False

    def question(self, problem: Problem) -> str:
        """Return the call with the value left open."""
        return f"assert {problem.payload_of(Prediction).call} == ??"

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Find the predicted value; only in other languages than Python there is something to execute."""
        asked = asked_of(problem)
        if isinstance(asked, SpelledValue):
            extraction = predictions.written_value(completion, asked.head, asked.tail)
            return other_languages.program(problem, completion, extraction)
        extraction = predictions.output(completion)
        found = (extraction.code,) if extraction.rule != NO_CODE_RULE or not asked.output else ()
        answer = Answer(scorer=ACCURACY, metric="literal", rule=extraction.rule, texts=found)
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=asked.image,
            extraction=extraction,
            study=Study(mistake=self._mistake(asked, completion, extraction), traits=asked.traits),
            oracle=Oracle.ANSWER,
            expected=asked.output or f"{asked.expected} (by the test; what the sandbox returns decides)",
            answers=(answer,),
        )

    def _mistake(self, asked: Prediction, completion: Completion, extraction: Extraction) -> Mistake:
        """Describe what is wrong with the prediction, should it be: no literal is not the form asked for."""
        if not asked.output or extraction.rule == NO_CODE_RULE:
            return mistakes.mistake(completion, None, None)
        found = mistakes.mistake(completion, extraction.code, asked.output)
        try:
            literals.read(extraction.code)
        except NoLiteralError:
            return (
                Mistake.FORMAT if found in (Mistake.COMPUTED, Mistake.PARTIAL, Mistake.ONE_TOKEN) else found
            )
        return found

    def grade(self, program: Program) -> Grade:
        """Compare the predicted literal with the value returned, as Python's ``==`` does.

        Raises:
            LookupError: nobody knows what the call returned, so the sample is left without a verdict.
        """
        try:
            returned = literals.read(program.expected)
        except NoLiteralError as error:
            raise LookupError(f"nobody knows what the call of {program.task_id} returns") from error
        predicted = program.answers[0].texts[0]
        try:
            right = literals.same(literals.read(predicted), returned)
            detail = "" if right else f"predicted {_shown(predicted)}, returned {_shown(program.expected)}"
        except NoLiteralError as error:
            right, detail = False, f"no literal ({error}): {_shown(predicted)}"
        return Grade(scores=(Score(scorer=ACCURACY, value=float(right)),), detail=detail)

    def reference(self, problem: Problem) -> Completion:
        """The value that was returned; empty where it is not known."""
        asked = asked_of(problem)
        return self.completion(problem, asked.value if isinstance(asked, SpelledValue) else asked.output)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Constants, where they are not right, and answers that would be right only if they were executed."""
        asked = asked_of(problem)
        if isinstance(asked, SpelledValue):
            return [self.cheat(problem, *each) for each in other_languages.cheats(problem)]
        texts = (*_wrong_constants(asked), *_EXPRESSIONS, ("the-call-itself", asked.call))
        return [self.cheat(problem, *each) for each in texts]


class InputPrediction(Surrogate):
    """``surrogate-input``: given what a call returns, predict arguments that make it so. Executed."""

    family = "surrogate-input"
    predicts = "input"
    prompts_need_expected_outputs = True

    def question(self, problem: Problem) -> str:
        """Return the call with the arguments left open."""
        return f"assert {problem.entry_point}(??) == {problem.payload_of(Prediction).expected}"

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that calls the reference with the predicted arguments, if they are literals.

        Raises:
            LookupError: nothing can be asked of the call, so the sample is left without a verdict.
        """
        asked = problem.payload_of(Prediction)
        if asked.unusable:
            raise LookupError(f"nothing can be asked of {problem.task_id}: {asked.unusable}")
        extraction = predictions.call(completion, problem.entry_point)
        return problems.check_program(problem, completion, extraction, python_functions.LIMITS)

    def reference(self, problem: Problem) -> Completion:
        """The call of the tests."""
        return self.completion(problem, problem.payload_of(Prediction).call)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Arguments that are no literals, and assertions about something else."""
        asked = problem.payload_of(Prediction)
        name = problem.entry_point
        texts = [(f"argument-{cheat}", f"{name}({text})") for cheat, text in _EXPRESSIONS if text]
        texts += [
            ("the-question", f"{name}(??)"),
            ("no-call", asked.output),
            ("two-statements", f"{name}(0) or __import__('os')._exit(0)"),
            ("starred", f"{name}(*{{}}, *__import__('os').listdir())"),
            ("redefined", f"(lambda {name}: {name}(0))(lambda x: {asked.output})"),
        ]
        return [self.cheat(problem, *each) for each in texts]


_EXPRESSIONS: Final = (
    ("always-equal", "type('Same', (), {'__eq__': lambda self, other: True})()"),
    ("exit", "__import__('os')._exit(0)"),
    ("gap", "??"),
    ("empty", ""),
    ("not-a-number", "float('nan')"),
    ("ellipsis", "..."),
)
"""Predictions that are no literals."""
_CONSTANTS: Final = ("None", "True", "False", "0", "1", "-1", "''", "[]", "{}", "()")


def _wrong_constants(asked: Prediction) -> Iterator[tuple[str, str]]:
    if not asked.output:
        return
    returned = literals.read(asked.output)
    for text in _CONSTANTS:
        if not literals.same(literals.read(text), returned):
            yield f"constant {text}", text


def _shown(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:100]}..."
