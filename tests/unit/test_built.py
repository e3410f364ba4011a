"""What a program's cases find in their work directory: what its build left, whatever earlier cases did."""

from __future__ import annotations

import importlib
import mmap
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codeeval.sandboxes import images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUNNER = images.containers_folder() / "runner"


@pytest.fixture(scope="module")
def built() -> Iterator[Any]:
    sys.path.insert(0, str(RUNNER))
    yield importlib.import_module("built")
    sys.path.remove(str(RUNNER))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "program"
    (made / "data").mkdir(parents=True)
    (made / "main").write_bytes(b"binary" * 2000)
    (made / "main").chmod(0o755)
    (made / "data" / "text").write_text("text")
    (made / "link").symlink_to("data/text")
    (made / "empty").mkdir(mode=0o700)
    (made / "fixed").mkdir()
    (made / "fixed" / "file").write_text("x")
    (made / "fixed").chmod(0o555)
    return made


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            str(path.readlink()) if path.is_symlink() else path.read_text() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }


def through_memory(path: Path) -> None:
    """Change a file so that its times stay: read a page first, then write to it."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as view:
        assert view[:1]
        view[:1] = b"B"


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda folder: (folder / "main").write_bytes(b"Binary" * 2000),
    "through memory": lambda folder: through_memory(folder / "main"),
    "size": lambda folder: (folder / "data" / "text").write_text("text and more"),
    "mode": lambda folder: (folder / "main").chmod(0o700),
    "removed": lambda folder: (folder / "main").unlink(),
    "replaced by a link": lambda folder: [(folder / "main").unlink(), (folder / "main").symlink_to("data")],
    "replaced by a folder": lambda folder: [(folder / "main").unlink(), (folder / "main").mkdir()],
    "replaced by a pipe": lambda folder: [(folder / "main").unlink(), os.mkfifo(folder / "main")],
    "another target": lambda folder: [(folder / "link").unlink(), (folder / "link").symlink_to("main")],
    "folder removed": lambda folder: (folder / "empty").rmdir(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_noticed_and_undone(built: Any, folder: Path, change: Callable[[Path], object]) -> None:
    left, before = built.Built(str(folder)), contents(folder)
    assert left.reset()
    change(folder)
    assert not left.reset()
    folder.rename(folder.with_name("old"))
    folder.mkdir()
    left.restore()
    assert contents(folder) == before
    assert left.reset()


def test_what_was_added_is_removed(built: Any, folder: Path) -> None:
    left, before = built.Built(str(folder)), contents(folder)
    (folder / "new").write_text("x")
    (folder / "data" / "new").write_text("x")
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "file").write_text("x")
    (folder / "empty" / "away").symlink_to("/etc/passwd")
    assert left.reset()
    assert contents(folder) == before
    assert Path("/etc/passwd").exists()


def test_what_is_too_large_to_be_kept_is_only_checked(
    built: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(built, "MOST_BYTES", 1000)
    left = built.Built(str(folder))
    assert left.reset()
    (folder / "main").write_bytes(b"Binary" * 2000)
    assert not left.reset()
    with pytest.raises(built.cleaning.UncleanError):
        left.restore()


def test_attributes_that_a_case_adds_are_noticed(built: Any, folder: Path) -> None:
    """An access list is such an attribute, and changes what the next case may do."""
    left = built.Built(str(folder))
    try:
        os.setxattr(folder / "main", "user.secret", b"x")
    except OSError as error:
        pytest.skip(f"this file system has no attributes: {error}")
    assert not left.reset()
    os.removexattr(folder / "main", "user.secret")
    assert left.reset()
