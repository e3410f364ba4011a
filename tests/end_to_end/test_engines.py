"""Other engines than Docker on its socket: Docker over TCP, as on clusters and in CI, and Podman."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from command import rows, succeed
from support import engines

from codeeval.sandboxes.contexts import current_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on what arrives, and that nothing more will."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class Relay:
    """Listens on loopback and passes connections on to the engine's Unix socket."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.open: list[socket.socket] = []
        self.url = f"tcp://127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self.listening.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(self.path)
                self.open += [client, engine]
                for pair in ((client, engine), (engine, client)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    def close(self) -> None:
        self.listening.close()
        for each in self.open:
            each.close()


@pytest.fixture
def relay() -> Iterator[Relay]:
    path = current_endpoint().url.removeprefix("unix://") or "/var/run/docker.sock"
    relay = Relay(path)
    yield relay
    relay.close()


@pytest.mark.docker
def test_a_run_over_tcp(relay: Relay, tmp_path: Path) -> None:
    arguments = ("run", "humaneval", "--model", "reference:", "--limit", "5", "--sandbox", "docker", "-q")
    succeed(*arguments, "--out", tmp_path / "run", env={"DOCKER_HOST": relay.url})
    lines = rows(tmp_path / "run" / "verdicts.jsonl")
    assert [line["outcome"] for line in lines] == ["PASSED"] * 5
    assert len(relay.open) >= 4, "commands and the sandbox's streams go through it"


@pytest.fixture
def podman() -> Iterator[str]:
    with engines.podman() as url:
        yield url


@pytest.mark.docker
@pytest.mark.podman
def test_podman(podman: str, tmp_path: Path) -> None:
    env = {"DOCKER_HOST": podman}
    checked = succeed("sandbox", "check", "python", "--sandbox", "docker", "--json", env=env).json
    assert checked
    arguments = ("run", "humaneval", "--model", "reference:", "--limit", "5", "--sandbox", "docker", "-q")
    succeed(*arguments, "--out", tmp_path / "run", env=env)
    assert [line["outcome"] for line in rows(tmp_path / "run" / "verdicts.jsonl")] == ["PASSED"] * 5
    left = subprocess.run(
        ["podman", "--url", podman, "ps", "--all", "--quiet"], capture_output=True, check=True
    )
    assert left.stdout == b""
