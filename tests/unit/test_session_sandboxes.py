"""Which sandbox ``--sandbox NAME[:PATH]`` means for an image, and how a pool starts beside other work."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import pytest
from support import lean_sessions

from codeeval.errors import SandboxError, UnknownName, UsageError
from codeeval.pipeline import NoSandbox
from codeeval.pipeline.limits import DEFAULT_LIMITS
from codeeval.records import SandboxInfo
from codeeval.session.sandboxes import OpenPool, StartingPool, choose_launcher
from codeeval.session.settings import SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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


class Opener:
    """Opens a pool once it is let, and keeps what happens to it."""

    def __init__(self, error: SandboxError | None = None) -> None:
        self.may_open = threading.Event()
        self.events: list[str] = []
        self._error = error

    @contextlib.contextmanager
    def __call__(
        self, images: tuple[str, ...], _: object, notes: Callable[[str], None], __: object
    ) -> Iterator[OpenPool]:
        assert self.may_open.wait(10)
        self.notes = notes
        notes(f"sandbox of {images[0]}")
        if self._error is not None:
            raise self._error
        self.events.append("open")
        yield OpenPool(NoSandbox(), SandboxInfo(launcher="fake"))
        self.events.append("closed")


def starting(opener: Opener) -> StartingPool:
    return StartingPool(opener, ("python",), SandboxSettings(), DEFAULT_LIMITS)


def test_a_pool_starts_while_its_user_works_and_gives_its_notes_from_when_it_is_waited_for() -> None:
    opener, notes = Opener(), list[str]()
    with starting(opener) as pool:
        opener.events.append("work")
        opener.may_open.set()
        assert pool.wait(notes.append).info.launcher == "fake"
        assert notes == ["sandbox of python"]
        opener.notes("node-1 was lost")
        assert notes == ["sandbox of python", "node-1 was lost"]
    assert opener.events == ["work", "open", "closed"]


def test_why_a_pool_does_not_start_is_raised_where_it_is_waited_for() -> None:
    opener, notes = Opener(SandboxError("no engine")), list[str]()
    opener.may_open.set()
    with starting(opener) as pool, pytest.raises(SandboxError, match="no engine"):
        pool.wait(notes.append)
    assert notes == ["sandbox of python"]


def test_a_pool_that_nobody_waits_for_is_closed_all_the_same() -> None:
    opener = Opener()
    with starting(opener):
        threading.Timer(0.05, opener.may_open.set).start()
    assert opener.events == ["open", "closed"]
