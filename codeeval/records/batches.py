"""``batches.json``: which batches a run has submitted to its provider, so that it can poll them again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import DataError
from codeeval.reading import read_bounded
from codeeval.records.files import write_atomically
from codeeval.types import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BATCHES: Final = "batches.json"


class ItemKey(msgspec.Struct, frozen=True, array_like=True):
    """Which samples an item of a batch generates."""

    task_id: str
    first: int
    count: int


class SubmittedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """One batch. It is written down before it is submitted: the provider's answer may never come."""

    token: str
    """Marks it at the provider."""
    created_s: float
    """Unix time."""
    items: dict[str, ItemKey]
    """By the id that the provider knows."""
    id: str = ""
    """The provider's; empty until it is known."""
    collected: bool = False
    """Whether its results are recorded, or there will be none."""


class _Ledger(msgspec.Struct, kw_only=True):
    """The file."""

    schema: int = SCHEMA_VERSION
    batches: list[SubmittedBatch] = []


class BatchLedger:
    """The batches of one run directory, which must be open for writing.

    Raises:
        DataError: the file is malformed.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / BATCHES
        self._batches: dict[str, SubmittedBatch] = {}
        try:
            ledger = msgspec.json.decode(read_bounded(self._path), type=_Ledger)
        except FileNotFoundError:
            return
        except (OSError, msgspec.MsgspecError) as error:
            raise DataError(
                f"{self._path}: cannot be read: {error}",
                "Delete it to generate what is missing again; the cost of its batches is then lost.",
            ) from error
        self._batches = {batch.token: batch for batch in ledger.batches}

    @property
    def open(self) -> list[SubmittedBatch]:
        """Batches whose results are still to come, in the order in which they were submitted."""
        return [batch for batch in self._batches.values() if not batch.collected]

    def begin(self, token: str, items: Mapping[str, ItemKey]) -> SubmittedBatch:
        """Write down a batch that is about to be submitted."""
        batch = SubmittedBatch(token=token, created_s=time.time(), items=dict(items))
        self._put(batch)
        return batch

    def submitted(self, batch: SubmittedBatch, batch_id: str) -> SubmittedBatch:
        """Write down the provider's id of a batch."""
        batch = msgspec.structs.replace(batch, id=batch_id)
        self._put(batch)
        return batch

    def collected(self, batch: SubmittedBatch) -> None:
        """Write down that nothing more is to come of a batch."""
        self._put(msgspec.structs.replace(batch, collected=True))

    def _put(self, batch: SubmittedBatch) -> None:
        self._batches[batch.token] = batch
        ledger = _Ledger(batches=list(self._batches.values()))
        write_atomically(self._path, (msgspec.json.encode(ledger), b"\n"))
