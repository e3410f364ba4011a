"""Weight files: their hash, kept beside them, and what their header states."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
from typing import TYPE_CHECKING, Final

from codeeval.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

GGUF_MAGIC: Final = b"GGUF"
_HEADER_BYTES: Final = 64 << 20
"""A GGUF's metadata, the vocabulary included, is well within this."""


def file_sha256(path: Path) -> str:
    """Hash a weight file, hex. The hash is kept in ``<file>.sha256`` with the file's size and time.

    Raises:
        ModelError: the file cannot be read.
    """
    note = path.with_name(f"{path.name}.sha256")
    try:
        stat = path.stat()
        state = f"{stat.st_size} {stat.st_mtime_ns}"
        with contextlib.suppress(OSError, UnicodeDecodeError):
            known, _, known_state = note.read_text("ascii").strip().partition(" ")
            if known_state == state and len(known) == 64:
                return known
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}", "Name a readable GGUF file.") from error
    with contextlib.suppress(OSError):  # a read-only folder costs a hash at every start, nothing else
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
