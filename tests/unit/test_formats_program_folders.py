"""EvalPlus's folders of programs: what is in them is read, what they lead to is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from codeeval.errors import DataError
from codeeval.formats.program_folders import ProgramFolders

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "samples" / "HumanEval_0").mkdir(parents=True)
    (tmp_path / "samples" / "HumanEval_0" / "0.py").write_text("x = 1\n")
    return tmp_path / "samples"


def test_programs_are_read(folder: Path) -> None:
    (folder / "HumanEval_0" / "1.py").symlink_to("0.py")
    found = ProgramFolders(folder)
    assert found.count("HumanEval/0") == 2
    assert found.read("HumanEval/0", 1).text == "x = 1\n"


def test_links_out_of_the_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key = 'mine'\n")
    (folder / "HumanEval_0" / "1.py").symlink_to(tmp_path / "secret")
    with pytest.raises(DataError, match=r"HumanEval_0/1\.py"):
        ProgramFolders(folder)


def test_folders_that_lie_elsewhere_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "0.py").write_text("key = 'mine'\n")
    (folder / "HumanEval_1").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=r"HumanEval_1/0\.py"):
        ProgramFolders(folder)


def test_what_is_no_file_is_refused_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "HumanEval_0" / "1.py")
    with pytest.raises(DataError, match="not a regular file"):
        ProgramFolders(folder)
