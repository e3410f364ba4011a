"""How often the judge itself is wrong: solutions with a known verdict, judged again.

A **false positive** is a solution that must fail and passes: the tests, or the comparison, are too weak. A
**false negative** is one that must pass and does not. Solutions whose sandbox failed have no verdict, and are
counted apart.
"""

from __future__ import annotations

import contextlib
import enum
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.errors import DataError, UsageError
from codeeval.interfaces import HasLabelledSolutions, LabelledSolution
from codeeval.languages import language
from codeeval.pipeline import Counts, Stage, Verifier, select_problems
from codeeval.pipeline.limits import DEFAULT_LIMITS
from codeeval.pipeline.progress import Silent
from codeeval.reading import read_bounded
from codeeval.session.benchmarks import data_source, images_of, make_benchmark
from codeeval.session.hooks import NO_PROGRESS, in_place, no_notes
from codeeval.session.sandboxes import OpenPool, open_pool
from codeeval.session.settings import JudgingSettings, PromptOptions
from codeeval.statistics import wilson_interval
from codeeval.types import Completion, CompletionKind, CompletionOrigin, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from codeeval.interfaces import Benchmark
    from codeeval.pipeline import ProgramPool, Progress
    from codeeval.session.hooks import Blocking, Notes, ProgressFactory
    from codeeval.types import LimitOptions, Problem, Program, Verdict

HELP: Final = "Each line is an object with task_id, completion and passed (true or false)."


class Error(enum.StrEnum):
    """How a verdict differs from what is known of a solution."""

    FALSE_POSITIVE = "false positive"
    """It must fail, and passes."""
    FALSE_NEGATIVE = "false negative"
    """It must pass, and fails."""
    OTHER_OUTCOME = "other outcome"
    """It fails as it must, but otherwise than it is known to: a wrong answer where it is too slow, say."""


class JudgeError(msgspec.Struct, frozen=True, kw_only=True):
    """A solution whose verdict differs from what is known of it, or that has none."""

    task_id: str
    solution: str
    error: Error | None
    """None where its sandbox failed."""
    expected: tuple[Outcome, ...]
    """None where any failure is right."""
    outcome: Outcome
    detail: str


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """How often something happened, of the solutions to which it could."""

    count: int
    of: int
    rate: float | None
    """None where there is no such solution."""
    low: float | None
    high: float | None
    """Ends of the 95% interval (Wilson)."""


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """How the judge did on solutions with a known verdict."""

    benchmark: str
    protocol: str
    tasks: int
    solutions: int
    judged: int
    """Those with a verdict."""
    false_positives: Rate
    """Of those that must fail."""
    false_negatives: Rate
    """Of those that must pass."""
    other_outcomes: Rate
    """Of those that failed as they must, and whose kind of failure is known."""
    outcomes: Mapping[str, Mapping[str, int]]
    """By what is known (``PASSED``, ``TIMEOUT``, ``any failure`` ...), how often each outcome came out."""
    errors: tuple[JudgeError, ...]
    undecided: tuple[JudgeError, ...]
    """Those without a verdict, and why."""


class LabelledLine(msgspec.Struct, frozen=True):
    """A line of a file of labelled solutions."""

    task_id: str
    completion: str
    passed: bool
    name: str = ""
    kind: CompletionKind = CompletionKind.ANSWER


class _Known(NamedTuple):
    """A solution of a problem."""

    problem: Problem
    solution: LabelledSolution


async def audit_judge(
    name: str,
    settings: JudgingSettings = JudgingSettings(),
    *,
    labels: Path | None = None,
    notes: Notes = no_notes,
    progress: ProgressFactory = NO_PROGRESS,
    blocking: Blocking = in_place,
) -> Audit:
    """Judge solutions whose verdicts are known, and compare.

    Args:
        name: the benchmark's full name.
        settings: how they are judged.
        labels: a file of JSON lines with solutions; None for those of the benchmark's dataset.
        notes: receives what a user should know on the way, a line each.
        progress: opens a display of progress.
        blocking: how steps that block are done.

    Raises:
        UsageError: the benchmark has no labelled solutions.
        DataError: the file cannot be read.
        CodeEvalError: the benchmark cannot be judged here.
    """
    with contextlib.ExitStack() as stack:

        def prepare() -> tuple[Benchmark, list[_Known], OpenPool]:
            benchmark = make_benchmark(name, PromptOptions(protocol=settings.protocol, split=settings.split))
            loaded = benchmark.load(data_source(settings.data))
            problems = select_problems(
                loaded.problems, limit=settings.tasks.limit, tasks=settings.tasks.tasks
            )
            known = _from_file(labels, problems) if labels else _from_benchmark(benchmark, problems)
            images = tuple(dict.fromkeys((*images_of(benchmark), *_images(known))))
            pool = stack.enter_context(open_pool(images, settings.sandbox, notes, settings.limits))
            return benchmark, known, pool

        benchmark, known, pool = await blocking(prepare)
        with progress(Stage.EXECUTE) as display:
            return await blocking(lambda: judge_again(benchmark, known, pool.pool, settings.limits, display))


def judge_again(
    benchmark: Benchmark,
    known: Sequence[_Known],
    pool: ProgramPool,
    limits: LimitOptions = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> Audit:
    """Execute and judge solutions as a run would, and compare with what is known of them.

    Raises:
        SandboxError: no sandbox works any more.
    """
    verifier = Verifier(pool, benchmark, limits=limits)
    counts = Counts(samples=len(known), generated=len(known))

    def programs() -> Iterator[Program | Verdict]:
        for sample, (problem, solution) in enumerate(known):
            yield verifier.make(problem, msgspec.structs.replace(solution.completion, sample=sample))

    verdicts: dict[int, Verdict] = {}
    for index, verdict in verifier.each(programs()):
        verdicts[index] = verdict
        counts.executed += 1
        counts.passed += verdict.passed
        counts.sandbox_errors += verdict.outcome is Outcome.SANDBOX_ERROR
        (progress or Silent()).update(counts)
    return _sum_up(benchmark, known, [verdicts[index] for index in range(len(known))])


def error_of(solution: LabelledSolution, outcome: Outcome) -> Error | None:
    """Compare an outcome with what is known of a solution; None where it is right."""
    if outcome in solution.outcomes:
        return None
    if outcome is Outcome.PASSED:
        return Error.FALSE_POSITIVE
    if solution.must_pass or solution.may_pass:
        return Error.FALSE_NEGATIVE
    return Error.OTHER_OUTCOME if solution.outcomes else None


def _sum_up(benchmark: Benchmark, known: Sequence[_Known], verdicts: Sequence[Verdict]) -> Audit:
    errors: list[JudgeError] = []
    undecided: list[JudgeError] = []
    outcomes: dict[str, Counter[str]] = {}
    must_fail = may_not_fail = of_known_kind = 0
    for (problem, solution), verdict in zip(known, verdicts, strict=True):
        outcomes.setdefault(_label(solution), Counter())[verdict.outcome.value] += 1
        lost = verdict.outcome is Outcome.SANDBOX_ERROR
        error = None if lost else error_of(solution, verdict.outcome)
        if lost or error:
            (undecided if lost else errors).append(
                JudgeError(
                    task_id=problem.task_id,
                    solution=solution.name,
                    error=error,
                    expected=solution.outcomes,
                    outcome=verdict.outcome,
                    detail=verdict.detail
                    or (f"passes all {len(verdict.cases)} cases" if verdict.cases else "passes all tests"),
                )
            )
        if not lost:
            must_fail += not solution.may_pass
            may_not_fail += solution.may_pass
            of_known_kind += bool(solution.outcomes) and not solution.may_pass and not verdict.passed
    found = Counter(each.error for each in errors)
    return Audit(
        benchmark=benchmark.name,
        protocol=benchmark.settings.get("protocol", ""),
        tasks=len({problem.task_id for problem, _ in known}),
        solutions=len(known),
        judged=len(known) - len(undecided),
        false_positives=_rate(found[Error.FALSE_POSITIVE], must_fail),
        false_negatives=_rate(found[Error.FALSE_NEGATIVE], may_not_fail),
        other_outcomes=_rate(found[Error.OTHER_OUTCOME], of_known_kind),
        outcomes=outcomes,
        errors=tuple(errors),
        undecided=tuple(undecided),
    )


def _label(solution: LabelledSolution) -> str:
    return " or ".join(outcome.value for outcome in solution.outcomes) or "any failure"


def _rate(count: int, of: int) -> Rate:
    interval = wilson_interval(count, of) if of else None
    return Rate(
        count=count,
        of=of,
        rate=count / of if of else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
    )


def _images(known: Sequence[_Known]) -> list[str]:
    return [language(each.solution.language).image for each in known if each.solution.language]


def _from_benchmark(benchmark: Benchmark, problems: Sequence[Problem]) -> list[_Known]:
    found = (
        [
            _Known(problem, solution)
            for problem in problems
            for solution in benchmark.labelled_solutions(problem)
        ]
        if isinstance(benchmark, HasLabelledSolutions)
        else []
    )
    if not found:
        raise UsageError(
            f"{benchmark.name} has no solutions with known verdicts among these tasks",
            "Name a file of them with --labels.",
        )
    return found


def _from_file(path: Path, problems: Sequence[Problem]) -> list[_Known]:
    """Read labelled solutions of the selected tasks.

    Raises:
        DataError: the file cannot be read, a line is malformed, or none is of these tasks.
    """
    try:
        lines = read_bounded(path).splitlines()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}", HELP) from error
    by_id = {problem.task_id: problem for problem in problems}
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            each = msgspec.json.decode(line, type=LabelledLine)
        except msgspec.MsgspecError as error:
            raise DataError(f"{path}:{number}: {error}", HELP) from error
        if each.task_id in by_id:
            found.append(_Known(by_id[each.task_id], _labelled(each, number)))
    if not found:
        raise DataError(f"{path}: no line is of one of the {len(by_id)} tasks", HELP)
    return found


def _labelled(line: LabelledLine, number: int) -> LabelledSolution:
    return LabelledSolution(
        name=line.name or f"line {number}",
        completion=Completion(
            task_id=line.task_id,
            sample=0,
            text=line.completion,
            kind=line.kind,
            origin=CompletionOrigin.FILE,
        ),
        outcomes=(Outcome.PASSED,) if line.passed else (),
    )
