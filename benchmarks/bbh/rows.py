"""The tasks of BIG-Bench Hard, their rows, and the worked examples of their prompts."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.datasets import DatasetRef, load_rows
from codeeval.interfaces import LoadedProblems
from codeeval.prompting import Example
from codeeval.types import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import DataSource

FOLDER: Final = Path(__file__).parent
TASKS: Final = {
    "boolean_expressions": "4b33b0cd501664f3e71abdf1acfcace56991899a47837108f4309fc0419d8634",
    "causal_judgement": "165beeb7526e4836ccefad1a9edef5de578d86bc14a1e92821c7e1f44b639e7b",
    "date_understanding": "37f94817d589eed8b074faf01e49ef606fbebb4c67e6d42890f73ebbf3cb1ece",
    "disambiguation_qa": "a61904c6e8b1d69976de292899e279c34d8160e575311648a4e3282e7483ebe2",
    "dyck_languages": "76071603c16a66ff61d48e65f189dcb75569f6693e9358d3ba4d7356c4e27416",
    "formal_fallacies": "7091177c7df4dbb3ed9627c46bd4f8835229c5be7074df2fd250a063742bfa93",
    "geometric_shapes": "1f30a1198d32c8568d1734b5d1e085648de24decee9e60599cac6637243e0010",
    "hyperbaton": "662b718d7ee9214673d05cb0504969f19610fcaa4b1ffe49a351375f280e7f8a",
    "logical_deduction_five_objects": "375d95f0e0e322f914892eac809058ba1648c70782e844520ff095dbc0092822",
    "logical_deduction_seven_objects": "cec3d70533ea4b699f4102acead1b1cfd788ab665eddb9b391c4130fad48aeca",
    "logical_deduction_three_objects": "071ac426bf6653e13dcf6e38507d565fcef6250aa8bedc17d8801a222fb21764",
    "movie_recommendation": "c32bfa34ee17be95b07063a070045596172f4f3b66cb81fca29a3d214c5a2eab",
    "multistep_arithmetic_two": "b54ace875d37a11847ba623f639425cbf6145664acd51ffab2007856fcad77ae",
    "navigate": "2340db9fc893bbea3d2e7db9163cb49f3b74871fad7ddc01af8996335e2f34a6",
    "object_counting": "17d7f7e4e7de3fb381314a567a93cba7b48faaf0bf1c885b7d9f0cb910e77c9c",
    "penguins_in_a_table": "42bf1176332845cdf2009305d1c2587c7e6b52b9cb80671e45b3da36a2ebab51",
    "reasoning_about_colored_objects": "ba4c8ac793f7e300a93eacbb8edb53f6ffcdd6af9e4e19271697b63be6928efd",
    "ruin_names": "a77b77919d365363dc192de84aa262042c020a6a0daf263a79f8a1402cbad0ac",
    "salient_translation_error_detection": "733f23e583863aa44da4370afbef4a0df003450767dc8550d9f387d1e1d54de1",
    "snarks": "72742305155564bb98eacaa7c6da24a1c9766f16aed6be6c43517c27d6c11fb8",
    "sports_understanding": "65b79582e87987fd8aee066569770b6c4e67fcaf3eea349140bed7813609a257",
    "temporal_sequences": "415ed92d4c92e021effd1766c3b6b4844bb4d08c26af98aea1041c917cd52f83",
    "tracking_shuffled_objects_five_objects": (
        "6f1183bcda862191c16131c7a6359d7a1166b1e0d31defb7dcb2b55676cab879"
    ),
    "tracking_shuffled_objects_seven_objects": (
        "52a7c1f6a1944c7582fc6c45226ca7ac487ec08c797451ff607333773d682e82"
    ),
    "tracking_shuffled_objects_three_objects": (
        "422950e1dd0a1b1f14dbbac0a2f2e2b9dc4cfb60d6ac83612a0242e21b798260"
    ),
    "web_of_lies": "ba68d1b8015047c904892d2236caaa80891d4b307376c86a6eaa60977444649a",
    "word_sorting": "b5faf4439d458a28e6614e3a800d9117af3d6d1c9a442ce6624502f77888e783",
}
"""SHA-256 of each task's rows."""
STEPS: Final = "A: Let's think step by step."
ANSWER: Final = "the answer is "


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    input: str
    target: str


class Prompted(NamedTuple):
    """What stands before a question."""

    description: str
    examples: tuple[Example, ...]
    """``code`` holds the chain of thought, ``tests`` the answer alone."""


def load(family: str, tasks: Sequence[str], source: DataSource) -> LoadedProblems:
    """Read the problems of some tasks, each a group of its own.

    Raises:
        DataError: the dataset is unreachable, or a row lacks a field.
    """
    problems = []
    identities = []
    for task in tasks:
        ref = DatasetRef(id="lukaemon/bbh", config=task, revision="main", sha256={"test": TASKS[task]})
        loaded = load_rows(ref, "test", source, Row)
        identities.append(loaded.identity)
        problems += [
            Problem(
                task_id=f"{family}/{task}/{number}",
                prompt=row.input,
                entry_point="",
                reference=row.target,
                tests=(),
                groups=(task,),
            )
            for number, row in enumerate(loaded.rows)
        ]
    if len(identities) == 1:
        return LoadedProblems(problems=tuple(problems), identity=identities[0])
    digest = hashlib.sha256("".join(each.sha256 for each in identities).encode()).hexdigest()
    identity = msgspec.structs.replace(
        identities[0], config=f"{len(tasks)} tasks", sha256=digest, rows=len(problems)
    )
    return LoadedProblems(problems=tuple(problems), identity=identity)


@functools.cache
def prompted(task: str) -> Prompted:
    """Take a task's published prompt apart."""
    text = (FOLDER / "prompts" / f"{task}.txt").read_text("utf-8")
    description, *examples = text.split("\n\nQ: ")
    made = []
    for each in examples:
        question, _, thoughts = each.partition(f"\n{STEPS}")
        answer = thoughts.rpartition(ANSWER)[2].strip().removesuffix(".")
        made.append(Example(task=question, tests=(answer,), code=thoughts))
    return Prompted(description, tuple(made))
