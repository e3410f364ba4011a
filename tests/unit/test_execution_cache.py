"""Executions kept for later runs: found by content alone, judged anew, and never by grace of a stranger."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakePool

from codeeval.errors import StorageError
from codeeval.pipeline import NoSandbox
from codeeval.pipeline.execution_cache import ExecutionCache, identities
from codeeval.pipeline.verifier import Verifier
from codeeval.records import SandboxInfo
from codeeval.session.execution_cache import open_execution_cache
from codeeval.session.sandboxes import OpenPool
from codeeval.session.settings import ExecutionOptions, RunRequest, SandboxSettings
from codeeval.session.storage import cache_stats, clear_cache, prune_cache
from codeeval.types import Checker, Completion, CompletionKind, Outcome, Program, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCHMARK = FakeBenchmark(1, alike=True)
FILE = Path("executions", "executions.sqlite3")
INFO = SandboxInfo(
    launcher="docker", description={"image_id": "sha256:1"}, toolchain={"python": "Python 3.13.1"}
)


def program(text: str, sample: int = 0) -> Program:
    problem = BENCHMARK.problems[0]
    completion = Completion(task_id=problem.task_id, sample=sample, text=text, kind=CompletionKind.ANSWER)
    return BENCHMARK.program(problem, completion)


IMAGE = "python"


def made_by(info: SandboxInfo = INFO) -> dict[str, bytes]:
    return identities(info, (IMAGE,), cold=False)


def judged(folder: Path, *programs: Program, info: SandboxInfo = INFO) -> tuple[list[Verdict], int]:
    """Give the verdicts of a run on these programs, and how many of them it executed."""
    pool = FakePool(0)
    with ExecutionCache(folder, made_by(info)) as cache:
        verifier = Verifier(pool, sandbox_retries=0, timeout_reruns=0, cache=cache)
        verdicts = [verifier.attempt(each).result() for each in programs]
    return verdicts, len(pool.executed)


def test_a_program_of_an_earlier_run_is_judged_and_not_executed(tmp_path: Path) -> None:
    first, executed = judged(tmp_path, program("pass"), program("crash", 1))
    assert executed == 2
    again, executed = judged(tmp_path, program("pass", 7), program("crash", 1))
    assert executed == 0
    assert again == [
        msgspec.structs.replace(first[0], sample=7, attempts=0, cached=True),
        msgspec.structs.replace(first[1], attempts=0, cached=True),
    ]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("slow", Outcome.TIMEOUT),
        ("spins", Outcome.TIMEOUT),
        ("sandbox:9", Outcome.SANDBOX_ERROR),
        ("pass:import random", Outcome.PASSED),
        ("pass:open('a')", Outcome.PASSED),
        ("pass:time.time()", Outcome.PASSED),
    ],
)
def test_what_may_end_otherwise_is_not_kept(tmp_path: Path, text: str, outcome: Outcome) -> None:
    for _ in range(2):
        (verdict,), executed = judged(tmp_path, program(text))
        assert (verdict.outcome, verdict.cached, executed) == (outcome, False, 1)


def test_what_passed_at_the_second_attempt_is_not_kept(tmp_path: Path) -> None:
    pool = FakePool(0)
    with ExecutionCache(tmp_path, made_by()) as cache:
        verifier = Verifier(pool, cache=cache)
        assert verifier.submit(program("load-slow")).result().outcome is Outcome.PASSED
        assert verifier.attempt(program("sandbox:1", 1)).result().outcome is Outcome.PASSED
        assert verifier.attempt(program("crash", 2)).result().outcome is Outcome.RUNTIME_ERROR
    assert judged(tmp_path, program("load-slow"), program("sandbox:0", 1), program("crash"))[1] == 2


@pytest.mark.parametrize(
    "info",
    [
        msgspec.structs.replace(INFO, launcher="bubblewrap"),
        msgspec.structs.replace(INFO, description={"image_id": "sha256:2"}),
        msgspec.structs.replace(INFO, toolchain={"python": "Python 3.13.2"}),
    ],
    ids=["sandbox", "digest", "toolchain"],
)
def test_another_image_or_toolchain_executes_anew(tmp_path: Path, info: SandboxInfo) -> None:
    judged(tmp_path, program("pass"))
    assert judged(tmp_path, program("pass"), info=info)[1] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"stdin": "1"},
        {"expected": "2"},
        {"files": (msgspec.structs.replace(program("pass").files[0], content="pass:2"),)},
        {"steps": (msgspec.structs.replace(program("pass").steps[0], name="other"),)},
        {"tampering": "reads its tests"},
        {"image": "rust"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_program_executes_anew(tmp_path: Path, change: dict[str, object]) -> None:
    judged(tmp_path, program("pass"))
    assert judged(tmp_path, msgspec.structs.replace(program("pass"), **change))[1] == 1


def test_a_checker_in_an_image_without_digest_executes_each_time(tmp_path: Path) -> None:
    checker = Checker(language="python", image="elsewhere", files=(), steps=())
    with ExecutionCache(tmp_path, made_by()) as cache:
        assert cache.key(msgspec.structs.replace(program("pass"), checker=checker)) is None
        own = msgspec.structs.replace(checker, image=IMAGE)
        assert cache.key(msgspec.structs.replace(program("pass"), checker=own))


def test_images_without_a_digest_are_left_out() -> None:
    several = msgspec.structs.replace(INFO, description={"go.image_id": "sha256:1"})
    assert identities(several, ("go", "rust"), cold=False).keys() == {"go"}
    assert identities(INFO, ("python",), cold=False) != identities(INFO, ("python",), cold=True)
    assert not identities(SandboxInfo(launcher="bubblewrap"), ("python",), cold=False)


def test_a_corrupt_record_is_ignored_and_replaced(tmp_path: Path) -> None:
    judged(tmp_path, program("crash"))
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        (record,) = connection.execute("SELECT record FROM executions").fetchone()
        forged = record.replace(b'"exit_code":1', b'"exit_code":0')
        assert forged != record
        connection.execute("UPDATE executions SET record = ?", (forged,))
    for executed in (1, 0):
        (verdict,), count = judged(tmp_path, program("crash"))
        assert (verdict.outcome, count) == (Outcome.RUNTIME_ERROR, executed)


@pytest.mark.parametrize("who", ["file", "folder", "link", "owner"])
def test_a_file_that_others_may_write_is_not_used(
    tmp_path: Path, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(tmp_path, program("pass"))
    file = tmp_path / FILE
    match who:
        case "file":
            file.chmod(0o666)
        case "folder":
            file.parent.chmod(0o770)
        case "link":
            file.rename(tmp_path / "elsewhere")
            file.symlink_to(tmp_path / "elsewhere")
        case _:
            monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
            if not file.stat().st_uid:
                os.chown(file, 4321, -1)
    with pytest.raises(StorageError, match="executions"):
        ExecutionCache(tmp_path, made_by())


def test_a_folder_in_a_place_open_to_all_is_not_used(tmp_path: Path) -> None:
    place = tmp_path / "open"
    place.mkdir()
    place.chmod(0o777)
    with pytest.raises(StorageError, match="open"):
        ExecutionCache(place / "cache", made_by())
    place.chmod(0o1777)
    ExecutionCache(place / "cache", made_by()).close()


def test_a_file_that_fails_on_the_way_costs_executions_only(tmp_path: Path) -> None:
    notes: list[str] = []
    pool = FakePool(0)
    with ExecutionCache(tmp_path, made_by(), notes.append) as cache:
        with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
            connection.execute("DROP TABLE executions")
        verifier = Verifier(pool, cache=cache)
        assert verifier.attempt(program("pass")).result().outcome is Outcome.PASSED
        assert verifier.attempt(program("pass", 1)).result().outcome is Outcome.PASSED
    assert len(notes) == 1
    assert len(pool.executed) == 2


@pytest.fixture
def opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[OpenPool, contextlib.ExitStack]]:
    monkeypatch.setenv("CODEEVAL_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("CODEEVAL_CACHE")
    with contextlib.ExitStack() as stack:
        yield OpenPool(NoSandbox(), INFO), stack


@pytest.mark.parametrize(
    ("asked", "generates", "sandbox", "used"),
    [
        (None, True, "auto", True),
        (None, False, "auto", False),
        (True, False, "auto", True),
        (False, True, "auto", False),
        (True, True, "http://127.0.0.1:1", False),
    ],
)
def test_it_is_for_what_a_model_generates_unless_asked_for(
    opened: tuple[OpenPool, contextlib.ExitStack],
    asked: bool | None,
    generates: bool,
    sandbox: str,
    used: bool,
) -> None:
    request = RunRequest(
        benchmark="b",
        model="m:x",
        sandbox=SandboxSettings(sandbox=sandbox),
        execution=ExecutionOptions(execution_cache=asked),
    )
    notes: list[str] = []
    cache = open_execution_cache(request, (IMAGE,), *opened, notes.append, generates=generates)
    assert (cache is not None) == used
    assert bool(notes) == (not used and sandbox != "auto")


def test_it_is_counted_and_pruned_beside_completions(
    opened: tuple[OpenPool, contextlib.ExitStack], tmp_path: Path
) -> None:
    del opened
    judged(tmp_path, program("pass"), program("crash"), program("pass:2"))
    (share,) = cache_stats().execution_cache.images
    assert (share.image, share.executions) == (IMAGE, 3)
    assert prune_cache(model="openai:x").executions == 0
    assert prune_cache(max_bytes=share.size_bytes - 1).executions == 1
    assert prune_cache(image=IMAGE).executions == 2
    assert clear_cache().freed_bytes > 0
    assert not (tmp_path / FILE).exists()
