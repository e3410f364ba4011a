"""APPS, and TACO in its form: problems in Python, decided by standard input or by calls of a function.

Source: Hendrycks et al. 2021, "Measuring Coding Challenge Competence With APPS" (arXiv:2105.09938), and
hendrycks/apps: eval/; Li et al. 2023, "TACO" (arXiv:2312.14852).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from codeeval.benchmarks.apps import comparing, rows, wrapping
from codeeval.benchmarks.apps.rows import Recorded
from codeeval.benchmarks.common import case_programs
from codeeval.benchmarks.common.case_programs import Solution
from codeeval.extraction import NO_CODE_RULE, Target, extract
from codeeval.interfaces import BenchmarkBase, LabelledSolution, LoadedProblems, Scoring
from codeeval.languages import PYTHON
from codeeval.prompting import Variables
from codeeval.types import (
    COMPARED_BYTES,
    CallsStep,
    Case,
    Comparison,
    Completion,
    CompletionKind,
    CompletionOrigin,
    Limits,
    Oracle,
    Outcome,
    Problem,
    Program,
    Sampling,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import Cheat, DataSource
    from codeeval.types import Extraction, Match

OFFICIAL, FIXED = "official", "fixed"
AVERAGE: Final = "test_case_average"
"""Source: eval/test_one_solution.py, ``print_results``."""
LEVELS: Final = ("introductory", "interview", "competition")
CASE_CPU_S: Final = 4.0
"""Of a case. Source: eval/testing_util.py, ``timeout``, there of wall time."""
TOTAL_CPU_S: Final = 11.0
"""Of all cases. Source: eval/test_one_solution.py, 10 s and one more; past it every case has failed."""
WALL_S: Final = 30.0
MEMORY_BYTES: Final = 1 << 30
TOLERANCE: Final = 1e-5
STDIN_FORM, CALL_FORM = "Use Standard Input format", "Use Call-Based format"
"""Source: eval/generate_gpt_codes.py."""
IMPORTS: Final = """\
import sys
import time
import itertools
from itertools import accumulate, product, permutations, combinations
import collections
from collections import Counter, OrderedDict, deque, defaultdict, ChainMap
from functools import lru_cache
import math
from math import sqrt, sin, cos, tan, ceil, fabs, floor, gcd, exp, log, log2
import fractions
from typing import List, Tuple
try:
    import numpy as np
except ImportError:
    pass
import random
import heapq
from heapq import *
"""
"""Stand before every solution. Source: eval/testing_util.py, ``run_test``."""


class Apps(BenchmarkBase):
    """APPS' problems of one level, or of all.

    Raises:
        UnknownName: a level that there is not.
    """

    family = "apps"
    folder = Path(__file__).parent
    variants: ClassVar[tuple[str, ...] | None] = LEVELS
    splits = ("test", "train")
    protocols = (OFFICIAL, FIXED)
    base_sampling = chat_sampling = Sampling(max_tokens=1024)
    scoring = Scoring(share=AVERAGE)
    dataset: ClassVar[str] = rows.APPS

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, level=self.options.variant or "all")

    @property
    def image(self) -> str:
        """Python's."""
        return PYTHON.image

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems; each level is a group.

        Raises:
            DataError: the dataset cannot be read, its rows have no tests, or no problem has this level.
        """
        level = self.options.variant
        files = rows.files_of(self.dataset, self.split, source)
        return rows.load(
            self.family,
            self.dataset,
            files,
            split=self.split,
            source=source,
            chosen=lambda each: not level or each == level,
        )

    def variables(self, problem: Problem) -> Variables:
        """Return the statement, the starter code, and the form that is asked for."""
        recorded = problem.payload_of(Recorded)
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=recorded.function,
            head=recorded.starter,
            form=CALL_FORM if recorded.function else STDIN_FORM,
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that runs once for each case, or calls a function with each input.

        Raises:
            DataError: the problem's tests are malformed.
        """
        recorded = problem.payload_of(Recorded)
        target = Target(entry_point="", fences=PYTHON.fences, tests=recorded.function)
        found = extract(completion.text, completion.kind, target)
        if found.rule != NO_CODE_RULE:
            code = found.code.rstrip()
            if not recorded.function and self.protocol == OFFICIAL:
                code = wrapping.wrapped(code)
            found = msgspec.structs.replace(found, code=f"{IMPORTS}\n{code}\n")
        return (
            self._of_calls(problem, completion, found, recorded.function)
            if recorded.function
            else self._of_cases(problem, completion, found)
        )

    def _of_cases(self, problem: Problem, completion: Completion, found: Extraction) -> Program:
        official = self.protocol == OFFICIAL
        cases = rows.cases_of(problem)
        longest = max(len(case.expected) for case in cases)
        program = case_programs.make(
            problem,
            completion,
            Solution(PYTHON, found),
            cases,
            limits=Limits(
                cpu_s=CASE_CPU_S,
                wall_s=WALL_S,
                memory_bytes=MEMORY_BYTES,
                output_bytes=max(COMPARED_BYTES, 8 * longest),
            ),
            comparison=Comparison(name=comparing.NAME)
            if official
            else Comparison(name="floats", tolerance=TOLERANCE),
            stop_at_failure=False,
        )
        return msgspec.structs.replace(
            program, total_cpu_s=TOTAL_CPU_S if official else 0.0, averaged=bool(program.cases)
        )

    def _of_calls(
        self, problem: Problem, completion: Completion, found: Extraction, function: str
    ) -> Program:
        calls = rows.calls_of(problem)
        code = found.rule != NO_CODE_RULE
        source = wrapping.calling(found.code, function, calls.number)
        total_s = TOTAL_CPU_S if self.protocol == OFFICIAL else CASE_CPU_S * (calls.number + 1)
        step = CallsStep(
            name="run",
            limits=Limits(cpu_s=total_s, wall_s=max(WALL_S, 3 * total_s), memory_bytes=MEMORY_BYTES),
            program="solution.py",
            inputs="inputs.json",
            entry_point=wrapping.CALLED,
            call_cpu_s=(CASE_CPU_S,),
            expected=calls.expected,
        )
        files = {"solution.py": source, "inputs.json": calls.inputs}
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=PYTHON.id,
            image=PYTHON.image,
            extraction=found,
            solution=found.code if code else "",
            files=tuple(SourceFile(path=path, content=text) for path, text in files.items()) if code else (),
            steps=(step,) if code else (),
            oracle=Oracle.VALUES,
        )

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what calls returned as the authors' tester does."""
        return comparing.same_results(step, values)

    def compare_output(self, case: Case, output: str) -> Match:
        """Compare what a case printed as the authors' tester does."""
        return comparing.compare(output, case.expected)

    def has_reference(self, problem: Problem) -> bool:
        """Whether the row has a solution."""
        return problem.payload_of(Recorded).solved

    def reference(self, problem: Problem) -> Completion:
        """The row's first solution."""
        return _own(problem.task_id, next(iter(rows.solutions_of(problem)), ""))

    def labelled_solutions(self, problem: Problem) -> Sequence[LabelledSolution]:
        """The row's solutions, which were accepted where they were handed in."""
        return tuple(
            LabelledSolution(
                name=f"solutions[{number}]",
                completion=_own(problem.task_id, text),
                outcomes=(Outcome.PASSED,),
            )
            for number, text in enumerate(rows.solutions_of(problem))
        )

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Programs that solve nothing."""
        recorded = problem.payload_of(Recorded)
        if not recorded.function:
            echo = "import sys\nprint(sys.stdin.read())\n"
            return [self.cheat(problem, "empty-program", "pass\n"), self.cheat(problem, "echo", echo)]
        head = f"def {recorded.function}(*args, **kwargs):\n    "
        equal = "class Same(list):\n    def __eq__(self, other): return True\n    __hash__ = None\n"
        return [
            self.cheat(problem, "returns-nothing", f"{head}pass\n"),
            self.cheat(problem, "always-equal", f"{equal}{head}return Same()\n"),
            self.cheat(problem, "exit", f"{head}import os; os._exit(0)\n"),
        ]


class Taco(Apps):
    """TACO's problems. Rows without tests, as its authors publish them for generation, cannot be judged."""

    family = "taco"
    variants = None
    dataset = rows.TACO


def _own(task_id: str, text: str) -> Completion:
    return Completion(
        task_id=task_id,
        sample=0,
        text=text,
        kind=CompletionKind.SOLUTION,
        origin=CompletionOrigin.REFERENCE,
    )
