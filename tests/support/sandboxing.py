"""Launchers to test alike, programs to run in them, and what must hold after each."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import pytest

from codeeval.errors import SandboxError
from codeeval.interfaces import SandboxOptions
from codeeval.judging import judge
from codeeval.sandboxes import bubblewrap, unpacked
from codeeval.sandboxes.control_group import control_group
from codeeval.sandboxes.docker import DockerLauncher
from codeeval.sandboxes.pool import Pool
from codeeval.types import CommandStep, Extraction, Limits, Oracle, Outcome, Program, PythonStep, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codeeval.interfaces import SandboxLauncher
    from codeeval.types import Execution, Verdict

NOBODY = 65534
SYSTEM_PYTHON = Path("/usr/bin/python3")
SMALL = Limits(cpu_s=1.0, wall_s=3.0, memory_bytes=128 << 20, output_bytes=256 << 10)
SMALL_SANDBOX = SandboxOptions(
    image="python", memory_bytes=512 << 20, work_bytes=24 << 20, processes=64, run_id="tests"
)

DOCKER = pytest.param("docker", marks=pytest.mark.docker)
BUBBLEWRAP = pytest.param("bubblewrap", marks=pytest.mark.bubblewrap)
ROOTLESS = pytest.param("bubblewrap-rootless", marks=pytest.mark.bubblewrap)
"""bubblewrap without root, where the tests run as root; without root, ``bubblewrap`` is that already."""
UNPACKED = pytest.param("unpacked", marks=[pytest.mark.bubblewrap, pytest.mark.unpacked])
"""bubblewrap on the imported images of ``CODEEVAL_UNPACKED``."""
UNPACKED_ROOTLESS = pytest.param("unpacked-rootless", marks=[pytest.mark.bubblewrap, pytest.mark.unpacked])
UNPACKED_FOLDER = "CODEEVAL_UNPACKED"

CLEAN = """
import os, re, sys, tempfile
pids = sorted(int(name) for name in os.listdir('/proc') if name.isdigit())
assert pids == [1, os.getpid()], f'processes are left: {pids}'
assert os.getcwd() == '/sandbox/program', 'somewhere else'
assert os.listdir('.') == COLD_FILES, 'something is left in the work folder'
for folder in ('/sandbox', '/tmp', '/dev/shm', '/dev/mqueue'):
    left = os.listdir(folder) if os.path.isdir(folder) else []
    assert left == (['program'] if folder == '/sandbox' else []), f'left in {folder}: {left}'
    if folder != '/dev/mqueue':
        os.close(tempfile.mkstemp(dir='.' if folder == '/sandbox' else folder)[0])
for folder, mode in (('/sandbox', 0o755), ('/tmp', 0o1777), ('/dev/shm', 0o1777)):
    assert os.stat(folder).st_mode & 0o7777 == mode, f'{folder} has another mode: {os.stat(folder)}'
for folder in ('/sandbox', '/sandbox/program', '/tmp', '/dev/shm'):
    marks = [name for name in os.listxattr(folder) if not name.startswith('security.')]
    assert not marks, f'attributes of {folder} are left: {marks}'
    assert os.stat(folder).st_mtime != 1234567890, f'the time of {folder} is left'
for kind in ('shm', 'sem', 'msg'):
    with open(f'/proc/sysvipc/{kind}') as file:
        assert len(file.readlines()) == 1, f'System V {kind} is left'
assert sys.stdin.read() == 'question\\n'
sys.stdout.write('answer')
sys.stderr.write('aside')
def solve(words):
    return sorted(set(words), key=len)
"""
CLEAN_TESTS = "\nassert solve(['ccc', 'a', 'bb', 'a']) == ['a', 'bb', 'ccc'] and abs(solve('x') == ['x'])\n"


def searching_memory(pattern: bytes) -> str:
    """Return Python source that fails if a process's own memory has a pattern, which may not match itself."""
    return SEARCH.replace("PATTERN", repr(pattern))


SEARCH = """
import re
found = 0
with open('/proc/self/mem', 'rb', buffering=0) as memory:
    for line in open('/proc/self/maps'):
        start, end, access = re.match(r'(\\w+)-(\\w+) (\\S+)', line).groups()
        if access[0] != 'r' or '[v' in line: continue
        try:
            memory.seek(int(start, 16))
            data = memory.read(int(end, 16) - int(start, 16))
        except (OSError, ValueError, OverflowError): continue
        found += len(re.findall(PATTERN, data))
assert not found, f'found {found} times'
"""


class RootlessLauncher(bubblewrap.BubblewrapLauncher):
    """Starts ``bwrap`` as a user without rights, with the system's Python if ours is closed to that user."""

    name = "bubblewrap-rootless"

    def launch(self, options: SandboxOptions) -> bubblewrap.BubblewrapSandbox:
        popen = functools.partial(subprocess.Popen, user=NOBODY, group=NOBODY, extra_groups=[])
        with contextlib.ExitStack() as patches:
            patches.enter_context(mock.patch.object(os, "geteuid", return_value=NOBODY))
            patches.enter_context(mock.patch.object(bubblewrap.subprocess, "Popen", popen))
            if not _open_to_all(Path(bubblewrap._python()[0])):
                command = [str(SYSTEM_PYTHON), *bubblewrap._python()[1:]]
                patches.enter_context(mock.patch.object(bubblewrap, "_python", return_value=command))
                system = [path for path in bubblewrap.SYSTEM if _is_folder(path)]
                patches.enter_context(mock.patch.object(bubblewrap, "_readable", return_value=system))
            return super().launch(options)


class UnpackedLauncher(bubblewrap.BubblewrapLauncher):
    """Starts ``bwrap`` on unpacked images alone, never on this machine's own Python."""

    name = "unpacked"

    def launch(self, options: SandboxOptions) -> bubblewrap.BubblewrapSandbox:
        return super().launch(on_unpacked(options))

    def describe(self, options: SandboxOptions) -> Mapping[str, str]:
        return super().describe(on_unpacked(options))


class UnpackedRootlessLauncher(UnpackedLauncher, RootlessLauncher):
    """The same as a user without rights."""

    name = "unpacked-rootless"


def on_unpacked(options: SandboxOptions) -> SandboxOptions:
    """Name the folder of unpacked images, which must have the image."""
    folder = Path(os.environ[UNPACKED_FOLDER])
    if unpacked.unpacked(options.image, unpacked.images_folder(folder)) is None:
        raise SandboxError(f"{UNPACKED_FOLDER}={folder} does not have the image {options.image}")
    return msgspec.structs.replace(options, images_dir=folder)


def counts_all_cpu_time(name: str) -> bool:
    """Whether a launcher's sandboxes have a control group here, and so miss no process."""
    group = None if name == "docker" else control_group()
    if group is not None:
        group.remove()
    return name == "docker" or group is not None


def _is_folder(path: str) -> bool:
    return Path(path).exists() and not Path(path).is_symlink()


def _open_to_all(path: Path) -> bool:
    return all(place.stat().st_mode & 0o005 == 0o005 for place in (path, *path.parents))


def open_python() -> str:
    """Return a Python that every user can execute and that can import what this one does, or skip."""
    if _open_to_all(Path(sys.executable).resolve()):
        return sys.executable
    own = ".".join(map(str, sys.version_info[:2]))
    system = SYSTEM_PYTHON.with_name(f"python{own}")
    if not system.exists():
        pytest.skip(f"no Python {own} that other users can read: {system} is missing")
    return str(system)


def descendants(pid: int) -> set[int]:
    """All processes below one, as the machine numbers them."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found


def launcher(name: str) -> SandboxLauncher:
    """Return the launcher, or skip with the reason why it cannot be tried here."""
    match name:
        case "docker":
            return DockerLauncher()
        case "bubblewrap":
            return bubblewrap.BubblewrapLauncher()
        case "unpacked":
            return UnpackedLauncher()
        case _:
            if os.geteuid():
                pytest.skip("not root: bubblewrap is rootless here anyway")
            if not _open_to_all(Path(bubblewrap._python()[0])) and not SYSTEM_PYTHON.exists():
                pytest.skip(f"no Python that other users can read: {SYSTEM_PYTHON} is missing")
            if not _open_to_all(bubblewrap.images.containers_folder()):
                pytest.skip("other users cannot read this checkout")
            return RootlessLauncher() if name == "bubblewrap-rootless" else UnpackedRootlessLauncher()


def program(
    source: str,
    tests: str = "",
    *,
    entry_point: str = "",
    limits: Limits = SMALL,
    stdin: str = "",
    expected: str | None = None,
) -> Program:
    """Make a Python program of a candidate and, if given, its tests."""
    files = (SourceFile(path="candidate.py", content=source),)
    if tests:
        files += (SourceFile(path="tests.py", content=tests),)
    return Program(
        task_id="test/0",
        sample=0,
        language="python",
        image="python",
        extraction=Extraction(rule="test", code=source),
        files=files,
        steps=(
            PythonStep(
                name="run",
                files=tuple(file.path for file in files),
                limits=limits,
                entry_point=entry_point,
            ),
        ),
        stdin=stdin,
        oracle=Oracle.COMPLETED if expected is None else Oracle.STDOUT,
        expected=expected or "",
    )


def commands(
    *argvs: tuple[str, ...],
    names: tuple[str, ...] = ("compile", "run"),
    files: dict[str, str] | None = None,
    limits: Limits = SMALL,
    stdin: str = "",
    expected: str | None = None,
) -> Program:
    """Make a program of commands; a single one is the run step."""
    steps = [
        CommandStep(name=name, argv=argv, limits=limits)
        for name, argv in zip(names[-len(argvs) :], argvs, strict=True)
    ]
    return Program(
        task_id="test/0",
        sample=0,
        language="python",
        image="python",
        extraction=Extraction(rule="test"),
        files=tuple(SourceFile(path=path, content=content) for path, content in (files or {}).items()),
        steps=tuple(steps),
        stdin=stdin,
        oracle=Oracle.COMPLETED if expected is None else Oracle.STDOUT,
        expected=expected or "",
    )


class Box:
    """A pool of one sandbox, and the verdicts on what runs in it."""

    def __init__(self, name: str, options: SandboxOptions) -> None:
        self.name = name
        self.options = options
        self.pool = Pool(launcher(name), options, 1)
        self.pool.start()

    def execute(self, wanted: Program) -> Execution:
        return self.pool.submit(wanted).result(timeout=120)

    def judge(self, wanted: Program) -> Verdict:
        return judge(wanted, self.execute(wanted))

    def outcome(self, source: str, tests: str = "", *, entry_point: str = "") -> Outcome:
        return self.judge(program(source, tests, entry_point=entry_point)).outcome

    @property
    def user_of_its_own(self) -> bool:
        """Whether programs run as another user than the supervisor."""
        return self.name == "docker" or (not self.name.endswith("rootless") and os.geteuid() == 0)

    def check_clean(self) -> None:
        """An honest program finds the sandbox empty, and passes."""
        files = ["candidate.py", "tests.py"] if self.options.cold else []
        source = CLEAN.replace("os.listdir('.') == COLD_FILES", f"sorted(os.listdir('.')) == {files}")
        wanted = program(source, CLEAN_TESTS, entry_point="solve", stdin="question\n")
        verdict = self.judge(wanted)
        assert (verdict.outcome, verdict.detail) == (Outcome.PASSED, ""), verdict.stderr
        assert (verdict.stdout, verdict.stderr) == ("answer", "aside")


@contextlib.contextmanager
def boxed(name: str, options: SandboxOptions) -> Iterator[Box]:
    box = Box(name, options)
    try:
        yield box
    finally:
        box.pool.close()
