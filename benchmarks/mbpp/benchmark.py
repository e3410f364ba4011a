"""MBPP: short Python functions described in a sentence and three tests, as a whole or hand-checked.

Source: Austin et al. 2021, "Program Synthesis with Large Language Models", and the README beside the data,
google-research/google-research: mbpp/README.md; scored as the ``code_eval`` metric of Hugging Face's
``evaluate`` does (completion + newline + tests).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TypeAlias

import msgspec

from codeeval.benchmarks.common import examples, python_functions, sealed_calls, sealing
from codeeval.benchmarks.common.stubs import stubs
from codeeval.benchmarks.mbpp.entry_point import entry_point
from codeeval.datasets import DatasetRef, Rows, load_rows
from codeeval.errors import UsageError
from codeeval.extraction import Target, extract
from codeeval.interfaces import (
    BenchmarkBase,
    BenchmarkOptions,
    Cheat,
    DataSource,
    LoadedProblems,
    ShownExample,
    Sourced,
)
from codeeval.languages import PYTHON
from codeeval.prompting import Example, Variables
from codeeval.translators.sources import from_sentence
from codeeval.types import CallsStep, Completion, CompletionKind, Match, Problem, Program, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ID: Final = "google-research-datasets/mbpp"
_REVISION: Final = "4bb6404fdc6cacfda99d4ac4205087b89d32030c"

DATASETS: Final = {
    "": DatasetRef(
        id=_ID,
        config="full",
        revision=_REVISION,
        sha256={
            "prompt": "3edf39c56101939ca5becadcfbc8db4591468211a4277ed320a94f98050e8b8f",
            "test": "3030be45721f2219117800bb7676c453df4fe7111abbc72b331f6181db6b123b",
            "validation": "d7743b5d6aea3888b1336416e2e0f0ec2f981874c58f0d66e39f1fe997923dab",
            "train": "44fcccb42127c75e9f1ab963394e6d03ad500fcb697761031393c33f69728c3d",
        },
    ),
    "sanitized": DatasetRef(
        id=_ID,
        config="sanitized",
        revision=_REVISION,
        sha256={
            "prompt": "8493c9b12115e6d455791848bbe49a654e839fe61bbcb682b5ee1ee73205a6a2",
            "test": "b914512536906aed2809ed7f44a0837025e22da636233a50150416225a54e199",
            "validation": "57519d4172488ead8e317c6623a5c95390e5ec3027bd0e07593306335035d769",
            "train": "a3c3841c1f860bcd162c596d60718687446ac90443a72a847d585f1c8f748f62",
        },
    ),
}
"""By variant; the splits in the order of their task ids."""

ALL: Final = "all"
STOP: Final = ("[DONE]",)
SHOTS: Final = 3
FIRST_SHOTS: Final = ("Mbpp/2", "Mbpp/3", "Mbpp/4")
"""The worked examples of the paper's prompt; more are taken from the prompt split in its order."""


class FullRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of configuration ``full``."""

    task_id: int
    text: str
    code: str
    test_list: tuple[str, ...]
    test_setup_code: str

    def problem(self) -> Problem:
        """Return the problem that the row states."""
        return _problem(self.task_id, self.text, self.code, self.test_list, self.test_setup_code)


class SanitizedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of configuration ``sanitized``."""

    task_id: int
    prompt: str
    code: str
    test_list: tuple[str, ...]
    test_imports: tuple[str, ...]

    def problem(self) -> Problem:
        """Return the problem that the row states."""
        return _problem(self.task_id, self.prompt, self.code, self.test_list, "\n".join(self.test_imports))


AnyRows: TypeAlias = Rows[FullRow] | Rows[SanitizedRow]


def _problem(number: int, text: str, code: str, tests: tuple[str, ...], setup: str) -> Problem:
    return Problem(
        task_id=f"Mbpp/{number}",
        prompt=text,
        entry_point=entry_point(tests, code),
        reference=code,
        tests=tests,
        setup=setup,
    )


def _tests(problem: Problem) -> str:
    return "\n".join(([problem.setup] if problem.setup else []) + list(problem.tests))


def _layout(problem: Problem, code: str = "") -> python_functions.Layout:
    return python_functions.Layout(solution=code + "\n", tests=_tests(problem))


class Mbpp(BenchmarkBase):
    """MBPP under one set of options.

    Raises:
        UsageError: an option that MBPP does not have.
    """

    family = "mbpp"
    folder = Path(__file__).parent
    variants = tuple(DATASETS)
    protocols = sealing.PROTOCOLS
    splits = ("test", ALL, "prompt", "validation", "train")
    shot_counts = (SHOTS, *range(11))
    image = python_functions.IMAGE
    base_sampling = Sampling(max_tokens=1024, stop=STOP)
    chat_sampling = Sampling(max_tokens=1024)
    examples_shown = "all tests: the protocol's prompt shows those that score"

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self._dataset = DATASETS[options.variant]
        self._examples: tuple[Problem, ...] | None = None

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(
            protocol=self.protocol,
            variant=self.options.variant or "full",
            split=self.split,
            shots=str(self.shots),
            tests_shown="all",
        )

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems of the split, and those that the prompt shows solved.

        Raises:
            UsageError: more worked examples are asked for than the prompt split has.
        """
        splits = "+".join(self._dataset.sha256) if self.split == ALL else self.split
        loaded = self._rows(splits, source)
        pool = [row.problem() for row in self._rows("prompt", source).rows]
        if self.shots > len(pool):
            raise UsageError(
                f"{self.name} has {len(pool)} worked examples, not {self.shots}", "Lower --shots."
            )
        first = [problem for problem in pool if problem.task_id in FIRST_SHOTS]
        self._examples = tuple(first + [problem for problem in pool if problem not in first])
        problems = tuple(row.problem() for row in loaded.rows)
        if self.protocol == sealing.SEALED:
            problems = python_functions.grouped(problems, _layout)
        return LoadedProblems(problems=problems, identity=loaded.identity)

    def _rows(self, splits: str, source: DataSource) -> AnyRows:
        if self.options.variant:
            return load_rows(self._dataset, splits, source, SanitizedRow)
        return load_rows(self._dataset, splits, source, FullRow)

    def variables(self, problem: Problem) -> Variables:
        """Return the problem, its tests and worked examples; a problem is never among its own.

        Raises:
            UsageError: the problems have not been loaded, so there are no examples to show.
        """
        if self._examples is None:
            raise UsageError(f"the worked examples of {self.name} are not loaded", "Call load() first.")
        others = [example for example in self._examples if example.task_id != problem.task_id]
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            tests=problem.tests,
            examples=tuple(
                Example(task=example.prompt, tests=example.tests, code=example.reference)
                for example in others[: self.shots]
            ),
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble code + newline + setup + newline + tests joined by newlines.

        The setup stands behind the code because it builds its objects from classes that the code defines.

        Source: ``code_eval`` (code + newline + tests); mbpp/README.md (``test_setup_code``).
        """
        tests = _tests(problem)
        target = Target(
            entry_point=problem.entry_point,
            fences=PYTHON.fences,
            needed=frozenset(re.findall(r"[^\W\d]\w*", tests)),
            tests=tests,
        )
        extraction = extract(completion.text, completion.kind, target)
        layout = _layout(problem, extraction.code)
        return python_functions.program(problem, completion, extraction, layout, self.protocol)

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what sealed calls returned with what the tests expect."""
        return sealed_calls.compare(step, values)

    def examples(self, problem: Problem) -> tuple[ShownExample, ...]:
        """The asserts, all of which the prompt shows. They are also what scores: see docs/strategies.md."""
        return examples.of_asserts(problem.tests)

    def example_program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that would be scored, with each assert a unit test."""
        scored = self.program(problem, completion)
        return examples.program(
            scored,
            scored.files[0].content if scored.files else "",
            self.examples(problem),
            entry_point=problem.entry_point,
            limits=python_functions.LIMITS,
            setup=problem.setup,
        )

    def to_translate(self) -> Self:
        """MBPP as MultiPL-E has it: sanitized, of every split, unless a variant or a split was named."""
        chosen = self.options.variant or self.options.split
        return self if chosen else type(self)(BenchmarkOptions(variant="sanitized", split=ALL))

    def python_source(self, problem: Problem) -> Sourced:
        """Return the reference, which shows the function's head, the sentence, and the tests."""
        return Sourced(from_sentence(problem, problem.prompt, "\n".join(problem.tests)))

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Programs that solve nothing."""
        heading = f"def {problem.entry_point}(*args, **kwargs):\n"
        return python_functions.cheats(problem, heading, CompletionKind.SOLUTION)

    def stubs(self, problem: Problem) -> Sequence[Cheat]:
        """Functions that do none of the work."""
        return stubs(problem, _tests(problem))
