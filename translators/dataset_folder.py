"""Writes translated rows as the Hub lays a dataset out, with their provenance and what was excluded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval import __version__
from codeeval.datasets import content_hash
from codeeval.errors import UsageError
from codeeval.reading import read_bounded
from codeeval.records import write_atomically, writing
from codeeval.records.files import reading
from codeeval.translators.marker import DATASET, Marker, folder_of, marked, marker_of, read_marker
from codeeval.translators.rows import Exclusion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from codeeval.translators.rows import TranslatedRow, Translations

SKIPPED: Final = "skipped.jsonl"
ROWS: Final = "test-00000-of-00001.parquet"
_CARD: Final = "README.md"
_OURS: Final = "<!-- written by codeeval translate -->"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What was translated, and how; the rows' provenance."""

    config: str
    """Prefix of the configurations' names: ``humaneval`` of ``humaneval-rs``."""
    benchmark: str
    source: str
    sha256: str
    doctests: str


def check_folder(out: Path, config: str, suffixes: Iterable[str]) -> None:
    """Refuse a folder that holds rows which codeeval did not translate.

    Raises:
        UsageError: writing there would put translated rows in the place of published ones.
        DataError: a marker in it is damaged.
    """
    card = out / DATASET / _CARD
    if card.is_file():
        with reading(card):
            ours = _OURS in card.read_text("utf-8", errors="replace")
        if not ours:
            raise _foreign(out)
    for suffix in suffixes:
        folder = folder_of(out, f"{config}-{suffix}")
        if any(folder.glob("*.parquet")) and read_marker(out, folder.name) is None:
            raise _foreign(folder)


def _foreign(place: Path) -> UsageError:
    return UsageError(
        f"{place} holds rows that codeeval did not translate, published ones perhaps",
        "Name another folder with --out.",
    )


def write_folder(out: Path, origin: Origin, translations: Translations) -> list[Path]:
    """Write rows, a card that ``datasets.load_dataset`` understands, and ``skipped.jsonl``.

    Other configurations that an earlier command wrote there stay.

    Returns:
        The configurations' folders.

    Raises:
        StorageError: the folder cannot be written.
    """
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    written = []
    for suffix, rows in translations.rows.items():
        folder = folder_of(out, f"{origin.config}-{suffix}")
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        _write_rows(out, folder, origin, rows)
        written.append(folder)
    write_atomically(out / DATASET / _CARD, (_card(out).encode(),))
    _write_skipped(out / SKIPPED, origin.config, translations)
    return written


def _write_rows(out: Path, folder: Path, origin: Origin, rows: Sequence[TranslatedRow]) -> None:
    import pyarrow as pa  # noqa: PLC0415 -- costs 200 ms
    from pyarrow import parquet  # noqa: PLC0415

    raw = [msgspec.to_builtins(row, str_keys=True) for row in rows]
    for row in raw:
        row["stop_tokens"] = list(row["stop_tokens"])
    text, texts = pa.string(), pa.list_(pa.string())
    fields = (
        *("name", "language", "prompt", "doctests", "original", "prompt_terminology", "tests"),
        "stop_tokens",
    )
    schema = pa.schema([(name, texts if name == "stop_tokens" else text) for name in fields])
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(raw, schema=schema), sink)
    marker = Marker(
        benchmark=origin.benchmark,
        source=origin.source,
        source_sha256=origin.sha256,
        doctests=origin.doctests,
        codeeval=__version__,
        rows=len(raw),
        sha256=content_hash(raw),
    )
    # the marker first: after a crash between the two the folder counts as translated, with another hash
    write_atomically(
        marker_of(out, folder.name), (msgspec.json.format(msgspec.json.encode(marker), indent=2), b"\n")
    )
    write_atomically(folder / ROWS, (sink.getvalue().to_pybytes(),))


def _card(out: Path) -> str:
    """Return the dataset's card: configurations for ``datasets``, and for readers what this is."""
    lines = ["---", "configs:"]
    for config in marked(out):
        lines += [
            f"- config_name: {json.dumps(config)}",
            "  data_files:",
            "  - split: test",
            f"    path: {json.dumps(f'{config}/{ROWS}')}",
        ]
    lines += [
        *("---", "", _OURS, "", "# Problems translated from Python", ""),
        "In the form of MultiPL-E's rows, but not the published ones: codeeval translated them. The file",
        "`NAME.translated.json` beside a configuration's folder states the source; `skipped.jsonl` at the",
        "top lists the problems and tests that could not be translated, with the reasons.",
        *("", "```python", 'load_dataset("' + DATASET + '", CONFIGURATION, split="test")', "```", ""),
    ]
    return "\n".join(lines)


def _write_skipped(path: Path, config: str, translations: Translations) -> None:
    """Replace the lines of the same configuration and languages by the new ones."""
    done = {*translations.rows, "python"}
    kept = [line for line in _lines(path) if line.config != config or line.language not in done]
    encoder = msgspec.json.Encoder()
    write_atomically(path, [encoder.encode(line) + b"\n" for line in (*kept, *translations.skipped)])


def _lines(path: Path) -> list[Exclusion]:
    """Return what earlier commands excluded; nothing where the file is damaged."""
    if not path.is_file():
        return []
    with reading(path):
        text = read_bounded(path)
    try:
        return [msgspec.json.decode(line, type=Exclusion) for line in text.splitlines() if line.strip()]
    except msgspec.DecodeError:
        return []
