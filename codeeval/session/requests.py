"""What ``Sandbox`` is asked and what it answers: requests, the programs made of them, and results."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias, TypedDict

import msgspec

from codeeval.benchmarks.common import any_language, python_functions
from codeeval.benchmarks.common.sealing import OFFICIAL, PROTOCOLS, SEALED
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.judging import COMPARISONS
from codeeval.languages import PYTHON
from codeeval.languages import language as find_language
from codeeval.pipeline.limits import on_wall_clock, with_compile_limits, with_limits
from codeeval.session.files import fetched, with_fetch, with_files, without_fetch, without_fetching
from codeeval.text import clean_text
from codeeval.types import (
    Case,
    CaseResult,
    Checker,
    Comparison,
    Completion,
    CompletionKind,
    Extraction,
    LimitOptions,
    Oracle,
    Outcome,
    Problem,
    Program,
    StepKind,
    StepResult,
    StepStatus,
)

if TYPE_CHECKING:
    from codeeval.languages import Language
    from codeeval.pipeline.verifier import Examined
    from codeeval.types import Evidence

TASK: Final = "execute"
"""The task id of programs that are of no task."""
AnyCase: TypeAlias = "Case | tuple[str, str]"
"""A ``Case``, or what goes in and what must come out."""


class Clock(enum.StrEnum):
    """Which time limits a program."""

    CPU = "cpu"
    """The CPU time that it uses: the same verdict on a loaded machine. Wall time is a guard beside it."""
    WALL = "wall"
    """The time since it started, as callers with a time-out of their own count it. CPU time is not limited
    beside it, and a TIMEOUT is not repeated."""


class ExecutionRequest(msgspec.Struct, frozen=True):
    """A program to be executed, and what decides on it."""

    code: str
    language: str = "python"
    stdin: str = ""
    tests: str = ""
    """Code that stands behind the program and fails where it is wrong: in Python, assertions in the same
    namespace; in other languages what completes the program, ``main`` included, as in MultiPL-E's."""
    cases: tuple[AnyCase, ...] = ()
    """Runs of the program: standard input, and what must be printed."""
    limits: LimitOptions | None = None
    """None: those of the ``Sandbox``, and of the language beyond them."""
    entry_point: str = ""
    """Python with tests: the function under test, whose results are guarded against forged comparisons."""
    comparison: Comparison | str = Comparison()
    """How cases compare: ``lines`` (without white space around each), ``exact``, ``tokens``, ``floats`` or
    ``caseless``."""
    checker: Checker | str | None = None
    """A program that decides on the output of cases in place of a comparison; a text is one in Python. It
    finds ``input.txt``, ``output.txt`` and ``answer.txt``, and exits with 0 to accept, with 1 to reject."""
    stop_at_failure: bool = True
    """Whether the cases behind the first that fails are skipped."""
    protocol: str = OFFICIAL
    """Python with tests and an entry point: ``official`` runs them in one namespace, ``sealed`` in processes
    of their own, so that a program has nothing of the tests to patch, forge or read. Cases are sealed anyway:
    what must be printed never comes to where a program runs. Tests that cannot be sealed run officially, and
    the result says so."""
    clock: Clock | str = Clock.CPU
    """Which of the limits on time decides: ``cpu``, or ``wall``."""
    compile_limits: LimitOptions | None = None
    """Of a compilation; None: the language's own."""
    files: Mapping[str, str | bytes] = {}
    """Files that the program finds in its work folder: relative paths, and what is in them."""
    fetch: tuple[str, ...] = ()
    """Paths of files that the program may leave in its work folder, to be returned; not with cases."""


class RequestKeywords(TypedDict, total=False):
    """The fields of ``ExecutionRequest`` beside the code, as keyword arguments."""

    language: str
    stdin: str
    tests: str
    cases: Iterable[AnyCase]
    limits: LimitOptions | None
    entry_point: str
    comparison: Comparison | str
    checker: Checker | str | None
    stop_at_failure: bool
    protocol: str
    clock: Clock | str
    compile_limits: LimitOptions | None
    files: Mapping[str, str | bytes]
    fetch: Iterable[str]


class ExecutionResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a program."""

    outcome: Outcome
    detail: str
    """Why, in a few words; empty where it passed."""
    exit_code: int | None
    """Of the last step that ran: the program, or its compilation where that failed; None where it did not
    exit by itself."""
    signal: int = 0
    """That ended it, or 0."""
    stdout: str = ""
    stderr: str = ""
    """Of the last step that ran, or of the case that decides, up to the output limit."""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_bytes: int = 0
    compile_s: float = 0.0
    """Of ``wall_s``, what compiling took."""
    attempts: int = 1
    """Executions that it took: more than one after a sandbox error or a timeout."""
    cases: tuple[CaseResult, ...] = ()
    """Each case that ran, in order."""
    protocol: str = OFFICIAL
    """``sealed`` where nothing of what decides was in the program's process."""
    steps: tuple[StepResult, ...] = ()
    """How each step ended, in order: the compilation where there is one, and the run unless there are
    cases."""
    files: Mapping[str, bytes] = {}
    """Those of ``ExecutionRequest.fetch`` that were there."""

    @property
    def passed(self) -> bool:
        """Whether the program did what it must: its tests or cases, else an exit with status 0."""
        return self.outcome is Outcome.PASSED

    @property
    def reward(self) -> float | None:
        """1 or 0; None where the sandbox failed: trainers drop such samples, never punish them."""
        if self.outcome is Outcome.SANDBOX_ERROR:
            return None
        return 1.0 if self.passed else 0.0


def make_program(request: ExecutionRequest) -> Program:
    """Make the program that decides on a request, under its language's own limits.

    Raises:
        UnknownName: no such language or comparison.
        UsageError: options that contradict each other.
        DataError: tests that lack the shape that the language's tests need.
    """
    language = find_language(request.language)
    _check_clock(request)
    if request.tests and request.cases:
        raise UsageError("a program has tests or cases, not both", "Give one of them.")
    _check_protocol(request, language)
    if request.checker and not request.cases:
        raise UsageError("a checker is of no use without cases", "Give cases, or leave it out.")
    if request.tests:
        program = msgspec.structs.replace(_with_tests(request, language), stdin=request.stdin)
        return with_files(program, request.files)
    if request.entry_point:
        raise UsageError("an entry point is of no use without tests", "Give tests, or leave it out.")
    program = Program(
        task_id=TASK,
        sample=0,
        language=language.id,
        image=language.image,
        extraction=Extraction(rule="whole", code=request.code),
        solution=request.code,
        files=language.script_files(request.code),
        steps=language.script_steps(request.code),
        stdin=request.stdin,
        oracle=Oracle.EXIT_STATUS,
    )
    if request.cases:
        program = _with_cases(program, request)
    return with_files(program, request.files)


def under_limits(program: Program, request: ExecutionRequest, limits: LimitOptions) -> Program:
    """Return a program under the limits of a request, with the step that returns its files behind it.

    Args:
        program: made from the request.
        request: says which clock counts, and how compilation is limited.
        limits: in place of the language's own.
    """
    limited = with_limits(program, limits)
    if request.compile_limits:
        limited = with_compile_limits(limited, request.compile_limits)
    if Clock(request.clock) is Clock.WALL:
        limited = on_wall_clock(limited)
    return with_fetch(limited, request.fetch)


def _check_protocol(request: ExecutionRequest, language: Language) -> None:
    if request.protocol not in PROTOCOLS:
        raise UnknownName("protocol", request.protocol, PROTOCOLS)
    if (
        request.protocol == SEALED
        and request.tests
        and not (request.entry_point and language.id == PYTHON.id)
    ):
        raise UsageError(
            "the sealed protocol needs tests in Python and the name of the function that they call",
            "Give entry_point, or leave protocol out.",
        )


def _check_clock(request: ExecutionRequest) -> None:
    try:
        Clock(request.clock)
    except ValueError:
        raise UnknownName("clock", str(request.clock), Clock) from None


def reruns_of(request: ExecutionRequest) -> int | None:
    """Return how often a TIMEOUT is repeated; None for as often as usual."""
    return 0 if Clock(request.clock) is Clock.WALL else None


def _with_tests(request: ExecutionRequest, language: Language) -> Program:
    problem = Problem(
        task_id=TASK,
        prompt="",
        entry_point=request.entry_point,
        reference="",
        tests=(request.tests,),
        language=language.id,
    )
    completion = Completion(task_id=TASK, sample=0, text=request.code, kind=CompletionKind.SOLUTION)
    extraction = Extraction(rule="whole", code=request.code)
    if language.id == PYTHON.id:
        layout = python_functions.Layout(solution=f"{request.code}\n", tests=request.tests)
        return python_functions.program(problem, completion, extraction, layout, request.protocol)
    solution = any_language.with_declaration(f"{request.code}\n", request.tests, language)
    try:
        return any_language.program(problem, completion, language, extraction, solution)
    except DataError as error:
        raise DataError(error.message.removeprefix(f"{TASK}: "), error.remedy) from None


def _with_cases(program: Program, request: ExecutionRequest) -> Program:
    if request.stdin:
        raise UsageError("with cases, each has its own standard input", "Omit stdin.")
    comparison = request.comparison
    if isinstance(comparison, str):
        comparison = Comparison(name=comparison)
    if comparison.name not in COMPARISONS:
        raise UnknownName("comparison", comparison.name, COMPARISONS)
    return msgspec.structs.replace(
        program,
        oracle=Oracle.CASES,
        cases=tuple(map(_case, request.cases)),
        comparison=comparison,
        checker=_checker(request.checker),
        stop_at_failure=request.stop_at_failure,
    )


def _case(case: AnyCase) -> Case:
    if isinstance(case, Case):
        return case
    try:
        stdin, expected = case
        return msgspec.convert({"stdin": stdin, "expected": expected}, Case)
    except (TypeError, ValueError, msgspec.ValidationError):
        raise UsageError(f"not a case: {case!r:.100}", "Give (stdin, expected) or Case(...).") from None


def _checker(checker: Checker | str | None) -> Checker | None:
    if not isinstance(checker, str):
        return checker
    return Checker(
        language=PYTHON.id,
        image=PYTHON.image,
        files=PYTHON.script_files(checker),
        steps=PYTHON.script_steps(checker),
    )


def check_request(code: str | ExecutionRequest, options: RequestKeywords) -> ExecutionRequest:
    """Check what to execute, which comes from a caller whose types nobody has checked.

    Raises:
        UsageError: it is not what it must be.
    """
    if isinstance(code, ExecutionRequest):
        if options:
            raise UsageError("a request has its options in itself", "Put them there.")
        return code
    if unknown := options.keys() - set(ExecutionRequest.__struct_fields__):
        raise UnknownName("argument", min(unknown), ExecutionRequest.__struct_fields__)
    given = {name: value for name, value in options.items() if name not in ("cases", "fetch")}
    request = ExecutionRequest(
        code,
        cases=tuple(options.get("cases", ())),
        fetch=tuple(options.get("fetch", ())),
        **given,  # type: ignore[arg-type] # each is of its field's type, or is refused below
    )
    for name in ("code", "language", "stdin", "tests", "entry_point", "protocol"):
        if not isinstance(getattr(request, name), str):
            raise UsageError(f"{name} must be a string", "Give its text.")
    return msgspec.structs.replace(
        request,
        code=clean_text(request.code),
        stdin=clean_text(request.stdin),
        tests=clean_text(request.tests),
    )


def result_of(examined: Examined) -> ExecutionResult:
    """Return what became of a program."""
    verdict, last = without_fetching(examined.verdict, examined.execution), _deciding(examined)
    return ExecutionResult(
        outcome=verdict.outcome,
        detail=verdict.detail,
        exit_code=last.exit_code if last and last.status is StepStatus.EXITED else None,
        signal=last.signal if last else 0,
        stdout=last.stdout if last else "",
        stderr=last.stderr if last else "",
        wall_s=verdict.wall_s,
        cpu_s=verdict.cpu_s,
        peak_rss_bytes=verdict.peak_rss_bytes,
        compile_s=verdict.compile_s,
        attempts=verdict.attempts,
        cases=verdict.cases,
        protocol=SEALED if any(map(_is_sealed, verdict.evidence)) else OFFICIAL,
        steps=() if examined.execution is None else without_fetch(examined.execution),
        files={} if examined.execution is None else fetched(examined.execution),
    )


def _is_sealed(evidence: Evidence) -> bool:
    return evidence.oracle is Oracle.CASES or evidence.kind in (StepKind.CALLS, StepKind.SEALED)


def _deciding(examined: Examined) -> StepResult | None:
    """Return the step or case that the outcome comes from; None where nothing ran."""
    verdict, execution = examined
    if execution is None:
        return None
    for case in verdict.cases:
        if case.outcome is not Outcome.PASSED:
            return execution.cases[case.index]
    results = (*without_fetch(execution), *execution.cases)
    return results[-1] if results else None
