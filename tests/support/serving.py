"""A service in a process of its own, and requests to it."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Reply(NamedTuple):
    """A response."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Served:
    """A running service."""

    def __init__(self, process: subprocess.Popen[str], url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self._log = log

    @property
    def log(self) -> str:
        """What it has written to standard error."""
        return self._log.read_text()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def call(
        self,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout_s: float = 60.0,
        method: str | None = None,
    ) -> Reply:
        """Post a body, or get where there is none."""
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as response:
                return Reply(response.status, response.read().decode(), _lower(response.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.read().decode(), _lower(error.headers))

    def run_code(self, code: str, *, timeout_s: float = 60.0, **fields: object) -> Any:
        """Call ``/run_code``; it must answer with 200."""
        reply = self.call("/run_code", {"code": code, **fields}, timeout_s=timeout_s)
        assert reply.status == 200, reply.text
        return reply.json

    def metric(self, name: str) -> float:
        """Read a sample of ``/metrics``, with its labels."""
        (value,) = re.findall(rf"^{re.escape(name)} (\S+)$", self.call("/metrics").text, re.MULTILINE)
        return float(value)

    def end(self, within_s: float = 60.0) -> int:
        """Tell it to end; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=within_s)


@contextlib.contextmanager
def serving(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> Iterator[Served]:
    """Run ``codeeval serve`` on a free port until the block ends."""
    log = folder / "serve.log"
    code = "from codeeval.cli.main import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", "0", *arguments]
    with log.open("w") as errors:
        process = subprocess.Popen(command, stderr=errors, text=True, env=env)
    try:
        yield Served(process, _url(process, log), log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _url(process: subprocess.Popen[str], log: Path) -> str:
    while process.poll() is None:
        if found := re.search(r"serving .* on (http://\S+)", log.read_text()):
            return found[1]
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.1)
    raise AssertionError(f"the service has ended with {process.returncode}: {log.read_text()}")


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
