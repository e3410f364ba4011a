"""Measures the memory of a run of LiveCodeBench whose tests weigh far more than there is room for.

    python tests/performance/livecodebench_memory.py [--problems N ...] [--megabytes M] [--sandbox KIND]

Makes datasets with N problems whose tests have M megabytes each, runs a solution of each problem, and prints
the most memory that the run had. It should not grow with N.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DATASET = "livecodebench/code_generation_lite"


def write(folder: Path, problems: int, megabytes: int) -> tuple[Path, Path]:
    """Write a dataset and a file of answers; return the data root and the file."""
    target = folder / DATASET
    target.mkdir(parents=True)
    answers = folder / "answers.jsonl"
    with (target / "test1-6.jsonl").open("w") as rows, answers.open("w") as samples:
        for number in range(problems):
            text = f"{number}\n" + "x" * (megabytes * 500_000 - 10)
            tests = [{"input": text, "output": str(number), "testtype": "stdin"}] * 2
            row = {
                "question_title": "first",
                "question_content": "Print the first line.",
                "platform": "atcoder",
                "question_id": f"q{number:06}",
                "contest_id": "own",
                "contest_date": "2024-01-01T00:00:00",
                "starter_code": "",
                "difficulty": "easy",
                "public_test_cases": "[]",
                "private_test_cases": json.dumps(tests),
                "metadata": "{}",
            }
            rows.write(json.dumps(row) + "\n")
            answer = {
                "task_id": f"livecodebench/q{number:06}",
                "text": "```\nprint(input())\n```",
                "kind": "answer",
            }
            samples.write(json.dumps(answer) + "\n")
    return folder, answers


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--problems", type=int, nargs="+", default=[500, 5000])
    parser.add_argument("--megabytes", type=int, default=1)
    parser.add_argument("--sandbox", default="docker")
    asked = parser.parse_args()
    for count in asked.problems:
        with tempfile.TemporaryDirectory() as folder:
            root, answers = write(Path(folder), count, asked.megabytes)
            command = [
                *(Path(sys.executable).with_name("codeeval"), "execute", "livecodebench", answers),
                *(
                    "--data-root",
                    root,
                    "--offline",
                    "--out",
                    Path(folder) / "run",
                    "--sandbox",
                    asked.sandbox,
                ),
                *("--k", "1", "--json", "-q"),
            ]
            began = time.monotonic()
            process = subprocess.Popen(command, stdout=subprocess.PIPE)
            out, _ = process.communicate()
            took_s = time.monotonic() - began
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        passed = json.loads(out)["metrics"]["outcomes"]["PASSED"]
        sys.stdout.write(
            f"{count} problems with {count * asked.megabytes} MB of tests: {passed} passed, "
            f"{most:.0f} MiB at most, {took_s:.0f} s\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
