"""Nothing stays behind when codeeval itself is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import sandboxing
from support.sandboxing import BUBBLEWRAP, ROOTLESS, UNPACKED, UNPACKED_ROOTLESS, descendants

from codeeval.sandboxes import images
from codeeval.sandboxes.docker import OWNER_LABEL, DockerLauncher, _owner

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS_FOLDER = Path(__file__).parents[1]
HOLDER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from support.sandboxing import SMALL, Limits, boxed, program, SMALL_SANDBOX
import msgspec
options = msgspec.structs.replace(SMALL_SANDBOX, run_id=sys.argv[3])
with boxed(sys.argv[2], options) as box:
    if sys.argv[4] == 'busy':
        box.pool.submit(program('import time\\ntime.sleep(600)', limits=Limits(cpu_s=600, wall_s=600)))
        time.sleep(0.5)
    print('ready', flush=True)
    time.sleep(600)
"""


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def held(name: str, run_id: str, state: str) -> subprocess.Popen[str]:
    """Start a process of its own that holds a sandbox."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(TESTS_FOLDER), name, run_id, state],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


@pytest.mark.docker
class TestDocker:
    @pytest.mark.parametrize("state", ["idle", "busy"])
    def test_a_killed_owner_leaves_no_container(self, state: str) -> None:
        run_id = f"crash-{os.getpid()}-{state}"
        client = images.engine()
        filters = {"label": f"io.codeeval.run={run_id}"}
        process = held("docker", run_id, state)
        try:
            assert len(client.containers(filters=filters)) == 1
        finally:
            kill(process)
        wait_for(lambda: not client.containers(all=True, filters=filters), "the container still exists")

    def test_sweep_removes_what_a_dead_owner_left(self) -> None:
        launcher = DockerLauncher()
        client = images.engine()
        host, pid, start = _owner().split(":")
        owners = {
            "dead": f"{host}:{pid}:{int(start) + 1}",
            "alive": _owner(),
            "elsewhere": f"another-host:{pid}:1",
        }
        made = {
            name: client.create_container(
                images.tag("python"), command=["{}"], labels={OWNER_LABEL: owner}, network_disabled=True
            )["Id"]
            for name, owner in owners.items()
        }
        try:
            assert launcher.sweep() >= 1
            left = {found["Id"] for found in client.containers(all=True, filters={"label": OWNER_LABEL})}
            assert {name for name, container in made.items() if container in left} == {"alive", "elsewhere"}
        finally:
            for name in ("alive", "elsewhere"):
                client.remove_container(made[name], force=True)

    def test_close_removes_the_container(self) -> None:
        client = images.engine()
        before = {found["Id"] for found in client.containers(all=True)}
        sandbox = DockerLauncher().launch(sandboxing.SMALL_SANDBOX)
        (made,) = {found["Id"] for found in client.containers(all=True)} - before
        settings = client.inspect_container(made)["HostConfig"]
        assert settings["ReadonlyRootfs"]
        assert settings["NetworkMode"] == "none"
        assert settings["PidsLimit"] == sandboxing.SMALL_SANDBOX.processes
        assert settings["Memory"] == settings["MemorySwap"] == sandboxing.SMALL_SANDBOX.memory_bytes
        assert not settings["Binds"]
        assert not settings["Privileged"]
        sandbox.close()
        sandbox.close()
        wait_for(
            lambda: made not in {found["Id"] for found in client.containers(all=True)},
            "the container still exists",
        )


class TestBubblewrap:
    @pytest.mark.parametrize("state", ["idle", "busy"])
    @pytest.mark.parametrize("name", [BUBBLEWRAP, ROOTLESS, UNPACKED, UNPACKED_ROOTLESS])
    def test_a_killed_owner_leaves_no_process(self, name: str, state: str) -> None:
        sandboxing.launcher(name)
        process = held(name, "crash", state)
        inside = descendants(process.pid)
        try:
            assert len(inside) >= 2  # bwrap and the supervisor
        finally:
            kill(process)
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in inside), "processes are left")

    @pytest.mark.parametrize("name", [BUBBLEWRAP, UNPACKED])
    def test_close_ends_all_processes(self, name: str) -> None:
        before = descendants(os.getpid())
        sandbox = sandboxing.launcher(name).launch(sandboxing.SMALL_SANDBOX)
        inside = descendants(os.getpid()) - before
        assert inside
        sandbox.send([sandboxing.program("import os\nos.fork()\nwhile True: pass")])
        time.sleep(0.2)
        inside |= descendants(os.getpid()) - before
        sandbox.close()
        sandbox.close()
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in inside), "processes are left")

    @pytest.mark.parametrize("name", [BUBBLEWRAP, UNPACKED])
    def test_a_killed_sandbox_is_replaced(self, name: str) -> None:
        before = descendants(os.getpid())
        with sandboxing.boxed(name, sandboxing.SMALL_SANDBOX) as box:
            box.check_clean()
            for pid in descendants(os.getpid()) - before:
                os.kill(pid, signal.SIGKILL)
            verdict = box.judge(sandboxing.program("pass"))
            assert "sandbox" in verdict.detail or verdict.detail == ""
            box.check_clean()
        assert descendants(os.getpid()) <= before
