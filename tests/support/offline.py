"""Finds out whether a process asks anything of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HOOK = """
import sys
def heard(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        place = arguments[0] if event.startswith("socket.get") else arguments[1]
        if not (isinstance(place, (str, bytes)) and event == "socket.connect"):  # a path: no network
            with open({file!r}, "a") as file:
                print(event, place, file=file)
sys.addaudithook(heard)
"""


def watch(folder: Path, asked: Path) -> None:
    """Have each Python with this folder in ``PYTHONPATH`` write down what it asks of a network.

    Args:
        folder: gets a ``sitecustomize.py``.
        asked: what the process writes to.
    """
    (folder / "sitecustomize.py").write_text(HOOK.format(file=str(asked)))
