"""Where provers run: this machine and a container start, read, cut off and end a process alike."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

import pytest

from codeeval.errors import SandboxError
from codeeval.interfaces import SandboxOptions
from codeeval.provers.container import ContainerHost
from codeeval.provers.hosts import FOLDER, TOO_MUCH, Overdue, ProcessDied, Session
from codeeval.provers.local import LocalHost
from codeeval.sandboxes import building, images
from codeeval.types import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codeeval.provers.hosts import Host

WALL_S = 60.0


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """An image without an entry point."""
    name = f"codeeval-test/prover:shell-{os.getpid()}"  # engines also clean up for other tests
    dockerfile = f"FROM {images.tag('python')}\nENTRYPOINT []\n"
    building._build(name, {"Dockerfile": dockerfile.encode()}, {}, lambda _line: None)
    yield name
    images.engine().remove_image(name, force=True)


@pytest.fixture(params=["local", pytest.param("container", marks=pytest.mark.docker)])
def host(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    if request.param == "local":
        return LocalHost([str(tmp_path)])
    name = request.getfixturevalue("image")
    monkeypatch.setattr(images, "tag", lambda _name: name)
    options = SandboxOptions(image="shell", run_id="test-prover", prover_include=(str(tmp_path),))
    return ContainerHost(options, 1 << 30)


class Echo(Session):
    title = "echo"
    end_of_response = b"\n\n"
    max_response_bytes = 1 << 20

    def exchange(self, text: bytes, wall_s: float = WALL_S) -> bytes:
        self._send(text)
        return self._receive(time.monotonic() + wall_s)


def test_a_process_is_run_to_its_end_on_a_file(host: Host) -> None:
    file = SourceFile(path="text.txt", content="caf\u00e9 'quoted'\n")
    command = ["sh", "-c", 'cat "$0"; echo problem >&2; exit 3', f"{FOLDER}/text.txt"]
    done = host.run(command, file, wall_s=WALL_S)
    assert (done.stdout.decode(), done.stderr.strip(), done.status) == (file.content, "problem", 3)
    assert host.run(["sh", "-c", "echo version"], wall_s=WALL_S).stdout == b"version\n"


def test_a_process_that_does_not_end_is_cut_off(host: Host) -> None:
    before_s = time.monotonic()
    with pytest.raises(Overdue):
        host.run(["sleep", "600"], wall_s=1.0)
    assert time.monotonic() - before_s < 30


def test_a_process_that_prints_without_end_is_cut_off(host: Host) -> None:
    assert host.run(["yes"], wall_s=WALL_S) == TOO_MUCH


def test_a_session_returns_whole_responses_and_keeps_the_rest(host: Host) -> None:
    with contextlib.closing(Echo(host.start(["cat"]))) as session:
        assert session.exchange(b"one\n\n") == b"one"
        assert not session.pending
        assert session.exchange(b"two\nlines\n\nthree\n") == b"two\nlines"
        assert session.pending
        assert session.exchange(b"\n") == b"three"
        with pytest.raises(Overdue):
            session.exchange(b"no end", 0.5)


def test_a_session_whose_process_dies_quotes_its_standard_error(host: Host) -> None:
    with contextlib.closing(Echo(host.start(["sh", "-c", "read line; echo broken >&2; exit 1"]))) as session:
        with pytest.raises(ProcessDied) as caught:
            session.exchange(b"x\n")
        assert "broken" in caught.value.stderr
        assert "broken" in caught.value.message


def test_a_response_that_is_too_long_ends_the_session(host: Host) -> None:
    with contextlib.closing(Echo(host.start(["yes"]))) as session, pytest.raises(ProcessDied):
        session.exchange(b"")


def test_folders_of_a_project_are_where_processes_see_them(host: Host, tmp_path: Path) -> None:
    (tmp_path / "M.fst").write_text("module M\n")
    done = host.run(["sh", "-c", f"cat {host.include[0]}/M.fst"], wall_s=WALL_S)
    assert done.stdout == b"module M\n"


def test_a_missing_program_is_an_error_with_a_remedy() -> None:
    with pytest.raises(SandboxError) as caught:
        LocalHost(how_to_get="install it").start(["/nowhere/prover"])
    assert caught.value.remedy == "install it"
