"""What the supervisor does once, before any program: what programs inherit, and what shields it from them."""

import ctypes
import json
import os
import resource
import signal
import struct

import seccomp
from cleaning import PR_SET_DUMPABLE, prctl

CAPABILITY_VERSION = 0x20080522
PROBE_TIMEOUT_S = 30
OPEN_FILES = 1024
"""Descriptors of a process, where no control group counts what lies in its sockets and pipes."""


def harden(config) -> None:
    """Shield this process from its children and set the limits that they inherit."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # process 1 ignores signals that it has no handler for
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_MSGQUEUE, (0, 0))  # a POSIX message queue would outlive its program
    _inherit_no_capabilities()
    seccomp.install()
    if config.uid is None:  # programs share this process's user: keep them from its memory and descriptors
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    else:
        os.setgroups([])
    if config.processes is not None:
        _limit(resource.RLIMIT_NPROC, config.processes)
        _limit(resource.RLIMIT_NOFILE, OPEN_FILES)  # each may hold memory of the kernel's
    if config.memory_bytes is not None:
        _limit(resource.RLIMIT_AS, config.memory_bytes)


def _limit(kind: int, most: int) -> None:
    """Set a limit, or keep a lower one that this process was started with: a cluster's ``ulimit``."""
    _, inherited = resource.getrlimit(kind)
    if inherited != resource.RLIM_INFINITY:
        most = min(most, inherited)
    resource.setrlimit(kind, (most, most))


def _inherit_no_capabilities() -> None:
    """Clear the inheritable set, which a change of user leaves as it is."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("=Ii", CAPABILITY_VERSION, 0)
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice
    if libc.capget(header, data):
        raise OSError(ctypes.get_errno(), "capget")
    data[2] = data[5] = 0
    if libc.capset(header, data):
        raise OSError(ctypes.get_errno(), "capset")


def unshield() -> None:
    """Give a program the rights to its own ``/proc/self``, which the change of user took or ``harden`` hid.

    Without them it could not open ``/dev/stdin`` or ``/dev/stdout`` by name.
    """
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)


def probe(commands: dict[str, list[str]]) -> dict[str, str]:
    """Ask each tool for its version; one that does not answer is reported as missing.

    Done in a child: ``subprocess`` brings in ``threading``, whose hook after each fork would cost
    every program a hundred page faults.
    """
    if not commands:
        return {}
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            os.write(writer, json.dumps({name: _version(argv) for name, argv in commands.items()}).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as answer:
        text = answer.read()
    os.wait()
    return json.loads(text or b"{}")


def _version(argv: list[str]) -> str:
    import subprocess  # noqa: PLC0415 -- only in the child, see probe

    try:
        # A tool may make its standard input non-blocking, which here is the host's channel.
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PROBE_TIMEOUT_S,
            check=True,
            env={**os.environ, "HOME": "/nonexistent"},  # or Go would make the first program's
        )
    except (OSError, subprocess.SubprocessError):
        return "missing"
    return (done.stdout or done.stderr).strip().partition("\n")[0]
