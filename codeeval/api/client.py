"""``Client``: a service (``codeeval serve``) with the methods of ``Sandbox`` and ``Evaluator``."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, Unpack

import msgspec

from codeeval.config import load_settings
from codeeval.errors import DataError, SandboxError, UsageError
from codeeval.sandboxes.remote import headers
from codeeval.session.evaluator import Submission
from codeeval.session.hooks import results_of
from codeeval.session.requests import ExecutionRequest, ExecutionResult, check_request
from codeeval.session.wire import (
    CreateBody,
    ErrorAnswer,
    EvaluateBody,
    ExecBody,
    FilesBody,
    Info,
    Lines,
    PathsBody,
    SessionBody,
    SubmissionBody,
    body_of,
)
from codeeval.types import CompletionKind, LimitOptions, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import requests

    from codeeval.session.evaluator import AnySubmission
    from codeeval.session.requests import RequestKeywords

CONNECT_S: Final = 10.0
AGAIN: Final = (429, 503, 504)
"""Statuses after which a request is sent again: the service is loaded, or about to end."""
PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0
T = TypeVar("T")


class Client:
    """A service as a ``Sandbox``; a script moves to it by one line.

    ::

        with codeeval.Client("http://localhost:8080") as sandbox:
            result = sandbox.execute("print(input()[::-1])", cases=[("abc", "cba")])
            verdicts = sandbox.evaluator("humaneval").evaluate([("HumanEval/0", answer)])

    A request that the service is too loaded for is sent again until ``timeout_s``. All methods may be called
    from several threads at once; those that begin with ``a`` do not block an event loop.

    Args:
        url: of the service.
        token: that it asks for; None: that of CODEEVAL_TOKEN, or none.
        timeout_s: longest time that a request may take, with its repetitions.
        connections: requests at the same time.
    """

    def __init__(
        self, url: str, token: str | None = None, *, timeout_s: float = 600.0, connections: int = 32
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"{url!r:.200} is no URL of a service", "Write http://HOST:PORT.")
        self.url = url.rstrip("/")
        self._token = load_settings().token or "" if token is None else token
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(connections, "codeeval-client")
        self._local = threading.local()
        self._closed = threading.Event()

    def __repr__(self) -> str:
        return f"<Client of {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Send nothing more. Safe to call twice."""
        self._closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def info(self) -> Info:
        """Return what the service is.

        Raises:
            SandboxError: it does not answer.
        """
        return self.call("GET", "/v1/info", None, Info)

    def execute(self, code: str | ExecutionRequest, **options: Unpack[RequestKeywords]) -> ExecutionResult:
        """Execute one program and wait for its end; see ``Sandbox.execute``.

        Raises:
            UsageError: the request is wrong.
            SandboxError: the service does not answer, or cannot execute it.
        """
        body = body_of(check_request(code, options))
        return self.call("POST", "/v1/execute", body, ExecutionResult)

    def submit(
        self, code: str | ExecutionRequest, **options: Unpack[RequestKeywords]
    ) -> Future[ExecutionResult]:
        """Send one program and return at once.

        Raises:
            UsageError: the request is wrong.
        """
        body = body_of(check_request(code, options))
        return self._later(lambda: self.call("POST", "/v1/execute", body, ExecutionResult))

    async def aexecute(
        self, code: str | ExecutionRequest, **options: Unpack[RequestKeywords]
    ) -> ExecutionResult:
        """As ``execute``, without blocking the event loop."""
        return await asyncio.wrap_future(self.submit(code, **options))

    def execute_many(
        self, codes: Iterable[str | ExecutionRequest], **options: Unpack[RequestKeywords]
    ) -> list[ExecutionResult]:
        """Execute programs, ``connections`` at a time; the results are in their order."""
        futures = self._submit_all(codes, options)
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()

    async def aexecute_many(
        self, codes: Iterable[str | ExecutionRequest], **options: Unpack[RequestKeywords]
    ) -> list[ExecutionResult]:
        """As ``execute_many``, without blocking the event loop."""
        return await results_of(self._submit_all(codes, options))

    def evaluator(self, benchmark: str, *, protocol: str | None = None) -> RemoteEvaluator:
        """Return what judges completions of a benchmark, with the methods of ``Evaluator``."""
        return RemoteEvaluator(self, benchmark, protocol)

    def session(self, language: str = "python") -> RemoteSession:
        """Start a stateful sandbox; close it afterwards.

        Raises:
            SandboxError: the service has no room for it.
        """
        made = self.call("POST", "/v1/sessions", CreateBody(language=language), SessionBody)
        return RemoteSession(self, made.id)

    def call(self, method: str, path: str, body: object, answer: type[T]) -> T:
        """Send a request, again where the service is loaded, and return its answer.

        Raises:
            UsageError: the request is wrong.
            DataError: it holds what cannot be sent.
            SandboxError: the service does not answer, or cannot carry it out.
        """
        try:
            data = b"" if body is None else msgspec.json.encode(body)
        except UnicodeEncodeError:
            raise DataError("a text has surrogates that are no characters") from None
        reply = self._reply(method, path, data)
        try:
            if reply.status_code == 200:
                return msgspec.json.decode(reply.content, type=answer)
            error = msgspec.json.decode(reply.content, type=ErrorAnswer).error
        except msgspec.DecodeError:
            raise SandboxError(
                f"{self.url}{path} answered {reply.status_code} with what is no answer of a codeeval service"
            ) from None
        kind = UsageError if reply.status_code in (400, 401, 404, 413, 422) else SandboxError
        raise kind(f"{self.url}: {error.message}", error.remedy)

    def _reply(self, method: str, path: str, data: bytes) -> requests.Response:
        import requests  # noqa: PLC0415 -- only where a service is used

        session = self._session()
        until_s, pause_s = time.monotonic() + self._timeout_s, PAUSE_S
        while True:
            left_s = max(1.0, until_s - time.monotonic())
            try:
                reply = session.request(method, self.url + path, data=data, timeout=(CONNECT_S, left_s))
            except requests.RequestException as error:
                raise SandboxError(
                    f"{self.url} does not answer: {error}", "Is `codeeval serve` running?"
                ) from error
            if reply.status_code not in AGAIN or time.monotonic() + pause_s > until_s:
                return reply
            if '"not_built"' in reply.text or '"no_data"' in reply.text or self._closed.wait(pause_s):
                return reply
            pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)

    def _session(self) -> requests.Session:
        """Return this thread's connections."""
        import requests  # noqa: PLC0415 -- only where a service is used

        found: requests.Session | None = getattr(self._local, "session", None)
        if found is None:
            found = self._local.session = requests.Session()
            found.headers.update(headers(self._token))
        return found

    def _later(self, work: Any) -> Future[Any]:  # Any: the future is of what the work returns
        try:
            return self._threads.submit(work)
        except RuntimeError:
            raise UsageError("this Client is closed", "Make another one.") from None

    def _submit_all(
        self, codes: Iterable[str | ExecutionRequest], options: RequestKeywords
    ) -> list[Future[ExecutionResult]]:
        checked = [check_request(code, options) for code in codes]
        return [self.submit(request) for request in checked]


class RemoteEvaluator:
    """Judges completions of a benchmark on a service; made by ``Client.evaluator``."""

    def __init__(self, client: Client, benchmark: str, protocol: str | None) -> None:
        self._client = client
        self._benchmark = benchmark
        self._protocol = protocol

    def evaluate(self, submissions: Iterable[AnySubmission]) -> list[Verdict]:
        """Judge submissions; the verdicts are in their order.

        Raises:
            UsageError: the benchmark has no such task, or there is no such benchmark.
            SandboxError: the service does not answer, or one has no verdict.
        """
        bodies = tuple(map(_submission, submissions))
        body = EvaluateBody(benchmark=self._benchmark, submissions=bodies, protocol=self._protocol)
        lines = self._client.call("POST", "/v1/evaluate", body, Lines).results
        for line in lines:
            if line.error is not None:
                kind = UsageError if line.error.code == "invalid_request" else SandboxError
                raise kind(f"submission {line.index}: {line.error.message}", line.error.remedy)
        return [line.verdict for line in lines if line.verdict is not None]

    async def aevaluate(self, submissions: Iterable[AnySubmission]) -> list[Verdict]:
        """As ``evaluate``, without blocking the event loop."""
        given = list(submissions)
        return await asyncio.to_thread(lambda: self.evaluate(given))


class RemoteSession:
    """A stateful sandbox on a service; made by ``Client.session``."""

    def __init__(self, client: Client, id_: str) -> None:
        self.id = id_
        self._client = client
        self._path = f"/v1/sessions/{id_}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def execute(self, code: str, *, stdin: str = "", limits: LimitOptions | None = None) -> ExecutionResult:
        """Execute a program in the session's language.

        Raises:
            SandboxError: the session is lost.
        """
        body = ExecBody(code=code, stdin=stdin, limits=limits or LimitOptions())
        return self._client.call("POST", f"{self._path}/exec", body, ExecutionResult)

    def command(
        self, command: str, *, stdin: str = "", limits: LimitOptions | None = None
    ) -> ExecutionResult:
        """Run a shell command.

        Raises:
            SandboxError: the session is lost.
        """
        body = ExecBody(command=command, stdin=stdin, limits=limits or LimitOptions())
        return self._client.call("POST", f"{self._path}/exec", body, ExecutionResult)

    def upload(self, files: Mapping[str, bytes]) -> None:
        """Write files into the work folder."""
        self._client.call("POST", f"{self._path}/upload", FilesBody(files=dict(files)), SessionBody)

    def download(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Read files of the work folder; those that are not there are left out."""
        body = PathsBody(paths=tuple(paths))
        return self._client.call("POST", f"{self._path}/download", body, FilesBody).files

    def close(self) -> None:
        """End the session."""
        self._client.call("DELETE", self._path, None, SessionBody)


def _submission(given: AnySubmission) -> SubmissionBody:
    if isinstance(given, tuple):
        given = Submission(*given)
    return SubmissionBody(
        task_id=given.task_id, text=given.text, kind=CompletionKind(given.kind), sample=given.sample
    )
