"""Finds out whether a program can only go on once it is sent something: its threads all read from pipes.

A thread that waits for some time sleeps as one that waits for input does; where in the kernel it sleeps
distinguishes them (``wchan`` in proc(5)). The program's own user is shown that, so this process takes that
user for the moment. Where nobody is shown it, nothing counts as waiting.
"""

import contextlib
import os

import cleaning

PLACES = frozenset((b"anon_pipe_read", b"pipe_read", b"pipe_wait", b"do_wait"))
"""Where a thread sleeps that reads from a pipe, as kernels call it by their age, or waits for a child."""
TIMER_SIGNALS = (10, 12, 14, 29, *range(34, 65))
"""SIGUSR1, SIGUSR2, SIGALRM, SIGIO and the real-time ones: who handles one may be woken by a timer."""
WAKES = sum(1 << number - 1 for number in TIMER_SIGNALS)
FIELDS = b"State", b"SigCgt", b"voluntary_ctxt_switches", b"nonvoluntary_ctxt_switches"
"""What ``status`` has on a thread, on kernels that show it."""
ENDED = (b"", b"Z", b"X")

Threads = dict[str, tuple[bytes, ...]]
"""Folders of threads in ``/proc``, and how often each has run."""


def waits_for_input(population: cleaning.Population) -> bool:
    """Whether no thread of a program can go on unless something is written into its standard input.

    None ran while that was found out: how often each has run shows that.

    Args:
        population: whose programs are meant.
    """
    threads = _asleep(population)
    if not threads:
        return False
    with population.acting_as_program():
        places = {_text(f"{folder}/wchan") for folder in threads}
    return places <= PLACES and threads == _asleep(population)


def _asleep(population: cleaning.Population) -> Threads:
    """Return the threads that live; none where one of them runs, or a timer may wake it."""
    threads = {}
    for pid in population.untracked():
        with contextlib.suppress(OSError):  # it has ended
            for name in os.listdir(f"/proc/{pid}/task"):
                folder = f"/proc/{pid}/task/{name}"
                lines = [line.partition(b":") for line in _text(f"{folder}/status").splitlines()]
                fields = {key: value.strip() for key, _, value in lines}
                state, caught, *runs = (fields.get(each, b"") for each in FIELDS)
                if state[:1] in ENDED:
                    continue
                if state[:1] != b"S" or not caught or int(caught, 16) & WAKES or not all(runs):
                    return {}
                threads[folder] = tuple(runs)
    return threads


def _text(path: str) -> bytes:
    """Read a file of ``/proc``; empty where its process has ended."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(8192)
    except OSError:
        return b""
