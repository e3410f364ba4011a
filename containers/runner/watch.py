"""Waits for a step's main process while reading its streams and enforcing its limits."""

import glob
import os
import select
import time

import accounting
import cleaning
from frames import Arena

TICK_S = 0.1
BRIEF_MS = 20
CHUNK = 65536
HEAD_BYTES = TAIL_BYTES = 512 << 10
"""Kept of the beginning and the end of output that is not limited."""
NOTE_BYTES = 64
"""What stands for the rest, and takes the place of as much."""
PAGE = os.sysconf("SC_PAGE_SIZE")
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
OOM_COUNTERS = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")


class OomCounter:
    """Tells how many processes of this sandbox's control group the kernel has killed for memory, so far."""

    def __init__(self) -> None:
        self.file = -1
        for path in OOM_COUNTERS:
            try:
                self.file = os.open(path, os.O_RDONLY)
            except OSError:
                continue
            break

    def __call__(self) -> int:
        """Return the count, 0 where there is no control group."""
        if self.file < 0:
            return 0
        for line in os.pread(self.file, 4096, 0).splitlines():
            key, _, value = line.partition(b" ")
            if key == b"oom_kill":
                return int(value)
        return 0


def prefer_for_oom(pid: int) -> None:
    """Make the kernel pick this program, never the supervisor, when the control group's memory is used up."""
    try:
        with open(f"/proc/{pid}/oom_score_adj", "wb", buffering=0) as file:
            file.write(b"1000")
    except OSError:  # it has ended, or rootless: no control group, nothing to prefer
        return


def resident(pid: int) -> int:
    """Bytes of memory that a process takes up."""
    with open(f"/proc/{pid}/statm", "rb", buffering=0) as file:
        return int(file.read(256).split()[1]) * PAGE


def read(pipe: int, view: memoryview) -> int:
    """Read what is there, none at the end; never wait: a program may have taken it, or kept the other end."""
    try:
        return os.readv(pipe, [view])
    except BlockingIOError:
        return 0


class Sink:
    """Where a stream's data lies in the arena.

    Attributes:
        offset, size: where it begins, and how much of it there is.
        cap: most of it.
    """

    __slots__ = ("cap", "offset", "size")

    def __init__(self, offset: int, cap: int) -> None:
        self.offset = offset
        self.cap = cap
        self.size = 0

    def make_room(self, arena: Arena) -> bool:
        """Say whether there is room for more."""
        del arena
        return self.size < self.cap

    def close(self, arena: Arena) -> None:
        """Bring it into its final form, when nothing more will come."""


class HeadAndTail(Sink):
    """A stream of which nothing is compared: only its beginning and its end are kept."""

    __slots__ = ("dropped",)

    def __init__(self, offset: int) -> None:
        super().__init__(offset, HEAD_BYTES + 2 * TAIL_BYTES)
        self.dropped = 0

    def make_room(self, arena: Arena) -> bool:
        """Drop the older half of what follows the beginning, if that is full; there is always room."""
        if self.size == self.cap:
            self._drop(arena, TAIL_BYTES)
        return True

    def close(self, arena: Arena) -> None:
        """Cut it to what is kept, and say in between how much is missing."""
        if self.size <= HEAD_BYTES + TAIL_BYTES and not self.dropped:
            return
        self._drop(arena, max(self.size - HEAD_BYTES - TAIL_BYTES, 0))
        note = b"\n[... %d bytes omitted ...]" % (self.dropped + NOTE_BYTES)
        arena.view(self.offset + HEAD_BYTES, NOTE_BYTES)[:] = note.ljust(NOTE_BYTES - 1) + b"\n"

    def _drop(self, arena: Arena, count: int) -> None:
        begin = self.offset + HEAD_BYTES
        arena.move(begin, begin + count, self.size - HEAD_BYTES - count)
        self.size -= count
        self.dropped += count


class Watch:
    """The life of one step's main process.

    Attributes:
        fired: name of the limit that ended the step, or an empty string.
        out, err, report: what was read, up to their caps; in the arena, once it is kept.
        status: the process's wait status.
        cpu_s: CPU time of the process and all that it started.
        population: whom to end when a limit is exceeded.
        meter, held: read what the sandbox's control group has used, and what the kernel holds beside.
    """

    population = cleaning.Population()
    meter = held = None
    brief_ms = BRIEF_MS

    def __init__(
        self, limits: dict, host: int, pipes: tuple[int, int, int], arena: Arena, report_bytes: int = 8192
    ) -> None:
        self.pid = 0
        self.limits = limits
        self.host = host
        self.started = self.ended = 0.0
        self.out = self.err = self.report = memoryview(b"")
        self.arena = arena
        self.sinks: dict[int, Sink] = {}
        offset = 0
        for pipe, cap in zip(pipes, (*[limits["output_bytes"]] * 2, report_bytes), strict=True):
            sink = HeadAndTail(offset) if cap is None else Sink(offset, cap)
            self.sinks[pipe] = sink
            offset += sink.cap
        self.report_pipe = pipes[-1]
        self.beyond = offset
        arena.ensure(offset + CHUNK)
        self.fired = ""
        self.fired_at = 0.0
        self.cpu_s = 0.0
        self.metered_s = 0.0
        self.vanished = accounting.Vanished()
        self.peak_rss_bytes = 0
        self.base_rss = 0
        self.base_pid = 1
        self.status = 0

    def begin(self, population: cleaning.Population, meter: accounting.CpuMeter, held) -> None:
        """Start the clocks: the program comes next.

        Args:
            population: whom to end when a limit is exceeded.
            meter: of the sandbox's control group.
            held: reads what memory the kernel holds beside the processes (``Holdings``).
        """
        self.population, self.meter, self.held = population, meter, held
        self.metered_s = meter.before_program()
        self.started = time.monotonic()

    def forked_by(self, tool: int, pid: int) -> None:
        """Tell whose memory the program began with, if not this process's; the tool shall outlive it."""
        self.base_pid = tool
        prefer_for_oom(pid)

    def wait(self, pid: int) -> None:
        """Wait until the process has ended.

        Most programs end soon, with their output in the pipes: until they have had time for more, this
        sleeps through, for whatever it touches while the program lives must be copied.
        """
        self.pid = pid
        process = os.pidfd_open(pid)
        try:
            poller = select.poll()
            poller.register(process, select.POLLIN)
            if not poller.poll(self.brief_ms):
                self._attend(poller, process)
            self.ended = time.monotonic()
            usage = self._reap()
        finally:
            os.close(process)
        self.cpu_s += usage.ru_utime + usage.ru_stime
        self.peak_rss_bytes = max(usage.ru_maxrss * 1024, self.peak_rss_bytes)

    def _reap(self):
        """Take the status of the process, which has ended; returns what it used.

        A child of it may trace it, and then has its status first.

        Raises:
            UncleanError: it does not come.
        """
        while True:
            pid, self.status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                return usage
            if time.monotonic() > self.ended + cleaning.REAP_S:
                raise cleaning.UncleanError("the program's end cannot be seen")
            self.population.kill()
            time.sleep(0.001)

    def close_account(self, orphans_s: float) -> None:
        """Take the CPU time of processes without a parent, when all have ended."""
        self.cpu_s += orphans_s + self.vanished.lost_ticks / CLOCK_TICKS
        self.cpu_s = max(self.cpu_s, self._metered())

    def _metered(self) -> float:
        return self.meter() - self.metered_s if self.meter else 0.0

    def _attend(self, poller: select.poll, process: int) -> None:
        """Read the streams and check the limits until the process has ended.

        Raises:
            UncleanError: it does not end.
        """
        self._register(poller)
        next_tick = self.started + TICK_S
        while True:
            now = time.monotonic()
            if now >= next_tick:
                next_tick = self._tick(now)
            for descriptor, event in poller.poll(max(0.0, next_tick - now) * 1000 + 1):
                if descriptor == process:
                    return
                self._serve(poller, descriptor, event)

    def _register(self, poller: select.poll) -> None:
        """Say what to wait for beside the process."""
        poller.register(self.host, 0)
        for pipe in self.sinks:
            poller.register(pipe, select.POLLIN)

    def _serve(self, poller: select.poll, descriptor: int, event: int) -> None:
        """Do what an event asks for."""
        if descriptor != self.host:
            if not self._read(descriptor) and event & select.POLLHUP:
                poller.unregister(descriptor)  # or it would be reported without a pause
        elif event & (select.POLLHUP | select.POLLERR):
            os._exit(0)  # the host is gone: ending process 1 ends the sandbox

    def _tick(self, now: float) -> float:
        """Check the limits; returns when to do so again.

        Raises:
            UncleanError: a limit was exceeded long ago, and the process has not ended.
        """
        if not self.fired:
            self._check(now)
            return min(now + TICK_S, max(now + 0.01, self.started + self.limits["wall_s"]))
        if now > self.fired_at + cleaning.REAP_S:
            raise cleaning.UncleanError("processes of the program do not die")
        self.population.kill()
        return now + TICK_S

    def drain(self) -> None:
        """Read what is left in the pipes, when all processes have ended.

        Their other ends may be open all the same, on their way through a socket that nobody has any more.
        """
        for pipe in self.sinks:
            while self._read(pipe):
                pass

    def keep(self) -> None:
        """Keep what was read until it has been sent."""
        for sink in self.sinks.values():
            sink.close(self.arena)
        pieces = [(sink.offset, sink.size) for sink in self.sinks.values()]
        self.out, self.err, self.report = self.arena.take(pieces)

    def _read(self, pipe: int) -> bool:
        """Read what has arrived, if anything; returns whether there was something."""
        sink = self.sinks[pipe]
        room = min(CHUNK, sink.cap - sink.size) if sink.make_room(self.arena) else 0
        view = self.arena.view(sink.offset + sink.size if room else self.beyond, room or CHUNK)
        count = read(pipe, view)
        if room:
            sink.size += count
        self._has_read(pipe, view[:count], is_too_much=count > 0 and not room)
        return count > 0

    def _has_read(self, pipe: int, data: memoryview, *, is_too_much: bool) -> None:
        del data
        if is_too_much and pipe != self.report_pipe:
            self._fire("output_limit")

    def _check(self, now: float) -> None:
        if not self.base_rss:  # the first check
            self.base_rss = resident(self.base_pid)
            prefer_for_oom(self.pid)
        cpu_s, rss_bytes = self._usage()
        self.peak_rss_bytes = max(self.peak_rss_bytes, rss_bytes)
        if cpu_s > self.limits["cpu_s"]:
            self._fire("cpu_limit")
        elif rss_bytes > self.limits["memory_bytes"]:
            self._fire("memory_limit")
        elif now - self.started - self._starved(now) > self.limits["wall_s"]:
            self._fire("wall_limit")

    def _starved(self, now: float) -> float:
        """Seconds that the program wanted a core and got none: a loaded machine's doing, not the program's.

        Looked up only when the wall limit is reached, and not counted beyond three times that limit; a strict
        limit counts from the start, whatever the load.
        """
        if self.limits["strict"] or now - self.started <= self.limits["wall_s"]:
            return 0.0
        return min(self.starved(), 3 * self.limits["wall_s"])

    def starved(self) -> float:
        """Seconds that a thread of the program wanted a core and got none, from its start."""
        longest_ns = 0
        for file in glob.iglob("/proc/[0-9]*/task/*/schedstat"):
            if (pid := int(file.split("/", 3)[2])) == 1 or pid in self.population.tools:
                continue
            try:
                with open(file, "rb", buffering=0) as stat:
                    longest_ns = max(longest_ns, int(stat.read(256).split()[1]))
            except (OSError, IndexError):  # it has ended, or the kernel does not count
                continue
        return longest_ns / 1e9

    def _fire(self, limit: str) -> None:
        if not self.fired:
            self.fired, self.fired_at = limit, time.monotonic()
        self.population.kill()

    def _usage(self) -> tuple[float, int]:
        """CPU seconds and resident bytes of everything in the sandbox but this process and the tools."""
        ticks = rss_bytes = 0
        processes: dict[tuple[int, bytes], tuple[int, int]] = {}
        for pid in self.population.untracked():
            try:
                with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
                    fields = file.read(4096).rpartition(b")")[2].split()
                resident = int(fields[21]) * PAGE
            except (OSError, IndexError):
                continue
            own, reaped = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
            ticks += own + reaped
            processes[pid, fields[19]] = own, reaped
            rss_bytes += max(0, resident - self.base_rss)  # forks share what they inherited
        ticks += self.vanished.look(processes)
        if self.held is not None:
            rss_bytes += self.held.memory_bytes()
        return max(ticks / CLOCK_TICKS, self._metered()), rss_bytes
