"""Rows in miniF2F's shape: from JSON lines, a mirror of the Hub, or the Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from codeeval.datasets import DatasetRef, content_hash, file_from_hub, load_rows
from codeeval.errors import DataError
from codeeval.interfaces import DatasetIdentity
from codeeval.lexing.lean import statement
from codeeval.reading import read_bounded

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.interfaces import DataSource

DATASET: Final = "cat-searcher/minif2f-lean4"
REVISION: Final = "70a1249ce240667f6bcdd1ccd62f847f0e065d57"
SPLITS: Final = ("test", "valid")
MINIF2F: Final = "minif2f"
FILES: Final = "minif2f-lean4"
TONIC: Final = DatasetRef(
    id="Tonic/MiniF2F",
    config="default",
    revision="main",
    sha256={
        "test": "8a9febbf64e4044508cd496a1d325c8629213802af9ea7c90c37d5ab6ba98f50",
        "validation": "151d9f521205d66cd383816e243ec0ef5df87dd24b80ebd8b96b6abf734d195c",
    },
)
"""DeepSeek-Prover-V1.5's copy, whose statements are for Lean 4.9."""
REPOSITORY: Final = "yangky11/miniF2F-lean4"
_FOLDERS: Final = {"test": "Test", "valid": "Valid"}
LINES: Final = ("minif2f.jsonl", "lean/problems.jsonl")
"""Where below a data root JSON lines are looked for."""
HEADER: Final = (
    "import Mathlib\nimport Aesop\n\nset_option maxHeartbeats 400000\n\n"
    "open BigOperators Real Nat Topology Rat\n"
)
"""Of rows that have none. Source: deepseek-ai/DeepSeek-Prover-V1.5, datasets/minif2f.jsonl."""


class Row(msgspec.Struct, frozen=True):
    """A problem, under the names that the published copies use."""

    formal_statement: str
    name: str = ""
    id: str = ""
    split: str = ""
    header: str = HEADER
    informal_prefix: str = ""
    informal_stmt: str = ""
    goal: str = ""
    formal_proof: str = ""

    @property
    def task_id(self) -> str:
        """Its name, else its id, else the theorem's name."""
        found = statement(self.formal_statement)
        return self.name or self.id or (found.name if found else "")

    @property
    def informal(self) -> str:
        """Its informal statement as a comment of Lean, or empty."""
        if self.informal_prefix.strip():
            return self.informal_prefix.strip()
        text = self.informal_stmt.strip().replace("-/", "- /")
        return f"/-- {text} -/" if text else ""


class Loaded(NamedTuple):
    """The rows, and where they came from."""

    rows: tuple[Row, ...]
    identity: DatasetIdentity


class LeanFile(msgspec.Struct, frozen=True):
    """A file of miniF2F-lean4: a header, and one theorem whose proof is ``sorry``."""

    name: str
    split: str
    source: str

    def row(self) -> Row:
        """Take the header and the statement apart.

        Raises:
            DataError: it states no theorem.
        """
        found = statement(self.source)
        if found is None:
            raise DataError(f"{REPOSITORY}: {self.name} states no theorem", "Fetch the repository again.")
        stated = self.source[found.start : found.end].rstrip()
        return Row(
            formal_statement=stated, name=self.name, split=self.split, header=self.source[: found.start]
        )


def load_named(variant: str, split: str, source: DataSource) -> Loaded:
    """Read a split of a copy of miniF2F by its name.

    Args:
        variant: ``minif2f`` or ``minif2f-lean4``.
        split: ``test`` or ``valid``.
        source: where to look.

    Raises:
        DataError: unreachable or damaged, or a file states no theorem.
    """
    if variant == MINIF2F:
        read = load_rows(TONIC, "validation" if split == "valid" else split, source, Row)
        return Loaded(read.rows, read.identity)
    folder = source.root / "_github" / REPOSITORY if source.root else None
    if folder is None or not folder.is_dir():
        raise DataError(
            f"{REPOSITORY} is not below the data root",
            f"git clone https://github.com/{REPOSITORY} DIR/_github/{REPOSITORY}, and pass --data-root DIR.",
        )
    cloned = folder / "MiniF2F" / _FOLDERS[split]
    if not cloned.is_dir():
        ref = DatasetRef(id=f"_github/{REPOSITORY}", config="default", revision="main", sha256={split: ""})
        parquet = load_rows(ref, split, source, LeanFile)
        return Loaded(tuple(each.row() for each in parquet.rows), parquet.identity)
    try:
        files = [
            LeanFile(path.stem, split, read_bounded(path).decode("utf-8"))
            for path in sorted(cloned.glob("*.lean"))
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{cloned} cannot be read: {error}", "Fetch the repository again.") from error
    identity = DatasetIdentity(
        id=REPOSITORY,
        config="default",
        split=split,
        revision="clone",
        sha256=content_hash([msgspec.to_builtins(each) for each in files]),
        rows=len(files),
    )
    return Loaded(tuple(each.row() for each in files), identity)


def load(split: str | None, source: DataSource) -> Loaded:
    """Read a split: JSON lines below the data root, else a mirror of the Hub, else the Hub.

    Args:
        split: ``test``, ``valid``, or None: of the Hub ``test``, of JSON lines all rows.
        source: where to look.

    Raises:
        DataError: unreachable, damaged, or a row states no theorem (names the line).
    """
    root = source.root
    for file_name in LINES:
        if root and (root / file_name).is_file():
            return _read(root / file_name, file_name, split or "all", "file", split)
    chosen = split or "test"
    if root and (root / DATASET).is_dir():
        return _read(root / DATASET / f"{chosen}.jsonl", DATASET, chosen, "mirror", None)
    file = f"{chosen}.jsonl"
    remedy = f"Pass --data-root DIR: a folder that holds minif2f.jsonl, or {DATASET}/{file}."
    return _read(file_from_hub(DATASET, file, REVISION, source, remedy), DATASET, chosen, REVISION, None)


def _read(path: Path, name: str, split: str, revision: str, only: str | None) -> Loaded:
    try:
        lines = read_bounded(path).split(b"\n")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", "Correct --data-root.") from error
    # Any: hashed as it is, before its type is checked
    raw: list[dict[str, Any]] = []
    rows: dict[str, Row] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = msgspec.json.decode(line, type=dict[str, Any])  # Any: unchecked
            row = msgspec.convert({key: value for key, value in found.items() if value is not None}, Row)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DataError(
                f"{path}:{number}: {error}", "Rows have the fields of miniF2F for Lean 4."
            ) from error
        if only and row.split != only:
            continue
        if statement(row.formal_statement) is None:
            raise DataError(
                f"{path}:{number}: formal_statement states no theorem", "Correct or remove this row."
            )
        if row.task_id in rows:
            raise DataError(f"{path}:{number}: a second {row.task_id}", "Each problem has a name of its own.")
        raw.append(found)
        rows[row.task_id] = row
    if not rows:
        raise DataError(f"{path}: no problem{f' of split {only}' if only else ''}", "Choose another --split.")
    identity = DatasetIdentity(
        id=name, config="default", split=split, revision=revision, sha256=content_hash(raw), rows=len(rows)
    )
    return Loaded(tuple(rows.values()), identity)
