"""Reads evaluation logs of Inspect (``inspect_ai``): ``.eval`` archives and ``.json``.

Source: inspect_ai/log/_log.py, ``EvalLog`` and ``EvalSample``; inspect_ai/log/_recorders/eval.py for the
archive, whose members are compressed with Zstandard (method 93 of ZIP) or deflate.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from codeeval.errors import DataError
from codeeval.formats.foreign import (
    ForeignRun,
    ForeignSample,
    Gaps,
    count,
    decode,
    items,
    no_samples,
    number,
    read_sampling,
    record,
    shorten,
    text,
)
from codeeval.reading import MOST_BYTES, read_bounded
from codeeval.types import CompletionKind, FinishReason, PromptStyle, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ZSTANDARD: Final = 93
_LOCAL_HEADER: Final = struct.Struct("<26xHH")
"""Of a ZIP's member: the lengths of its name and of its extra field, 26 bytes in."""
_ATTACHMENT: Final = "attachment://"
_FINISH: Final = {
    "stop": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.OVERFLOW,
    "tool_calls": FinishReason.TOOL_CALL,
    "content_filter": FinishReason.FILTERED,
}
_RIGHT: Final = ("C", "CORRECT")
_WRONG: Final = ("I", "INCORRECT", "N", "NOANSWER", "P", "PARTIAL")


def read_inspect(path: Path, scorer: str | None) -> ForeignRun:
    """Read a log.

    Args:
        path: an ``.eval`` archive, or JSON.
        scorer: whose verdicts; None for each sample's first.

    Raises:
        DataError: it cannot be read, is no log, or has no samples or not this scorer.
    """
    gaps = Gaps()
    try:
        data = read_bounded(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}", "Name a log.") from error
    if data[:2] == b"PK":
        header, samples = _unzipped(path, data, gaps)
    else:
        header = decode(data, str(path))
        samples = [_needed(each) for each in items(header.pop("samples", None)) if isinstance(each, dict)]
    spec = record(header, "eval")
    if not spec:
        raise DataError(f"{path} is no log of Inspect: it has no `eval`", "Name an .eval or .json log.")
    if not samples:
        raise no_samples(path)
    if (status := text(header.get("status"))) != "success":
        gaps.note(f"the evaluation did not end well: its status is {status or 'not stated'}")
    name = scorer or _first_scorer(samples)
    if scorer and not any(scorer in record(each, "scores") for each in samples):
        known = sorted({name for each in samples for name in record(each, "scores")})
        raise DataError(f"{path} has no scorer {scorer!r}", f"It has: {', '.join(known) or 'none'}.")
    samples.sort(key=lambda each: count(each.get("epoch")))
    read = tuple(_sample(each, name, gaps) for each in samples if _has_id(each, gaps))
    settings = record(header, "plan", "config") | record(spec, "model_generate_config")
    packages = record(spec, "packages")
    return ForeignRun(
        tool="inspect_ai",
        version=text(packages.get("inspect_ai")),
        task=text(spec.get("task")),
        model=text(spec.get("model")),
        scorer=name,
        style=PromptStyle.CHAT,
        sampling=read_sampling(settings, items(settings.get("stop_seqs")), "max_tokens", gaps),
        created=text(spec.get("created")),
        samples=read,
        reported=_reported(header, name),
        notes=gaps.notes(),
    )


def _unzipped(path: Path, data: bytes, gaps: Gaps) -> tuple[dict[str, object], list[dict[str, object]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {each.filename: each for each in archive.infolist()}  # the last of a name counts
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise DataError(f"{path}: not a complete .eval archive: {error}", "Copy the log again.") from error
    budget = [MOST_BYTES * 4]

    def read(name: str) -> dict[str, object]:
        try:
            content = _member(data, members[name], budget)
        except (ValueError, struct.error, zlib.error) as error:
            raise DataError(f"{path}: {name} cannot be unpacked: {error}") from error
        return decode(content, f"{path}: {name}")

    if "header.json" in members:
        header = read("header.json")
    elif "_journal/start.json" in members:
        header = read("_journal/start.json")
        gaps.note("the log was not finished: it has no header")
    else:
        raise DataError(f"{path} is no log of Inspect: it has no header.json", "Name an .eval log.")
    names = [name for name in members if name.startswith("samples/") and name.endswith(".json")]
    return header, [_needed(read(name)) for name in names]


def _needed(sample: dict[str, object]) -> dict[str, object]:
    """Return a sample without its events, which are most of it."""
    return {name: value for name, value in sample.items() if name not in ("events", "events_data", "store")}


def _member(data: bytes, member: zipfile.ZipInfo, budget: list[int]) -> bytes:
    """Unpack a member of an archive; Python's own reader knows no Zstandard before 3.14.

    Args:
        data: the archive.
        member: of its directory.
        budget: how many bytes may still be unpacked, which is counted down.

    Raises:
        ValueError: the member is damaged, longer than it states, or compressed otherwise.
    """
    names = _LOCAL_HEADER.unpack_from(data, member.header_offset)
    start = member.header_offset + 30 + sum(names)
    packed = data[start : start + member.compress_size]
    budget[0] -= member.file_size
    if budget[0] < 0:
        raise ValueError("the archive unpacks to too much")
    if member.compress_type == _ZSTANDARD:
        content = _unpack_frames(packed, member.file_size)
    elif member.compress_type == zipfile.ZIP_DEFLATED:
        content = zlib.decompressobj(-15).decompress(packed, member.file_size + 1)
    elif member.compress_type == zipfile.ZIP_STORED:
        content = packed
    else:
        raise ValueError(f"compression method {member.compress_type} is not read")
    if len(content) != member.file_size:
        raise ValueError("it has not the length that the archive states")
    return content


def _unpack_frames(packed: bytes, size: int) -> bytes:
    import zstandard  # noqa: PLC0415 -- only for archives

    try:
        with zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as reader:
            chunks, left = [], size + 1  # a piece at a time: the size is only what the archive states
            while left and (chunk := reader.read(min(left, 1 << 20))):
                chunks.append(chunk)
                left -= len(chunk)
            return b"".join(chunks)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


def _has_id(sample: dict[str, object], gaps: Gaps) -> bool:
    if isinstance(sample.get("id"), str | int):
        return True
    gaps.add("no id, not imported", "?")
    return False


def _first_scorer(samples: list[dict[str, object]]) -> str:
    return next((name for each in samples for name in record(each, "scores")), "")


def _sample(sample: dict[str, object], scorer: str, gaps: Gaps) -> ForeignSample:
    task_id = text(sample.get("id")) or str(sample.get("id"))
    output = record(sample, "output")
    choices = items(output.get("choices"))
    choice = choices[0] if choices else {}
    written, reasoning = _content(record(choice, "message").get("content"), record(sample, "attachments"))
    if not choices:
        written = text(output.get("completion"))
        if not written:
            gaps.add("no output", task_id)
    usage = record(output, "usage")
    return ForeignSample(
        task_id=task_id,
        text=written,
        kind=_kind(sample),
        passed=_passed(sample, scorer, task_id, gaps),
        detail=shorten(text(record(sample, "scores", scorer).get("explanation"))),
        reasoning=reasoning,
        finish_reason=_FINISH.get(text(record(choice).get("stop_reason")), FinishReason.UNKNOWN),
        usage=Usage(
            prompt_tokens=count(usage.get("input_tokens")),
            completion_tokens=count(usage.get("output_tokens")),
            reasoning_tokens=count(usage.get("reasoning_tokens")),
            latency_s=max(0.0, number(output.get("time")) or 0.0),
        ),
    )


def _kind(sample: dict[str, object]) -> CompletionKind:
    """Return what the text is: a chat model's answer, unless the log is our own and states otherwise."""
    stated = record(sample, "metadata").get("completion_kind")
    return next((kind for kind in CompletionKind if kind == stated), CompletionKind.ANSWER)


def _content(content: object, attachments: dict[str, object]) -> tuple[str, str]:
    """Return the text and the reasoning of a message."""
    written, thought = [], []
    for part in [content] if isinstance(content, str) else items(content):
        if isinstance(part, str):
            written.append(part)
        elif record(part).get("type") == "reasoning":
            thought.append(text(record(part).get("reasoning")))
        else:
            written.append(text(record(part).get("text")))

    def resolved(parts: list[str]) -> Iterator[str]:
        for part in parts:
            key = part.removeprefix(_ATTACHMENT)
            yield text(part) if key == part else text(attachments.get(key))

    return "".join(resolved(written)), "".join(resolved(thought))


def _passed(sample: dict[str, object], scorer: str, task_id: str, gaps: Gaps) -> bool | None:
    if error := record(sample, "error"):
        gaps.add(f"ended with an error: {shorten(text(error.get('message')), 100)}", task_id)
        return None
    value = record(sample, "scores", scorer).get("value")
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.upper() in _RIGHT:
        return True
    if isinstance(value, str) and value.upper() in _WRONG:
        return False
    found = number(value)
    if found is not None and found == found:  # noqa: PLR0124 -- NaN is what Inspect writes for "not scored"
        return found == 1.0
    gaps.add(f"no verdict of {scorer or 'any scorer'}", task_id)
    return None


def _reported(header: dict[str, object], scorer: str) -> float | None:
    for score in items(record(header, "results").get("scores")):
        metrics = record(score, "metrics")
        if scorer in (record(score).get("name"), record(score).get("scorer")):
            for name in ("pass@1", "accuracy", "mean"):
                if (value := number(record(metrics, name).get("value"))) is not None:
                    return value
    return None
