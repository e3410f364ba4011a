"""Engines beside the machine's own, on their own sockets: Podman, and rootless ones of an ordinary user."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from codeeval.sandboxes import images

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ULIMITS = '[containers]\ndefault_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\n'
"""As our error advises where Podman's defaults are above the machine's."""
START_S = 30.0
ROOTLESS_DOCKER = ("dockerd-rootless.sh", "/usr/share/docker.io/contrib/dockerd-rootless.sh")
PAUSE = "libpod/tmp/pause.pid"
SUBORDINATE_IDS = Path("/etc/subuid")


class User(NamedTuple):
    """Who runs an engine."""

    id: int
    group: int

    def start(self, command: Sequence[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
        """Start a command as this user."""
        root = os.geteuid() == 0
        with log.open("wb") as out:
            return subprocess.Popen(
                command,
                env=env,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                user=self.id if root else None,
                group=self.group if root else None,
                extra_groups=[] if root else None,
                start_new_session=True,
            )


def ordinary_user() -> User:
    """Return a user with subordinate ids, as rootless engines need; without root ourselves. Or skip."""
    for tool in ("newuidmap", "slirp4netns"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    try:
        names = [line.split(":")[0] for line in SUBORDINATE_IDS.read_text("utf-8").splitlines()]
    except FileNotFoundError:
        names = []
    for name in names:
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            if found.pw_uid and os.geteuid() in (0, found.pw_uid):
                return User(found.pw_uid, found.pw_gid)
    pytest.skip(f"no ordinary user has a range in {SUBORDINATE_IDS}: useradd --create-home NAME makes one")


@contextlib.contextmanager
def podman(user: User | None = None) -> Iterator[str]:
    """Serve a Podman with storage of its own, which has our image of Python; yields its address.

    Args:
        user: whose it is; None for ours.
    """
    with _folder(user) as folder:
        (folder / "containers.conf").write_text(ULIMITS)
        env = _environment(folder) | {"CONTAINERS_CONF": str(folder / "containers.conf")}
        storage = ["--root", str(folder / "storage"), "--runroot", str(folder / "state")]
        command = ["podman", *storage, *(["--storage-driver", "overlay"] if user else [])]
        url = f"unix://{folder}/podman.sock"
        service = [*command, "system", "service", "--time=0", url]
        with _serving(user, service, env, folder / "podman.sock"):
            _load(url)
            yield url


@contextlib.contextmanager
def rootless_docker(user: User) -> Iterator[str]:
    """Serve a Docker of an ordinary user, which has our image of Python; yields its address."""
    script = next(filter(None, map(shutil.which, ROOTLESS_DOCKER)), None)
    if script is None and Path(ROOTLESS_DOCKER[1]).exists():
        script = ROOTLESS_DOCKER[1]
    if script is None or not shutil.which("rootlesskit"):
        pytest.skip("no rootless Docker: dockerd-rootless.sh and rootlesskit are its")
    with _folder(user) as folder:
        command = ["sh", script, "--data-root", str(folder / "data"), "--iptables=false", "--bridge=none"]
        with _serving(user, command, _environment(folder), folder / "docker.sock"):
            url = f"unix://{folder}/docker.sock"
            _load(url)
            yield url


@contextlib.contextmanager
def _folder(user: User | None) -> Iterator[Path]:
    """Make an engine's folder; Podman takes no longer paths than 50 characters."""
    folder = Path(tempfile.mkdtemp(prefix="ce-"))
    if user is not None:
        os.chown(folder, user.id, user.group)
    try:
        yield folder
    finally:
        if os.geteuid() == 0:
            mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text("utf-8").splitlines()]
            for mount in reversed(mounts):  # Podman's storage is mounted on itself
                if Path(mount).is_relative_to(folder):
                    subprocess.run(["umount", mount], check=True)
            shutil.rmtree(folder, ignore_errors=True)  # an engine that ends may remove some of it meanwhile
        else:  # what belongs to subordinate ids is removed as their root
            subprocess.run(["podman", "unshare", "rm", "-rf", str(folder)], check=True)


def _environment(folder: Path) -> dict[str, str]:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    return {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PATH": path}


@contextlib.contextmanager
def _serving(user: User | None, command: list[str], env: dict[str, str], path: Path) -> Iterator[None]:
    log = path.with_name("log")
    service = (user or User(os.geteuid(), os.getegid())).start(command, env, log)
    try:
        deadline = time.monotonic() + START_S
        while not path.exists():
            assert service.poll() is None, log.read_text("utf-8", "replace")[-2000:]
            assert time.monotonic() < deadline, log.read_text("utf-8", "replace")[-2000:]
            time.sleep(0.05)
        yield
    finally:
        os.killpg(service.pid, signal.SIGTERM)  # a rootless Podman is two processes
        service.wait()
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # and a third keeps its namespace
            os.kill(int((path.parent / PAUSE).read_text("ascii")), signal.SIGTERM)


def _load(url: str) -> None:
    """Copy our image of Python from the machine's engine."""
    saved = subprocess.Popen(["docker", "save", images.tag("python")], stdout=subprocess.PIPE)
    subprocess.run(
        ["docker", "--host", url, "load", "-q"], stdin=saved.stdout, capture_output=True, check=True
    )
    assert saved.stdout is not None
    saved.stdout.close()
    assert saved.wait() == 0
