"""F* in hardened containers: one a source file, its standard streams attached."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import docker.errors
import requests.exceptions

from codeeval.errors import SandboxError
from codeeval.sandboxes import images
from codeeval.sandboxes.docker import AttachedStream, hardened, not_built
from codeeval.sandboxes.fstar.local import arguments

if TYPE_CHECKING:
    from codeeval.interfaces import SandboxOptions

MEMORY_BYTES: Final = 4 << 30
"""F* and Z3 together: twice what a program of a benchmark gets."""
INCLUDED: Final = "/include"
ATTACH: Final = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}


class ContainerStream:
    """A container that runs F*, and its attached streams."""

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
        self._attached.set_timeout(max(timeout_s, 0.001))
        return self._attached.read(1 << 16)

    def last_words(self) -> str:
        """End of what it wrote to standard error."""
        return self._attached.errors.decode("utf-8", "replace")

    def close(self) -> None:
        """Remove the container with everything in it."""
        if self._closed:
            return
        self._closed = True
        self._attached.close()
        with contextlib.suppress(docker.errors.APIError, requests.exceptions.RequestException):
            self._client.remove_container(self._id, force=True)  # it may be removing itself already


class ContainerLaunch:
    """Starts F* in the image ``fstar``.

    Args:
        options: limits, and the folders that are shown inside, read-only.

    Raises:
        SandboxError: no engine answers, or the image is not built.
    """

    writes_files = False
    double = ""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._client = images.engine()
        self._tag = images.tag(options.image)
        self._include = tuple(str(Path(folder).resolve()) for folder in options.prover_include)
        try:
            self._client.inspect_image(self._tag)
        except docker.errors.ImageNotFound as error:
            raise not_built(self._tag, options.image) from error
        self.version = self._said("--version").strip()
        self._reports = "--report_assumes" in self._said("--help")

    def start(self, file_name: str, contents: str) -> ContainerStream:  # noqa: ARG002 -- sent with vfs-add
        """Start F* for a source file."""
        inside = tuple(f"{INCLUDED}/{place}" for place in range(len(self._include)))
        return self._run(arguments(file_name, inside, reports=self._reports))

    def has_checked(self, file_name: str) -> bool:
        """Whether an include folder has the source and its checked file."""
        name = Path(file_name).name
        return any(
            Path(folder, name).is_file() and Path(folder, f"{name}.checked").is_file()
            for folder in self._include
        )

    def _run(self, command: list[str]) -> ContainerStream:
        settings = hardened(self._client, self._tag, self._options, [])
        shown = [f"{folder}:{INCLUDED}/{place}:ro" for place, folder in enumerate(self._include)]
        settings["host_config"]["Binds"] = shown
        settings["host_config"]["Memory"] = settings["host_config"]["MemorySwap"] = max(
            MEMORY_BYTES, self._options.memory_bytes
        )
        container_id = ""
        try:
            container_id = self._client.create_container(command=command, **settings)["Id"]
            attached = AttachedStream(self._client.attach_socket(container_id, params=ATTACH))
            self._client.start(container_id)
        except docker.errors.APIError as error:
            if container_id:
                self._client.remove_container(container_id, force=True)
            raise SandboxError(f"Docker cannot start F*: {error.explanation or error}") from error
        return ContainerStream(self._client, container_id, attached)

    def _said(self, argument: str) -> str:
        """Return what F* prints when asked something and left alone."""
        stream = self._run([argument])
        said = bytearray()
        try:
            while chunk := stream.read(60.0):
                said += chunk
        except OSError as error:
            raise SandboxError(f"F* in the image does not answer {argument}: {error}") from error
        finally:
            stream.close()
        return said.decode("utf-8", "replace")
