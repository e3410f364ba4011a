"""Lean in hardened containers: one a candidate, or a warm REPL in one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import docker.errors

from codeeval.errors import SandboxError
from codeeval.sandboxes import images
from codeeval.sandboxes.docker import AttachedStream, hardened, not_built
from codeeval.sandboxes.fstar.container import ATTACH, ContainerStream
from codeeval.sandboxes.lean.checker import MAX_OUTPUT_BYTES, Output, Overdue

if TYPE_CHECKING:
    from codeeval.interfaces import SandboxOptions

MEMORY_BYTES: Final = 8 << 30
"""Mathlib's compiled files are mapped into memory, and count."""
PROBE_TIMEOUT_S: Final = 60.0
FILE: Final = "/tmp/Candidate.lean"  # noqa: S108 -- inside the container


class ContainerLean:
    """Runs the Lean of the image ``lean``.

    Args:
        options: limits.

    Raises:
        SandboxError: no engine answers, or the image is not built.
    """

    double = ""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._client = images.engine()
        self._tag = images.tag(options.image)
        try:
            self._client.inspect_image(self._tag)
        except docker.errors.ImageNotFound as error:
            raise not_built(self._tag, options.image) from error
        self.version = self._shell("lean --version", b"", PROBE_TIMEOUT_S).printed.decode("utf-8", "replace")
        self._has_repl = self._shell("command -v repl", b"", PROBE_TIMEOUT_S).status == 0

    def run(self, source: str, wall_s: float) -> Output:
        """Run ``lean --json`` on a text, in a container of its own."""
        data = source.encode()
        megabytes = MEMORY_BYTES >> 20
        return self._shell(f"head -c {len(data)} > {FILE} && lean --json -M {megabytes} {FILE}", data, wall_s)

    def repl(self) -> ContainerStream | None:
        """Start the REPL, where the image has one."""
        return self._start(["repl"]) if self._has_repl else None

    def _shell(self, line: str, data: bytes, wall_s: float) -> Output:
        """Run a line of shell; its exit status comes at the end of the standard error stream."""
        deadline = time.monotonic() + wall_s
        stream = self._start(["sh", "-c", f'{line}; echo "exit $?" >&2'])
        printed = bytearray()
        try:
            if data:
                stream.write(data)
            while chunk := stream.read(deadline - time.monotonic()):
                printed += chunk
                if len(printed) > MAX_OUTPUT_BYTES:
                    return Output(bytes(printed), f"printed over {MAX_OUTPUT_BYTES >> 20} MiB", -9)
                if time.monotonic() > deadline:
                    raise Overdue("Lean did not end in time")
        except TimeoutError as error:
            raise Overdue("Lean did not end in time") from error
        except OSError as error:
            raise SandboxError(f"the container of Lean broke off: {error}") from error
        finally:
            stream.close()
        words, _, status = stream.last_words().rpartition("exit ")
        return Output(bytes(printed), words, int(status) if status.strip().isdigit() else -9)

    def _start(self, command: list[str]) -> ContainerStream:
        settings = hardened(self._client, self._tag, self._options, [])
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
            raise SandboxError(f"Docker cannot start Lean: {error.explanation or error}") from error
        return ContainerStream(self._client, container_id, attached)
