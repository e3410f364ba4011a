"""Programs that use up what there is: processes, memory, output, disk, time."""

# ruff: noqa: E501 -- hostile programs read better unbroken

from __future__ import annotations

import msgspec
import pytest
from support.sandboxing import (
    BUBBLEWRAP,
    ROOTLESS,
    SMALL,
    SMALL_SANDBOX,
    UNPACKED,
    UNPACKED_ROOTLESS,
    Box,
    boxed,
    counts_all_cpu_time,
    program,
)

from codeeval.sandboxes import bubblewrap
from codeeval.types import Outcome

HASTY = msgspec.structs.replace(SMALL, cpu_s=0.5, wall_s=1.2)
"""For programs that would wait or spin for ever."""
TIMEOUT = {Outcome.TIMEOUT}
MEMORY = {Outcome.MEMORY_LIMIT}
ENDED = {Outcome.TIMEOUT, Outcome.MEMORY_LIMIT, Outcome.RUNTIME_ERROR}
"""Whichever limit comes first."""

HOGS = {
    "spin": ("while True: pass", TIMEOUT),
    "spin-in-c": ("sum(range(10 ** 12))", TIMEOUT),
    "spin-in-threads": (
        """
import threading
def spin():
    while True: pass
threads = [threading.Thread(target=spin) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
        TIMEOUT,
    ),
    "spin-in-daemon-threads": (
        """
import threading, time
def spin():
    while True: pass
threading.Thread(target=spin, daemon=True).start()
time.sleep(60)
""",
        TIMEOUT,
    ),
    "spin-in-children": (
        """
import os
for _ in range(8):
    if os.fork() == 0:
        while True: pass
os.wait()
""",
        TIMEOUT,
    ),
    "spin-in-children-nobody-waits-for": (
        """
import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if (pid := os.fork()) == 0:
        for _ in range(10 ** 6): pass
        os._exit(0)
    try: os.waitpid(pid, 0)
    except ChildProcessError: pass
""",
        TIMEOUT,
    ),
    "regex": ("import re\nre.match('(a+)+$', 'a' * 60 + 'b')", TIMEOUT),
    "power": ("x = 3 ** (3 ** 30)", TIMEOUT | MEMORY),
    "sleep": ("import time\ntime.sleep(3600)", TIMEOUT),
    "sleep-ignoring-all-signals": (
        """
import signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
time.sleep(3600)
""",
        TIMEOUT,
    ),
    "stop-itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", TIMEOUT),
    "wait-for-input": ("import os\nr, w = os.pipe()\nos.read(r, 1)", TIMEOUT),
    "fork-bomb": (
        """
import os
while True:
    try: os.fork()
    except OSError: pass
""",
        ENDED,
    ),
    "fork-bomb-that-sleeps": (
        """
import os, time
try:
    while True: os.fork()
except OSError: time.sleep(3600)
""",
        ENDED,
    ),
    "thread-bomb": (
        """
import threading, time
while True:
    threading.Thread(target=time.sleep, args=(3600,)).start()
""",
        ENDED,
    ),
    "double-fork-chain": (
        """
import os
while True:
    if os.fork(): os._exit(0)
    os.setsid()
""",
        ENDED | {Outcome.INCOMPLETE},
    ),
    "memory-bomb": ("x = []\nwhile True: x.append(bytearray(b'x') * (1 << 22))", MEMORY),
    "memory-bomb-at-once": ("x = bytearray(b'x') * (4 << 30)", MEMORY),
    "memory-bomb-of-objects": ("x = []\nwhile True: x.append([x])", MEMORY | TIMEOUT),
    "memory-bomb-in-children": (
        """
import os, time
for _ in range(24):
    if os.fork() == 0:
        x = bytearray(b'x') * (16 << 20)
        time.sleep(60)
time.sleep(60)
""",
        MEMORY,
    ),
    "memory-bomb-shared": (
        """
import mmap
x = []
while True:
    x.append(mmap.mmap(-1, 1 << 24))
    x[-1].write(b'x' * (1 << 24))
""",
        MEMORY | {Outcome.RUNTIME_ERROR},
    ),
    "memory-bomb-in-system-v": (
        """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
while (made := libc.shmget(0, 16 << 20, 0o1600)) >= 0:
    at = libc.shmat(made, None, 0)
    ctypes.memset(at, 1, 16 << 20)
    libc.shmdt(ctypes.c_void_p(at))
""",
        MEMORY,
    ),
    "memory-bomb-in-sockets": (
        """
import socket, time
pairs = []
try:
    while True:
        pairs.append(socket.socketpair())
        pairs[-1][0].setblocking(False)
        try:
            while True: pairs[-1][0].send(b'x' * 65536)
        except BlockingIOError: pass
except OSError: time.sleep(60)
""",
        MEMORY,
    ),
    "memory-bomb-in-pipes": (
        """
import ctypes, mmap, os
libc = ctypes.CDLL(None, use_errno=True)
class Vector(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('size', ctypes.c_size_t)]
pages = mmap.mmap(-1, 1 << 20)
vector = Vector(ctypes.addressof(ctypes.c_char.from_buffer(pages)), 1 << 20)
reader, writer = os.pipe()
if libc.vmsplice(writer, ctypes.byref(vector), ctypes.c_size_t(1), 0) < 0: raise OSError
""",
        {Outcome.RUNTIME_ERROR},
    ),
    "memory-bomb-in-dev-shm": (
        """
import mmap, os
x = []
while True:
    fd = os.open(f'/dev/shm/{len(x)}', os.O_CREAT | os.O_RDWR)
    os.write(fd, b'x' * (1 << 22))
    x.append(mmap.mmap(fd, 1 << 22))
""",
        MEMORY | {Outcome.RUNTIME_ERROR},
    ),
    "stdout": ("while True: print('x' * 1000)", {Outcome.OUTPUT_LIMIT}),
    "stderr": ("import sys\nwhile True: print('x' * 1000, file=sys.stderr)", {Outcome.OUTPUT_LIMIT}),
    "both-streams": (
        "import os\nwhile True:\n    os.write(1, b'x' * 99)\n    os.write(2, b'y' * 99)",
        {Outcome.OUTPUT_LIMIT},
    ),
    "output-of-children": (
        "import os\nos.fork(); os.fork()\nwhile True: os.write(1, b'x' * 65536)",
        {Outcome.OUTPUT_LIMIT},
    ),
    "report": ("import os\nwhile True: os.write(3, b'x' * 65536)", TIMEOUT),
    "disk": (
        """
with open('big', 'wb') as file:
    while True: file.write(b'x' * (1 << 20))
""",
        {Outcome.RUNTIME_ERROR},
    ),
    "disk-everywhere": (
        """
for folder in ('/sandbox/program', '/tmp', '/dev/shm', '/var/tmp', '/run', '/dev', '/dev/mqueue', '/'):
    try:
        with open(folder + '/codeeval-escape', 'wb') as file:
            while file.tell() < 1 << 30: file.write(b'x' * (1 << 20))
    except OSError: pass
    else: raise AssertionError(folder)
raise ValueError
""",
        {Outcome.RUNTIME_ERROR},
    ),
    "inodes": ("n = 0\nwhile True:\n    open(str(n), 'w').close()\n    n += 1", ENDED),
    "open-files": ("x = []\nwhile True: x.append(open('/dev/null'))", ENDED),
    "pipes": (
        "import os\nx = []\nwhile True:\n    x.append(os.pipe())\n    os.write(x[-1][1], b'x' * 4096)",
        ENDED,
    ),
    "sparse-file": (
        """
with open('sparse', 'wb') as file:
    file.truncate(1 << 40)
    file.seek(0)
    while True: file.write(b'x' * (1 << 20))
""",
        {Outcome.RUNTIME_ERROR},
    ),
    "huge-allocation": ("x = [0] * (1 << 40)", MEMORY),
    "recursion": ("def f(n): return f(n + 1)\nf(0)", {Outcome.RUNTIME_ERROR}),
    "recursion-without-limit": (
        "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(n): return sorted([n], key=f)\nf(0)",
        ENDED,
    ),
    "compiler-parentheses": ("(" * 100_000, {Outcome.COMPILE_ERROR, Outcome.MEMORY_LIMIT}),
    "compiler-unary": ("-" * 100_000 + "1", ENDED | {Outcome.COMPILE_ERROR}),
    "compiler-nesting": (
        "\n".join(" " * depth + "if 1:" for depth in range(99)) + "\n" + " " * 99 + "pass",
        {Outcome.PASSED, Outcome.COMPILE_ERROR},
    ),
    "compiler-long-sum": ("x = " + "1 + " * 100_000 + "1", ENDED | {Outcome.COMPILE_ERROR, Outcome.PASSED}),
    "compiler-literal": ("x = '" + "x" * (10 << 20) + "'\nassert len(x) == 10 << 20", {Outcome.PASSED}),
    "compiler-list": ("x = [" + "[1]," * 200_000 + "]", ENDED | {Outcome.PASSED}),
    "compiler-power": ("x = " + "9 ** " * 30 + "9", ENDED | {Outcome.PASSED}),
    "compiler-large-number": ("x = " + "9" * 5000, {Outcome.COMPILE_ERROR}),
}


@pytest.mark.parametrize("name", HOGS)
def test_hog(box: Box, name: str) -> None:
    source, outcomes = HOGS[name]
    limits = HASTY if outcomes >= TIMEOUT and Outcome.PASSED not in outcomes else SMALL
    verdict = box.judge(program(source, limits=limits))
    assert verdict.outcome in outcomes, verdict.detail
    assert verdict.wall_s < limits.wall_s + 10  # a loaded machine may be late, not lost


def test_ends_in_time_though_all_processes_are_in_use(box: Box) -> None:
    """What a program takes up is free again for the next: 60 of the 64 allowed processes."""
    source = "import os, time\nfor _ in range(50):\n    if os.fork() == 0:\n        time.sleep(60)\n"
    for _ in range(3):
        assert box.judge(program(source)).outcome is Outcome.PASSED


HOPS = {
    "ignored": "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "without-waiting": """
import ctypes
class Action(ctypes.Structure): _fields_ = [('handler', ctypes.c_void_p), ('mask', ctypes.c_ubyte * 128), ('flags', ctypes.c_int), ('restorer', ctypes.c_void_p)]
assert ctypes.CDLL(None).sigaction(17, ctypes.byref(Action(flags=2)), None) == 0
""",
    "below-a-reaper-of-its-own": "import ctypes, signal\nctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)",
}
"""Ways for a process's children to end without an account."""
HOP = """
import os, time
for _ in range(ROUNDS):
    if (pid := os.fork()) == 0:
        if HOW == 'below-a-reaper-of-its-own' and os.fork(): os._exit(0)
        while time.process_time() < SECONDS: pass
        os._exit(0)
    try: os.waitpid(pid, 0)
    except ChildProcessError: pass
    if HOW == 'below-a-reaper-of-its-own': time.sleep(SECONDS)
"""


@pytest.mark.parametrize("how", HOPS)
def test_cpu_time_of_processes_that_leave_no_account(box: Box, how: str) -> None:
    """Computation that hops from one short-lived process to the next is counted, though nobody reaps any."""
    if not counts_all_cpu_time(box.name):
        pytest.skip("no control group can be made here: the wall-clock limit alone bounds this")
    limits = msgspec.structs.replace(SMALL, cpu_s=0.5, wall_s=20.0)
    hop = HOP.replace("ROUNDS", "60").replace("SECONDS", "0.04").replace("HOW", repr(how))
    verdict = box.judge(program(f"{HOPS[how]}\n{hop}", limits=limits))
    assert verdict.outcome is Outcome.TIMEOUT, verdict.detail
    assert "CPU" in verdict.detail
    assert 0.5 <= verdict.cpu_s < 1.5


@pytest.mark.parametrize("name", [BUBBLEWRAP, ROOTLESS, UNPACKED, UNPACKED_ROOTLESS])
def test_without_a_control_group_what_was_seen_is_not_forgotten(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bubblewrap, "control_group", lambda: None)
    limits = msgspec.structs.replace(SMALL, cpu_s=0.8, wall_s=20.0)
    hop = HOP.replace("ROUNDS", "8").replace("SECONDS", "0.3").replace("HOW", "''")
    with boxed(name, SMALL_SANDBOX) as box:
        verdict = box.judge(program(f"{HOPS['ignored']}\n{hop}", limits=limits))
        assert verdict.outcome is Outcome.TIMEOUT, verdict.detail
        assert "CPU" in verdict.detail
        honest = HOP.replace("ROUNDS", "60").replace("SECONDS", "0.01").replace("HOW", "''")
        verdict = box.judge(program(honest, limits=msgspec.structs.replace(limits, cpu_s=5.0)))
        assert verdict.outcome is Outcome.PASSED, verdict.detail
        assert 0.6 <= verdict.cpu_s < 1.2


def test_processes_that_are_waited_for_are_counted_once(box: Box) -> None:
    hop = HOP.replace("ROUNDS", "10").replace("SECONDS", "0.04").replace("HOW", "''")
    verdict = box.judge(program(hop))
    assert verdict.outcome is Outcome.PASSED, verdict.detail
    assert 0.4 <= verdict.cpu_s < 0.8


def test_standard_input_cannot_be_made_to_grow(box: Box) -> None:
    source = """
import os
try:
    for descriptor in (0, os.open('/dev/stdin', os.O_RDONLY)):
        while os.write(descriptor, b'x' * (1 << 20)): pass
except OSError: pass
assert os.fstat(0).st_size <= SIZE
os.lseek(0, 0, 0)
"""
    size = box.options.work_bytes
    verdict = box.judge(program(source.replace("SIZE", str(size)), stdin="question"))
    assert verdict.outcome is Outcome.PASSED, verdict.stderr


def test_a_full_disk_is_empty_for_the_next(box: Box) -> None:
    size = box.options.work_bytes - (1 << 20)
    for folder in ("/sandbox/program", "/tmp", "/dev/shm"):
        source = f"with open('{folder}/big', 'wb') as file:\n    file.write(b'x' * {size})\n"
        for _ in range(2):
            assert box.judge(program(source)).outcome is Outcome.PASSED


def test_descriptors_do_not_leak_between_programs(box: Box) -> None:
    source = "import os\nassert os.listdir('/proc/self/fd') == ['0', '1', '2', '3', '4'], os.listdir('/proc/self/fd')\n"
    for _ in range(3):
        verdict = box.judge(program(source))
        assert verdict.outcome is Outcome.PASSED, verdict.detail


def test_cpu_limit_holds_with_idle_time_in_between(box: Box) -> None:
    limits = msgspec.structs.replace(SMALL, cpu_s=0.3, wall_s=10.0)
    source = """
import time
while True:
    end = time.process_time() + 0.02
    while time.process_time() < end: pass
    time.sleep(0.02)
"""
    verdict = box.judge(program(source, limits=limits))
    assert verdict.outcome is Outcome.TIMEOUT
    assert "CPU" in verdict.detail
    assert 0.3 <= verdict.cpu_s < 0.8
