"""Measures how busy the cores are while one run executes programs of all languages.

    python tests/performance/many_languages.py [--programs N] [--workers N]

N programs of each language whose image is built, the hand-written references in turn, handed to one pool in
the order of the languages, as ``codeeval run multipl-e:humaneval-all`` does. Counted from when each image has
a sandbox; busy is what the machine's cores did not idle, whoever kept them busy.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from languages import programs

from codeeval.interfaces import SandboxOptions
from codeeval.judging import judge
from codeeval.languages import LANGUAGES
from codeeval.sandboxes import images
from codeeval.sandboxes.docker import DockerLauncher
from codeeval.sandboxes.pool import Pool
from codeeval.types import Outcome

if TYPE_CHECKING:
    from codeeval.types import Program


def idle_s() -> float:
    """Seconds that the cores have idled or waited for the disk, all together."""
    fields = Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


def work(count: int) -> list[Program]:
    """The programs, language by language."""
    built = {image.name for image in images.list_images() if image.built}
    wanted = []
    for name, language in LANGUAGES.items():
        if name != "python" and language.image in built:
            wanted += list(islice(cycle(programs(language)), count))
    return wanted


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--programs", type=int, default=50)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    asked = parser.parse_args()
    wanted = work(asked.programs)
    names = list(dict.fromkeys(program.image for program in wanted))
    pool = Pool(
        DockerLauncher(),
        SandboxOptions(image=names[0]),
        asked.workers,
        images=names,
        max_sandboxes=len(names),
    )
    pool.start()
    try:
        started, idle = time.perf_counter(), idle_s()
        executions = [pool.submit(program) for program in wanted]
        verdicts = [judge(program, done.result()) for program, done in zip(wanted, executions, strict=True)]
        wall_s, idle = time.perf_counter() - started, idle_s() - idle
    finally:
        pool.close()
    passed = sum(verdict.outcome is Outcome.PASSED for verdict in verdicts)
    cores = os.cpu_count() or 1
    languages = len({program.language for program in wanted})
    sys.stdout.write(
        f"{len(wanted)} programs of {languages} languages, {passed} passed, in {wall_s:.0f} s "
        f"on {cores} cores, {1 - idle / (wall_s * cores):.1%} busy\n"
    )


if __name__ == "__main__":
    main()
