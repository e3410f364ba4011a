"""MBXP: MBPP in several languages, from mxeval.

Source: Athiwaratkun et al. 2023, "Multi-lingual Evaluation of Code Generation Models", and what its authors
published, amazon-science/mxeval: mxeval/execution.py, mxeval/evaluation.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import sealing
from codeeval.benchmarks.common.mxeval import MxevalBased, SealedMxevalBased
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource, LoadedProblems
from codeeval.languages import language
from codeeval.types import (
    Completion,
    CompletionKind,
    Problem,
    Program,
    PromptStyle,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


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

WITH_REFERENCES: Final = ("cpp", "csharp", "java", "javascript", "php", "ruby", "typescript")
"""The languages whose rows have solutions: their programs run here."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    task_id: str
    prompt: str
    entry_point: str
    test: str
    language: str
    canonical_solution: str | None = None


class Mbxp(MxevalBased):
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
            self.grouped(
                Problem(
                    task_id=row.task_id,
                    prompt=row.prompt,
                    entry_point=row.entry_point,
                    reference=row.canonical_solution or "",
                    tests=(row.test,),
                    language=id_,
                )
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
        if problem.language not in WITH_REFERENCES:
            raise UsageError(
                f"mbxp:{problem.language} is prompts only: its programs do not run here",
                f"Use codeeval generate, or one of {', '.join(WITH_REFERENCES)}.",
            )
        if completion.kind is CompletionKind.ANSWER:
            raise UsageError("mbxp is for base models: its protocol has no chat prompt", "Add --style base.")
        return super().program(problem, completion)

    def has_reference(self, problem: Problem) -> bool:
        """Whether the row has a solution."""
        return bool(problem.reference)


class SealedMbxp(SealedMxevalBased, Mbxp):
    """MBXP under the sealed protocol."""
