"""``Sandbox`` and ``execute``: warm sandboxes without a benchmark, for programs in any language."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, TypeAlias, TypedDict, Unpack

import msgspec

from codeeval.benchmarks.common import any_language, python_functions, sealed_calls
from codeeval.benchmarks.common.sealing import OFFICIAL, PROTOCOLS, SEALED
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.judging import COMPARISONS
from codeeval.languages import LANGUAGES, PYTHON
from codeeval.languages import language as find_language
from codeeval.pipeline import Verifier
from codeeval.pipeline.limits import DEFAULT_LIMITS, with_limits
from codeeval.pipeline.verifier import then
from codeeval.session.hooks import no_notes, results_of
from codeeval.session.opening import Openable
from codeeval.session.sandboxes import open_pool
from codeeval.session.settings import SandboxSettings
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
    from collections.abc import Iterable
    from concurrent.futures import Future

    from codeeval.languages import Language
    from codeeval.pipeline.verifier import Examined
    from codeeval.session.hooks import Notes
    from codeeval.types import Evidence

TASK: Final = "execute"
"""The task id of programs that are of no task."""
AnyCase: TypeAlias = "Case | tuple[str, str]"
"""A ``Case``, or what goes in and what must come out."""


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
    """How cases compare: ``lines`` (without white space around each), ``exact``, ``tokens`` or ``floats``."""
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


class Sandbox(Openable["_Opened"]):
    """Warm sandboxes for programs of one language or several, without a benchmark.

    ::

        with Sandbox("python") as sandbox:
            result = sandbox.execute("print(input()[::-1])", cases=[("abc", "cba"), ("", "")])
            print(result.outcome, result.cpu_s)

    Each program runs isolated: without network, as a user without rights, under limits on CPU time, memory
    and processes, and nothing of it is left for the next. With ``tests`` it passes if these run to
    their end; with ``cases`` if each prints what it must; otherwise if it exits with status 0. Sandboxes
    start with the ``with`` block, or where they are first needed. All methods may be called from several
    threads at once and in a running event loop; in one, those that begin with ``a`` do not block it.

    Args:
        languages: an id such as ``python``, or several.
        sandbox: ``docker``, ``bubblewrap``, or ``auto`` for the best that works here.
        workers: programs that execute at the same time; None: one a core.
        limits: what programs may use, in place of their language's own limits.
        timeout_reruns: executions alone that a TIMEOUT must repeat in before it counts.
        sandbox_retries: further executions of a program whose sandbox failed.
        settings: everything that may be chosen about sandboxes, in place of ``sandbox`` and ``workers``.
        notes: receives what a user should know, a line each, such as which sandbox is used.

    Raises:
        UnknownName: no such language.
    """

    def __init__(
        self,
        languages: str | Iterable[str] = PYTHON.id,
        *,
        sandbox: str = "auto",
        workers: int | None = None,
        limits: LimitOptions | None = None,
        timeout_reruns: int = 1,
        sandbox_retries: int = 2,
        settings: SandboxSettings | None = None,
        notes: Notes | None = None,
    ) -> None:
        super().__init__()
        names = (languages,) if isinstance(languages, str) else tuple(languages)
        if not names:
            raise UsageError("a sandbox needs a language", f"Known: {', '.join(sorted(LANGUAGES))}.")
        self.languages = names
        self._images = tuple(dict.fromkeys(find_language(name).image for name in names))
        self._settings = settings or SandboxSettings(sandbox=sandbox, workers=workers)
        self._limits = limits or DEFAULT_LIMITS
        self._reruns = timeout_reruns
        self._retries = sandbox_retries
        self._notes = notes or no_notes

    def __repr__(self) -> str:
        return f"<Sandbox {', '.join(self.languages)}, {self.state}>"

    def execute(self, code: str | ExecutionRequest, **options: Unpack[RequestKeywords]) -> ExecutionResult:
        """Execute one program and wait for its end.

        Args:
            code: the program, or a request with everything in it.
            options: the other fields of ``ExecutionRequest``.

        Raises:
            UnknownName: a language or comparison that there is not, or not here.
            UsageError: options that contradict each other.
            DataError: tests that lack the shape that the language's tests need.
            SandboxError: no sandbox works, or this was closed meanwhile.
        """
        return self.submit(code, **options).result()

    async def aexecute(
        self, code: str | ExecutionRequest, **options: Unpack[RequestKeywords]
    ) -> ExecutionResult:
        """As ``execute``, without blocking the event loop; cancelling takes back what has not begun."""
        await self._aopen()
        return await asyncio.wrap_future(self.submit(code, **options))

    def execute_many(
        self, codes: Iterable[str | ExecutionRequest], **options: Unpack[RequestKeywords]
    ) -> list[ExecutionResult]:
        """Execute programs, as many at a time as there are workers; the results are in their order.

        Args:
            codes: programs, which the options hold for, or requests with everything in them.
            options: the other fields of ``ExecutionRequest``.

        Raises:
            CodeEvalError: as ``execute``; where a request is wrong, nothing was executed.
        """
        futures = self._submit_all(codes, options)
        try:
            return [future.result() for future in futures]
        finally:
            _cancel(futures)

    async def aexecute_many(
        self, codes: Iterable[str | ExecutionRequest], **options: Unpack[RequestKeywords]
    ) -> list[ExecutionResult]:
        """As ``execute_many``, without blocking the event loop; cancelling takes back what has not begun."""
        await self._aopen()
        return await results_of(self._submit_all(codes, options))

    def submit(
        self, code: str | ExecutionRequest, **options: Unpack[RequestKeywords]
    ) -> Future[ExecutionResult]:
        """Queue one program and return at once; the sandboxes are started first if need be.

        The future raises SandboxError where no sandbox works, or this is closed first. Its callbacks are
        called in a thread of the pool and must not block. Cancelling it takes the program back.

        Raises:
            CodeEvalError: as ``execute``, where the request is wrong.
        """
        (future,) = self._submit_all([code], options)
        return future

    def program(self, code: str | ExecutionRequest, **options: Unpack[RequestKeywords]) -> Program:
        """Return the program that decides on a request.

        Raises:
            CodeEvalError: as ``execute``, where the request is wrong.
        """
        request = _request(code, options)
        program = make_program(request)
        for image in (program.image, *((program.checker.image,) if program.checker else ())):
            if image not in self._images:
                raise UnknownName("language of this sandbox", request.language, self.languages)
        return with_limits(program, request.limits or self._limits)

    def _submit_all(
        self, codes: Iterable[str | ExecutionRequest], options: RequestKeywords
    ) -> list[Future[ExecutionResult]]:
        programs = [self.program(code, **options) for code in codes]
        verifier = self._open().verifier
        return [then(verifier.examine(program), _result) for program in programs]

    def _make(self) -> _Opened:
        return _Opened(
            self._images,
            self._settings,
            self._notes,
            self._limits,
            timeout_reruns=self._reruns,
            sandbox_retries=self._retries,
        )


class _Opened:
    """What a sandbox has while it is open."""

    def __init__(
        self,
        images: tuple[str, ...],
        settings: SandboxSettings,
        notes: Notes,
        limits: LimitOptions,
        *,
        timeout_reruns: int,
        sandbox_retries: int,
    ) -> None:
        with contextlib.ExitStack() as stack:
            pool = stack.enter_context(open_pool(images, settings, notes, limits))
            for error in pool.missing.values():
                raise error
            self.verifier = Verifier(
                pool.pool,
                timeout_reruns=timeout_reruns,
                sandbox_retries=sandbox_retries,
                compare=sealed_calls.compare,
            )
            self._stack = stack.pop_all()

    def close(self) -> None:
        """End the sandboxes."""
        self._stack.close()


def execute(
    code: str | ExecutionRequest,
    *,
    sandbox: str = "auto",
    **options: Unpack[RequestKeywords],
) -> ExecutionResult:
    """Execute one program in a sandbox of its own, which starts and ends with the call.

    ``Sandbox`` keeps sandboxes warm for many programs.

    Args:
        code: the program, or a request with everything in it.
        sandbox: ``docker``, ``bubblewrap``, or ``auto`` for the best that works here.
        options: the other fields of ``ExecutionRequest``.

    Raises:
        CodeEvalError: as ``Sandbox.execute``.
    """
    request = _request(code, options)
    program = make_program(request)
    languages = [request.language, *((program.checker.language,) if program.checker else ())]
    with Sandbox(languages, sandbox=sandbox, workers=1, limits=request.limits) as opened:
        return opened.execute(request)


def make_program(request: ExecutionRequest) -> Program:
    """Make the program that decides on a request, under its language's own limits.

    Raises:
        UnknownName: no such language or comparison.
        UsageError: options that contradict each other.
        DataError: tests that lack the shape that the language's tests need.
    """
    language = find_language(request.language)
    if request.tests and request.cases:
        raise UsageError("a program has tests or cases, not both", "Give one of them.")
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
    if request.checker and not request.cases:
        raise UsageError("a checker is of no use without cases", "Give cases, or leave it out.")
    if request.tests:
        return msgspec.structs.replace(_with_tests(request, language), stdin=request.stdin)
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
    return _with_cases(program, request) if request.cases else program


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


def _request(code: str | ExecutionRequest, options: RequestKeywords) -> ExecutionRequest:
    """Check what to execute, which comes from a caller whose types nobody has checked."""
    if isinstance(code, ExecutionRequest):
        if options:
            raise UsageError("a request has its options in itself", "Put them there.")
        return code
    if unknown := options.keys() - set(ExecutionRequest.__struct_fields__):
        raise UnknownName("argument", min(unknown), ExecutionRequest.__struct_fields__)
    given = {name: value for name, value in options.items() if name != "cases"}
    request = ExecutionRequest(code, cases=tuple(options.get("cases", ())), **given)  # type: ignore[arg-type]
    for name in ("code", "language", "stdin", "tests", "entry_point", "protocol"):
        if not isinstance(getattr(request, name), str):
            raise UsageError(f"{name} must be a string", "Give its text.")
    return msgspec.structs.replace(
        request,
        code=clean_text(request.code),
        stdin=clean_text(request.stdin),
        tests=clean_text(request.tests),
    )


def _result(examined: Examined) -> ExecutionResult:
    verdict, last = examined.verdict, _deciding(examined)
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
    results = (*execution.steps, *execution.cases)
    return results[-1] if results else None


def _cancel(futures: Iterable[Future[ExecutionResult]]) -> None:
    for future in futures:
        future.cancel()
