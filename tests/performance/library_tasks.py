"""Ways to run BigCodeBench's reference programs that need the scientific libraries and nothing else."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.util
import json
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from contenders import Contender, run_in, sandbox_pids, server
from machine import cpu_s

from codeeval import registry
from codeeval.benchmarks.bigcodebench.benchmark import IMAGE, BigCodeBench
from codeeval.config import load_settings
from codeeval.errors import CodeEvalError
from codeeval.interfaces import BenchmarkOptions, DataSource, SandboxOptions
from codeeval.sandboxes import images
from codeeval.sandboxes.docker import DockerLauncher
from codeeval.sandboxes.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from contenders import SetUp

    from codeeval.types import Program

HERE = Path(__file__).parent
PACKAGE = "bigcodebench"
LIBRARIES = frozenset({"matplotlib", "numpy", "pandas", "scipy", "sklearn"})
TASKS = 100


class Way(NamedTuple):
    """A contender: what keeps its programs apart, how to set it up, and why that cannot be done here."""

    isolation: str
    set_up: SetUp
    absent: Callable[[], str]


@functools.cache
def programs(count: int) -> list[Program]:
    """References that import of these libraries and no other, spread over the dataset."""
    benchmark = BigCodeBench(BenchmarkOptions())
    root = load_settings().data_root
    problems = benchmark.load(DataSource(root=root, offline=root is not None)).problems
    fit = [
        problem
        for problem in problems
        if set() < imported(problem.reference + "\n" + problem.tests[0]) <= LIBRARIES
        and not benchmark.known_failure(problem.task_id)
    ]
    chosen = [fit[i * len(fit) // count] for i in range(count)]
    return [benchmark.program(problem, benchmark.reference(problem)) for problem in chosen]


def imported(text: str) -> set[str]:
    """Name the packages that a program imports, without those of the standard library."""
    found = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # escapes like '\\.' in the dataset's own text
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found - sys.stdlib_module_names


def without_image() -> str:
    """Return why nothing can run in the image; empty if nothing is missing."""
    try:
        DockerLauncher().describe(SandboxOptions(image=IMAGE))
    except CodeEvalError as error:
        return f"no image {IMAGE}: {error.message}"
    return ""


def without_package() -> str:
    """Return why the official check cannot run; empty if nothing is missing."""
    if importlib.util.find_spec(PACKAGE) is None:
        return f"the package {PACKAGE} is not installed: pip install --no-deps {PACKAGE}"
    return without_image()


@contextlib.contextmanager
def ours(folder: Path, core: int, *, count: int) -> Iterator[Contender]:
    """This project's pool with one sandbox, and its host process on the same core."""
    wanted = programs(count)
    pool = Pool(registry.launcher("docker"), SandboxOptions(image=IMAGE, cpuset=str(core)), 1)
    pool.start()
    try:
        run_in(pool, wanted[:1])
        pids = [os.getpid(), *sandbox_pids(pool)]
        yield Contender(lambda: run_in(pool, wanted), count, lambda: cpu_s(pids))
    finally:
        pool.close()


@contextlib.contextmanager
def served(folder: Path, core: int, *, count: int, way: str) -> Iterator[Contender]:
    """A process in a container of the same image that runs the same programs another way."""
    name = f"codeeval-bench-{way}-{os.getpid()}"
    where = ["--rm", "-i", "--name", name, "--network", "none", "--cpuset-cpus", str(core)]
    where += ["-e", "MPLCONFIGDIR=/opt/codeeval/matplotlib"]  # its list of fonts is made already
    if way == "official":
        spec = importlib.util.find_spec(PACKAGE)
        assert spec
        assert spec.origin
        where += ["-e", "PYTHONPATH=/official", "-v", f"{Path(spec.origin).parent}:/official/{PACKAGE}:ro"]
    script = (HERE / "library_server.py").read_text("utf-8")
    command = ["docker", "run", *where, "--entrypoint", "python3", images.tag(IMAGE), "-c", script, way]
    tasks = [
        [*(file.content for file in program.files), program.steps[0].entry_point]
        for program in programs(count)
    ]
    with server(command, count, json.dumps(tasks), container=name) as contender:
        yield contender


SANDBOXED = "codeeval, Docker"
OFFICIAL = "bigcodebench's own check, 1 worker"
FRESH = "python3 file.py, same image"


def ways(count: int) -> dict[str, Way]:
    """Contenders by name, on this number of tasks."""
    official, fresh = (functools.partial(served, count=count, way=way) for way in ("official", "fresh"))
    return {
        SANDBOXED: Way("container", functools.partial(ours, count=count), without_image),
        OFFICIAL: Way("container, none between programs", official, without_package),
        FRESH: Way("container, none between programs", fresh, without_image),
    }
