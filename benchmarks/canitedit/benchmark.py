"""CanItEdit: 105 Python programs, each to be edited by a descriptive or a lazy instruction.

Source: Cassano et al. 2023, "Can It Edit? Evaluating the Ability of Large Language Models to Follow Code
Editing Instructions", and what its authors published, nuprl/CanItEdit: benchmark/generate_completions.py,
and the evaluator of MultiPL-E that it runs programs with.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import python_functions
from codeeval.datasets import DatasetRef, load_rows
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.extraction import text as prose
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems, Scoring
from codeeval.prompting import Variables
from codeeval.types import (
    MEASURE,
    Completion,
    CompletionKind,
    Extraction,
    Limits,
    Oracle,
    Problem,
    ProblemPayload,
    Program,
    PythonStep,
    Sampling,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DESCRIPTIVE: Final = "descriptive"
LAZY: Final = "lazy"
LIBRARIES: Final = "python-bigcodebench"
"""The image that has what some programs import; the others run in the small one."""
_IMPORTED: Final = re.compile(
    r"^\s*(?:import|from) (?:autograd|numpy|pandas|scipy|sklearn|tensorflow|torch|transformers|vllm|z3)\b",
    re.MULTILINE,
)
LIMITS: Final = Limits(cpu_s=15.0, wall_s=75.0, memory_bytes=2 << 30)
"""Source: MultiPL-E, evaluation/src/safe_subprocess, which has 15 s of wall time."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    full_name: str
    before: str
    after: str
    tests: str
    instruction_descriptive: str
    instruction_lazy: str


class Task(ProblemPayload, frozen=True, kw_only=True):
    """What a problem has beyond ``Problem``."""

    instruction: str


class CanItEdit(BenchmarkBase):
    """CanItEdit with one kind of instructions.

    Raises:
        UsageError: an option that it does not have.
    """

    family = "canitedit"
    folder = Path(__file__).parent
    variants = ("", DESCRIPTIVE, LAZY)
    images = (python_functions.IMAGE, LIBRARIES)
    image = python_functions.IMAGE
    base_sampling = Sampling(
        temperature=0.2, top_p=0.95, max_tokens=2048, stop=("## Code After:", "## Instruction:")
    )
    chat_sampling = Sampling(temperature=0.2, top_p=0.95, max_tokens=2048)
    """Source: the paper, section 4: 20 samples a task."""
    scoring = Scoring(excess_code=True)

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self._kind = options.variant or DESCRIPTIVE
        self.name = f"{self.family}:{self._kind}"

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(instructions=self._kind, split=self.split, shots="0")

    def image_of(self, problem: Problem) -> str:
        """Return the image that has the libraries of a problem."""
        return LIBRARIES if _IMPORTED.search(f"{problem.reference}\n{problem.tests[0]}") else self.image

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems; 20 of the 105 rows were at hand, so no hash is pinned."""
        ref = DatasetRef(id="nuprl/CanItEdit", config="default", revision="main", sha256={"test": ""})
        loaded = load_rows(ref, "test", source, Row)
        problems = tuple(
            Problem(
                task_id=row.full_name,
                prompt=row.before,
                entry_point="",
                reference=row.after,
                tests=(row.tests,),
                payload=Task(
                    instruction=row.instruction_lazy if self._kind == LAZY else row.instruction_descriptive
                ),
            )
            for row in loaded.rows
        )
        return LoadedProblems(problems=problems, identity=loaded.identity)

    def variables(self, problem: Problem) -> Variables:
        """Return the program before the edit, and the instruction."""
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point="",
            follow_up=problem.payload_of(Task).instruction,
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Put the tests behind the edited program; an answer's is its first fenced block.

        A second execution, which decides on nothing, measures the lines that the tests reach.

        Source: generate_completions.py, ``python_markdown_codeblock_extract``; the tests follow a newline;
        evaluator_overlay.py, ``coverage``.
        """
        extraction = _extract(completion)
        found = extraction.rule != NO_CODE_RULE
        solution = SourceFile(path="solution.py", content=f"{extraction.code}\n")
        tests = SourceFile(path="tests.py", content=f"\n{problem.tests[0]}")
        measuring = _measuring(solution.content + tests.content)
        steps = (
            PythonStep(name="run", files=(solution.path, tests.path), limits=LIMITS),
            PythonStep(name=MEASURE, part=MEASURE, files=(measuring.path,), script=True, limits=LIMITS),
        )
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=self.image_of(problem),
            extraction=extraction,
            files=(solution, tests, measuring) if found else (),
            steps=steps if found else (),
            oracle=Oracle.COMPLETED,
        )

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Edits that change nothing, delete everything, or leave before the tests."""
        return (
            self.cheat(problem, "unchanged", problem.prompt),
            self.cheat(problem, "deleted", ""),
            self.cheat(problem, "exit", f"{problem.reference}\nimport sys\nsys.exit(0)\n"),
            self.cheat(problem, "os-exit", f"{problem.reference}\nimport os\nos._exit(0)\n"),
        )


def _measuring(program: str) -> SourceFile:
    """Return the file that measures which lines of a program run."""
    return SourceFile(path="measure.py", content=f"{_line_coverage()}\nmain({program!r})\n")


@functools.cache
def _line_coverage() -> str:
    return Path(__file__).with_name("line_coverage.py").read_text("utf-8")


def _extract(completion: Completion) -> Extraction:
    text = encodable(completion.text)
    if completion.kind is not CompletionKind.ANSWER:
        return Extraction(rule="as-is", code=text)
    blocks = list(prose.blocks(prose.without_thinking(text), lambda _: False))
    if not blocks:
        return Extraction(rule=NO_CODE_RULE)
    return Extraction(rule="fence" if blocks[0].closed else "open-fence", code=blocks[0].code)
