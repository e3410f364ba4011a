"""What the runner counts of programs: CPU time, by group and by process, and what the kernel holds."""

from __future__ import annotations

import importlib
import os
import select
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from codeeval.sandboxes import control_group, images

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = ("accounting", "watch", "holdings", "cleaning", "job", "inputs")
RUNNER = images.containers_folder() / "runner"


HEADINGS = {
    "shm": "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid"
    "      atime      dtime      ctime                   rss                  swap\n",
    "sem": "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n",
    "msg": "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid"
    "      stime      rtime      ctime\n",
}
ROWS = {
    "shm": ("0 1 1666 9999999 5 5 0 1 1 1 1 0 0 0 4096 8192\n", 12288),
    "sem": ("0 1 1666 100 1 1 1 1 0 0\n", 6400),
    "msg": ("0 1 1666 700 3 1 1 1 1 1 1 0 0 0\n", 700),
}


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, Any]]:
    before = set(sys.modules)
    sys.path.insert(0, str(RUNNER))
    yield {name: importlib.import_module(name) for name in MODULES}
    sys.path.remove(str(RUNNER))
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def accounting(modules: dict[str, Any]) -> Any:  # Any: a module of the runner
    return modules["accounting"]


class TestCpuMeter:
    """Reads the sandbox's own control group, of either version, and no other."""

    @pytest.fixture
    def usage(self, accounting: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(accounting, "_version_2", lambda: str(tmp_path / "cpu.stat"))
        monkeypatch.setattr(accounting, "VERSION_1", str(tmp_path / "cpuacct.usage"))
        monkeypatch.setattr(accounting, "_reaped_s", lambda: 0.0)
        monkeypatch.setattr(accounting, "time", _Clock())
        return tmp_path / "cpu.stat"

    def test_version_2(self, accounting: Any, usage: Path) -> None:
        usage.write_text("usage_usec 1000000\nuser_usec 1\n")
        meter = accounting.CpuMeter(set())
        before_s = meter()
        usage.write_text("usage_usec 3500000\nuser_usec 1\n")
        assert meter() - before_s == pytest.approx(2.5)

    def test_version_1(self, accounting: Any, usage: Path) -> None:
        usage.with_name("cpuacct.usage").write_text("1000000000\n")
        meter = accounting.CpuMeter(set())
        before_s = meter()
        usage.with_name("cpuacct.usage").write_text("1250000000\n")
        assert meter() - before_s == pytest.approx(0.25)

    def test_a_group_of_the_whole_machine_is_not_taken(self, accounting: Any, usage: Path) -> None:
        usage.write_text("usage_usec 900000000\n")
        meter = accounting.CpuMeter(set())
        before_s = meter()
        usage.write_text("usage_usec 990000000\n")
        assert meter() == before_s

    def test_tools_are_left_out_also_when_they_have_ended(
        self, accounting: Any, usage: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage.write_text("usage_usec 0\n")
        tools = {4, 5}
        times = {4: 1.0, 5: 2.0}
        monkeypatch.setattr(accounting, "process_clock", times.__getitem__)
        meter = accounting.CpuMeter(tools)
        before_s = meter()
        times[4] += 1.5
        usage.write_text("usage_usec 2000000\n")
        assert meter() - before_s == pytest.approx(0.5)
        tools.remove(4)
        assert meter() - before_s == pytest.approx(0.5)

    @pytest.mark.parametrize("alone", [True, False])
    def test_what_tools_used_between_programs_is_no_programs(
        self, accounting: Any, usage: Path, *, alone: bool
    ) -> None:
        usage.write_text("usage_usec 0\n")
        meter = accounting.CpuMeter(set(), alone=alone)
        assert meter.before_program() == 0.0
        usage.write_text("usage_usec 1000000\n")
        assert meter() == meter.before_program() == 1.0
        usage.write_text("usage_usec 3000000\n")
        assert meter.before_program() == (1.0 if alone else 3.0)

    def test_a_group_that_is_gone_is_no_failure(self, accounting: Any, usage: Path) -> None:
        usage.write_text("usage_usec 0\n")
        meter = accounting.CpuMeter(set())
        before_s = meter()
        meter._file = -1
        assert meter() <= before_s


class _Clock:
    """A process that uses no time."""

    @staticmethod
    def process_time() -> float:
        return 0.0


class TestVanished:
    """CPU time of processes that were seen and then left no account."""

    def test_what_parents_inherit_is_not_lost(self, accounting: Any) -> None:
        vanished = accounting.Vanished()
        vanished.look({(2, b"1"): (10, 0), (3, b"2"): (30, 0)})
        assert vanished.look({(2, b"1"): (12, 31)}) == 0

    def test_what_nobody_inherits_is(self, accounting: Any) -> None:
        vanished = accounting.Vanished()
        for hop in range(10):
            vanished.look({(2, b"1"): (0, 0), (10 + hop, b"2"): (9, 0)})
        assert vanished.look({(2, b"1"): (0, 0)}) == 10 * 9 - accounting.ROUNDED_TICKS

    def test_rounding_does_not_add_up(self, accounting: Any) -> None:
        vanished, reaped = accounting.Vanished(), 0
        for hop in range(100):
            vanished.look({(2, b"1"): (0, reaped), (10 + hop, b"2"): (3, 0)})
            reaped += 3 if hop else 1
        assert vanished.look({(2, b"1"): (0, reaped)}) == 0

    def test_a_number_that_is_used_again_is_another_process(self, accounting: Any) -> None:
        vanished = accounting.Vanished()
        vanished.look({(7, b"1"): (50, 0)})
        assert vanished.look({(7, b"2"): (0, 0)}) == 50 - accounting.ROUNDED_TICKS


class TestWatch:
    """Never waits for what a program has in its hands."""

    @pytest.fixture
    def watch(self, modules: dict[str, Any]) -> Any:
        return modules["watch"]

    def _watch(self, watch: Any, readers: list[int]) -> Any:
        limits = {"output_bytes": 1000, "cpu_s": 9.0, "wall_s": 9.0, "memory_bytes": 1 << 40, "strict": False}
        host = os.open(os.devnull, os.O_RDONLY)
        watcher = watch.Watch(limits, host, tuple(readers), watch.Arena())
        watcher.started = time.monotonic()
        return watcher

    def test_pipes_whose_other_end_is_still_open_are_drained(self, watch: Any) -> None:
        pipes = [os.pipe() for _ in range(3)]
        for reader, writer in pipes:
            os.set_blocking(reader, False)
            os.write(writer, b"x" * 10)
        watcher = self._watch(watch, [reader for reader, _ in pipes])
        watcher.drain()
        watcher.keep()
        assert bytes(watcher.out) == bytes(watcher.report) == b"x" * 10

    def test_closed_pipes_are_looked_at_once(self, watch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        readers = []
        for _ in range(3):
            reader, writer = os.pipe()
            os.close(writer)
            readers.append(reader)
        reads = []
        monkeypatch.setattr(watch, "read", lambda pipe, view: reads.append(pipe) or os.readv(pipe, [view]))
        watcher = self._watch(watch, readers)
        monkeypatch.setattr(watcher, "_check", lambda _: None)
        pid = os.fork()
        if pid == 0:
            select.select([], [], [], 0.3)
            os._exit(0)
        watcher.wait(pid)
        assert sorted(reads) == sorted(readers)

    def test_a_process_that_does_not_die_is_given_up(
        self, watch: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watch.cleaning, "REAP_S", 0.2)
        readers = [os.pipe()[0] for _ in range(3)]
        watcher = self._watch(watch, readers)
        kills = []
        watcher.population = type("Nobody", (), {"kill": lambda _: kills.append(1)})()
        monkeypatch.setattr(watcher, "_check", lambda _: watcher._fire("cpu_limit"))
        pid = os.fork()
        if pid == 0:
            select.select([], [], [], 60)
            os._exit(0)
        try:
            with pytest.raises(watch.cleaning.UncleanError, match="do not die"):
                watcher.wait(pid)
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        assert 2 <= len(kills) <= 6


class TestHoldings:
    """Memory that no process maps."""

    @pytest.mark.parametrize("kind", HEADINGS)
    def test_system_v_objects_count(self, modules: dict[str, Any], tmp_path: Path, kind: str) -> None:
        table = tmp_path / kind
        row, size = ROWS[kind]
        for rows, wanted in ((0, 0), (1, size), (3, 3 * size)):
            table.write_text(HEADINGS[kind] + row * rows)
            with table.open("rb") as file:
                assert modules["holdings"]._system_v_bytes(file.fileno()) == wanted

    def test_a_long_table_is_not_read_to_its_end(self, modules: dict[str, Any], tmp_path: Path) -> None:
        table = tmp_path / "sem"
        table.write_text(HEADINGS["sem"] + ROWS["sem"][0] * 32000)
        with table.open("rb") as file:
            assert modules["holdings"]._system_v_bytes(file.fileno()) > 1 << 50

    def test_sockets_count_beyond_those_of_the_runner(
        self, modules: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        holdings = modules["holdings"]
        monkeypatch.setattr(holdings.cleaning, "WRITABLE", (str(tmp_path),))
        monkeypatch.setattr(holdings, "_inodes", lambda: 0)
        held = holdings.Holdings([])
        table = tmp_path / "sockstat"
        held._files = [os.open(table, os.O_RDWR | os.O_CREAT)]
        text = "sockets: used {}\nTCP: inuse 0 orphan 9 tw {} alloc 99 mem 9\nUDP: inuse 0 mem 0\n"
        for used, waiting, sockets, left in (
            (4, 0, 0, False),
            (7, 0, 3, True),
            (4, 1, 0, True),
            (2, 0, 0, False),
        ):
            table.write_text(text.format(used, waiting))
            held._sockets = (4, 0)
            assert held.memory_bytes() == sockets * holdings.SOCKET_BYTES
            assert held.has_sockets(of_protocols=False) is left
            assert held.has_sockets(of_protocols=True) is bool(waiting)


def test_a_program_that_leaves_no_room_for_its_input_is_told_so(
    modules: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = modules["inputs"]
    monkeypatch.setattr(inputs, "PLACES", (str(tmp_path / "nowhere"), str(tmp_path)))
    file = inputs.nameless(lambda file: os.write(file, b"question"))
    assert os.read(file, 99) == b"question"
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(inputs, "PLACES", (str(tmp_path / "nowhere"), "/dev/full"))
    with pytest.raises(inputs.NoRoomError):
        inputs.nameless(lambda file: os.write(file, b"question"))


def test_a_step_that_cannot_be_ended_has_failed(modules: dict[str, Any]) -> None:
    """The program did that, so it is no failure of the sandbox."""
    limits = {"output_bytes": 1000, "cpu_s": 9.0, "wall_s": 9.0, "memory_bytes": 1 << 40, "strict": False}
    ended = modules["job"].failed_step({"limits": limits}, "processes do not die")
    assert modules["job"].has_failed(ended)
    assert b"processes do not die" in ended.report


def test_a_folder_is_not_listed_to_its_end(
    modules: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleaning = modules["cleaning"]
    monkeypatch.setattr(cleaning, "MOST_ENTRIES", 10)
    for number in range(50):
        (tmp_path / str(number)).touch()
    assert len(cleaning._names(str(tmp_path))) == 11


class TestControlGroup:
    """A group that a launcher makes for its sandbox."""

    @pytest.fixture
    def own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(control_group, "_own_folder", lambda: tmp_path)
        return tmp_path

    def test_none_where_it_may_not_be_made(self, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(control_group, "_own_folder", lambda: own / "nowhere")
        assert control_group.control_group() is None
        monkeypatch.setattr(control_group, "_own_folder", lambda: None)
        assert control_group.control_group() is None
        assert control_group.sweep_control_groups() == 0

    def test_none_where_it_counts_nothing(self, own: Path) -> None:
        assert control_group.control_group() is None
        assert list(own.iterdir()) == []

    def test_groups_of_ended_processes_are_swept(self, own: Path) -> None:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        mine = own / f"{control_group.PREFIX}{os.getpid()}-0"
        for folder in (mine, own / f"{control_group.PREFIX}{pid}-0", own / "other"):
            folder.mkdir()
        assert control_group.sweep_control_groups() == 1
        assert sorted(own.iterdir()) == sorted([mine, own / "other"])
