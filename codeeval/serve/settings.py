"""What a service is started with."""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import UsageError
from codeeval.session.settings import DataOptions, SandboxSettings

if TYPE_CHECKING:
    from pathlib import Path

TOKEN_CHARS: Final = 16
"""Of a token, the fewest that are taken for a secret."""


class ServeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a service is started with.

    Raises:
        UsageError: it would listen to other machines without a token.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    """0 for any that is free."""
    languages: tuple[str, ...] = ("python",)
    sandbox: SandboxSettings = SandboxSettings()
    data: DataOptions = DataOptions()
    token: str = ""
    """What clients must send; empty for none."""
    max_body_bytes: int = 32 << 20
    """Of a request."""
    max_queue: int = 1024
    """Programs that wait for a slot; more are refused."""
    queue_s: float = 60.0
    """Longest wait for a slot, where a protocol does not say how long its clients wait."""
    drain_s: float = 30.0
    """How long the programs of open requests may run on when the service ends."""
    max_sessions: int = 8
    session_idle_s: float = 300.0

    def __post_init__(self) -> None:
        """Refuse to serve everybody."""
        if not self.token and not is_loopback(self.host):
            raise UsageError(
                f"{self.host} can be reached by other machines, and there is no token",
                "Write a secret into a file and name it: --token FILE; or listen on 127.0.0.1.",
            )

    def __repr__(self) -> str:
        """Show everything but the token."""
        return f"ServeSettings(host={self.host!r}, port={self.port}, languages={self.languages!r})"

    @property
    def workers(self) -> int:
        """Programs that execute at the same time."""
        return self.sandbox.workers or len(os.sched_getaffinity(0))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_token(path: Path) -> str:
    """Read a token from its file: the first line, without white space around it.

    Raises:
        UsageError: the file cannot be read, or holds no secret.
    """
    try:
        lines = path.read_text("utf-8").strip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the token cannot be read: {error}", "Name a text file with it.") from None
    token = lines[0].strip() if lines else ""
    if len(token) < TOKEN_CHARS or not token.isascii() or not token.isprintable():
        raise UsageError(
            f"{path}:1: a token has at least {TOKEN_CHARS} printable ASCII characters",
            f"Make one: head -c 24 /dev/urandom | base64 > {path}",
        )
    return token
