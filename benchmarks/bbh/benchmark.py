"""BIG-Bench Hard, asked directly, with a chain of thought, or by pseudocode that the model executes.

Source: Suzgun et al. 2022, "Challenging BIG-Bench Tasks and Whether Chain-of-Thought Can Solve Them"
(arXiv:2210.09261), suzgunmirac/BIG-Bench-Hard; Chae et al. 2024, "Language Models as Compilers: Simulating
Pseudocode Execution Improves Algorithmic Reasoning in Language Models" (arXiv:2404.02575),
kyle8581/LanguageModelsasCompilers.
"""

from __future__ import annotations

import functools
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from codeeval.benchmarks.bbh import grading, rows
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.extraction.text import without_thinking
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.prompting import PromptTemplate, Variables
from codeeval.types import (
    Answer,
    Completion,
    CompletionKind,
    Extraction,
    Grade,
    Oracle,
    Problem,
    Program,
    Prompt,
    Sampling,
    Score,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OFFICIAL, FIXED = "official", "fixed"
COT: Final = "cot"
SHOTS: Final = 3
EXECUTED: Final = (
    "dyck_languages",
    "geometric_shapes",
    "navigate",
    "reasoning_about_colored_objects",
    "temporal_sequences",
    "tracking_shuffled_objects_five_objects",
    "web_of_lies",
)
"""The tasks of Think-and-Execute."""
_SHOWN: Final = 100


class Graded(BenchmarkBase):
    """What both have in common: answers are graded, and nothing is executed."""

    folder = Path(__file__).parent
    splits = ("test",)
    protocols = (OFFICIAL, FIXED)
    image = ""
    tasks: Sequence[str]
    executes: ClassVar[bool]
    """Whether the model executes pseudocode, whose output ends in the answer."""

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, shots=str(self.shots), prompt=self.form)

    @property
    @abstractmethod
    def form(self) -> str:
        """How it is asked, in a word."""

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems of the tasks."""
        return rows.load(self.family, self.tasks, source)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Find the answer in a text, whatever its kind."""
        text = encodable(completion.text)
        if completion.kind is CompletionKind.ANSWER:
            text = without_thinking(text)
        task = problem.groups[0]
        found = grading.final_answer(text, task) if self.executes else grading.answer(text)
        rule = "answer" if found else NO_CODE_RULE
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=self.image,
            extraction=Extraction(rule=rule, code=found),
            oracle=Oracle.ANSWER,
            expected=grading.expected(problem.prompt, problem.reference),
            answers=(
                Answer(
                    scorer="accuracy",
                    metric=task,
                    rule=rule,
                    texts=(found,) if found else (),
                ),
            ),
        )

    def grade(self, program: Program) -> Grade:
        """Compare the answer with the target."""
        answer = program.answers[0]
        found, wanted = answer.texts[0], program.expected
        if self.protocol == FIXED:
            right = grading.same(found, wanted)
        elif self.executes:
            right = grading.is_right(found, wanted, answer.metric)
        else:
            right = found == grading.target_of(wanted)
        detail = "" if right else f"answered {found[:_SHOWN]}, not {wanted[:_SHOWN]}"
        return Grade(scores=(Score(scorer="accuracy", value=float(right)),), detail=detail, answer=found)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Answers that know nothing of the question, where they are not right by chance."""
        wanted = grading.expected(problem.prompt, problem.reference)
        choices = list(grading.options(problem.prompt)) or ["Yes", "No", "True", "False", "valid", "0"]
        texts = {f"constant {each}": each for each in choices if not grading.same(each, wanted)}
        texts |= {"nothing": "", "the question": problem.prompt}
        if self.protocol == FIXED:
            texts["bracket"] = "("
        return [self.cheat(problem, name, text) for name, text in texts.items()]


class Bbh(Graded):
    """BIG-Bench Hard, or one of its tasks: ``bbh:navigate``, ``bbh:navigate-cot``, ``bbh:cot``.

    Raises:
        UnknownName: a variant that it does not have.
    """

    family = "bbh"
    executes = False
    variants = (*rows.TASKS, COT, *(f"{task}-{COT}" for task in rows.TASKS))
    base_sampling = Sampling(max_tokens=1024, stop=("\n\nQ:",))
    chat_sampling = Sampling(max_tokens=1024)

    def __init__(self, options: BenchmarkOptions) -> None:
        task, _, form = options.variant.partition("-")
        self.cot = COT in (task, form)
        self.tasks = tuple(rows.TASKS) if task in ("", COT) else (task,)
        super().__init__(options)

    @property
    def form(self) -> str:
        """With a chain of thought or without."""
        return COT if self.cot else "direct"

    @property
    def shot_counts(self) -> Sequence[int]:
        """How many worked examples the prompt shows; 0 with a chain of thought is zero-shot CoT."""
        return (SHOTS, 0)

    @property
    def template_name(self) -> str:
        """One for each form, whatever the style."""
        return self.form

    def variables(self, problem: Problem) -> Variables:
        """Return the task's description and examples, and the question."""
        shown = rows.prompted(problem.groups[0])
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point="",
            context=shown.description,
            examples=shown.examples[: self.shots],
        )


class ThinkAndExecute(Graded):
    """Think-and-Execute: seven algorithmic tasks, each with its published pseudocode.

    Raises:
        UnknownName: a task that has no published pseudocode.
    """

    family = "think-and-execute"
    executes = True
    variants = EXECUTED
    base_sampling = chat_sampling = Sampling(max_tokens=1500)
    """Source: src/scoring_single_prompt.py."""

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self.tasks = (options.variant,) if options.variant else EXECUTED

    @property
    def form(self) -> str:
        """By pseudocode."""
        return "pseudocode"

    def origin(self, task_id: str) -> str:
        """Return the id of the same question in BIG-Bench Hard."""
        return task_id.replace(self.family, Bbh.family, 1)

    @functools.cache  # noqa: B019 -- a benchmark lives as long as its process
    def _template(self, task: str) -> PromptTemplate:
        return self.template_named(f"pseudocode-{task}")

    def prompt(self, problem: Problem) -> Prompt:
        """Render the task's pseudocode and a call of it on the problem."""
        variables = Variables(
            task_id=problem.task_id, prompt=_instance(problem.prompt, problem.groups[0]), entry_point=""
        )
        return self._template(problem.groups[0]).render(variables, self.options.style, self.sampling.stop)


def _instance(question: str, task: str) -> str:
    """Take from a question what its pseudocode is called with.

    Source: src/tasks/*/helper.py, ``load_and_prepare_data``.
    """
    match task:
        case "dyck_languages":
            return question.rpartition("Input: ")[2]
        case "navigate":
            start = 92 if "Always face forward. " in question else 71
            return question[start:-20]
        case "temporal_sequences":
            return question.rpartition("We know that:")[2].strip()
        case "web_of_lies":
            return question.removeprefix("Question: ")
        case _:
            return question
