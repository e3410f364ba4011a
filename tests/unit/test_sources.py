from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark

from codeeval.errors import DataError, UsageError
from codeeval.interfaces import CompletionSource, Model, SourceSpec
from codeeval.sources.file import FileSource
from codeeval.sources.reference import ReferenceSource
from codeeval.types import (
    Completion,
    CompletionKind,
    FinishReason,
    Problem,
)

if TYPE_CHECKING:
    from pathlib import Path

BENCHMARK = FakeBenchmark(1)


def problem(task_id: str) -> Problem:
    return Problem(task_id=task_id, prompt="", entry_point="f", reference="", tests=())


def source(path: Path, *, keep_going: bool = False) -> FileSource:
    return FileSource(SourceSpec(source="file", name=str(path), keep_going=keep_going), BENCHMARK)


async def read(path: Path, task_id: str = "T/0", samples: range | None = None) -> list[Completion]:
    opened = source(path)
    try:
        if samples is None:
            samples = range(opened.available(task_id) or 0)
        return await opened.completions(problem(task_id), samples)
    finally:
        await opened.aclose()


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


async def test_human_eval_and_evalplus_rows(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.jsonl",
        {"task_id": "T/0", "completion": "    return 1\n\nprint()"},
        {"task_id": "T/1", "solution": "def f(): ...", "completion": None, "_identifier": "x"},
        {"task_id": "T/0", "completion": "    return 2"},
        {"task_id": 11, "solution": "x"},
    )
    first, second = await read(path)
    assert (first.sample, first.text) == (0, "    return 1\n\nprint()")
    assert (second.sample, second.text) == (1, "    return 2")
    assert first.kind is CompletionKind.CONTINUATION
    (solution,) = await read(path, "T/1")
    assert solution.kind is CompletionKind.SOLUTION
    opened = source(path)
    assert list(opened.task_ids()) == ["T/0", "T/1", "11"]
    assert opened.available("T/2") == 0
    assert opened.info.details["samples"] == "4"
    await opened.aclose()


async def test_scores_are_kept(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.jsonl",
        {"task_id": "T/0", "completion": "a", "score": -0.5},
        {"task_id": "T/0", "completion": ["b", "c"], "score": [3, 1e-9]},
        {"task_id": "T/0", "completion": "d", "score": None},
        {"task_id": "T/0", "completion": "e"},
    )
    assert [each.score for each in await read(path)] == [-0.5, 3.0, 1e-9, None, None]


def record(completion: Completion) -> bytes:
    """A line as a run writes it."""
    return b'{"schema":2,' + msgspec.json.encode(completion)[1:] + b"\n"


async def test_a_runs_own_completions(tmp_path: Path) -> None:
    written = [
        Completion(
            task_id="T/0",
            sample=sample,
            text=f"t{sample}\0\r\n",
            kind=CompletionKind.ANSWER,
            finish_reason=FinishReason.LENGTH,
        )
        for sample in (2, 0, 1)
    ]
    path = tmp_path / "completions.jsonl"
    path.write_bytes(b"".join(record(each) for each in written))
    assert await read(path) == sorted(written, key=lambda each: each.sample)
    assert await read(tmp_path) == await read(path)
    with path.open("ab") as file:
        file.write(record(msgspec.structs.replace(written[1], text="again")))
    assert [each.text for each in await read(path)] == ["again", "t1\0\r\n", "t2\0\r\n"]


async def test_any_text(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"task_id": "T/0", "completion": "nul \\u0000, lone \\ud800, cr \\r\\n, \\u00e9"}\r\n'
        b"\r\n"
        b'{"task_id": "T/0", "completion": ""}\r\n'
        b'{"task_id": "T/0", "completion": "\xf0\x9f\x98\x80"}'
    )
    completions = await read(path)
    assert [each.text for each in completions] == ["nul \0, lone �, cr \r\n, é", "", "😀"]
    assert msgspec.json.decode(msgspec.json.encode(completions), type=list[Completion]) == completions


async def test_ten_megabytes(tmp_path: Path) -> None:
    text = "x = 1\n" * (10_000_000 // 6)
    path = write(tmp_path / "s.jsonl", {"task_id": "T/0", "completion": text})
    assert (await read(path))[0].text == text


async def test_gzip(tmp_path: Path) -> None:
    plain = write(tmp_path / "s.jsonl", *({"task_id": "T/0", "completion": str(n)} for n in range(50)))
    packed = tmp_path / "s.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert await read(packed) == await read(plain)
    opened = [source(packed), source(plain)]
    assert opened[0].info.details == opened[1].info.details
    for each in opened:
        await each.aclose()
    for broken in (packed.read_bytes()[:-20], plain.read_bytes()):
        packed.write_bytes(broken)
        with pytest.raises(DataError, match=re.escape(str(packed))):
            source(packed)


BAD_LINES = [
    (b"{", ".*JSON.* column 2"),
    (b"[1]", ".*list"),
    (b'{"completion": "x"}', ".*task_id"),
    (b'{"task_id": [], "completion": "x"}', "task_id .*"),
    (b'{"task_id": "T/0"}', ".*completion.*solution"),
    (b'{"task_id": "T/0", "completion": "x", "solution": "y"}', ".*completion.*solution"),
    (b'{"task_id": "T/0", "completion": [["x"]]}', "completion .*list"),
    (b'{"task_id": "T/0", "completion": "\xff"}', ".*byte 34"),
    (b'{"task_id": "T/0", "completion": "x", "sample": -1}', "sample "),
    (b'{"task_id": "T/0", "completion": "x", "score": true}', "score "),
    (b'{"task_id": "T/0", "completion": "x", "score": NaN}', "score "),
    (b'{"task_id": "T/0", "completion": "x", "score": 1' + b"0" * 400 + b"}", "score "),
    (b'{"task_id": "T/0", "completion": ["x", "y"], "score": [1]}', "score .*1 .*2 "),
    (b'{"task_id": "T/0", "text": "x", "kind": "odd"}', "'odd' .*CompletionKind"),
    (b"[" * 100_000, ".*JSON"),
]


@pytest.mark.parametrize(("line", "facts"), BAD_LINES)
async def test_a_malformed_line_is_named(tmp_path: Path, line: bytes, facts: str) -> None:
    good = b'{"task_id": "T/0", "completion": "good"}\n'
    path = tmp_path / "s.jsonl"
    path.write_bytes(good + line + b"\n" + good)
    with pytest.raises(DataError, match=f"s.jsonl:2: {facts}"):
        source(path)
    opened = source(path, keep_going=True)
    assert opened.available("T/0") == 2
    assert opened.skipped_count == 1
    assert opened.skipped[0].startswith(f"{path}:2: ")
    assert opened.info.details["skipped_lines"] == "1"
    (_, second) = await opened.completions(problem("T/0"), range(2))
    assert second.text == "good"
    await opened.aclose()


async def test_skipped_messages_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"{\n" * 500 + b'{"task_id": "T/0", "completion": "x"}\n')
    opened = source(path, keep_going=True)
    assert (len(opened.skipped), opened.skipped_count) == (100, 500)
    await opened.aclose()
    path.write_bytes(b"{\n" * 3)
    with pytest.raises(DataError, match=r"s\.jsonl.* 3 "):
        source(path, keep_going=True)


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"s\.jsonl"):
        source(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.jsonl"):
        source(tmp_path / "absent.jsonl")
    with pytest.raises(DataError, match=re.escape(str(tmp_path))):
        source(tmp_path)
    with pytest.raises(UsageError, match="file:"):
        FileSource(SourceSpec(source="file"), BENCHMARK)


async def test_more_than_there_is(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", {"task_id": "T/0", "completion": "x"})
    with pytest.raises(DataError, match=r" 1 .*T/0.* 3"):
        await read(path, samples=range(3))


async def test_a_file_that_changes_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", {"task_id": "T/0", "completion": "x" * 50})
    opened = source(path)
    path.write_bytes(b'{"task_id": "T/1", "completion": ""}'.ljust(200))
    with pytest.raises(DataError, match=r"s\.jsonl"):
        await opened.completions(problem("T/0"), range(1))
    await opened.aclose()


async def test_evalplus_folders(tmp_path: Path) -> None:
    for name, text in {
        "HumanEval_0/10.py": "ten",
        "HumanEval_0/9.py": "nine\r\n",
        "Mbpp_2/0.py": "x",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    completions = await read(tmp_path, "HumanEval/0")
    assert [(each.sample, each.text) for each in completions] == [(0, "nine\r\n"), (1, "ten")]
    assert completions[0].kind is CompletionKind.SOLUTION
    assert list(source(tmp_path).task_ids()) == ["HumanEval/0", "Mbpp/2"]


def test_memory_is_flat(tmp_path: Path) -> None:
    """100,000 rows of 1 kB are 100 MB on disk; the index may take 10."""
    path = tmp_path / "s.jsonl"
    with path.open("w") as file:
        for n in range(100_000):
            file.write(json.dumps({"task_id": f"T/{n % 164}", "completion": "x" * 1000}) + "\n")
    code = textwrap.dedent(f"""
        import resource
        from codeeval.interfaces import SourceSpec
        from codeeval.sources.file import FileSource
        def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        before = peak()
        source = FileSource(SourceSpec(source="file", name={str(path)!r}), None)
        assert source.available("T/0") == 610, source.available("T/0")
        print(peak() - before)
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 10_000


async def test_reference_solutions() -> None:
    reference = ReferenceSource(SourceSpec(source="reference"), BENCHMARK)
    [problem] = BENCHMARK.problems
    completions = await reference.completions(problem, range(2, 4))
    assert [(each.task_id, each.sample, each.text) for each in completions] == [
        ("Fake/0", 2, "pass"),
        ("Fake/0", 3, "pass"),
    ]
    assert reference.is_reference
    assert reference.available("Fake/0") is None
    assert reference.task_ids() is None
    await reference.aclose()
    with pytest.raises(UsageError):
        ReferenceSource(SourceSpec(source="reference", name="x"), BENCHMARK)


async def test_both_are_sources_and_no_models(tmp_path: Path) -> None:
    file = source(write(tmp_path / "s.jsonl", {"task_id": "T/0", "completion": "x"}))
    for each in (file, ReferenceSource(SourceSpec(source="reference"), BENCHMARK)):
        assert isinstance(each, CompletionSource)
        assert not isinstance(each, Model)
        assert each.info.capabilities is None
        await each.aclose()
