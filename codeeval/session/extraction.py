"""Says of a run's samples which other code the answers had, and of what kind the code is that was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.errors import DataError
from codeeval.extraction import Target, extract
from codeeval.languages import PYTHON
from codeeval.records import RunDirectory
from codeeval.session.benchmarks import data_source, remake_benchmark
from codeeval.types import Candidate, Completion, CompletionKind, Outcome, Problem, Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codeeval.session.settings import DataOptions


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """The samples whose code one rule found."""

    rule: str
    samples: int
    passed: int


class Doubtful(msgspec.Struct, frozen=True, kw_only=True):
    """A sample with other code that parses and defines the function."""

    task_id: str
    sample: int
    outcome: Outcome | None
    """None where it has not been judged."""
    taken: Candidate
    others: tuple[Candidate, ...]
    """The best first."""


class ExtractionAudit(msgspec.Struct, frozen=True, kw_only=True):
    """How the code of a run's samples was found."""

    path: str
    benchmark: str
    samples: int
    """With a completion."""
    rules: tuple[RuleCount, ...]
    """The most frequent first."""
    doubtful: tuple[Doubtful, ...]
    """In the order of the run."""


def with_candidates(problem: Problem, completion: Completion, program: Program) -> Program:
    """Note in a program the code that a chat model's answer may mean, that of the program first.

    Where a benchmark's protocol has an extraction of its own, codeeval's rules find the others.
    """
    found = program.extraction
    if found.candidates or completion.kind is not CompletionKind.ANSWER or problem.language != PYTHON.id:
        return program
    target = Target(entry_point=problem.entry_point, fences=PYTHON.fences, head=problem.prompt)
    taken = extract(found.code, CompletionKind.ANSWER, target)
    same = next((each for each in taken.candidates if each.code.strip() == found.code.strip()), None)
    first = Candidate(
        rule=found.rule,
        code=found.code,
        parses=same is not None and same.parses,
        defines=same is not None and same.defines,
        faults=same.faults if same is not None else _faults(taken.candidates),
    )
    others = extract(completion.text, CompletionKind.ANSWER, target).candidates
    candidates = (first, *(each for each in others if each.code.strip() != found.code.strip()))
    return msgspec.structs.replace(program, extraction=msgspec.structs.replace(found, candidates=candidates))


def _faults(candidates: tuple[Candidate, ...]) -> tuple[str, ...]:
    return candidates[0].faults if candidates else ("no code",)


def audit_extraction(run: Path, data: DataOptions) -> ExtractionAudit:
    """List the samples of a run that have other code which parses and defines the function.

    Those that passed are listed only where the code that was taken does not.

    Raises:
        DataError: it is no run directory, a record is malformed, or the dataset lacks a task of the run.
    """
    with RunDirectory.open(run) as directory:
        benchmark = remake_benchmark(directory.config)
        problems = {problem.task_id: problem for problem in benchmark.load(data_source(data)).problems}
        counts: dict[str, list[bool]] = {}
        doubtful = []
        for index in filter(directory.has_completion, range(directory.samples)):
            completion = directory.completion(index)
            problem = problems.get(completion.task_id)
            if problem is None:
                raise DataError(
                    f"the dataset has no task {completion.task_id} any more",
                    "Pass the --data-root that the run used.",
                )
            program = with_candidates(problem, completion, benchmark.program(problem, completion))
            outcome = directory.outcome(index)
            passed = outcome is Outcome.PASSED
            counts.setdefault(program.extraction.rule, []).append(passed)
            others = tuple(each for each in program.extraction.candidates[1:] if each.defines)
            if others and not (passed and program.extraction.candidates[0].defines):
                doubtful.append(
                    Doubtful(
                        task_id=completion.task_id,
                        sample=completion.sample,
                        outcome=outcome,
                        taken=program.extraction.candidates[0],
                        others=others,
                    )
                )
        return ExtractionAudit(
            path=str(run),
            benchmark=directory.config.benchmark,
            samples=sum(map(len, counts.values())),
            rules=tuple(_counted(counts)),
            doubtful=tuple(doubtful),
        )


def _counted(counts: dict[str, list[bool]]) -> Iterator[RuleCount]:
    for rule, passed in sorted(counts.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        yield RuleCount(rule=rule, samples=len(passed), passed=sum(passed))
