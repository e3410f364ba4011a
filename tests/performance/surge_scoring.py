"""Measures how long ``codeeval execute surge`` takes on 1,160 predictions, start to end, on one core.

    python tests/performance/surge_scoring.py --data-root DIR [--rounds N] [--core C] [--wrong]

DIR holds SURGE's ``ml.json`` and the others. Predictions are the outputs after ``Output:``, with ``--wrong``
their lines shuffled, which are slower to compare.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import pin

from codeeval.benchmarks.surge.rows import read_rows
from codeeval.interfaces import DataSource

AIM_S = 10.0


def main() -> None:
    """Measure and print the times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--wrong", action="store_true")
    asked = parser.parse_args()
    pin(asked.core)
    rows = read_rows(DataSource(root=asked.data_root.resolve(), offline=True)).rows
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "predictions.jsonl")
        with file.open("w", encoding="utf-8") as stream:
            for row in rows:
                text = shuffled(row.gt) if asked.wrong else row.gt
                stream.write(json.dumps({"task_id": row.task_id, "completion": f"Output:\n{text}"}) + "\n")
        times_s = [
            measure(file, Path(folder, f"run{number}"), asked.data_root) for number in range(asked.rounds)
        ]
    median_s = statistics.median(times_s)
    sys.stdout.write(
        f"{len(rows)} predictions in {median_s:.2f} s (median of {asked.rounds}, aim under {AIM_S:.0f} s): "
        f"{', '.join(f'{each:.2f}' for each in times_s)}\n"
    )


def shuffled(text: str) -> str:
    """Return the lines of a text in another order, the same every time."""
    lines = text.split("\n")
    random.Random(len(text)).shuffle(lines)
    return "\n".join(lines)


def measure(file: Path, out: Path, root: Path) -> float:
    """Run the command; returns its wall time."""
    command = Path(sys.executable).with_name("codeeval")
    arguments = ["execute", "surge", str(file), "--out", str(out), "--data-root", str(root), "-q"]
    started_s = time.monotonic()
    subprocess.run([str(command), *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started_s


if __name__ == "__main__":
    main()
