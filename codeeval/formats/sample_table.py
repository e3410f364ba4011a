"""A run's samples as a table, one row a sample: Parquet and CSV."""

from __future__ import annotations

import csv
import io
import types
import typing
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.records import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codeeval.records import RunDirectory

_ROWS: Final = 4096
"""Rows that are held in memory at once; a row group of Parquet has as many."""


class SampleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One sample of a run; docs/export.md describes the columns, which are the fields in their order."""

    benchmark: str
    model: str
    task_id: str
    sample: int
    outcome: str | None = None
    passed: bool | None = None
    reward: float | None = None
    detail: str | None = None
    rule: str | None = None
    same_as: int | None = None
    attempts: int | None = None
    wall_s: float | None = None
    cpu_s: float | None = None
    compile_s: float | None = None
    peak_rss_bytes: int | None = None
    stdout: str | None = None
    stderr: str | None = None
    kind: str
    completion: str
    reasoning: str
    finish_reason: str
    score: float | None = None
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    latency_s: float
    first_token_s: float | None = None
    error: str


def sample_rows(directory: RunDirectory) -> Iterator[SampleRow]:
    """Yield a row for each sample that was generated, in the order of the plan.

    What is known of executing it is None where it has no verdict; ``passed`` and ``reward`` are so too where
    the sandbox failed.
    """
    config = directory.config
    for index in filter(directory.has_completion, range(directory.samples)):
        completion = directory.completion(index)
        row = SampleRow(
            benchmark=config.benchmark,
            model=config.model.spec,
            task_id=completion.task_id,
            sample=completion.sample,
            kind=completion.kind.value,
            completion=completion.text,
            reasoning=completion.reasoning,
            finish_reason=completion.finish_reason.value,
            score=completion.score,
            prompt_tokens=completion.usage.prompt_tokens,
            completion_tokens=completion.usage.completion_tokens,
            reasoning_tokens=completion.usage.reasoning_tokens,
            latency_s=completion.usage.latency_s,
            first_token_s=completion.usage.first_token_s,
            error=completion.error,
        )
        if directory.outcome(index) is None:
            yield row
            continue
        verdict = directory.verdict(index)
        yield msgspec.structs.replace(
            row,
            outcome=verdict.outcome.value,
            passed=None if verdict.reward is None else verdict.passed,
            reward=verdict.reward,
            detail=verdict.detail,
            rule=verdict.rule,
            same_as=verdict.same_as,
            attempts=verdict.attempts,
            wall_s=verdict.wall_s,
            cpu_s=verdict.cpu_s,
            compile_s=verdict.compile_s,
            peak_rss_bytes=verdict.peak_rss_bytes,
            stdout=verdict.stdout,
            stderr=verdict.stderr,
        )


def write_csv(directory: RunDirectory, out: Path) -> int:
    """Write the table as CSV (RFC 4180, UTF-8, a header line) and return its rows; None is an empty field.

    Raises:
        StorageError: the file cannot be written.
    """
    return _write_counted(out, _csv(directory))


def write_parquet(directory: RunDirectory, out: Path) -> int:
    """Write the table as Parquet (Zstandard, row groups of 4,096 rows) and return its rows.

    Raises:
        StorageError: the file cannot be written.
    """
    return _write_counted(out, _parquet(directory))


def _write_counted(out: Path, parts: Iterator[tuple[bytes, int]]) -> int:
    rows = 0

    def chunks() -> Iterator[bytes]:
        nonlocal rows
        for chunk, count in parts:
            rows += count
            yield chunk

    write_atomically(out, chunks())
    return rows


def _csv(directory: RunDirectory) -> Iterator[tuple[bytes, int]]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(SampleRow.__struct_fields__)
    yield buffer.getvalue().encode(), 0
    for row in sample_rows(directory):
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(msgspec.structs.astuple(row))
        yield buffer.getvalue().encode(), 1


def _parquet(directory: RunDirectory) -> Iterator[tuple[bytes, int]]:
    import pyarrow as pa  # noqa: PLC0415 -- 100 ms, only where a table is written
    import pyarrow.parquet as pq  # noqa: PLC0415 -- as above

    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    fields = []
    for field in msgspec.structs.fields(SampleRow):
        options = typing.get_args(field.type) if isinstance(field.type, types.UnionType) else (field.type,)
        fields.append(pa.field(field.name, kinds[options[0]], nullable=len(options) > 1))
    config = directory.config
    about = {"codeeval_version": config.codeeval_version, "created": config.created}
    schema = pa.schema(fields, metadata=about)
    sink = _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        rows: list[dict[str, object]] = []
        for row in sample_rows(directory):
            rows.append(msgspec.structs.asdict(row))
            if len(rows) == _ROWS:
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
                yield sink.taken(), len(rows)
                rows = []
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
    yield sink.taken(), len(rows)


class _Sink:
    """A file that only grows, whose bytes are taken as they come, so that no table is held whole."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._position = 0
        self.closed = False

    def tell(self) -> int:
        """Return how much was written, which is what Parquet's offsets count."""
        return self._position

    def write(self, data: bytes) -> int:
        """Keep what was written until it is taken."""
        chunk = bytes(data)
        self._chunks.append(chunk)
        self._position += len(chunk)
        return len(chunk)

    def flush(self) -> None:
        """There is nothing behind it."""

    def close(self) -> None:
        """End the file."""
        self.closed = True

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        chunk = b"".join(self._chunks)
        self._chunks.clear()
        return chunk
