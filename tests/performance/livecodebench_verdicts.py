"""Judges LiveCodeBench's recorded programs again, and lists those whose verdict is another.

    CODEEVAL_PUBLISHED=DIR python tests/performance/livecodebench_verdicts.py --data-root DIR [--every N]
        [--protocol official|fixed] [--json FILE]

A program that failed officially must fail here where the test that it failed is known.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import lcb_recordings, published

from codeeval.benchmarks.livecodebench import official
from codeeval.types import CompletionKind, PromptStyle

LIMIT_S = 6.0
"""The protocol's own; stated, so that a timeout is not repeated."""


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--protocol", default="official")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows = lcb_recordings.recordings()
    unlike = sum(official.extracted(row.output).code != row.code for row in rows if row.code.strip())
    rows = rows[:: asked.every]
    with tempfile.TemporaryDirectory() as folder:
        tests = lcb_recordings.with_tests_seen(asked.data_root, Path(folder))
        made, problems = published.benchmark(
            "livecodebench:v6", Path(folder), style=PromptStyle.CHAT, protocol=asked.protocol
        )
        rows = [row for row in rows if tests[row.task_id]]
        started = time.monotonic()
        pairs = [(row.task_id, row.code) for row in rows]
        found = published.judged(made, problems, pairs, CompletionKind.SOLUTION, cpu_s=LIMIT_S)
        took_s = time.monotonic() - started
    counts: Counter[str] = Counter()
    differing = []
    for row in rows:
        verdict = found[row.task_id, row.code]
        known = row.passed or lcb_recordings.decided(row, tests[row.task_id])
        officially = "passed" if row.passed else "failed"
        counts[f"officially {officially}, {'decided' if known else 'not decided'}"] += 1
        if verdict.passed != row.passed and known:
            differing.append(
                {
                    "task_id": row.task_id,
                    "run": row.run,
                    "officially": "passed" if row.passed else dict(row.metadata),
                    "here": f"{verdict.outcome.value}: {verdict.detail}",
                    "code": row.code,
                }
            )
    sys.stdout.write(
        f"{asked.protocol}: {len(rows)} programs, {len(found)} different, in {took_s:.0f} s; "
        f"{unlike} of all extracted otherwise\n"
    )
    for name, count in sorted(counts.items()):
        sys.stdout.write(f"  {count} {name}\n")
    sys.stdout.write(f"  {len(differing)} of the decided differ\n")
    for each in differing:
        sys.stdout.write(f"    {each['task_id']} ({each['run']}): {each['here']}; {each['officially']}\n")
    if asked.json:
        asked.json.write_text(json.dumps(differing, indent=1), "utf-8")


if __name__ == "__main__":
    main()
