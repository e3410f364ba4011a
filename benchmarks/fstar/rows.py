"""Rows of the F* datasets, from the Hub, a mirror of it, or JSON lines in the same shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from codeeval.datasets import content_hash, file_from_hub
from codeeval.errors import DataError, UsageError
from codeeval.interfaces import DatasetIdentity
from codeeval.reading import read_bounded

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.interfaces import DataSource

FILES: Final = {"cross-project": "test_cross_project.json", "intra-project": "test_intra_project.json"}
"""The test splits, each a file on the Hub."""
UNKNOWN: Final = "<UNK>"
LINES: Final = ("problems.jsonl", "fstar/problems.jsonl")
"""Where below a data root JSON lines are looked for."""


class Dataset(NamedTuple):
    """A dataset on the Hub."""

    id: str
    revision: str


DATASETS: Final = {
    "v2": Dataset("microsoft/FStarDataSet-V2", "main"),
    "v1": Dataset("microsoft/FStarDataSet", "bc282e706fc26dad6664686c2c3e3d48807e4342"),
}


class Opened(msgspec.Struct, frozen=True):
    """An ``open`` or an abbreviation in force where the definition stands."""

    abbrev: bool
    full_module: str
    short_module: str | None = None


class Vconfig(msgspec.Struct, frozen=True):
    """The solver's options that the definition was verified with; absent ones keep F*'s defaults."""

    initial_fuel: int | None = None
    max_fuel: int | None = None
    initial_ifuel: int | None = None
    max_ifuel: int | None = None
    smtencoding_elim_box: bool | None = None
    smtencoding_nl_arith_repr: str | None = None
    smtencoding_l_arith_repr: str | None = None
    smtencoding_valid_intro: bool | None = None
    smtencoding_valid_elim: bool | None = None
    z3cliopt: tuple[str, ...] | str | None = None
    z3smtopt: tuple[str, ...] | str | None = None
    z3refresh: bool | None = None
    z3rlimit: int | None = None
    z3rlimit_factor: int | None = None
    z3seed: int | None = None


class Row(msgspec.Struct, frozen=True):
    """A row as the datasets have it: the fields that are used."""

    file_name: str
    name: str
    source_type: str
    source_definition: str
    opens_and_abbrevs: tuple[Opened, ...] = ()
    vconfig: Vconfig | None = None
    file_context: str = ""
    original_source_type: str = ""
    definition: str = ""
    interleaved: bool = False
    isa_cross_project_example: bool | None = None
    is_proof: bool | None = None
    is_simply_typed: bool | None = None
    is_simple_lemma: bool | None = None

    @property
    def statement(self) -> str:
        """The ``val`` that fixes the type, or empty where the dataset knows none."""
        stated = self.original_source_type or self.source_type
        return "" if stated.strip() in ("", UNKNOWN) else stated

    @property
    def usable(self) -> bool:
        """Whether it is a problem at all.

        Source: fstar_dataset/fstar_harness.py, ``should_ignore``.
        """
        return not (
            self.interleaved
            or self.definition.startswith("<")
            or "=" not in self.source_definition
            or self.file_name == "dummy"
        )


class Loaded(NamedTuple):
    """The usable rows, and where they came from."""

    rows: tuple[Row, ...]
    identity: DatasetIdentity


def load(version: str, split: str | None, source: DataSource) -> Loaded:
    """Read a split: a mirror of the Hub, else JSON lines below the data root, else the Hub.

    Args:
        version: ``v1`` or ``v2``, for the Hub and its mirror.
        split: a key of ``FILES``, or None: the protocol's, of JSON lines all rows.
        source: where to look.

    Raises:
        DataError: unreachable, damaged, or a row lacks a field (names the line).
    """
    dataset = DATASETS[version]
    root = source.root
    file = FILES[split or "cross-project"]
    if root and (root / dataset.id).is_dir():
        return _loaded(root / dataset.id / file, dataset.id, split or "cross-project", "mirror", None)
    for file_name in LINES:
        if root and (root / file_name).is_file():
            return _loaded(root / file_name, file_name, split or "all", "file", split)
    remedy = (
        f"Pass --data-root DIR: a folder that holds {dataset.id}/{file}, or problems.jsonl in the same shape."
    )
    path = file_from_hub(dataset.id, file, dataset.revision, source, remedy)
    return _loaded(path, dataset.id, split or "cross-project", dataset.revision, None)


def _loaded(path: Path, name: str, split: str, revision: str, only: str | None) -> Loaded:
    raw = _objects(path)
    rows = [_typed(row, path, number) for number, row in raw]
    if only is not None:
        if any(row.isa_cross_project_example is None for row in rows):
            raise UsageError(f"{path} does not state which rows are cross-project examples", "Omit --split.")
        kept = [bool(row.isa_cross_project_example) is (only == "cross-project") for row in rows]
        rows = [row for row, keep in zip(rows, kept, strict=True) if keep]
    names: set[str] = set()
    usable = []
    for row in rows:
        if row.usable and row.name not in names:
            names.add(row.name)
            usable.append(row)
    identity = DatasetIdentity(
        id=name,
        config="default",
        split=split,
        revision=revision,
        sha256=content_hash([row for _, row in raw]),
        rows=len(usable),
    )
    return Loaded(tuple(usable), identity)


# Any: a row before its type has checked it is whatever JSON holds
def _objects(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Read an array or lines of JSON objects, each with its number."""
    try:
        text = read_bounded(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", "Correct --data-root.") from error
    if text[:1] == b"[":
        try:
            # Any: the fields are checked one by one, so that an error names them
            return list(enumerate(msgspec.json.decode(text, type=list[dict[str, Any]]), 1))
        except msgspec.DecodeError as error:
            raise DataError(f"{path}: {error}", "Fetch the dataset again.") from error
    decoder = msgspec.json.Decoder(dict[str, Any])  # Any: as above
    found = []
    for number, line in enumerate(text.split(b"\n"), 1):
        if line.strip():
            try:
                found.append((number, decoder.decode(line)))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise DataError(f"{path}:{number}: {error}", "Each line is one JSON object.") from error
    return found


def _typed(row: dict[str, Any], path: Path, number: int) -> Row:  # Any: unchecked
    try:
        return msgspec.convert(row, Row)
    except msgspec.ValidationError as error:
        raise DataError(
            f"{path}:{number}: {error}", "Rows have the fields of microsoft/FStarDataSet."
        ) from error
