"""Builds sandbox images, and where no registry can be reached the base that they stand on."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from codeeval.errors import SandboxError, UnknownName
from codeeval.sandboxes import images
from codeeval.sandboxes.images import (
    REPOSITORY,
    BuiltImage,
    build_arguments,
    catalogue,
    context_files,
    engine,
    tag,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

BOOTSTRAP: Final = "BOOTSTRAP"
"""A build argument: take the tools from Debian too, where their authors' archive cannot be reached."""
CA_BUNDLE: Final = "/etc/ssl/certs/ca-certificates.crt"
BUILD_REMEDY: Final = (
    "If the base image cannot be pulled, add --bootstrap-base; if certificates are refused, "
    "add --ca-bundle FILE."
)


def build(
    names: Sequence[str],
    *,
    bootstrap_base: bool,
    ca_bundle: Path | None,
    log: Callable[[str], None],
    arguments: Mapping[str, str] | None = None,
    jobs: int = 1,
) -> list[BuiltImage]:
    """Build images that are not built yet; all of the catalogue's where none is named.

    Args:
        names: images to build.
        arguments: build arguments of their Dockerfiles. An image that knows one is built again, because its
            tag does not identify what it was built with.
        bootstrap_base: make the base with debootstrap, as root, in place of pulling it.
        ca_bundle: certificates to trust inside, where a proxy intercepts TLS.
        log: receives the build's output, line by line.
        jobs: images built at once.

    Raises:
        UnknownName: no such image, or none of these images knows such an argument.
        SandboxError: no engine, or a step of a build failed; the other images are built all the same.
    """
    given = arguments or {}
    wanted = planned(names, given, bootstrap=bootstrap_base, log=log)
    built = {image.name for image in images.list_images() if image.built}
    missing = [name for name in wanted if name not in built or wanted[name].keys() & given.keys()]
    base = (given.get("BASE") or _base(bootstrap=bootstrap_base, log=log)) if missing else ""
    if missing and ca_bundle:
        base = _trusting(base, ca_bundle, log)

    def build_one(name: str) -> str:
        log(f"building {tag(name)}")
        try:
            _build(tag(name), context_files(name), {**wanted[name], "BASE": base}, log)
        except SandboxError as error:
            log(f"{error.message}")
            return error.message
        return ""

    with ThreadPoolExecutor(max(1, jobs)) as builders:
        failures = list(filter(None, builders.map(build_one, missing)))
    if failures:
        raise SandboxError("\n".join(failures), BUILD_REMEDY)
    return [image for image in images.list_images() if image.name in wanted]


def planned(
    names: Sequence[str], given: Mapping[str, str], *, bootstrap: bool, log: Callable[[str], None]
) -> dict[str, dict[str, str]]:
    """Return the images that are meant, all that packages make where none is named, and each one's arguments.

    Raises:
        UnknownName: no such image, or none of these images knows such an argument.
    """
    wanted = [catalogue().image(name).name for name in names] or _all(bootstrap=bootstrap, log=log)
    known = {name: build_arguments(name) for name in wanted}
    declared = frozenset[str]().union(*known.values())
    for argument in given:
        if argument not in declared:
            raise UnknownName("build argument", argument, declared)
    defaults = {BOOTSTRAP: "1"} if bootstrap else {}
    return {
        name: {each: value for each, value in (defaults | dict(given)).items() if each in known[name]}
        for name in wanted
    }


def _all(*, bootstrap: bool, log: Callable[[str], None]) -> list[str]:
    """Return the images that can be built from packages, and report the others."""
    found = []
    for image in catalogue().images.values():
        if not image.needs or (bootstrap and image.bootstraps):
            found.append(image.name)
        else:
            log(f"not built: {image.name}, which needs {image.needs}; name it to build it")
    return found


def _trusting(base: str, ca_bundle: Path, log: Callable[[str], None]) -> str:
    """Put certificates into a base, and return the name of what came out."""
    dockerfile = f"FROM {base}\nCOPY ca-certificates.crt {CA_BUNDLE}\n".encode()
    name = f"{REPOSITORY}/base:trusting"
    _build(name, {"ca-certificates.crt": ca_bundle.read_bytes(), "Dockerfile": dockerfile}, {}, log)
    return name


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
    output = []
    for line in process.stdout or ():
        output.append(line.rstrip())
        log(output[-1])
    if process.wait():
        raise SandboxError(
            f"{command[0]} failed: {' '.join(output[-3:])}", "It needs root and the package mirror."
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
        if text := str(line.get("stream", "")).strip():
            log(text)
        if "error" in line:
            raise SandboxError(f"building {name} failed: {line['error']}", BUILD_REMEDY)
