"""APPS, and TACO in its form: problems in Python, decided by standard input or by calls of a function.

Source: Hendrycks et al. 2021, "Measuring Coding Challenge Competence With APPS" (arXiv:2105.09938), and
hendrycks/apps: eval/; Li et al. 2023, "TACO" (arXiv:2312.14852).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec

from codeeval.benchmarks.apps import comparing, wrapping
from codeeval.benchmarks.common import case_programs
from codeeval.benchmarks.common.call_values import spell_inputs
from codeeval.benchmarks.common.case_programs import Solution
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import DataError
from codeeval.extraction import NO_CODE_RULE, Target, extract
from codeeval.interfaces import BenchmarkBase, LabelledSolution, LoadedProblems
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
    ProblemPayload,
    Program,
    Sampling,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import Cheat, DataSource
    from codeeval.types import Extraction, Match

OFFICIAL, FIXED = "official", "fixed"
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
CALLED: Final = "codeeval_called"
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


class AppsRow(msgspec.Struct, frozen=True):
    """A row of APPS."""

    problem_id: int
    question: str
    input_output: str
    difficulty: str
    solutions: str = ""
    starter_code: str = ""


class TacoRow(msgspec.Struct, frozen=True):
    """A row of TACO; those without tests have been published as well."""

    question: str
    input_output: str | None = None
    difficulty: str = ""
    solutions: str = ""
    starter_code: str | None = None


class Tests(msgspec.Struct, frozen=True):
    """``input_output``: pairs of inputs and outputs, of a function where one is named."""

    # Any: JSON of any kind
    inputs: list[Any]
    # Any: as above
    outputs: list[Any]
    fn_name: str | None = None


class Recorded(ProblemPayload, frozen=True, kw_only=True):
    """What decides on a solution, and solutions whose verdict is known."""

    function: str
    """What is called; empty where programs read standard input."""
    cases: tuple[Case, ...]
    inputs: str
    """Of calls, as the sandbox reads them."""
    expected: str
    calls: int
    starter: str
    solutions: tuple[str, ...]


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
    ref: ClassVar = DatasetRef(
        id="codeparrot/apps",
        config="all",
        revision="21e74ddf8de1a21436da12e3e653065c5213e9d1",
        sha256={"test": "", "train": ""},
        url="https://huggingface.co/datasets/codeparrot/apps/resolve/{revision}/{split}.jsonl",
        files=("codeparrot/apps/{split}.jsonl",),
    )

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
            DataError: the dataset cannot be read, a row's tests are malformed, or no problem has this level.
        """
        found = load_rows(self.ref, self.split, source, AppsRow)
        problems = tuple(
            self._problem(
                f"{self.family}/{row.problem_id}", row.question, row.input_output, row.starter_code, row
            )
            for row in found.rows
        )
        return self._of_level(LoadedProblems(problems=problems, identity=found.identity))

    def _of_level(self, loaded: LoadedProblems) -> LoadedProblems:
        level = self.options.variant
        chosen = tuple(each for each in loaded.problems if not level or level in each.groups)
        if not chosen:
            raise DataError(f"split {self.split} has no problem of level {level}", "Omit the level.")
        return LoadedProblems(problems=chosen, identity=loaded.identity)

    def _problem(
        self, task_id: str, question: str, tests: str, starter: str, row: AppsRow | TacoRow
    ) -> Problem:
        recorded = _tests(tests, task_id)
        return Problem(
            task_id=task_id,
            prompt=question,
            entry_point="",
            reference="",
            tests=(),
            groups=(row.difficulty.lower(),) if row.difficulty else (),
            payload=Recorded(
                function=recorded.fn_name or "",
                cases=() if recorded.fn_name else tuple(_cases(recorded)),
                inputs=spell_inputs(map(_arguments, recorded.inputs)) if recorded.fn_name else "",
                expected=spell_inputs([each] for each in recorded.outputs) if recorded.fn_name else "",
                calls=len(recorded.inputs),
                starter=starter,
                solutions=_solutions(row.solutions),
            ),
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
        """Make the program that runs once for each case, or calls a function with each input."""
        recorded = problem.payload_of(Recorded)
        target = Target(entry_point="", fences=PYTHON.fences, tests=recorded.function)
        found = extract(completion.text, completion.kind, target)
        if found.rule != NO_CODE_RULE:
            code = found.code.rstrip()
            if not recorded.function and self.protocol == OFFICIAL:
                code = wrapping.wrapped(code)
            found = msgspec.structs.replace(found, code=f"{IMPORTS}\n{code}\n")
        return (
            self._of_calls(problem, completion, found, recorded)
            if recorded.function
            else self._of_cases(problem, completion, found, recorded)
        )

    def _of_cases(
        self, problem: Problem, completion: Completion, found: Extraction, recorded: Recorded
    ) -> Program:
        official = self.protocol == OFFICIAL
        longest = max(len(case.expected) for case in recorded.cases)
        program = case_programs.make(
            problem,
            completion,
            Solution(PYTHON, found),
            recorded.cases,
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
        return msgspec.structs.replace(program, total_cpu_s=TOTAL_CPU_S if official else 0.0)

    def _of_calls(
        self, problem: Problem, completion: Completion, found: Extraction, recorded: Recorded
    ) -> Program:
        code = found.rule != NO_CODE_RULE
        owner = "Solution()." if "class Solution" in found.code else ""
        source = f"{found.code}\n{CALLED} = {owner}{recorded.function}\n"
        total_s = TOTAL_CPU_S if self.protocol == OFFICIAL else CASE_CPU_S * (recorded.calls + 1)
        step = CallsStep(
            name="run",
            limits=Limits(cpu_s=total_s, wall_s=max(WALL_S, 3 * total_s), memory_bytes=MEMORY_BYTES),
            program="solution.py",
            inputs="inputs.json",
            entry_point=CALLED,
            call_cpu_s=(CASE_CPU_S,),
            expected=recorded.expected,
        )
        files = {"solution.py": source, "inputs.json": recorded.inputs}
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
        return bool(problem.payload_of(Recorded).solutions)

    def reference(self, problem: Problem) -> Completion:
        """The row's first solution."""
        return _own(problem.task_id, next(iter(problem.payload_of(Recorded).solutions), ""))

    def labelled_solutions(self, problem: Problem) -> Sequence[LabelledSolution]:
        """The row's solutions, which were accepted where they were handed in."""
        return tuple(
            LabelledSolution(
                name=f"solutions[{number}]",
                completion=_own(problem.task_id, text),
                outcomes=(Outcome.PASSED,),
            )
            for number, text in enumerate(problem.payload_of(Recorded).solutions)
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
    ref = DatasetRef(id="BAAI/TACO", config="ALL", revision="main", sha256={"test": "", "train": ""})

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems; each difficulty is a group.

        Raises:
            DataError: the dataset cannot be read, or its rows have no tests.
        """
        found = load_rows(self.ref, self.split, source, TacoRow)
        without = sum(not row.input_output for row in found.rows)
        if without:
            raise DataError(
                f"{self.ref.id} ({self.split}): {without} of {len(found.rows)} rows are prompts without "
                "tests, so nothing can decide on solutions",
                f"Fetch the whole dataset: hf download {self.ref.id} --repo-type dataset",
            )
        problems = tuple(
            self._problem(
                f"{self.family}/{number}",
                row.question,
                row.input_output or "",
                row.starter_code or "",
                row,
            )
            for number, row in enumerate(found.rows)
        )
        return LoadedProblems(problems=problems, identity=found.identity)


def _tests(text: str, task_id: str) -> Tests:
    """Read ``input_output``.

    Raises:
        DataError: it is no JSON of that form, or has no tests, or inputs without outputs.
    """
    try:
        found = msgspec.convert(json.loads(text or "{}"), Tests)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{task_id}: input_output: {error}", "Fetch the dataset again.") from error
    if not found.inputs or len(found.inputs) != len(found.outputs):
        raise DataError(
            f"{task_id}: {len(found.inputs)} inputs and {len(found.outputs)} expected outputs",
            "Fetch the dataset again.",
        )
    return found


def _cases(tests: Tests) -> list[Case]:
    """Return cases; a list stands for its lines, as officially."""
    return [
        Case(stdin=_text(stdin), expected=_text(expected))
        for stdin, expected in zip(tests.inputs, tests.outputs, strict=True)
    ]


# Any: JSON of any kind
def _text(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


# Any: as above
def _arguments(inputs: Any) -> list[Any]:
    """Return the arguments of a call; JSON's keys of a dict that comes first were numbers."""
    arguments = list(inputs) if isinstance(inputs, list) else [inputs]
    if arguments and isinstance(arguments[0], dict):
        try:
            return [{int(key): value for key, value in arguments[0].items()}]
        except ValueError:
            return arguments
    return arguments


def _solutions(text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return ()
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _own(task_id: str, text: str) -> Completion:
    return Completion(
        task_id=task_id,
        sample=0,
        text=text,
        kind=CompletionKind.SOLUTION,
        origin=CompletionOrigin.REFERENCE,
    )
