"""CPU time of all that a program started, also of processes that have ended and that nobody waited for."""

import contextlib
import os
import time

BESIDE_RUNNER = f"{os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}/cpu.stat"
"""Where a launcher without an engine shows the control group that it made for the sandbox."""
VERSION_1 = "/sys/fs/cgroup/cpuacct/cpuacct.usage"
MOST_BEFORE_S = 10.0
"""A group in which others than process 1 have used more when a sandbox starts is not the sandbox's own."""
ROUNDED_TICKS = 2


def process_clock(pid: int) -> float:
    """CPU seconds of a process that has not been reaped.

    Raises:
        OSError: there is none.
    """
    return time.clock_gettime(~pid << 3 | 2)  # the kernel's number of a process's own CPU clock


class CpuMeter:
    """The CPU time that a sandbox's control group has used, without process 1 and the tools.

    The group counts what each process used, whoever reaps it or nobody. The children of a process that
    ignores SIGCHLD leave no other trace.

    Args:
        tools: process ids of the warm tools that live.
        alone: whether there are never any: then nothing that is counted runs between two programs.
    """

    def __init__(self, tools: set[int], *, alone: bool = False) -> None:
        self.tools = tools
        self.alone = alone
        self._last_s: float | None = None
        self._tools_s: dict[int, float] = {}
        self._ended_tools_s = 0.0
        self._file = -1
        self._scale = 1e-9
        for path, scale in ((BESIDE_RUNNER, 1e-6), (_version_2(), 1e-6), (VERSION_1, 1e-9)):
            try:
                self._file, self._scale = os.open(path, os.O_RDONLY), scale
                if abs(self._group_s() - time.process_time() - _reaped_s()) < MOST_BEFORE_S:
                    return
                os.close(self._file)
            except (OSError, ValueError):
                pass
            self._file = -1

    def __call__(self) -> float:
        """Return seconds since some moment: only differences have a meaning."""
        used_s = -time.process_time() - self._all_tools_s()
        with contextlib.suppress(OSError):  # there is no group, or no longer
            used_s += self._group_s()
        self._last_s = used_s
        return used_s

    def before_program(self) -> float:
        """Return the same before a program starts, when only process 1 has run since the last one."""
        return self._last_s if self.alone and self._last_s is not None else self()

    def _group_s(self) -> float:
        text = os.pread(self._file, 4096, 0)
        if text.startswith(b"usage_usec"):
            text = text.split(maxsplit=2)[1]
        return int(text) * self._scale

    def _all_tools_s(self) -> float:
        """Return what all tools have used, those that have ended among them."""
        for pid in self.tools:
            try:
                used_s = process_clock(pid)
            except OSError:
                continue
            before_s = self._tools_s.get(pid, 0.0)
            if used_s < before_s:  # another tool by the same number
                self._ended_tools_s += before_s
            self._tools_s[pid] = used_s
        return self._ended_tools_s + sum(self._tools_s.values())


class Vanished:
    """CPU time of processes that were seen running and then left no account, where no group counts it.

    What lives shorter than the time between two looks is not seen: the wall-clock limit bounds that.
    """

    def __init__(self) -> None:
        self.lost_ticks = 0
        self._gone = self._inherited = 0
        self._seen: dict[tuple[int, bytes], tuple[int, int]] = {}

    def look(self, processes: dict[tuple[int, bytes], tuple[int, int]]) -> int:
        """Take each process's own ticks and those of its reaped children; return the ticks lost so far.

        A process that is gone was reaped, and then its time is its parent's, or nobody has it. The sums are
        of the whole time: what is rounded off once would add up.
        """
        self._gone += sum(sum(ticks) for key, ticks in self._seen.items() if key not in processes)
        for key, (_, reaped) in processes.items():
            self._inherited += reaped - self._seen.get(key, (0, 0))[1]
        self.lost_ticks = max(self.lost_ticks, self._gone - self._inherited - ROUNDED_TICKS)
        self._seen = processes
        return self.lost_ticks


def _version_2() -> str:
    """Return the file of this process's own group, as far as it is mounted."""
    try:
        with open("/proc/self/cgroup", "rb") as file:
            own = next((line[3:].strip() for line in file if line.startswith(b"0::/")), b"/nowhere")
    except OSError:  # a kernel without control groups
        own = b"/nowhere"
    return f"/sys/fs/cgroup{os.fsdecode(own).rstrip('/')}/cpu.stat"


def _reaped_s() -> float:
    times = os.times()
    return times.children_user + times.children_system
