"""Rows of datasets, checked and hashed, from wherever they are."""

from codeeval.datasets.fetching import RawRows, file_from_hub, network_trouble
from codeeval.datasets.rows import (
    DatasetRef,
    Rows,
    StoredRows,
    available_splits,
    content_hash,
    load_rows,
    load_stored,
)
from codeeval.datasets.stored import RowFile, Stored, StoredRow, combined, stored_rows

__all__ = [
    "DatasetRef",
    "RawRows",
    "RowFile",
    "Rows",
    "Stored",
    "StoredRow",
    "StoredRows",
    "available_splits",
    "combined",
    "content_hash",
    "file_from_hub",
    "load_rows",
    "load_stored",
    "network_trouble",
    "stored_rows",
]
