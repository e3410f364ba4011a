"""What the doctor says of nodes, each of which is this machine; and of servers that cannot be started."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from codeeval.cluster import replica_node
from codeeval.errors import SandboxError, UsageError
from codeeval.interfaces import ModelSpec
from codeeval.session import cluster_doctor
from codeeval.session.cluster_doctor import Inspection, check_nodes
from codeeval.session.serving import ServedModel
from codeeval.session.settings import ModelOptions, SandboxSettings

HERE = Inspection(version="1", launcher="bubblewrap", images={"python": "3.13"}, lacking={})


class Connection:
    """A cluster whose nodes say what the test has them say."""

    said: dict[str, Inspection | str]

    def __init__(self, address: str) -> None:
        assert address == "h:1"

    def nodes(self) -> list[dict[str, Any]]:
        return [
            {
                "NodeID": name,
                "NodeName": name,
                "NodeManagerAddress": "10.0.0.1",
                "NodeManagerHostname": "vm",
                "Resources": {"codeeval_exec": 4.0} if name != "head" else {},
            }
            for name in self.said
        ]

    def call_on(self, node_id: str, *_: object, **__: object) -> str:
        return node_id

    def result(self, reference: str, _wait_s: float) -> Inspection | str:
        return self.said[reference]

    def close(self) -> None: ...


def test_nodes_that_differ_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_doctor, "Connection", Connection)
    Connection.said = {
        "head": HERE,
        "a": HERE,
        "b": HERE,
        "c": msgspec.structs.replace(HERE, version="2", images={"python": "3.12"}),
        "d": msgspec.structs.replace(HERE, images={}, lacking={"python": "not built"}),
        "e": "it does not answer within 60 seconds",
    }
    found = {each.name: each for each in check_nodes(SandboxSettings(ray="h:1"), lambda _: None)}
    assert [name for name, each in found.items() if each.fine] == ["a", "b"]
    assert found["head"].slots == 0
    assert found["c"].differs == ("codeeval: 2, and most have 1", "image python: 3.12, and most have 3.13")
    assert found["d"].lacking == {"python": "not built"}
    assert found["e"].error


@pytest.mark.bubblewrap
def test_a_node_says_what_it_has() -> None:
    there = cluster_doctor.inspect_node(SandboxSettings(sandbox="bubblewrap"), ("python",), prepare=False)
    assert there.launcher == "bubblewrap"
    assert there.images["python"]
    assert not there.lacking
    lacking = cluster_doctor.inspect_node(
        SandboxSettings(sandbox="bubblewrap", runtime=None), ("python", "lean"), prepare=False
    ).lacking
    assert "lean" in lacking


def test_images_that_are_missing_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []

    def choose(name: str, _settings: SandboxSettings) -> SimpleNamespace:
        if name not in built:
            raise SandboxError(f"image {name} is not built")
        launcher = SimpleNamespace(name="docker")
        return SimpleNamespace(launcher=launcher, description={"image_id": f"sha256:{name}"})

    def build(names: list[str], **_: object) -> None:
        if names == ["rust"]:
            raise SandboxError("no engine answers", "Start one.")
        built.extend(names)

    monkeypatch.setattr(cluster_doctor, "choose_launcher", choose)
    monkeypatch.setattr(cluster_doctor, "build", build)
    found = cluster_doctor.inspect_node(SandboxSettings(), ("python", "rust"), prepare=True)
    assert found.images == {"python": "sha256:python"}
    assert found.lacking == {"rust": "it cannot be built: no engine answers Start one."}
    assert found.launcher == "docker"


@pytest.mark.parametrize(
    ("backend", "url", "command"),
    [
        ("openai", None, "serve"),
        ("anthropic", None, "serve {port}"),
        ("openai", "http://h/v1", "serve {port}"),
    ],
)
def test_what_cannot_be_served(backend: str, url: str | None, command: str) -> None:
    spec = ModelSpec(backend=backend, name="m", base_url=url)
    with pytest.raises(UsageError):
        ServedModel(spec, ModelOptions(serve_command=command), lambda _: None)


def test_a_server_that_ends_is_started_again_and_its_words_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_node, "_own_address", lambda: "127.0.0.1")
    monkeypatch.setattr(replica_node, "PAUSE_S", 0.01)
    monkeypatch.setattr(replica_node, "CHECK_S", 0.05)
    monkeypatch.setattr(replica_node, "end_with_parent", lambda _: None)
    node = replica_node.ReplicaNode("sh -c 'echo no {model} here; exit 3'", "weights")
    deadline_s = time.monotonic() + 30
    while node.status().failures < 2 and time.monotonic() < deadline_s:
        time.sleep(0.05)
    node.stop()
    status = node.status()
    assert status.failures >= 2
    assert not status.healthy
    assert "no weights here" in status.tail
