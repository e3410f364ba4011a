"""Measures the languages under bubblewrap on unpacked images beside Docker, on one core, taking turns.

    python tests/performance/exported_images.py --images DIR [--rounds N] [--out FILE] [LANGUAGE ...]

``DIR`` is a cache folder into which ``codeeval sandbox import`` has unpacked the images. Each has one warm
sandbox, and executes MultiPL-E's hand-written references with their tests. With ``--out`` what was measured
is kept in a JSON file, and languages that are there already stay unless they are measured again.
"""

from __future__ import annotations

import argparse
import os
import statistics
from contextlib import ExitStack
from pathlib import Path

import msgspec
from languages import Turn, ours, programs, write
from machine import pin, table

from codeeval.interfaces import SandboxOptions
from codeeval.languages import LANGUAGES
from codeeval.sandboxes import images
from codeeval.sandboxes.bubblewrap import BubblewrapLauncher
from codeeval.sandboxes.docker import DockerLauncher
from codeeval.sandboxes.unpacked import images_folder, unpacked

HEADS = ("", "programs", "Docker, CPU ms", "bubblewrap, CPU ms", "speed beside Docker", "of rounds", "failed")
ROUND_MS = 2000
"""How long a contender's part of a round takes at least: on a shared machine a short one says nothing."""


class Measured(msgspec.Struct, frozen=True):
    """One language: each round's turns, a program."""

    title: str
    programs: int
    docker: list[Turn]
    bubblewrap: list[Turn]

    def row(self) -> list[str]:
        """Return its line of the table."""
        pairs = list(zip(self.docker, self.bubblewrap, strict=True))
        speeds = [100 * docker.wall_ms / ours.wall_ms for docker, ours in pairs]
        cpu = [
            f"{statistics.median(turn.cpu_ms for turn in turns):.0f}"
            for turns in (self.docker, self.bubblewrap)
        ]
        failed = sum(turn.failed for turn in (*self.docker, *self.bubblewrap))
        extremes = f"{min(speeds):.0f} to {max(speeds):.0f}%"
        return [
            self.title,
            str(self.programs),
            *cpu,
            f"{statistics.median(speeds):.0f}%",
            extremes,
            str(failed),
        ]


def measure(name: str, folder: Path, rounds: int, most: int, core: int) -> Measured:
    """Measure one language, the two in turns, each first in every other round."""
    language = LANGUAGES[name]
    wanted = programs(language)[:most]
    options = SandboxOptions(image=language.image, cpuset=str(core), images_dir=folder)
    with ExitStack() as stack:
        contenders = [
            stack.enter_context(ours(wanted, launcher, options))
            for launcher in (DockerLauncher(), BubblewrapLauncher())
        ]
        repeats = max(1, round(ROUND_MS / (contenders[0]().wall_ms * len(wanted))))
        turns: tuple[list[Turn], list[Turn]] = ([], [])
        for number in range(rounds):
            for which in (0, 1) if number % 2 == 0 else (1, 0):
                repeated = [contenders[which]() for _ in range(repeats)]
                turns[which].append(
                    Turn(
                        statistics.fmean(turn.wall_ms for turn in repeated),
                        statistics.fmean(turn.cpu_ms for turn in repeated),
                        sum(turn.failed for turn in repeated),
                    )
                )
    return Measured(language.title, len(wanted), *turns)


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
            continue
        if not programs(LANGUAGES[name]):
            write(f"{name}: no references here")
            continue
        found[name] = measure(name, asked.images, asked.rounds, asked.programs, asked.core)
        write(" | ".join(found[name].row()))
        if asked.out:
            asked.out.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    rows = sorted(each.row() for each in found.values())
    write(table("bubblewrap on unpacked images beside Docker, one core, a program", HEADS, rows))


if __name__ == "__main__":
    main()
