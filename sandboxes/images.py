"""Sandbox images: what they are made of, how they are named, listed and removed; ``building`` builds them."""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec

from codeeval import registry
from codeeval.errors import PluginError, SandboxError, UnknownName
from codeeval.sandboxes.contexts import Endpoint, current_endpoint, other_sockets

REPOSITORY: Final = "codeeval"
_TIMEOUT_S: Final = 600
_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
"""A component of an image's name, as engines allow it."""
_PINNED: Final = re.compile(r"[\w.:/-]+@sha256:[0-9a-f]{64}")


TABLE: Final = "images.toml"
DOCKERFILE: Final = "Dockerfile"


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """An image in a registry, ``[images.NAME.published]``: what the workflow of a release records."""

    tag: str
    """The hash of what it was built from: the tag that it has here."""
    reference: str
    """``registry/name@sha256:...``, of all its platforms."""


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """One image as an ``images.toml`` declares it: that of ``containers/``, or a plug-in's."""

    name: str
    folder: Path
    """Holds its Dockerfile and what goes into its build."""
    package: str = registry.OWN
    """Whose it is."""
    languages: tuple[str, ...]
    preload: tuple[str, ...] = ()
    probes: dict[str, tuple[str, ...]] = {}
    tools: dict[str, tuple[str, ...]] = {}
    """Interpreters and compilers that the runner keeps warm; see ``containers/runner/warm_tools.py``."""
    optional: tuple[str, ...] = ()
    """Probes whose tool a build may have omitted."""
    launcher: str = ""
    """The sandbox that alone can use it; empty where any engine's runner does."""
    needs: str = ""
    """What its build fetches beside Debian's and PyPI's packages; built only where it is named."""
    bootstraps: bool = False
    """Whether ``--bootstrap-base`` makes do without that, so that ``--all`` builds it then."""

    published: Published | None = None
    """Where it can be pulled from."""

    @property
    def from_packages(self) -> bool:
        """Whether Debian's and PyPI's packages are enough, if need be with ``--bootstrap-base``."""
        return self.bootstraps or not self.needs


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All images, and the base that they are built on."""

    base: str
    suite: str
    images: dict[str, Image]

    def image(self, name: str) -> Image:
        """Return the image with this name.

        Raises:
            UnknownName: there is none.
        """
        try:
            return self.images[name]
        except KeyError:
            raise UnknownName("image", name, self.images) from None


def containers_folder() -> Path:
    """Return the folder that holds ``images.toml``, the Dockerfiles and the runner."""
    return Path(str(files("codeeval.containers"))).resolve()


def catalogue() -> Catalogue:
    """Return the images of ``containers/images.toml`` and those of plug-ins.

    Raises:
        PluginError: a plug-in's file cannot be read, is malformed or lacks a Dockerfile, or its image exists.
    """
    root = containers_folder()
    raw = tomllib.loads((root / TABLE).read_text("utf-8"))
    images = _images(raw["images"], root, registry.OWN)
    for image in _plugged():
        if image.name in images:
            raise PluginError(
                f"two packages have an image {image.name!r}: "
                f"{' and '.join(sorted((images[image.name].package, image.package)))}",
                "Uninstall one of them, or have one renamed.",
            )
        images[image.name] = image
    return Catalogue(base=raw["base"], suite=raw["suite"], images=images)


@functools.cache
def _plugged() -> tuple[Image, ...]:
    found = registry.plugins(registry.Group.IMAGES)
    return tuple(image for plugin in found for image in _plugged_images(plugin).values())


def _images(tables: dict[str, dict[str, object]], folder: Path, package: str) -> dict[str, Image]:
    return {
        name: msgspec.convert(
            {**table, "name": name, "folder": folder / name, "package": package}, Image, dec_hook=_as_path
        )
        for name, table in tables.items()
    }


def _as_path(wanted: type, value: object) -> object:
    """Let a path through, which is no value of TOML's."""
    if wanted is Path and isinstance(value, Path):
        return value
    raise NotImplementedError(wanted)


def _plugged_images(plugin: registry.Plugin) -> dict[str, Image]:
    """Read a plug-in's folder of images.

    Raises:
        PluginError: it cannot be read, is malformed, or lacks a Dockerfile.
    """
    loaded = plugin.load()
    if not isinstance(loaded, ModuleType) or not hasattr(loaded, "__path__"):
        raise registry.fault(plugin, f"{plugin.target} is no package, and so no folder")
    folder = Path(str(files(loaded)))
    try:
        images = _images(tomllib.loads((folder / TABLE).read_text("utf-8"))["images"], folder, plugin.package)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise registry.fault(plugin, f"{folder / TABLE}: {error}") from error
    except KeyError as error:
        raise registry.fault(plugin, f"{folder / TABLE}: there is no table [images.NAME]") from error
    except (msgspec.ValidationError, AttributeError, TypeError) as error:
        raise registry.fault(plugin, f"{folder / TABLE}: {error}") from error
    for name, image in images.items():
        if not _NAME.fullmatch(name):
            raise registry.fault(plugin, f"{folder / TABLE}: {name!r} cannot name an image")
        if not (image.folder / DOCKERFILE).is_file():
            raise registry.fault(plugin, f"{image.folder / DOCKERFILE} is missing")
    return images


def context_files(name: str) -> dict[str, bytes]:
    """Return what an image is built from: its Dockerfile and the runner, by path in the build context."""
    own = catalogue().image(name).folder
    found = {DOCKERFILE: (own / DOCKERFILE).read_bytes()}
    for path in sorted((containers_folder() / "runner").glob("*.py")):
        found[f"runner/{path.name}"] = path.read_bytes()
    for path in sorted(own.rglob("*")):
        if path.is_file() and path.name != DOCKERFILE:
            found[str(path.relative_to(own))] = path.read_bytes()
    return found


def tag(name: str) -> str:
    """Return the image's full name; its tag is the hash of what goes in, so a stale image is never used."""
    digest = hashlib.sha256(catalogue().base.encode())
    for path, content in context_files(name).items():
        digest.update(f"\0{path}\0{len(content)}\0".encode() + content)
    return f"{REPOSITORY}/{name}:{digest.hexdigest()[:16]}"


def build_arguments(name: str) -> frozenset[str]:
    """Return the build arguments that an image's Dockerfile declares."""
    text = (catalogue().image(name).folder / DOCKERFILE).read_text("utf-8")
    return frozenset(re.findall(r"^ARG\s+(\w+)", text, re.MULTILINE))


class BuiltImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image and whether the engine has it."""

    name: str
    tag: str
    languages: tuple[str, ...]
    built: bool
    size_bytes: int = 0
    unpacked: bool = False
    """Whether it is here for sandboxes without an engine."""
    image_id: str = ""
    """The content id of one that was built without an engine."""
    toolchain: dict[str, str] = {}
    """The versions of such a one's tools."""


def list_images() -> list[BuiltImage]:
    """Return all images of the catalogue and what the engine has of them.

    Raises:
        SandboxError: no engine answers.
    """
    sizes = {tag: found["Size"] for found in engine().images() for tag in found["RepoTags"] or ()}
    return [
        BuiltImage(
            name=image.name,
            tag=tag(image.name),
            languages=image.languages,
            built=tag(image.name) in sizes,
            size_bytes=sizes.get(tag(image.name), 0),
        )
        for image in catalogue().images.values()
    ]


def pull(name: str) -> None:
    """Pull a published image by its digest, and give it the tag that it would have if it was built here.

    Raises:
        SandboxError: none is recorded for this version, no engine answers, or it cannot be pulled.
    """
    import docker.errors  # noqa: PLC0415 -- costs 200 ms
    import requests.exceptions  # noqa: PLC0415 -- as docker

    published = catalogue().image(name).published
    remedy = f"Build it with: codeeval sandbox build {name}"
    repository, _, own = tag(name).rpartition(":")
    if published is None or published.tag != own:
        other = f"; the one of {published.tag} is another" if published else ""
        raise SandboxError(f"no published image is recorded for {repository}:{own}{other}", remedy)
    if not _PINNED.fullmatch(published.reference):
        raise SandboxError(f"{published.reference!r} names no image by its digest", remedy)
    client = engine()
    try:
        client.pull(published.reference)  # by digest: the engine refuses what has another
        client.tag(published.reference, repository, own)
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        raise SandboxError(f"{published.reference} cannot be pulled: {error}", remedy) from error
    finally:
        client.close()


def prune() -> list[str]:
    """Remove images whose content has changed since they were built; returns their names."""
    import docker.errors  # noqa: PLC0415 -- costs 200 ms

    client = engine()
    known = catalogue()
    current = {tag(name) for name in known.images} | {f"{REPOSITORY}/base:{known.suite}"}
    removed = []
    for found in client.images():
        for old in found["RepoTags"] or ():
            if old.startswith(f"{REPOSITORY}/") and old not in current:
                try:
                    client.remove_image(old)
                except docker.errors.APIError:  # a container still uses it
                    continue
                removed.append(old)
    return removed


def engine() -> Any:  # Any: the SDK has no types
    """Return a client of the container engine that is meant: see ``current_endpoint``.

    Raises:
        SandboxError: none answers.
    """
    endpoint = current_endpoint()
    import docker  # noqa: PLC0415 -- costs 200 ms
    import docker.errors  # noqa: PLC0415 -- as docker
    import requests.exceptions  # noqa: PLC0415 -- as docker

    client = None
    try:
        client = _client(endpoint)
        client.ping()
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
        if client is not None:
            client.close()
        there = [socket for socket in other_sockets() if str(socket) not in endpoint.url]
        other = f"One is at {there[0]}: set DOCKER_HOST=unix://{there[0]}. " if there else ""
        raise SandboxError(
            f"no Docker engine answers ({endpoint.origin}): {error}",
            f"{other}Start one, set DOCKER_HOST, or use --sandbox bubblewrap.",
        ) from error
    return client


def _client(endpoint: Endpoint) -> Any:  # Any: as above
    import docker  # noqa: PLC0415 -- as above
    import docker.tls  # noqa: PLC0415 -- as above

    if not endpoint.url:
        return docker.from_env(timeout=_TIMEOUT_S).api
    tls: Any = False  # or a TLSConfig
    if folder := endpoint.certificates:
        tls = docker.tls.TLSConfig(
            client_cert=(str(folder / "cert.pem"), str(folder / "key.pem")),
            ca_cert=str(folder / "ca.pem") if endpoint.verified else None,
            verify=endpoint.verified,
        )
    over_ssh = endpoint.url.startswith("ssh://")
    return docker.DockerClient(endpoint.url, tls=tls, timeout=_TIMEOUT_S, use_ssh_client=over_ssh).api
