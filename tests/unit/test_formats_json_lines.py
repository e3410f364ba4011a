"""Samples files whose lines list several samples of a task."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING

import pytest

from codeeval import reading
from codeeval.errors import DataError
from codeeval.formats.json_lines import JsonLinesFile
from codeeval.types import CompletionKind

if TYPE_CHECKING:
    from pathlib import Path


def samples(folder: Path, *rows: object) -> Path:
    file = folder / "results.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_lists_are_samples_in_their_order(tmp_path: Path) -> None:
    file = samples(
        tmp_path,
        {"task_id": 0, "completion": ["a", "b"]},
        {"task_id": 1, "solution": ["x"]},
        {"task_id": 0, "completion": "c"},
        {"task_id": 0, "completion": ["d", "e", "f"]},
    )
    found = JsonLinesFile(file)
    try:
        assert (found.samples, found.count("0"), found.count("1")) == (7, 6, 1)
        assert [found.read("0", index).text for index in range(6)] == list("abcdef")
        assert found.read("1", 0).kind is CompletionKind.SOLUTION
    finally:
        found.close()


@pytest.mark.parametrize(
    ("row", "facts"),
    [
        ({"task_id": 0, "completion": []}, "completion .*list"),
        ({"task_id": 0, "completion": ["a", 1]}, "completion .*int"),
        ({"task_id": 0, "completion": [["a"]]}, "completion .*list"),
        ({"task_id": 0, "completion": ["a"], "sample": 3}, "completion .*list"),
        ({"task_id": 0, "completion": "a", "sample": 10**30}, "sample .*2147483647"),
        ({"task_id": 0, "completion": "a", "sample": -1}, "sample .*from 0"),
        ({"task_id": 0, "completion": ["a"] * 10_001}, "completion .*10,000"),
    ],
)
def test_other_lists_are_refused(row: object, facts: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"results\.jsonl:2: {facts}"):
        JsonLinesFile(samples(tmp_path, {"task_id": 0, "completion": "ok"}, row))


def test_a_file_that_shrinks_meanwhile_is_noticed(tmp_path: Path) -> None:
    file = samples(tmp_path, {"task_id": 0, "completion": ["a", "b"]})
    found = JsonLinesFile(file)
    try:
        samples(tmp_path, {"task_id": 0, "completion": ["abcde"]})
        with pytest.raises(DataError, match=r"results\.jsonl"):
            found.read("0", 1)
    finally:
        found.close()


def test_a_number_of_thousands_of_digits_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    file.write_text('{"task_id": 0, "completion": "a", "sample": ' + "1" * 5000 + "}\n")
    with pytest.raises(DataError, match=r"results\.jsonl:1: .*digits"):
        JsonLinesFile(file)


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    for name in ("results.jsonl", "results.jsonl.gz"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(DataError, match="not a regular file"):
            JsonLinesFile(tmp_path / name)


def test_an_archive_that_holds_far_more_than_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_FREELY_UNPACKED_BYTES", 1 << 20)
    file = tmp_path / "bomb.jsonl.gz"
    file.write_bytes(gzip.compress(b" " * (64 << 20)))
    with pytest.raises(DataError, match="a hundred times") as caught:
        JsonLinesFile(file)
    assert "bomb.jsonl.gz" in caught.value.message


def test_a_line_is_read_up_to_a_bound(tmp_path: Path) -> None:
    file = tmp_path / "long.jsonl"
    with file.open("wb") as sparse:
        sparse.truncate(1 << 40)
    with pytest.raises(DataError, match="a line is longer"):
        JsonLinesFile(file)
