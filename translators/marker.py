"""The marker of translated rows: their provenance, so that nobody takes them for the published ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import DataError
from codeeval.reading import read_bounded

if TYPE_CHECKING:
    from pathlib import Path

DATASET: Final = "nuprl/MultiPL-E"
"""The folder below a data root; its configurations are the folders in it."""
_SUFFIX: Final = ".translated.json"


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """The file ``humaneval-rs.translated.json`` beside the folder of the rows."""

    benchmark: str
    """What was translated: a benchmark's name, or a file's."""
    source: str
    """The dataset that it came from."""
    source_sha256: str
    doctests: str
    """``transform``, ``keep`` or ``remove``."""
    codeeval: str
    """The version that translated."""
    rows: int
    sha256: str
    """Content hash of the translated rows."""

    @property
    def revision(self) -> str:
        """What ``run.json`` states as the rows' revision."""
        doctests = "" if self.doctests == "transform" else f", doctests: {self.doctests}"
        return (
            f"translated from {self.source} ({self.source_sha256[:12]}) by codeeval {self.codeeval}{doctests}"
        )


def folder_of(root: Path, config: str) -> Path:
    """Return the folder of a configuration."""
    return root / DATASET / config


def marker_of(root: Path, config: str) -> Path:
    """Return a configuration's marker file."""
    return root / DATASET / f"{config}{_SUFFIX}"


def marked(root: Path) -> list[str]:
    """List the configurations with a marker."""
    found = (root / DATASET).glob(f"*{_SUFFIX}")
    return sorted(path.name.removesuffix(_SUFFIX) for path in found)


def read_marker(root: Path | None, config: str) -> Marker | None:
    """Read a configuration's marker; None where its rows were not translated by codeeval.

    Raises:
        DataError: the marker is damaged.
    """
    path = marker_of(root, config) if root else None
    if path is None or not path.is_file():
        return None
    try:
        return msgspec.json.decode(read_bounded(path), type=Marker)
    except (OSError, msgspec.DecodeError) as error:
        raise DataError(f"{path}: {error}", "Translate again: codeeval translate.") from error
