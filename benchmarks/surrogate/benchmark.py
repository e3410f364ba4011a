"""Surrogate execution on any benchmark: predict what a program returns, or what makes it return that.

Source: Gu et al. 2024, "CRUXEval: A Benchmark for Code Reasoning, Understanding and Execution"
(arXiv:2401.03065), and the authors' code, facebookresearch/cruxeval: prompts.py, inference/tasks/,
evaluation/utils_general.py.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from codeeval.benchmarks import mistakes, python_functions
from codeeval.benchmarks.surrogate import answers, literals, problems, wrapping
from codeeval.benchmarks.surrogate.literals import NoLiteralError
from codeeval.benchmarks.surrogate.problems import Prediction
from codeeval.errors import DataError, UsageError
from codeeval.extraction import NO_CODE_RULE
from codeeval.interfaces import BenchmarkOptions, Cheat, DataSource, LoadedProblems, Scoring
from codeeval.prompting import PromptTemplate, Variables
from codeeval.types import (
    Answer,
    Completion,
    CompletionKind,
    Extraction,
    Grade,
    Mistake,
    Oracle,
    Problem,
    Program,
    Prompt,
    PromptStyle,
    Sampling,
    Score,
    Study,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codeeval.types import Execution

COT: Final = "cot"
DEFAULT: Final = "humaneval"
"""What is wrapped where no benchmark is named."""
STOP: Final = ("[/ANSWER]",)
"""Source: inference/tasks/output_prediction.py, ``stop_words``."""
MAX_TOKENS: Final = 512
MAX_TOKENS_COT: Final = 1024
ACCURACY: Final = "accuracy"
SHOWN_TASKS: Final = 5

_FOLDER: Final = Path(__file__).parent


class Surrogate(ABC):
    """What both directions have in common.

    Raises:
        UsageError: an option that it does not have.
        UnknownName: no such benchmark to wrap.
    """

    family: ClassVar[str]
    predicts: ClassVar[str]
    """``output`` or ``input``; names its templates."""
    shows_truth: ClassVar[bool]
    scoring = Scoring()

    def __init__(self, options: BenchmarkOptions) -> None:
        first, _, rest = options.variant.partition(":")
        self.cot = first == COT
        self.wraps = (rest if self.cot else options.variant) or DEFAULT
        self.shots = 1 if self.cot else 2
        if options.shots not in {None, self.shots}:
            raise UsageError(
                f"the prompt of {self.family} shows {self.shots} worked examples, not {options.shots}",
                "Leave out --shots, or write a template of your own (--template).",
            )
        self._wrapped = wrapping.benchmark(self.wraps, options)
        self.name = ":".join([self.family, *([COT] if self.cot else []), self.wraps])
        self.options = options
        self._left_out: Mapping[str, int] = {}

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score, those of the wrapped benchmark that bear on it included."""
        template = {"template": str(self.options.template)} if self.options.template else {}
        wrapped = self._wrapped.settings
        return {
            "protocol": "cruxeval",
            "wraps": self._wrapped.name,
            "split": wrapped.get("split", ""),
            "calls": str(problems.CALLS),
            "shots": str(self.shots),
            "prompt": COT if self.cot else "direct",
            "style": self.options.style.value,
        } | template

    @property
    def card(self) -> Path:
        """The protocol card, one for both."""
        return _FOLDER / "README.md"

    @property
    def image(self) -> str:
        """The image that the references run in."""
        return self._wrapped.image

    @property
    def sampling(self) -> Sampling:
        """Greedy; base style stops where the answer ends."""
        most = MAX_TOKENS_COT if self.cot else MAX_TOKENS
        return Sampling(max_tokens=most, stop=STOP if self.options.style is PromptStyle.BASE else ())

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the wrapped benchmark's problems and make one of each call that its tests make.

        Raises:
            DataError: no call can be used.
        """
        made = problems.make(self.family, self._wrapped, self._wrapped.load(source))
        if not made.problems:
            raise DataError(
                f"{self.name} has no problems:{'; '.join(_counted(made.left_out))}", "Wrap another benchmark."
            )
        self._left_out = made.left_out
        return LoadedProblems(problems=made.problems, identity=made.identity)

    @functools.cached_property
    def _template(self) -> PromptTemplate:
        own = _FOLDER / "templates" / f"{self.predicts}{'-cot' if self.cot else ''}.jinja"
        return PromptTemplate(self.options.template or own)

    def prompt(self, problem: Problem) -> Prompt:
        """Render the program, the assertion with a gap, and for base style the start of the answer."""
        base = self.options.style is PromptStyle.BASE
        variables = Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            tests=(self.question(own(problem)),),
            head=("[THOUGHT]" if self.cot else answers.OPEN) if base else "",
        )
        return self._template.render(variables, self.options.style, self.sampling.stop)

    @abstractmethod
    def question(self, problem: Prediction) -> str:
        """Return the assertion with ``??`` for what is to be predicted."""

    def truth_program(self, problem: Problem) -> Program:
        """Make the program that makes the call, twice."""
        return problems.truth_program(own(problem))

    def with_truth(self, problem: Problem, execution: Execution) -> Problem:
        """Return the problem with what the call returned, or with the reason why it cannot be used."""
        return problems.with_truth(own(problem), execution)

    def usable(self, problem: Problem) -> bool:
        """Whether something can be asked: the reference returned a plain literal, and each time the same."""
        return not own(problem).unusable

    def remarks(self, chosen: Sequence[Problem]) -> Sequence[str]:
        """Say what was left out and why, and where a test states another value than the reference returns."""
        counts = Counter(self._left_out)
        counts.update(f"calls: {each.unusable}" for each in map(own, chosen) if each.unusable)
        lines = [f"left out: {line}" for line in _counted(counts)]
        differing = [each for each in map(own, chosen) if each.differs]
        shown = "; ".join(
            f"{each.task_id}: {each.stated} in the test, {each.output} returned"
            for each in differing[:SHOWN_TASKS]
        )
        if differing:
            lines.append(
                f"the reference's value counts where a test states another: {len(differing)} calls ({shown})"
            )
        return lines


class OutputPrediction(Surrogate):
    """``surrogate``: given a call, predict what it returns. Compared here; nothing is executed."""

    family = "surrogate"
    predicts = "output"
    shows_truth = False

    def question(self, problem: Prediction) -> str:
        """Return the call with the value left open."""
        return f"assert {problem.call} == ??"

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Find the predicted value; there is nothing to execute."""
        task = own(problem)
        extraction = answers.output(completion)
        found = (extraction.code,) if extraction.rule != NO_CODE_RULE or not task.output else ()
        answer = Answer(scorer=ACCURACY, metric="literal", rule=extraction.rule, texts=found)
        return Program(
            task_id=task.task_id,
            sample=completion.sample,
            language=task.language,
            image=task.image,
            extraction=extraction,
            study=Study(mistake=self._mistake(task, completion, extraction), traits=task.traits),
            oracle=Oracle.ANSWER,
            expected=task.output,
            answers=(answer,),
        )

    def _mistake(self, task: Prediction, completion: Completion, extraction: Extraction) -> Mistake:
        """Say what is wrong with the prediction, should it be: no literal is not the form asked for."""
        if not task.output or extraction.rule == NO_CODE_RULE:
            return mistakes.mistake(completion, None, None)
        found = mistakes.mistake(completion, extraction.code, task.output)
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
        if not program.expected:
            raise LookupError(
                f"nothing can be asked of {program.task_id}: its reference gave no plain literal"
            )
        predicted = program.answers[0].texts[0]
        try:
            right = literals.same(literals.read(predicted), literals.read(program.expected))
            detail = "" if right else f"predicted {_shown(predicted)}, returned {_shown(program.expected)}"
        except NoLiteralError as error:
            right, detail = False, f"no literal ({error}): {_shown(predicted)}"
        return Grade(scores=(Score(scorer=ACCURACY, value=float(right)),), detail=detail)

    def reference(self, problem: Problem) -> Completion:
        """The value that was returned; empty where it is not known."""
        return Completion(
            task_id=problem.task_id, sample=0, text=own(problem).output, kind=CompletionKind.SOLUTION
        )

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Constants, where they are not right, and answers that would be right only if they were executed."""
        task = own(problem)
        return tuple(_cheats(task, (*_wrong_constants(task), *_EXPRESSIONS, ("the-call-itself", task.call))))


class InputPrediction(Surrogate):
    """``surrogate-input``: given what a call returns, predict arguments that make it so. Executed."""

    family = "surrogate-input"
    predicts = "input"
    shows_truth = True

    def question(self, problem: Prediction) -> str:
        """Return the call with the arguments left open."""
        return f"assert {problem.entry_point}(??) == {problem.expected}"

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that calls the reference with the predicted arguments, if they are literals.

        Raises:
            LookupError: nothing can be asked of the call, so the sample is left without a verdict.
        """
        task = own(problem)
        if task.unusable:
            raise LookupError(f"nothing can be asked of {task.task_id}: {task.unusable}")
        extraction = answers.call(completion, task.entry_point)
        return problems.check_program(task, completion, extraction, python_functions.LIMITS)

    def reference(self, problem: Problem) -> Completion:
        """The call of the tests."""
        return Completion(
            task_id=problem.task_id, sample=0, text=own(problem).call, kind=CompletionKind.SOLUTION
        )

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Arguments that are no literals, and assertions about something else."""
        task = own(problem)
        name = task.entry_point
        texts = [(f"argument-{cheat}", f"{name}({text})") for cheat, text in _EXPRESSIONS if text]
        texts += [
            ("the-question", f"{name}(??)"),
            ("no-call", task.output),
            ("two-statements", f"{name}(0) or __import__('os')._exit(0)"),
            ("starred", f"{name}(*{{}}, *__import__('os').listdir())"),
            ("redefined", f"(lambda {name}: {name}(0))(lambda x: {task.output})"),
        ]
        return tuple(_cheats(task, texts))


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


def _wrong_constants(task: Prediction) -> Iterator[tuple[str, str]]:
    if not task.output:
        return
    returned = literals.read(task.output)
    for text in _CONSTANTS:
        if not literals.same(literals.read(text), returned):
            yield f"constant {text}", text


def _cheats(task: Prediction, texts: Sequence[tuple[str, str]]) -> Iterator[Cheat]:
    for name, text in texts:
        completion = Completion(task_id=task.task_id, sample=0, text=text, kind=CompletionKind.SOLUTION)
        yield Cheat(name=name, completion=completion)


def own(problem: Problem) -> Prediction:
    """Return a problem as the type that it is.

    Raises:
        UsageError: it is another benchmark's.
    """
    if not isinstance(problem, Prediction):
        raise UsageError(f"{problem.task_id} is no task of this benchmark", "Pass what load() returned.")
    return problem


def _counted(counts: Mapping[str, int]) -> list[str]:
    return [f"{count} {what}" for what, count in sorted(counts.items(), key=lambda each: -each[1])]


def _shown(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:100]}..."
