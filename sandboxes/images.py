"""Sandbox images: what they are made of, how they are named, listed and removed; ``building`` builds them."""

from __future__ import annotations

import hashlib
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from codeeval.errors import SandboxError, UnknownName

REPOSITORY: Final = "codeeval"


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """One image as ``containers/images.toml`` declares it."""

    name: str
    languages: tuple[str, ...]
    preload: tuple[str, ...] = ()
    probes: dict[str, tuple[str, ...]] = {}
    tools: dict[str, tuple[str, ...]] = {}
    """Interpreters and compilers that the runner keeps warm; see ``containers/runner/warm_tools.py``."""
    optional: tuple[str, ...] = ()
    """Probes whose tool a build may have left out."""
    launcher: str = ""
    """The sandbox that alone can use it; empty where any engine's runner does."""
    needs: str = ""
    """What its build fetches beside Debian's and PyPI's packages; built only where it is named."""
    bootstraps: bool = False
    """Whether ``--bootstrap-base`` makes do without that, so that ``--all`` builds it then."""

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
    """Read ``containers/images.toml``."""
    raw = tomllib.loads((containers_folder() / "images.toml").read_text("utf-8"))
    for name, table in raw["images"].items():
        table["name"] = name
    return msgspec.convert(raw, Catalogue)


def context_files(name: str) -> dict[str, bytes]:
    """Return what an image is built from: its Dockerfile and the runner, by path in the build context."""
    root = containers_folder()
    found = {"Dockerfile": (root / name / "Dockerfile").read_bytes()}
    for path in sorted((root / "runner").glob("*.py")):
        found[f"runner/{path.name}"] = path.read_bytes()
    for path in sorted((root / name).rglob("*")):
        if path.is_file() and path.name != "Dockerfile":
            found[str(path.relative_to(root / name))] = path.read_bytes()
    return found


def tag(name: str) -> str:
    """Return the image's full name; its tag is the hash of what goes in, so a stale image is never used."""
    digest = hashlib.sha256(catalogue().base.encode())
    for path, content in context_files(name).items():
        digest.update(f"\0{path}\0{len(content)}\0".encode() + content)
    return f"{REPOSITORY}/{name}:{digest.hexdigest()[:16]}"


def build_arguments(name: str) -> frozenset[str]:
    """Return the build arguments that an image's Dockerfile declares."""
    text = (containers_folder() / name / "Dockerfile").read_text("utf-8")
    return frozenset(re.findall(r"^ARG\s+(\w+)", text, re.MULTILINE))


class BuiltImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image and whether the engine has it."""

    name: str
    tag: str
    languages: tuple[str, ...]
    built: bool
    size_bytes: int = 0


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
    """Return a client of the container engine.

    Raises:
        SandboxError: none answers.
    """
    import docker  # noqa: PLC0415 -- costs 200 ms
    import docker.errors  # noqa: PLC0415 -- as docker

    try:
        client = docker.from_env(timeout=600).api
        client.ping()
    except (docker.errors.DockerException, OSError) as error:
        raise SandboxError(
            f"no Docker engine answers: {error}",
            "Start one, set DOCKER_HOST, or use --sandbox bubblewrap.",
        ) from error
    return client
