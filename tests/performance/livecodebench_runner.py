"""Measures LiveCodeBench's programs here against the authors' way to judge them, on one core, taking turns.

    python tests/performance/livecodebench_runner.py [--samples N] [--cases N] [--sandbox KIND] [--rounds N]
        [--core C]

Solutions of five small problems as models write them; each has the same number of cases. Only the ratio of
the two, taken in one run, says anything.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from contenders import sandbox_pids
from machine import cpu_s, pin, wait_until_quiet

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codeeval import registry
from codeeval.benchmarks.livecodebench import official, programs
from codeeval.benchmarks.livecodebench.private_tests import Test, TestType
from codeeval.benchmarks.livecodebench.problems import Contest
from codeeval.datasets import RowFile, StoredRow
from codeeval.interfaces import SandboxOptions
from codeeval.judging import judge
from codeeval.languages import PYTHON
from codeeval.reading import open_binary
from codeeval.sandboxes.pool import Pool
from codeeval.types import Completion, CompletionKind, Extraction, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
NOWHERE = StoredRow(RowFile(open_binary(Path(__file__))), 0, 0, "made here")
SUM = """\
n = int(input())
a = list(map(int, input().split()))
print(sum(a))
"""
SORT = """\
import sys
def main():
    data = sys.stdin.read().split()
    n = int(data[0])
    print(*sorted(map(int, data[1:n + 1])))
main()
"""
MOST_COMMON = """\
from collections import Counter
input()
print(max(Counter(input().split()).values()))
"""
MERGE = """\
import heapq
n = int(input())
h = list(map(int, input().split()))
heapq.heapify(h)
t = 0
while len(h) > 1:
    s = heapq.heappop(h) + heapq.heappop(h)
    t += s
    heapq.heappush(h, s)
print(t)
"""
LARGEST_SUM = """\
def solve():
    n = int(input())
    best = cur = 0
    for x in map(int, input().split()):
        cur = max(0, cur + x)
        best = max(best, cur)
    print(best)


if __name__ == '__main__':
    solve()
"""
SOLUTIONS = (SUM, SORT, MOST_COMMON, MERGE, LARGEST_SUM)


def expected(number: int, values: list[int]) -> str:
    """Return what a solution must print."""
    match number:
        case 0:
            return str(sum(values))
        case 1:
            return " ".join(map(str, sorted(values)))
        case 2:
            return str(max(map(values.count, values)))
        case 3:
            heap, total = sorted(values), 0
            while len(heap) > 1:
                pair = heap[0] + heap[1]
                heap, total = sorted([*heap[2:], pair]), total + pair
            return str(total)
        case _:
            best = current = 0
            for value in values:
                current = max(0, current + value)
                best = max(best, current)
            return str(best)


def samples(count: int, cases: int) -> list[tuple[str, list[str], list[str]]]:
    """Make solutions with their cases."""
    made = []
    for index in range(count):
        number = index % len(SOLUTIONS)
        inputs, outputs = [], []
        for case in range(cases):
            values = [(index * 7 + case * 13 + place * place) % 97 for place in range(5 + case)]
            inputs.append(f"{len(values)}\n{' '.join(map(str, values))}\n")
            outputs.append(expected(number, values))
        made.append((SOLUTIONS[number], inputs, outputs))
    return made


def main() -> None:
    """Measure and print the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--cases", type=int, default=10)
    parser.add_argument("--sandbox", default="docker")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", type=int, default=0)
    asked = parser.parse_args()
    pin(asked.core)
    made = samples(asked.samples, asked.cases)
    launcher = registry.launcher(asked.sandbox)
    pool = Pool(launcher, SandboxOptions(image=PYTHON.image, cpuset=str(asked.core)), 1)
    pool.start()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(made, file)
        file.flush()
        command = [sys.executable, str(HERE / "lcb_runner_double.py"), file.name]
        theirs = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            for number in range(asked.rounds):
                rounds = [
                    measured(lambda: asked_of(theirs), [theirs.pid]),
                    measured(lambda: run(pool, made), [os.getpid(), *sandbox_pids(pool)]),
                ]
                (their_s, their_cpu_s, their_count), (our_s, our_cpu_s, our_count) = rounds
                each = 1000 / asked.samples
                sys.stdout.write(
                    f"round {number + 1}: {asked.samples} samples, {asked.cases} cases each; theirs "
                    f"{their_s * each:.2f} ms a sample, {their_cpu_s * each:.2f} ms CPU "
                    f"({their_count} passed); "
                    f"ours {our_s * each:.2f} ms, {our_cpu_s * each:.2f} ms CPU ({our_count} passed): "
                    f"{their_s / our_s:.1f} times, {their_cpu_s / our_cpu_s:.1f} times in CPU\n"
                )
                sys.stdout.flush()
        finally:
            theirs.kill()
            theirs.wait()
            pool.close()


def measured(work: Callable[[], int], pids: list[int]) -> tuple[float, float, int]:
    """Return how long some work takes, the CPU time of these processes in it, and its result."""
    wait_until_quiet(5)
    cpu, began = cpu_s(pids), time.perf_counter()
    count = work()
    return time.perf_counter() - began, cpu_s(pids) - cpu, count


def asked_of(theirs: subprocess.Popen[str]) -> int:
    """Have the other side judge all samples; return how many passed."""
    assert theirs.stdin is not None
    assert theirs.stdout is not None
    theirs.stdin.write("\n")
    theirs.stdin.flush()
    return int(theirs.stdout.readline())


def run(pool: Pool, made: list[tuple[str, list[str], list[str]]]) -> int:
    """Make, execute and judge all programs; return how many passed."""
    futures = []
    for index, (code, inputs, outputs) in enumerate(made):
        problem = Problem(
            task_id=str(index),
            prompt="",
            entry_point="",
            reference="",
            tests=(),
            payload=Contest(stored=NOWHERE),
        )
        completion = Completion(task_id=str(index), sample=0, text=code, kind=CompletionKind.SOLUTION)
        tests = [
            Test(input=given, output=wanted, testtype=TestType.STDIN)
            for given, wanted in zip(inputs, outputs, strict=True)
        ]
        program = programs.published(problem, completion, Extraction(rule="as-is", code=code), tests)
        futures.append((program, pool.submit(program)))
    return sum(
        judge(
            program,
            future.result(),
            compare=official.same_results,
        ).passed
        for program, future in futures
    )


if __name__ == "__main__":
    main()
