"""Makes the tables of expected outputs that codeeval ships for HumanEval+ and MBPP+, and checks those it has.

    python tests/end_to_end/make_shipped_outputs.py --data-root DIR [--check] [--family NAME]

References are executed in Docker and in bubblewrap, whose Pythons differ. A task of which both give the same
has one entry, with the longer times. What is long and quick to execute is not shipped. With ``--check``
nothing is written: exits with 1 where a value differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from codeeval.benchmarks.evalplus import shipped
from codeeval.benchmarks.evalplus.benchmark import EvalPlus, HumanEvalPlus, MbppPlus
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.pipeline import Verifier
from codeeval.session.hooks import no_notes
from codeeval.session.sandboxes import open_pool
from codeeval.session.settings import SandboxSettings
from codeeval.types import StepStatus

if TYPE_CHECKING:
    from collections.abc import Collection

SLOW_S = 1.0
LONGEST_QUICK = 1 << 16
"""Characters of outputs that are shipped though no call of the reference was slow."""
SANDBOXES = ("docker", "bubblewrap")
FAMILIES = {"humaneval-plus": HumanEvalPlus, "mbpp-plus": MbppPlus}
Results = dict[str, dict[str, tuple[shipped.Returned, ...]]]
"""By key of the program, then by Python: what its groups returned."""


def execute(
    benchmark: EvalPlus, source: DataSource, sandbox: str, results: Results, tasks: Collection[str] = ()
) -> None:
    """Execute the references of some tasks, or of all, in one kind of sandbox."""
    problems = [each for each in benchmark.load(source).problems if not tasks or each.task_id in tasks]
    programs = [benchmark.expected_outputs_program(each) for each in problems]
    with open_pool((benchmark.image,), SandboxSettings(sandbox=sandbox), no_notes) as opened:
        python = shipped.python_of(benchmark.image, opened.info.toolchain)
        verifier = Verifier(opened.pool)
        futures = [(program, verifier.execute(program)) for program in programs]
        for program, future in futures:
            steps = future.result().steps
            bad = [step for step in steps if step.status is not StepStatus.EXITED or step.exit_code]
            if bad or not steps:
                sys.exit(f"{program.task_id}: the reference failed: {bad}")
            groups = tuple(shipped.Returned(step.values, dict(step.slow_calls)) for step in steps)
            results.setdefault(shipped.key_of(program), {})[python] = groups


def entries(results: Results) -> list[shipped.Entry]:
    """Join the Pythons that gave the same values."""
    made = []
    for key, by_python in results.items():
        same: dict[tuple[str, ...], list[str]] = {}
        for python, groups in by_python.items():
            same.setdefault(tuple(group.values for group in groups), []).append(python)
        for pythons in same.values():
            measured = [by_python[python] for python in pythons]
            groups = tuple(
                shipped.Returned(group[0].values, _longest([each.slow for each in group]))
                for group in zip(*measured, strict=True)
            )
            made.append(shipped.Entry(key=key, pythons=tuple(sorted(pythons)), groups=groups))
    return sorted(filter(_is_worth_it, made), key=lambda entry: (entry.key, entry.pythons))


def _is_worth_it(entry: shipped.Entry) -> bool:
    is_slow = any(taken_s > SLOW_S for group in entry.groups for taken_s in group.slow.values())
    return is_slow or sum(len(group.values) for group in entry.groups) <= LONGEST_QUICK


def _longest(times: list[dict[int, float]]) -> dict[int, float]:
    numbers = sorted({number for each in times for number in each})
    return {number: round(max(each.get(number, 0.0) for each in times), 2) for number in numbers}


def values(made: list[shipped.Entry]) -> dict[tuple[str, str], tuple[str, ...]]:
    """What a table states, without times."""
    return {
        (entry.key, python): tuple(group.values for group in entry.groups)
        for entry in made
        for python in entry.pythons
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--family", choices=FAMILIES, action="append")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    differing = 0
    for family in options.family or FAMILIES:
        results: Results = {}
        for sandbox in SANDBOXES:
            execute(
                FAMILIES[family](BenchmarkOptions()),
                DataSource(root=options.data_root, offline=True),
                sandbox,
                results,
            )
        made = entries(results)
        now, known = values(made), values(shipped.read_table(family))
        differ = [key for key in now.keys() | known.keys() if now.get(key) != known.get(key)]
        differing += len(differ)
        sys.stdout.write(f"{family}: {len(results)} programs, {len(made)} entries, {len(differ)} differ\n")
        if not options.check:
            shipped.write_table(family, made)
    sys.exit(bool(differing and options.check))


if __name__ == "__main__":
    main()
