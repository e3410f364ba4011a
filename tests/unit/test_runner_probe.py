"""The runner reads the versions of tools and keeps its own channel from them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RUNNER = Path(__file__).resolve().parents[2] / "containers" / "runner"
PROBE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import hardening
print(json.dumps(hardening.probe({
    "stdin": ["readlink", "/proc/self/fd/0"],
    "none": ["/no/such/tool"],
    "fails": ["false"],
})))
"""


def test_tools_cannot_reach_the_channel_of_the_host() -> None:
    # Julia makes its standard input non-blocking; were it the channel, the supervisor's next read would fail
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(RUNNER)],
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == '{"stdin": "/dev/null", "none": "missing", "fails": "missing"}'
