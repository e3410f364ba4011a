"""What a report, or a served page, of 100,000 samples costs, beside judging its run anew."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.runs import make_run

from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TASKS, SAMPLES = 164, 610
GIGABYTE = 1 << 30

CHILD = """
import resource, sys, time
from codeeval.cli.main import run_command
run_command(["--version"])
start = time.process_time()
assert run_command(sys.argv[1:]) == 0
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""

VIEW = """
import pathlib, resource, sys, time
from codeeval.session.settings import DataOptions
from codeeval.viewer.folder import Folder, run_id
from codeeval.viewer.pages import Pages
folder = Folder(pathlib.Path(sys.argv[1]))
pages = Pages(folder, DataOptions(offline=True))
start = time.process_time()
assert "HumanEval/163" in pages.run(run_id(folder.root, folder.root))
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""

BODY = '''    """Plan {1}: work through the values of {0} one by one."""
    seen = {{}}
    for index, value in enumerate(numbers):
        other = threshold - value  # {1}
        if other in seen and abs(value - other) < threshold * {1}:
            return [seen[other], index, "pair {1}"]
        seen[value] = index
    return sorted(seen.items(), key=lambda item: (item[1], -item[0]))[: {1} + 1]
'''


class Cost(NamedTuple):
    """Of one command in a process of its own."""

    cpu_s: float
    peak_bytes: float


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    choices = random.Random(1).choices
    kinds = (Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR, Outcome.TIMEOUT)
    outcomes = {f"HumanEval/{task}": choices(kinds, (task, 100, 40, 2), k=SAMPLES) for task in range(TASKS)}
    return make_run(tmp_path_factory.mktemp("report") / "run", "humaneval", outcomes, text=BODY.format)


def cost(*arguments: object, child: str = CHILD) -> Cost:
    command = [sys.executable, "-c", child, *map(str, arguments)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Cost(*map(float, printed.splitlines()[-1].split()))


@pytest.mark.slow
def test_a_report_of_a_hundred_thousand_samples(
    run: Path, record_property: Callable[[str, object], None]
) -> None:
    scored = min(cost("score", run, "-q").cpu_s for _ in range(2))
    report = run.parent / "report.html"
    built = cost("report", run, "--out", report, "-q")
    size = report.stat().st_size
    line = (
        f"{built.cpu_s:.1f} CPU s (scoring {scored:.1f}), "
        f"{built.peak_bytes / 1e6:.0f} MB, page {size / 1e6:.1f} MB"
    )
    record_property("report of 100,040 samples", line)
    sys.stdout.write(f"\n{line}\n")
    assert built.peak_bytes < GIGABYTE / 2
    # Reading is a third of it; charts and the colours of 2,000 samples are the rest, for a run of any size.
    assert built.cpu_s < 12 * scored
    assert size < 6e6


@pytest.mark.slow
def test_a_page_of_a_hundred_thousand_samples(
    run: Path, record_property: Callable[[str, object], None]
) -> None:
    scored = min(cost("score", run, "-q").cpu_s for _ in range(2))
    opened = min((cost(run, child=VIEW) for _ in range(2)), key=lambda each: each.cpu_s)
    line = f"{opened.cpu_s:.1f} CPU s (scoring {scored:.1f}), {opened.peak_bytes / 1e6:.0f} MB"
    record_property("page of 100,040 samples", line)
    sys.stdout.write(f"\n{line}\n")
    assert opened.cpu_s < scored
    assert opened.peak_bytes < GIGABYTE / 4
