"""LeetCode: methods of a class ``Solution``, decided by assertions on what they return.

Source: ``dataset``: newfacade/LeetCodeDataset (arXiv:2504.14655); ``contest``: deepseek-ai/DeepSeek-Coder,
Evaluation/LeetCode (arXiv:2401.14196).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import python_functions
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import DataError
from codeeval.extraction import NO_CODE_RULE, Target, extract
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, LoadedProblems
from codeeval.languages import PYTHON
from codeeval.prompting import Variables
from codeeval.types import Problem, ProblemPayload, PromptStyle, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import Cheat, DataSource
    from codeeval.types import Completion, Program, Prompt

DATASET, CONTEST = "dataset", "contest"
REFS: Final[Mapping[str, DatasetRef]] = {
    DATASET: DatasetRef(
        id="newfacade/LeetCodeDataset", config="default", revision="main", sha256={"test": ""}
    ),
    CONTEST: DatasetRef(
        id="deepseek-ai/DeepSeek-Coder",
        config="default",
        revision="main",
        sha256={"test": ""},
        url="https://raw.githubusercontent.com/deepseek-ai/DeepSeek-Coder/main/Evaluation/LeetCode/data/"
        "20240121-Jul.jsonl",
        files=("leetcode/20240121-Jul.jsonl",),
    ),
}
QUERY: Final = (
    "Please solve the programming task below using a self-contained code snippet in a markdown code block."
)
"""Source: the dataset's column ``query``, whose rest is the task."""
FENCE: Final = "\n```"
CALLED: Final = "codeeval_solution"
"""The name under which tests call the method: what it returns is guarded against forged equality."""
IMPORTS: Final = """\
import math
import re
import sys
import copy
import datetime
import itertools
import collections
import heapq
import functools
import hashlib
import string
from typing import *
from collections import *
try:
    import numpy
    import numpy as np
except ImportError:
    pass
"""
"""Source: DeepSeek-Coder, Evaluation/LeetCode, ``IMPORT_HELPER``; numpy only where there is one."""
_METHOD: Final = re.compile(r"class Solution.*?\n\s+def (\w+)\(", re.DOTALL)


class DatasetRow(msgspec.Struct, frozen=True):
    """A row of LeetCodeDataset."""

    task_id: str
    prompt: str
    entry_point: str
    test: str
    completion: str = ""
    src: str | None = None
    query: str | None = None
    meta: str = "{}"


class ContestRow(msgspec.Struct, frozen=True):
    """A row of DeepSeek-Coder's contests."""

    task_id: str
    prompt: str
    prompt_sft: str
    test: str
    meta: str = "{}"


class Meta(msgspec.Struct, frozen=True):
    """What of ``meta`` is used."""

    difficulty: str = ""


class Method(ProblemPayload, frozen=True, kw_only=True):
    """What is called, and what stands before every solution."""

    name: str
    imports: str
    head: str
    """Of a chat prompt."""
    base: str
    """The prompt of a base model."""


class LeetCode(BenchmarkBase):
    """The problems of one of the two collections.

    Raises:
        UnknownName: a variant that there is not.
    """

    family = "leetcode"
    folder = Path(__file__).parent
    variants = (DATASET, CONTEST)
    splits = ("test",)
    base_sampling = chat_sampling = Sampling(max_tokens=2048)
    """Greedy, as DeepSeek-Coder's evaluation."""

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self._variant = options.variant or DATASET
        self.name = f"{self.family}:{self._variant}"

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol)

    @property
    def image(self) -> str:
        """Python's."""
        return PYTHON.image

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems; each difficulty is a group.

        Raises:
            DataError: the dataset cannot be read, or a test calls another method than its task is about.
        """
        ref = REFS[self._variant]
        if self._variant == DATASET:
            found = load_rows(ref, self.split, source, DatasetRow)
            problems = tuple(map(_of_dataset, found.rows))
            return LoadedProblems(problems=problems, identity=found.identity)
        rows = load_rows(_mirrored(ref, source), self.split, source, ContestRow)
        return LoadedProblems(problems=tuple(map(_of_contest, rows.rows)), identity=rows.identity)

    def variables(self, problem: Problem) -> Variables:
        """Return the task."""
        method = problem.payload_of(Method)
        chat = self.options.style is PromptStyle.CHAT
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt if chat else method.base,
            entry_point=method.name,
            head=method.head if chat else "",
        )

    def prompt(self, problem: Problem) -> Prompt:
        """Render the prompt; a base model stops where it closes the fence."""
        stop = (FENCE,) if self.options.style is PromptStyle.BASE else ()
        return self.template.render(self.variables(problem), self.options.style, stop)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program: imports, the solution, the tests on one instance of its class."""
        method = problem.payload_of(Method)
        target = Target(entry_point="", fences=PYTHON.fences, tests=f"Solution().{method.name}")
        found = extract(completion.text, completion.kind, target)
        called = (
            f"\n_codeeval_instance = Solution()\n\n\ndef {CALLED}(*args, **kwargs):\n"
            f"    return _codeeval_instance.{method.name}(*args, **kwargs)\n"
        )
        code = found.code.split(FENCE)[0] if found.rule != NO_CODE_RULE else ""
        layout = python_functions.Layout(
            solution=f"{method.imports}\n{code}\n{called}", tests=problem.tests[0]
        )
        return python_functions.program(problem, completion, found, layout)

    def has_reference(self, problem: Problem) -> bool:
        """Whether the row has a solution: the contests have none."""
        return bool(problem.reference)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Classes whose method does none of the work."""
        method = problem.payload_of(Method).name
        heading = f"class Solution:\n  def {method}(self, *args, **kwargs):\n"
        return [
            msgspec.structs.replace(
                each, completion=msgspec.structs.replace(each.completion, text=_indented(each, heading))
            )
            for each in python_functions.cheats(problem, "", self.reference_kind)
        ]


def _indented(cheat: Cheat, heading: str) -> str:
    """Put a function's body under a method's head; what stands behind the body stays at the top level."""
    body, _, rest = cheat.completion.text.partition("\n\n")
    return f"{heading}{body}\n\n{rest}"


def _mirrored(ref: DatasetRef, source: DataSource) -> DatasetRef:
    """Return where the contests are below a data root, if they are there."""
    place = f"{ref.id}/LeetCode-Contest"
    if source.root and (source.root / "_github" / place).is_dir():
        return msgspec.structs.replace(ref, id=place)
    return ref


def _of_dataset(row: DatasetRow) -> Problem:
    name = row.entry_point.rpartition(".")[2]
    task = row.src or (row.query or "").removeprefix(QUERY).strip()
    if not task:
        raise DataError(f"LeetCodeDataset: {row.task_id} has no statement", "Fetch the dataset again.")
    return Problem(
        task_id=row.task_id,
        prompt=task,
        entry_point=CALLED,
        reference=row.completion,
        tests=(f"{row.test.rstrip()}\n\ncheck({CALLED})\n",),
        groups=_groups(row.meta),
        payload=Method(name=name, imports=row.prompt, head=QUERY, base=f"{QUERY}\n\n{task}"),
    )


def _of_contest(row: ContestRow) -> Problem:
    found = _METHOD.search(row.prompt)
    if found is None or f".{found[1]}(" not in row.test:
        raise DataError(
            f"LeetCode contests: {row.task_id}: its tests call another method than its prompt defines",
            "Fetch the dataset again.",
        )
    guarded = (
        f"class Solution:\n    def {found[1]}(self, *args, **kwargs):\n"
        f"        return {CALLED}(*args, **kwargs)\n"
    )
    return Problem(
        task_id=row.task_id,
        prompt=row.prompt_sft,
        entry_point=CALLED,
        reference="",
        tests=(f"{guarded}\n{row.test.strip()}\n",),
        groups=_groups(row.meta),
        payload=Method(name=found[1], imports=IMPORTS, head="", base=row.prompt_sft),
    )


def _groups(meta: str) -> tuple[str, ...]:
    try:
        difficulty = msgspec.json.decode(meta, type=Meta).difficulty.lower().replace("meidum", "medium")
    except msgspec.DecodeError:
        return ()
    return (difficulty,) if difficulty else ()
