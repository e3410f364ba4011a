"""Records kept by content, in one SQLite file of the user's cache folder that all runs share.

SQLite because it is in the standard library and does what is hard here: many processes read and write one
file, a killed one leaves it whole, and a crash costs at most the last writes. Nothing in such a file is
needed: whatever is wrong with it, the work is done again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import stat
import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from codeeval.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_BUSY_S: Final = 30.0
_DAY_S: Final = 86_400
_DIGEST_BYTES: Final = 16


class Form(NamedTuple):
    """What a file of records is."""

    file: str
    format: int
    """Of records and of what goes into their keys; a file of another format is not used."""
    table: str
    group: str
    """The column that records are counted by."""
    off: str
    """The option that runs without it."""
    private: bool = False
    """Whether nobody but the user may have written it, and each record has a checksum."""


class Share(NamedTuple):
    """What is kept of one group."""

    group: str
    records: int
    size_bytes: int
    """Of the records, without the file's own structure."""
    last_used: int
    """Unix time."""


class Removed(NamedTuple):
    """What was removed."""

    records: int
    freed_bytes: int
    """By how much the file is smaller."""


class KeptRecords:
    """The records of one file; safe to use from several threads at once.

    Args:
        folder: where the file lies; made where it does not exist.
        form: what the file is.

    Raises:
        StorageError: the file cannot be opened, is damaged, was written by another version, or is private and
            others may have written it.
    """

    def __init__(self, folder: Path, form: Form) -> None:
        self.path = folder / form.file
        self._form = form
        self._lock = threading.Lock()
        table, group = form.table, form.group
        self._create = (
            f"CREATE TABLE IF NOT EXISTS {table} (key BLOB PRIMARY KEY, {group} TEXT NOT NULL, "
            "record BLOB NOT NULL, made INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID"
        )
        # S608: both names are constants of this package
        self._select = f"SELECT record, used FROM {table} WHERE key = ?"  # noqa: S608
        self._touch = f"UPDATE {table} SET used = ? WHERE key = ?"  # noqa: S608
        self._insert = f"INTO {table} VALUES (?, ?, ?, ?, ?)"
        self._count = (
            f"SELECT {group}, count(*), sum(length(record)), max(used) FROM {table} "  # noqa: S608
            f"GROUP BY {group} ORDER BY 3 DESC, 1"
        )
        self._delete = f"DELETE FROM {table} WHERE used < ? AND (? IS NULL OR {group} = ?)"  # noqa: S608
        self._shrink = (
            f"DELETE FROM {table} WHERE key IN (SELECT key FROM (SELECT key, sum(length(record)) "  # noqa: S608
            f"OVER (ORDER BY used DESC, key) AS sofar FROM {table}) WHERE sofar > ?)"
        )
        with self._guarded():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700 if form.private else 0o777)
            if form.private:
                self._check_private(folder)
            self._connection = sqlite3.connect(
                self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
        try:
            with self._guarded():
                self._open()
        except BaseException:
            self._connection.close()
            raise

    def _open(self) -> None:
        run = self._connection.execute
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        (found,) = run("PRAGMA user_version").fetchone()
        if found not in (0, self._form.format):
            raise StorageError(
                f"{self.path}: format {found}, and this codeeval uses {self._form.format}", self._remedy
            )
        run(self._create)
        run(f"PRAGMA user_version = {self._form.format}")

    def _check_private(self, folder: Path) -> None:
        """Refuse a file that another user may have written, or put in its place.

        Raises:
            StorageError: who may.
        """
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.close(file)
        whole = folder.resolve()
        for place in (self.path, whole, *whole.parents):
            found = place.stat()
            others = stat.S_IWOTH | stat.S_IWGRP if place in (self.path, whole) else stat.S_IWOTH
            if place not in (self.path, whole) and found.st_mode & stat.S_ISVTX:
                others = 0  # where the sticky bit is set, nobody replaces what is another's
            if found.st_uid not in (0, os.geteuid()) or found.st_mode & others:
                raise StorageError(
                    f"{self.path}: not used, for others than you may write to {place}",
                    "Take that permission away, or name another folder (CODEEVAL_CACHE_DIR); "
                    f"{self._form.off} runs without it.",
                )

    @property
    def _remedy(self) -> str:
        return f"`codeeval cache prune --all` makes a new one; {self._form.off} runs without it."

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"{self.path}: {error}", self._remedy) from error

    def get(self, key: bytes) -> bytes | None:
        """Return the record of this key; None where there is none, or its checksum is wrong.

        Raises:
            StorageError: the file cannot be read.
        """
        with self._guarded(), self._lock:
            row = self._connection.execute(self._select, (key,)).fetchone()
            if row is None:
                return None
            now = int(time.time())
            if now - row[1] > _DAY_S:
                self._connection.execute(self._touch, (now, key))
        record = bytes(row[0])
        if not self._form.private:
            return record
        digest, record = record[:_DIGEST_BYTES], record[_DIGEST_BYTES:]
        return record if digest == _digest(key, record) else None

    def put(self, group: str, records: Sequence[tuple[bytes, bytes]], *, replace: bool = False) -> None:
        """Keep records by their keys, all or none.

        Args:
            group: what they are of.
            records: key and content of each.
            replace: whether they replace what is there; else what another run has kept stays.

        Raises:
            StorageError: the file cannot be written.
        """
        if not records:
            return
        now = int(time.time())
        if self._form.private:
            records = [(key, _digest(key, record) + record) for key, record in records]
        rows = [(key, group, record, now, now) for key, record in records]
        how = "REPLACE" if replace else "IGNORE"
        with self._guarded(), self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(f"INSERT OR {how} {self._insert}", rows)

    def shares(self) -> list[Share]:
        """Return what there is by group, the largest first.

        Raises:
            StorageError: the file cannot be read.
        """
        with self._guarded(), self._lock:
            return [Share(*row) for row in self._connection.execute(self._count)]

    def prune(
        self, *, unused_days: float | None = None, group: str | None = None, max_bytes: int | None = None
    ) -> Removed:
        """Remove what was not used for so long, is of this group, or is too much; oldest use first.

        Raises:
            StorageError: the file cannot be written.
        """
        run = self._connection.execute
        with self._guarded(), self._lock:
            before = self.path.stat().st_size
            removed = 0
            if unused_days is not None or group is not None:
                last = time.time() - unused_days * _DAY_S if unused_days is not None else time.time() + 1
                removed += run(self._delete, (last, group, group)).rowcount
            if max_bytes is not None:
                removed += run(self._shrink, (max_bytes,)).rowcount
            run("PRAGMA wal_checkpoint(TRUNCATE)")
            run("VACUUM")
            run("PRAGMA wal_checkpoint(TRUNCATE)")
            return Removed(removed, max(0, before - self.path.stat().st_size))

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        with contextlib.suppress(sqlite3.Error), self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def remove(file: Path) -> int:
    """Delete a file of records, damaged or not; returns how many bytes it had."""
    size = 0
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        with contextlib.suppress(FileNotFoundError):
            size += part.stat().st_size
            part.unlink()
    return size


def _digest(key: bytes, record: bytes) -> bytes:
    return hashlib.blake2b(record, key=key[:64], digest_size=_DIGEST_BYTES).digest()
