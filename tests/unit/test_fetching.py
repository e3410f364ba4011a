"""What is fetched from the Hub or an address: once, in bounded time, quietly, and never when offline."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import pytest

from codeeval.datasets import fetching
from codeeval.errors import DataError, StorageError
from codeeval.interfaces import DataSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMIT = "0123456789abcdef" * 2 + "01234567"
BODY = b'{"name": "a"}\n'
REMEDY = "name a data root"
FETCH = """
import sys
from codeeval.datasets import file_from_hub
from codeeval.errors import DataError
from codeeval.interfaces import DataSource
revision, offline = sys.argv[1:]
source = DataSource(offline=bool(offline))
try:
    print(file_from_hub("owner/name", "rows.jsonl", revision, source, "a remedy").read_text())
except DataError as error:
    print(f"DataError: {error.remedy}")
"""


class Hub(ThreadingHTTPServer):
    """A Hub with one file, as its client requests it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(b"" if self.path == "/" else BODY, head=True)

    def do_GET(self) -> None:
        if self.path.startswith("/api/"):
            self._answer(json.dumps({"id": "owner/name", "sha": COMMIT, "siblings": []}).encode())
        elif self.path.startswith("/cut"):
            self._answer(BODY, length=2 * len(BODY))
        elif self.path.startswith("/none"):
            self.send_error(404)
        else:
            self._answer(BODY)

    def _answer(self, body: bytes, *, head: bool = False, length: int | None = None) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("ETag", '"etag"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if not head:
            self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


class Fetched(NamedTuple):
    out: str
    err: str
    seconds: float


def fetch(endpoint: str, cache: Path, revision: str = COMMIT, *, offline: bool = False) -> Fetched:
    """Fetch the file in a process of its own: the Hub's client reads its address when it is imported."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", FETCH, revision, "yes" if offline else ""],
        env={"HF_ENDPOINT": endpoint, "HF_HOME": str(cache), "HF_HUB_DISABLE_TELEMETRY": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return Fetched(done.stdout.strip(), done.stderr, time.monotonic() - started)


def closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def test_a_file_of_a_commit_is_fetched_once(hub: Hub, tmp_path: Path) -> None:
    first = fetch(hub.url, tmp_path)
    assert (first.out, first.err) == (BODY.decode().strip(), "")
    asked = len(hub.asked)
    assert asked
    assert fetch(hub.url, tmp_path).out == first.out
    assert len(hub.asked) == asked, "what is in the cache is not asked for"
    assert fetch("http://127.0.0.1:9", tmp_path, offline=True).out == first.out


def test_a_branch_is_resolved_and_found_in_the_cache_without_network(hub: Hub, tmp_path: Path) -> None:
    first = fetch(hub.url, tmp_path, "main")
    asked = len(hub.asked)
    assert fetch(hub.url, tmp_path, "main").out == first.out
    assert len(hub.asked) > asked, "a branch moves on"
    gone = fetch(f"http://127.0.0.1:{closed_port()}", tmp_path, "main")
    assert (gone.out, gone.err) == (first.out, "")


@pytest.mark.parametrize("offline", [True, False])
def test_an_unreachable_hub_is_reported_quickly_and_without_foreign_logs(
    tmp_path: Path, *, offline: bool
) -> None:
    gone = fetch(f"http://127.0.0.1:{closed_port()}", tmp_path, offline=offline)
    assert (gone.out, gone.err) == ("DataError: a remedy", "")
    assert gone.seconds < 10, "the client's own retries take half a minute"


def test_a_hub_that_never_answers_costs_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants  # noqa: PLC0415 -- costs 300 ms

    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", endpoint)
        started = time.monotonic()
        assert fetching.network_trouble(0.3)
        assert time.monotonic() - started < 3


def test_resolving_a_name_is_bounded_too() -> None:
    released = threading.Event()
    assert "0.1 s" in fetching._trouble(released.wait, (OSError,), 0.1)  # type: ignore[arg-type] # its result is not used
    released.set()


def test_a_hub_that_answers_is_not_reported(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants  # noqa: PLC0415 -- costs 300 ms

    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.url)
    assert fetching.network_trouble(5) == ""


def test_an_address_is_fetched_once(hub: Hub, tmp_path: Path) -> None:
    source = DataSource(cache_dir=tmp_path)
    path = fetching.file_from_address(f"{hub.url}/rows.json", "rows", source, REMEDY)
    assert path.read_bytes() == BODY
    assert path.is_relative_to(tmp_path)
    assert fetching.file_from_address(f"{hub.url}/rows.json", "rows", source, REMEDY) == path
    assert hub.asked == ["/rows.json"]


@pytest.mark.parametrize("path", ["none", "cut"])
def test_damaged_and_failed_downloads_are_not_cached(hub: Hub, tmp_path: Path, path: str) -> None:
    source = DataSource(cache_dir=tmp_path)
    with pytest.raises(DataError) as caught:
        fetching.file_from_address(f"{hub.url}/{path}", "rows", source, REMEDY)
    assert caught.value.remedy == REMEDY
    assert not [*(tmp_path / "datasets").iterdir()]


def test_a_cache_that_cannot_be_written_is_named(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "datasets").touch()
    with pytest.raises(StorageError, match="datasets"):
        fetching.file_from_address(f"{hub.url}/rows.json", "rows", DataSource(cache_dir=tmp_path), REMEDY)


def test_offline_fetches_no_address(hub: Hub, tmp_path: Path) -> None:
    source = DataSource(cache_dir=tmp_path, offline=True)
    with pytest.raises(DataError):
        fetching.file_from_address(f"{hub.url}/rows.json", "rows", source, REMEDY)
    assert not hub.asked
