"""Where user namespaces are off: what forbids them is named, with what allows them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from codeeval.cli.main import run_command
from codeeval.errors import SandboxError
from codeeval.sandboxes import rootless, user_namespaces
from codeeval.sandboxes.bubblewrap import BubblewrapLauncher

if TYPE_CHECKING:
    from pathlib import Path

DENIED = (
    "bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged"
)


@pytest.mark.parametrize(
    ("file", "value", "helps"),
    [
        ("proc/sys/kernel/unprivileged_userns_clone", "0\n", "kernel.unprivileged_userns_clone=1"),
        ("proc/sys/user/max_user_namespaces", "0\n", "user.max_user_namespaces="),
        ("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", "AppArmor"),
        (".dockerenv", "", "seccomp=unconfined"),
        ("run/.containerenv", "", "seccomp=unconfined"),
        ("proc/sys/kernel/unprivileged_userns_clone", "1\n", "Allow unprivileged user namespaces"),
    ],
)
def test_the_remedy_names_what_forbids_them(file: str, value: str, helps: str, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(value)
    remedy = user_namespaces.remedy(tmp_path)
    assert helps in remedy
    assert "codeeval serve" in remedy


@pytest.fixture
def denying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``bwrap`` that the kernel refuses what it needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "bwrap"
    command.write_text(f"#!/bin/sh\necho '{DENIED}' >&2\nexit 1\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return command


@pytest.mark.usefixtures("denying")
def test_nothing_is_built_without_them(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="user namespaces cannot be used here") as caught:
        rootless.build(["bash"], tmp_path / "images", bootstrap=False, ca_bundle=None, log=print)
    assert DENIED in caught.value.message
    assert caught.value.remedy == user_namespaces.remedy()
    assert not (tmp_path / "images").exists()


@pytest.mark.usefixtures("denying")
def test_the_doctor_says_what_allows_them() -> None:
    with pytest.raises(SandboxError, match="does not work here") as caught:
        BubblewrapLauncher().probe()
    assert caught.value.remedy == user_namespaces.remedy()


def test_an_architecture_without_a_filter() -> None:
    with pytest.raises(SandboxError, match="riscv64"):
        user_namespaces.pretending("riscv64")


def test_an_image_of_a_prover_needs_an_engine(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["sandbox", "build", "fstar", "--rootless"]) == SandboxError.exit_code
    assert "'fstar' is for the sandbox fstar" in capsys.readouterr().err
