"""MathQA-Python: word problems to be solved by a function without arguments that returns a number.

Source: Austin et al. 2021, "Program Synthesis with Large Language Models" (arXiv:2108.07732), section 2.2; in
the form of Athiwaratkun et al. 2023, amazon-science/mxeval: mxeval/execution.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.benchmarks.common import python_functions, sealed_calls, sealing
from codeeval.datasets import DatasetRef, load_rows
from codeeval.extraction import Target, extract
from codeeval.interfaces import BenchmarkBase, Cheat, DataSource, LoadedProblems
from codeeval.languages import PYTHON
from codeeval.types import CallsStep, Completion, CompletionKind, Match, Problem, Program, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DATASET: Final = DatasetRef(
    id="mxeval/mathqa-x",
    config="python",
    revision="main",
    sha256={"test": "003966b6e0d86800acbbdee5fe7de52f8508d79eb251690f2d054007166e6d85"},
)
STOP: Final = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
"""Where a base model has left the function; as HumanEval's, for MXEval names none."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    task_id: str
    prompt: str
    canonical_solution: str
    test: str
    entry_point: str


class MathQaPython(BenchmarkBase):
    """MathQA-Python under one set of options.

    Raises:
        UsageError: an option that it does not have.
    """

    folder = Path(__file__).parent
    family = "mathqa-python"
    image = python_functions.IMAGE
    base_sampling = Sampling(max_tokens=1024, stop=STOP)
    chat_sampling = Sampling(max_tokens=1024)
    reference_kind = CompletionKind.CONTINUATION
    protocols = sealing.PROTOCOLS

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, split=self.split, shots="0")

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems."""
        loaded = load_rows(DATASET, "test", source, Row)
        problems = tuple(
            Problem(
                task_id=row.task_id,
                prompt=row.prompt,
                entry_point=row.entry_point,
                reference=row.canonical_solution,
                tests=(row.test,),
            )
            for row in loaded.rows
        )
        if self.protocol == sealing.SEALED:
            problems = python_functions.grouped(problems, self._layout)
        return LoadedProblems(problems=problems, identity=loaded.identity)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble prompt + completion + newline + tests; a whole solution stands in place of the former two.

        Source: mxeval/execution.py, ``check_correctness``.
        """
        target = Target(entry_point=problem.entry_point, fences=PYTHON.fences, head=problem.prompt)
        extraction = extract(completion.text, completion.kind, target)
        match completion.kind:
            case CompletionKind.CONTINUATION:
                solution = problem.prompt + extraction.code
            case CompletionKind.SOLUTION | CompletionKind.ANSWER:
                solution = extraction.code
            case never:
                assert_never(never)
        return python_functions.program(
            problem, completion, extraction, self._layout(problem, solution), self.protocol
        )

    def _layout(self, problem: Problem, solution: str = "") -> python_functions.Layout:
        return python_functions.Layout(solution=solution + "\n", tests=problem.tests[0])

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what sealed calls returned with what the tests expect."""
        return sealed_calls.compare(step, values)

    def has_reference(self, problem: Problem) -> bool:
        """Whether the solution runs: 28 import SciPy, which the image lacks."""
        return "scipy." not in problem.reference

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Continuations of the prompt that solve nothing."""
        return python_functions.cheats(problem, "", CompletionKind.CONTINUATION)
