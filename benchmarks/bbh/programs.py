"""BIG-Bench Hard by programs of thought: the model writes a program for each question, the sandbox runs it.

Source: Chen et al. 2022, "Program of Thoughts Prompting" (arXiv:2211.12588), zero-shot, which
Think-and-Execute (arXiv:2404.02575) compares with. Neither publishes a prompt for these tasks; it is ours.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from codeeval.benchmarks.bbh import grading, rows
from codeeval.benchmarks.common import answering, answers, python_functions
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.languages import PYTHON
from codeeval.prompting import Variables
from codeeval.types import (
    CallsStep,
    Completion,
    CompletionKind,
    Extraction,
    Limits,
    Match,
    Problem,
    Program,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENTRY: Final = "solution"
HEAD: Final = f"def {ENTRY}():\n"
"""What a completion in base style continues, less the docstring of the prompt."""
LIMITS: Final = Limits(cpu_s=10.0, wall_s=30.0)
_SHOWN: Final = 200


class BbhPrograms(BenchmarkBase):
    """BIG-Bench Hard, or one of its tasks, answered by programs: ``bbh-pot:navigate``.

    Raises:
        UnknownName: a task that it does not have.
    """

    family = "bbh-pot"
    folder = Path(__file__).parent
    variants = tuple(rows.TASKS)
    image = python_functions.IMAGE
    base_sampling = Sampling(max_tokens=512, stop=("\n\n\n", "\nQ:", "\ndef ", "\nprint", "\n```"))
    chat_sampling = Sampling(max_tokens=1024)

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self._tasks = (options.variant,) if options.variant else tuple(rows.TASKS)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, shots="0", prompt="program")

    @property
    def template_name(self) -> str:
        """One for each style."""
        return f"program-{self.options.style.value}"

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems of the tasks."""
        return rows.load(self.family, self._tasks, source)

    def variables(self, problem: Problem) -> Variables:
        """Return the question, and in what form its answer is wanted."""
        choice = bool(grading.options(problem.prompt))
        wanted = "the letter of the right option in brackets, such as (A)" if choice else "the answer itself"
        return Variables(task_id=problem.task_id, prompt=problem.prompt, entry_point=ENTRY, context=wanted)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that executes what the model wrote and returns its answer as a text."""
        extraction = self._extraction(encodable(completion.text), completion.kind)
        found = extraction.rule != NO_CODE_RULE
        text = answering.taking(extraction.code, f"str({ENTRY}())") if found else ""
        expected = grading.expected(problem.prompt, problem.reference)
        return answering.program(
            problem, completion, extraction, written=text, expected=expected, limits=LIMITS
        )

    def _extraction(self, text: str, kind: CompletionKind) -> Extraction:
        match kind:
            case CompletionKind.ANSWER:
                return answers.find_program(text, PYTHON, ENTRY)
            case CompletionKind.CONTINUATION | CompletionKind.SOLUTION if not text.strip():
                return Extraction(rule=NO_CODE_RULE)
            case CompletionKind.CONTINUATION:
                return Extraction(rule="as-is", code=HEAD + text)
            case CompletionKind.SOLUTION:
                return Extraction(rule="as-is", code=text)
            case never:
                assert_never(never)

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare the answer as ``fixed`` does for answers in words."""
        value, answer, fault = answering.answer(values)
        if not answer:
            return Match(matched=False, difference=fault)
        if isinstance(value, str) and grading.same(answer, step.expected):
            return Match(matched=True, answer=step.expected)
        return Match(
            matched=False,
            difference=f"the answer is {answer[:_SHOWN]}, not {step.expected[:_SHOWN]}",
            answer=answer,
        )

    def reference(self, problem: Problem) -> Completion:
        """A program that states the answer: the dataset has no programs."""
        return self.completion(problem, f"{HEAD}    return {problem.reference!r}\n")

    def origin(self, task_id: str) -> str:
        """Return the id of the same question in BIG-Bench Hard."""
        return task_id.replace(self.family, "bbh", 1)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Programs that solve nothing, where they are not right by chance."""
        wanted = grading.expected(problem.prompt, problem.reference)
        choices = list(grading.options(problem.prompt)) or ["Yes", "No", "True", "False", "valid", "0"]
        texts = {
            f"constant {each}": f"{HEAD}    return {each!r}\n"
            for each in choices
            if not grading.same(each, wanted)
        }
        texts |= {
            "nothing": "",
            "exit": "import os\nos._exit(0)\n",
            "returns nothing": f"{HEAD}    pass\n",
            "the question": f"{HEAD}    return {problem.prompt!r}\n",
            "always equal": f"{HEAD}    return type('S', (str,), {{'__eq__': lambda self, other: True}})()\n",
        }
        return [self.cheat(problem, name, text) for name, text in texts.items()]
