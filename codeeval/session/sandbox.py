"""``Sandbox`` and ``execute``: warm sandboxes without a benchmark, for programs in any language."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Unpack

from codeeval.benchmarks.common import sealed_calls
from codeeval.errors import SandboxError, UnknownName, UsageError
from codeeval.languages import LANGUAGES, PYTHON
from codeeval.languages import language as find_language
from codeeval.pipeline import Verifier
from codeeval.pipeline.limits import DEFAULT_LIMITS
from codeeval.pipeline.verifier import then
from codeeval.session.hooks import no_notes, results_of
from codeeval.session.opening import Openable
from codeeval.session.requests import (
    ExecutionRequest,
    RequestKeywords,
    check_request,
    make_program,
    reruns_of,
    result_of,
    under_limits,
)
from codeeval.session.sandboxes import open_pool
from codeeval.session.settings import SandboxSettings
from codeeval.session.stateful import SandboxSession

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from concurrent.futures import Future

    from codeeval.session.hooks import Notes
    from codeeval.session.requests import ExecutionResult
    from codeeval.session.sandboxes import OpenPool
    from codeeval.types import Execution, LimitOptions, Program


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
        require_all: whether a language whose sandbox does not start keeps all others from starting;
            otherwise ``missing`` has it.
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
        require_all: bool = True,
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
        self._require_all = require_all
        self._notes = notes or no_notes

    @property
    def missing(self) -> Mapping[str, SandboxError]:
        """Of the languages, those that have no sandbox here, and why; starts the sandboxes if need be.

        Raises:
            SandboxError: no sandbox works.
        """
        missing = self._open().pool.missing
        images = {name: find_language(name).image for name in self.languages}
        return {name: missing[image] for name, image in images.items() if image in missing}

    def pool_for(self, images: Iterable[str]) -> OpenPool:
        """Return the open pool, for an ``Evaluator`` that shares it.

        Raises:
            UsageError: it has no sandbox of one of the images.
            SandboxError: as above, for it does not start.
        """
        pool = self._open().pool
        for image in images:
            if image not in self._images:
                raise UsageError(f"this sandbox has no image {image}", f"It has: {', '.join(self._images)}.")
            if image in pool.missing:
                raise pool.missing[image]
        return pool

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
        request = check_request(code, options)
        program = make_program(request)
        for image in (program.image, *((program.checker.image,) if program.checker else ())):
            if image not in self._images:
                raise UnknownName("language of this sandbox", request.language, self.languages)
        return under_limits(program, request, request.limits or self._limits)

    @property
    def images(self) -> tuple[str, ...]:
        """The images of the languages."""
        return self._images

    def submit_program(self, program: Program) -> Future[Execution]:
        """Execute a program without judging it; what a sandbox spoils is retried.

        The execution's ``error`` is set where the sandbox failed each time, or there is none for the program.
        """
        return self._open().verifier.execute(program)

    def session(self, language: str = PYTHON.id) -> SandboxSession:
        """Start a sandbox of one's own, in which files stay from program to program; close it afterwards.

        Raises:
            UnknownName: it is no language of this sandbox.
            SandboxError: no sandbox starts.
        """
        if language not in self.languages:
            raise UnknownName("language of this sandbox", language, self.languages)
        found = find_language(language)
        launch = self.pool_for([found.image]).launch
        if launch is None:
            raise SandboxError("this sandbox executes elsewhere, where sessions are not its own")
        return SandboxSession(launch(found.image), found)

    def _submit_all(
        self, codes: Iterable[str | ExecutionRequest], options: RequestKeywords
    ) -> list[Future[ExecutionResult]]:
        requests = [check_request(code, options) for code in codes]
        programs = [self.program(request) for request in requests]
        verifier = self._open().verifier
        return [
            then(verifier.examine(program, timeout_reruns=reruns_of(request)), result_of)
            for program, request in zip(programs, requests, strict=True)
        ]

    def _make(self) -> _Opened:
        return _Opened(
            self._images,
            self._settings,
            self._notes,
            self._limits,
            timeout_reruns=self._reruns,
            sandbox_retries=self._retries,
            require_all=self._require_all,
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
        require_all: bool,
    ) -> None:
        with contextlib.ExitStack() as stack:
            self.pool = stack.enter_context(open_pool(images, settings, notes, limits))
            for error in self.pool.missing.values():
                if require_all:
                    raise error
            self.verifier = Verifier(
                self.pool.pool,
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
    request = check_request(code, options)
    program = make_program(request)
    languages = [request.language, *((program.checker.language,) if program.checker else ())]
    with Sandbox(languages, sandbox=sandbox, workers=1, limits=request.limits) as opened:
        return opened.execute(request)


def _cancel(futures: Iterable[Future[ExecutionResult]]) -> None:
    for future in futures:
        future.cancel()
