"""Recorded sessions of F* as the other end of a ``Session``: what is sent must be what was sent then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from codeeval.lexing.fstar import plain
from codeeval.provers.fstar.task import ProofTask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Replay:
    """A stream that answers from a transcript, and fails where the client sends something else."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.asked: list[dict[str, Any]] = []
        self._errors = "".join(entry["text"] for entry in entries if entry["dir"] == "err")
        self._entries = [entry for entry in entries if entry["dir"] in ("in", "out", "eof", "exit")]
        self._number = ""
        self.closed = False

    @property
    def expected(self) -> dict[str, Any] | None:
        """The recorded query that is next, if there is one."""
        waiting = [entry for entry in self._entries if entry["dir"] == "in"]
        return waiting[0]["msg"] if waiting else None

    def write(self, data: bytes) -> None:
        sent = json.loads(data)
        while self._entries and self._entries[0]["dir"] != "in":
            self._entries.pop(0)
        recorded = self._entries.pop(0)["msg"]
        assert (sent["query"], _comparable(sent["args"])) == (
            recorded["query"],
            _comparable(recorded["args"]),
        )
        self.asked.append(sent)
        self._number = sent["query-id"]

    def read(self, timeout_s: float) -> bytes:  # noqa: ARG002 -- what is recorded is there
        if not self._entries or self._entries[0]["dir"] == "in":
            raise TimeoutError
        entry = self._entries.pop(0)
        if entry["dir"] == "eof":
            return b""
        if entry["dir"] == "exit":
            if entry["rc"] == -9:  # killed by the client, which had waited long enough
                raise TimeoutError
            return b""
        if "msg" not in entry:
            return entry["text"].encode() + b"\n"
        message = entry["msg"]
        if "query-id" in message and message["query-id"] != "?":
            message = message | {"query-id": self._number}
        return json.dumps(message).encode() + b"\n"

    def stderr(self) -> str:
        return self._errors

    def close(self) -> None:
        self.closed = True


def _comparable(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a query's arguments without comments, which need not be sent."""
    return arguments | {"code": plain(arguments["code"])} if "code" in arguments else arguments


class ReplayLaunch:
    """Starts the one process of a transcript."""

    writes_files = True

    def __init__(self, replay: Replay, *, checked: bool = False) -> None:
        self._replay = replay
        self._checked = checked

    def start(self, file_name: str, contents: str) -> Replay:  # noqa: ARG002 -- the one recorded
        return self._replay

    def has_checked(self, file_name: str) -> bool:  # noqa: ARG002 -- as above
        return self._checked


def read(path: Path) -> list[dict[str, Any]]:
    """Read a transcript."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def groups(entries: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Cut a session at its notes: the title's group first, then one a case."""
    title, group = "", []
    for entry in entries:
        if entry["dir"] == "note":
            if group:
                yield title, group
            title, group = entry["text"], []
        else:
            group.append(entry)
    yield title, group


def task(row: dict[str, Any]) -> ProofTask:
    """Make a task of a row of ``problems.jsonl``."""
    stated = row["source_type"]
    return ProofTask(
        file_name=row["file_name"],
        name=row["name"],
        context=row["file_context"],
        statement="" if stated == "<UNK>" else stated,
        reference=row["source_definition"],
    )
