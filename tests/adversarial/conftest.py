"""A sandbox for hostile programs, which must serve an honest one right after each."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest
from support import sandboxing

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST_FOLDERS = (
    "/",
    "/usr",
    "/usr/bin",
    "/etc",
    "/opt",
    "/opt/codeeval",
    "/root",
    "/var",
    "/tmp",
    "/dev",
    "/dev/shm",
)
ESCAPE = "codeeval-escape"
"""What hostile programs call the files that they try to leave outside."""


@pytest.fixture(
    scope="session",
    params=[
        sandboxing.DOCKER,
        sandboxing.BUBBLEWRAP,
        sandboxing.ROOTLESS,
        sandboxing.UNPACKED,
        sandboxing.UNPACKED_ROOTLESS,
    ],
)
def shared_box(request: pytest.FixtureRequest) -> Iterator[sandboxing.Box]:
    with sandboxing.boxed(request.param, sandboxing.SMALL_SANDBOX) as made:
        yield made
    _check_host()


@pytest.fixture
def box(shared_box: sandboxing.Box) -> Iterator[sandboxing.Box]:
    yield shared_box
    shared_box.check_clean()


def _check_host() -> None:
    for folder in HOST_FOLDERS:
        if os.access(folder, os.R_OK):
            assert not [name for name in os.listdir(folder) if name.startswith(ESCAPE)], folder  # noqa: PTH208
    assert not socket.gethostname().startswith(ESCAPE)
