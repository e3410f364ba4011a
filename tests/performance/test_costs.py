"""Regressions by a factor of two, seen by counts and ratios, which do not depend on the machine's load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from contenders import programs, run_in, sandbox_pids, texts, warm_pool
from machine import cpu_s
from support.sandboxing import commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PROGRAMS = 82
FAULTS = 820
"""Page faults that a program costs in its sandbox, its supervisor's included."""
COMMAND_FAULTS = 80
"""Those of a command that does nothing; 600 where it begins as a copy of the supervisor."""
TIMES_A_FORK = 1.1
"""CPU time of a program in its sandbox, over that of a fork that does nothing but execute the same text."""

FORKS = """
import json, os, resource, sys
for text in json.load(sys.stdin):
    if not (child := os.fork()):
        exec(compile(text, "program.py", "exec"), {"__name__": "__main__"})
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
print(spent.ru_utime + spent.ru_stime)
"""


def faults(pids: Iterable[int]) -> int:
    """Page faults of the processes and of those of their children that have ended."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        total += int(fields[7]) + int(fields[8])
    return total


def forked(plain: list[str]) -> float:
    """Execute each text in a fork of a fresh interpreter; returns the forks' CPU seconds."""
    command = [sys.executable, "-I", "-S", "-c", FORKS]
    done = subprocess.run(command, input=json.dumps(plain), capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.bubblewrap
def test_a_program_costs_what_it_did(record_property: Callable[[str, object], None]) -> None:
    wanted, plain = programs()[:PROGRAMS], texts()[:PROGRAMS]
    with warm_pool("bubblewrap", 1, "") as pool:
        pids = sandbox_pids(pool)
        ratios = []
        for _ in range(3):
            before, cpu = faults(pids), cpu_s(pids)
            assert run_in(pool, wanted) == 0
            count, spent = (faults(pids) - before) / PROGRAMS, cpu_s(pids) - cpu
            ratios.append(spent / forked(plain))
        before, nothing = faults(pids), [commands(("echo", "done"), expected="done")] * PROGRAMS
        assert run_in(pool, nothing) == 0
        of_command = (faults(pids) - before) / PROGRAMS
    record_property("page faults a program, CPU over a fork's", (count, ratios))
    record_property("page faults a command", of_command)
    assert 20 < of_command < 2 * COMMAND_FAULTS
    assert 100 < count < 2 * FAULTS, "or nothing was counted"
    assert min(ratios) < 2 * TIMES_A_FORK
