"""Which container engine is meant, and what is said where it does not answer."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import UnixStreamServer
from typing import TYPE_CHECKING

import pytest

from codeeval.errors import SandboxError
from codeeval.sandboxes import images
from codeeval.sandboxes.contexts import Endpoint, current_endpoint, other_sockets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def context(folder: Path, name: str, host: str, *, current: bool = True, skip: bool = False) -> Path:
    """Write a context as Docker's command does; returns its folder of certificates."""
    key = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / key / "meta.json"
    meta.parent.mkdir(parents=True)
    endpoint = {"Host": host, "SkipTLSVerify": skip}
    meta.write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}))
    if current:
        (folder / "config.json").write_text(json.dumps({"auths": {}, "currentContext": name}))
    return folder / "contexts" / "tls" / key / "docker"


def test_the_order(tmp_path: Path) -> None:
    folder = tmp_path / ".docker"
    env = {"HOME": str(tmp_path)}
    assert current_endpoint(env) == Endpoint("", "the default socket")
    context(folder, "colima", "unix:///colima.sock")
    context(folder, "rootless", "unix:///rootless.sock", current=False)
    assert current_endpoint(env).url == "unix:///colima.sock"
    assert "colima" in current_endpoint(env).origin
    assert current_endpoint(env | {"DOCKER_CONTEXT": "rootless"}).url == "unix:///rootless.sock"
    assert current_endpoint(env | {"DOCKER_CONTEXT": "default"}).url == ""
    host = env | {"DOCKER_CONTEXT": "rootless", "DOCKER_HOST": "tcp://127.0.0.1:1"}
    assert current_endpoint(host) == Endpoint("", "DOCKER_HOST=tcp://127.0.0.1:1")
    elsewhere = tmp_path / "elsewhere"
    context(elsewhere, "desktop-linux", "unix:///desktop.sock")
    assert current_endpoint(env | {"DOCKER_CONFIG": str(elsewhere)}).url == "unix:///desktop.sock"


def test_certificates(tmp_path: Path) -> None:
    certificates = context(tmp_path, "far", "tcp://engine.example:2376", skip=True)
    certificates.mkdir(parents=True)
    found = current_endpoint({"DOCKER_CONFIG": str(tmp_path)})
    assert (found.certificates, found.verified) == (certificates, False)


@pytest.mark.parametrize(
    ("written", "facts"),
    [
        ({"config.json": '{"currentContext": "gone"}'}, "gone.*config.json.*missing"),
        ({"config.json": "{"}, "config.json: cannot be read"),
        ({"config.json": '{"currentContext": 3}'}, "config.json: cannot be read"),
    ],
)
def test_what_is_wrong_is_named(written: dict[str, str], facts: str, tmp_path: Path) -> None:
    for name, text in written.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(SandboxError, match=facts):
        current_endpoint({"DOCKER_CONFIG": str(tmp_path)})


def test_a_context_of_another_kind_is_named(tmp_path: Path) -> None:
    context(tmp_path, "cluster", "")
    with pytest.raises(SandboxError, match="'cluster' names no Docker engine"):
        current_endpoint({"DOCKER_CONFIG": str(tmp_path)})


class Engine(BaseHTTPRequestHandler):
    """Says that it is there, and which version it is."""

    def do_GET(self) -> None:
        body = json.dumps({"ApiVersion": "1.41", "Version": "20.10"}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "here"

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Path]:
    """A socket that an engine listens on."""
    path = tmp_path / "engine.sock"
    with UnixStreamServer(str(path), Engine) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield path
        server.shutdown()
        thread.join()


def test_the_current_contexts_engine_is_asked(
    engine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    context(tmp_path / "docker", "rootless", f"unix://{engine}")
    client = images.engine()
    assert client.version()["Version"] == "20.10"
    client.close()


def test_an_engine_elsewhere_is_named_where_none_answers(
    engine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "r" / "podman"
    runtime.mkdir(parents=True)
    (runtime / "podman.sock").symlink_to(engine)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "r"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    with pytest.raises(SandboxError, match=r"127\.0\.0\.1:9") as raised:
        images.engine()
    assert f"DOCKER_HOST=unix://{runtime}/podman.sock" in raised.value.remedy


def test_only_sockets_are_named(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "docker.sock").write_text("")
    before = other_sockets(env)
    place = tmp_path / ".docker" / "run" / "docker.sock"
    place.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        assert other_sockets(env) == [place, *before]
