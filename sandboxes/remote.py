"""A service (``codeeval serve``) as the sandbox of a run: ``--sandbox http://HOST:PORT``.

Programs go there one by one and are judged here: what is expected of them stays on this side.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval.errors import SandboxError
from codeeval.sandboxes.protocol import wall_limit_s
from codeeval.types import CallsStep, Case, CommandStep, Execution, UnittestStep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import SandboxOptions
    from codeeval.types import Program, Step

SCHEMES: Final = ("http://", "https://")
CONNECT_S: Final = 10.0
QUEUE_S: Final = 600.0
"""Longest time that a loaded service may let a program wait."""
GRACE_S: Final = 120.0
AGAIN: Final = (429, 503, 504)
"""Statuses after which a program is sent again."""
PAUSE_S: Final = 1.0


class RemoteInfo(msgspec.Struct, frozen=True):
    """Of ``/v1/info``, what a run records."""

    version: str
    workers: int
    images: dict[str, str]
    sandbox: RemoteSandboxInfo


class RemoteSandboxInfo(msgspec.Struct, frozen=True):
    """What the service executes with."""

    launcher: str
    description: dict[str, str]
    toolchain: dict[str, str]


class RemoteLauncher:
    """Hands programs to a service.

    Args:
        url: of the service.
        token: that it asks for; empty for none.
    """

    name = "http"

    def __init__(self, url: str, token: str = "") -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._lock = threading.Lock()
        self._info: RemoteInfo | None = None

    def probe(self) -> str:
        """Return what the service is.

        Raises:
            SandboxError: it does not answer, or is none.
        """
        info = self._ask()
        return f"codeeval {info.version} at {self._url}, {info.workers} workers"

    def launch(self, options: SandboxOptions) -> RemoteSandbox:
        """Return a connection to it.

        Raises:
            SandboxError: it does not answer, or does not serve the image.
        """
        info = self._ask()
        if options.image not in info.images:
            raise SandboxError(
                f"{self._url} does not serve image {options.image}",
                f"Start it with --languages that include it. It has: {', '.join(sorted(info.images))}.",
            )
        tools = {
            tool.removeprefix(f"{options.image}/"): version
            for tool, version in info.sandbox.toolchain.items()
        }
        return RemoteSandbox(self._url, self._token, tools)

    def describe(self, options: SandboxOptions) -> Mapping[str, str]:
        """Return what goes into ``run.json``: the service's version, its engine, the image.

        Raises:
            SandboxError: as ``launch``.
        """
        info = self._ask()
        self.launch(options).close()
        return {
            "sandbox": self.name,
            "engine": f"codeeval {info.version}, {info.sandbox.launcher}",
            "image": info.sandbox.description.get(f"{options.image}.image", options.image),
            "image_id": info.images[options.image],
        }

    def sweep(self) -> int:
        """Remove nothing: the service does so itself."""
        return 0

    def _ask(self) -> RemoteInfo:
        import requests  # noqa: PLC0415 -- only where a service is used

        with self._lock:
            if self._info is None:
                try:
                    reply = requests.get(
                        f"{self._url}/v1/info", headers=headers(self._token), timeout=CONNECT_S
                    )
                    if reply.status_code == 401:
                        raise SandboxError(
                            f"{self._url} wants a token, or another one", "Set CODEEVAL_TOKEN to it."
                        )
                    reply.raise_for_status()
                    self._info = msgspec.json.decode(reply.content, type=RemoteInfo)
                except requests.RequestException as error:
                    raise SandboxError(f"no service answers at {self._url}: {error}") from error
                except msgspec.DecodeError as error:
                    raise SandboxError(f"{self._url} is no codeeval service: {error}") from error
            return self._info


class RemoteSandbox:
    """Sends programs to a service, one at a time."""

    def __init__(self, url: str, token: str, toolchain: Mapping[str, str]) -> None:
        import requests  # noqa: PLC0415 -- only where a service is used

        self._url = f"{url}/v1/programs"
        self._session = requests.Session()
        self._session.headers.update(headers(token))
        self._thread = ThreadPoolExecutor(1, "codeeval-remote")
        self._sent: deque[Future[Execution]] = deque()
        self._closed = threading.Event()
        self.toolchain = MappingProxyType(dict(toolchain))
        self.retired = False

    def send(self, programs: Sequence[Program]) -> None:
        """Hand over programs.

        Raises:
            SandboxError: this is closed.
        """
        try:
            self._sent.extend(self._thread.submit(self._execute, program) for program in programs)
        except RuntimeError:
            raise SandboxError("the connection to the service was closed") from None

    def receive(self) -> Execution:
        """Wait for the oldest program that was sent.

        Raises:
            SandboxError: the service does not answer, or what it says of the program.
        """
        from concurrent.futures import CancelledError  # noqa: PLC0415 -- beside its use

        try:
            return self._sent.popleft().result()
        except CancelledError:
            raise SandboxError("the connection to the service was closed") from None

    def close(self) -> None:
        """End the connection. Safe to call twice."""
        self._closed.set()
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._session.close()

    def _execute(self, program: Program) -> Execution:
        import requests  # noqa: PLC0415 -- only where a service is used

        body = msgspec.json.encode({"program": without_answers(program)})
        deadline_s = time.monotonic() + QUEUE_S
        while True:
            try:
                reply = self._session.post(
                    self._url, data=body, timeout=(CONNECT_S, wall_limit_s(program) * 4 + QUEUE_S + GRACE_S)
                )
            except requests.RequestException as error:
                raise SandboxError(f"{self._url} does not answer: {error}") from error
            if reply.status_code not in AGAIN or time.monotonic() > deadline_s:
                break
            if self._closed.wait(PAUSE_S):
                raise SandboxError("the connection to the service was closed")
        try:
            if reply.status_code == 200:
                return msgspec.json.decode(reply.content, type=Execution)
            told: Any = msgspec.json.decode(reply.content)  # Any: of a server that may be another's
            reason = str(told["error"]["message"])
        except (msgspec.DecodeError, KeyError, TypeError):
            reason = "what is no answer of a codeeval service"
        raise SandboxError(f"{self._url} answered {reply.status_code}: {reason}")


def headers(token: str) -> dict[str, str]:
    """Return what a request to a service carries."""
    return {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}


def without_answers(program: Program) -> Program:
    """Return a program without what is expected of it, which stays on this side."""
    return msgspec.structs.replace(
        program,
        steps=tuple(map(_without_answers, program.steps)),
        cases=tuple(Case(stdin=case.stdin, limits=case.limits, files=case.files) for case in program.cases),
        expected="",
        solution="",
        checker=None,
        answers=(),
    )


def _without_answers(step: Step) -> Step:
    match step:
        case CallsStep():
            return msgspec.structs.replace(step, expected="", comparison="")
        case UnittestStep():
            return msgspec.structs.replace(step, tests=())
        case CommandStep():
            return msgspec.structs.replace(step, forbidden=())
        case _:
            return step
