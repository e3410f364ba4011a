"""Executions kept for later runs: a program that ran before, in the same image, is judged and not executed.

What is kept is what the sandbox measured, never a verdict: each run judges anew, with its own comparison.
Kept is what gave a verdict on the program in one execution: no TIMEOUT, no SANDBOX_ERROR, and nothing of a
program that names a clock, randomness or files (``sharing``).
"""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING, Final, Self

import msgspec

from codeeval import __version__
from codeeval.errors import StorageError
from codeeval.keeping import Form, KeptRecords
from codeeval.pipeline.sharing import OF_ONE_EXECUTION, content_of, varies
from codeeval.sandboxes import images
from codeeval.types import Execution, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from codeeval.records import SandboxInfo
    from codeeval.types import Outcome, Program

FOLDER: Final = "executions"
FORM: Final = Form("executions.sqlite3", 1, "executions", "image", "--no-execution-cache", private=True)
_AT_ONCE: Final = 64
"""Records that are written together."""
_MOST_BYTES: Final = 256 << 10
"""Of a record; a longer one, of a program that printed much, is not kept."""


class Kept(Value, frozen=True, kw_only=True):
    """An execution, and that of the program's checker where it has one."""

    execution: Execution
    checked: Execution | None = None


class ExecutionCache:
    """Executions by the content of their programs; safe to use from several threads at once.

    Args:
        folder: the user's cache folder.
        made_by: of each image that may be used, what identifies it (``identities``).
        notes: receives a line, once, where the cache fails; it is then no longer used.

    Raises:
        StorageError: the file cannot be opened, is damaged, or others than the user may write to it.
    """

    def __init__(
        self, folder: Path, made_by: Mapping[str, bytes], notes: Callable[[str], None] = lambda _: None
    ) -> None:
        self._records: KeptRecords | None = KeptRecords(folder / FOLDER, FORM)
        self._made_by = made_by
        self._notes = notes
        self._lock = threading.Lock()
        self._unwritten: dict[str, list[tuple[bytes, bytes]]] = {}
        self._decode = msgspec.json.Decoder(Kept).decode

    def key(self, program: Program) -> bytes | None:
        """Return what a program is found by; None where it is to be executed each time."""
        made_by = self._made_by.get(program.image)
        if made_by is None or varies(program):
            return None
        if program.checker is not None and program.checker.image not in self._made_by:
            return None
        return hashlib.blake2b(made_by + content_of(program), digest_size=32).digest()

    def get(self, key: bytes, program: Program) -> Kept | None:
        """Return the execution of a program of this key, under this one's name; None where there is none."""
        records = self._records
        if records is None:
            return None
        try:
            record = records.get(key)
            found = None if record is None else self._decode(record)
        except StorageError as error:
            self._give_up(error)
            return None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        if found is None or found.execution.error or found.execution.task_id != program.task_id:
            return None
        return msgspec.structs.replace(
            found, execution=msgspec.structs.replace(found.execution, sample=program.sample)
        )

    def put(
        self, key: bytes, program: Program, execution: Execution, checked: Execution | None, outcome: Outcome
    ) -> None:
        """Keep a program's execution, unless its outcome may be another the next time."""
        if outcome in OF_ONE_EXECUTION or self._records is None:
            return
        record = msgspec.json.encode(Kept(execution=execution, checked=checked))
        if len(record) > _MOST_BYTES:
            return
        with self._lock:
            waiting = self._unwritten.setdefault(program.image, [])
            waiting.append((key, record))
            if len(waiting) < _AT_ONCE:
                return
            del self._unwritten[program.image]
        self._write(program.image, waiting)

    def _write(self, image: str, waiting: list[tuple[bytes, bytes]]) -> None:
        if self._records is not None:
            try:
                self._records.put(image, waiting, replace=True)
            except StorageError as error:
                self._give_up(error)

    def _give_up(self, error: StorageError) -> None:
        with self._lock:
            records, self._records = self._records, None
        if records is not None:
            records.close()
            self._notes(f"the execution cache is not used any more: {error.message}")

    def close(self) -> None:
        """Write what is waiting, and close the file."""
        with self._lock:
            unwritten, self._unwritten = self._unwritten, {}
        for image, waiting in unwritten.items():
            self._write(image, waiting)
        if self._records is not None:
            self._records.close()
            self._records = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def identities(info: SandboxInfo, names: Sequence[str], *, cold: bool) -> dict[str, bytes]:
    """Return what identifies each image: its digest, and all that is known of what runs it.

    An image whose digest the sandbox does not state (bubblewrap with the interpreter of the machine) is left
    out: what is installed there may change unseen.
    """
    found = {}
    for name in names:
        of_one = info.description.get("image_id")  # where there are several, each is stated under its name
        if info.description.get(f"{name}.image_id", of_one):
            machine = os.uname()
            stated = [
                FORM.format,
                __version__,
                images.tag(name),
                info,
                cold,
                machine.machine,
                machine.release,
            ]
            found[name] = msgspec.json.encode(stated, order="deterministic")
    return found
