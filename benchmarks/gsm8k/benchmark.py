"""GSM8K: grade-school word problems, answered in words that end in a number. Nothing is executed.

Source: Cobbe et al. 2021, "Training Verifiers to Solve Math Word Problems" (arXiv:2110.14168), and the
authors' code, openai/grade-school-math: grade_school_math/dataset.py.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import DataError
from codeeval.extraction import NO_CODE_RULE
from codeeval.extraction.text import without_thinking
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.prompting import Example, Variables
from codeeval.types import (
    Answer,
    Completion,
    CompletionKind,
    Extraction,
    Grade,
    Oracle,
    Problem,
    Program,
    Sampling,
    Score,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DATASET: Final = DatasetRef(
    id="openai/gsm8k",
    config="main",
    revision="main",
    sha256={
        "test": "176818e0349688ae3031a37f2fe8f454e7575635b88232abfc6b3387320e6605",
        "train": "37a62873b589a3c35f35f4e3e34d2e054679c86d05ed1330ad4f3367ea76bfd0",
    },
)
OFFICIAL, FIXED = "official", "fixed"
SHOTS: Final = 8
MARK: Final = "####"
LONGEST_CHARS: Final = 100
"""Of a number; the longest answer has six digits."""
_ANSWER: Final = re.compile(r"#### (\-?[0-9\.\,]+)")
"""Source: dataset.py, ``ANS_RE``."""
_NUMBER: Final = re.compile(r"[*_\s]*\$?\s*(-?[0-9][0-9,]*(?:\.[0-9]+)?|-?\.[0-9]+)")
_SHOWN: Final = 100


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    question: str
    answer: str


class Gsm8k(BenchmarkBase):
    """GSM8K under one set of options."""

    family = "gsm8k"
    folder = Path(__file__).parent
    protocols = (OFFICIAL, FIXED)
    image = ""
    """Nothing is executed."""
    base_sampling = Sampling(max_tokens=512, stop=("\n\n",))
    chat_sampling = Sampling(max_tokens=1024)

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self._examples: tuple[Example, ...] = ()

    @property
    def shot_counts(self) -> Sequence[int]:
        """How many training problems the prompt shows; the paper's models were fine-tuned and need none."""
        return (SHOTS, *range(SHOTS))

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol, split=self.split, shots=str(self.shots))

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems, and the training problems that the prompt shows."""
        loaded = load_rows(DATASET, self.split, source, Row)
        if self.shots:
            shown = load_rows(DATASET, "train", source, Row).rows[: self.shots]
            self._examples = tuple(Example(task=row.question, tests=(), code=row.answer) for row in shown)
        problems = []
        for number, row in enumerate(loaded.rows):
            if not _ANSWER.search(row.answer):
                raise DataError(f"{DATASET.id}, row {number}: no answer after {MARK}", "Fetch it again.")
            problems.append(
                Problem(
                    task_id=f"gsm8k/{number}",
                    prompt=row.question,
                    entry_point="",
                    reference=row.answer,
                    tests=(),
                )
            )
        return LoadedProblems(problems=tuple(problems), identity=loaded.identity)

    def variables(self, problem: Problem) -> Variables:
        """Return the question, and the worked examples."""
        return Variables(
            task_id=problem.task_id, prompt=problem.prompt, entry_point="", examples=self._examples
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Find the number in a text, whatever its kind."""
        text = completion.text
        if completion.kind is CompletionKind.ANSWER:
            text = without_thinking(text)
        found = official(text) if self.protocol == OFFICIAL else fixed(text)
        rule = MARK if found else NO_CODE_RULE
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=self.image,
            extraction=Extraction(rule=rule, code=found),
            oracle=Oracle.ANSWER,
            expected=official(problem.reference),
            answers=(
                Answer(scorer="accuracy", metric=self.protocol, rule=rule, texts=(found,) if found else ()),
            ),
        )

    def grade(self, program: Program) -> Grade:
        """Compare the answers: as texts, or under ``fixed`` as numbers."""
        answer = program.answers[0].texts[0]
        if self.protocol == OFFICIAL:
            right = answer == program.expected
        else:
            right = len(answer) <= LONGEST_CHARS and Decimal(answer) == Decimal(program.expected)
        detail = "" if right else f"answered {answer[:_SHOWN]}, not {program.expected}"
        vote = answer
        if self.protocol == FIXED and len(answer) <= LONGEST_CHARS:
            vote = f"{Decimal(answer).normalize():f}"
        return Grade(scores=(Score(scorer="accuracy", value=float(right)),), detail=detail, answer=vote)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Numbers that are at hand."""
        expected = Decimal(official(problem.reference))
        texts = {
            f"constant {number}": f"{MARK} {number}" for number in (0, 1, 2, 10, 100) if number != expected
        }
        texts["no number"] = f"{MARK} the answer"
        texts["no mark"] = official(problem.reference)
        texts["nothing"] = ""
        return [self.cheat(problem, name, text) for name, text in texts.items()]


def official(text: str) -> str:
    """Find the answer as published: what follows the first ``#### ``, without commas; empty where none does.

    Source: grade_school_math/dataset.py, ``extract_answer``.
    """
    found = _ANSWER.search(text)
    return found[1].strip().replace(",", "") if found else ""


def fixed(text: str) -> str:
    """Find the number behind the last ``####``, whatever currency or emphasis surrounds it."""
    _, marked, after = text.rpartition(MARK)
    found = _NUMBER.match(after) if marked else None
    return found[1].replace(",", "") if found else ""
