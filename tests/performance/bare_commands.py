"""Runs programs by the plain commands, one process at a time, as an evaluator does that keeps nothing warm.

Started inside an image with a JSON list of ``{"files": {path: text}, "steps": [argv, ...]}`` on its first
line of input. For each further line it runs them all, and answers with how many failed, and the wall and CPU
seconds that it took.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def run(program: dict) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        for path, text in program["files"].items():
            Path(folder, path).write_text(text, "utf-8")
        for argv in program["steps"]:
            done = subprocess.run(
                argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False, close_fds=False
            )
            if done.returncode:
                return False
    return True


def used_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    os.environ.update(HOME="/tmp", LANG="C.UTF-8", TZ="UTC", OMP_NUM_THREADS="1")
    os.dup2(os.open("/dev/null", os.O_WRONLY), 3)  # where programs write their token
    os.set_inheritable(3, True)
    programs = json.loads(sys.stdin.readline())
    write("ready")
    for _ in sys.stdin:
        before, started = used_s(), time.perf_counter()
        failed = sum(not run(program) for program in programs)
        wall_s = time.perf_counter() - started
        write(json.dumps([failed, wall_s, used_s() - before]))


if __name__ == "__main__":
    main()
