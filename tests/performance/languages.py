"""Measures the languages: plain commands, our cold sandbox and our warm one, on one core, taking turns.

    python tests/performance/languages.py [--rounds N] [--core N] [LANGUAGE ...]

The programs are MultiPL-E's hand-written references (``benchmarks/multipl_e``), with their tests; those of
the published languages need ``CODEEVAL_DATA_ROOT``. A ratio is the median over rounds. CPU time is that of
all processes in the container, the runner and warm tools among them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from machine import pin, table

from codeeval.benchmarks.multipl_e.suffixes import SUFFIXES
from codeeval.config import load_settings
from codeeval.errors import CodeEvalError
from codeeval.interfaces import BenchmarkOptions, DataSource, SandboxOptions
from codeeval.judging import judge
from codeeval.languages import LANGUAGES, Language
from codeeval.registry import benchmark_factory
from codeeval.sandboxes import images
from codeeval.sandboxes.docker import DockerLauncher
from codeeval.sandboxes.pool import Pool
from codeeval.types import CommandStep, Outcome, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codeeval.types import Program

BARE = Path(__file__).with_name("bare_commands.py")


class Turn(NamedTuple):
    """What one contender's part of a round took, a program."""

    wall_ms: float
    cpu_ms: float
    failed: int


def programs(language: Language) -> list[Program]:
    """The hand-written references of a language, as the benchmark runs them."""
    source = DataSource(root=load_settings().data_root, offline=True)
    suffix = next((suffix for suffix, id_ in SUFFIXES.items() if id_ == language.id), "")
    for variant in (f"humaneval-{suffix}", f"twelve-{suffix}"):
        try:
            made = benchmark_factory("multipl-e")(BenchmarkOptions(variant=variant, style=PromptStyle.BASE))
            problems = made.load(source).problems
        except CodeEvalError:
            continue
        return [made.program(problem, made.reference(problem)) for problem in problems if problem.reference]
    return []


@contextmanager
def ours(
    language: Language, wanted: Sequence[Program], core: int, *, cold: bool
) -> Iterator[Callable[[], Turn]]:
    """Our pool with one sandbox, after one round that does not count."""
    options = SandboxOptions(image=language.image, cpuset=str(core), cold=cold)
    pool = Pool(DockerLauncher(), options, 1)
    pool.start()

    def used_s() -> float:
        sandbox = pool._workers[0].sandbox
        now = sandbox._client.stats(sandbox._id, stream=False, one_shot=True)
        return now["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9

    def turn() -> Turn:
        cpu_s, started = used_s(), time.perf_counter()
        futures = [pool.submit(program) for program in wanted]
        executions = [future.result() for future in futures]
        wall_s, cpu_s = time.perf_counter() - started, used_s() - cpu_s
        verdicts = [judge(program, done) for program, done in zip(wanted, executions, strict=True)]
        failed = sum(verdict.outcome is not Outcome.PASSED for verdict in verdicts)
        return Turn(1000 * wall_s / len(wanted), 1000 * cpu_s / len(wanted), failed)

    try:
        turn()
        yield turn
    finally:
        pool.close()


@contextmanager
def bare(language: Language, wanted: Sequence[Program], core: int) -> Iterator[Callable[[], Turn]]:
    """The plain commands in the same image, one process at a time."""
    work = [
        {
            "files": {file.path: file.content for file in program.files},
            "steps": [step.cold_argv or step.argv for step in program.steps if isinstance(step, CommandStep)],
        }
        for program in wanted
    ]
    command = [
        "docker",
        "run",
        "--rm",
        "-i",
        "--network=none",
        f"--cpuset-cpus={core}",
        "--entrypoint=python3",
    ]
    command += [images.tag(language.image), "-c", BARE.read_text("utf-8")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        print(json.dumps(work), file=process.stdin, flush=True)
        assert process.stdout.readline() == "ready\n"

        def turn() -> Turn:
            assert process.stdin
            assert process.stdout
            print("again", file=process.stdin, flush=True)
            failed, wall_s, cpu_s = json.loads(process.stdout.readline())
            return Turn(1000 * wall_s / len(wanted), 1000 * cpu_s / len(wanted), failed)

        try:
            turn()
            yield turn
        finally:
            process.stdin.close()


def measure(language: Language, rounds: int, core: int) -> list[str]:
    """Measure one language; returns its line of the table."""
    wanted = programs(language)
    with ExitStack() as stack:
        contenders = [
            stack.enter_context(bare(language, wanted, core)),
            stack.enter_context(ours(language, wanted, core, cold=True)),
            stack.enter_context(ours(language, wanted, core, cold=False)),
        ]
        turns = [[contender() for contender in contenders] for _ in range(rounds)]
    plain, cold, warm = zip(*turns, strict=True)

    def median(values: Sequence[float]) -> str:
        return f"{statistics.median(values):.0f}"

    def ratio(slow: Sequence[float], fast: Sequence[float]) -> str:
        return f"{statistics.median(a / b for a, b in zip(slow, fast, strict=True)):.1f}"

    return [
        language.title,
        str(len(wanted)),
        *(median([turn.wall_ms for turn in each]) for each in (plain, cold, warm)),
        *(median([turn.cpu_ms for turn in each]) for each in (plain, warm)),
        ratio([turn.wall_ms for turn in plain], [turn.wall_ms for turn in warm]),
        ratio([turn.cpu_ms for turn in plain], [turn.cpu_ms for turn in warm]),
        str(max(turn.failed for each in turns for turn in each)),
    ]


def write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", type=int, default=0)
    asked = parser.parse_args()
    built = {image.name for image in images.list_images() if image.built}
    pin(asked.core)
    rows = []
    for name in asked.languages or [name for name in LANGUAGES if name != "python"]:
        language = LANGUAGES[name]
        if language.image in built and programs(language):
            rows.append(measure(language, asked.rounds, asked.core))
            write(" | ".join(rows[-1]))
        else:
            write(f"{name}: no image or no references here")
    heads = ["language", "programs", "plain ms", "cold ms", "warm ms", "plain CPU ms", "warm CPU ms"]
    write(table("One core, a program", [*heads, "time", "CPU", "failed"], rows))


if __name__ == "__main__":
    main()
