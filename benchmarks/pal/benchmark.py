"""PAL: word problems solved by writing a program that the sandbox executes.

Source: Gao et al. 2022, "PAL: Program-aided Language Models" (arXiv:2211.10435), and the authors' code,
reasoning-machines/pal: pal/prompt/*.py, pal/core/interface.py, scripts/*.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.benchmarks.common import answers, python_functions
from codeeval.benchmarks.common.call_values import MalformedError, read_returned
from codeeval.benchmarks.pal.rows import VARIANTS, Form, Question, read, task
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.languages import PYTHON
from codeeval.types import (
    CallsStep,
    Completion,
    CompletionKind,
    Extraction,
    Limits,
    Match,
    Oracle,
    Problem,
    ProblemPayload,
    Program,
    PromptStyle,
    Sampling,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENTRY: Final = "solution"
FINAL: Final = "final_answer"
"""The function that the sandbox calls: it takes the answer from where the program has left it."""
LIMITS: Final = Limits(cpu_s=10.0, wall_s=30.0)
"""Source: pal/core/interface.py, ``run``, which has 10 s of wall time."""
TOLERANCE: Final = 1e-3
"""Source: scripts/gsm_eval.py."""
STOP: Final = ("\n\n\n",)
"""Source: scripts/*.py."""
SOLUTION: Final = "solution.py"
INPUTS: Final = "inputs.json"
ORIGINS: Final = {
    "gsm8k": "gsm8k",
    "gsm-hard": "gsm8k",
    "bbh-object-counting": "bbh/object_counting",
}
"""Of the tasks that are asked in words too, in the same order: how their ids begin there."""
_SHOWN: Final = 200
_BEFORE: Final = {
    Form.MATH: "",
    Form.COUNTING: "",
    Form.COLORED: (
        "class CustomDict(dict):\n"
        "    def __iter__(self):\n"
        "        return iter(list(super().__iter__()))\n\n\n"
        "dict = CustomDict\n"
    ),
}
"""What programs find defined. Source: pal/core/runtime.py, ``ColorObjectRuntime``."""
_TAKEN: Final = {
    Form.MATH: f"float({ENTRY}())",
    Form.COUNTING: f"float({ENTRY}())",
    Form.COLORED: "('yes' if answer else 'no') if isinstance(answer, bool) else str(answer)",
}
"""How the answer is taken. Source: scripts/gsm_eval.py, scripts/colored_object_eval.py."""


class Asked(ProblemPayload, frozen=True, kw_only=True):
    """What is right, as text."""

    accepted: tuple[str, ...]
    program: str


class Pal(BenchmarkBase):
    """One of PAL's data sets under one set of options."""

    family = "pal"
    folder = Path(__file__).parent
    variants = VARIANTS
    splits = ()
    image = python_functions.IMAGE
    base_sampling = Sampling(max_tokens=512, stop=STOP)
    chat_sampling = Sampling(max_tokens=512)

    def __init__(self, options: BenchmarkOptions) -> None:
        variant = options.variant or VARIANTS[0]
        self._task = task(variant)
        super().__init__(options)
        self.name = f"{self.family}:{variant}"

    @property
    def form(self) -> Form:
        """What its programs look like."""
        return self._task.form

    @property
    def shot_counts(self) -> Sequence[int]:
        """How many worked examples the prompt shows."""
        match self.form:
            case Form.MATH:
                return (3 if self.options.style is PromptStyle.CHAT else 8,)
            case Form.COUNTING:
                return (4,)
            case Form.COLORED:
                return (3,)
            case never:
                assert_never(never)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, shots=str(self.shots))

    @property
    def template_name(self) -> str:
        """One for each form; chat models have another for numbers."""
        if self.form is Form.MATH and self.options.style is PromptStyle.CHAT:
            return "chat"
        return self.form.value

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems."""
        questions, identity = read(self._task, source)
        problems = tuple(self._problem(number, each) for number, each in enumerate(questions))
        return LoadedProblems(problems=problems, identity=identity)

    def _problem(self, number: int, question: Question) -> Problem:
        return Problem(
            task_id=f"{self.name}/{number}",
            prompt=question.text,
            entry_point=ENTRY if self.form is not Form.COLORED else "",
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
        found = extraction.rule != NO_CODE_RULE
        text = f"{_BEFORE[self.form]}{extraction.code}\n\n\ndef {FINAL}():\n    return {_TAKEN[self.form]}\n"
        accepted = problem.payload_of(Asked).accepted
        step = CallsStep(
            name="run",
            program=SOLUTION,
            inputs=INPUTS,
            entry_point=FINAL,
            limits=LIMITS,
            expected=msgspec.json.encode(accepted).decode(),
        )
        files = (SourceFile(path=SOLUTION, content=text), SourceFile(path=INPUTS, content="[[]]"))
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=self.image,
            extraction=extraction,
            files=files if found else (),
            steps=(step,) if found else (),
            oracle=Oracle.VALUES,
        )

    def _extraction(self, problem: Problem, completion: Completion) -> Extraction:
        text = encodable(completion.text)
        match completion.kind:
            case CompletionKind.ANSWER:
                return answers.find_program(text, PYTHON, problem.entry_point)
            case CompletionKind.CONTINUATION | CompletionKind.SOLUTION:
                return Extraction(rule="as-is", code=text) if text.strip() else Extraction(rule=NO_CODE_RULE)
            case never:
                assert_never(never)

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare the answer: a number within 0.001, a text as it is."""
        accepted = msgspec.json.decode(step.expected, type=tuple[str, ...])
        lines = values.split("\n")[:-1]
        if len(lines) != 1:
            return Match(matched=False, difference="wrote results that no call has returned" if lines else "")
        try:
            value = read_returned(lines[0]).value
        except MalformedError:
            value = None
        if isinstance(value, float) and self.form is not Form.COLORED:
            matched = abs(value - float(accepted[0])) < TOLERANCE
        else:
            matched = isinstance(value, str) and value in accepted
        difference = f"the answer is {lines[0][:_SHOWN]}, not {' or '.join(accepted)[:_SHOWN]}"
        return Match(matched=matched, difference="" if matched else difference, answer=lines[0])

    def reference(self, problem: Problem) -> Completion:
        """The dataset's program; where it has none, one that states the answer."""
        asked = problem.payload_of(Asked)
        return self.completion(problem, asked.program or self._stating(asked.accepted[0]))

    def _stating(self, answer: str) -> str:
        """Write a program that states an answer."""
        if self.form is Form.COLORED:
            return f"answer = {answer!r}\n"
        return f"def {ENTRY}():\n    return {answer}\n"

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
            if wrong:
                texts[f"constant {constant}"] = self._stating(constant)
        return [self.cheat(problem, name, text) for name, text in texts.items()]
