"""On a machine with four times as much to do as it can, every program gets the verdict it always gets."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from command import BOTH, succeed, verdicts
from support.sandboxing import SMALL_SANDBOX, boxed, program

from codeeval.types import Limits, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Recorded

pytestmark = pytest.mark.alone

OVERSUBSCRIPTION = 4
LIMITS = Limits(cpu_s=3.0, wall_s=1.2)
"""A wall limit that a program under load passes long before it has had its CPU time."""


@contextlib.contextmanager
def busy_cores() -> Iterator[None]:
    """Keep every core busy with as many other processes; they end with this one at the latest."""
    spin = f"import os\nprint(flush=True)\nwhile os.getppid() == {os.getpid()}:\n    sum(range(200_000))"
    count = OVERSUBSCRIPTION * len(os.sched_getaffinity(0))
    command = [sys.executable, "-c", spin]
    how = {"stdout": subprocess.PIPE, "start_new_session": True}  # the kernel shares cores among sessions
    burners = [subprocess.Popen(command, **how) for _ in range(count)]
    try:
        assert all(burner.stdout and burner.stdout.readline() for burner in burners)
        yield
        assert all(burner.poll() is None for burner in burners)
    finally:
        for burner in burners:
            burner.kill()
        for burner in burners:
            burner.communicate()


@pytest.mark.slow
@pytest.mark.verdicts
@pytest.mark.docker
def test_no_recorded_completion_changes_its_outcome(
    recorded: Recorded, recorded_run: Callable[[str], Path], tmp_path: Path
) -> None:
    unloaded = verdicts(recorded_run("docker"))
    out = tmp_path / "run"
    arguments = ("execute", "humaneval", recorded.file, "--keep-going", "--out", out, "-q")
    with busy_cores():
        succeed(*arguments, "--sandbox", "docker")
    assert verdicts(out) == unloaded


@pytest.mark.parametrize("sandbox", BOTH)
def test_waiting_for_a_core_does_not_use_up_limits(sandbox: str) -> None:
    work = "import time\nwhile time.process_time() < 0.4:\n    pass\n"
    with boxed(sandbox, SMALL_SANDBOX) as box, busy_cores():
        verdict = box.judge(program(work, "assert True\n", limits=LIMITS))
    assert verdict.outcome is Outcome.PASSED, verdict.detail
    assert verdict.wall_s > LIMITS.wall_s, "the machine was not loaded"


@pytest.mark.parametrize("sandbox", BOTH)
def test_sleeping_uses_up_limits_under_load_too(sandbox: str) -> None:
    with boxed(sandbox, SMALL_SANDBOX) as box, busy_cores():
        verdict = box.judge(program("import time\ntime.sleep(30)\n", "assert True\n", limits=LIMITS))
    assert verdict.outcome is Outcome.TIMEOUT
    assert verdict.wall_s < 3 * LIMITS.wall_s
