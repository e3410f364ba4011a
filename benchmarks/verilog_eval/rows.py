"""The rows of VerilogEval: as its authors publish them, or as SandboxFusion's samples have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.benchmarks.common.joining import joined
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import DataError

if TYPE_CHECKING:
    from codeeval.interfaces import DatasetIdentity, DataSource

HUMAN: Final = "human"
SETS: Final = (HUMAN, "machine")
"""Descriptions written by people, and by a model."""
_OFFICIAL: Final = "NVlabs/verilog-eval"
_COMMIT: Final = "b91978738f87b2fea53ca34de083556b5a7ceb7e"
_SAMPLES: Final = "_github/bytedance/SandboxFusion/samples"
_HASHES: Final = {
    "human": "b4751acee47190cea0bd940886d311e48cfb1a9ffb65b9ac4408679f56785187",
    "machine": "a799c5e09811507c9544fb9e7b3977a5473000c2b7328f07b3540a41962dd164",
}
"""Of the samples."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A problem."""

    task_id: str
    canonical_solution: str
    test: str
    head: str = msgspec.field(name="code_preface")
    description: str


class _Published(msgspec.Struct, frozen=True, kw_only=True):
    task_id: str
    prompt: str
    canonical_solution: str
    test: str


class _Description(msgspec.Struct, frozen=True, kw_only=True):
    task_id: str
    detail_description: str


class Loaded(NamedTuple):
    """The problems and where they came from."""

    rows: tuple[Row, ...]
    identity: DatasetIdentity


def load(name: str, source: DataSource) -> Loaded:
    """Read one of the sets.

    Raises:
        DataError: it is unreachable, a row lacks a field, or a problem has no description.
    """
    if source.root and (source.root / _SAMPLES).is_dir():
        ref = DatasetRef(
            id=_SAMPLES, config=f"verilogeval_{name}", revision="main", sha256={"test": _HASHES[name]}
        )
        samples = load_rows(ref, "test", source, Row)
        return Loaded(samples.rows, samples.identity)
    kind = name.capitalize()
    problems = load_rows(_file(f"data/VerilogEval_{kind}.jsonl"), "test", source, _Published)
    texts = load_rows(_file(f"descriptions/VerilogDescription_{kind}.jsonl"), "test", source, _Description)
    described = {text.task_id: text.detail_description for text in texts.rows}
    if lacking := [row.task_id for row in problems.rows if row.task_id not in described]:
        raise DataError(f"{_OFFICIAL}: {lacking[0]} has no description", "Fetch both files at one commit.")
    rows = tuple(
        Row(
            task_id=row.task_id,
            canonical_solution=row.canonical_solution,
            test=row.test,
            head=row.prompt,
            description=described[row.task_id],
        )
        for row in problems.rows
    )
    return Loaded(rows, joined([problems.identity, texts.identity]))


def _file(path: str) -> DatasetRef:
    return DatasetRef(
        id=_OFFICIAL,
        config=path.rpartition("/")[2].removesuffix(".jsonl"),
        revision=_COMMIT,
        sha256={"test": ""},
        url=f"https://raw.githubusercontent.com/{_OFFICIAL}/{{revision}}/{path}",
        files=(f"_github/{_OFFICIAL}/{path}", f"verilog-eval/{path}"),
    )
