"""HumanEvalPack: to fix, to explain and to synthesise HumanEval's functions in six languages.

Source: Muennighoff et al. 2023, "OctoPack: Instruction Tuning Code Large Language Models", and its harness,
bigcode-project/bigcode-evaluation-harness: bigcode_eval/tasks/humanevalpack.py.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.benchmarks.common import described, joining
from codeeval.benchmarks.humaneval_x import programs, rows
from codeeval.benchmarks.humaneval_x.benchmark import HumanEvalBased
from codeeval.benchmarks.humaneval_x.rows import ALL, LANGUAGES, Row, Task
from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource, LoadedProblems
from codeeval.types import Problem, PromptStyle, Sampling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import Cheat
    from codeeval.types import Completion, Program


class Asked(enum.StrEnum):
    """What a model is asked to do."""

    FIX_TESTS = "fixtests"
    """Fix a function, given its tests."""
    FIX_DOCS = "fixdocs"
    """Fix a function, given its docstring."""
    DESCRIBE = "describe"
    """Describe a function in words: the first step of explaining."""
    EXPLAIN = "explain"
    """Write a function from such a description: the second step."""
    SYNTHESIZE = "synthesize"
    """Write a function from its head and docstring."""


VARIANTS: Final = tuple(f"{asked.value}-{name}" for asked in Asked for name in (*LANGUAGES, ALL))


class HumanEvalPack(HumanEvalBased):
    """HumanEvalPack under one set of options.

    Raises:
        UsageError: an option that it does not have, no task, or descriptions where none are asked for.
        UnknownName: a task or language that it does not have.
    """

    family = "humanevalpack"
    variants = None
    base_sampling = chat_sampling = Sampling(temperature=0.2, top_p=0.95, max_tokens=2048)
    """Source: the paper, section 4, and bigcode-evaluation-harness, docs/README.md; 20 samples a task."""

    def __init__(self, options: BenchmarkOptions) -> None:
        if not options.variant:
            raise UsageError(
                "humanevalpack: which task?",
                "Write humanevalpack:fixtests-python, or codeeval explain humanevalpack.",
            )
        options, name, self._descriptions = described.split(options)
        if name not in VARIANTS:
            raise UnknownName("variant of humanevalpack", name, VARIANTS)
        asked, _, self.target = name.partition("-")
        self._asked = Asked(asked)
        super().__init__(options)
        self.name = f"{self.family}:{name}"
        if (self._asked is Asked.EXPLAIN) is not bool(self._descriptions):
            raise UsageError(
                f"{self.name} {'takes no' if self._descriptions else 'wants'} descriptions",
                f"Generate them with humanevalpack:describe-{self.target}, and name that run: "
                f"humanevalpack:explain-{self.target}:RUN.",
            )

    @property
    def template_name(self) -> str:
        """The template of the task; base models continue the code alone where that states the task."""
        match self._asked:
            case Asked.FIX_TESTS | Asked.FIX_DOCS:
                return "fix"
            case Asked.SYNTHESIZE if self.options.style is PromptStyle.BASE:
                return "synthesize-base"
            case _:
                return self._asked.value

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems; those to be written from descriptions once for each of them.

        Raises:
            DataError: the dataset is unreachable, or there is no description of any problem.
        """
        read, identity = rows.load(rows.PACK_ID, self.target, source)
        problems = tuple(self._problem(row, LANGUAGES[config]) for config, row in read)
        if self._descriptions:
            problems, identity_of_them = described.stated(self._descriptions, problems, _with_description)
            identity = joining.joined([identity, identity_of_them])
        return self.loaded(problems, LoadedProblems(problems=(), identity=identity))

    def has_reference(self, problem: Problem) -> bool:
        """Whether something is to be executed: all but descriptions."""
        return self._asked is not Asked.DESCRIBE and bool(problem.reference)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Programs that solve nothing, that with its bug among them; none of descriptions."""
        return () if self._asked is Asked.DESCRIBE else super().cheats(problem)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble a program as HumanEval-X does.

        Raises:
            UsageError: the task is to describe.
        """
        if self._asked is Asked.DESCRIBE:
            raise UsageError(
                f"{self.name} is the first of two steps: descriptions are not judged",
                f"Use codeeval generate, then humanevalpack:explain-{self.target}:RUN.",
            )
        return super().program(problem, completion)

    def _problem(self, row: Row, id_: str) -> Problem:
        main = "fn main(){}\n" if id_ == "rust" else ""
        with_docs = self._asked in {Asked.FIX_DOCS, Asked.SYNTHESIZE}
        head = row.prompt if with_docs else main + row.declaration
        gap = head[len(head.rstrip()) :]  # prompts end without it, so that models write it
        context = instruction = buggy = ""
        match self._asked:
            case Asked.FIX_TESTS | Asked.FIX_DOCS:
                buggy = head + row.buggy_solution
                tests = "" if with_docs else f"\n{row.test}"
                context = f"{head}{row.buggy_solution}{tests}"
            case Asked.DESCRIBE | Asked.EXPLAIN:
                context = head + row.canonical_solution
                instruction = row.docstring
            case Asked.SYNTHESIZE:
                instruction = row.instruction.strip()
            case _:
                assert_never(self._asked)
        return Problem(
            task_id=row.task_id,
            prompt=head.rstrip(),
            entry_point=row.entry_point,
            reference=gap + row.canonical_solution,
            tests=(programs.tests(row.test, id_),),
            language=id_,
            stop=programs.STOP.get(id_, ()),
            payload=Task(
                shown=head,
                context=context,
                instruction=instruction,
                buggy=buggy,
                parts=programs.Parts(
                    pack=True, import_=row.import_, setup=row.test_setup, declaration=row.declaration
                ),
            ),
        )


_LONG_LINE: Final = 20


def _with_description(problem: Problem, text: str) -> Problem:
    """State a problem by a description: as long as the docstring at most, without lines of the solution.

    Source: ``HumanEvalExplainDescribeBase.postprocess_generation`` and ``remove_code``.
    """
    task = problem.payload_of(Task)
    for word in problem.stop:
        text = text.partition(word)[0]
    text = text[: len(task.instruction)].rstrip()
    for line in map(str.strip, problem.reference.split("\n")):
        if len(line) > _LONG_LINE:
            text = text.replace(line, "")
    return msgspec.structs.replace(
        problem, payload=msgspec.structs.replace(task, context=text, instruction="")
    )
