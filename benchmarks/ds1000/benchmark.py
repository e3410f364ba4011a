"""DS-1000: 1,000 questions about seven libraries, solved by code that is inserted into a program.

Source: Lai et al. 2022, "DS-1000: A Natural and Reliable Benchmark for Data Science Code Generation", and
what its authors published, xlang-ai/DS-1000 (the simplified form): test_ds1000.py, run_inference.py.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import DataError
from codeeval.extraction import encodable
from codeeval.extraction import text as prose
from codeeval.interfaces import BenchmarkBase, Cheat, DataSource, LoadedProblems
from codeeval.types import (
    Completion,
    CompletionKind,
    Extraction,
    Limits,
    Oracle,
    Problem,
    Program,
    PythonStep,
    Sampling,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IMAGE: Final = "python-bigcodebench"
LIMITS: Final = Limits(cpu_s=120.0, wall_s=300.0, memory_bytes=4 << 30)
"""Source: test_ds1000.py, ``timeout=120``, of wall time."""
STOP: Final = ("</code>", "# SOLUTION END", "\nEND SOLUTION")
"""Source: run_inference.py."""
_EXECUTES: Final = "def test_execution("


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a row states of its problem."""

    problem_id: int
    library: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    prompt: str
    code_context: str
    metadata: Metadata
    reference_code: str | None = None


class Ds1000(BenchmarkBase):
    """DS-1000 under one set of options.

    Raises:
        UsageError: an option that DS-1000 does not have.
    """

    family = "ds1000"
    folder = Path(__file__).parent
    image = IMAGE
    base_sampling = Sampling(top_p=0.95, max_tokens=1024, stop=STOP)
    chat_sampling = Sampling(top_p=0.95, max_tokens=1024)
    """Greedy. Source: run_inference.py."""

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(split=self.split, shots="0")

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems, in groups by library; 18 of 1,000 rows were at hand, so no hash is pinned.

        Raises:
            DataError: the dataset is unreachable, or a row lacks a field or what executes its tests.
        """
        ref = DatasetRef(id="xlangai/DS-1000", config="default", revision="main", sha256={"test": ""})
        loaded = load_rows(ref, "test", source, Row)
        return LoadedProblems(problems=tuple(map(_problem, loaded.rows)), identity=loaded.identity)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Hand the code, as a string, to the problem's own ``test_execution`` and ``test_string``.

        Source: test_ds1000.py, ``eval_ds1000``; ours has ``code`` before the context, which does not use it.
        """
        extraction = Extraction(rule=completion.kind.value, code=_code(completion))
        context = problem.tests[0]
        calls = "test_execution(code)\n" + ("test_string(code)\n" if "test_string(" in context else "")
        files = (
            SourceFile(path="solution.py", content=f"code = {extraction.code!r}\n"),
            SourceFile(path="tests.py", content=f"{context}\n{calls}"),
        )
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=IMAGE,
            extraction=extraction,
            files=files,
            steps=(PythonStep(name="run", files=tuple(file.path for file in files), limits=LIMITS),),
            oracle=Oracle.COMPLETED,
        )

    def has_reference(self, problem: Problem) -> bool:
        """Whether the row has a solution, or we wrote one."""
        return bool(problem.reference)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Code that solves nothing."""
        texts = {
            "nothing": "result = None",
            "exit": "import sys\nsys.exit(0)",
            "os-exit": "import os\nos._exit(0)",
        }
        return tuple(self.cheat(problem, name, text) for name, text in texts.items())


def _problem(row: Row) -> Problem:
    number = str(row.metadata.problem_id)
    if _EXECUTES not in row.code_context:
        raise DataError(
            f"DS-1000, problem {number}: code_context lacks test_execution", "Fetch the dataset again."
        )
    return Problem(
        task_id=number,
        prompt=row.prompt,
        entry_point="",
        reference=row.reference_code or _references().get(number, ""),
        tests=(row.code_context,),
        groups=(row.metadata.library,),
    )


def _code(completion: Completion) -> str:
    """Return the code to insert: what a model wrote as the official script cleans it, else all of it.

    Source: test_ds1000.py, ``postprocess``.
    """
    text = encodable(completion.text)
    match completion.kind:
        case CompletionKind.SOLUTION:
            return text
        case CompletionKind.ANSWER:
            text = prose.without_thinking(text)
        case CompletionKind.CONTINUATION:
            pass
    text = text.partition("</code>")[0].replace("```python", "")
    text = text.partition("```")[0].partition("\nEND SOLUTION")[0]
    return text.replace("<code>", "")


@functools.cache
def _references() -> dict[str, str]:
    """Read our solutions, of problems whose rows were at hand without one."""
    table: dict[str, str] = tomllib.loads((Ds1000.folder / "references.toml").read_text("utf-8"))
    return table
