"""Runs on a local Ray cluster in which something is killed after some verdicts, and what becomes of them."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from command import COMMAND, environment, succeed
from support.ray_nodes import gone, sandboxes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from support.ray_nodes import LocalCluster

TASKS: Final = 8
NODES: Final = 3
SLOTS: Final = 1
"""Of each node."""
MEASURED = re.compile(rb'"(wall_s|cpu_s|compile_s|peak_rss_bytes)":[0-9.e+-]+')
VARYING = re.compile(rb"(?<=used )[0-9.]+(?= s of)|0x[0-9a-f]+")
"""Times in the details of time-outs, and addresses that programs print."""
NODE = re.compile(rb'"node":"[^"]*",')
LOST = re.compile(rb'"attempts":\d+,')
END_S: Final = 20.0
"""How long processes may take to end with the one that started them."""


class Suite(NamedTuple):
    """Samples, how they are run, and what one machine makes of them."""

    samples: Path
    alone: Path
    tasks: int
    each: int
    """Samples of a task."""

    @property
    def count(self) -> int:
        """Samples of all tasks."""
        return self.tasks * self.each


def make_suite(folder: Path) -> Suite:
    """Right and wrong samples that sleep, so that there is time to kill something; run on this machine."""
    return run_alone(
        folder,
        {
            f"HumanEval/{task}": [
                f"    import time\n    time.sleep(0.3)\n    return {sample}\n" for sample in range(6)
            ]
            for task in range(TASKS)
        },
    )


def run_alone(folder: Path, bodies: Mapping[str, Sequence[str]]) -> Suite:
    """Run completions of tasks, as many of each, on this machine."""
    (each,) = {len(found) for found in bodies.values()}
    with (folder / "samples.jsonl").open("w") as file:
        for task, found in bodies.items():
            for body in found:
                file.write(json.dumps({"task_id": task, "completion": body}) + "\n")
    suite = Suite(folder / "samples.jsonl", folder / "alone", len(bodies), each)
    run(suite, suite.alone, "--workers", str(NODES * SLOTS))
    return suite


def arguments(suite: Suite, out: Path, *more: str) -> list[str]:
    return ["run", "humaneval", "--model", f"file:{suite.samples}", "--n", str(suite.each),
            "--sandbox", "bubblewrap", "--out", str(out), *more]  # fmt: skip


def run(suite: Suite, out: Path, *more: str) -> str:
    return succeed(*arguments(suite, out, *more)).err


def records(folder: Path, *, lost: bool = False) -> dict[str, bytes]:
    """A run's records, byte for byte but for times and node names, and where nodes were lost attempts."""
    found = {}
    for name in ("completions.jsonl", "verdicts.jsonl", "metrics.json"):
        text = MEASURED.sub(rb'"\1":0', VARYING.sub(b"", NODE.sub(b"", (folder / name).read_bytes())))
        found[name] = LOST.sub(b"", text) if lost else text
    config = json.loads((folder / "run.json").read_bytes())
    for changing in ("created", "command", "pool_size"):
        config.pop(changing)
    config["sandbox"].pop("nodes", None)
    found["run.json"] = json.dumps(config).encode()
    return found


def verdicts(folder: Path) -> list[bytes]:
    try:
        return (folder / "verdicts.jsonl").read_bytes().splitlines()
    except FileNotFoundError:
        return []


def wait_for(verdict_count: int, folder: Path, driver: subprocess.Popen[bytes]) -> None:
    while len(verdicts(folder)) < verdict_count and driver.poll() is None:
        time.sleep(0.01)


def drive(suite: Suite, out: Path, address: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, *arguments(suite, out, "--ray", address)],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(driver: subprocess.Popen[bytes]) -> str:
    _, err = driver.communicate(timeout=200)
    assert driver.returncode == 0, err.decode()
    return err.decode()


def end_driver(cluster: LocalCluster, out: Path, driver: subprocess.Popen[bytes], moment: int) -> None:
    """Kill the driver after some verdicts: its actors and their sandboxes end."""
    wait_for(moment, out, driver)
    left = cluster.actors()
    left += sandboxes_of(left)
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    assert gone(left, END_S), "an actor or a sandbox outlived the driver"


def end_actor(cluster: LocalCluster, out: Path, driver: subprocess.Popen[bytes], moment: int) -> None:
    """Kill the actor of some node after some verdicts: its sandboxes end."""
    wait_for(moment, out, driver)
    assert driver.poll() is None, "the run has ended before something could be killed"
    while not (there := [pid for raylet in cluster.raylets.values() for pid in cluster.actors(raylet)]):
        time.sleep(0.05)
    victim = random.choice(there)
    left = [victim, *sandboxes_of([victim])]
    os.kill(victim, signal.SIGKILL)
    assert gone(left, END_S), "a sandbox outlived its actor"


def end_raylet(cluster: LocalCluster, out: Path, driver: subprocess.Popen[bytes], moment: int) -> None:
    """Kill a node after some verdicts, all that it had ends; another one joins meanwhile."""
    wait_for(moment, out, driver)
    name = random.choice(sorted(cluster.raylets))
    raylet = cluster.raylets.pop(name)
    left = cluster.actors(raylet)
    left += sandboxes_of(left)
    os.kill(raylet, signal.SIGKILL)
    cluster.add(f"{name.partition('-again')[0]}-again-{raylet}", SLOTS)
    assert gone(left, END_S), "an actor or a sandbox outlived its node"


def kill_driver(cluster: LocalCluster, suite: Suite, out: Path, moment: int) -> None:
    """The driver is killed, and the same command resumes."""
    end_driver(cluster, out, drive(suite, out, cluster.address), moment)
    run(suite, out, "--ray", cluster.address)


def kill_actor(cluster: LocalCluster, suite: Suite, out: Path, moment: int) -> None:
    """An actor is killed, and the run goes on."""
    driver = drive(suite, out, cluster.address)
    end_actor(cluster, out, driver, moment)
    stated = ended(driver)
    assert " was lost with " in stated, stated


def kill_raylet(cluster: LocalCluster, suite: Suite, out: Path, moment: int) -> None:
    """A node is killed, and the run goes on."""
    driver = drive(suite, out, cluster.address)
    end_raylet(cluster, out, driver, moment)
    ended(driver)
    cluster.joined()


KILLS: Final = {"driver": kill_driver, "actor": kill_actor, "raylet": kill_raylet}
