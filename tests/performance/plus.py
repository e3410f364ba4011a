"""Measures HumanEval+ here against EvalPlus's own evaluator, on one core, taking turns.

    python tests/performance/plus.py --python PYTHON --data-root DIR [--sandbox KIND] [--rounds N] [--core C]

PYTHON is an interpreter that has the package ``evalplus``; DIR holds ``HumanEvalPlus.jsonl``, unpacked, which
both read. References are checked on base and extra inputs, each side knowing already what they return. Tasks
whose reference alone computes for long are excluded: there, both sides wait for the same program.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from contenders import sandbox_pids, server
from machine import Sample, cpu_ratio, cpu_s, median_ms, pin, ratio, table, wait_until_quiet

from codeeval import registry
from codeeval.benchmarks.evalplus.benchmark import HumanEvalPlus
from codeeval.interfaces import BenchmarkOptions, DataSource, SandboxOptions
from codeeval.judging import judge
from codeeval.pipeline import compute_expected_outputs
from codeeval.sandboxes.pool import Pool
from codeeval.types import Outcome

HERE = Path(__file__).parent
SLOW = {f"HumanEval/{number}" for number in (15, 36, 40, 66, 83, 96, 100, 106, 130, 139)}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", required=True)
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--sandbox", default="docker")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=0)
    asked = parser.parse_args()
    pin(asked.core)
    os.environ["HUMANEVAL_OVERRIDE_PATH"] = str((asked.data_root / "HumanEvalPlus.jsonl").resolve())
    benchmark = HumanEvalPlus(BenchmarkOptions())
    loaded = benchmark.load(DataSource(root=asked.data_root, offline=True))
    tasks = [problem.task_id for problem in loaded.problems if problem.task_id not in SLOW]
    launcher = registry.launcher(asked.sandbox)
    options = SandboxOptions(image=benchmark.image, cpuset=str(asked.core))
    pool = Pool(launcher, options, 1)
    pool.start()
    command = [asked.python, str(HERE / "evalplus_evaluator.py"), *tasks]
    try:
        with tempfile.TemporaryDirectory() as cache, server(command, len(tasks)) as theirs:
            known = compute_expected_outputs(
                benchmark, loaded, tasks, pool, toolchain={}, cache_dir=Path(cache)
            )
            programs = [
                benchmark.program(problem, benchmark.reference(problem))
                for problem in known.problems
                if problem.task_id in set(tasks)
            ]
            pids = [os.getpid(), *sandbox_pids(pool)]

            def ours() -> int:
                futures = [pool.submit(program) for program in programs]
                verdicts = [
                    judge(program, future.result(), compare=benchmark.compare)
                    for program, future in zip(programs, futures, strict=True)
                ]
                return sum(verdict.outcome is not Outcome.PASSED for verdict in verdicts)

            ways = {"codeeval": (ours, lambda: cpu_s(pids)), "evalplus": (theirs.run, theirs.cpu)}
            taken: dict[str, list[Sample]] = {name: [] for name in ways}
            failed = dict.fromkeys(ways, 0)
            for _ in range(asked.rounds):
                for name, (run, cpu) in ways.items():
                    wait_until_quiet(5.0)
                    before, start = cpu(), time.perf_counter()
                    failed[name] += run()
                    wall = time.perf_counter() - start
                    taken[name].append(Sample(wall / len(tasks), (cpu() - before) / len(tasks), 0.0))
    finally:
        pool.close()
    rows = [
        (
            name,
            f"{median_ms(sample.wall_s for sample in samples):.1f}",
            f"{median_ms(sample.cpu_s or 0 for sample in samples):.1f}",
            f"{ratio(samples, taken['codeeval']):.2f}",
            f"{cpu_ratio(samples, taken['codeeval']) or 0:.2f}",
            str(failed[name]),
        )
        for name, samples in taken.items()
    ]
    title = (
        f"HumanEval+, {len(tasks)} references, one core, {asked.sandbox}, medians of {asked.rounds} rounds"
    )
    print(table(title, ("", "ms a task", "CPU ms", "time vs ours", "CPU vs ours", "not passed"), rows))  # noqa: T201


if __name__ == "__main__":
    main()
