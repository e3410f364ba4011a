"""What engines say of themselves (``/info``), and what follows for a sandbox."""

from __future__ import annotations

import pytest

from codeeval.sandboxes.docker import engine_traits

LIMITING = {"MemoryLimit": True, "PidsLimit": True}
DOCKER = {**LIMITING, "CgroupVersion": "1", "SecurityOptions": ["name=seccomp,profile=default"]}
ROOTLESS_DOCKER_1 = {
    "MemoryLimit": False,
    "PidsLimit": False,
    "CgroupVersion": "1",
    "CgroupDriver": "none",
    "SecurityOptions": ["name=seccomp,profile=default", "name=rootless"],
}
ROOTLESS_DOCKER_2 = {**LIMITING, "CgroupVersion": "2", "SecurityOptions": ["name=rootless"]}
PODMAN = {**DOCKER, "Rootless": False, "BuildahVersion": "1.28.2"}
ROOTLESS_PODMAN_1 = {**PODMAN, "Rootless": True}
WRITABLE = ("/run", "/var/tmp")
GROUPS = ("/sys/fs/cgroup",)


@pytest.mark.parametrize(
    ("info", "limits", "covered"),
    [
        (DOCKER, True, ()),
        (ROOTLESS_DOCKER_1, False, GROUPS),
        (ROOTLESS_DOCKER_2, True, ()),
        ({**ROOTLESS_DOCKER_2, "PidsLimit": False}, False, GROUPS),
        (PODMAN, True, WRITABLE),
        (ROOTLESS_PODMAN_1, False, WRITABLE + GROUPS),
        ({**ROOTLESS_PODMAN_1, "CgroupVersion": "2"}, True, WRITABLE),
        ({}, True, ()),
    ],
)
def test_what_an_engine_limits(info: dict[str, object], limits: bool, covered: tuple[str, ...]) -> None:
    assert engine_traits(info) == (limits, covered)
