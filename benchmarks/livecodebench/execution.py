"""LiveCodeBench, code execution: what a function returns, predicted.

Source: lcb_runner/prompts/code_execution.py, lcb_runner/utils/extraction_utils.py,
``extract_execution_code``, lcb_runner/evaluation/compute_code_execution_metrics.py and utils_execute.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import literals, python_functions
from codeeval.benchmarks.common import predictions as found_in
from codeeval.benchmarks.common.literals import NoLiteralError
from codeeval.benchmarks.livecodebench import predictions, releases
from codeeval.benchmarks.livecodebench.predictions import FIXED, OFFICIAL, DatedRow
from codeeval.errors import DataError
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions
from codeeval.prompting import Variables
from codeeval.types import (
    CompletionKind,
    Extraction,
    Oracle,
    Problem,
    ProblemPayload,
    PromptStyle,
    PythonStep,
    Sampling,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import Cheat, DataSource, LoadedProblems
    from codeeval.types import Completion, Grade, Program

DATASET: Final = "livecodebench/execution-v2"
COT: Final = "cot"
REPEATED: Final = "repeats the input"
SOLUTION: Final = "solution.py"
SYSTEM: Final = "You are an expert at Python programming, code execution, test case generation, and fuzzing."
HEADER: Final = """\
from itertools import accumulate, chain, combinations, count, permutations, product, groupby, islice, repeat
from copy import deepcopy
from string import ascii_lowercase
from math import floor, log2, log10, sqrt, comb, gcd, ceil, inf, isqrt
from collections import defaultdict, deque, Counter
from bisect import bisect, bisect_left, bisect_right, insort
from heapq import heappush, heappop, heapify, merge
from functools import reduce, cache, lru_cache
from random import randrange, shuffle
from operator import itemgetter, sub
from re import search as re_search
from os.path import commonprefix
from typing import List, Tuple, Dict, Set, Optional, Union, Any, Callable, Iterable, Iterator, Generator
import copy, string, math, collections, bisect, heapq, functools, random, itertools, operator, re
from math import log, prod
from collections import deque, defaultdict, Counter, OrderedDict
from itertools import accumulate, permutations, combinations, product, groupby, islice, chain, repeat
from itertools import zip_longest, cycle
from functools import lru_cache, reduce, partial
from operator import iand
import sys
"""
"""``BASE_IMPORTS``, less numpy and pandas, which take longer to import than any of the functions."""
NUMPY: Final = "import numpy as np\n"
_CONSTANTS: Final = ("None", "True", "False", "0", "1", "-1", "''", "[]", "{}", "()")


class Row(DatedRow, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    id: str
    code: str
    input: str
    output: str


class Asked(ProblemPayload, frozen=True, kw_only=True):
    """A call, and what it returns, both as source text."""

    input: str
    output: str


class Execution(BenchmarkBase):
    """Code execution under one set of options.

    Raises:
        UnknownName: a variant or protocol that it does not have.
    """

    family = "livecodebench-execution"
    folder = Path(__file__).parent
    variants = (COT,)
    protocols = (OFFICIAL, FIXED)
    dated = True
    image = python_functions.IMAGE
    base_sampling = chat_sampling = Sampling(temperature=0.2, top_p=0.95, max_tokens=2000, stop=("###",))

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self.cot = options.variant == COT
        self._window = releases.window(options.from_date, options.to_date)

    @property
    def shot_counts(self) -> Sequence[int]:
        """How many worked examples the prompt shows."""
        return (1 if self.options.variant == COT else 2,)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(
            protocol=self.protocol,
            window=self._window.text,
            shots=str(self.shots),
            prompt=COT if self.cot else "direct",
        )

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems.

        Raises:
            DataError: the dataset cannot be read, a row is malformed, or its output is no literal.
        """
        return predictions.load(DATASET, Row, self._window, source, self._problem)

    def _problem(self, row: Row, place: str) -> Problem:
        try:
            literals.read(row.output)
        except NoLiteralError as error:
            raise DataError(f"{place}: the output: {error}", "Fetch the dataset again.") from error
        return Problem(
            task_id=f"{self.family}/{row.id}",
            prompt=row.code,
            entry_point=row.input.partition("(")[0],
            reference=row.output,
            tests=(),
            groups=(row.difficulty.lower(), row.contest_date[:7]),
            payload=Asked(input=row.input, output=row.output),
        )

    @property
    def template_name(self) -> str:
        """One for each of the two prompts, whatever the style."""
        return "execution-cot" if self.cot else "execution"

    def variables(self, problem: Problem) -> Variables:
        """Return the function, the assertion to complete, and what chat models are told."""
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            tests=(f"assert {problem.payload_of(Asked).input} == ??",),
            system=SYSTEM if self.options.style is PromptStyle.CHAT else "",
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make what decides on the prediction: the published program, or under ``fixed`` its value."""
        asked = problem.payload_of(Asked)
        if self.protocol == FIXED:
            extraction = found_in.output(completion)
            return predictions.graded(
                predictions.program(problem, completion, extraction, asked.output), asked.output
            )
        extraction = prediction(completion, cot=self.cot)
        made = predictions.program(problem, completion, extraction, asked.output)
        if asked.input in extraction.code:
            return predictions.graded(made, asked.output, REPEATED)
        if extraction.rule == NO_CODE_RULE:
            return made
        assertion = f"assert {asked.output} == {extraction.code}"
        header = HEADER + (NUMPY if "np." in problem.prompt + extraction.code else "")
        return msgspec.structs.replace(
            made,
            files=(SourceFile(path=SOLUTION, content=f"{header}\n{problem.prompt}\n{assertion}\n"),),
            steps=(PythonStep(name="run", files=(SOLUTION,), limits=python_functions.LIMITS),),
            oracle=Oracle.COMPLETED,
        )

    def grade(self, program: Program) -> Grade:
        """Compare a predicted literal with what the call returns."""
        return predictions.grade(program)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Predictions that know nothing of the function; under ``official`` those that it refuses."""
        asked = problem.payload_of(Asked)
        expected = literals.read(asked.output)
        texts = [("exit", "__import__('os')._exit(0)"), ("gap", "??"), ("the call itself", asked.input)]
        texts += [
            (f"constant {text}", text)
            for text in _CONSTANTS
            if not literals.same(literals.read(text), expected)
        ]
        if self.protocol == FIXED:
            texts += [("or True", "None or True"), ("message", "None, 'text'")]
        return [self.cheat(problem, name, text) for name, text in texts]


def prediction(completion: Completion, *, cot: bool) -> Extraction:
    """Find the value that is predicted, as it is written.

    With a chain of thought what follows the first ``[ANSWER]`` up to the second; of that what stands between
    the first ``==`` and the second; of that what stands before ``[/ANSWER]``, else the first line.

    Source: lcb_runner/utils/extraction_utils.py, ``extract_execution_code``.
    """
    text = encodable(completion.text)
    if completion.kind is CompletionKind.SOLUTION:
        return Extraction(rule=found_in.AS_IS, code=text) if text.strip() else Extraction(rule=NO_CODE_RULE)
    rule = "line"
    if cot and found_in.OPEN in text:
        text, rule = text.split(found_in.OPEN)[1].strip(), "answer"
    if "==" in text:
        text, rule = text.split("==")[1].strip(), "equals"
    text = text.split(found_in.CLOSE)[0] if found_in.CLOSE in text else text.split("\n")[0]
    return Extraction(rule=rule, code=text.strip()) if text.strip() else Extraction(rule=NO_CODE_RULE)
