"""Finds out which format the samples at a path have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.formats.json_lines import JsonLinesFile
from codeeval.formats.multipl_e import CompletionsFiles, completions_files, is_completions_file
from codeeval.formats.program_folders import ProgramFolders
from codeeval.interfaces import Duplicates

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.formats.sample import SampleFiles


def open_samples(
    path: Path, *, keep_going: bool = False, duplicates: Duplicates = Duplicates.REFUSE
) -> SampleFiles:
    """Open samples for reading.

    Args:
        path: JSON lines or a JSON array (plain or gzip), a run directory, EvalPlus's folder of programs, or a
            file or folder of MultiPL-E.
        keep_going: exclude malformed lines and files and count them, instead of failing at the first.
        duplicates: what becomes of lines of one task with the same number.

    Raises:
        DataError: it cannot be read, or has none of these formats.
        StorageError: there is no space to decompress it.
    """
    if not path.is_dir():
        if is_completions_file(path):
            return CompletionsFiles(path, [path], keep_going=keep_going)
        return JsonLinesFile(path, keep_going=keep_going, duplicates=duplicates)
    records = path / "completions.jsonl"
    if records.exists():
        return JsonLinesFile(records, keep_going=keep_going, duplicates=duplicates)
    files = completions_files(path)
    return CompletionsFiles(path, files, keep_going=keep_going) if files else ProgramFolders(path)
