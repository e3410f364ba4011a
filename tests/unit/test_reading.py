"""Files that somebody else may have made: only regular ones are read, and only so much of them."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import pytest

from codeeval import reading
from codeeval.reading import bounded_lines, open_regular, read_bounded, read_unpacked, unpack

MIB = 1 << 20


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"12345")
    assert read_bounded(file, 5) == b"12345"
    with pytest.raises(OSError, match="longer than"):
        read_bounded(file, 4)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(OSError, match="not a regular file"):
            read_bounded(path)
    with pytest.raises(IsADirectoryError):
        read_bounded(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_bounded(tmp_path / "absent")


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / "link").symlink_to("precious")
    with pytest.raises(OSError, match="symbolic"):
        open_regular(tmp_path / "link", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
    assert read_bounded(tmp_path / "link") == b"mine"


def test_an_archive_is_read_up_to_the_bound(tmp_path: Path) -> None:
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(b"0" * (64 * MIB)))
    assert file.stat().st_size < MIB
    with pytest.raises(OSError, match="longer than 1 MiB"):
        read_unpacked(file, MIB)
    small = tmp_path / "small.gz"
    small.write_bytes(gzip.compress(b"text"))
    assert read_unpacked(small) == b"text"


def test_an_archive_that_holds_far_more_than_its_size_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_FREELY_UNPACKED_BYTES", MIB)
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(b"0" * (64 * MIB)))
    target = io.BytesIO()
    with pytest.raises(OSError, match="a hundred times"):
        unpack(bomb, target)
    assert len(target.getvalue()) <= 100 * bomb.stat().st_size
    honest = tmp_path / "honest.gz"
    honest.write_bytes(gzip.compress(b"0" * MIB))
    unpack(honest, target)


def test_a_line_is_read_up_to_the_bound() -> None:
    assert list(bounded_lines(io.BytesIO(b"ab\ncd\nef"), 3)) == [b"ab\n", b"cd\n", b"ef"]
    with pytest.raises(OSError, match="a line is longer"):
        list(bounded_lines(io.BytesIO(b"ab\ncdef"), 3))
