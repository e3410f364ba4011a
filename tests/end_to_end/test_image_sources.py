"""Images that are not built here: loaded from a file, and pulled by digest from a registry."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import secrets
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from support.sandboxing import SMALL_SANDBOX, boxed

from codeeval.errors import SandboxError
from codeeval.sandboxes import images, unpacked
from codeeval.sandboxes.images import Published
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.docker
REPOSITORY = f"codeeval-of-test-{os.getpid()}"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:  # the SDK has no types
    """The engine, in which images of this test have a name of their own and are removed."""
    client = images.engine()
    monkeypatch.setattr(images, "REPOSITORY", REPOSITORY)
    try:
        yield client
    finally:
        for found in client.images():
            for name in found["RepoTags"] or ():
                if name.startswith(f"{REPOSITORY}/"):
                    client.remove_image(name)
        client.close()


def test_a_loaded_image_is_the_exported_one(
    client: Any, tmp_path: Path, demand_image: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    demand_image("python")
    built = images.tag("python")
    monkeypatch.setattr(images, "REPOSITORY", REPOSITORY)
    client.tag(built, f"{REPOSITORY}/python", built.partition(":")[2])
    file = tmp_path / "python.tar.zst"
    exported = unpacked.export("python", file)
    client.remove_image(images.tag("python"))
    assert unpacked.load_into_engine(file) == exported
    configs = [client.inspect_image(name)["Config"] for name in (built, images.tag("python"))]
    assert configs[0]["Entrypoint"] == configs[1]["Entrypoint"]
    assert configs[0]["Env"] == configs[1]["Env"]
    with boxed("docker", msgspec.structs.replace(SMALL_SANDBOX, image="python")) as box:
        assert box.outcome("import numpy\nassert numpy.arange(3).sum() == 3") is Outcome.PASSED


class Registry(ThreadingHTTPServer):
    """A registry with one image, of one layer with one file."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as layer:
            layer.addfile(tarfile.TarInfo("empty"))
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": ["/empty"], "Labels": {"run": secrets.token_hex()}},  # no engine has it
            "rootfs": {"type": "layers", "diff_ids": [digest(packed.getvalue())]},
        }
        self.blobs: dict[str, bytes] = {}
        layer_type = "application/vnd.docker.image.rootfs.diff.tar.gzip"
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": self.blob(
                "application/vnd.docker.container.image.v1+json", json.dumps(config).encode()
            ),
            "layers": [self.blob(layer_type, gzip.compress(packed.getvalue(), mtime=0))],
        }
        self.manifest = json.dumps(manifest).encode()
        self.reference = f"127.0.0.1:{self.server_port}/python@{digest(self.manifest)}"

    def blob(self, kind: str, content: bytes) -> dict[str, Any]:
        self.blobs[digest(content)] = content
        return {"mediaType": kind, "size": len(content), "digest": digest(content)}


class Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        body = self.server.manifest if "/manifests/" in self.path else self.server.blobs.get(name, b"{}")
        self.send_response(200)
        if "/manifests/" in self.path:
            self.send_header("Content-Type", "application/vnd.docker.distribution.manifest.v2+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def recorded(monkeypatch: pytest.MonkeyPatch, reference: str) -> None:
    """Have the catalogue record a published image of what is built here."""
    known = images.catalogue()
    published = Published(tag=images.tag("python").partition(":")[2], reference=reference)
    python = msgspec.structs.replace(known.images["python"], published=published)
    changed = msgspec.structs.replace(known, images={**known.images, "python": python})
    monkeypatch.setattr(images, "catalogue", lambda: changed)


def test_what_is_recorded_is_pulled_and_nothing_else(
    client: Any, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(monkeypatch, registry.reference)
    right = registry.manifest
    registry.manifest = right.replace(b'"schemaVersion": 2', b'"schemaVersion":  2')
    with pytest.raises(SandboxError, match="cannot be pulled") as caught:
        images.pull("python")
    assert "codeeval sandbox build python" in caught.value.remedy
    registry.manifest = right
    images.pull("python")
    assert client.inspect_image(images.tag("python"))["Config"]["Entrypoint"] == ["/empty"]
    with contextlib.suppress(KeyError):
        client.remove_image(registry.reference)
