"""An evaluation that another tool has run: its samples with their verdicts, read from the log that it left.

What a log lacks is named in ``ForeignRun.notes``, and what it has is read all the same.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.errors import DataError
from codeeval.text import clean_text, read_integer
from codeeval.types import CompletionKind, FinishReason, PromptStyle, Sampling, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SHOWN: Final = 3
"""Tasks that a note names."""


class ForeignSample(NamedTuple):
    """One sample as the log states it."""

    task_id: str
    """As the log writes it; ``@N`` where it states only that it is the N-th task of the dataset."""
    text: str
    kind: CompletionKind
    passed: bool | None
    """None where the log does not state it for this sample."""
    detail: str = ""
    """The scorer's explanation."""
    reasoning: str = ""
    finish_reason: FinishReason = FinishReason.UNKNOWN
    usage: Usage = Usage()


class ForeignRun(NamedTuple):
    """What a log states."""

    tool: str
    """``inspect_ai`` or ``lm_eval``."""
    version: str
    """The tool's; empty where the log does not state it."""
    task: str
    """What the tool calls the benchmark; empty where the log does not state it."""
    model: str
    scorer: str
    """Whose verdicts were read."""
    style: PromptStyle
    sampling: Sampling
    created: str
    """When it was run, ISO 8601; empty where the log does not state it."""
    samples: tuple[ForeignSample, ...]
    """In the log's order; those of a task in the order of their epochs or repeats."""
    reported: float | None
    """The tool's own pass@1 or accuracy; None where the log has none."""
    notes: tuple[str, ...]
    """What is missing in the log or could not be read, a line each."""


class Gaps:
    """Collects what a log lacks: how often, and of which tasks."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._tasks: dict[str, list[str]] = {}
        self._noted: list[str] = []

    def note(self, note: str) -> None:
        """Note something of the log as a whole."""
        self._noted.append(note)

    def add(self, what: str, task_id: str) -> None:
        """Note that a sample lacks something."""
        self._counts[what] += 1
        named = self._tasks.setdefault(what, [])
        if len(named) < _SHOWN and task_id not in named:
            named.append(task_id)

    def notes(self) -> tuple[str, ...]:
        """Return a line for each thing that is missing."""
        counted = (
            f"{count} samples: {what} ({', '.join(self._tasks[what])}{' ...' if count > _SHOWN else ''})"
            for what, count in self._counts.items()
        )
        return (*self._noted, *counted)


def decode(data: bytes, where: str) -> dict[str, object]:
    """Read an object of JSON as Python's own writer leaves it: with NaN, and with lone surrogates.

    Raises:
        DataError: it is none.
    """
    try:
        value = json.loads(data, parse_int=read_integer)
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise DataError(f"{where}: not JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise DataError(f"{where}: not JSON that can be read: nested too deeply") from error
    if not isinstance(value, dict):
        raise DataError(f"{where}: expected a JSON object, got {type(value).__name__}")
    return value


def record(value: object, *names: str) -> dict[str, object]:
    """Return the object at a path of names; an empty one where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """Return a list; an empty one where it is none."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a text that can be stored; empty where it is none."""
    return clean_text(value) if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """Return a finite number; None where it is none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return float(value)
    return None


def count(value: object) -> int:
    """Return a count; 0 where it is none."""
    found = number(value)
    return int(found) if found is not None and 0 <= found < 1 << 53 else 0


def read_sampling(settings: dict[str, object], stop: Iterable[object], longest: str, gaps: Gaps) -> Sampling:
    """Return how completions were drawn.

    Args:
        settings: the tool's own.
        stop: its stop sequences.
        longest: what it calls the longest completion.
        gaps: receives which of them the log does not state.
    """
    default = Sampling()
    temperature, top_p = number(settings.get("temperature")), number(settings.get("top_p"))
    most = count(settings.get(longest))
    lacking = [
        name
        for name, value in (("temperature", temperature), ("top_p", top_p), (longest, most or None))
        if value is None
    ]
    if lacking:
        gaps.note(f"the log does not state {', '.join(lacking)}: run.json has defaults there")
    seed = settings.get("seed")
    return Sampling(
        temperature=default.temperature if temperature is None else temperature,
        top_p=default.top_p if top_p is None else top_p,
        max_tokens=most or default.max_tokens,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        stop=tuple(found for each in stop if (found := text(each))),
    )


def shorten(explanation: str, most: int = 500) -> str:
    """Return the beginning of an explanation."""
    return explanation if len(explanation) <= most else f"{explanation[:most]} ..."


def no_samples(path: Path) -> DataError:
    """Return the error about a log that has nothing to import."""
    return DataError(f"{path} has no samples", "Log them: inspect's --log-samples, lm_eval's --log_samples.")
