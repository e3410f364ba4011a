"""Samples files: lists in lines, numbers that two lines have, and what the lines are wrapped in."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import json
import os
from typing import TYPE_CHECKING

import pytest

from codeeval import reading
from codeeval.errors import DataError
from codeeval.formats.json_lines import JsonLinesFile
from codeeval.formats.task_ids import match_ids
from codeeval.interfaces import Duplicates
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


def test_a_number_of_thousands_of_digits_matters_where_it_is_read(tmp_path: Path) -> None:
    digits = "1" * 5000
    file = tmp_path / "results.jsonl"
    file.write_text(f'{{"task_id": 0, "completion": "a", "meta": {{"x": [{digits}, -{digits}]}}}}\n')
    with contextlib.closing(JsonLinesFile(file)) as found:
        assert found.read("0", 0).text == "a"
    file.write_text(f'{{"task_id": 0, "completion": "a", "sample": {digits}}}\n')
    with pytest.raises(DataError, match=r"results\.jsonl:1: sample is not a number"):
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


TWICE = [
    {"task_id": "T/0", "sample": 1, "completion": "b"},
    {"task_id": "T/0", "sample": 0, "completion": "a"},
    {"task_id": "T/0", "completion": "last"},
    {"task_id": "T/0", "sample": 1, "completion": "c"},
]


def texts(found: JsonLinesFile, task_id: str = "T/0") -> list[str]:
    with contextlib.closing(found):
        return [found.read(task_id, index).text for index in range(found.count(task_id))]


def test_two_lines_with_one_number_are_refused_with_both(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"results\.jsonl:4: sample 1 of T/0 is in line 1 .*\n--duplicates keep"
    ):
        JsonLinesFile(samples(tmp_path, *TWICE))


def test_two_lines_with_one_number_may_both_be_kept_or_excluded(tmp_path: Path) -> None:
    file = samples(tmp_path, *TWICE)
    kept = JsonLinesFile(file, duplicates=Duplicates.KEEP)
    assert kept.samples == 4
    assert texts(kept) == ["a", "b", "c", "last"]
    first = JsonLinesFile(file, keep_going=True)
    assert (first.samples, first.skipped_count) == (3, 1)
    assert texts(first) == ["a", "b", "last"]


def test_a_score_that_is_text_is_ignored_and_noted(tmp_path: Path) -> None:
    row = {"task_id": "T/0", "completion": "a"}
    found = JsonLinesFile(samples(tmp_path, row | {"score": 1}, row | {"score": "0.3"}, row | {"score": "x"}))
    with contextlib.closing(found):
        assert [found.read("T/0", index).score for index in range(3)] == [1.0, None, None]
    (note,) = found.notes
    assert "2 lines" in note
    assert "results.jsonl:2" in note


ROWS = [{"task_id": "T/0", "completion": "é\n"}, {"task_id": "T/0", "completion": "\ud800"}]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\r\n" for row in ROWS[:1]) + json.dumps(ROWS[1])


@pytest.mark.parametrize(
    "content",
    [
        LINES.encode("utf-8-sig"),
        LINES.encode("utf-16"),
        LINES.encode("utf-16-le"),
        LINES.encode("utf-16-be"),
        LINES.encode("utf-32"),
        gzip.compress(LINES.encode(), mtime=0),
        gzip.compress(LINES.encode("utf-16"), mtime=0),
        json.dumps(ROWS).encode(),
        b"\n " + json.dumps(ROWS, indent=2).encode(),
        codecs.BOM_UTF8 + json.dumps(ROWS).encode(),
        gzip.compress(json.dumps(ROWS).encode("utf-16"), mtime=0),
    ],
)
def test_what_lines_are_wrapped_in_is_taken_off(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_bytes(content)
    assert texts(JsonLinesFile(file)) == ["é\n", "\ufffd"]


def test_programs_in_the_order_of_the_dataset(tmp_path: Path) -> None:
    """``generations.json`` of bigcode-evaluation-harness names no tasks."""
    file = tmp_path / "generations.json"
    file.write_text(json.dumps([["def f(): pass", "def f(): 1"], ["def g(): pass"]]))
    with contextlib.closing(JsonLinesFile(file)) as opened:
        assert list(opened.task_ids()) == ["@0", "@1"]
        sample = opened.read("@0", 1)
    assert (sample.text, sample.kind) == ("def f(): 1", CompletionKind.SOLUTION)


def test_a_generation_continues_the_prompt(tmp_path: Path) -> None:
    file = samples(tmp_path, {"task_id": "CPP/0", "prompt": "p", "generation": "g"})
    with contextlib.closing(JsonLinesFile(file)) as opened:
        assert opened.read("CPP/0", 0).kind is CompletionKind.CONTINUATION


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "Git LFS.*\n.*git lfs pull"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"\x28\xb5\x2f\xfdrest", "zstd"),
        (b"PAR1rest", "Parquet"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"\xff\xfe{", "UTF-16"),
        (b'[{"task_id": 0, "completion": "a"}, {"task_id": 0}]', "item 2: neither"),
        (b"[1, 2]", "samples.jsonl:1: .*list"),
    ],
)
def test_what_cannot_be_read_is_named(content: bytes, fact: str, tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_bytes(content)
    with pytest.raises(DataError, match=fact):
        JsonLinesFile(file)


@pytest.mark.parametrize(
    ("written", "known", "meant"),
    [
        ("11", ("Mbpp/2", "Mbpp/11", "Mbpp/111"), "Mbpp/11"),
        ("MBPP/11", ("Mbpp/11", "Mbpp/12"), "Mbpp/11"),
        ("mbpp_0011", ("Mbpp/11", "Mbpp/12"), "Mbpp/11"),
        ("test/Mbpp/11", ("Mbpp/11",), "Mbpp/11"),
        ("MBPP/11", ("11", "12"), "11"),
        ("HumanEval/11", ("11", "12"), None),
        ("HumanEval/11", ("Mbpp/11", "Mbpp/12"), None),
        ("11", ("a/11", "b/11"), None),
        ("Mbpp/13", ("Mbpp/11", "Mbpp/12"), None),
        ("9" * 5000, ("Mbpp/11",), None),
        ("@1", ("Mbpp/11", "Mbpp/1"), "Mbpp/1"),
        ("@2", ("Mbpp/11", "Mbpp/2"), None),
    ],
)
def test_ids_that_are_written_otherwise(written: str, known: tuple[str, ...], meant: str | None) -> None:
    assert match_ids([written], known, "mbpp-plus").get(written) == meant
