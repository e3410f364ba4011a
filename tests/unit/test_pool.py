"""The pool on sandboxes that are only pretended: order, batches, deaths, turns, closing."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.sandboxing import SMALL_SANDBOX, program

from codeeval.errors import SandboxError
from codeeval.sandboxes import pool as pool_module
from codeeval.sandboxes.pool import BATCH, Pool
from codeeval.types import Execution, Program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import SandboxOptions

WAIT_S = 20


def job(number: int, source: str = "pass") -> Program:
    return msgspec.structs.replace(program(source), sample=number)


class FakeSandbox:
    """Runs a program by obeying its source: die, retire, slow, block, or nothing."""

    def __init__(self, launcher: FakeLauncher) -> None:
        self.launcher = launcher
        self.waiting: deque[Program] = deque()
        self.toolchain = dict(launcher.tools)
        self.retired = False
        self.closed = threading.Event()
        self.batches: list[int] = []

    def send(self, programs: Sequence[Program]) -> None:
        if self.closed.is_set():
            raise SandboxError("closed")
        if any("unsendable" in item.files[0].content for item in programs):
            raise ValueError("unsendable")
        self.waiting.extend(programs)
        self.batches.append(len(programs))
        self.launcher.most_inside = max(self.launcher.most_inside, len(self.waiting))

    def receive(self) -> Execution:
        wanted = self.waiting[0]
        source = wanted.files[0].content
        with self.launcher.running(wanted):
            if source == "block":
                self.closed.wait(WAIT_S)
            if source == "slow":
                time.sleep(0.02)
            if self.closed.is_set():
                raise SandboxError("closed")
            if source == "die" or (source == "die once" and self.launcher.first_time(wanted.sample)):
                raise SandboxError("died")
            if source == "unexpected":
                raise RuntimeError("unexpected")
            self.retired = source == "retire"
        self.waiting.popleft()
        return Execution(task_id=wanted.task_id, sample=wanted.sample)

    def close(self) -> None:
        self.closed.set()


class FakeLauncher:
    name = "fake"

    def __init__(self, failures: Sequence[Exception | None] = ()) -> None:
        self.failures = list(failures)
        self.sandboxes: list[FakeSandbox] = []
        self.images: list[str] = []
        self.broken: set[str] = set()
        self.tools = {"python": "0"}
        self.threads: set[threading.Thread] = set()
        self.most_inside = 0
        self.most_running = 0
        self.at_once: dict[int, set[int]] = {}
        self.order: list[int] = []
        self._now: set[int] = set()
        self._seen: set[int] = set()
        self._lock = threading.Lock()

    def launch(self, options: SandboxOptions) -> FakeSandbox:
        with self._lock:
            self.images.append(options.image)
            self.threads.add(threading.current_thread())
            if options.image in self.broken:
                raise SandboxError(f"no {options.image}")
            if self.failures and (failure := self.failures.pop(0)):
                raise failure
            self.sandboxes.append(FakeSandbox(self))
            return self.sandboxes[-1]

    def first_time(self, sample: int) -> bool:
        with self._lock:
            first = sample not in self._seen
            self._seen.add(sample)
            return first

    def running(self, wanted: Program) -> Running:
        return Running(self, wanted.sample)

    def begin(self, sample: int) -> None:
        with self._lock:
            self._now.add(sample)
            self.most_running = max(self.most_running, len(self._now))
            self.order.append(sample)
            for other in self._now:
                self.at_once.setdefault(other, set()).update(self._now - {other})

    def end(self, sample: int) -> None:
        with self._lock:
            self._now.discard(sample)


class Running:
    def __init__(self, launcher: FakeLauncher, sample: int) -> None:
        self.launcher = launcher
        self.sample = sample

    def __enter__(self) -> None:
        self.launcher.begin(self.sample)

    def __exit__(self, *_: object) -> None:
        self.launcher.end(self.sample)


def started(launcher: FakeLauncher, size: int = 1) -> Pool:
    pool = Pool(launcher, SMALL_SANDBOX, size)
    pool.start()
    return pool


def results(futures: Sequence[Future[Execution]]) -> list[Execution]:
    return [future.result(timeout=WAIT_S) for future in futures]


def test_each_program_gets_its_own_execution_in_order() -> None:
    launcher = FakeLauncher()
    pool = started(launcher)
    executions = results([pool.submit(job(number)) for number in range(100)])
    pool.close()
    assert [execution.sample for execution in executions] == list(range(100))
    assert launcher.order == list(range(100))
    assert not any(execution.error for execution in executions)


def test_batches_only_while_there_is_plenty() -> None:
    launcher = FakeLauncher()
    pool = started(launcher)
    results([pool.submit(job(number, "slow")) for number in range(3)])
    assert launcher.most_inside == 1
    results([pool.submit(job(number, "slow")) for number in range(60)])
    pool.close()
    assert 1 < launcher.most_inside <= BATCH


def test_programs_too_long_to_wait_in_the_pipe_go_alone() -> None:
    launcher = FakeLauncher()
    pool = started(launcher)
    results([pool.submit(job(number, "#" * 20_000)) for number in range(60)])
    pool.close()
    assert launcher.most_inside == 1


def test_a_program_longer_than_a_sandbox_takes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "MOST_CHARS", 3 << 20)
    launcher = FakeLauncher()
    pool = started(launcher)
    refused, taken = results([pool.submit(job(0, "#" * (4 << 20))), pool.submit(job(1))])
    pool.close()
    assert "4 MiB" in refused.error
    assert refused.final
    assert (taken.error, launcher.order) == ("", [1])


def test_a_death_blames_the_culprit_only() -> None:
    launcher = FakeLauncher()
    pool = started(launcher)
    sources = ["slow"] * 20 + ["die"] + ["slow"] * 40
    executions = results([pool.submit(job(number, source)) for number, source in enumerate(sources)])
    pool.close()
    assert [execution.sample for execution in executions if execution.error] == [20]
    assert executions[20].error == "died"
    assert launcher.most_inside > 1
    assert len(launcher.sandboxes) >= 2
    assert all(sandbox.closed.is_set() for sandbox in launcher.sandboxes)


def test_many_deaths() -> None:
    launcher = FakeLauncher()
    pool = started(launcher, 2)
    sources = ["die" if number % 3 == 0 else "pass" for number in range(120)]
    executions = results([pool.submit(job(number, source)) for number, source in enumerate(sources)])
    pool.close()
    assert [bool(execution.error) for execution in executions] == [source == "die" for source in sources]


def test_a_death_that_does_not_repeat_is_forgotten_when_others_were_inside() -> None:
    launcher = FakeLauncher()
    pool = started(launcher)
    sources = ["slow"] * 20 + ["die once"] + ["slow"] * 40
    executions = results([pool.submit(job(number, source)) for number, source in enumerate(sources)])
    pool.close()
    assert not any(execution.error for execution in executions)


@pytest.mark.parametrize("source", ["unsendable", "unexpected"])
def test_an_unexpected_error_is_a_sandbox_error(source: str) -> None:
    pool = started(FakeLauncher())
    executions = results([pool.submit(job(0, source)), pool.submit(job(1))])
    pool.close()
    assert [execution.error for execution in executions] == [source, ""]


def test_a_retired_sandbox_is_replaced_and_nothing_is_lost() -> None:
    launcher = FakeLauncher()
    pool = started(launcher)
    sources = ["retire" if number % 10 == 5 else "slow" for number in range(60)]
    executions = results([pool.submit(job(number, source)) for number, source in enumerate(sources)])
    pool.close()
    assert [execution.sample for execution in executions] == list(range(60))
    assert not any(execution.error for execution in executions)
    assert len(launcher.sandboxes) >= 7


def test_after_a_renewal_nothing_runs_where_something_has_run() -> None:
    launcher = FakeLauncher()
    pool = started(launcher)
    results([pool.submit(job(number)) for number in range(20)])
    pool.renew()
    results([pool.submit(job(20))])
    assert [sandbox.closed.is_set() for sandbox in launcher.sandboxes] == [True, False]
    running = [pool.submit(job(number, "slow")) for number in range(60)]
    pool.renew()  # while programs run: what was sent ahead ends where it is, what waits does not go there
    results(running)
    pool.close()
    assert len(launcher.sandboxes) == 3


def test_alone_is_alone() -> None:
    launcher = FakeLauncher()
    pool = started(launcher, 4)
    futures = []
    for number in range(120):
        submit = pool.submit_alone if number % 20 == 10 else pool.submit
        futures.append(submit(job(number, "slow")))
    results(futures)
    pool.close()
    assert any(launcher.at_once[number] for number in range(120) if number % 20 != 10)
    for number in range(10, 120, 20):
        assert launcher.at_once[number] == set()


def working() -> set[threading.Thread]:
    """Threads that serve sandboxes; some may be other tests'."""
    return {thread for thread in threading.enumerate() if thread.name == "codeeval-sandbox"}


def test_a_failing_start_raises_and_ends_the_others() -> None:
    others = working()
    launcher = FakeLauncher([None, SandboxError("no engine"), None])
    pool = Pool(launcher, SMALL_SANDBOX, 3)
    with pytest.raises(SandboxError, match="no engine"):
        pool.start()
    assert len(launcher.sandboxes) == 2
    assert all(sandbox.closed.is_set() for sandbox in launcher.sandboxes)
    assert working() == others


def test_a_replacement_that_does_not_start_costs_one_program() -> None:
    launcher = FakeLauncher([None, SandboxError("no engine any more")])
    pool = started(launcher)
    executions = results([pool.submit(job(0, "die")), pool.submit(job(1)), pool.submit(job(2))])
    pool.close()
    assert [execution.error for execution in executions] == ["died", "no engine any more", ""]


def test_close_cancels_what_waits_and_does_not_wait_for_what_runs() -> None:
    others = working()
    launcher = FakeLauncher()
    pool = started(launcher)
    blocked = pool.submit(job(0, "block"))
    deadline = time.monotonic() + WAIT_S
    while not launcher.order:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    waiting = [pool.submit(job(number)) for number in range(1, 50)]
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < 5
    assert blocked.result(timeout=1).error == "closed"
    for future in waiting:
        with pytest.raises(CancelledError):
            future.result(timeout=1)
    assert working() == others


def test_close_settles_all_that_was_in_a_sandbox() -> None:
    launcher = FakeLauncher()
    pool = started(launcher)
    futures = [pool.submit(job(number, "slow")) for number in range(40)]
    while launcher.most_inside < 2:
        time.sleep(0.001)
    pool.close()
    assert all(future.done() for future in futures)
    assert all(sandbox.closed.is_set() for sandbox in launcher.sandboxes)


def test_close_twice_and_before_start() -> None:
    pool = Pool(FakeLauncher(), SMALL_SANDBOX, 2)
    assert pool.toolchain == {}
    pool.close()
    pool = started(FakeLauncher(), 2)
    assert pool.toolchain == {"python": "0"}
    pool.close()
    pool.close()


def test_a_cancelled_program_has_no_result() -> None:
    launcher = FakeLauncher()
    pool = started(launcher)
    first = pool.submit(job(0, "slow"))
    second = pool.submit(job(1))
    cancelled = second.cancel()
    assert first.result(timeout=WAIT_S).error == ""
    third = pool.submit(job(2)).result(timeout=WAIT_S)
    pool.close()
    assert third.sample == 2
    assert cancelled == second.cancelled()


IMAGES = ("python", "gcc", "python-bigcodebench")


def of_image(number: int, image: str, source: str = "pass") -> Program:
    return msgspec.structs.replace(job(number, source), image=image)


def spanning(launcher: FakeLauncher, size: int, max_sandboxes: int) -> Pool:
    pool = Pool(launcher, SMALL_SANDBOX, size, images=IMAGES, max_sandboxes=max_sandboxes)
    pool.start()
    return pool


def test_several_images_share_the_workers() -> None:
    launcher = FakeLauncher()
    pool = spanning(launcher, 2, 8)
    assert sorted(launcher.images) == sorted(IMAGES)
    assert pool.toolchain == {f"{image}/python": "0" for image in IMAGES}
    programs = [of_image(number, IMAGES[number % 3], "slow") for number in range(90)]
    executions = results([pool.submit(program) for program in programs])
    pool.close()
    assert [execution.sample for execution in executions] == list(range(90))
    assert not any(execution.error for execution in executions)
    assert launcher.most_running == 2
    assert len(launcher.images) <= 9, "sandboxes are kept for their image, not started again and again"
    assert all(sandbox.closed.is_set() for sandbox in launcher.sandboxes)


def test_threads_that_start_sandboxes_live_as_long_as_these() -> None:
    """A process that is to die with its parent dies with the thread that started it."""
    launcher = FakeLauncher()
    pool = spanning(launcher, 2, 8)
    assert all(thread.is_alive() for thread in launcher.threads)
    pool.close()
    assert not any(thread.is_alive() for thread in launcher.threads)


def test_a_renewal_of_several_images() -> None:
    launcher = FakeLauncher()
    pool = spanning(launcher, 2, 8)
    results([pool.submit(of_image(number, IMAGES[number % 3])) for number in range(30)])
    before = list(launcher.sandboxes)
    pool.renew()
    results([pool.submit(of_image(number, IMAGES[number % 3])) for number in range(90)])
    assert len(launcher.sandboxes) >= len(before) + len(IMAGES)
    pool.close()


def test_no_more_sandboxes_than_allowed() -> None:
    launcher = FakeLauncher()
    pool = spanning(launcher, 1, 2)
    for number in range(12):
        results([pool.submit(of_image(number, IMAGES[number % 3]))])
        assert sum(not sandbox.closed.is_set() for sandbox in launcher.sandboxes) <= 2
    pool.close()


def test_an_image_without_a_sandbox_leaves_the_others_going() -> None:
    launcher = FakeLauncher()
    launcher.broken = {"gcc"}
    pool = spanning(launcher, 2, 8)
    assert {image: error.message for image, error in pool.failures.items()} == {"gcc": "no gcc"}
    executions = results([pool.submit(of_image(number, image)) for number, image in enumerate(IMAGES)])
    pool.close()
    assert [execution.error for execution in executions] == ["", "no gcc", ""]
    assert executions[1].final


def test_an_unrequested_image_is_a_sandbox_error() -> None:
    pool = spanning(FakeLauncher(), 1, 8)
    executions = results([pool.submit(of_image(0, "fstar")), pool.submit(of_image(1, "gcc"))])
    pool.close()
    assert ["fstar" in execution.error for execution in executions] == [True, False]


def test_no_image_works() -> None:
    launcher = FakeLauncher()
    launcher.broken = set(IMAGES)
    with pytest.raises(SandboxError, match="no python"):
        spanning(launcher, 1, 8)


def test_a_tool_that_disappeared_is_named() -> None:
    launcher = FakeLauncher()
    launcher.tools = {"gcc": "missing"}
    pool = spanning(launcher, 1, 8)
    pool.close()
    assert "gcc" in pool.failures["gcc"].message
    assert "codeeval sandbox build gcc" in pool.failures["gcc"].remedy


def test_alone_is_alone_among_images_too() -> None:
    launcher = FakeLauncher()
    pool = spanning(launcher, 3, 8)
    futures = []
    for number in range(60):
        submit = pool.submit_alone if number % 20 == 10 else pool.submit
        futures.append(submit(of_image(number, IMAGES[number % 3], "slow")))
    results(futures)
    pool.close()
    for number in range(10, 60, 20):
        assert launcher.at_once[number] == set()
