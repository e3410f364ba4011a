"""A Ray cluster of three local nodes: runs have the records of one machine, and models are served there."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from command import COMMAND, codeeval, environment, succeed
from ray_kills import (
    NODES,
    SLOTS,
    Suite,
    arguments,
    drive,
    end_actor,
    end_driver,
    end_raylet,
    make_suite,
    records,
    run,
    verdicts,
)
from support import llama_server, seeded_server
from support.ray_nodes import LocalCluster, gone, processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.ray, pytest.mark.bubblewrap]


class ServerScript(NamedTuple):
    """A server of OpenAI's API as ``python PATH HOST PORT MODEL``, and what it is asked for."""

    path: str
    asked: tuple[str, ...]
    count: int


SEEDED = ServerScript(
    seeded_server.__file__, ("--limit", "8", "--n", "3", "--seed", "5", "--concurrency", "4"), 24
)
LLAMA = ServerScript(
    llama_server.__file__,
    ("--limit", "4", "--n", "2", "--seed", "5", "--temperature", "0.8", "--max-tokens", "32"),
    8,
)
"""A real model."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(NODES, SLOTS) as started:
        yield started


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return make_suite(tmp_path_factory.mktemp("suite"))


def test_records_are_those_of_one_machine(cluster: LocalCluster, suite: Suite, tmp_path: Path) -> None:
    run(suite, tmp_path, "--ray", cluster.address)
    assert records(tmp_path) == records(suite.alone)
    nodes = {json.loads(line)["node"] for line in verdicts(tmp_path)}
    config = json.loads((tmp_path / "run.json").read_bytes())
    assert nodes <= config["sandbox"]["nodes"].keys()
    assert len(nodes) > 1, "one node has done it all"
    assert all(node["cpu_factor"] > 0 for node in config["sandbox"]["nodes"].values())
    assert not cluster.actors(), "an actor was left behind"


def test_nobody_at_the_address(suite: Suite, tmp_path: Path) -> None:
    failed = codeeval(*arguments(suite, tmp_path, "--ray", "127.0.0.1:1"))
    assert failed.code == 6
    assert "127.0.0.1:1" in failed.err


def servers(server: ServerScript) -> list[int]:
    return [pid for pid, command in processes() if command.startswith(f"{sys.executable} {server.path} ")]


def texts(folder: Path) -> dict[tuple[str, int], str]:
    lines = map(json.loads, (folder / "completions.jsonl").read_text().splitlines())
    return {(line["task_id"], line["sample"]): line["text"] for line in lines}


def of_one_server(server: ServerScript, folder: Path) -> dict[tuple[str, int], str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = subprocess.Popen([sys.executable, server.path, "127.0.0.1", str(port), "smollm2"])
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        url = f"http://127.0.0.1:{port}/v1"
        succeed("generate", "humaneval", *server.asked, "--model", f"openai:smollm2@{url}", "--out", folder)
    finally:
        running.kill()
        running.wait()
    return texts(folder)


@pytest.mark.parametrize(
    "server", [SEEDED, pytest.param(LLAMA, marks=pytest.mark.model)], ids=["seeded", "llama"]
)
def test_a_server_that_is_killed_costs_no_completion(
    server: ServerScript, cluster: LocalCluster, tmp_path: Path
) -> None:
    """Of two; the texts are those of one server that nobody kills."""
    out = tmp_path / "served"
    driver = subprocess.Popen(
        [*COMMAND, "generate", "humaneval", *server.asked, "--model", "openai:smollm2", "--out", str(out),
         "--replicas", "2", "--replica-gpus", "0", "--serve-on", cluster.address,
         "--serve-command", f"{sys.executable} {server.path} {{host}} {{port}} {{model}}"],
        env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while driver.poll() is None and (not (out / "completions.jsonl").exists() or len(servers(server)) < 2):
        time.sleep(0.02)
    assert driver.poll() is None, driver.communicate()[1].decode()
    victim = servers(server)[0]
    os.kill(victim, signal.SIGKILL)
    _, err = driver.communicate(timeout=200)
    assert driver.returncode == 0, err.decode()
    assert gone([victim, *servers(server)], 10), "a server outlived the run"
    found = texts(out)
    assert found == of_one_server(server, tmp_path / "one")
    assert len(found) == server.count


def test_what_is_killed_costs_no_result(cluster: LocalCluster, suite: Suite, tmp_path: Path) -> None:
    """An actor, a node and at last the driver, one after the other; this machine alone then resumes."""
    driver = drive(suite, tmp_path, cluster.address)
    end_actor(cluster, tmp_path, driver, random.randint(1, 4))
    end_raylet(cluster, tmp_path, driver, random.randint(8, 14))
    end_driver(cluster, tmp_path, driver, random.randint(18, 30))
    cluster.joined()
    assert len(verdicts(tmp_path)) < suite.count, "nothing was left to resume"
    run(suite, tmp_path, "--workers", str(NODES))
    assert records(tmp_path, lost=True) == records(suite.alone, lost=True)
    assert len({json.loads(line).get("node") for line in verdicts(tmp_path)}) > 2
