"""Judges every reference of benchmarks in full, and the buggy solutions of those that have them.

    python tests/performance/references.py --data-root DIR [--part I/N] humanevalpack:fixdocs-go mceval:r

Prints a line for each program whose outcome is not the one that it must have (a reference passes, a buggy
solution fails) with its cause, and at the end of each benchmark how many were as they must be.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import published

from codeeval.interfaces import LacksReferences
from codeeval.pipeline import Verifier
from codeeval.session.benchmarks import images_of
from codeeval.session.hooks import no_notes
from codeeval.session.sandboxes import open_pool
from codeeval.session.settings import SandboxSettings
from codeeval.types import Outcome

if TYPE_CHECKING:
    from codeeval.interfaces import Benchmark
    from codeeval.types import Completion, Problem

BUGGY = "buggy"


def solutions(made: Benchmark, problem: Problem) -> list[tuple[str, Completion]]:
    """Return the reference and, where there is one, the buggy solution."""
    found = [("reference", made.reference(problem))]
    return found + [(BUGGY, each.completion) for each in made.cheats(problem) if each.name == BUGGY]


def judge(name: str, root: Path, part: tuple[int, int], sandbox: str) -> bool:
    """Judge a benchmark's, and print; whether all are as they must be."""
    started = time.monotonic()
    made, problems = published.benchmark(name, root)
    has_one = made.has_reference if isinstance(made, LacksReferences) else lambda _: True
    chosen = [each for each in problems.values() if has_one(each)][part[0] - 1 :: part[1]]
    listed = [(problem, *each) for problem in chosen for each in solutions(made, problem)]
    images = tuple(image for image in images_of(made) if image)
    counts = {"reference": [0, 0], BUGGY: [0, 0]}
    with open_pool(images, SandboxSettings(sandbox=sandbox), no_notes) as opened:
        verifier = Verifier(opened.pool, made)
        programs = (
            verifier.make(problem, msgspec.structs.replace(completion, sample=number))
            for number, (problem, _, completion) in enumerate(listed)
        )
        for number, verdict in verifier.each(programs):
            problem, kind, _ = listed[number]
            passed = verdict.outcome is Outcome.PASSED
            right = passed is (kind != BUGGY) and verdict.outcome is not Outcome.SANDBOX_ERROR
            counts[kind][0] += right
            counts[kind][1] += 1
            if not right:
                failed = ", ".join(each.name for each in verdict.parts if each.outcome is not Outcome.PASSED)
                what = f"{verdict.outcome.value} {failed}: {verdict.detail}"
                sys.stdout.write(f"  {problem.task_id} {kind}: {what}\n")
                sys.stdout.flush()
        told = ", ".join(f"{kind} {right}/{total}" for kind, (right, total) in counts.items() if total)
        sys.stdout.write(f"{name}: {told}; {time.monotonic() - started:.0f} s\n")
        sys.stdout.flush()
    return all(right == total for right, total in counts.values())


def main() -> None:
    """Judge and print; exits with 1 if an outcome is not the one that it must be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("benchmarks", nargs="+")
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--part", default="1/1", help="only every N-th task from the I-th on")
    parser.add_argument("--sandbox", default="docker")
    asked = parser.parse_args()
    part = tuple(int(each) for each in asked.part.split("/"))
    right = [judge(name, asked.data_root, (part[0], part[1]), asked.sandbox) for name in asked.benchmarks]
    sys.exit(not all(right))


if __name__ == "__main__":
    main()
