"""A prover's processes in hardened containers, one each."""

from __future__ import annotations

import contextlib
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import docker.errors
import requests.exceptions

from codeeval.errors import SandboxError
from codeeval.provers.hosts import FOLDER, TOO_MUCH, Output, read_all
from codeeval.sandboxes import images
from codeeval.sandboxes.docker import AttachedStream, engine_traits, hardened, not_built

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import SandboxOptions
    from codeeval.types import SourceFile

INCLUDE: Final = "/include"
TEMPORARY: Final = "/tmp"  # noqa: S108 -- inside the container
ATTACH: Final = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}


class ContainerStream:
    """A container and its attached streams."""

    def __init__(self, client: Any, container_id: str, attached: AttachedStream) -> None:  # Any: untyped SDK
        self._client = client
        self._id = container_id
        self._attached = attached
        self._closed = False

    def write(self, data: bytes) -> None:
        """Write all of it."""
        self._attached.write(data)

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived."""
        self._attached.set_timeout(timeout_s)
        return self._attached.read(1 << 16)

    def stderr(self) -> str:
        """End of its standard error."""
        return self._attached.errors.decode("utf-8", "replace")

    def close(self) -> None:
        """Remove the container with everything in it."""
        if self._closed:
            return
        self._closed = True
        self._attached.close()
        with contextlib.suppress(docker.errors.APIError, requests.exceptions.RequestException):
            self._client.remove_container(self._id, force=True)  # it may be removing itself already


class ContainerHost:
    """Runs processes in containers of one image.

    Args:
        options: image, limits, and the folders that are shown inside, read-only.
        memory_bytes: least memory of a container, whatever the options say.

    Raises:
        SandboxError: no engine answers, or the image is not built.
    """

    writes_files = False

    def __init__(self, options: SandboxOptions, memory_bytes: int) -> None:
        self.folders = tuple(Path(folder).resolve() for folder in options.prover_include)
        self.include = tuple(f"{INCLUDE}/{place}" for place in range(len(self.folders)))
        self._client = images.engine()
        self._tag = images.tag(options.image)
        try:
            self._client.inspect_image(self._tag)
        except docker.errors.ImageNotFound as error:
            raise not_built(self._tag, options.image) from error
        covered = engine_traits(self._client.info()).covered
        self._settings = hardened(self._client, self._tag, options, [], covered)
        host = self._settings["host_config"]
        shown = zip(self.folders, self.include, strict=True)
        host["Binds"] = [f"{folder}:{inside}:ro" for folder, inside in shown]
        host["Memory"] = host["MemorySwap"] = max(memory_bytes, options.memory_bytes)

    def start(self, command: Sequence[str], file: SourceFile | None = None) -> ContainerStream:  # noqa: ARG002 -- see writes_files
        """Start a container."""
        container_id = ""
        try:
            container_id = self._client.create_container(command=list(command), **self._settings)["Id"]
            attached = AttachedStream(self._client.attach_socket(container_id, params=ATTACH))
            self._client.start(container_id)
        except docker.errors.APIError as error:
            if container_id:
                self._client.remove_container(container_id, force=True)
            raise SandboxError(f"Docker cannot start {self._tag}: {error.explanation or error}") from error
        return ContainerStream(self._client, container_id, attached)

    def run(self, command: Sequence[str], file: SourceFile | None = None, *, wall_s: float) -> Output:
        """Run a container to its end; with a file, by a shell that writes it and reports the exit status."""
        deadline_s = time.monotonic() + wall_s
        data = b""
        if file:
            data = file.content.encode()
            line = shlex.join(command).replace(FOLDER, TEMPORARY)
            target = shlex.quote(f"{TEMPORARY}/{file.path}")
            command = ["sh", "-c", f'head -c {len(data)} > {target} && {line}; echo "exit $?" >&2']
        with contextlib.closing(self.start(command)) as stream:
            with contextlib.suppress(OSError):  # what follows says why
                stream.write(data)
            stdout = read_all(stream, deadline_s)
            if stdout is None:
                return TOO_MUCH
            stderr, _, status = stream.stderr().rpartition("exit ") if file else (stream.stderr(), "", "0")
            return Output(stdout, stderr, int(status) if status.strip().isdigit() else -9)
