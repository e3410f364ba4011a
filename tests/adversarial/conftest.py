"""A sandbox for hostile programs, which must serve an honest one right after each."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import sandboxing

from codeeval.sandboxes import images

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST_FOLDERS = ("/", "/usr", "/usr/bin", "/etc", "/opt", "/opt/codeeval", "/root", "/var", "/tmp", "/dev", "/dev/shm")
ESCAPE = "codeeval-escape"
"""What hostile programs call the files that they try to leave outside."""


@pytest.fixture(scope="session", params=[sandboxing.DOCKER, sandboxing.BUBBLEWRAP, sandboxing.ROOTLESS])
def shared_box(request: pytest.FixtureRequest) -> Iterator[sandboxing.Box]:
    before = _host()
    with sandboxing.boxed(request.param, sandboxing.SMALL_SANDBOX) as made:
        yield made
    assert _host() == before


@pytest.fixture
def box(shared_box: sandboxing.Box) -> Iterator[sandboxing.Box]:
    yield shared_box
    shared_box.check_clean()


def _host() -> str:
    """What programs must not change on the host: the runner's code; and no file of theirs is anywhere."""
    digest = hashlib.sha256()
    for path in sorted((images.containers_folder() / "runner").glob("*.py")):
        digest.update(path.read_bytes())
    for folder in HOST_FOLDERS:
        if os.access(folder, os.R_OK):
            assert not [name for name in os.listdir(folder) if name.startswith(ESCAPE)], folder  # noqa: PTH208
    assert not Path("/proc/sys/kernel/hostname").read_text("ascii").startswith(ESCAPE)
    return digest.hexdigest()
