"""Weight files: their hash, kept in the user's cache, and what their header states."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
from typing import TYPE_CHECKING, Final

from codeeval.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

GGUF_MAGIC: Final = b"GGUF"
NOTES: Final = "weights"
"""Folder of the cache that the hashes are kept in."""
_HEADER_BYTES: Final = 64 << 20
"""A GGUF's metadata, the vocabulary included, is well within this."""


def file_sha256(path: Path, cache_dir: Path | None = None) -> str:
    """Hash a weight file, hex.

    The hash is kept in the user's cache with the file's size and times. A note beside the weights would be
    whoever's they are, and name a hash of another model.

    Args:
        path: the file.
        cache_dir: the user's cache; None hashes the file each time.

    Raises:
        ModelError: the file cannot be read.
    """
    try:
        place = path.resolve()
        stat = place.stat()
        state = f"{stat.st_dev} {stat.st_ino} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"
        note = None
        if cache_dir is not None:
            note = cache_dir / NOTES / f"{hashlib.sha256(os.fsencode(place)).hexdigest()}.sha256"
            with contextlib.suppress(OSError, UnicodeDecodeError):
                known, _, known_state = note.read_text("ascii").strip().partition(" ")
                if known_state == state and len(known) == 64:
                    return known
        with place.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}", "Name a readable GGUF file.") from error
    if note is not None:
        with contextlib.suppress(OSError):  # a cache that cannot be written costs a hash at every start
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(f"{digest} {state}\n", "ascii")
    return digest


def check_gguf(path: Path) -> None:
    """See that a file is a GGUF.

    Raises:
        ModelError: it is missing, cannot be read, or is something else.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(len(GGUF_MAGIC))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}", "Name a GGUF file.") from error
    if magic != GGUF_MAGIC:
        raise ModelError(f"{path} is not a GGUF file", "Convert the weights to GGUF, or name another file.")


def has_chat_template(path: Path) -> bool:
    """Whether a GGUF has a chat template, so that chat is its default style."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(b"tokenizer.chat_template", 0, _HEADER_BYTES) >= 0
