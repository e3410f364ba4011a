"""Completions kept by content, in one SQLite file in the user's cache folder, shared by all runs.

SQLite because it is in the standard library and does what is hard here: many processes read and write one
file, a killed one leaves it whole, and a crash costs at most the last writes. Nothing in it is needed:
whatever is wrong with the file, a run generates its completions with the model.

An entry is found by a hash of everything that determines a completion (``completion_key``): the model with
its revision and details, the prompt's content, the sampling, and the sample's index. Because the index is
part of it, sampled completions are kept like greedy ones: the second sample of a prompt is not the first one
again. But two runs with the same settings get the same samples; one that must be independent of earlier ones
needs ``--no-cache``, or another seed.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import time
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import msgspec

from codeeval.errors import StorageError
from codeeval.models.serving.prices import uses_provider
from codeeval.types import Completion, FinishReason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from codeeval.interfaces import ModelInfo, ModelSpec
    from codeeval.types import Prompt, Sampling

FILE: Final = "completions.sqlite3"
FORMAT: Final = 1
"""Of entries and of what goes into their keys; a file of another format is not used."""
_PINNED: Final = frozenset({"local", "hf", "vllm"})
"""Backends whose details name the weights: a file's hash, or a revision."""
_BUSY_S: Final = 30.0
_DAY_S: Final = 86_400
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS completions (
    key BLOB PRIMARY KEY, model TEXT NOT NULL, record BLOB NOT NULL,
    made INTEGER NOT NULL, used INTEGER NOT NULL
) WITHOUT ROWID
"""


class ModelShare(msgspec.Struct, frozen=True, kw_only=True):
    """What the cache contains of one model."""

    model: str
    completions: int
    size_bytes: int
    """Of the records, without the file's own structure."""
    last_used: int
    """Unix time."""


class Pruned(NamedTuple):
    """What was removed."""

    completions: int
    freed_bytes: int
    """By how much the file is smaller."""


def cacheable(spec: ModelSpec) -> bool:
    """Whether a model's name identifies its weights, so that its completions are kept by default.

    Weights of this machine are identified by hash or revision, a provider's by name. A server of one's own
    may serve another checkpoint under the same name tomorrow: kept only with ``--cache``.
    """
    return spec.backend in _PINNED or uses_provider(spec)


def completion_key(info: ModelInfo, prompt: Prompt, sampling: Sampling, sample: int) -> bytes:
    """Hash everything that determines a completion."""
    sent = msgspec.structs.replace(prompt, task_id="", template_hash="")  # what the model does not see
    content = (FORMAT, info.spec, info.details, sent, sampling, sample)
    return hashlib.sha256(_encode(content)).digest()


def _encode(value: object) -> bytes:
    encoder = msgspec.json.Encoder(order="deterministic")
    try:
        return encoder.encode(value)
    except UnicodeEncodeError:  # a lone surrogate, which datasets do hold
        return repr(msgspec.to_builtins(value, order="deterministic")).encode("utf-8", "surrogatepass")


class CompletionCache:
    """The completions in one folder. Use it from one thread at a time.

    Raises:
        StorageError: the file cannot be opened, is damaged, or was written by another version.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._decode = msgspec.json.Decoder(Completion).decode
        with self._guarded():
            folder.mkdir(parents=True, exist_ok=True)
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
        if found not in (0, FORMAT):
            raise StorageError(f"{self.path}: format {found}, and this codeeval uses {FORMAT}", self._remedy)
        run(_SCHEMA)
        run(f"PRAGMA user_version = {FORMAT}")

    @property
    def _remedy(self) -> str:
        return "`codeeval cache prune --all` makes a new one; --no-cache runs without it."

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"{self.path}: {error}", self._remedy) from error

    def get(self, key: bytes) -> Completion | None:
        """Return the completion of this key, or None; its ``task_id`` and ``sample`` are the first run's.

        Raises:
            StorageError: the file cannot be read.
        """
        with self._guarded():
            row = self._connection.execute(
                "SELECT record, used FROM completions WHERE key = ?", (key,)
            ).fetchone()
            if row is None:
                return None
            now = int(time.time())
            if now - row[1] > _DAY_S:
                self._connection.execute("UPDATE completions SET used = ? WHERE key = ?", (now, key))
        try:
            return self._decode(row[0])
        except msgspec.MsgspecError:
            return None

    def put(self, model: str, entries: Sequence[tuple[bytes, Completion]]) -> None:
        """Keep completions, all or none; what another run has kept meanwhile is not replaced.

        Raises:
            StorageError: the file cannot be written.
        """
        now = int(time.time())
        rows = [
            (key, model, msgspec.json.encode(completion), now, now)
            for key, completion in entries
            if _reusable(completion)
        ]
        if rows:
            with self._guarded(), self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT OR IGNORE INTO completions VALUES (?, ?, ?, ?, ?)", rows)

    def shares(self) -> list[ModelShare]:
        """Return the cache's contents by model, the largest first.

        Raises:
            StorageError: the file cannot be read.
        """
        with self._guarded():
            rows = self._connection.execute(
                "SELECT model, count(*), sum(length(record)), max(used) FROM completions GROUP BY model"
                " ORDER BY 3 DESC, 1"
            ).fetchall()
        return [ModelShare(model=m, completions=n, size_bytes=size, last_used=u) for m, n, size, u in rows]

    def prune(
        self, *, unused_days: float | None = None, model: str | None = None, max_bytes: int | None = None
    ) -> Pruned:
        """Remove what was not used for so long, is of this model, or is too much; oldest use first.

        Raises:
            StorageError: the file cannot be written.
        """
        before = self.path.stat().st_size
        run = self._connection.execute
        with self._guarded():
            removed = 0
            if unused_days is not None or model is not None:
                last = (
                    time.time() - (unused_days or 0) * _DAY_S if unused_days is not None else time.time() + 1
                )
                removed += run(
                    "DELETE FROM completions WHERE used < ? AND (? IS NULL OR model = ?)",
                    (last, model, model),
                ).rowcount
            if max_bytes is not None:
                removed += run(
                    "DELETE FROM completions WHERE key IN (SELECT key FROM (SELECT key, sum(length(record))"
                    " OVER (ORDER BY used DESC, key) AS sofar FROM completions) WHERE sofar > ?)",
                    (max_bytes,),
                ).rowcount
            run("PRAGMA wal_checkpoint(TRUNCATE)")
            run("VACUUM")
            run("PRAGMA wal_checkpoint(TRUNCATE)")
        return Pruned(removed, max(0, before - self.path.stat().st_size))

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def remove(folder: Path) -> int:
    """Delete the whole cache, damaged or not; returns how many bytes it had."""
    size = 0
    for suffix in ("", "-wal", "-shm"):
        file = folder / f"{FILE}{suffix}"
        with contextlib.suppress(FileNotFoundError):
            size += file.stat().st_size
            file.unlink()
    return size


def _reusable(completion: Completion) -> bool:
    """An empty text for no stated reason may be the server's mistake: it is generated again."""
    return (
        bool(completion.text or completion.reasoning) or completion.finish_reason is not FinishReason.UNKNOWN
    )
