"""Two forms in which benchmarks have Python problems, each read as a ``PythonSource``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codeeval.interfaces import PythonSource

if TYPE_CHECKING:
    from codeeval.types import Problem


def from_docstring(problem: Problem, tests: str, more_tests: str = "") -> PythonSource:
    """Read a problem whose prompt is a function's head with a docstring (HumanEval)."""
    number = problem.task_id.rpartition("/")[2]
    name = f"HumanEval_{number}_{problem.entry_point}"
    return PythonSource(name, problem.entry_point, problem.prompt, tests, more_tests=more_tests)


def from_sentence(problem: Problem, sentence: str, tests: str, more_tests: str = "") -> PythonSource:
    """Read a problem that a sentence states and whose reference shows the function's head (MBPP).

    Source: the published rows: the sentence stands in a docstring's white space, and ``check``, which is what
    MultiPL-E's own tests are called, is ``checks``.
    """
    number = problem.task_id.rpartition("/")[2]
    name, code = problem.entry_point, problem.reference
    if name == "check":
        name = "checks"
        code, tests, more_tests = (re.sub(r"\bcheck\b", name, text) for text in (code, tests, more_tests))
    return PythonSource(f"mbpp_{number}_{name}", name, code, tests, f"\n\t{sentence}\n\t", more_tests)
