"""Rows of SURGE, typed and checked.

Source: Imbernoulli/SURGE, dataset/*.json; eval/main.py, ``re_errors``, for the slips in the rows.
"""

from __future__ import annotations

import enum
import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import DataError
from codeeval.interfaces import DatasetIdentity, DataSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Subset(enum.StrEnum):
    """The eight subsets, each a file. Its name decides: rows of ``cl`` have the number of ``ml``."""

    ML = "ml"
    """Programs in seven languages."""
    CL = "cl"
    """Solutions of competition problems."""
    RL = "rl"
    """Repositories of several files."""
    SC = "sc"
    """Scientific computing."""
    TC = "tc"
    """Programs that take long."""
    BG = "bg"
    """Programs with bugs; many do not compile."""
    DR = "dr"
    """C and C++ whose output depends on compiler, standard or optimisation."""
    FL = "fl"
    """Lean 4 proofs."""


NUMBERS: Final = {
    Subset.ML: 1,
    Subset.CL: 1,
    Subset.RL: 3,
    Subset.SC: 4,
    Subset.TC: 5,
    Subset.BG: 6,
    Subset.DR: 7,
    Subset.FL: 8,
}
"""``custom_category`` of each subset's rows."""

DATASET: Final = DatasetRef(
    id="Imbernoulli/SURGE",
    config="dataset",
    revision="3e983a5a1d870469555dc5a72965445773b96c1a",
    sha256={
        "ml": "b20de1bc0e8500b60da1349a74d38b311834c1408556039128c1e95e95704a62",
        "cl": "badad8fbd45a6bb13b560b0c3b930b574fced8893976e931abe038770c0f8a1e",
        "rl": "0330aa45e18d1e8915ff55055bb3ebe363fd6512a6a23dd7186ae02718e32937",
        "sc": "62908e992e26bac4e3e0b928483abb97122a739942f31c6c6b60d2b70becef01",
        "tc": "f686f309bf284f0449121138bf14281d5e402af14702364ff45aeae48412ff0b",
        "bg": "67d980768fdffdceb24e7a0c9f714f4ac4fc972a31e71913d5a42df4537e48ce",
        "dr": "66006083a9b1e4996f1239f5137ca61bd97346cd9bbc023d92b68b9a729c935c",
        "fl": "cce04ea86f4be9232872e05126cfc076af095185d7d0853bedcdebc07cddddd9",
    },
    url="https://raw.githubusercontent.com/Imbernoulli/SURGE/{revision}/dataset/{split}.json",
    files=("surge/dataset/{split}.json", "Imbernoulli/SURGE/dataset/{split}.json", "{split}.json"),
)


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """What a row states about its program; each subset has its own choice of these."""

    language: str = ""
    """ML, CL, BG and most of RL: ``C``, ``CPP``, ``Rust``, ``Python``, ``python3``, ``java`` ..."""
    lines: int = 0
    """ML and CL: lines of the program."""
    repo: str = ""
    """ML, CL and RL: where the program is from."""
    difficulty: int = 0
    """CL: 1 to 5."""
    keywords: tuple[str, ...] = ()
    fid: str = ""
    """SC and TC: the program's file name, by which its metric is chosen."""
    qid: str = ""
    time: float | str | None = None
    """SC and TC: seconds that the program took, as a number or in words."""
    key: str = ""
    """DR: compiler, standard and optimisation, for example ``clang++-C++11--O1``."""
    dependencies: tuple[bool, ...] = ()
    """DR: three marks; the repository does not state of what."""
    task: str = ""
    """RL: ``sudoku`` or ``oop, simulation``."""
    run_instruction: str = ""
    """RL: the command; absent for PlotNeuralNet."""
    type: tuple[str, ...] | str = ()
    """BG: kinds of the bugs that were put in; the word ``None`` where the row does not state it."""
    gt0: str = ""
    """BG: what the program printed before that."""

    @property
    def bugs(self) -> tuple[str, ...]:
        """``type`` as kinds of bugs alone."""
        return () if isinstance(self.type, str) else self.type


class _RawRow(msgspec.Struct, frozen=True, kw_only=True, rename={"categoey": "custom_categoey"}):
    """A row as its file has it; where its category stands depends on the file."""

    custom_category: int | None = None
    categoey: int | None = None
    custom_features: Features
    question: str
    gt: str
    sys_0shot: str
    sys_3shot: str
    sys_cot: str
    input: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One problem."""

    task_id: str
    """``surge/<subset>/<index in the file>``."""
    subset: Subset
    features: Features
    question: str
    """The program, with its command and input where it has any: the user's turn, verbatim."""
    gt: str
    """What it printed."""
    sys_0shot: str
    sys_3shot: str
    sys_cot: str
    input: str = ""
    """PlotNeuralNet's rows: the part of the question that is new."""


class SurgeRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one or more subsets, in the files' order, and where they came from."""

    rows: tuple[Row, ...]
    identity: DatasetIdentity


def read_rows(source: DataSource, subsets: Sequence[Subset] = tuple(Subset)) -> SurgeRows:
    """Read the rows of these subsets.

    Raises:
        DataError: a file can neither be found nor fetched, is damaged, or a row lacks a field or is of
            another subset.
    """
    rows: list[Row] = []
    identities: list[DatasetIdentity] = []
    for subset in subsets:
        loaded = load_rows(DATASET, subset.value, source, _RawRow)
        rows += (_row(raw, subset, index) for index, raw in enumerate(loaded.rows))
        identities.append(loaded.identity)
    return SurgeRows(rows=tuple(rows), identity=_joined(identities))


def _row(raw: _RawRow, subset: Subset, index: int) -> Row:
    number = raw.categoey if raw.custom_category is None else raw.custom_category
    if number != NUMBERS[subset]:
        raise DataError(
            f"{DATASET.id} ({subset}), row {index}: category {number}, not {NUMBERS[subset]}",
            "Fetch the dataset again.",
        )
    return Row(
        task_id=f"surge/{subset}/{index}",
        subset=subset,
        features=raw.custom_features,
        question=raw.question,
        gt=raw.gt,
        sys_0shot=raw.sys_0shot,
        sys_3shot=raw.sys_3shot,
        sys_cot=raw.sys_cot,
        input=raw.input,
    )


def _joined(identities: Sequence[DatasetIdentity]) -> DatasetIdentity:
    """Name several subsets as one; a single one keeps its own name."""
    if len(identities) == 1:
        return identities[0]
    hashes: Iterable[str] = (f"{each.split} {each.sha256}\n" for each in identities)
    return DatasetIdentity(
        id=DATASET.id,
        config=DATASET.config,
        split="+".join(each.split for each in identities),
        revision="+".join(dict.fromkeys(each.revision for each in identities)),
        sha256=hashlib.sha256("".join(hashes).encode()).hexdigest(),
        rows=sum(each.rows for each in identities),
    )
