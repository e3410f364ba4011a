"""A provider of sandboxes for NeMo Gym: its environments execute in sessions of a service.

Register it where NeMo Gym is configured, and name it in a sandbox's configuration::

    from nemo_gym.sandbox.providers.registry import register_provider

    from codeeval.api.nemo_gym import CodeevalProvider

    register_provider("codeeval", CodeevalProvider)  # then: {"codeeval": {"url": "http://localhost:8080"}}

Source: NVIDIA-NeMo/Gym, nemo_gym/sandbox/providers/base.py (``SandboxProvider``) and registry.py.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from typing import TYPE_CHECKING, Final

from codeeval.api.client import Client
from codeeval.errors import SandboxError, UsageError
from codeeval.languages import LANGUAGES, PYTHON
from codeeval.types import LimitOptions, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nemo_gym.sandbox.providers.base import SandboxExecResult, SandboxHandle, SandboxSpec, SandboxStatus

    from codeeval.api.client import RemoteSession

NOT_RUN: Final = 125
"""The return code where no process has one, as its other providers state it."""
CORES: Final = 64
"""Time-outs are of wall time: beside one, the limit on CPU time is that of so many cores."""


class CodeevalProvider:
    """Sandboxes of a service, one a session: no network, files below the work folder.

    A specification's image is the id of a language that the service has; its environment is that of every
    command. What else it asks for (ports, resources, another user) a session does not have.

    Args:
        url: of the service.
        token: that it asks for; None: that of CODEEVAL_TOKEN, or none.
    """

    name = "codeeval"

    def __init__(self, url: str, token: str | None = None) -> None:
        self._client = Client(url, token)

    async def create(self, spec: SandboxSpec) -> SandboxHandle:
        """Start a session.

        Raises:
            ValueError: a session cannot be as it is specified.
            SandboxCreateError: the service has no room for it, or does not answer.
        """
        from nemo_gym.sandbox.providers import base  # noqa: PLC0415 -- where NeMo Gym runs

        if spec.ports or spec.entrypoint or spec.workdir:
            raise ValueError("a session has no ports, no entry point and a work folder of its own")
        language = spec.image or PYTHON.id
        if language not in LANGUAGES:
            raise ValueError(f"image {language!r:.100} is none of: {', '.join(sorted(LANGUAGES))}")
        _exports(spec.env)
        try:
            session = await asyncio.to_thread(self._client.session, language)
        except (SandboxError, UsageError) as error:
            raise base.SandboxCreateError(str(error)) from error
        return base.SandboxHandle(
            sandbox_id=session.id, provider_name=self.name, raw=(session, dict(spec.env))
        )

    async def exec(
        self,
        handle: SandboxHandle,
        command: str,
        *,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        timeout_s: float | None = None,
        user: str | int | None = None,
    ) -> SandboxExecResult:
        """Run a shell command in the work folder, or below it.

        Raises:
            ValueError: another user is asked for, or a variable's name is none.
        """
        from nemo_gym.sandbox.providers import base  # noqa: PLC0415 -- as above

        if user is not None:
            raise ValueError("a session has one user")
        session, always = _raw(handle)
        lines = [*_exports(always | (env or {})), f"cd -- {shlex.quote(cwd or '.')} || exit", command]
        limits = LimitOptions()
        if timeout_s is not None:
            limits = LimitOptions(wall_s=timeout_s, cpu_s=timeout_s * CORES)
        result = await asyncio.to_thread(lambda: session.command("\n".join(lines), limits=limits))
        error_type = {Outcome.TIMEOUT: "timeout", Outcome.SANDBOX_ERROR: "sandbox"}.get(result.outcome)
        code = result.exit_code if result.exit_code is not None else -result.signal or NOT_RUN
        return base.SandboxExecResult(
            stdout=result.stdout,
            stderr=result.stderr or result.detail if error_type else result.stderr,
            return_code=NOT_RUN if error_type else code,
            error_type=error_type,
        )

    async def upload_file(self, handle: SandboxHandle, source_path: Path, target_path: str) -> None:
        """Write a file below the work folder.

        Raises:
            UsageError: the path lies elsewhere.
        """
        session, _ = _raw(handle)
        await asyncio.to_thread(lambda: session.upload({target_path: source_path.read_bytes()}))

    async def download_file(self, handle: SandboxHandle, source_path: str, target_path: Path) -> None:
        """Read a file below the work folder.

        Raises:
            UsageError: the path lies elsewhere.
            FileNotFoundError: there is no such file.
        """
        session, _ = _raw(handle)
        found = await asyncio.to_thread(lambda: session.download([source_path]))
        if source_path not in found:
            raise FileNotFoundError(f"{source_path} is not in the sandbox")
        await asyncio.to_thread(_write, target_path, found[source_path])

    async def status(self, handle: SandboxHandle) -> SandboxStatus:
        """Ask whether the session executes commands."""
        from nemo_gym.sandbox.providers import base  # noqa: PLC0415 -- as above

        session, _ = _raw(handle)
        try:
            result = await asyncio.to_thread(session.command, "true")
        except UsageError:  # there is no such session any more
            return base.SandboxStatus.STOPPED
        except SandboxError:
            return base.SandboxStatus.UNKNOWN
        return base.SandboxStatus.RUNNING if result.passed else base.SandboxStatus.ERROR

    async def close(self, handle: SandboxHandle) -> None:
        """End the session; one that has ended is none the less closed."""
        session, _ = _raw(handle)
        try:
            await asyncio.to_thread(session.close)
        except UsageError:
            return

    async def aclose(self) -> None:
        """Send nothing more."""
        self._client.close()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _raw(handle: SandboxHandle) -> tuple[RemoteSession, dict[str, str]]:
    """Return a handle's session, and the environment of its commands."""
    session, env = handle.raw
    return session, env


def _exports(env: Mapping[str, str]) -> list[str]:
    """Return the lines of a shell that set variables.

    Raises:
        ValueError: a name is none.
    """
    for name in env:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError(f"{name!r:.100} is no name of a variable")
    return [f"export {name}={shlex.quote(value)}" for name, value in env.items()]
