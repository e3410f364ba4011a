"""A Ray cluster on this machine in a process of its own: ``python ray_nodes.py NODES SLOTS``.

It says its address and the processes of the raylets but the head's in a line of JSON. Lines that it reads
add a node (``add NAME SLOTS``); it ends with its input.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

ACTOR = "ray::ExecutorNode"
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_worker_prestart": "0",
    "RAY_prestart_worker_first_driver": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_health_check_period_ms": "1000",
}
STORE_BYTES = 80 << 20


class LocalCluster:
    """Starts the cluster and ends it.

    Args:
        nodes: that offer ``codeeval_exec``, the head among them.
        slots: of each.
    """

    def __init__(self, nodes: int, slots: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(nodes), str(slots)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **SETTINGS},
        )
        said = self._said()
        self.address: str = said["address"]
        self.raylets: dict[str, int] = said["raylets"]
        """Of the nodes but the head, which cannot be spared."""
        self._started = {said["head"], *self.raylets.values()}

    def actors(self, raylet: int | None = None) -> list[int]:
        """The actors that execute programs, of all nodes or of one."""
        raylets = self._started if raylet is None else {raylet}
        return [pid for pid, command in processes() if command.startswith(ACTOR) and parent(pid) in raylets]

    def add(self, name: str, slots: int) -> None:
        """Let one more node join, which takes seconds; ``joined`` waits for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"add {name} {slots}\n".encode())
        self._process.stdin.flush()

    def joined(self) -> None:
        """Wait for the node that was let join."""
        raylets = self._said()["raylets"]
        self.raylets |= raylets
        self._started |= set(raylets.values())

    def _said(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the cluster did not start"
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()


def processes() -> Iterator[tuple[int, str]]:
    """Every process of this machine that is no zombie, and its command line."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if command:
                yield int(folder.name), command.strip()


def parent(pid: int) -> int:
    """The process that started another; 0 where that has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def sandboxes_of(pids: list[int]) -> list[int]:
    """The sandboxes that actors have started, and the runners in them."""
    there = [(pid, parent(pid), command.split(" ", 1)[0]) for pid, command in processes()]
    found = [pid for pid, by, program in there if "bwrap" in program and by in pids]
    return found + [pid for pid, by, _ in there if by in found]


def gone(pids: list[int], within_s: float) -> bool:
    """Whether processes end in time; zombies count, for nobody has waited for them."""
    deadline = time.monotonic() + within_s
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def say(value: object) -> None:
    """Tell the process that started this one."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def serve(nodes: int, slots: int) -> None:
    """Be the cluster until the input ends."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415 -- not where the cluster is only used

    def described(name: str, count: int) -> dict[str, Any]:
        return {
            "node_name": name,
            "num_cpus": count,
            "resources": {"codeeval_exec": count},
            "include_dashboard": False,
            "object_store_memory": STORE_BYTES,
        }

    cluster = Cluster(initialize_head=True, head_node_args=described("head", slots))

    def add(name: str, count: int) -> dict[str, int]:
        node = cluster.add_node(wait=False, **described(name, count))
        return {name: node.all_processes["raylet"][0].process.pid}

    raylets: dict[str, int] = {}
    for number in range(1, nodes):
        raylets |= add(f"node-{number}", slots)
    head = cluster.head_node.all_processes["raylet"][0].process.pid
    say({"address": cluster.address, "raylets": raylets, "head": head})
    for line in sys.stdin:
        _, name, count = line.split()
        say({"raylets": add(name, int(count))})
    cluster.shutdown()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
