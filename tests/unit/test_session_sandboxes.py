"""Which sandbox ``--sandbox NAME[:PATH]`` means for an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import lean_sessions

from codeeval.errors import SandboxError, UnknownName, UsageError
from codeeval.session.sandboxes import choose_launcher
from codeeval.session.settings import SandboxSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def double(tmp_path: Path) -> str:
    """A test double of Lean, as ``--sandbox lean:`` names it."""
    return lean_sessions.write(tmp_path / "sessions")


def test_a_prover_is_found_by_the_option(double: str) -> None:
    chosen = choose_launcher("lean", SandboxSettings(sandbox=f"lean:{double}"))
    assert chosen.launcher.name == "lean"
    assert chosen.options.prover == double
    assert chosen.description["double"] == double.removeprefix("double:")


@pytest.mark.parametrize("name", ["auto", "lean"])
def test_without_a_path_the_settings_apply(name: str, double: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEEVAL_LEAN", double)
    monkeypatch.setenv("CODEEVAL_FSTAR", "/nowhere/fstar.exe")
    chosen = choose_launcher("lean", SandboxSettings(sandbox=name))
    assert (chosen.launcher.name, chosen.options.prover) == ("lean", double)


def test_the_option_overrides_the_settings(double: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEEVAL_LEAN", "/nowhere/lean")
    assert choose_launcher("lean", SandboxSettings(sandbox=f"lean:{double}")).options.prover == double


@pytest.mark.parametrize(
    ("image", "sandbox"),
    [
        ("python", "docker:/usr/bin/docker"),
        ("python", "bubblewrap:x"),
        ("python", "lean:/usr/bin/lean"),
        ("python", "fstar"),
        ("lean", "docker"),
        ("lean", "fstar:/usr/bin/fstar.exe"),
    ],
)
def test_a_sandbox_that_does_not_fit_is_refused(image: str, sandbox: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose_launcher(image, SandboxSettings(sandbox=sandbox))
    assert caught.value.remedy


def test_an_unknown_sandbox_is_refused() -> None:
    with pytest.raises(UnknownName):
        choose_launcher("python", SandboxSettings(sandbox="lxc:/x"))


def test_a_missing_prover_is_named() -> None:
    with pytest.raises(SandboxError, match="/nowhere/lean"):
        choose_launcher("lean", SandboxSettings(sandbox="lean:/nowhere/lean"))
