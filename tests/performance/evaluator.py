"""Measures ``Evaluator`` on 64 HumanEval completions against the command on the same ones, in one run.

    python tests/performance/evaluator.py [--sandbox KIND] [--rounds N] [--core C] [--patience S]

The command's rate is that of its further samples: what ``codeeval execute`` takes for 64 completions several
times over, less what it takes for them once. The evaluator's is that of one call in sandboxes that are warm,
made by the script below, sync and in a running event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import pin, table, wait_until_quiet

from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.interfaces import BenchmarkOptions, DataSource

COMPLETIONS = 64
TIMES = 11
"""How often the command gets each completion, less the one time that is taken off."""

SCRIPT = """
from codeeval import Evaluator, Submission

def score(answers):
    return [verdict.passed for verdict in evaluator.evaluate(answers)]

async def ascore(answers):
    return [verdict.passed for verdict in await evaluator.aevaluate(answers)]

evaluator = Evaluator("humaneval", sandbox=sandbox, workers=1).open()
"""


def samples() -> list[tuple[str, str]]:
    """Return the first references of HumanEval as continuations."""
    problems = HumanEval(BenchmarkOptions()).load(DataSource()).problems[:COMPLETIONS]
    return [(problem.task_id, problem.reference) for problem in problems]


def command_s(wanted: list[tuple[str, str]], times: int, sandbox: str) -> float:
    """Return the wall time of ``codeeval execute``, from its start to its end."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "samples.jsonl")
        lines = [json.dumps({"task_id": task, "completion": text}) for task, text in wanted]
        file.write_text("\n".join(lines * times) + "\n", "utf-8")
        command = [sys.executable, "-c", "from codeeval.cli.main import main; main()"]
        command += ["execute", "humaneval", str(file), "--out", f"{folder}/run"]
        command += ["--sandbox", sandbox, "--workers", "1", "-q"]
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken = time.perf_counter() - start
        outcomes = json.loads(Path(folder, "run", "metrics.json").read_text("utf-8"))["outcomes"]
        assert outcomes["PASSED"] == len(wanted) * times
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sandbox", default="docker")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--patience", type=float, default=5.0, metavar="S")
    asked = parser.parse_args()
    pin(asked.core)
    wanted = samples()
    scope: dict[str, object] = {"sandbox": asked.sandbox}
    exec(SCRIPT, scope)
    submissions = [scope["Submission"](task, text, "continuation") for task, text in wanted]  # type: ignore[operator]
    ways = {
        "evaluate": lambda: scope["score"](submissions),  # type: ignore[operator]
        "aevaluate": lambda: asyncio.run(scope["ascore"](submissions)),  # type: ignore[operator]
    }
    taken: dict[str, list[float]] = {"command": [], **{name: [] for name in ways}}
    try:
        for _ in range(asked.rounds):
            wait_until_quiet(asked.patience)
            once, often = (command_s(wanted, times, asked.sandbox) for times in (1, 1 + TIMES))
            taken["command"].append((often - once) / TIMES)
            for name, way in ways.items():
                start = time.perf_counter()
                for _ in range(TIMES):
                    assert way() == [True] * COMPLETIONS
                taken[name].append((time.perf_counter() - start) / TIMES)
    finally:
        scope["evaluator"].close()  # type: ignore[attr-defined]
    rows = [
        (
            name,
            f"{COMPLETIONS / statistics.median(seconds):.0f}",
            f"{COMPLETIONS / min(seconds):.0f}",
            f"{statistics.median(a / b for a, b in zip(taken['command'], seconds, strict=True)):.2f}",
        )
        for name, seconds in taken.items()
    ]
    title = (
        f"{COMPLETIONS} HumanEval completions, {asked.sandbox}, one core, medians of {asked.rounds} rounds"
    )
    sys.stdout.write(table(title, ("", "completions/s", "best", "rate vs command"), rows) + "\n")


if __name__ == "__main__":
    main()
