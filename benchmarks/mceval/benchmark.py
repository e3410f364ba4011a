"""McEval: functions in many languages, to be written from an instruction or from a model's explanation.

Source: Chai et al. 2024, "McEval: Massively Multilingual Code Evaluation", and what its authors published,
MCEVAL/McEval: eval/excute.py, eval/extract, inference/gen_stage2_instruction.py.
"""

from __future__ import annotations

import enum
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.benchmarks.common import (
    answers,
    any_language,
    described,
    frames,
    joining,
    language_cheats,
    python_functions,
)
from codeeval.benchmarks.common.many_languages import ManyLanguages
from codeeval.benchmarks.mceval.frames import NAMES, as_compiled, frame_of, tests_of
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import UnknownName, UsageError
from codeeval.extraction import encodable
from codeeval.interfaces import BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.languages import PYTHON, language
from codeeval.types import (
    Completion,
    CompletionKind,
    Extraction,
    Problem,
    ProblemPayload,
    Program,
    PromptStyle,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.prompting import Variables

ID: Final = "Multilingual-Multimodal-NLP/McEval"
HASHES: Final = {
    "generation": "37100830cec3f386317fe2c445d2cd20b017b92ff0d1fcf2a0d7c633a77005d3",
    "explanation": "cb806f52ede81cc3e39fb4f73ca3ad4ef5ddf7541a90132e449fda7a2560f2f2",
}
"""Content hash of each configuration's rows."""
ALL: Final = "all"
_log = logging.getLogger(__name__)


class Asked(enum.StrEnum):
    """What a model is asked to do."""

    GENERATE = "generate"
    """Write a function from its instruction."""
    DESCRIBE = "describe"
    """Explain a function: the first of two steps."""
    EXPLAIN = "explain"
    """Write a function from such an explanation: the second."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it; tasks of markup and of commands lack what functions have."""

    task_id: str
    language: str
    prompt: str
    instruction: str
    canonical_solution: str | None = None
    test: str | None = None
    entry_point: str | None = None
    signature: str | None = None


class Task(ProblemPayload, frozen=True, kw_only=True):
    """What prompts need of a problem beyond ``Problem``."""

    instruction: str
    signature: str


class McEval(ManyLanguages):
    """McEval in one language, or in all that run here.

    Raises:
        UsageError: an option that McEval does not have, or descriptions where none are asked for.
        UnknownName: a language that does not run here.
    """

    family = "mceval"
    folder = Path(__file__).parent
    variants = None
    base_sampling = chat_sampling = Sampling(max_tokens=1024)
    """Greedy. Source: the paper, section 4.1."""

    def __init__(self, options: BenchmarkOptions) -> None:
        options, name, self._descriptions = described.split(options)
        asked, _, id_ = name.rpartition("-")
        self._id = id_ or ALL
        if self._id not in {*NAMES, ALL}:
            raise UnknownName("language of mceval that runs here", self._id, (*NAMES, ALL))
        if asked not in {"", *Asked}:
            raise UnknownName("task of mceval", asked, Asked)
        self.languages = tuple(NAMES) if self._id == ALL else (self._id,)
        self._asked = Asked(asked or Asked.GENERATE)
        super().__init__(options)
        self.name = f"{self.family}:{name or ALL}"
        if (self._asked is Asked.EXPLAIN) is not bool(self._descriptions):
            raise UsageError(
                f"{self.name} {'takes no' if self._descriptions else 'wants'} descriptions",
                f"Generate them with mceval:describe-{self._id}, and name that run: "
                f"mceval:explain-{self._id}:RUN.",
            )

    @property
    def template_name(self) -> str:
        """The template of the task; base models continue the code where an instruction asks for it."""
        match self._asked:
            case Asked.GENERATE if self.options.style is PromptStyle.BASE:
                return "base"
            case Asked.GENERATE | Asked.DESCRIBE:
                return "instruction"
            case Asked.EXPLAIN:
                return "explain"
            case _:
                assert_never(self._asked)

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems of the language, or of all that run here, each of which is a group too.

        Raises:
            DataError: the dataset is unreachable, a row lacks a field, or no problem is described.
        """
        config = "explanation" if self._asked is Asked.DESCRIBE else "generation"
        ref = DatasetRef(id=ID, config=config, revision="main", sha256={"test": HASHES[config]})
        loaded = load_rows(ref, "test", source, Row)
        ids = {name: id_ for id_, name in NAMES.items()}
        if self._id == ALL and (others := sorted({row.language for row in loaded.rows} - ids.keys())):
            _log.warning("excluded: %d languages that do not run here: %s", len(others), ", ".join(others))
        wanted = ids if self._id == ALL else {NAMES[self._id]: self._id}
        problems = tuple(
            self._problem(row, wanted[row.language]) for row in loaded.rows if row.language in wanted
        )
        identity = loaded.identity
        if self._descriptions:
            problems, descriptions = described.stated(self._descriptions, problems, _with_description)
            identity = joining.joined([identity, descriptions])
        return LoadedProblems(problems=problems, identity=identity)

    def _problem(self, row: Row, id_: str) -> Problem:
        return Problem(
            task_id=row.task_id,
            prompt=row.prompt,
            entry_point=row.entry_point or "",
            reference=row.canonical_solution or "",
            tests=(tests_of(row.test or "", id_),),
            language=id_,
            groups=(id_,) if self._id == ALL else (),
            payload=Task(instruction=row.instruction, signature=row.signature or ""),
        )

    def variables(self, problem: Problem) -> Variables:
        """Return the code to continue, the instruction or description, and the signature."""
        task = problem.payload_of(Task)
        return msgspec.structs.replace(
            super().variables(problem),
            context=task.instruction,
            head=task.signature,
            language=NAMES[problem.language],
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble prompt + newline + completion + newline + tests; a whole program stands for the first two.

        Raises:
            UsageError: the task is to describe.
        """
        if self._asked is Asked.DESCRIBE:
            raise UsageError(
                f"{self.name} is the first of two steps: descriptions are not judged",
                f"Use codeeval generate, then mceval:explain-{self._id}:RUN.",
            )
        found = _found(problem, completion)
        if problem.language == PYTHON.id:
            layout = python_functions.Layout(solution=f"{found.solution}\n", tests=problem.tests[0])
            return python_functions.program(problem, completion, found.extraction, layout)
        entry, steps = frames.adapted(frame_of(problem))
        solution = any_language.with_declaration(f"{found.solution}\n", problem.tests[0], entry)
        solution = as_compiled(solution, problem.language)
        return any_language.program(problem, completion, entry, found.extraction, solution, steps=steps)

    def has_reference(self, problem: Problem) -> bool:
        """Whether something is to be executed, and has a solution."""
        return self._asked is not Asked.DESCRIBE and bool(problem.reference)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Programs that solve nothing; none of descriptions."""
        if self._asked is Asked.DESCRIBE:
            return ()
        if problem.language == PYTHON.id:
            return python_functions.cheats(problem, f"{problem.prompt}\n", CompletionKind.SOLUTION)
        return language_cheats.cheats(problem)


def _found(problem: Problem, completion: Completion) -> answers.Found:
    text = encodable(completion.text)
    as_is = Extraction(rule="as-is", code=text)
    match completion.kind:
        case CompletionKind.CONTINUATION:
            return answers.Found(as_is, f"{problem.prompt}\n{text}")
        case CompletionKind.SOLUTION:
            return answers.Found(as_is, text)
        case CompletionKind.ANSWER:
            return answers.find(text, problem, language(problem.language))
        case _:
            assert_never(completion.kind)


def _with_description(problem: Problem, text: str) -> Problem:
    """State a problem by an explanation of it. Source: gen_stage2_instruction.py."""
    task = msgspec.structs.replace(problem.payload_of(Task), instruction=text)
    return msgspec.structs.replace(problem, payload=task)
