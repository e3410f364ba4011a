"""Kills the driver, an actor and a node of runs on a local Ray cluster at random moments.

    python tests/performance/ray_random_kills.py [--times N] [--only VICTIM] [--completions FILE ...]

Each run must end as on one machine and leave nothing behind. The samples sleep, or are those of files of
HumanEval completions (JSON lines with ``task_id`` and ``completion``): as many of each task as ``--each``
says, taken in turns, each made another program by a comment.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "end_to_end")]

from ray_kills import KILLS, NODES, SLOTS, Suite, make_suite, records, run, run_alone  # noqa: E402 -- found where the tests are
from support.ray_nodes import LocalCluster  # noqa: E402 -- as above


def recorded(folder: Path, files: list[Path], each: int, part: str) -> Suite:
    """Make so many samples of each task, or each of a part, of recorded completions."""
    found = defaultdict(list)
    for line in itertools.chain.from_iterable(file.open() for file in files):
        row = json.loads(line)
        found[row["task_id"]].append(row["completion"])
    number, of = map(int, part.split("/"))
    chosen = list(found.items())[number - 1 :: of]
    turns = {task: itertools.islice(itertools.cycle(bodies), each) for task, bodies in chosen}
    return run_alone(
        folder,
        {task: [f"{body}\n# {number}" for number, body in enumerate(turn)] for task, turn in turns.items()},
    )


def write(line: str) -> None:
    """Print at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Kill, and say how it went."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--only", choices=sorted(KILLS), action="append", help="repeatable")
    parser.add_argument("--completions", type=Path, nargs="*", default=[])
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--part", default="1/1", help="of the completions only every N-th task from the I-th")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, LocalCluster(NODES, SLOTS) as cluster:
        folder = Path(name)
        started_s = time.monotonic()
        files = asked.completions
        suite = recorded(folder, files, asked.each, asked.part) if files else make_suite(folder)
        write(f"{suite.count} samples on one machine: {time.monotonic() - started_s:.0f} s")
        started_s = time.monotonic()
        run(suite, folder / "whole", "--ray", cluster.address, "--ray-wait", "300")
        assert records(folder / "whole") == records(suite.alone)
        write(f"on {NODES} nodes: the same records, {time.monotonic() - started_s:.0f} s")
        for number in range(asked.times):
            for victim in asked.only or KILLS:
                moment = random.randint(1, suite.count * 3 // 4)
                started_s, out = time.monotonic(), folder / f"{victim}-{number}"
                KILLS[victim](cluster, suite, out, moment)
                assert records(out, lost=True) == records(suite.alone, lost=True)
                took_s = time.monotonic() - started_s
                write(f"{victim} killed after {moment} verdicts: the same result, {took_s:.0f} s")
        assert not cluster.actors(), "an actor was left behind"


if __name__ == "__main__":
    main()
