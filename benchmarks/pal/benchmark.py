"""PAL: word problems solved by writing a program that the sandbox executes.

Source: Gao et al. 2022, "PAL: Program-aided Language Models" (arXiv:2211.10435), and the authors' code,
reasoning-machines/pal: pal/prompt/*.py, pal/core/interface.py, scripts/*.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.benchmarks.common import answering, answers, python_functions
from codeeval.benchmarks.pal import pal_math
from codeeval.benchmarks.pal.choices import nearest, number_for
from codeeval.benchmarks.pal.forms import ENTRY, Form, shape, written
from codeeval.benchmarks.pal.rows import VARIANTS, Question, read, task
from codeeval.errors import UnknownName
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.extraction.text import without_thinking
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.languages import PYTHON
from codeeval.types import (
    CallsStep,
    Completion,
    CompletionKind,
    Extraction,
    Match,
    Problem,
    ProblemPayload,
    Program,
    PromptStyle,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OFFICIAL, PAL_MATH = "official", "pal-math"
TOLERANCE: Final = 1e-3
"""Source: scripts/gsm_eval.py."""
ORIGINS: Final = {
    "gsm8k": "gsm8k",
    "gsm-hard": "gsm8k",
    "bbh-object-counting": "bbh/object_counting",
}
"""Of the tasks that are asked in words too, in the same order: how their ids begin there."""
_SHOWN: Final = 200


class Asked(ProblemPayload, frozen=True, kw_only=True):
    """What is right, as text."""

    accepted: tuple[str, ...]
    program: str


class Expected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an answer is compared with."""

    accepted: tuple[str, ...]
    question: str = ""
    """Where its choices decide."""


class Pal(BenchmarkBase):
    """One of PAL's data sets under one set of options."""

    family = "pal"
    folder = Path(__file__).parent
    variants = VARIANTS
    splits = ()
    protocols = (OFFICIAL, PAL_MATH)
    image = python_functions.IMAGE
    chat_sampling = Sampling(max_tokens=512)

    def __init__(self, options: BenchmarkOptions) -> None:
        variant = options.variant or VARIANTS[0]
        self._task = task(variant)
        if options.protocol == PAL_MATH and self.form is not Form.MATH:
            raise UnknownName(f"protocol of {self.family}:{variant}", PAL_MATH, (OFFICIAL,))
        super().__init__(options)
        self.name = f"{self.family}:{variant}"

    @property
    def form(self) -> Form:
        """What its programs look like."""
        return self._task.form

    @property
    def shot_counts(self) -> Sequence[int]:
        """How many worked examples the prompt shows."""
        if self.options.protocol == PAL_MATH:
            return (pal_math.SHOTS,)
        return (3 if self._chat_form else shape(self.form).shots,)

    @property
    def sampling(self) -> Sampling:
        """Of base models with the stop sequence of the form."""
        if self.options.style is PromptStyle.CHAT:
            return super().sampling
        stop = pal_math.STOP if self.protocol == PAL_MATH else (shape(self.form).stop,)
        return Sampling(max_tokens=512, stop=stop)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, shots=str(self.shots))

    @property
    def template_name(self) -> str:
        """One for each form; chat models have another for numbers."""
        if self.options.protocol == PAL_MATH:
            return PAL_MATH
        return "chat" if self._chat_form else self.form.value

    @property
    def _chat_form(self) -> bool:
        return self.form is Form.MATH and self.options.style is PromptStyle.CHAT

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems."""
        questions, identity = read(self._task, source)
        problems = tuple(self._problem(number, each) for number, each in enumerate(questions))
        return LoadedProblems(problems=problems, identity=identity)

    def _problem(self, number: int, question: Question) -> Problem:
        return Problem(
            task_id=f"{self.name}/{number}",
            prompt=question.text,
            entry_point=shape(self.form).entry_point,
            reference=question.program,
            tests=(),
            payload=Asked(accepted=question.accepted, program=question.program),
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that executes what the model wrote and returns its answer.

        Each program has a namespace of its own. The published evaluator keeps one for all, so that one
        which defines nothing is scored by the ``solution()`` of the task before.
        """
        extraction = self._extraction(problem, completion)
        exact = completion.kind is CompletionKind.CONTINUATION
        taken = pal_math.TAKEN if self.protocol == PAL_MATH else ""
        text = written(extraction, self.form, exact=exact, taken=taken)
        accepted = problem.payload_of(Asked).accepted
        asked = problem.prompt if self.form is Form.AQUA else ""
        expected = msgspec.json.encode(Expected(accepted=accepted, question=asked)).decode()
        limits = pal_math.LIMITS if self.protocol == PAL_MATH else shape(self.form).limits
        return answering.program(
            problem, completion, extraction, written=text, expected=expected, limits=limits
        )

    def _extraction(self, problem: Problem, completion: Completion) -> Extraction:
        text = encodable(completion.text)
        if self.protocol == PAL_MATH and completion.kind is not CompletionKind.SOLUTION:
            if completion.kind is CompletionKind.ANSWER:
                text = without_thinking(text)
            code = pal_math.block(text)
            return Extraction(rule="fence", code=code) if code else Extraction(rule=NO_CODE_RULE)
        match completion.kind:
            case CompletionKind.ANSWER:
                return answers.find_program(text, PYTHON, problem.entry_point)
            case CompletionKind.CONTINUATION | CompletionKind.SOLUTION:
                return Extraction(rule="as-is", code=text) if text.strip() else Extraction(rule=NO_CODE_RULE)
            case never:
                assert_never(never)

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare the answer: a number within 0.001, a text as it is."""
        expected = msgspec.json.decode(step.expected, type=Expected)
        value, answer, fault = answering.answer(values)
        if not answer:
            return Match(matched=False, difference=fault)
        wanted = expected.accepted
        if self.form is Form.AQUA:
            answer = nearest(value, expected.question) if isinstance(value, float) else ""
            matched = answer in wanted
        elif not shape(self.form).number:
            matched = isinstance(value, str) and value in wanted
        elif self.protocol == PAL_MATH:
            matched = isinstance(value, str) and pal_math.same(value, float(wanted[0]))
        else:
            matched = isinstance(value, float) and abs(value - float(wanted[0])) < TOLERANCE
        shown = " or ".join(wanted)[:_SHOWN]
        difference = f"the answer is {answer[:_SHOWN] or 'none of the choices'}, not {shown}"
        return Match(matched=matched, difference="" if matched else difference, answer=answer)

    def reference(self, problem: Problem) -> Completion:
        """The dataset's program; where it has none, one that states the answer."""
        asked = problem.payload_of(Asked)
        if not self.has_reference(problem):
            return self.completion(problem, "")
        answer = asked.accepted[0]
        if self.form is Form.AQUA:
            answer = repr(number_for(answer, problem.prompt))
        return self.completion(problem, asked.program or self._stating(answer))

    def has_reference(self, problem: Problem) -> bool:
        """Whether some answer is right: of AQuA's choices some cannot be read, so that none is nearest."""
        if self.form is not Form.AQUA:
            return True
        return number_for(problem.payload_of(Asked).accepted[0], problem.prompt) is not None

    def _stating(self, answer: str) -> str:
        """Write a program that states an answer: an expression, or of texts the text."""
        match self.form:
            case Form.MATH | Form.COUNTING | Form.AQUA:
                return f"def {ENTRY}():\n    return {answer}\n"
            case Form.REPEAT_COPY:
                return f"def {ENTRY}():\n    return {answer!r}\n"
            case Form.COLORED | Form.PENGUINS:
                return f"answer = {answer!r}\n"
            case Form.DATE:
                return repr(answer)
            case never:
                assert_never(never)

    def origin(self, task_id: str) -> str:
        """Return the id of the task that asks the same in words; its own where none does."""
        family = ORIGINS.get(self.name.removeprefix(f"{self.family}:"))
        return f"{family}/{task_id.rpartition('/')[2]}" if family else task_id

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Programs that solve nothing."""
        accepted = problem.payload_of(Asked).accepted
        texts = {
            "exit": "import os\nos._exit(0)",
            "always equal": self._stating("type('Same', (), {'__eq__': lambda self, other: True})()"),
            "not a number": self._stating("float('nan')"),
            "nothing defined": "result = 1",
            "empty": "",
            "no program": f"The answer is {accepted[0]}.",
        }
        for constant in ("0", "1", "2"):
            wrong = constant not in accepted and f"{constant}.0" not in accepted
            if wrong and self.form is not Form.AQUA:  # there it may be nearest to the right choice
                texts[f"constant {constant}"] = self._stating(constant)
        return [self.cheat(problem, name, text) for name, text in texts.items()]
