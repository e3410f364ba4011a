"""HumanEval: 164 Python functions to complete from their head and docstring.

Source: Chen et al. 2021, "Evaluating Large Language Models Trained on Code", and the evaluator that the
authors published, openai/human-eval: human_eval/execution.py, human_eval/evaluation.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self

from codeeval.benchmarks.common import examples, python_functions
from codeeval.benchmarks.common.checked_functions import CheckedFunctions
from codeeval.datasets import DatasetRef
from codeeval.interfaces import (
    DataSource,
    LoadedProblems,
    ShownExample,
    Sourced,
)
from codeeval.translators.sources import from_docstring
from codeeval.types import Completion, Problem, Program, Sampling

DATASET: Final = DatasetRef(
    id="openai/openai_humaneval",
    config="openai_humaneval",
    revision="7dce6050a7d6d172f3cc5c32aa97f52fa1a2e544",
    sha256={"test": "9345bdf84c12086d808c671a8f61f2fa89353e1c147804ec9c2223102d7dadc3"},
    embedded="human_eval:data/HumanEval.jsonl.gz",
)

STOP: Final = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
"""Where a base model has left the function. Source: Chen et al. 2021, section 2.1."""


class HumanEval(CheckedFunctions):
    """HumanEval under one set of options.

    Raises:
        UsageError: an option that HumanEval does not have.
    """

    folder = Path(__file__).parent
    family = "humaneval"
    base_sampling = Sampling(max_tokens=1024, stop=STOP)
    chat_sampling = Sampling(max_tokens=1024)
    examples_shown = "the docstring's; the tests that score stay hidden"

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems: from the data root, else embedded."""
        return self.read(DATASET, source)

    def examples(self, problem: Problem) -> tuple[ShownExample, ...]:
        """Read the examples off the docstring; 126 of the 164 tasks have some."""
        return examples.of_docstring(problem.prompt, problem.entry_point)

    def example_program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that would be scored, with the docstring's examples in place of the tests."""
        scored = self.program(problem, completion)
        return examples.program(
            scored,
            scored.files[0].content if scored.files else "",
            self.examples(problem),
            entry_point=problem.entry_point,
            limits=python_functions.LIMITS,
        )

    def to_translate(self) -> Self:
        """Itself: there is one split."""
        return self

    def python_source(self, problem: Problem) -> Sourced:
        """Return the prompt, whose docstring states the task, and the tests."""
        return Sourced(from_docstring(problem, problem.tests[0]))
