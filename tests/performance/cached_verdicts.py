"""Shows that the execution cache changes no verdict, on whole files of samples, and what it saves.

    python tests/performance/cached_verdicts.py BENCHMARK SAMPLES... [--sandbox NAME]

Each file is executed without the cache, with an empty one, and with the one that this filled; two verdicts
that differ in outcome or detail are printed, and the script then fails.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = Path(sys.executable).with_name("codeeval")


def main() -> None:
    """Execute the files three times each, and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("benchmark")
    parser.add_argument("samples", nargs="+", type=Path)
    parser.add_argument("--sandbox", default="docker")
    asked = parser.parse_args()
    differing = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, file in enumerate(asked.samples):
            runs = {}
            for name, option in (("without", "--no-execution-cache"), ("filling", "--execution-cache"),
                                 ("cached", "--execution-cache")):  # fmt: skip
                out = Path(folder, f"{number}-{name}")
                command = [str(COMMAND), "execute", asked.benchmark, "--sandbox", asked.sandbox, option]
                runs[name] = execute(command, file, out, folder)
            plain, _, seconds = runs["without"]
            for name in ("filling", "cached"):
                found, cached, taken = runs[name]
                wrong = {key for key in plain | found if plain.get(key) != found.get(key)}
                differing += len(wrong)
                sys.stdout.write(
                    f"{file.name}, {name}: {len(found)} verdicts, {cached} from the cache, "
                    f"{len(wrong)} differ; {taken:.1f} s, without the cache {seconds:.1f} s\n"
                )
                for key in sorted(wrong):
                    sys.stdout.write(f"  {key}: {plain.get(key)} without, {found.get(key)} {name}\n")
    sys.exit(differing > 0)


def execute(
    command: list[str], file: Path, out: Path, cache: str
) -> tuple[dict[tuple[str, int], tuple[str, str]], int, float]:
    """Execute a file; returns the verdicts, how many came from the cache, and the seconds taken."""
    start = time.monotonic()
    subprocess.run(
        [*command, "--keep-going", "-q", "--out", str(out), str(file)],
        env=os.environ | {"CODEEVAL_CACHE_DIR": cache},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    taken = time.monotonic() - start
    lines = [json.loads(line) for line in (out / "verdicts.jsonl").read_text("utf-8").splitlines()]
    verdicts = {(line["task_id"], line["sample"]): (line["outcome"], line["detail"]) for line in lines}
    return verdicts, sum(line.get("cached", False) for line in lines), taken


if __name__ == "__main__":
    main()
