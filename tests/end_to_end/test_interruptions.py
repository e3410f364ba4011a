"""A run that is killed or interrupted loses nothing, doubles nothing and leaves nothing behind."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from command import BOTH, COMMAND, LONGEST_S, Ended, codeeval, environment, rows, succeed, verdicts

from codeeval.errors import CodeEvalError
from codeeval.interfaces import SandboxOptions
from codeeval.sandboxes import images
from codeeval.sandboxes.docker import OWNER_LABEL, DockerLauncher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FILES = ("humaneval-a.jsonl", "humaneval-d.jsonl")
SAMPLES = 2 * 164
SEED = 20260823
SWEEP_S = 20.0

QUICK = (6, 11, 15, 22, 27, 30, 32, 74, 97, 122, 130, 137, 141, 153, 154, 159, 170, 171, 173, 178)
"""Tasks of BigCodeBench whose references take less than 50 ms of CPU time each."""


class Moment(NamedTuple):
    """When to kill: at this many recorded verdicts, and so much later; an ended run is not waited for."""

    verdicts: int
    later_s: float


class Process(NamedTuple):
    """A process by a name that no later one can have."""

    pid: int
    started: str


def moments() -> list[Moment]:
    """20 random moments: while it starts, all through the run, and while it ends."""
    generator = random.Random(SEED)
    starting = [Moment(0, generator.uniform(0.05, 1.5)) for _ in range(3)]
    done = sorted(generator.sample(range(1, SAMPLES), 14))
    running = [Moment(count, generator.uniform(0, 0.05)) for count in done]
    ending = [Moment(SAMPLES, generator.uniform(0, 0.05)) for _ in range(3)]
    return starting + running + ending


@pytest.fixture(scope="module")
def samples(verdicts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("samples") / "samples.jsonl"
    file.write_bytes(b"".join((verdicts / name).read_bytes() for name in FILES))
    return file


@pytest.fixture(scope="module")
def undisturbed(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def run(sandbox: str) -> Path:
        if sandbox not in made:
            out = tmp_path_factory.mktemp("undisturbed") / "run"
            succeed(*command(samples, sandbox, out))
            made[sandbox] = out
        return made[sandbox]

    return run


def command(samples: Path, sandbox: str, out: Path) -> list[object]:
    return ["execute", "humaneval", samples, "--sandbox", sandbox, "--out", out, "-q"]


def start(
    arguments: list[object], changes: Mapping[str, str | None] | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        env=environment(changes),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=hears_interrupts,  # noqa: PLW1509 -- it only resets a signal
    )


def whole_lines(file: Path) -> list[bytes]:
    """The lines that are complete; the last one may be torn."""
    return file.read_bytes().split(b"\n")[:-1] if file.exists() else []


def hears_interrupts() -> None:
    """Undo what a shell's background job and xdist's workers hand down: an ignored SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_until(process: subprocess.Popen[bytes], moment: Moment, out: Path) -> None:
    deadline = time.monotonic() + LONGEST_S
    while len(whole_lines(out / "verdicts.jsonl")) < moment.verdicts and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    time.sleep(moment.later_s)


def descendants(pid: int) -> set[Process]:
    found: set[Process] = set()
    pending = [pid]
    while pending:
        parent = pending.pop()
        try:
            if since := started(parent):
                found.add(Process(parent, since))
            for task in Path(f"/proc/{parent}/task").iterdir():
                pending += map(int, (task / "children").read_text("ascii").split())
        except OSError:  # it has just ended
            continue
    return found


def started(pid: int) -> str:
    """The process's start time in clock ticks, or an empty string where there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def kill(process: subprocess.Popen[bytes]) -> set[Process]:
    """End it at once, wherever it is; returns it and all that it had started."""
    process.send_signal(signal.SIGSTOP)
    family = descendants(process.pid)
    process.kill()
    process.communicate()
    return family


def containers_of(pids: set[int]) -> list[str]:
    """Containers, running or not, that these processes have started."""
    prefixes = tuple(f"{socket.gethostname()}:{pid}:" for pid in pids)
    found = images.engine().containers(all=True, filters={"label": OWNER_LABEL})
    return [each["Id"] for each in found if each["Labels"][OWNER_LABEL].startswith(prefixes)]


def check_nothing_left(sandbox: str, owners: set[int], family: set[Process]) -> None:
    """What belonged to the killed processes goes by itself, within seconds."""
    deadline = time.monotonic() + SWEEP_S
    left: list[object] = ["not looked yet"]
    while left and time.monotonic() < deadline:
        left = [process for process in family if started(process.pid) == process.started]
        left += containers_of(owners) if sandbox == "docker" else []
        time.sleep(0.1)
    assert not left


def check_not_doubled(out: Path) -> None:
    for name in ("completions.jsonl", "verdicts.jsonl"):
        lines = [json.loads(line) for line in whole_lines(out / name)]
        assert len({(line["task_id"], line["sample"]) for line in lines}) == len(lines), name


@pytest.mark.slow
@pytest.mark.verdicts
@pytest.mark.parametrize("sandbox", BOTH)
def test_killed_at_random_moments(
    sandbox: str, samples: Path, undisturbed: Callable[[str], Path], tmp_path: Path
) -> None:
    """All 20 in bubblewrap; the engine, which is slower to start and does the same, sees every third."""
    chosen = moments()[:: 3 if sandbox == "docker" else 1]
    out = tmp_path / "run"
    owners: set[int] = set()
    family: set[Process] = set()
    killed = 0
    for moment in chosen:
        process = start(command(samples, sandbox, out))
        wait_until(process, moment, out)
        family |= kill(process)
        owners.add(process.pid)
        killed += process.returncode == -signal.SIGKILL
        assert process.returncode in {0, -signal.SIGKILL}
        check_not_doubled(out)
    assert killed >= len(chosen) - 3, "the run ended before it could be killed"
    succeed(*command(samples, sandbox, out))
    whole = undisturbed(sandbox)
    assert (out / "metrics.json").read_bytes() == (whole / "metrics.json").read_bytes()
    assert list(verdicts(out).items()) == list(verdicts(whole).items())
    assert len(rows(out / "completions.jsonl")) == len(rows(out / "verdicts.jsonl")) == SAMPLES
    assert (out / "completions.jsonl").read_bytes() == (whole / "completions.jsonl").read_bytes()
    check_nothing_left(sandbox, owners, family)


@pytest.mark.verdicts
@pytest.mark.parametrize("whom", ["process", "group"])
@pytest.mark.parametrize("sandbox", BOTH)
def test_interrupted_from_the_keyboard(
    sandbox: str, whom: str, samples: Path, undisturbed: Callable[[str], Path], tmp_path: Path
) -> None:
    """A terminal sends Ctrl-C to the whole group; ``kill -INT`` goes to the process alone."""
    out = tmp_path / "run"
    process = start(command(samples, sandbox, out))
    wait_until(process, Moment(20, 0.0), out)
    family = descendants(process.pid)
    if whom == "group":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    printed, noted = process.communicate(timeout=60)
    ended = Ended(process.returncode, printed.decode(), noted.decode())
    assert ended.code == 130, ended.err
    assert str(out) in ended.err
    assert "Traceback" not in ended.err
    check_not_doubled(out)
    kept = len(whole_lines(out / "verdicts.jsonl"))
    assert 20 <= kept < SAMPLES
    check_nothing_left(sandbox, {process.pid}, family)
    assert codeeval(*command(samples, sandbox, out)).code == 0
    whole = undisturbed(sandbox)
    assert (out / "metrics.json").read_bytes() == (whole / "metrics.json").read_bytes()
    assert list(verdicts(out).items()) == list(verdicts(whole).items())


@pytest.mark.docker
@pytest.mark.data
def test_a_killed_run_of_bigcodebench_resumes(data_root: Path, tmp_path: Path) -> None:
    """References first, and unit tests of their own: they resume like any other."""
    try:
        DockerLauncher().describe(SandboxOptions(image="python-bigcodebench"))
    except CodeEvalError as error:
        pytest.skip(f"no image for BigCodeBench: {error.message}")
    chosen = [argument for number in QUICK for argument in ("--task", f"BigCodeBench/{number}")]
    place = ["--model", "reference:", "--sandbox", "docker", "--workers", "1", "-q"]
    arguments: list[object] = ["run", "bigcodebench", *chosen, *place, "--out"]
    changes = {"CODEEVAL_CACHE_DIR": str(tmp_path / "cache"), "CODEEVAL_DATA_ROOT": str(data_root)}
    whole, out = tmp_path / "whole", tmp_path / "run"
    succeed(*arguments, whole, env=changes)
    process = start([*arguments, out], changes)
    wait_until(process, Moment(len(QUICK) // 4, 0.0), out)
    family = kill(process)
    assert process.returncode == -signal.SIGKILL
    assert len(whole_lines(out / "verdicts.jsonl")) < len(QUICK), "the run ended before it could be killed"
    succeed(*arguments, out, env=changes)
    check_not_doubled(out)
    assert (out / "metrics.json").read_bytes() == (whole / "metrics.json").read_bytes()
    assert verdicts(out) == verdicts(whole)
    assert set(verdicts(out).values()) == {"PASSED"}
    assert len(verdicts(out)) == len(QUICK)
    check_nothing_left("docker", {process.pid}, family)
