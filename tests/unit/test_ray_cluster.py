"""What a user without Ray, or with the wrong address, is told; names of nodes. None of it needs a cluster."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from codeeval.cluster.ray_cluster import Connection, node_names
from codeeval.errors import SandboxError, UsageError
from codeeval.session.cluster import on_node
from codeeval.session.settings import SandboxSettings


def test_ray_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SandboxError, match=r"codeeval\[ray\]"):
        Connection("auto")


def test_ray_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    old = ModuleType("ray")
    old.__version__ = "2.9.3"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ray", old)
    with pytest.raises(SandboxError, match=r"2\.55 or newer, and this is 2\.9\.3"):
        Connection("auto")


def test_nodes_with_one_host_get_different_names() -> None:
    def node(id_: str, host: str, name: str) -> dict[str, Any]:
        return {
            "NodeID": id_,
            "NodeManagerHostname": host,
            "NodeManagerAddress": "10.0.0.1",
            "NodeName": name,
        }

    nodes = [
        node("aaaaaaaa", "vm", "10.0.0.1"),
        node("bbbbbbbb", "vm", ""),
        node("cccccccc", "vm", "big"),
        node("dddddddd", "other", "10.0.0.1"),
    ]
    assert list(node_names(nodes).values()) == ["vm-aaaaaa", "vm-bbbbbb", "big", "other"]


def test_what_nodes_execute_with() -> None:
    assert on_node(SandboxSettings(sandbox="ray")) == SandboxSettings(sandbox="auto")
    there = on_node(SandboxSettings(sandbox="docker", ray="h:1", runtime="runsc"))
    assert there == SandboxSettings(sandbox="docker", runtime="runsc")
    with pytest.raises(UsageError, match="http://h:1"):
        on_node(SandboxSettings(sandbox="http://h:1", ray="h:1"))
