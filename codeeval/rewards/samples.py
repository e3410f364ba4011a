"""Reads what a trainer hands to a reward function: completions, and columns that say what each must solve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import msgspec

from codeeval.errors import DataError, UsageError
from codeeval.languages import PYTHON
from codeeval.models.reasoning import split_reasoning
from codeeval.rewards.entry_points import tested_function
from codeeval.types import Case, CompletionKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codeeval.rewards.settings import RewardSettings

CASE_INPUTS: Final = ("stdin", "input", "inputs")
"""What a case's standard input is called: here, in most datasets, and in verl's ``ground_truth``."""
CASE_OUTPUTS: Final = ("expected", "output", "outputs")
"""What its expected output is called there."""


class TaskSample(NamedTuple):
    """A completion of a benchmark's task."""

    benchmark: str
    task_id: str
    text: str


class SampleWithTests(NamedTuple):
    """A completion that is decided on by tests of its row's own."""

    text: str
    language: str
    tests: str
    """Statements that run after the program and fail where it is wrong; empty for none."""
    cases: tuple[Case, ...]
    """Inputs and expected outputs of the program; empty for none."""
    comparison: str
    """How the outputs of cases are compared; empty for the default."""
    entry_point: str
    """The function that Python tests call; empty where there is none, or more than one."""


Sample: TypeAlias = TaskSample | SampleWithTests


class Row(NamedTuple):
    """What one row of a dataset says of its task; None or empty where it does not."""

    where: str
    """Names the row in errors."""
    benchmark: object = None
    task_id: object = None
    language: object = None
    tests: object = None
    cases: object = None
    comparison: object = None
    entry_point: object = None


COLUMNS: Final = tuple(field for field in Row._fields if field != "where")


def answer_text(completion: object, where: str, kind: CompletionKind) -> str:
    """Return what a completion answers: its text, or the last assistant message's, without the reasoning.

    Args:
        completion: a string, or a list of chat messages whose content is a string or a list of text parts.
        where: names the row in errors.
        kind: reasoning is taken off answers only.

    Raises:
        DataError: it is neither.
    """
    text = completion if isinstance(completion, str) else _last_message(completion, where)
    if kind is not CompletionKind.ANSWER:
        return text
    split = split_reasoning(text)
    return "" if split.unfinished else split.answer


def _last_message(completion: object, where: str) -> str:
    messages = _listed(completion)
    if messages is None or not all(isinstance(message, Mapping) for message in messages):
        raise DataError(
            f"{where}: a completion is a string or a list of chat messages, not {completion!r:.80}"
        )
    for message in reversed(messages):
        if isinstance(message, Mapping) and message.get("role") in ("assistant", None):
            return _content(message.get("content"), where)
    raise DataError(f"{where}: no message of the completion is the assistant's")


def _content(content: object, where: str) -> str:
    """Return a message's text; a message that only calls tools has none."""
    if content is None or isinstance(content, str):
        return content or ""
    parts = _listed(content)
    if parts is None:
        raise DataError(f"{where}: a message's content is a string or a list of parts, not {content!r:.80}")
    texts = [part.get("text") for part in parts if isinstance(part, Mapping) and part.get("type") == "text"]
    return "".join(text for text in texts if isinstance(text, str))


def rows(count: int, columns: Mapping[str, object], settings: RewardSettings) -> list[Row]:
    """Read the columns that say what each completion must solve.

    Args:
        count: completions.
        columns: the dataset's columns, a value a completion.
        settings: may name the benchmark, so that no column needs to.

    Raises:
        UsageError: no column says what to solve, or one has another length.
    """
    found = {name: columns[name] for name in COLUMNS if columns.get(name) is not None}
    needed = ("task_id",) if settings.benchmark or "benchmark" in found else ("tests", "cases")
    if not any(name in found for name in needed):
        raise UsageError(
            f"no column {' or '.join(needed)} says what a completion must solve",
            "Give each row the task_id of a benchmark (and the reward function the benchmark, or the row a "
            "column benchmark), or tests or cases of its own.",
        )
    values = {name: _column(name, column, count) for name, column in found.items()}
    return [
        Row(f"sample {index}", **{name: column[index] for name, column in values.items()})
        for index in range(count)
    ]


def _column(name: str, column: object, count: int) -> Sequence[object]:
    values = _listed(column)
    if values is None:
        raise UsageError(f"column {name} is not a list with a value a completion, but {column!r:.80}")
    if len(values) != count:
        raise UsageError(f"column {name} has {len(values)} values for {count} completions")
    return values


def sample(text: str, row: Row, settings: RewardSettings) -> Sample | None:
    """Join a completion's text and its row; None where the row has nothing to solve (another reward's row).

    Raises:
        DataError: what the row says is malformed.
    """
    benchmark = settings.benchmark or _text(row.benchmark, "benchmark", row.where)
    if benchmark:
        task_id = _text(row.task_id, "task_id", row.where)
        return TaskSample(benchmark, task_id, text) if task_id else None
    tests, cases = _tests(row), _cases(row)
    if not tests and not cases:
        return None
    if tests and cases:
        raise DataError(f"{row.where}: it has tests and cases", "Give one of them.")
    if settings.kind is CompletionKind.CONTINUATION:
        raise UsageError(
            f"{row.where}: tests of its own decide on a whole program, not on a continuation",
            "Use kind 'answer' or 'solution'.",
        )
    language = _text(row.language, "language", row.where) or settings.language
    if row.entry_point is None and tests and language == PYTHON.id:
        entry_point = tested_function(tests)
    else:
        entry_point = _text(row.entry_point, "entry_point", row.where)
    comparison = _text(row.comparison, "comparison", row.where)
    return SampleWithTests(text, language, tests, cases, comparison, entry_point)


def _text(value: object, name: str, where: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise DataError(f"{where}: {name} is not a string but {value!r:.80}")


def _tests(row: Row) -> str:
    """Read tests: a string, or a list of statements as MBPP has them."""
    if row.tests is None or isinstance(row.tests, str):
        return row.tests or ""
    statements = _listed(row.tests)
    if statements is None:
        raise DataError(f"{row.where}: tests are a string or a list of strings, not {row.tests!r:.80}")
    return "\n".join(_text(statement, "a test", row.where) for statement in statements)


def _cases(row: Row) -> tuple[Case, ...]:
    """Read cases: a list of objects, an object of two lists, or either as JSON."""
    raw = row.cases
    if isinstance(raw, str):
        try:
            raw = msgspec.json.decode(raw) if raw.strip() else None
        except msgspec.DecodeError as error:
            raise DataError(f"{row.where}: cases are not JSON: {error}") from None
    if raw is None:
        return ()
    if isinstance(raw, Mapping):
        if raw.get("fn_name"):
            raise DataError(
                f"{row.where}: cases that call a function ({raw['fn_name']}) are not supported",
                "Make tests of them: assert statements that call it.",
            )
        inputs, outputs = _field(raw, CASE_INPUTS, row.where), _field(raw, CASE_OUTPUTS, row.where)
        pairs: Iterable[tuple[object, object]] = _paired(_listed(inputs), _listed(outputs), row.where)
    else:
        objects = _listed(raw)
        if objects is None or not all(isinstance(each, Mapping) for each in objects):
            raise DataError(f"{row.where}: cases are a list of objects, not {raw!r:.80}")
        pairs = [
            (_field(each, CASE_INPUTS, row.where), _field(each, CASE_OUTPUTS, row.where))
            for each in objects
            if isinstance(each, Mapping)
        ]
    return tuple(
        Case(
            stdin=_text(stdin, f"the input of case {number}", row.where),
            expected=_text(expected, f"the output of case {number}", row.where),
        )
        for number, (stdin, expected) in enumerate(pairs)
    )


def _field(mapping: Mapping[str, object], names: Sequence[str], where: str) -> object:
    """Return the field that has one of several names."""
    for name in names:
        if name in mapping:
            return mapping[name]
    raise DataError(f"{where}: a case has no {names[0]} (or {', '.join(names[1:])})", "It needs both.")


def _paired(
    inputs: Sequence[object] | None, outputs: Sequence[object] | None, where: str
) -> Iterable[tuple[object, object]]:
    if inputs is None or outputs is None:
        raise DataError(f"{where}: inputs and outputs of cases are lists of strings")
    if len(inputs) != len(outputs):
        raise DataError(f"{where}: {len(inputs)} inputs of cases and {len(outputs)} outputs")
    return zip(inputs, outputs, strict=True)


def _listed(value: object) -> Sequence[object] | None:
    """Return a list for any sequence, NumPy arrays included; None for a string or anything else."""
    if isinstance(value, str | bytes | Mapping):
        return None
    if isinstance(value, Sequence):
        return value
    to_list = getattr(value, "tolist", None)
    values = to_list() if callable(to_list) else None
    return values if isinstance(values, list) else None
