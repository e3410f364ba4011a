"""The actor of a replica: a server of a model as a child process, watched and started again."""

from __future__ import annotations

import collections
import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.cluster.parents import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECK_S: Final = 1.0
"""Time between two looks at the server."""
ANSWER_S: Final = 10.0
"""How long a health check may take."""
MOST_UNWELL: Final = 5
"""Looks in a row at which a server that was well is not, before it is started again."""
STOP_S: Final = 10.0
"""How long it may take to end when it is asked to."""
PAUSE_S: Final = 2.0
"""Between a server's end and its next start."""
TAIL_LINES: Final = 20


class ReplicaStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a replica is."""

    url: str
    """Of the API, with ``/v1``; another one after each start."""
    healthy: bool
    failures: int
    """Starts in a row after which the server ended before it was well."""
    restarts: int
    tail: str
    """What it printed last."""


class ReplicaNode:
    """Keeps one server running on its node, which ends with this process.

    Its methods are called from several threads at once.

    Args:
        command: with ``{model}``, ``{host}`` and ``{port}`` to be filled in.
        model: the model's name.
    """

    def __init__(self, command: str, model: str) -> None:
        self._command = command
        self._model = model
        self._host = _own_address()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._status = ReplicaStatus(url="", healthy=False, failures=0, restarts=-1, tail="")
        self._tail: collections.deque[str] = collections.deque(maxlen=TAIL_LINES)
        self._process: subprocess.Popen[str] | None = None
        end_with_parent(self.stop)
        # the thread that starts it must live as long as it: its death would end the server
        threading.Thread(target=self._keep, name="codeeval-replica", daemon=True).start()

    def status(self) -> ReplicaStatus:
        """Return how the server is."""
        with self._lock:
            return msgspec.structs.replace(self._status, tail="".join(self._tail))

    def stop(self) -> None:
        """End the server."""
        self._stopping.set()
        process = self._process
        if process is not None:
            _end(process)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            port = _free_port(self._host)
            url = f"http://{self._host}:{port}/v1"
            self._update(url=url, healthy=False, restarts=self._status.restarts + 1)
            try:
                process = self._spawn(port)
            except OSError as error:
                self._tail.append(f"{error}\n")
                self._update(failures=self._status.failures + 1)
            else:
                self._watch(process, url)
                _end(process)
            self._stopping.wait(PAUSE_S)

    def _spawn(self, port: int) -> subprocess.Popen[str]:
        command = fill_in(self._command, model=self._model, host=self._host, port=port)
        process = subprocess.Popen(
            [sys.executable, "-m", "codeeval.cluster.child", str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._process = process
        threading.Thread(target=self._read, args=(process,), name="codeeval-log", daemon=True).start()
        return process

    def _read(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            with process.stdout:
                self._tail.extend(process.stdout)

    def _watch(self, process: subprocess.Popen[str], url: str) -> None:
        """Look at the server until it has ended, or is unwell for too long."""
        unwell = 0
        well = False
        while process.poll() is None and not self._stopping.is_set():
            healthy = _is_well(url)
            well, unwell = well or healthy, 0 if healthy else unwell + 1
            if healthy:
                self._update(healthy=True, failures=0)
            elif well and unwell >= MOST_UNWELL:
                break
            self._stopping.wait(CHECK_S)
        self._update(healthy=False, failures=self._status.failures + (not well))

    def _update(self, **changes: object) -> None:
        with self._lock:
            self._status = msgspec.structs.replace(self._status, **changes)


def fill_in(command: str, *, model: str, host: str, port: int) -> list[str]:
    """Return the words of a command, with model, host and port in their places."""
    values = {"{model}": model, "{host}": host, "{port}": str(port)}
    words: Sequence[str] = shlex.split(command)
    filled = []
    for word in words:
        for name, value in values.items():
            word = word.replace(name, value)  # noqa: PLW2901 -- one after the other
        filled.append(word)
    return filled


def _own_address() -> str:
    import ray  # noqa: PLC0415 -- this is an actor of Ray's

    address: str = ray.util.get_node_ip_address()
    return address


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _is_well(url: str) -> bool:
    import requests  # noqa: PLC0415 -- only where a server is watched

    try:
        session = requests.Session()
        session.trust_env = False  # the node itself is behind no proxy
        with session, session.get(f"{url}/models", timeout=ANSWER_S) as reply:
            return reply.ok
    except requests.RequestException:
        return False


def _end(process: subprocess.Popen[str]) -> None:
    """End a server and what it has started, and wait for it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(OSError):  # it has ended
            os.killpg(process.pid, number)
        deadline_s = time.monotonic() + STOP_S
        while process.poll() is None and time.monotonic() < deadline_s:
            time.sleep(0.05)
        if process.poll() is not None and number == signal.SIGTERM:
            continue  # what it has started may be there yet
