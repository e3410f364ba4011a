"""How much memory this machine has left."""

from __future__ import annotations

import sys
from pathlib import Path


def available_bytes() -> int:
    """Return what programs can still take without swapping; without bound where the kernel does not say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return sys.maxsize
    for line in lines:
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) << 10
    return sys.maxsize
