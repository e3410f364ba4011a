"""Sandboxes in Docker containers (or Podman's, through its Docker-compatible socket)."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from codeeval.errors import SandboxError
from codeeval.sandboxes import images
from codeeval.sandboxes.channel import UIDS, ChanneledSandbox
from codeeval.sandboxes.control_group import CPU_NOT_ENFORCED, MEMORY_WATCHED
from codeeval.sandboxes.protocol import runner_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codeeval.interfaces import SandboxOptions
    from codeeval.types import Execution

OWNER_LABEL: Final = "io.codeeval.owner"
RUN_LABEL: Final = "io.codeeval.run"
CAPABILITIES: Final = ["SETUID", "SETGID", "KILL", "CHOWN", "DAC_OVERRIDE"]
"""What the runner needs to become the program's user, to end it, and to clean up after it."""
STREAM_HEADER_BYTES: Final = 8
STDOUT: Final = 1
MAX_ERROR_BYTES: Final = 4096


_RLIMIT_REMEDY: Final = (
    "The engine's default limits are above this machine's. For Podman, lower them in containers.conf: "
    'default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]'
)


class AttachedStream:
    """The raw stream of an attached container without a terminal.

    What comes from the container is cut into chunks behind 8-byte headers (stream, size), as the
    Engine API documents for ``/containers/{id}/attach``.
    """

    def __init__(self, attached: Any) -> None:  # Any: a socket, or an untyped file around one
        self._attached = attached
        self._socket: socket.socket = getattr(attached, "_sock", attached)
        self._reader = self._socket.makefile("rb")
        self._left = 0
        self.errors = bytearray()

    def write(self, data: bytes | bytearray) -> None:
        """Write all of it to the container's standard input."""
        self._socket.sendall(data)

    def set_timeout(self, seconds: float) -> None:
        """Bound each later read."""
        self._socket.settimeout(seconds)

    def read(self, size: int) -> bytes:
        """Return bytes of the container's standard output; standard error is kept in ``errors``."""
        while self._left == 0:
            header = self._reader.read(STREAM_HEADER_BYTES)
            if len(header) < STREAM_HEADER_BYTES:
                return b""
            length = int.from_bytes(header[4:], "big")
            if header[0] == STDOUT:
                self._left = length
            else:
                self.errors += self._reader.read(length)
                del self.errors[:-MAX_ERROR_BYTES]
        data: bytes = self._reader.read1(min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close the connection; the engine then closes the container's standard input."""
        with contextlib.suppress(OSError):  # already gone
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.close()
        self._socket.close()
        self._attached.close()


class DockerSandbox(ChanneledSandbox):
    """One container with a runner inside."""

    def __init__(self, container_id: str, client: Any, stream: AttachedStream) -> None:  # Any: untyped SDK
        self._id = container_id
        self._client = client
        self._stream = stream
        self._closed = False
        try:
            super().__init__(stream, f"container {container_id[:12]}")
        except SandboxError as error:
            stderr = stream.errors.decode("utf-8", "replace").strip()
            self.close()
            raise SandboxError(f"the sandbox did not start: {stderr or error}") from error

    def receive(self) -> Execution:
        """Wait for the oldest program that was sent.

        Raises:
            SandboxError: the sandbox is gone, with the end of its runner's standard error.
        """
        try:
            return super().receive()
        except SandboxError as error:
            stderr = self._stream.errors.decode("utf-8", "replace").strip()
            raise SandboxError(f"{error}: {stderr[-MAX_ERROR_BYTES:]}" if stderr else str(error)) from error

    def close(self) -> None:
        """Remove the container with everything in it."""
        if self._closed:
            return
        self._closed = True
        self._stream.close()
        with contextlib.suppress(SandboxError), _asking("remove a sandbox"):
            self._client.remove_container(self._id, force=True)  # it may be about to remove itself


class DockerLauncher:
    """Starts hardened containers: no network, read-only root, no capability a program could use."""

    name = "docker"

    def __init__(self) -> None:
        self._api: Any = None  # Any: the SDK has no types
        self._traits: EngineTraits | None = None
        self._lock = threading.Lock()

    def probe(self) -> str:
        """Return the engine's name and version.

        Raises:
            SandboxError: no engine answers.
        """
        with _asking("state its version"):
            version = self._client().version()
        engine = version.get("Platform", {}).get("Name") or "Docker Engine"
        return f"{engine} {version['Version']}"

    def launch(self, options: SandboxOptions) -> DockerSandbox:
        """Start a container and wait for its runner's greeting.

        Raises:
            SandboxError: the image is not built, or the container does not start.
        """
        client = self._client()
        tag = images.tag(options.image)
        with _asking("start a sandbox", tag, options.image):
            container_id = client.create_container(**self._settings(client, tag, options))["Id"]
            try:
                params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
                stream = AttachedStream(client.attach_socket(container_id, params=params))
                client.start(container_id)
            except BaseException:
                with contextlib.suppress(SandboxError), _asking("remove a sandbox"):
                    client.remove_container(container_id, force=True)
                raise
        return DockerSandbox(container_id, client, stream)

    def describe(self, options: SandboxOptions) -> Mapping[str, str]:
        """Return the engine's version, the image's tag and content id, and the runtime.

        Raises:
            SandboxError: no engine answers, or the image is not built.
        """
        tag = images.tag(options.image)
        with _asking("describe an image", tag, options.image):
            image = self._client().inspect_image(tag)
        return {
            "sandbox": self.name,
            "engine": self.probe(),
            "image": tag,
            "image_id": image["Id"],
            "runtime": options.runtime or "default",
        } | ({} if self._engine_traits().limits else {"not_enforced": MEMORY_WATCHED + CPU_NOT_ENFORCED})

    def sweep(self) -> int:
        """Remove containers whose codeeval process has ended without them.

        One that the engine does not remove now is left to the next sweep.

        Raises:
            SandboxError: the engine does not answer.
        """
        client = self._client()
        removed = 0
        with _asking("list its containers"):
            containers = client.containers(all=True, filters={"label": OWNER_LABEL})
        for found in containers:
            if not _alive(found["Labels"][OWNER_LABEL]):
                with contextlib.suppress(SandboxError), _asking("remove a sandbox"):
                    client.remove_container(found["Id"], force=True)
                    removed += 1
        return removed

    def _client(self) -> Any:  # Any: the SDK has no types
        with self._lock:
            self._api = self._api or images.engine()
            return self._api

    def _settings(self, client: Any, tag: str, options: SandboxOptions) -> dict[str, Any]:  # Any: as above
        uid = random.randint(*UIDS)  # noqa: S311 -- as there
        traits = self._engine_traits()
        config = runner_config(options, uid=uid, control_group=traits.limits, address_space=False)
        return hardened(client, tag, options, CAPABILITIES, traits.covered) | {"command": [config]}

    def _engine_traits(self) -> EngineTraits:
        """Return in what this engine differs, asked once.

        Raises:
            SandboxError: the engine does not answer.
        """
        if self._traits is None:
            with _asking("state what it limits"):
                self._traits = engine_traits(self._client().info())
        return self._traits


@contextlib.contextmanager
def _asking(what: str, tag: str = "", image: str = "") -> Iterator[None]:
    """Turn what the engine refuses, and that it does not answer, into an error of ours.

    Args:
        what: the engine is to do.
        tag: of an image that it may lack.
        image: its name.

    Raises:
        SandboxError: the engine failed.
    """
    import docker.errors  # noqa: PLC0415 -- costs 200 ms
    import requests.exceptions  # noqa: PLC0415 -- as docker

    try:
        yield
    except docker.errors.ImageNotFound as error:
        raise not_built(tag, image) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        why = str(getattr(error, "explanation", None) or error)
        remedy = _RLIMIT_REMEDY if "rlimit" in why else ""
        raise SandboxError(f"Docker cannot {what}: {why}", remedy) from error


class EngineTraits(NamedTuple):
    """In what engines differ that matters to a sandbox."""

    limits: bool
    """Whether its control groups limit the memory and the processes of a container."""
    covered: tuple[str, ...]
    """Folders that a container of this engine has and a sandbox must not."""


def engine_traits(info: Mapping[str, Any]) -> EngineTraits:  # Any: JSON
    """Return in what an engine differs, by its own account (``/info``).

    A rootless engine makes no control groups of version 1, which Podman leaves out of its account. The
    container then sees the machine's groups, which count other processes. Podman puts memory that programs
    can write to into a read-only container, which no runner empties.
    """
    rootless = info.get("Rootless") or "name=rootless" in (info.get("SecurityOptions") or ())
    limits = bool(info.get("MemoryLimit", True) and info.get("PidsLimit", True))
    if rootless and str(info.get("CgroupVersion")) == "1":
        limits = False
    covered = ("/run", "/var/tmp") if info.get("BuildahVersion") else ()  # noqa: S108 -- inside
    return EngineTraits(limits, covered if limits else (*covered, "/sys/fs/cgroup"))


def hardened(
    client: Any,  # the SDK has no types
    tag: str,
    options: SandboxOptions,
    capabilities: list[str],
    covered: Sequence[str] = (),
) -> dict[str, Any]:  # Any: as above
    """Return the settings of a container that can reach nothing, writes to memory only, and ends with us.

    Args:
        client: of the engine.
        tag: of the image.
        options: limits, and the runtime.
        capabilities: what its first process keeps.
        covered: folders in whose place there is an empty one, from ``engine_traits``.
    """
    writable = f"rw,nosuid,nodev,exec,size={options.work_bytes}"
    host_config = client.create_host_config(
        auto_remove=True,
        cap_add=capabilities,
        cap_drop=["ALL"],
        cpuset_cpus=options.cpuset,
        init=False,
        ipc_mode="private",
        log_config={"Type": "none", "Config": {}},
        mem_limit=options.memory_bytes,
        memswap_limit=options.memory_bytes,
        network_mode="none",
        pids_limit=options.processes,
        read_only=True,
        runtime=options.runtime,
        security_opt=["no-new-privileges"],
        shm_size=options.work_bytes,
        tmpfs={"/sandbox": writable + ",mode=0755", "/tmp": writable + ",mode=1777"}  # noqa: S108 -- inside
        | dict.fromkeys(covered, "ro,size=4k"),
    )
    return {
        "image": tag,
        "environment": {"PYTHONHASHSEED": "0"},  # or sets would have another order in each sandbox
        "detach": False,
        "host_config": host_config,
        "hostname": "sandbox",
        "labels": {OWNER_LABEL: _owner(), RUN_LABEL: options.run_id},
        "network_disabled": True,
        "stdin_open": True,
    }


def not_built(tag: str, image: str) -> SandboxError:
    """Make the error that names the command to build an image."""
    return SandboxError(f"image {tag} is not built", f"Build it with: codeeval sandbox build {image}")


def _owner() -> str:
    """Name this process so that a later one can tell whether it still runs."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_time(os.getpid())}"


def _alive(owner: str) -> bool:
    host, _, process = owner.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname():
        return True  # another machine's process on a shared engine: not ours to judge
    return _start_time(int(process)) == owner.rpartition(":")[2]


def _start_time(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[19]
    except OSError:
        return ""
