"""Which tasks there are, where their rows come from, and what is asked of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.benchmarks.pal.forms import Form
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import DatasetIdentity, DataSource

REVISION: Final = "f81ca2a9777f002f98a6b4d0f10b61bd5c8feb02"
TABLE: Final = (
    "Here is a table where the first line is a header and each subsequent line is a penguin:\n"
    "name, age, height (cm), weight (kg) \n"
    "Louis, 7, 50, 11\nBernard, 5, 80, 13\nVincent, 9, 60, 11\nGwen, 8, 70, 15\n"
    "For example: the age of Louis is 7, the weight of Gwen is 15 kg, the height of Bernard is 80 cm. "
)
"""Stands before the questions on penguins, as in the worked examples of their prompt."""


_OF_BIG_BENCH: Final = {
    "bbh-colored-objects": ("reasoning_about_colored_objects", Form.COLORED),
    "bbh-penguins": ("penguins_in_a_table", Form.PENGUINS),
    "bbh-date": ("date_understanding", Form.DATE),
}
"""The files of these variants, and their forms."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One data set of the paper."""

    ref: DatasetRef
    split: str = "test"
    form: Form = Form.MATH


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of any of them."""

    input: str = ""
    question: str = ""
    """GSM8K's name for the input."""
    target: str | int | float = ""
    answer: str = ""
    """GSM8K's solution, whose last line states the target."""
    target_scores: str | dict[str, int] = ""
    """Answers that can be chosen, with 1 for those that are right; a dict, or JSON of one."""
    code: str = ""
    """GSM-Hard's program."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a row asks, and what is right."""

    text: str
    accepted: tuple[str, ...]
    """As text; numbers too."""
    program: str
    """Of the dataset's own; empty where it has none."""


def _own(name: str, *, rows_in: str = "", suffix: str = "jsonl") -> DatasetRef:
    address = (
        f"https://raw.githubusercontent.com/reasoning-machines/pal/{{revision}}/datasets/{name}.{suffix}"
    )
    return DatasetRef(
        id="reasoning-machines/pal",
        config=name,
        revision=REVISION,
        sha256={"test": ""},
        url=address,
        files=(f"pal/datasets/{name}.{suffix}",),
        rows_in=rows_in,
    )


def task(variant: str) -> Task:
    """Return the task of a variant's name."""
    match variant:
        case "gsm8k":
            return Task(
                ref=DatasetRef(
                    id="openai/gsm8k",
                    config="main",
                    revision="main",
                    sha256={
                        "test": "176818e0349688ae3031a37f2fe8f454e7575635b88232abfc6b3387320e6605",
                        "train": "",
                    },
                )
            )
        case "gsm-hard":
            return Task(
                ref=DatasetRef(
                    id="reasoning-machines/gsm-hard",
                    config="default",
                    revision="main",
                    sha256={"train": "160293a8d8ad7e73ab3e683fd0504776053e2695038624a774197e82bc9955d7"},
                ),
                split="train",
            )
        case "bbh-object-counting":
            return Task(
                ref=DatasetRef(
                    id="lukaemon/bbh",
                    config="object_counting",
                    revision="main",
                    sha256={"test": "17d7f7e4e7de3fb381314a567a93cba7b48faaf0bf1c885b7d9f0cb910e77c9c"},
                ),
                form=Form.COUNTING,
            )
        case "bbh-colored-objects" | "bbh-penguins" | "bbh-date":
            name, form = _OF_BIG_BENCH[variant]
            return Task(ref=_own(name, rows_in="examples", suffix="json"), form=form)
        case "bbh-repeat-copy":
            return Task(
                ref=DatasetRef(
                    id="google/BIG-bench",
                    config="repeat_copy_logic",
                    revision="main",
                    sha256={"test": ""},
                    url="https://raw.githubusercontent.com/google/BIG-bench/{revision}/"
                    "bigbench/benchmark_tasks/repeat_copy_logic/task.json",
                    files=("BIG-bench/bigbench/benchmark_tasks/repeat_copy_logic/task.json",),
                    rows_in="examples",
                ),
                form=Form.REPEAT_COPY,
            )
        case _:
            form = Form.AQUA if variant == "aqua" else Form.MATH
            return Task(ref=_own(variant.replace(":", "")), form=form)


VARIANTS: Final = (
    "gsm8k",
    "gsm-hard",
    "svamp",
    "asdiv",
    "mawps:addsub",
    "mawps:multiarith",
    "mawps:singleeq",
    "mawps:singleop",
    "aqua",
    "bbh-colored-objects",
    "bbh-penguins",
    "bbh-date",
    "bbh-repeat-copy",
    "bbh-object-counting",
)


def read(chosen: Task, source: DataSource) -> tuple[Sequence[Question], DatasetIdentity]:
    """Read a task's questions.

    Raises:
        DataError: the dataset is unreachable, or a row states no answer.
    """
    loaded = load_rows(chosen.ref, chosen.split, source, Row)
    questions = []
    for number, row in enumerate(loaded.rows):
        try:
            questions.append(_question(row, chosen.form))
        except (ValueError, msgspec.MsgspecError) as error:
            raise DataError(
                f"{chosen.ref.id} ({chosen.ref.config}), row {number}: {error}", "Fetch the dataset again."
            ) from error
    return questions, loaded.identity


def _question(row: Row, form: Form) -> Question:
    text = row.input or row.question
    match form:
        case Form.COLORED | Form.PENGUINS | Form.DATE:
            scores = row.target_scores
            choices = msgspec.json.decode(scores, type=dict[str, int]) if isinstance(scores, str) else scores
            accepted = tuple(name for name, score in choices.items() if score == 1)
        case Form.REPEAT_COPY | Form.AQUA:
            accepted = (str(row.target),) if row.target else ()
        case Form.MATH | Form.COUNTING:
            stated = row.answer.rpartition("####")[2] if row.answer else str(row.target)
            accepted = (repr(float(stated.replace(",", ""))),)
        case never:
            assert_never(never)
    if not text or not accepted:
        raise ValueError("no question, or no answer")
    if form is Form.PENGUINS:
        text = TABLE + text
    return Question(text=text, accepted=accepted, program=row.code)
