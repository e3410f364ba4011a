"""The rows of HumanEval-X and HumanEvalPack, and what a problem keeps of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common.joining import joined
from codeeval.benchmarks.humaneval_x.programs import Parts  # noqa: TC001 -- a field's type, read when rows are
from codeeval.datasets import DatasetRef, load_rows
from codeeval.types import ProblemPayload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codeeval.interfaces import DatasetIdentity, DataSource

LANGUAGES: Final = {
    "cpp": "cpp",
    "go": "go",
    "java": "java",
    "js": "javascript",
    "python": "python",
    "rust": "rust",
}
"""Configuration of the datasets -> language id."""
ALL: Final = "all"

X_ID: Final = "zai-org/humaneval-x"
PACK_ID: Final = "bigcode/humanevalpack"
_HASHES: Final[Mapping[str, Mapping[str, str]]] = {
    X_ID: {
        "cpp": "ba6b8bb76c93e07fb16c6512de15522734e8e341ab13a5c874b128971cc6b993",
        "go": "67b1c1d36f79e9e67de857eea480a70436364cabf3acc9e3653f4c4e210ff570",
        "java": "3abb7a3646df7dbc0c26c668ae672bd89f711ceef1856eea56162cc69ba90a5f",
        "js": "dd3dfd78a1ddbdb95a165ff8ba14eb777ef883c653a9a9c376879b58ebb567c9",
        "python": "e68608d2b1ba530767aa4640dbb3c864735cd0fddf0f22553e70197634b1bc1e",
        "rust": "eb7a4746edbf5650785164f9588d0df496e2c2ed0f5ae38f8761ebdbe08cbc10",
    },
    PACK_ID: {
        "cpp": "5ff03110dc2e2495a7025c87cf5d19b65da9a2ade72b7b523d233c651f1e83c2",
        "go": "a855054580807d7c0b00720769be287846a1c0639e286879632381885d8280e8",
        "java": "d51849aee76f20d7ccc407bed666d77d8addc34d8681d5ef27b7759128671a2b",
        "js": "b6b38fdc4a0a32c3c7f272c5fbf6665069592d5bcfb0676d9ce02c93bf51b294",
        "python": "dcfc7bd79f89f55d40eebd52f32666f7127722e62772438bff274cc9d8539ef8",
        "rust": "51d9bd370e7593beafcb49a34976a9a75d861dfb7c3dca00124082079a1a49a3",
    },
}
"""Content hash of each configuration's rows."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of either dataset; HumanEval-X has nothing of what only fixing and explaining need."""

    task_id: str
    prompt: str
    declaration: str
    canonical_solution: str
    test: str
    import_: str = msgspec.field(name="import", default="")
    test_setup: str = ""
    buggy_solution: str = ""
    entry_point: str = ""
    docstring: str = ""
    instruction: str = ""


class Task(ProblemPayload, frozen=True, kw_only=True):
    """What prompts and programs need of a problem beyond ``Problem``."""

    shown: str
    """The code that a prompt ends in."""
    context: str = ""
    """The code or text that a prompt begins with."""
    instruction: str = ""
    buggy: str = ""
    parts: Parts


def languages(name: str) -> tuple[str, ...]:
    """Return the configurations that a name stands for: one, or all."""
    return tuple(LANGUAGES) if name == ALL else (name,)


def load(dataset: str, name: str, source: DataSource) -> tuple[Iterator[tuple[str, Row]], DatasetIdentity]:
    """Read the rows of one language, or of all.

    Returns:
        Each row with its configuration, and the identity of all.

    Raises:
        DataError: the dataset is unreachable, or a row lacks a field.
    """
    loaded = {
        config: load_rows(
            DatasetRef(id=dataset, config=config, revision="main", sha256={"test": _HASHES[dataset][config]}),
            "test",
            source,
            Row,
        )
        for config in languages(name)
    }
    rows = ((config, row) for config, each in loaded.items() for row in each.rows)
    return rows, joined([each.identity for each in loaded.values()])
