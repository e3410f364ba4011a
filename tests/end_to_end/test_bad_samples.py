"""Texts that are hard on a parser, an interpreter or a file: each gets a sound verdict."""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING, NamedTuple

import pytest
from command import BOTH, codeeval, complain, succeed, verdicts

if TYPE_CHECKING:
    from pathlib import Path

TASK = "HumanEval/2"
RIGHT = "    return number % 1.0\n"
WRONG = "    return 0.25\n"
HEAD = "def truncate_number(number: float) -> float:\n"
TEN_MB = 10 << 20


class Case(NamedTuple):
    """A text and its outcome.

    All but one agree with the official evaluator. It fails a right solution with a lone
    surrogate in a comment, which no UTF-8 file can hold; here the surrogate is U+FFFD.
    """

    text: str
    outcome: str
    field: str = "completion"


CASES = {
    "a message of ten megabytes": Case(f"    raise AssertionError('x' * {TEN_MB})\n", "WRONG_ANSWER"),
    "right": Case(RIGHT, "PASSED"),
    "empty": Case("", "WRONG_ANSWER"),
    "blank": Case(" \n\t\n", "WRONG_ANSWER"),
    "an empty program": Case("", "RUNTIME_ERROR", "solution"),
    "ten megabytes, right": Case(f"{RIGHT}# {'x' * TEN_MB}\n", "PASSED"),
    "ten megabytes, wrong": Case(f"    return {'1' * TEN_MB}\n", "COMPILE_ERROR"),
    "ten megabytes of lines": Case(f"{RIGHT}" + "# 2345678\n" * (TEN_MB // 10), "PASSED"),
    "ten megabytes in a row": Case("a " * (TEN_MB // 2), "COMPILE_ERROR"),
    "NUL in a literal": Case("    return '\x00'\n", "COMPILE_ERROR"),
    "NUL at the end": Case(f"{RIGHT}\x00", "COMPILE_ERROR"),
    "NUL in a program": Case(f"{HEAD}{RIGHT}\x00\n", "COMPILE_ERROR", "solution"),
    "a lone surrogate in a literal": Case("    return '\ud800'\n", "WRONG_ANSWER"),
    "a lone surrogate in a comment": Case(f"{RIGHT}# \udfff\n", "PASSED"),
    "a pair of surrogates in a comment": Case(f"{RIGHT}# \U0001f600\n", "PASSED"),
    "Windows newlines, right": Case(RIGHT.replace("\n", "\r\n"), "PASSED"),
    "Windows newlines, wrong": Case(WRONG.replace("\n", "\r\n"), "WRONG_ANSWER"),
    "Windows newlines in a program": Case((HEAD + RIGHT).replace("\n", "\r\n"), "PASSED", "solution"),
    "old Macintosh newlines": Case(RIGHT.replace("\n", "\r"), "PASSED"),
    "a byte order mark in a program": Case("\ufeff" + HEAD + RIGHT, "COMPILE_ERROR", "solution"),
    "deeper than a parser goes": Case(f"    return {'(' * 5000}number{')' * 5000}\n", "COMPILE_ERROR"),
    "deeper than a compiler goes": Case(f"    return {'-' * 200_000}number\n", "COMPILE_ERROR"),
    "a form feed": Case(f"\f{RIGHT}", "PASSED"),
    "an escape sequence": Case(f"    print('\x1b]0;owned\x07')\n{RIGHT}", "PASSED"),
}


def write(file: Path, newline: str = "\n") -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        for case in CASES.values():
            stream.write(json.dumps({"task_id": TASK, case.field: case.text}) + newline)


@pytest.mark.parametrize("sandbox", BOTH)
def test_each_text_gets_a_sound_verdict(sandbox: str, tmp_path: Path) -> None:
    file, out = tmp_path / "samples.jsonl", tmp_path / "run"
    write(file)
    succeed("execute", "humaneval", file, "--sandbox", sandbox, "--out", out, "-q")
    found = dict(zip(CASES, verdicts(out).values(), strict=True))
    assert found == {name: case.outcome for name, case in CASES.items()}
    for sample in range(len(CASES)):
        shown = succeed("show", out, "--task", TASK, "--sample", sample) if sample in SHOWN else None
        assert shown is None or "\x1b" not in shown.out


SHOWN = [list(CASES).index(name) for name in ("empty", "NUL in a literal", "an escape sequence")]


@pytest.mark.bubblewrap
def test_a_file_with_windows_newlines_and_a_byte_order_mark(tmp_path: Path) -> None:
    file, out = tmp_path / "samples.jsonl", tmp_path / "run"
    lines = [{"task_id": TASK, "completion": RIGHT}, {"task_id": TASK, "completion": WRONG}]
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(map(json.dumps, lines)).encode() + b"\r\n\r\n")
    succeed("execute", "humaneval", file, "--sandbox", "bubblewrap", "--out", out, "-q")
    assert list(verdicts(out).values()) == ["PASSED", "WRONG_ANSWER"]


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        (b"{", "JSON"),
        (b"[]", "list"),
        (b'{"completion": ""}', "task_id"),
        (b'{"task_id": "HumanEval/2"}', "solution"),
        (b'{"task_id": "HumanEval/2", "completion": null}', "solution"),
        (b'{"task_id": "HumanEval/2", "completion": 1}', "int"),
        (b'{"task_id": "HumanEval/2", "completion": "\xff"}', "byte 42"),
        (b"\x00\x00\x00", "column 1"),
        (b"[" * 100_000, "JSON"),
    ],
)
def test_a_malformed_line_is_named(line: bytes, fact: str, tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    good = json.dumps({"task_id": TASK, "completion": RIGHT}).encode()
    file.write_bytes(good + b"\n" + line + b"\n" + good + b"\n")
    arguments = ("generate", "humaneval", "--model", f"file:{file}", "--out", tmp_path / "run")
    ended = codeeval(*arguments)
    complain(4, f"{file}:2: ", "--keep-going", of=ended)
    message, _ = ended.err.split("\n", 1)
    assert fact in message, "the remedy names the fields as well"
    assert not (tmp_path / "run").exists()


@pytest.mark.bubblewrap
def test_with_keep_going_the_rest_is_scored(tmp_path: Path) -> None:
    file, out = tmp_path / "samples.jsonl", tmp_path / "run"
    good = json.dumps({"task_id": TASK, "completion": RIGHT})
    unknown = json.dumps({"task_id": "HumanEval/1000", "completion": RIGHT})
    file.write_text(f"{good}\n{{\n{good}\n{unknown}\n")
    arguments = ("execute", "humaneval", file, "--sandbox", "bubblewrap", "--out", out)
    ended = succeed(*arguments, "--keep-going", "--json")
    assert f"{file}:2:" in ended.err
    assert "HumanEval/1000" in ended.err
    assert list(verdicts(out).values()) == ["PASSED", "PASSED"]
    assert ended.json["metrics"]["samples"] == 2


def test_a_task_that_the_benchmark_does_not_have(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text(json.dumps({"task_id": "HumanEval/1000", "completion": RIGHT}) + "\n")
    ended = codeeval("execute", "humaneval", file, "--out", tmp_path / "run")
    complain(2, "'HumanEval/1000'", "HumanEval/100 ", of=ended)


def test_a_missing_or_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    complain(
        4,
        file,
        os.strerror(errno.ENOENT),
        of=codeeval("execute", "humaneval", file, "--out", tmp_path / "run"),
    )
    file.touch()
    complain(4, file, "task_id", of=codeeval("execute", "humaneval", file, "--out", tmp_path / "run"))
