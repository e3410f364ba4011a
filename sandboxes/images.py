"""Sandbox images: what they are made of, how they are named, built and removed."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval.errors import SandboxError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

REPOSITORY: Final = "codeeval"
CA_BUNDLE: Final = "/etc/ssl/certs/ca-certificates.crt"


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """One image as ``containers/images.toml`` declares it."""

    name: str
    languages: tuple[str, ...]
    preload: tuple[str, ...] = ()
    probes: dict[str, tuple[str, ...]] = {}
    optional: tuple[str, ...] = ()
    """Probes whose tool a build may have left out."""
    launcher: str = ""
    """The sandbox that alone can use it; empty where any engine's runner does."""
    needs: str = ""
    """What its build fetches beside Debian's and PyPI's packages; built only where it is named."""


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


def build(
    names: Sequence[str],
    *,
    bootstrap_base: bool,
    ca_bundle: Path | None,
    log: Callable[[str], None],
    arguments: Mapping[str, str] | None = None,
) -> list[BuiltImage]:
    """Build images that are not built yet; all of the catalogue's where none is named.

    Args:
        names: images to build.
        arguments: build arguments of their Dockerfiles. An image that knows one is built again, because its
            tag does not tell what it was built with.
        bootstrap_base: make the base with debootstrap, as root, in place of pulling it.
        ca_bundle: certificates to trust inside, where a proxy intercepts TLS.
        log: gets the build's own words, line by line.

    Raises:
        UnknownName: no such image, or none of these images knows such an argument.
        SandboxError: no engine, or a step of a build failed.
    """
    given = arguments or {}
    everything = catalogue().images.values()
    wanted = [catalogue().image(name).name for name in names] or [i.name for i in everything if not i.needs]
    for image in everything:
        if image.needs and not names:
            log(f"not built: {image.name}, which needs {image.needs}; name it to build it")
    known = {name: build_arguments(name) for name in wanted}
    for argument in given:
        if not any(argument in each for each in known.values()):
            raise UnknownName("build argument", argument, {each for some in known.values() for each in some})
    missing = [
        image.name
        for image in list_images()
        if image.name in wanted and (not image.built or known[image.name] & given.keys())
    ]
    base = (given.get("BASE") or _base(bootstrap=bootstrap_base, log=log)) if missing else ""
    if missing and ca_bundle:
        trusting = f"FROM {base}\nCOPY ca-certificates.crt {CA_BUNDLE}\n".encode()
        base = f"{REPOSITORY}/base:trusting"
        certificates = {"ca-certificates.crt": ca_bundle.read_bytes(), "Dockerfile": trusting}
        _build(base, certificates, {}, log)
    for name in missing:
        log(f"building {tag(name)}")
        chosen = {argument: value for argument, value in given.items() if argument in known[name]}
        _build(tag(name), context_files(name), {**chosen, "BASE": base}, log)
    return [image for image in list_images() if image.name in wanted]


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


def _base(*, bootstrap: bool, log: Callable[[str], None]) -> str:
    """Return the name of the base image, made with debootstrap if asked for."""
    known = catalogue()
    if not bootstrap:
        return known.base
    client = engine()
    name = f"{REPOSITORY}/base"
    full = f"{name}:{known.suite}"
    if any(full in (found["RepoTags"] or ()) for found in client.images()):
        return full
    if not shutil.which("debootstrap"):
        raise SandboxError("debootstrap is not installed", "Install it, as root: apt-get install debootstrap")
    log(f"making {full} with debootstrap")
    with tempfile.TemporaryDirectory(prefix="codeeval-base-") as folder:
        root = Path(folder) / "root"
        _run(["debootstrap", "--variant=minbase", known.suite, str(root)], log)
        for junk in (root / "var/cache/apt/archives").glob("*.deb"):
            junk.unlink()
        packed = Path(folder) / "root.tar"
        _run(["tar", "-C", str(root), "-cf", str(packed), "."], log)
        client.import_image_from_file(str(packed), repository=name, tag=known.suite)
    return full


def _run(command: list[str], log: Callable[[str], None]) -> None:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    words = []
    for line in process.stdout or ():
        words.append(line.rstrip())
        log(words[-1])
    if process.wait():
        raise SandboxError(
            f"{command[0]} failed: {' '.join(words[-3:])}", "It needs root and the package mirror."
        )


def _build(
    name: str, context: dict[str, bytes], arguments: dict[str, str], log: Callable[[str], None]
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in context.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(content))
    packed.seek(0)
    lines = engine().build(
        fileobj=packed, custom_context=True, tag=name, buildargs=arguments, rm=True, forcerm=True, decode=True
    )
    _follow(name, lines, log)


def _follow(name: str, lines: Iterable[dict[str, Any]], log: Callable[[str], None]) -> None:  # Any: JSON
    for line in lines:
        if words := str(line.get("stream", "")).strip():
            log(words)
        if "error" in line:
            raise SandboxError(
                f"building {name} failed: {line['error']}",
                "If the base image cannot be pulled, add --bootstrap-base; if certificates are refused, "
                "add --ca-bundle FILE.",
            )
