"""Measures the languages under bubblewrap on unpacked images beside Docker, on one core, taking turns.

    python tests/performance/exported_images.py --images DIR [--rounds N] [--out FILE] [LANGUAGE ...]

``DIR`` is a cache folder into which ``codeeval sandbox import`` has unpacked the images. Each has one warm
sandbox, and executes MultiPL-E's hand-written references with their tests. What counts is the CPU time of
all that runs in a sandbox, its runner too: a busy machine changes it little. With ``--out`` what was
measured is kept in a JSON file, and languages that are there already stay unless they are measured again.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from languages import programs, write
from machine import cpu_s, pin, table

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.sandboxing import descendants

from codeeval.interfaces import SandboxOptions
from codeeval.judging import judge
from codeeval.languages import LANGUAGES
from codeeval.sandboxes import images
from codeeval.sandboxes.bubblewrap import BubblewrapLauncher
from codeeval.sandboxes.docker import DockerLauncher
from codeeval.sandboxes.unpacked import images_folder, unpacked
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.sandboxes.channel import ChanneledSandbox
    from codeeval.types import Program

ROUND_S = 0.5
"""CPU time of a contender's part of a round: the kernel counts in hundredths of a second."""
HEADS = (
    "",
    "programs",
    "Docker, programs/s",
    "bubblewrap, programs/s",
    "beside Docker",
    "of rounds",
    "failed",
)


class Contender:
    """A sandbox, and what its programs cost."""

    def __init__(self, sandbox: ChanneledSandbox, root: int, wanted: Sequence[Program]) -> None:
        self.sandbox = sandbox
        self._root = root
        self._wanted = wanted
        self.failed = 0
        self.per_s: list[float] = []
        """Programs a second of CPU time, a round each."""

    def execute(self, times: int) -> float:
        """Execute all programs so often; returns the CPU seconds of all of it."""
        before_s = cpu_s([self._root, *descendants(self._root)])
        for program in self._wanted * times:
            self.sandbox.send([program])
            self.failed += judge(program, self.sandbox.receive()).outcome is not Outcome.PASSED
        return cpu_s([self._root, *descendants(self._root)]) - before_s

    def take_turn(self, times: int) -> None:
        """Execute a round's part."""
        self.per_s.append(len(self._wanted) * times / self.execute(times))


class Measured(msgspec.Struct, frozen=True):
    """One language; programs a second of CPU time, a round each."""

    title: str
    programs: int
    docker: list[float]
    bubblewrap: list[float]
    failed: int

    def row(self) -> list[str]:
        """Return its line of the table."""
        ratios = [100 * ours / theirs for theirs, ours in zip(self.docker, self.bubblewrap, strict=True)]
        return [
            self.title,
            str(self.programs),
            *(f"{statistics.median(each):.3g}" for each in (self.docker, self.bubblewrap)),
            f"{statistics.median(ratios):.0f}%",
            f"{min(ratios):.0f} to {max(ratios):.0f}%",
            str(self.failed),
        ]


def measure(name: str, folder: Path, rounds: int, most: int, core: int) -> Measured:
    """Measure one language, the two in turns, each first in every other round."""
    language = LANGUAGES[name]
    wanted = programs(language)[:most]
    options = SandboxOptions(image=language.image, cpuset=str(core), images_dir=folder)
    docker, bubblewrap = DockerLauncher().launch(options), BubblewrapLauncher().launch(options)
    try:
        container = images.engine().inspect_container(docker._id)["State"]["Pid"]
        contenders = (
            Contender(docker, container, wanted),
            Contender(bubblewrap, bubblewrap._process.pid, wanted),
        )
        times = max(1, round(ROUND_S / max(each.execute(1) for each in contenders)))
        for number in range(rounds):
            for contender in contenders if number % 2 == 0 else reversed(contenders):
                contender.take_turn(times)
    finally:
        docker.close()
        bubblewrap.close()
    first, second = contenders
    return Measured(language.title, len(wanted), first.per_s, second.per_s, first.failed + second.failed)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--programs", type=int, default=12)
    parser.add_argument("--core", type=int, default=min(os.sched_getaffinity(0)))
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    built = {image.name for image in images.list_images() if image.built}
    pin(asked.core)
    found: dict[str, Measured] = {}
    if asked.out and asked.out.exists():
        found = msgspec.json.decode(asked.out.read_bytes(), type=dict[str, Measured])
    for name in asked.languages or LANGUAGES:
        image = LANGUAGES[name].image
        if image not in built or unpacked(image, images_folder(asked.images)) is None:
            write(f"{name}: its image {image} is not both built and unpacked")
        elif not programs(LANGUAGES[name]):
            write(f"{name}: no references here")
        else:
            found[name] = measure(name, asked.images, asked.rounds, asked.programs, asked.core)
            write(" | ".join(found[name].row()))
            if asked.out:
                asked.out.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    rows = sorted(each.row() for each in found.values())
    write(table("One core: bubblewrap on unpacked images beside Docker", HEADS, rows))


if __name__ == "__main__":
    main()
