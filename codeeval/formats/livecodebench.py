"""Writes a run as LiveCodeBench's runner writes its evaluation: one entry a problem, in a JSON array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.errors import DataError, UsageError
from codeeval.interfaces import RecordsFailures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codeeval.interfaces import Benchmark
    from codeeval.records import RunDirectory
    from codeeval.types import Problem


class Entry(msgspec.Struct, kw_only=True):
    """A problem: its samples, and what was made of each."""

    question_id: str
    output_list: list[str] = []
    code_list: list[str] = []
    graded_list: list[bool] = []
    metadata: list[str] = []


def evaluation(
    directory: RunDirectory, benchmark: Benchmark, problems: Mapping[str, Problem]
) -> Iterator[bytes]:
    """Yield the parts of the file.

    Raises:
        UsageError: the benchmark does not record failures as LiveCodeBench does.
        DataError: a problem is not there.
    """
    if not isinstance(benchmark, RecordsFailures):
        raise UsageError(
            f"runs of {benchmark.name} cannot be written as livecodebench", "It is for runs of livecodebench."
        )
    encode = msgspec.json.Encoder().encode
    yield b"["
    first = True
    for task_id, count in directory.config.plan.items():
        problem = problems.get(task_id)
        if problem is None:
            raise DataError(f"{directory.path}: the benchmark has no task {task_id!r}")
        entry = Entry(question_id=task_id.partition("/")[2])
        for sample in range(count):
            index = directory.index(task_id, sample)
            if index is None or not directory.has_completion(index) or directory.outcome(index) is None:
                continue
            completion, verdict = directory.completion(index), directory.verdict(index)
            entry.output_list.append(completion.text)
            entry.code_list.append(benchmark.program(problem, completion).solution)
            entry.graded_list.append(verdict.passed)
            entry.metadata.append(encode(benchmark.failure_record(problem, verdict)).decode())
        if entry.code_list:
            yield (b"\n" if first else b",\n") + encode(entry)
            first = False
    yield b"\n]\n"
