"""The real ``codeeval`` command in a process of its own, as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND = (str(Path(sys.executable).with_name("codeeval")),)
LONGEST_S = 280.0

BOTH = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
]


class Ended(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Judged(NamedTuple):
    """A verdict without its measurements."""

    outcome: str
    detail: str


def environment(changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """The surroundings of a command: ours, without what would lead it to a model server."""
    made = {name: text for name, text in os.environ.items() if not name.startswith("OPENAI_")}
    for name, text in (changes or {}).items():
        made.pop(name, None)
        if text is not None:
            made[name] = text
    return made


def codeeval(
    *arguments: object,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    command: tuple[str, ...] = COMMAND,
    **how: Any,
) -> Ended:
    """Run a command to its end; ``how`` goes to ``subprocess.run``."""
    done = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LONGEST_S,
        check=False,
        **how,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def succeed(*arguments: object, **how: Any) -> Ended:
    """Run a command that must succeed."""
    ended = codeeval(*arguments, **how)
    assert ended.code == 0, ended.err
    return ended


def complain(code: int, *facts: object, of: Ended) -> None:
    """Check a failed command: this exit code, a message that names these facts, and no traceback."""
    assert of.code == code, of.err
    assert "Traceback" not in of.err
    assert "bug in codeeval" not in of.err
    assert "\x1b" not in of.err
    for fact in facts:
        assert str(fact) in of.err
    assert of.out == "", "what is not a result does not belong on stdout"


def rows(file: Path) -> list[dict[str, Any]]:
    """The lines of a JSONL file."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def verdicts(run: Path) -> dict[tuple[str, int], str]:
    """Outcomes by sample; each sample has one line."""
    lines = rows(run / "verdicts.jsonl")
    found = {(line["task_id"], line["sample"]): line["outcome"] for line in lines}
    assert len(found) == len(lines), "a sample has two verdicts"
    return found
