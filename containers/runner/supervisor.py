"""The first process of every sandbox: runs one program at a time and leaves nothing behind.

Usage: ``supervisor.py CONFIG`` with CONFIG a JSON object (see ``RunnerConfig``). Frames arrive on standard
input and leave on standard output (see ``frames``). The first frame out is the greeting. For each
program the supervisor writes its files, runs its steps as an unprivileged user with limits, reads
both streams, kills everything but itself, wipes what is writable, and answers.

It must be process 1 of its own process namespace: it ends a program by ``kill(-1)``, and the kernel
shields process 1 from the signals of those inside. The supervisor itself is the warm interpreter
that Python programs are forked from, so there is no helper process that a program could kill.
"""

import contextlib
import fcntl
import gc
import json
import os
import platform
import sys
import traceback

sys.path[0:0] = [os.path.dirname(os.path.abspath(__file__))]

import hardening  # noqa: E402
import immortal  # noqa: E402
import programs  # noqa: E402
import python_step  # noqa: E402
from frames import Channel, Outbox  # noqa: E402


class RunnerConfig:
    """How this sandbox is set up, as its launcher wants it.

    Attributes:
        uid: user that programs run as, or None where only one user exists (rootless sandboxes).
        preload: modules imported once, before any program.
        memory_bytes: limit of each process's address space, where no control group limits memory.
        processes: limit of processes at once, where no control group limits them.
        cold: whether Python steps start an interpreter of their own.
        probes: name -> argv of commands that print a tool's version.
        tools: name -> argv of warm tools (see ``warm_tools``).
    """

    def __init__(self, text: str) -> None:
        values = json.loads(text)
        self.uid: int | None = values["uid"]
        self.preload: list[str] = values["preload"]
        self.memory_bytes: int | None = values["memory_bytes"]
        self.processes: int | None = values["processes"]
        self.cold: bool = values["cold"]
        self.probes: dict[str, list[str]] = values["probes"]
        self.tools: dict[str, list[str]] = values["tools"]


HOLD_S = 0.03
"""Longest time that an answer waits for others to leave with it."""

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": programs.BOX,
    "USER": "user",
    "LOGNAME": "user",
    "LANG": "C.UTF-8",
    "LC_COLLATE": "C",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PERL_HASH_SEED": "0",
    "PERL_PERTURB_KEYS": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "Agg",
}


def main() -> None:
    """Serve programs until the host closes the channel."""
    if os.getpid() != 1:
        sys.exit("supervisor.py ends programs with kill(-1): it runs only as process 1 of a sandbox")
    config = RunnerConfig(sys.argv[1])
    channel = _take_channel()
    complaints = fcntl.fcntl(2, fcntl.F_DUPFD_CLOEXEC, programs.FIRST_OWN_FD)
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    sys.argv[:] = ["program.py"]
    python_step.set_streams()
    toolchain = {"python": platform.python_version(), **hardening.probe(config.probes)}
    hardening.harden(config)
    loaded = python_step.Preloaded(config.preload)
    runner = programs.Runner(config, loaded, channel)
    runner.rehearse()
    if not config.cold:  # a cold program starts an interpreter of its own
        immortal.immortalize()
    python_step.hide_runner()
    channel.send([({"toolchain": toolchain}, [])])
    gc.collect()
    gc.freeze()
    gc.disable()
    status = 0
    try:
        _serve(runner, channel)
    except BaseException:
        if os.getpid() != 1:
            raise
        status = 1
        text = traceback.format_exc().encode("utf-8", "replace")
        with contextlib.suppress(OSError):  # the host may be gone
            os.write(complaints, text)  # standard error belongs to the programs by now
    os._exit(
        status
    )  # the interpreter's own end may take for ever: its collector meets objects that were hidden


def _serve(runner: programs.Runner, channel: Channel) -> None:
    """Run programs in order; those that arrived together are prepared and answered together."""
    outbox = Outbox(channel)
    while requests := channel.receive():
        jobs = [runner.prepare(*request) for request in requests]
        for number, job in enumerate(jobs):
            outbox.begin()
            runner.run(job, outbox)
            outbox.put(job.reply)
            job.texts.blob.close()
            last = job.retire or number == len(jobs) - 1
            outbox.flush(0.0 if last else HOLD_S)
            if job.retire:
                return


def _take_channel() -> Channel:
    """Move the channel above the descriptors that programs inherit."""
    reader, writer = (
        fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, programs.FIRST_OWN_FD) for descriptor in (0, 1)
    )
    return Channel(reader, writer)


if __name__ == "__main__":
    main()
