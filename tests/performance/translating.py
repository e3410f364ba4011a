"""What translating costs: ``python tests/performance/translating.py --data-root DIR [--profile]``.

HumanEval and MBPP, read from their datasets, parsed, translated to every published language that is a
target, and written as a folder of rows: CPU seconds of this process, by part. ``test_translating.py`` has
the limit.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from codeeval.benchmarks.multipl_e.suffixes import HASHES
from codeeval.interfaces import DataSource
from codeeval.session.benchmarks import make_benchmark
from codeeval.translators.dataset_folder import Origin, write_folder
from codeeval.translators.rows import parse_problems, translatable, translate
from codeeval.translators.target import Doctests
from codeeval.translators.target_languages import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
SOURCES = ("humaneval", "mbpp")
SUFFIXES = [suffix for suffix in dict.fromkeys(c.rpartition("-")[2] for c in HASHES) if suffix in TARGETS]


class Cost(NamedTuple):
    """CPU seconds, and what came out."""

    load_s: float
    parse_s: float
    translate_s: float
    write_s: float
    problems: int
    rows: int

    @property
    def total_s(self) -> float:
        """All of it."""
        return self.load_s + self.parse_s + self.translate_s + self.write_s


def measure(data_root: Path, out: Path) -> Cost:
    """Translate everything once."""
    spent: dict[str, float] = {}
    problems = rows = 0

    def timed(part: str, work: Callable[[], T]) -> T:
        before = time.process_time()
        result = work()
        spent[part] = spent.get(part, 0.0) + time.process_time() - before
        return result

    for source in SOURCES:
        benchmark = translatable(make_benchmark(source))
        loaded = timed("load", lambda b=benchmark: b.load(DataSource(root=data_root, offline=True)))
        tasks = timed("parse", lambda b=benchmark, p=loaded.problems: parse_problems(b, p))
        made = timed("translate", lambda s=source, t=tasks: translate(s, t, SUFFIXES, Doctests.TRANSFORM))
        origin = Origin(config=source, benchmark=source, source=source, sha256="0" * 64, doctests="transform")
        timed("write", lambda o=origin, m=made: write_folder(out, o, m))
        problems += len(tasks)
        rows += sum(map(len, made.rows.values()))
    return Cost(spent["load"], spent["parse"], spent["translate"], spent["write"], problems, rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as out:
        if asked.profile:
            profile = cProfile.Profile()
            profile.runcall(measure, asked.data_root, Path(out))
            pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(25)
            return
        cost = measure(asked.data_root, Path(out))
    sys.stdout.write(
        f"{cost.problems} problems in {len(SUFFIXES)} languages, {cost.rows} rows: {cost.total_s:.2f} s\n"
        f"load {cost.load_s:.2f}, parse {cost.parse_s:.2f}, translate {cost.translate_s:.2f}, "
        f"write {cost.write_s:.2f}\n"
    )


if __name__ == "__main__":
    main()
