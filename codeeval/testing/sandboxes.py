"""What every sandbox owes: outcomes, streams and limits as everywhere, and nothing left for the next."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import SandboxError
from codeeval.interfaces import Sandbox, SandboxLauncher, SandboxOptions
from codeeval.judging import judge
from codeeval.languages import PYTHON, self_test_program
from codeeval.registry.checking import faults
from codeeval.sandboxes.pool import Pool
from codeeval.testing.account import Account
from codeeval.types import (
    CommandStep,
    Extraction,
    Limits,
    Oracle,
    Outcome,
    Program,
    PythonStep,
    SourceFile,
)

if TYPE_CHECKING:
    from codeeval.types import Execution, Verdict

LIMITS: Final = Limits(cpu_s=1.0, wall_s=3.0, memory_bytes=128 << 20, output_bytes=256 << 10)
OPTIONS: Final = SandboxOptions(
    image=PYTHON.image, memory_bytes=512 << 20, work_bytes=24 << 20, processes=64, run_id="testing"
)
WAIT_S: Final = 120.0

_LEAVES: Final = """
import os, subprocess
open('left', 'w').write('x')
open('/tmp/left', 'w').write('x')
subprocess.Popen(['sleep', '60'], start_new_session=True)
"""
_FINDS: Final = """
import os
assert sorted(os.listdir('.')) in ([], ['program.py']), os.listdir('.')
assert os.listdir('/tmp') == [], os.listdir('/tmp')
running = [open(f'/proc/{pid}/comm').read().strip() for pid in os.listdir('/proc') if pid.isdigit()]
assert 'sleep' not in running, running
"""
_NETWORK: Final = """
import socket
for family, address in ((socket.AF_INET, ('192.0.2.1', 80)), (socket.AF_INET6, ('2001:db8::1', 80))):
    try:
        with socket.socket(family, socket.SOCK_STREAM) as made:
            made.settimeout(0.5)
            made.connect(address)
    except TimeoutError:
        raise SystemExit(f'packets to {address} leave')
    except OSError:
        continue
    raise SystemExit(f'{address} answers')
"""
_HOST: Final = """
import os
seen = [path for path in ('/root/.ssh', '/home', '/etc/shadow') if os.access(path, os.R_OK) and (
    not os.path.isdir(path) or os.listdir(path))]
assert not seen, seen
status = open('/proc/self/status').read()
assert os.geteuid() != 0 or 'CapEff:\\t0000000000000000' in status, 'capabilities'
"""


def check_sandbox(launcher: SandboxLauncher, options: SandboxOptions = OPTIONS) -> None:
    """Check a launcher and its sandboxes. Takes about half a minute.

    Args:
        launcher: starts them.
        options: how; the image must have Python.

    Raises:
        AssertionError: it does not do what a sandbox must; its text lists what was found.
    """
    account = Account(f"the sandbox {getattr(launcher, 'name', launcher)!r}")
    for fault in faults(launcher, SandboxLauncher):
        account.note(str(fault))
    account.close()
    with account.allowing("probe, describe or sweep"):
        account.expect(launcher.probe(), "probe says nothing of the engine")
        account.expect(launcher.describe(options), "describe says nothing of what goes into run.json")
        account.expect(launcher.sweep() >= 0, "sweep returns a negative number")
    account.close()
    _check_life(account, launcher, options)
    account.close()
    pool = Pool(launcher, options, 1)
    pool.start()
    try:
        bench = _Bench(account, pool)
        for check in (_check_outcomes, _check_streams, _check_commands, _check_isolation, _check_order):
            check(bench)
    finally:
        pool.close()
    account.close()


def _check_life(account: Account, launcher: SandboxLauncher, options: SandboxOptions) -> None:
    """A sandbox starts, says what is inside, answers in order, and ends for good."""
    sandbox = launcher.launch(options)
    with contextlib.ExitStack() as stack:
        stack.callback(sandbox.close)
        for fault in faults(sandbox, Sandbox):
            account.note(f"a launched one: {fault}")
        account.close()
        account.expect("python" in sandbox.toolchain, "toolchain does not state Python's version")
        account.expect(not sandbox.retired, "a fresh one says that it must be replaced")
        wanted = [python(f"print({number})", sample=number) for number in range(3)]
        sandbox.send(wanted)
        answers = [sandbox.receive() for _ in wanted]
        account.expect([each.sample for each in answers] == [0, 1, 2], "answers come in another order")
        sandbox.close()
        sandbox.close()
        with account.allowing("sending to a closed one", SandboxError):
            sandbox.send(wanted[:1])
            sandbox.receive()
            account.note("a closed one takes programs")


class _Bench:
    """Judges programs, and notes those that come out otherwise than they must."""

    def __init__(self, account: Account, pool: Pool) -> None:
        self.account = account
        self.pool = pool

    def execute(self, program: Program) -> Execution:
        return self.pool.submit(program).result(timeout=WAIT_S)

    def judge(self, what: str, program: Program, outcome: Outcome) -> Verdict:
        verdict = judge(program, self.execute(program))
        shown = f"{verdict.outcome.value} {verdict.detail} {verdict.stderr.strip()[-200:]}".strip()
        self.account.expect(verdict.outcome is outcome, f"{what}: must be {outcome.value}, is {shown}")
        return verdict


def python(source: str, *, sample: int = 0, limits: Limits = LIMITS, stdin: str = "") -> Program:
    """Make a Python program that passes where it ends normally."""
    file = SourceFile(path="program.py", content=source)
    step = PythonStep(name="run", files=(file.path,), limits=limits)
    return Program(
        task_id="testing/0",
        sample=sample,
        language=PYTHON.id,
        image=PYTHON.image,
        extraction=Extraction(rule="testing", code=source),
        files=(file,),
        steps=(step,),
        stdin=stdin,
        oracle=Oracle.COMPLETED,
    )


def commands(*argvs: tuple[str, ...], stdin: str = "", expected: str = "") -> Program:
    """Make a program of commands, whose last one's output is compared."""
    names = ("compile", "run")[-len(argvs) :]
    steps = [
        CommandStep(name=name, argv=argv, limits=LIMITS) for name, argv in zip(names, argvs, strict=True)
    ]
    made = python("", stdin=stdin)
    return msgspec.structs.replace(
        made, files=(), steps=tuple(steps), oracle=Oracle.STDOUT, expected=expected
    )


def _check_outcomes(bench: _Bench) -> None:
    """Every outcome that a program can have is reached by a self-test of Python."""
    for test in PYTHON.self_tests:
        wanted = self_test_program(PYTHON, test)
        if test.outcome is Outcome.TIMEOUT:  # seconds of spinning say no more than one
            steps = [msgspec.structs.replace(step, limits=LIMITS) for step in wanted.steps]
            wanted = msgspec.structs.replace(wanted, steps=tuple(steps))
        bench.judge(f"Python's self-test {test.name!r}", wanted, test.outcome)
    waits = python("import time\ntime.sleep(60)\n", limits=Limits(cpu_s=5.0, wall_s=0.5))
    verdict = bench.judge("a program that waits", waits, Outcome.TIMEOUT)
    bench.account.expect(verdict.cpu_s < 0.5, "the wall guard counts waiting as CPU time")
    outside = msgspec.structs.replace(python(""), files=(SourceFile(path="../outside", content="x"),))
    bench.judge("a program with a file outside its folder", outside, Outcome.SANDBOX_ERROR)


def _check_streams(bench: _Bench) -> None:
    text = "żółć 漢字 \U0001f600\n"
    source = "import sys\ntext = sys.stdin.read()\nsys.stdout.write(text)\nsys.stderr.write(text * 2)\n"
    (result,) = bench.execute(python(source, stdin=text)).steps
    bench.account.expect(result.stdout == text, f"standard output is {result.stdout!r}, not {text!r}")
    bench.account.expect(result.stderr == text * 2, f"standard error is {result.stderr!r}, not {text * 2!r}")
    large = bench.judge(
        "64 MiB", python("data = bytearray(b'x') * (64 << 20)\n"), Outcome.PASSED
    ).peak_rss_bytes
    bench.account.expect(large > 60 << 20, f"a program with 64 MiB is measured at {large} bytes")


def _check_commands(bench: _Bench) -> None:
    compile_ = ("sh", "-c", "printf '#!/bin/sh\\ncat\\n' > main && chmod +x main")
    bench.judge(
        "a compiled program", commands(compile_, ("./main",), stdin="a\n", expected="a"), Outcome.PASSED
    )
    bench.judge("a failed compilation", commands(("false",), ("true",)), Outcome.COMPILE_ERROR)
    bench.judge("a command killed", commands(("sh", "-c", "kill -9 $$")), Outcome.RUNTIME_ERROR)


def _check_isolation(bench: _Bench) -> None:
    bench.judge("a program that leaves files and a process behind", python(_LEAVES), Outcome.PASSED)
    bench.judge("the program after it, which looks for them", python(_FINDS), Outcome.PASSED)
    bench.judge("a program that looks for a network", python(_NETWORK), Outcome.PASSED)
    bench.judge("a program that looks for the host's secrets", python(_HOST), Outcome.PASSED)


def _check_order(bench: _Bench) -> None:
    futures = [bench.pool.submit(python(f"print({number})", sample=number)) for number in range(20)]
    answers = [future.result(timeout=WAIT_S) for future in futures]
    shown = [execution.steps[0].stdout.strip() for execution in answers]
    bench.account.expect(shown == [str(number) for number in range(20)], "answers are of other programs")
