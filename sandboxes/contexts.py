"""Which container engine is meant: as Docker's own command decides, by variables and the current context.

``DOCKER_HOST`` comes first, then the context that ``DOCKER_CONTEXT`` names, then the current one of
``config.json``: Docker Desktop, Colima and rootless engines make a context of their own and use it. Without
any it is the engine at the usual socket.

Source: docs.docker.com, "Docker contexts", and the layout of docker/cli's context store (``meta``, ``tls``).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from codeeval.errors import SandboxError, unless_denied
from codeeval.reading import read_bounded

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT: Final = "default"
_CONFIG_BYTES: Final = 1 << 20
_SOCKETS: Final = (
    "{runtime}/docker.sock",
    "{home}/.docker/run/docker.sock",
    "{home}/.docker/desktop/docker.sock",
    "{home}/.colima/default/docker.sock",
    "{home}/.colima/docker.sock",
    "{home}/.rd/docker.sock",
    "{home}/.orbstack/run/docker.sock",
    "{runtime}/podman/podman.sock",
    "/run/podman/podman.sock",
)
"""Where engines listen beside the usual place: rootless, Desktop, Colima, Rancher, OrbStack, Podman."""


class Endpoint(NamedTuple):
    """Where an engine listens."""

    url: str
    """Empty: as the SDK decides."""
    origin: str
    """What names it, for messages."""
    certificates: Path | None = None
    """Folder with ``ca.pem``, ``cert.pem`` and ``key.pem``."""
    verified: bool = True
    """Whether its certificate is checked."""


T = TypeVar("T", bound=msgspec.Struct)


class _Config(msgspec.Struct, rename="camel"):
    current_context: str = ""


class _Host(msgspec.Struct, rename="pascal"):
    host: str = ""
    skip_tls_verify: bool = msgspec.field(name="SkipTLSVerify", default=False)


class _Context(msgspec.Struct, rename="pascal"):
    endpoints: dict[str, _Host] = {}


def current_endpoint(env: Mapping[str, str] | None = None) -> Endpoint:
    """Return the endpoint of the engine that is meant.

    Args:
        env: environment variables; None for the process's own.

    Raises:
        SandboxError: the context does not exist, or a file of Docker's is malformed.
    """
    env = os.environ if env is None else env
    if host := env.get("DOCKER_HOST"):
        return Endpoint("", f"DOCKER_HOST={host}")
    folder = Path(env.get("DOCKER_CONFIG") or _home(env) / ".docker")
    name, origin = env.get("DOCKER_CONTEXT", ""), "DOCKER_CONTEXT"
    if not name:
        file = folder / "config.json"
        name, origin = _read(file, _Config()).current_context, str(file)
    if name in ("", DEFAULT):
        return Endpoint("", "the default socket")
    key = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / key / "meta.json"
    if not meta.exists():
        raise SandboxError(
            f"Docker has no context {name!r}, which {origin} names ({meta} is missing)",
            "`docker context ls` lists those there are; `docker context use` or DOCKER_HOST choose another.",
        )
    found = _read(meta, _Context()).endpoints.get("docker", _Host())
    if not found.host:
        raise SandboxError(
            f"{meta}: the context {name!r} names no Docker engine", "Choose another: `docker context use`."
        )
    certificates = folder / "contexts" / "tls" / key / "docker"
    return Endpoint(
        found.host,
        f"{found.host}, Docker's context {name}",
        certificates if certificates.is_dir() else None,
        not found.skip_tls_verify,
    )


def other_sockets(env: Mapping[str, str] | None = None) -> list[Path]:
    """List the sockets of engines that are there, beside the usual one."""
    env = os.environ if env is None else env
    runtime = env.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    places = (Path(place.format(runtime=runtime, home=_home(env))) for place in _SOCKETS)
    return [place for place in dict.fromkeys(places) if _is_socket(place)]


def _home(env: Mapping[str, str]) -> Path:
    return Path(env.get("HOME") or Path.home())


def _is_socket(path: Path) -> bool:
    try:
        return path.is_socket()
    except OSError:  # a folder of another user's
        return False


def _read(file: Path, missing: T) -> T:
    """Read a file of Docker's; what is missing is ``missing``."""
    try:
        return msgspec.json.decode(read_bounded(file, _CONFIG_BYTES), type=type(missing))
    except (FileNotFoundError, NotADirectoryError):
        return missing
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SandboxError(
            f"{file}: cannot be read: {error}",
            unless_denied(error, "Correct it, or set DOCKER_HOST to the engine's address."),
        ) from error
