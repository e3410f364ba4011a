"""Writes LiveCodeBench's recorded programs with their official verdicts, for ``codeeval audit``.

    CODEEVAL_PUBLISHED=DIR python tests/performance/livecodebench_verdicts.py --data-root DIR --out FOLDER
        [--every N]
    codeeval audit livecodebench --labels FOLDER/labels.jsonl --data-root FOLDER --offline --cpu-limit 6

A program that failed officially is there where the test that it failed is known, each different one once. The
limit is the protocol's own; stated, so that a timeout is not repeated.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import lcb_recordings

from codeeval.benchmarks.livecodebench import official


def main() -> None:
    """Write and count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1)
    asked = parser.parse_args()
    recorded = lcb_recordings.recordings()
    unlike = sum(official.extracted(row.output).code != row.code for row in recorded if row.code.strip())
    tests = lcb_recordings.with_tests_seen(asked.data_root, asked.out)
    labelled = lcb_recordings.labelled(recorded, tests)[:: asked.every]
    lcb_recordings.write_labels(asked.out / "labels.jsonl", labelled)
    sys.stdout.write(
        f"{len(labelled)} programs, of {len(recorded)} recorded; {unlike} of these extracted otherwise\n"
    )


if __name__ == "__main__":
    main()
