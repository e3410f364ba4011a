"""Programs of two parts: what the first does neither helps nor hurts the second."""

# ruff: noqa: E501 -- hostile programs read better unbroken

from __future__ import annotations

import msgspec
import pytest
from support.sandboxing import SMALL, SMALL_SANDBOX, Box, boxed, program

from codeeval.types import CommandStep, Extraction, Limits, Outcome, Program, PythonStep, SourceFile, Verdict

TESTS = "assert solve(2) == 4 and abs(-1) == 1\n"
GOOD = "def solve(n): return n * n\n"
BAD = "def solve(n): return 0\n"

SPOILERS = {
    "kills-itself": "import os\nos.kill(os.getpid(), 9)",
    "kills-all": "import os\nos.kill(-1, 9)",
    "exits": "import os\nos._exit(0)",
    "raises": "raise KeyError('k')",
    "does-not-parse": "def (",
    "never-ends": "while True: pass",
    "eats-memory": "x = bytearray(1 << 31)",
    "floods": "import sys\nwhile True: sys.stdout.write('x' * 65536)",
    "patches": "import builtins, sys, math\nbuiltins.abs = None\nsys.modules['math'] = None\nsys.setrecursionlimit(10)\ndel builtins.__import__",
    "files": "import os\nfor folder in ('.', '/tmp', '/dev/shm'):\n    open(folder + '/sitecustomize.py', 'w').write('raise SystemExit')\n    os.makedirs(folder + '/second')\nos.chmod('.', 0)",
    "no-folder": "import os\nos.chdir('/')\nos.rename('/sandbox/program', '/tmp/gone') if os.access('/sandbox', os.W_OK) else None",
    "daemon": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    while True: time.sleep(0.01)",
    "writers": "import os, time\nfor n in range(4):\n    if os.fork() == 0:\n        while True:\n            try: open(f'/tmp/{n}{time.monotonic_ns()}', 'w').close()\n            except OSError: pass",
    "takes-descriptors": "import os\nfor fd in range(64):\n    try: os.close(fd)\n    except OSError: pass",
}


def in_parts(*sources: str, limits: Limits = SMALL) -> Program:
    """Make a program that runs each source as a part of its own, ``first``, ``second`` and so on."""
    names = ("first", "second", "third")
    files = [
        SourceFile(path=f"{name}.py", content=text + "\n") for name, text in zip(names, sources, strict=False)
    ]
    steps = tuple(
        PythonStep(
            name="run",
            files=(file.path, "tests.py"),
            limits=limits,
            entry_point="solve",
            part=name,
        )
        for name, file in zip(names, files, strict=False)
    )
    return msgspec.structs.replace(
        program("pass"),
        extraction=Extraction(rule="test"),
        files=(*files, SourceFile(path="tests.py", content=TESTS)),
        steps=steps,
    )


def outcomes(verdict: Verdict) -> list[Outcome]:
    return [part.outcome for part in verdict.parts]


@pytest.mark.parametrize("name", SPOILERS)
def test_a_first_part_does_not_hurt_the_second(name: str, box: Box) -> None:
    verdict = box.judge(in_parts(SPOILERS[name], GOOD))
    assert outcomes(verdict)[1:] == [Outcome.PASSED], verdict.parts
    assert verdict.parts[0].outcome not in {Outcome.PASSED, Outcome.SANDBOX_ERROR}
    assert verdict.outcome is verdict.parts[0].outcome


def test_the_second_part_does_not_hurt_the_first(box: Box) -> None:
    for name, source in SPOILERS.items():
        verdict = box.judge(in_parts(GOOD, source))
        assert verdict.outcome is Outcome.PASSED, name
        assert verdict.parts[1].outcome not in {Outcome.PASSED, Outcome.SANDBOX_ERROR}, name


HELPERS = {
    "left-file": (
        "import os\nfor folder in ('.', '/tmp', '/dev/shm', '/sandbox'):\n    try: open(folder + '/answer.py', 'w').write('def solve(n): return n * n')\n    except OSError: pass\n" + GOOD,
        "import sys\nsys.path[:0] = ['.', '/tmp', '/dev/shm', '/sandbox']\nfrom answer import solve",
    ),
    "left-module": (
        "import sys, types\nsys.modules['answer'] = types.ModuleType('answer')\nsys.modules['answer'].solve = lambda n: n * n\n" + GOOD,
        "from answer import solve",
    ),
    "left-builtin": ("import builtins\nbuiltins.solve = lambda n: n * n\n" + GOOD, "pass"),
    "left-namespace": (GOOD, "pass"),
    "left-daemon": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    while True:\n        try:\n            for part in ('first', 'second'): open(f'/sandbox/program/{part}.py', 'w').write('def solve(n): return n * n')\n        except OSError: pass\n" + GOOD,
        "import time\ntime.sleep(0.2)\nexec(open('second.py').read())",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HELPERS)
def test_a_first_part_does_not_help_the_second(name: str, box: Box) -> None:
    assert outcomes(box.judge(in_parts(*HELPERS[name]))) == [Outcome.PASSED, Outcome.RUNTIME_ERROR]


def test_a_leaked_token_is_useless_to_the_next_part(box: Box) -> None:
    """The first part writes a token where it can be read: standard output, which the host returns."""
    tokens = []
    for _ in range(2):
        wanted = in_parts("pass", "pass", "pass")
        leak = SourceFile(path="tests.py", content="solve = None; print('@@codeeval-completion-token@@')\n")
        files = tuple(file for file in wanted.files if file.path != "tests.py")
        # as a command the file is written to disk with the placeholder replaced
        steps = tuple(
            CommandStep(name=step.name, argv=("python3", "tests.py"), limits=step.limits, part=step.part)
            for step in wanted.steps
        )
        execution = box.execute(msgspec.structs.replace(wanted, files=(*files, leak), steps=steps))
        tokens += [result.stdout.strip() for result in execution.steps]
    assert {len(token) for token in tokens} == {32}
    assert len(set(tokens)) == 6


@pytest.mark.parametrize("kind", ["many-files", "system-v"])
def test_a_part_that_cannot_be_cleaned_up_after_fails_what_it_prevents(kind: str, box: Box) -> None:
    spoil = {
        "many-files": "import os\nfor n in range(20_100): os.symlink('x', f'/tmp/{n}')\n",
        "system-v": "import ctypes\nassert ctypes.CDLL(None).shmget(0x5ec, 4096, 0o1666) != -1\n",
    }[kind]
    roomy = Limits(cpu_s=10.0, wall_s=60.0)
    verdict = box.judge(in_parts(GOOD + spoil, GOOD, GOOD, limits=roomy))
    assert outcomes(verdict) == [Outcome.PASSED, Outcome.RUNTIME_ERROR, Outcome.RUNTIME_ERROR]
    assert "an earlier part prevented this one" in verdict.parts[1].detail
    assert outcomes(box.judge(in_parts(GOOD, GOOD + spoil, limits=roomy))) == [Outcome.PASSED] * 2


def test_parts_of_several_steps_end_at_their_own_first_failure(box: Box) -> None:
    wanted = in_parts(BAD, GOOD)
    first, second = wanted.steps
    steps = (
        first,
        msgspec.structs.replace(first, name="never", files=("second.py", "tests.py")),
        second,
        msgspec.structs.replace(second, name="last"),
    )
    execution = box.execute(msgspec.structs.replace(wanted, steps=steps))
    assert [result.name for result in execution.steps] == ["run", "run", "last"]
    assert [result.completed for result in execution.steps] == [False, True, True]


def test_parts_in_an_interpreter_of_their_own() -> None:
    with boxed("bubblewrap", msgspec.structs.replace(SMALL_SANDBOX, cold=True)) as cold:
        assert outcomes(cold.judge(in_parts(SPOILERS["files"], GOOD, BAD))) == [
            Outcome.RUNTIME_ERROR,
            Outcome.PASSED,
            Outcome.WRONG_ANSWER,
        ]
        assert outcomes(cold.judge(in_parts(*HELPERS["left-file"])))[1] is Outcome.RUNTIME_ERROR
