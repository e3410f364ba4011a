"""Reads run directories of schema 1, as codeeval 0.1 wrote them, in the names of schema 2.

They are read and never continued. What was only generated and not yet executed is converted instead, so that
completions from an older codeeval can be executed by this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval.reading import bounded_lines, open_binary
from codeeval.records.files import reading, write_atomically
from codeeval.types import CommandMode, CompletionOrigin, FinishReason, StepKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Any, here and below: what JSON holds, before it is checked against a type
Fields = dict[str, Any]
SCHEMA: Final = 1

_EVIDENCE: Final = {"said": "hint", "words": "diagnostic", "refuted": "violated_rule"}
_TURN: Final = {"asked": "prompt", "tried": "outcome", "kept": "chosen"}
_USAGE: Final = {"draws": "generations"}
_MODEL: Final = {"honours": "capabilities"}
_MODES: Final = (CommandMode.FORKED.value, CommandMode.SERVED.value)
"""These were kinds of steps."""


def upgrade_config(text: bytes) -> bytes:
    """Put a ``run.json`` into schema 2."""
    config = _fields(text)
    if "model" in config:
        config["model"] = _renamed(config["model"], _MODEL)
    if (limits := config.get("limits")) is None or "cpu_s" in limits:
        # those of the first problem's program; of which language it was the file does not say
        config["limits"] = {"": limits} if limits else {}
    return _encoded(config)


def upgrade_summary(text: bytes) -> bytes:
    """Put a ``metrics.json`` or ``timings.json`` of schema 1 into schema 2; any other stays as it is."""
    summary = _fields(text)
    return _encoded(_renamed(summary, _USAGE)) if summary.get("schema") == SCHEMA else text


def upgrade_verdict(line: bytes) -> bytes:
    """Put a line of ``verdicts.jsonl`` into schema 2."""
    verdict = _fields(line)
    if "evidence" in verdict:
        verdict["evidence"] = [_renamed(each, _EVIDENCE) for each in _listed(verdict["evidence"])]
        for each in verdict["evidence"]:
            if each.get("kind") in _MODES:
                each["kind"] = StepKind.COMMAND.value
    return _encoded(verdict)


def completion_upgrade(model: str) -> Callable[[bytes], bytes]:
    """Return what puts a line of ``completions.jsonl`` into schema 2.

    Args:
        model: the run's model spec. Schema 1 does not say where a text came from, but what a samples file
            holds has no reason to end there, unless a model generated it for an earlier run.
    """
    origins = {"file": CompletionOrigin.FILE, "reference": CompletionOrigin.REFERENCE}
    origin = origins.get(model.partition(":")[0], CompletionOrigin.MODEL)

    def upgrade(line: bytes) -> bytes:
        completion = _fields(line)
        if "usage" in completion:
            completion["usage"] = _renamed(completion["usage"], _USAGE)
        if "trace" in completion:
            completion["trace"] = [_turn(each) for each in _listed(completion["trace"])]
        generated = completion.get("finish_reason", FinishReason.UNKNOWN) != FinishReason.UNKNOWN
        if origin is not CompletionOrigin.MODEL and not generated:
            completion["origin"] = origin.value
        return _encoded(completion)

    return upgrade


def convert(folder: Path, config: bytes, completions: str, run: str, model: str) -> None:
    """Put a run directory without verdicts into schema 2.

    Args:
        folder: the run directory.
        config: its ``run.json`` in schema 2.
        completions: name of the file of completions.
        run: name of the configuration, which is written last: it says which schema the folder has.
        model: the run's model spec.

    Raises:
        DataError: a file cannot be read.
        StorageError: a file cannot be written; the folder stays as it was.
    """
    upgrade = completion_upgrade(model)
    path = folder / completions
    if path.exists():
        with reading(path), open_binary(path) as file:
            lines = bounded_lines(file)
            write_atomically(path, (upgrade(line) for line in lines if line.endswith(b"\n")))
    write_atomically(folder / run, (config,))


def _turn(turn: Fields) -> Fields:
    renamed = _renamed(turn, _TURN)
    if "usage" in renamed:
        renamed["usage"] = _renamed(renamed["usage"], _USAGE)
    return renamed


def _fields(text: bytes) -> Fields:
    return msgspec.json.decode(text, type=Fields)


def _listed(value: object) -> list[Fields]:
    return msgspec.convert(value, list[Fields])


def _renamed(value: object, names: dict[str, str]) -> Fields:
    return {names.get(name, name): each for name, each in msgspec.convert(value, Fields).items()}


def _encoded(fields: Fields) -> bytes:
    """Return a line of schema 2; one of a schema that is neither keeps its number, and is refused by it."""
    schema = SCHEMA + 1 if fields.get("schema", SCHEMA) == SCHEMA else fields["schema"]
    return msgspec.json.encode(fields | {"schema": schema}) + b"\n"
