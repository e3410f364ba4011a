"""Runs a command that is ended when the process that started it dies, however that dies.

``python -m codeeval.cluster.child PARENT COMMAND...``; done here, and not between fork and exec, because the
parent has threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    """Become the command."""
    parent, *command = sys.argv[1:]
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it died before that
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 -- the user's own command


if __name__ == "__main__":
    main()
