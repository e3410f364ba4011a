"""A run directory, open for reading or for carrying on."""

from __future__ import annotations

import bisect
import contextlib
import os
import threading
from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, Self

import msgspec

from codeeval.errors import DataError, UsageError
from codeeval.records import schema1
from codeeval.records.config import (
    SUITE,
    RunConfig,
    check_plan,
    encode_config,
    merge_configs,
    read_stored,
)
from codeeval.records.files import write_atomically, writing
from codeeval.records.journal import Journal
from codeeval.records.locking import acquire, note_start
from codeeval.text import clean_text
from codeeval.types import SCHEMA_VERSION, Completion, FinishReason, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from codeeval.interfaces import ModelInfo
    from codeeval.records.config import NodeRecord

RUN: Final = "run.json"
COMPLETIONS: Final = "completions.jsonl"
VERDICTS: Final = "verdicts.jsonl"
METRICS: Final = "metrics.json"
TIMINGS: Final = "timings.json"

_OUTCOMES: Final = tuple(Outcome)


def is_suite(path: Path) -> bool:
    """Whether a folder holds a suite, and no run."""
    return (path / SUITE).exists()


class CompletionLine(Completion, frozen=True, kw_only=True):
    """A line of ``completions.jsonl``."""

    schema: int


class VerdictLine(Verdict, frozen=True, kw_only=True):
    """A line of ``verdicts.jsonl``."""

    schema: int


class SampleKey(NamedTuple):
    """Names one sample of a run."""

    task_id: str
    sample: int


class Watcher(Protocol):
    """Receives each record that is found, file by file; a later one of a sample replaces it."""

    def completion(self, index: int, completion: Completion) -> None:
        """Take note of a completion; ``index`` is the sample's number."""
        ...

    def verdict(self, index: int, verdict: Verdict) -> None:
        """Take note of a verdict."""
        ...


class RunDirectory:
    """The records of one run. Use ``create`` or ``open``, as a context manager.

    Samples are numbered from 0 in the order of the plan: the first task's samples, then the
    second's, and so on. All methods that take an ``index`` mean this number. Memory is under 20
    bytes a sample, whatever the texts' sizes. Not thread-safe.
    """

    def __init__(
        self,
        path: Path,
        config: RunConfig,
        lock: int = -1,
        *,
        schema: int = SCHEMA_VERSION,
        watcher: Watcher | None = None,
    ) -> None:
        self.path = path
        self.config = config
        self._changing = threading.Lock()
        """Held while the configuration is changed and written."""
        self.schema = schema
        """Of its files; an older one is read and never written to."""
        self._lock = lock
        self._watcher = watcher
        self._tasks = tuple(config.plan)
        self._starts = array("q", accumulate(config.plan.values(), initial=0))
        self._positions = dict(zip(self._tasks, self._starts, strict=False))
        self._outcomes = bytearray(self.samples)
        self._unanswered: set[int] = set()
        self._encoder = msgspec.json.Encoder()
        self._completion_decoder = msgspec.json.Decoder(Completion)
        self._verdict_decoder = msgspec.json.Decoder(Verdict)
        writable = lock >= 0
        old = schema == schema1.SCHEMA
        self._completions = Journal(
            path / COMPLETIONS,
            CompletionLine,
            self.samples,
            self._locate,
            writable=writable,
            upgrade=schema1.completion_upgrade(config.model.spec) if old else None,
        )
        try:
            self._verdicts = Journal(
                path / VERDICTS,
                VerdictLine,
                self.samples,
                self._locate_verdict,
                writable=writable,
                upgrade=schema1.upgrade_verdict if old else None,
            )
        except BaseException:
            self._completions.close()
            raise

    @classmethod
    def create(cls, path: Path, config: RunConfig, order: Sequence[str]) -> Self:
        """Start a run, or carry on the one that ``path`` holds, keeping others from writing to it.

        A run of schema 1 is not carried on; one that has no verdicts yet is put into this schema first.

        Args:
            path: the folder; made where it does not exist.
            config: what the command requests; see ``merge_configs`` for what may differ.
            order: ids of all tasks of the dataset, in its order.

        Raises:
            RunMismatch: the folder holds a run with other settings.
            UsageError: another process is writing to it, or it is of schema 1 and has verdicts.
            DataError: its records are malformed.
            StorageError: it cannot be written.
        """
        with writing(path):
            path.mkdir(parents=True, exist_ok=True)
        lock = acquire(path)
        try:
            old = _existing(path)
            merged = config if old is None else merge_configs(old, config, order, path)
            check_plan(merged.plan, path)
            if merged != old:
                write_atomically(path / RUN, (encode_config(merged),))
            run = cls(path, merged, lock)
        except BaseException:
            os.close(lock)
            raise
        run._drop_orphans()
        with contextlib.suppress(OSError):  # a disk that is full is reported where something is lost
            note_start(lock, generated=run._completions.count, judged=run.samples - run._outcomes.count(0))
        return run

    @classmethod
    def open(cls, path: Path, watcher: Callable[[RunConfig], Watcher] | None = None) -> Self:
        """Open a run for reading; a torn last line counts as not there.

        Args:
            path: the folder.
            watcher: makes what receives each record, now and in ``follow``, from the configuration.

        Raises:
            DataError: not a run directory, or a malformed record.
        """
        stored = read_stored(path / RUN)
        watching = None if watcher is None else watcher(stored.config)
        return cls(path, stored.config, schema=stored.schema, watcher=watching)

    def follow(self) -> bool:
        """Read on where the process that carries on this run has appended.

        Returns:
            False where its files were replaced, as when a run ends: open it anew.

        Raises:
            DataError: a malformed record.
        """
        return self._completions.follow() and self._verdicts.follow()

    @property
    def samples(self) -> int:
        """Planned samples."""
        return self._starts[-1]

    def key(self, index: int) -> SampleKey:
        """Return the name of a sample."""
        task = bisect.bisect_right(self._starts, index) - 1
        return SampleKey(self._tasks[task], index - self._starts[task])

    def index(self, task_id: str, sample: int) -> int | None:
        """Return the number of a sample, or None if it is not planned."""
        start = self._positions.get(task_id)
        return None if start is None or not 0 <= sample < self.config.plan[task_id] else start + sample

    def has_completion(self, index: int) -> bool:
        """Whether the sample has been generated."""
        return index in self._completions

    def is_unanswered(self, index: int) -> bool:
        """Whether the server gave no answer to the sample: recorded as such, and never judged."""
        return index in self._unanswered

    def unanswered(self) -> list[int]:
        """Return the samples to which the server gave no answer, in order."""
        return sorted(self._unanswered)

    def outcome(self, index: int) -> Outcome | None:
        """Return the sample's outcome, or None if it was not judged."""
        code = self._outcomes[index]
        return _OUTCOMES[code - 1] if code else None

    def add_completion(self, completion: Completion) -> int:
        """Record a sample and return its index. Lone surrogates become U+FFFD: UTF-8 cannot hold them.

        Raises:
            DataError: the sample is not in the plan.
            StorageError: it could not be written.
        """
        index = self._planned(completion.task_id, completion.sample)
        try:
            record = self._encoder.encode(completion)
        except UnicodeEncodeError:
            completion = msgspec.structs.replace(
                completion, text=clean_text(completion.text), reasoning=clean_text(completion.reasoning)
            )
            record = self._encoder.encode(completion)
        self._completions.append(index, record)
        self._note_answer(index, completion)
        return index

    def learn(self, model: ModelInfo) -> None:
        """Record in ``run.json`` what became known of the model while it was used: capabilities and notes.

        Raises:
            StorageError: it could not be written.
        """
        with self._changing:
            self._learn(model)

    def _learn(self, model: ModelInfo) -> None:
        there = self.config.model
        notes = tuple(dict.fromkeys((*there.notes, *model.notes)))
        known = msgspec.structs.replace(there, capabilities=model.capabilities, notes=notes)
        if known != there:
            self.config = msgspec.structs.replace(self.config, model=known)
            write_atomically(self.path / RUN, (encode_config(self.config),))

    def note_nodes(self, nodes: Mapping[str, NodeRecord]) -> None:
        """Record in ``run.json`` which machines of a cluster took part, beside those of earlier commands.

        It may be called from any thread.

        Raises:
            StorageError: it could not be written.
        """
        with self._changing:
            self._note_nodes(nodes)

    def _note_nodes(self, nodes: Mapping[str, NodeRecord]) -> None:
        there = self.config.sandbox
        if there is None or not nodes:
            return
        known = msgspec.structs.replace(there, nodes=dict(sorted({**there.nodes, **nodes}.items())))
        if known != there:
            self.config = msgspec.structs.replace(self.config, sandbox=known)
            write_atomically(self.path / RUN, (encode_config(self.config),))

    def add_verdict(self, verdict: Verdict) -> int:
        """Record a verdict, in place of an earlier one on the sample, and return its index.

        Raises:
            DataError: the sample is not in the plan.
            StorageError: it could not be written.
        """
        index = self._planned(verdict.task_id, verdict.sample)
        self._verdicts.append(index, self._encoder.encode(verdict))
        self._outcomes[index] = _OUTCOMES.index(verdict.outcome) + 1
        return index

    def copy(self, source: RunDirectory, index: int, place: int) -> None:
        """Record a sample of another run of this schema as it stands there, byte for byte.

        Args:
            source: the other run.
            index: the sample there, which has been generated.
            place: the sample here, of the same name.

        Raises:
            StorageError: it could not be written.
        """
        self._completions.copy(place, source._completions.read(index))
        if source.is_unanswered(index):
            self._unanswered.add(place)
        if source._outcomes[index]:
            self._verdicts.copy(place, source._verdicts.read(index))
            self._outcomes[place] = source._outcomes[index]

    def completion(self, index: int) -> Completion:
        """Read a sample that has been generated."""
        return self._completion_decoder.decode(self._completions.read(index))

    def verdict(self, index: int) -> Verdict:
        """Read a verdict that was recorded."""
        return self._verdict_decoder.decode(self._verdicts.read(index))

    def completions(self) -> Iterator[Completion]:
        """Yield the completions, in the order of the plan."""
        return map(self._completion_decoder.decode, self._completions.lines())

    def verdicts(self) -> Iterator[Verdict]:
        """Yield the verdicts, in the order of the plan."""
        return map(self._verdict_decoder.decode, self._verdicts.lines())

    def verdicts_by_index(self) -> Iterator[tuple[int, Verdict]]:
        """Yield the verdicts with their samples' numbers, in the order of the plan."""
        return ((index, self.verdict(index)) for index in range(self.samples) if self._outcomes[index])

    def finish(self) -> None:
        """Put both JSONL files in the order of the plan and close the directory.

        Raises:
            StorageError: there is no room; the files stay as they were.
        """
        try:
            self._completions.sort()
            self._verdicts.sort()
        finally:
            self.close()

    def close(self) -> None:
        """Close the files and let others write. Safe to call twice."""
        self._completions.close()
        self._verdicts.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _planned(self, task_id: str, sample: int) -> int:
        index = self.index(task_id, sample)
        if index is None:
            raise DataError(f"{self.path}: sample {sample} of {task_id!r} is not in the plan of this run")
        return index

    def _locate(self, line: CompletionLine) -> int | None:
        index = self.index(line.task_id, line.sample)
        if index is not None:
            self._note_answer(index, line)
            if self._watcher is not None:
                self._watcher.completion(index, line)
        return index

    def _note_answer(self, index: int, completion: Completion) -> None:
        """Keep whether a sample's latest record holds an answer."""
        if completion.finish_reason is FinishReason.NO_ANSWER:
            self._unanswered.add(index)
        else:
            self._unanswered.discard(index)

    def _locate_verdict(self, line: VerdictLine) -> int | None:
        index = self.index(line.task_id, line.sample)
        if index is not None:
            self._outcomes[index] = _OUTCOMES.index(line.outcome) + 1
            if self._watcher is not None:
                self._watcher.verdict(index, line)
        return index

    def _drop_orphans(self) -> None:
        """A verdict whose completion was lost with a torn line is on a text that nobody has."""
        for index in range(self.samples):
            if self._outcomes[index] and index not in self._completions:
                self._outcomes[index] = 0
                self._verdicts.forget(index)


def _existing(path: Path) -> RunConfig | None:
    if (path / RUN).exists():
        stored = read_stored(path / RUN)
        if stored.schema == schema1.SCHEMA:
            _convert(path, stored.config)
        return stored.config
    for name in (COMPLETIONS, VERDICTS):
        if (path / name).exists():
            raise DataError(f"{path} has {name} but no {RUN}", "Name another folder (--out).")
    return None


def _convert(path: Path, config: RunConfig) -> None:
    verdicts = path / VERDICTS
    if verdicts.exists() and verdicts.stat().st_size:
        raise UsageError(
            f"{path} was written by an older codeeval (schema 1): it can be read, but not continued",
            "Score, show, compare or report it, or name another folder (--out) for a new run.",
        )
    schema1.convert(path, encode_config(config), COMPLETIONS, RUN, config.model.spec)
