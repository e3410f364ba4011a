"""``codeeval view`` in a process of its own, as its user starts it."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Viewed(NamedTuple):
    """A page that is served."""

    url: str
    """With its token."""

    @property
    def base(self) -> str:
        """Without path and token."""
        return self.url.partition("/?")[0]


@contextlib.contextmanager
def viewing(folder: Path) -> Iterator[Viewed]:
    """Serve a folder of runs until the block ends; it must end in order."""
    command = [sys.executable, "-c", "from codeeval.cli.main import main; main()"]
    arguments = ["view", str(folder), "--port", "0", "--offline", "--json"]
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            text = ""
            while not text.endswith("}\n"):
                line = process.stdout.readline()
                assert line, "it ended before it served"
                text += line
            yield Viewed(json.loads(text)["url"])
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
