"""Builds images without engine and root: Debian's base in a folder, then a Dockerfile's steps on it.

What comes out lies where ``unpacked`` puts what it unpacks, and bubblewrap runs it alike.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.errors import CodeEvalError, SandboxError, StorageError, is_storage_error
from codeeval.sandboxes import images, unpacked, user_namespaces
from codeeval.sandboxes.bubblewrap import find_bwrap
from codeeval.sandboxes.building import CA_BUNDLE, planned
from codeeval.sandboxes.dockerfile import expand, parse
from codeeval.sandboxes.images import BuiltImage, catalogue
from codeeval.sandboxes.rootless_steps import (
    OF_THIS_MACHINE,
    PATH,
    SETTINGS,
    Builder,
    StageBuild,
    environment,
    write,
)
from codeeval.sandboxes.unpacked import ROOT, UnpackedImage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from codeeval.sandboxes.dockerfile import Stage

DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")
NOT_MADE: Final = ("console", "ptmx")
"""Devices that debootstrap would make, and does not where something of that name is."""
READ_MODE: Final = 0o755
"""What is left of a mode, as in an image that is unpacked: nothing special, nothing to write for others."""
ANOTHER_FOLDER: Final = "Free some space, or have CODEEVAL_CACHE_DIR name a folder elsewhere."
NOT_INSTALLED: Final = (
    "Install it: your distribution's package debootstrap (Debian, Fedora, EPEL, Arch). Or build with an "
    "engine on another machine: codeeval sandbox export there, codeeval sandbox import here."
)


def build(
    names: Sequence[str],
    folder: Path,
    *,
    bootstrap: bool,
    ca_bundle: Path | None,
    log: Callable[[str], None],
    arguments: Mapping[str, str] | None = None,
    jobs: int = 1,
) -> list[BuiltImage]:
    """Build images that are not there yet.

    Args:
        names: images to build; all of the catalogue's that packages make where none is named.
        folder: from ``images_folder``.
        bootstrap: take from Debian also the tools that otherwise come from their authors' archives.
        ca_bundle: certificates to trust inside, where a proxy intercepts TLS.
        log: receives the build's output, line by line.
        arguments: build arguments of their Dockerfiles. An image that knows one is built again.
        jobs: images built at once.

    Raises:
        UnknownName: no such image, or none of these images knows such an argument.
        SandboxError: no bubblewrap, user namespaces or debootstrap here, or a step failed; the other images
            are built all the same.
        StorageError: the folder cannot be written; of the image nothing is left.
    """
    given = arguments or {}
    wanted = planned(names, given, bootstrap=bootstrap, log=log)
    for name in wanted:
        if sandbox := catalogue().image(name).launcher:
            raise SandboxError(
                f"the image {name!r} is for the sandbox {sandbox}, which needs an engine",
                f"Build it with one: codeeval sandbox build {name}",
            )
    there = {name for name in wanted if unpacked.unpacked(name, folder)}
    missing = [name for name in wanted if name not in there or wanted[name].keys() & given.keys()]
    if missing:
        _build_all(missing, wanted, folder, _Setting(folder, ca_bundle, log, jobs))
    return [_built(name, folder) for name in wanted]


class _Setting(NamedTuple):
    """What the builds of all images share."""

    folder: Path
    ca_bundle: Path | None
    log: Callable[[str], None]
    jobs: int


def _build_all(
    names: Sequence[str], arguments: Mapping[str, Mapping[str, str]], folder: Path, setting: _Setting
) -> None:
    bwrap = find_bwrap()
    user_namespaces.check(bwrap)
    failures: list[CodeEvalError] = []
    try:
        base = _base(bwrap, folder, setting.log)
    except OSError as error:
        if not is_storage_error(error):
            raise
        raise _not_written(folder, error) from error

    def build_one(name: str) -> None:
        setting.log(f"building {images.tag(name)}")
        try:
            _build(bwrap, name, base, arguments[name], setting)
        except CodeEvalError as error:
            failures.append(error)
        except OSError as error:
            if not is_storage_error(error):
                raise
            failures.append(_not_written(folder, error))

    with ThreadPoolExecutor(max(1, setting.jobs)) as builders:
        list(builders.map(build_one, names))
    if failures:
        full = any(isinstance(each, StorageError) for each in failures)
        remedies = dict.fromkeys(each.remedy for each in failures if each.remedy)
        raise (StorageError if full else SandboxError)(
            "\n".join(each.message for each in failures), "\n".join(remedies)
        )


def _not_written(folder: Path, error: OSError) -> StorageError:
    return StorageError(f"{error.filename or folder}: {error.strerror or error}", ANOTHER_FOLDER)


def _built(name: str, folder: Path) -> BuiltImage:
    found = unpacked.unpacked(name, folder)
    if found is None:
        raise SandboxError(f"{images.tag(name)} was removed from {folder} meanwhile")
    description, root = found
    return BuiltImage(
        name=name,
        tag=description.tag,
        languages=catalogue().image(name).languages,
        built=False,
        size_bytes=sum(path.lstat().st_size for path in _files(root)),
        unpacked=True,
        image_id=description.image_id,
    )


def _base(bwrap: str, folder: Path, log: Callable[[str], None]) -> Path:
    """Return the root folder of Debian's base, made with debootstrap if it is not there."""
    there = unpacked.base_folder(folder)
    if there.is_dir():
        return there
    command = shutil.which("debootstrap") or shutil.which("debootstrap", path=PATH)
    if command is None:
        raise SandboxError("debootstrap is not installed", NOT_INSTALLED)
    log(f"making {there} with debootstrap")
    with unpacked.partial_folder(folder) as partial:
        root = partial / ROOT
        root.mkdir(mode=0o755)
        arguments = ["--ro-bind", "/", "/", "--tmpfs", "/tmp", "--bind", str(root), str(root)]  # noqa: S108 -- inside
        arguments += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", f"{root}/dev"]
        for device in DEVICES:
            arguments += ["--dev-bind", f"/dev/{device}", f"{root}/dev/{device}"]
        for device in NOT_MADE:
            arguments += ["--dir", f"{root}/dev/{device}"]
        arguments += [*environment({}), "--chdir", "/"]
        arguments += ["--", command, "--variant=minbase", catalogue().suite, str(root)]
        user_namespaces.run_as_root(bwrap, arguments, log, "debootstrap")
        for junk in (root / "var/cache/apt/archives").glob("*.deb"):
            junk.unlink()
        try:
            root.replace(there)
        except OSError:
            if not there.is_dir():  # or another process made it meanwhile
                raise
    return there


def _build(bwrap: str, name: str, base: Path, arguments: Mapping[str, str], setting: _Setting) -> None:
    """Carry out an image's Dockerfile, and put what comes out in its place."""
    file = catalogue().image(name).folder / images.DOCKERFILE
    dockerfile = parse(file.read_text("utf-8"), str(file))
    files = images.context_files(name)
    with unpacked.partial_folder(setting.folder) as partial:
        builder = Builder(
            bwrap=bwrap,
            context=partial / "context",
            files=frozenset(files),
            arguments=arguments,
            outer={each.name: arguments.get(each.name, each.default or "") for each in dockerfile.arguments},
            done={},
            log=setting.log,
        )
        builder.context.mkdir()
        for path, content in files.items():
            write(builder.context, path, content)
        for number, stage in enumerate(dockerfile.stages[:-1]):
            root = partial / f"stage-{number}"
            _build_stage(builder, stage, base, root, setting.ca_bundle)
            builder.done[stage.name or str(number)] = root
        last = dockerfile.stages[-1]
        done = _build_stage(builder, last, base, partial / ROOT, setting.ca_bundle)
        if not done.entrypoint:
            raise last.place.error("there is no ENTRYPOINT, which starts the runner")
        description = UnpackedImage(
            name=name,
            tag=images.tag(name),
            image_id=finish(partial / ROOT),
            environment=tuple(f"{key}={value}" for key, value in done.variables.items()),
            entrypoint=done.entrypoint,
        )
        for other in (builder.context, *builder.done.values()):
            unpacked.remove_tree(other)
        unpacked.keep(partial, description, setting.folder)


def _build_stage(
    builder: Builder, stage: Stage, base: Path, root: Path, ca_bundle: Path | None
) -> StageBuild:
    builder.copy_root(_start(builder, stage, base), root)
    if ca_bundle:
        write(root, CA_BUNDLE.lstrip("/"), ca_bundle.read_bytes())
    building = StageBuild(builder, root)
    building.carry_out(stage)
    return building


def _start(builder: Builder, stage: Stage, base: Path) -> Path:
    """Return the root folder that a stage begins with."""
    named = expand(stage.base, builder.outer, stage.place)
    if named.lower() in builder.done:
        return builder.done[named.lower()]
    known = catalogue().base
    if named == known:
        return base
    raise stage.place.error(f"FROM {named}: without an engine there is {known} only")


def finish(root: Path) -> str:
    """Make a root folder an image: readable, without what only its build needed. Return its content id."""
    for setting in SETTINGS:
        (root / setting).unlink(missing_ok=True)
    for own in OF_THIS_MACHINE:
        write(root, own, b"")
    digest = hashlib.sha256()
    for path in _files(root):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            content = b"link " + os.fsencode(path.readlink())
        elif stat.S_ISDIR(mode):
            content = b"folder"
            path.chmod(mode & READ_MODE | 0o700)
        elif stat.S_ISREG(mode):
            path.chmod(mode & READ_MODE | 0o400)
            with path.open("rb") as file:
                content = b"file " + hashlib.file_digest(file, "sha256").digest()
            content += b"program" if mode & 0o100 else b""
        else:
            path.unlink()  # a pipe or a socket: nobody is at its other end
            continue
        for part in (os.fsencode(path.relative_to(root)), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{digest.hexdigest()}"


def _files(root: Path) -> Iterator[Path]:
    """Yield all that is below a folder, in a fixed order; each folder before it is entered."""
    for entry in sorted(root.iterdir()):
        yield entry
        if entry.is_dir() and not entry.is_symlink():
            yield from _files(entry)
