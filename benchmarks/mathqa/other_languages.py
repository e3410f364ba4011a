"""MathQA in Java and JavaScript, as mxeval has translated MathQA-Python.

Source: Athiwaratkun et al. 2023 (arXiv:2210.14868), amazon-science/mxeval: mxeval/execution.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, assert_never

import msgspec

from codeeval.benchmarks.common import answers, any_language, frames, language_cheats, mxeval
from codeeval.benchmarks.mathqa.benchmark import DATASET, Row
from codeeval.benchmarks.mathqa.references import written_in
from codeeval.datasets import load_rows
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.interfaces import BenchmarkBase, Cheat, DataSource, LoadedProblems
from codeeval.languages import language
from codeeval.prompting import Variables
from codeeval.types import Completion, CompletionKind, Extraction, Problem, Program, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HASHES: Final = {
    "java": "cb8e6d22a71a23f1a4c5fbe0acba66f9e798283c610748cb507a8fdbb923e7e9",
    "javascript": "082ea4fa91dad4fdb9a3d9ea5776e7993510192bcb5162b39fceab546381c8a0",
}
"""SHA-256 of each language's rows."""


class UnsolvedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it in these languages, without a solution."""

    task_id: str
    prompt: str
    test: str
    entry_point: str


class MathQaInOtherLanguages(BenchmarkBase):
    """MathQA in one language other than Python."""

    folder = Path(__file__).parent
    language: ClassVar[str]
    base_sampling = chat_sampling = Sampling(max_tokens=1024)
    reference_kind = CompletionKind.CONTINUATION

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, split=self.split, shots="0")

    @property
    def image(self) -> str:
        """The image that its programs run in."""
        return language(self.language).image

    @property
    def template_name(self) -> str:
        """One for each style, for both languages."""
        return "base" if self.options.style.value == "base" else "chat-function"

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems, and the Python solutions for references."""
        solutions = {
            row.task_id: row.canonical_solution for row in load_rows(DATASET, "test", source, Row).rows
        }
        ref = msgspec.structs.replace(DATASET, config=self.language, sha256={"test": HASHES[self.language]})
        loaded = load_rows(ref, "test", source, UnsolvedRow)
        problems = tuple(
            Problem(
                task_id=row.task_id,
                prompt=row.prompt,
                entry_point=row.entry_point,
                reference=written_in(self.language, solutions[row.task_id], row.task_id)
                if row.task_id in solutions
                else "",
                tests=(row.test,),
                language=self.language,
            )
            for row in loaded.rows
        )
        return LoadedProblems(problems=problems, identity=loaded.identity)

    def variables(self, problem: Problem) -> Variables:
        """Return the dataset's prompt and the language."""
        entry = language(problem.language)
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            language=entry.title,
            fence=entry.fences[0],
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble prompt + completion + tests; a solution stands in place of prompt + completion.

        Source: mxeval/execution.py, ``check_correctness_helper``.
        """
        text = encodable(completion.text)
        extraction = Extraction(rule="as-is", code=text) if text.strip() else Extraction(rule=NO_CODE_RULE)
        match completion.kind:
            case CompletionKind.CONTINUATION:
                found = answers.Found(extraction, problem.prompt + text)
            case CompletionKind.SOLUTION:
                found = answers.Found(extraction, text)
            case CompletionKind.ANSWER:
                found = answers.find(text, problem, language(problem.language))
            case never:
                assert_never(never)
        entry, steps = frames.adapted(mxeval.FRAMES[problem.language])
        return any_language.program(
            problem, completion, entry, found.extraction, found.solution + "\n", steps=steps
        )

    def has_reference(self, problem: Problem) -> bool:
        """Whether the dataset has a Python solution of the problem."""
        return bool(problem.reference)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Continuations of the prompt that solve nothing."""
        return language_cheats.cheats(problem, mxeval.FRAMES[problem.language].end)


class MathQaJava(MathQaInOtherLanguages):
    """MathQA in Java."""

    family = "mathqa-java"
    language = "java"


class MathQaJavaScript(MathQaInOtherLanguages):
    """MathQA in JavaScript."""

    family = "mathqa-javascript"
    language = "javascript"
