"""Where provers run: memory, folders, and the processes that sandboxes share."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from typing import TYPE_CHECKING

from codeeval.interfaces import SandboxOptions
from codeeval.provers.findings import ACCEPTED, Category, Finding
from codeeval.provers.fstar.prover import FStarLauncher
from codeeval.provers.hosts import FOLDER
from codeeval.provers.local import PREFIX, LocalHost, sweep
from codeeval.provers.sandbox import Checker, Checkers, Prover
from codeeval.types import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from codeeval.types import Program, ProofStep

WALL_S = 60.0
MEMORY = 256 << 20
GREEDY = "import sys; data = bytearray(int(sys.argv[1])); print(len(data))"


def test_a_local_prover_and_what_it_starts_have_a_memory_limit() -> None:
    host = LocalHost(memory_bytes=MEMORY)
    call = f"[sys.executable, '-c', {GREEDY!r}, sys.argv[1]]"
    started = f"import subprocess, sys; sys.exit(subprocess.run({call}).returncode)"
    for program in (GREEDY, started):
        wait = f"import time; time.sleep(0.2)\n{program}"  # as a prover, which loads its library first
        assert host.run([sys.executable, "-c", wait, str(MEMORY // 4)], wall_s=WALL_S).status == 0
        too_much = host.run([sys.executable, "-c", wait, str(2 * MEMORY)], wall_s=WALL_S)
        assert too_much.status == 1
        assert "MemoryError" in too_much.stderr


def test_folders_left_behind_are_removed_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = tmp_path / f"{PREFIX}{ended.pid}-abc"
    left.mkdir()
    (left / "M.fst").write_text("module M\n")
    other = tmp_path / f"{PREFIX}unknown"
    other.mkdir()
    host = LocalHost()
    stream = host.start(["sleep", "60"])
    working = [folder for folder in tmp_path.iterdir() if folder.name.startswith(f"{PREFIX}{os.getpid()}-")]
    assert len(working) == 1
    assert sweep() == 1
    assert set(tmp_path.iterdir()) == {other, *working}
    stream.close()
    assert set(tmp_path.iterdir()) == {other}
    file = SourceFile(path="a", content="x")
    assert host.run(["cat", f"{FOLDER}/a"], file, wall_s=WALL_S).stdout == b"x"
    assert set(tmp_path.iterdir()) == {other}


def test_what_a_run_records_names_the_include_folders(tmp_path: Path) -> None:
    binary = tmp_path / "fstar.exe"
    binary.write_text("#!/bin/sh\necho 'F* 1'\n")
    binary.chmod(0o755)
    include = (str(tmp_path / "a"), str(tmp_path / "b"))
    options = SandboxOptions(image="fstar", prover=str(binary), prover_include=include)
    assert FStarLauncher().describe(options)["include"] == ":".join(include)


class Meeting(Checker[str]):
    """Answers when as many candidates as expected are being judged at once."""

    title = "a meeting"

    def __init__(self, barrier: threading.Barrier) -> None:
        super().__init__()
        self._barrier = barrier

    def _end(self) -> None:
        pass

    def _refused(self, task: str, candidate: str) -> Finding | None:
        return Finding(Category.CHEAT) if "cheat" in candidate + task else None

    def _sound(self, task: str) -> bool:
        return bool(task)

    def _judge(self, task: str, candidate: str, wall_s: float) -> Finding:
        self._sending()
        self.starts += bool(task) and not self.starts
        self._barrier.wait(wall_s)
        return ACCEPTED if candidate == "right" else Finding(Category.UNPROVED)


class MeetingProver(Prover[str]):
    """Starts meetings, which all tasks share."""

    version = "1"

    def __init__(self, parties: int) -> None:
        self._barrier = threading.Barrier(parties)

    def checker(self) -> Meeting:
        return Meeting(self._barrier)

    def read(self, step: ProofStep, program: Program) -> tuple[str, str]:
        raise NotImplementedError

    def shared(self, task: str) -> str:
        return task


def test_candidates_of_one_file_are_judged_at_the_same_time() -> None:
    checkers = Checkers(MeetingProver(3))
    found: list[Finding] = []
    for _ in range(3):
        checkers.open()
    threads = [
        threading.Thread(target=lambda: found.append(checkers.check("A.fst", "wrong", WALL_S)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.category for each in found] == [Category.UNPROVED] * 3
    assert checkers.starts == 3
    for _ in range(3):
        checkers.close()


def test_an_idle_process_of_the_same_context_is_used_again() -> None:
    checkers = Checkers(MeetingProver(1))
    checkers.open()
    for context in ("A.fst", "B.fst", "A.fst", "B.fst"):
        checkers.check(context, "wrong", WALL_S)
    assert checkers.starts == 2
    for context in range(10):
        checkers.check(f"{context}.fst", "wrong", WALL_S)
    checkers.check("A.fst", "wrong", WALL_S)
    assert checkers.starts == 2 + 10 + 1, "the first was ended: too many were idle"
    checkers.close()
