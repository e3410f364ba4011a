"""MBXP: MBPP in several languages, from mxeval.

Source: Athiwaratkun et al. 2023, "Multi-lingual Evaluation of Code Generation Models", and what its authors
published, amazon-science/mxeval: mxeval/execution.py, mxeval/evaluation.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import any_language, language_cheats, sealed_programs, sealing
from codeeval.benchmarks.common.mxeval_frames import ENDS, WITH_REFERENCES, framed
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import UsageError
from codeeval.extraction import encodable
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.languages import language
from codeeval.types import (
    Case,
    Completion,
    CompletionKind,
    Extraction,
    Match,
    Problem,
    Program,
    PromptStyle,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.types import Execution

HASHES: Final = {
    "cpp": "34449376086ee941259a74a505ec245f0cb34048a35f82bb666003936eb23153",
    "csharp": "aefab2ec54f2899e3a204ce6a6b3ea69c0d31d963f4f52a33053b2e00b809936",
    "go": "293c22d15c835285bfda191edc96e37120fb877219ba900ffdc89e2c3e6fd6ed",
    "java": "d67cdc63d0e9af0974b39959240e27fae24cff4fc9a77f55a55dba363dfe55e5",
    "javascript": "be0076398c9f4ec1325468b46244719f27c5a854054cdc4db5d3ec55584afc63",
    "perl": "658a85650642fe06305d8327299cd2cf617f6b947007b0e4eb936fe2b5ff2418",
    "php": "f2ceec53e0211b5026f0fde90cc0ada7eb6740ea63f437b4d1f6cb174bb4e625",
    "ruby": "f88557f4fa5333aeba1214db255911f26e581c64f9d312a9e7550a2502d6283c",
    "scala": "6adb9a75679739fe90c4a905669471b68b359ca304d104e764f70cb7fe902da4",
    "swift": "b3957504bbdc7366975d08d3ba2c7d81f50083bb64afb957dc487030a7289a7d",
    "typescript": "fe5c5a780810ac43d76bd3dd51754eb99739f8927af20792346004d418a52402",
}
"""Content hash of each language's rows."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    task_id: str
    prompt: str
    entry_point: str
    test: str
    language: str
    canonical_solution: str | None = None


class Mbxp(BenchmarkBase):
    """MBXP in one language.

    Raises:
        UsageError: an option that MBXP does not have.
        UnknownName: a language that it does not have.
    """

    family = "mbxp"
    folder = Path(__file__).parent
    variants = tuple(HASHES)
    base_sampling = chat_sampling = Sampling(max_tokens=1024)
    """Greedy; the rows name no stop sequences."""
    reference_kind = CompletionKind.CONTINUATION
    protocols = sealing.PROTOCOLS

    def __new__(cls, options: BenchmarkOptions) -> Mbxp:  # noqa: PYI034 -- sealed, it is a subclass's
        """Make what the protocol needs: sealed, programs of their own give the expected values."""
        made: type[Mbxp] = SealedMbxp if options.protocol == sealing.SEALED else cls
        return super().__new__(made)

    def __init__(self, options: BenchmarkOptions) -> None:
        if not options.variant:
            raise UsageError("mbxp: which language?", f"Write mbxp:cpp, or one of {', '.join(HASHES)}.")
        super().__init__(options)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, split=self.split)

    @property
    def image(self) -> str:
        """The image that its programs run in."""
        return language(self.options.variant).image

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems of the language."""
        id_ = self.options.variant
        ref = DatasetRef(id="mxeval/mbxp", config=id_, revision="main", sha256={"test": HASHES[id_]})
        loaded = load_rows(ref, "test", source, Row)
        problems = tuple(
            Problem(
                task_id=row.task_id,
                prompt=row.prompt,
                entry_point=row.entry_point,
                reference=row.canonical_solution or "",
                tests=(row.test,),
                language=id_,
            )
            for row in loaded.rows
        )
        return LoadedProblems(problems=problems, identity=loaded.identity)

    @property
    def template_name(self) -> str:
        """The only one.

        Raises:
            UsageError: the style is chat.
        """
        if self.options.style is PromptStyle.CHAT:
            raise UsageError("mbxp is for base models: its protocol has no chat prompt", "Add --style base.")
        return "base"

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble prompt + completion + tests; a solution stands in place of prompt + completion.

        Source: mxeval/execution.py, ``check_correctness_helper``.

        Raises:
            UsageError: a language whose rows are prompts only here, or an answer of chat style.
        """
        found = framed(problem.language)
        if found is None:
            raise UsageError(
                f"mbxp:{problem.language} is prompts only: its programs do not run here",
                f"Use codeeval generate, or one of {', '.join(WITH_REFERENCES)}.",
            )
        if completion.kind is CompletionKind.ANSWER:
            raise UsageError("mbxp is for base models: its protocol has no chat prompt", "Add --style base.")
        extraction = Extraction(rule="as-is", code=encodable(completion.text))
        entry, steps = found
        solution = _solution(problem, completion)
        return any_language.program(problem, completion, entry, extraction, solution, steps=steps)

    def has_reference(self, problem: Problem) -> bool:
        """Whether the row has a solution."""
        return bool(problem.reference)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Continuations of the prompt that solve nothing, and those that defeat the published tests."""
        stubs = language_cheats.cheats(problem, ENDS.get(problem.language, ""))
        return (*stubs, *sealed_programs.cheats(problem, self.family))


def _solution(problem: Problem, completion: Completion) -> str:
    """Return what stands before the tests: a solution, or the prompt and what continues it."""
    text = encodable(completion.text)
    return text if completion.kind is CompletionKind.SOLUTION else problem.prompt + text


class SealedMbxp(Mbxp):
    """MBXP under the sealed protocol: candidates and expected values in programs of their own."""

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems, in groups: those that are sealed, and those left to the official protocol."""
        loaded = super().load(source)
        problems = sealed_programs.grouped(tuple(loaded.problems), self.family)
        return msgspec.structs.replace(loaded, problems=problems)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble the solution and a driver that prints what the tests' calls return."""
        official = super().program(problem, completion)
        entry, _ = framed(problem.language) or (None, ())
        return sealed_programs.sealed(official, problem, _solution(problem, completion), self.family, entry)

    def compare_output(self, case: Case, output: str) -> Match:
        """Compare what sealed calls returned with what the tests expect."""
        return sealed_programs.compare(case, output)

    def expected_outputs_program(self, problem: Problem) -> Program:
        """Make the program that prints what the tests expect; without steps where nothing is sealed."""
        entry, steps = framed(problem.language) or (None, ())
        end = ENDS.get(problem.language, "")
        return sealed_programs.expected_outputs_program(problem, self.family, entry, steps, end)

    def with_expected_outputs(self, problem: Problem, execution: Execution) -> Problem:
        """Return the problem with what its tests expect.

        Raises:
            DataError: the program that prints it ran out of time.
        """
        return sealed_programs.with_expected_outputs(problem, execution, self.family)
