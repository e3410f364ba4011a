"""Samples files whose lines list several samples of a task."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

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
