"""``codeeval.bundle`` and ``codeeval.unbundle``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from codeeval.session.bundling import install_bundle, make_bundle
from codeeval.session.hooks import no_notes
from codeeval.session.settings import DataOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.session.bundling import Bundled, Unbundled


def bundle(
    *benchmarks: str,
    out: Path | str,
    images: Sequence[str] = (),
    extras: Sequence[str] = (),
    wheels: Sequence[Path | str] = (),
    with_images: bool = True,
    with_wheels: bool = True,
    data_root: Path | str | None = None,
    offline: bool = False,
    notes: Callable[[str], None] = no_notes,
) -> Bundled:
    """Pack what benchmarks need for a machine without network: ``codeeval bundle``.

    Args:
        benchmarks: full names.
        out: the file; one that ends in ``.zst`` is compressed.
        images: more images or languages than the benchmarks'.
        extras: extras of codeeval whose packages go along.
        wheels: files that stand for what is installed.
        with_images: whether sandbox images go along.
        with_wheels: whether codeeval and the packages that it needs go along.
        data_root: a folder that mirrors the Hub.
        offline: never ask the Hub.
        notes: receives what is being packed, a line each.

    Returns:
        The file with its digest, and what is in it.

    Raises:
        UsageError: there is nothing to pack, a package is not installed, or a benchmark reads files of yours.
        DataError: a dataset or an installed file cannot be read.
        SandboxError: an image is not built, or no engine answers.
        StorageError: the file cannot be written.
    """
    return make_bundle(
        benchmarks,
        Path(out),
        images=images,
        extras=extras,
        wheels=tuple(map(Path, wheels)),
        with_images=with_images,
        with_wheels=with_wheels,
        data=DataOptions(data_root=None if data_root is None else Path(data_root), offline=offline),
        notes=notes,
    )


def unbundle(
    file: Path | str,
    *,
    data_root: Path | str | None = None,
    engine: bool = False,
    notes: Callable[[str], None] = no_notes,
) -> Unbundled:
    """Verify a bundle, and put its data and images where runs find them: ``codeeval unbundle``.

    Args:
        file: what ``bundle`` wrote.
        data_root: where its data goes; None: as configured.
        engine: load images into the container engine, and not into the user's cache.
        notes: receives what is being done, a line each.

    Raises:
        UsageError: no data root is named, and there is data.
        DataError: it is no bundle, damaged, of another version of codeeval, or the data root has other data.
        SandboxError: ``engine``, and none answers.
        StorageError: there is no room, or no permission.
    """
    return install_bundle(
        Path(file), data_root=None if data_root is None else Path(data_root), engine=engine, notes=notes
    )
