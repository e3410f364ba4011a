"""What a Ray cluster costs: scaling over nodes, the driver's CPU time, and the rate beside the local pool.

``python tests/performance/ray_rates.py scaling|driver|local``. All nodes are on this machine, so ``scaling``
executes programs that sleep, and says nothing of programs that compute. Rates are of warm pools: sandboxes
are open before the first program. Rounds of what is compared alternate.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).parents[1])]

from support.ray_nodes import LocalCluster  # noqa: E402 -- found where the tests are

from codeeval.pipeline import Verifier  # noqa: E402 -- as above
from codeeval.session.sandboxes import open_pool  # noqa: E402 -- as above
from codeeval.session.settings import SandboxSettings  # noqa: E402 -- as above
from codeeval.types import Extraction, Limits, Outcome, Program, PythonStep, SourceFile  # noqa: E402 -- as above

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codeeval.pipeline import ProgramPool

SLEEP_S = 0.5
SLOTS = 2
ROUNDS = 5


def program(number: int, text: str) -> Program:
    """A program of a kind, its own by a comment."""
    step = PythonStep(name="run", files=("program.py",), limits=Limits(cpu_s=5, wall_s=30))
    return Program(
        task_id="T/0",
        sample=number,
        language="python",
        image="python",
        files=(SourceFile(path="program.py", content=f"{text}\n# {number}\n"),),
        steps=(step,),
        extraction=Extraction(rule="as-is"),
    )


def rate(pool: ProgramPool, programs: int, text: str) -> float:
    """Programs a second that a pool executes and this process judges."""
    verifier = Verifier(pool)
    started_s = time.monotonic()
    passed = 0
    for _, verdict in verifier.each(program(number, text) for number in range(programs)):
        passed += verdict.outcome is Outcome.PASSED
    assert passed == programs
    return programs / (time.monotonic() - started_s)


@contextlib.contextmanager
def opened(address: str | None, workers: int = SLOTS) -> Iterator[ProgramPool]:
    """A pool of bubblewrap's sandboxes: the cluster's, or this machine's own."""
    settings = SandboxSettings(sandbox="bubblewrap", ray=address, workers=workers, ray_wait_s=120.0)
    with open_pool(("python",), settings, lambda _: None) as found:
        yield found.pool


def scaling() -> None:
    """Programs that sleep on 1, 2, 4 and 8 nodes."""
    text = f"import time\ntime.sleep({SLEEP_S})"
    first = 0.0
    for nodes in (1, 2, 4, 8):
        with LocalCluster(nodes, SLOTS) as cluster, opened(cluster.address) as pool:
            rate(pool, 2 * nodes * SLOTS, text)
            found = rate(pool, 20 * nodes * SLOTS, text)
        first = first or found
        say(f"{nodes} nodes: {found:.2f} programs/s, {found / (first * nodes):.1%} of linear")


def driver() -> None:
    """CPU time of this process for a program: handed over, received, judged; nothing is executed."""
    from ray_no_sandboxes import open_nothing  # noqa: PLC0415 -- as above

    from codeeval.cluster.pool import ClusterPool  # noqa: PLC0415 -- as above
    from codeeval.cluster.ray_cluster import Connection, RayCluster  # noqa: PLC0415 -- as above

    with LocalCluster(2, 32) as cluster:
        pool = ClusterPool(
            RayCluster(Connection(cluster.address), lambda _: open_nothing), lambda _: None, version="none"
        )
        pool.start()
        rate(pool, 2000, "pass")
        for count in (10_000, 10_000, 10_000):
            cpu, wall = time.process_time(), time.monotonic()
            rate(pool, count, "pass")
            cpu, wall = time.process_time() - cpu, time.monotonic() - wall
            say(f"{cpu / count * 1e6:.0f} us of the driver's CPU a program, {count / cpu:.0f} a CPU second")
            say(f"{count / wall:.0f} programs/s on this machine, with nodes that execute nothing")
        pool.close()


def local() -> None:
    """The same programs on the same cores through Ray and through the local pool, in alternating rounds."""
    text = "total = 0\nfor number in range(20000):\n    total += number"
    with LocalCluster(1, SLOTS) as cluster, opened(cluster.address) as there, opened(None) as here:
        for pool in (there, here):
            rate(pool, 100, text)
        shares = []
        for _ in range(ROUNDS):
            far, near = rate(there, 800, text), rate(here, 800, text)
            shares.append(far / near)
            say(f"Ray {far:.0f} programs/s, local pool {near:.0f}: {far / near:.1%}")
        say(f"median {statistics.median(shares):.1%}")


def say(line: str) -> None:
    """Print a line of the answer."""
    print(line, flush=True)  # noqa: T201 -- the answer


if __name__ == "__main__":
    PARTS: dict[str, Callable[[], None]] = {"scaling": scaling, "driver": driver, "local": local}
    PARTS[sys.argv[1]]()
