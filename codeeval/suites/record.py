"""``suite.json``: which runs a suite has, and what became of them."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval.errors import DataError
from codeeval.gating import Tier
from codeeval.reading import read_bounded
from codeeval.records import SUITE, write_atomically
from codeeval.suites.suite import entry_name

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = 1


class RunState(enum.StrEnum):
    """How far a run of a suite is."""

    PLANNED = "planned"
    RUNNING = "running"
    """It was begun and has not ended: it is at work, or was interrupted."""
    DONE = "done"
    FAILED = "failed"
    """It could not be carried out, or not to its end."""


class BenchmarkRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark of the suite, as the file states it."""

    label: str
    benchmark: str
    weight: float
    tier: Tier
    metric: str = ""
    max_drop: float | None = None
    least: dict[str, float] = {}


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the suite."""

    label: str
    """Of the benchmark."""
    benchmark: str
    model: str
    """Label of the model."""
    spec: str
    """Without what may be secret in its URL."""
    variant: str = ""
    directory: str
    """Name of the run directory in the suite's; ``status`` and the table read it."""
    settings: dict[str, Any] = {}  # Any: values as TOML has them
    """By the names that ``codeeval.run`` gives them; what lacks is the protocol's or the model's own."""
    state: RunState = RunState.PLANNED
    error: str = ""
    """Why it failed."""
    remedy: str = ""

    @property
    def entry(self) -> str:
        """Name of what is compared: the model, with the variant where there are several."""
        return entry_name(self.model, self.variant)


class SuiteRecord(msgspec.Struct, frozen=True, kw_only=True):
    """``suite.json``."""

    schema: int = SCHEMA
    name: str
    source: str
    """The file, or ``suite:NAME``."""
    codeeval_version: str
    created: str
    """UTC, ISO 8601."""
    benchmarks: tuple[BenchmarkRecord, ...]
    runs: tuple[RunRecord, ...]

    @property
    def entries(self) -> tuple[str, ...]:
        """What is compared, in order; the first is the baseline of the others."""
        return tuple(dict.fromkeys(run.entry for run in self.runs))


def read_record(path: Path) -> SuiteRecord:
    """Read a suite's ``suite.json``. Names of run directories in it never lead out of the suite's.

    Raises:
        DataError: missing, malformed, or written by a newer codeeval.
    """
    file = path / SUITE
    remedy = "Name a folder that `codeeval run SUITE` wrote with --out."
    try:
        text = read_bounded(file)
        stated = msgspec.json.decode(text, type=_Schema).schema
        if stated > SCHEMA:
            raise DataError(
                f"{file}: schema {stated} is of a newer codeeval; this one reads {SCHEMA}", "Update codeeval."
            )
        record = msgspec.json.decode(text, type=SuiteRecord)
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror or error}", remedy) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: malformed: {error}", remedy) from error
    for run in record.runs:
        if run.directory in {"", ".", ".."} or "/" in run.directory or "\0" in run.directory:
            raise DataError(f"{file}: {run.directory!r} names no run directory in this folder", remedy)
    return record


def write_record(path: Path, record: SuiteRecord) -> None:
    """Write a suite's ``suite.json``.

    Raises:
        StorageError: it cannot be written.
    """
    text = msgspec.json.format(msgspec.json.encode(record, enc_hook=str), indent=2)
    write_atomically(path / SUITE, (text, b"\n"))


class _Schema(msgspec.Struct):
    """The one field that every version has."""

    schema: int = SCHEMA
