"""Judges all of CRUXEval's published generations again, and lists those whose verdict is another.

    CODEEVAL_PUBLISHED=DIR python tests/performance/published_scores.py --data-root DIR [--every N]
        [--protocol official|fixed] [output|input ...]

Programs that pass take milliseconds, and some never end; so the limit is half a second of CPU time.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import published

from codeeval.types import CompletionKind

LIMIT_S = 0.5


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("predicts", nargs="*", default=["output", "input"])
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--protocol", default="official")
    asked = parser.parse_args()
    rows = published.published_rows("cruxeval/evaluation_results.parquet")
    for predicts in asked.predicts:
        made, problems = published.benchmark(f"cruxeval:{predicts}", asked.data_root, protocol=asked.protocol)
        chosen = [row for row in rows if row["task"] == predicts][:: asked.every]
        samples = [
            (f"cruxeval/{row['id']}", text, passed)
            for row in chosen
            for text, passed in zip(row["generations"], row["passed"], strict=True)
        ]
        started = time.monotonic()
        found = published.judged(
            made,
            problems,
            [(task_id, text) for task_id, text, _ in samples],
            CompletionKind.SOLUTION,
            cpu_s=LIMIT_S,
        )
        took_s = time.monotonic() - started
        differing = Counter(
            (task_id, text, found[task_id, text].outcome.value)
            for task_id, text, passed in samples
            if found[task_id, text].passed != passed
        )
        sys.stdout.write(
            f"{predicts}, {asked.protocol}: {len(samples)} generations, {len(found)} different, in "
            f"{took_s:.0f} s; {differing.total()} differ, {len(differing)} different\n"
        )
        for (task_id, text, outcome), count in differing.most_common():
            sys.stdout.write(f"  {count} {task_id} {outcome} {text!r}\n")


if __name__ == "__main__":
    main()
