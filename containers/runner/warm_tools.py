"""Keeps interpreters and compilers warm beside the programs, and has them run steps.

An image declares its tools in ``images.toml`` (``[images.perl.tools]``, ``perl = ["perl", "server.pl"]``).
A command of mode FORKED or SERVED names one by its first word. A tool is started by the first step that wants
it. Where it does not start, dies, hangs or answers anything else than it should, the step is run as the plain
command instead, in the same place: a tool can cost time, never a verdict. It is one process (its children
would be taken for a program's), and what it needs is not in ``/tmp``: that is wiped.

Protocol. A tool reads requests from its standard input, a line each, fields separated by a unit separator
(0x1f), and answers on its standard output; standard error is the null device. When it is ready to serve it
sends ``ready`` and a newline.

FORKED: a fork server, which runs as root. Request: ``FOLDER UID ARGUMENT...``, the arguments those of the
step (the first names the tool). It forks twice, so that the grandchild becomes a child of process 1, which
measures it. The grandchild

* opens ``/proc/1/fd/0`` to ``3`` as its descriptors 0 to 3, and keeps none of the tool's;
* enters a session of its own and the folder, and becomes the user for good (all of its user and group ids);
* makes itself dumpable again (``prctl``), or it could not open ``/dev/stdout`` by name;
* runs the program as the plain command would.

The child between writes the grandchild's number without a newline and ends; the tool waits for it and writes
the newline: from then on the program is process 1's. (A tool that can clone with CLONE_PARENT does it in one
go.) ``0`` means that it cannot run this step.

SERVED: a compiler, which runs as a user of its own. Request: ``FOLDER ARGUMENT...``; relative paths among the
arguments are meant from the folder, which it may write to while it works on the request. Answer: ``STATUS OUT
ERR`` and a newline, then OUT bytes of standard output and ERR bytes of standard error, all as the plain
command would have had them. A status below 0 means that the tool cannot tell (it ran out of memory, or caught
a failure of its own): it is started again, and the plain command decides. So it does where the step exceeds a
limit. Nothing of a program may run inside the tool (annotation processors, macros).
"""

import os
import time

import cleaning
import watch
from tool_process import Tool, ToolError

FORKED, SERVED = "forked", "served"
FORK_S = 20.0
"""Longest time that a fork server takes to answer, on a loaded machine."""


class Served:
    """A step that a served tool did; the same attributes as a ``watch.Watch``."""

    fired = ""
    report = b""

    def __init__(self, limits: dict) -> None:
        self.limits = limits
        self.status = 0
        self.out = self.err = b""
        self.cpu_s = 0.0
        self.peak_rss_bytes = 0
        self.started = self.ended = time.monotonic()


class Tools:
    """The tools of a sandbox, by the first word of the steps that want them."""

    def __init__(self, declared: dict[str, list[str]], population: cleaning.Population) -> None:
        self.declared = declared
        self.population = population
        self.made: dict[str, Tool] = {}

    def ready(self, step: dict, mode: str) -> Tool | None:
        """Return the tool of this mode that a step is to be run by, ready; None if there is none."""
        if step.get("mode") != mode or not (argv := self.declared.get(step["argv"][0])):
            return None
        tool = self.made.get(step["argv"][0])
        if tool is None:
            uid = 0 if mode == FORKED else self.population.tool_uid
            tool = self.made[step["argv"][0]] = Tool(argv, uid, self.population)
        return tool if tool.ready() else None

    def fork(self, tool: Tool, argv: list[str], folder: str) -> int:
        """Have a fork server start a program.

        Returns the program's process id, or 0 where the plain command must be run.
        """
        try:
            tool.ask([folder, str(self.population.uid), *argv])
            if (pid := int(tool.line(FORK_S))) > 0:
                tool.failures = 0
                return pid
        except (OSError, ValueError, ToolError):
            tool.failed()
            self.population.end()  # what it may have started all the same
        return 0

    def serve(self, tool: Tool, step: dict, folder: str) -> Served | None:
        """Have a served tool do a step.

        Returns None where the plain command must be run.
        """
        uid, tool_uid = self.population.uid, self.population.tool_uid
        give(folder, tool_uid)
        served = Served(step["limits"])
        try:
            before_s = _cpu_s(tool.pid)
            tool.ask([folder, *step["argv"]])
            self._attend(tool, served, before_s)
            tool.failures = 0
        except (OSError, ValueError, ToolError):
            tool.failed()
            return None
        finally:
            give(folder, uid)
        return served

    def _attend(self, tool: Tool, served: Served, before_s: float) -> None:
        """Read an answer under a step's limits.

        Raises:
            ToolError: no answer, or a limit was exceeded.
        """
        limits = served.limits
        most_bytes = limits["output_bytes"] or watch.HEAD_BYTES + watch.TAIL_BYTES
        base_bytes = watch.resident(tool.pid)
        sizes: list[int] = []
        while True:
            served.peak_rss_bytes = max(served.peak_rss_bytes, watch.resident(tool.pid) - base_bytes)
            served.cpu_s = _cpu_s(tool.pid) - before_s
            if not sizes and b"\n" in tool.answer:
                sizes = [int(number) for number in tool.line(0).split()]
                if len(sizes) != 3 or sizes[0] < 0 or max(sizes[1:]) > most_bytes:
                    raise ToolError("no status")
            if sizes and (data := tool.taken(sizes[1] + sizes[2])) is not None:
                break
            late = time.monotonic() - served.started > limits["wall_s"]
            if late or served.cpu_s > limits["cpu_s"] or served.peak_rss_bytes > limits["memory_bytes"]:
                raise ToolError("exceeds a limit")
            tool.more(watch.TICK_S)
        served.ended = time.monotonic()
        served.status = sizes[0] << 8
        served.out, served.err = data[: sizes[1]], data[sizes[1] :]


def give(folder: str, uid: int) -> None:
    """Make a user the owner of a program's folder and all that is in it.

    Nothing of the program runs meanwhile. Modes stay as they are: to change them takes a capability more.
    """
    for path, folders, names in os.walk(folder):
        for name in names + folders:
            os.chown(f"{path}/{name}", uid, uid, follow_symlinks=False)
    os.chown(folder, uid, uid)


def _cpu_s(pid: int) -> float:
    with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
        fields = file.read(4096).rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / watch.CLOCK_TICKS
