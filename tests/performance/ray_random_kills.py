"""Kills the driver, an actor and a node of runs on a local Ray cluster at random moments, ten times each.

``python tests/performance/ray_random_kills.py [TIMES]``: each run must end as on one machine and leave
nothing behind.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "end_to_end")]

from ray_kills import KILLS, NODES, SLOTS, TASKS, make_suite, records  # noqa: E402 -- found where the tests are
from support.ray_nodes import LocalCluster  # noqa: E402 -- as above

TIMES = 10


def main() -> None:
    """Kill, and say how it went."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    with tempfile.TemporaryDirectory() as folder, LocalCluster(NODES, SLOTS) as cluster:
        suite = make_suite(Path(folder))
        for number in range(times):
            for victim, kill in KILLS.items():
                moment = random.randint(1, TASKS * 6 - 12)
                started_s, out = time.monotonic(), Path(folder) / f"{victim}-{number}"
                kill(cluster, suite, out, moment)
                assert records(out, lost=True) == records(suite.alone, lost=True)
                took_s = time.monotonic() - started_s
                line = f"{victim} killed after {moment} verdicts: the same result, {took_s:.0f} s"
                print(line, flush=True)  # noqa: T201 -- the answer
        assert not cluster.actors(), "an actor was left behind"


if __name__ == "__main__":
    main()
