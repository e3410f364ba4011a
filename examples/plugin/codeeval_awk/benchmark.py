"""AWK functions, each decided by calls with known results. The protocol is in README.md."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import msgspec

from codeeval.benchmarks.common import any_language
from codeeval.benchmarks.common.answers import find_program
from codeeval.errors import DataError
from codeeval.interfaces import BenchmarkBase, Cheat, DatasetIdentity, DataSource, LoadedProblems
from codeeval.prompting import Variables
from codeeval.types import Completion, CompletionKind, Extraction, Problem, Program, Sampling
from codeeval_awk.language import AWK, tests_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STOP = ("\nfunction ", "\nBEGIN", "\nEND", "\n#")
"""Where a base model has left the function."""
CHEATS = {
    "empty body": "}\n",
    "early exit": "    exit 0\n}\n",
    "forged exit status": "    return 0\n}\nEND { exit 0 }\n",
    "forged token": '    printf "forged" > "/dev/fd/3"\n    exit 0\n}\n',
}


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of ``tasks.jsonl``."""

    task_id: str
    task: str
    """What the function is to do, in words."""
    head: str
    """Its first line, up to the opening brace."""
    body: str
    """The reference: the lines below the head."""
    calls: tuple[tuple[str, str], ...]
    """Calls, and the string or number that each gives, both in AWK."""


class AwkFunctions(BenchmarkBase):
    """AWK functions under one set of options."""

    family = "awk-functions"
    folder = Path(__file__).parent
    image = AWK.image
    reference_kind = CompletionKind.CONTINUATION
    base_sampling = Sampling(max_tokens=256, stop=STOP)
    chat_sampling = Sampling(max_tokens=512)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol="1", split=self.split, shots="0")

    def load(self, source: DataSource) -> LoadedProblems:  # noqa: ARG002 -- the rows are part of the package
        """Read the rows.

        Raises:
            DataError: a row is malformed (says which).
        """
        path = self.folder / "tasks.jsonl"
        content = path.read_bytes()
        rows = []
        for number, line in enumerate(content.splitlines(), start=1):
            try:
                rows.append(msgspec.json.decode(line, type=Row))
            except msgspec.MsgspecError as error:
                raise DataError(f"{path}:{number}: {error}", "Reinstall codeeval-awk.") from error
        identity = DatasetIdentity(
            id=self.family,
            config="default",
            split=self.split,
            revision="embedded",
            sha256=hashlib.sha256(content).hexdigest(),
            rows=len(rows),
        )
        return LoadedProblems(problems=tuple(map(_problem, rows)), identity=identity)

    def variables(self, problem: Problem) -> Variables:
        """Return what templates may name."""
        return Variables(
            task_id=problem.task_id,
            prompt=problem.setup,
            entry_point=problem.entry_point,
            head=problem.prompt,
            language=AWK.title,
            fence=AWK.fences[0],
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Put the tests behind the function: head + text, an answer's code, or a solution as it is."""
        match completion.kind:
            case CompletionKind.CONTINUATION:
                extraction = Extraction(rule="as-is", code=problem.prompt + completion.text)
            case CompletionKind.SOLUTION:
                extraction = Extraction(rule="as-is", code=completion.text)
            case CompletionKind.ANSWER:
                extraction = find_program(completion.text, AWK, problem.entry_point)
            case never:
                assert_never(never)
        return any_language.program(problem, completion, AWK, extraction, extraction.code)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Functions that compute nothing."""
        return [self.cheat(problem, name, text) for name, text in CHEATS.items()]


def _problem(row: Row) -> Problem:
    checks = "\n".join(f"    check_equal({call}, {expected})" for call, expected in row.calls)
    return Problem(
        task_id=row.task_id,
        prompt=row.head + "\n",
        setup=row.task,
        entry_point=row.head.removeprefix("function ").partition("(")[0],
        reference=row.body,
        tests=(tests_of(checks),),
        language=AWK.id,
    )
