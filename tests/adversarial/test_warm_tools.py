"""Programs that attack the interpreter they were forked from, or the one after them."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import pytest
from support.sandboxing import DOCKER, UNPACKED, UNPACKED_ROOTLESS, descendants, launcher

from codeeval.interfaces import SandboxOptions
from codeeval.judging import judge
from codeeval.languages import LANGUAGES, SelfTest, self_test_program
from codeeval.sandboxes.docker import DockerSandbox
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codeeval.interfaces import Sandbox
    from codeeval.types import Verdict

HOSTILE: Final = {
    "perl": {
        "kills": "kill 'KILL', $_ for 2 .. 400; kill 'KILL', -1;\n",
        "daemon": "unless (fork) { exit if fork; $0 = 'daemon'; 1 while 1; }\nsleep 1;\n",
        "closes": "use POSIX; POSIX::close($_) for 0 .. 99;\n",
        "forges": "for my $p (glob '/proc/[0-9]*/fd/*') { "
        "open(my $f, '>', $p) or next; print $f \"2\\n0\\n\"; }\n",
        "traces": "syscall(101, 16, $_, 0, 0) == 0 and print 'traced ' for 1 .. 60; "
        'for (1 .. 60) { open(my $f, \'+<\', "/proc/$_/mem") or next; print "memory of $_ " if $_ != $$; }\n',
        "regains": "use POSIX; print 'root ' if POSIX::setuid(0) || $> == 0; "
        "$> = 0; print 'root ' if $> == 0;\n",
        "exits": "use POSIX; POSIX::_exit(0);\n",
        "hogs": "my @all; push @all, 'x' x (1 << 24) while 1;\n",
        "forks": "fork while 1;\n",
    },
    "ruby": {
        "kills": "(2..400).each { |pid| Process.kill(:KILL, pid) rescue nil unless pid == $$ }\n"
        "Process.kill(:KILL, -1)\n",
        "daemon": "fork { Process.setsid; fork { loop {} } }\nsleep 0.2\n",
        "closes": "(0..99).each { |fd| IO.for_fd(fd).close rescue nil }\n",
        "forges": "Dir['/proc/[0-9]*/fd/*'].each { |path| File.write(path, \"2\\n0\\n\") rescue nil }\n",
        "regains": "begin; Process::Sys.setresuid(0, 0, 0); print 'root'; rescue SystemCallError; end\n",
        "exits": "exit!(0)\n",
        "hogs": "all = []\nloop { all << 'x' * (1 << 24) }\n",
        "forks": "loop { fork }\n",
    },
    "r": {
        "kills": "tools::pskill(setdiff(2:400, Sys.getpid()), 9)\ntools::pskill(-1, 9)\n",
        "daemon": "system('setsid sh -c \"while :; do :; done\" &')\nSys.sleep(0.2)\n",
        "forges": "for (path in Sys.glob('/proc/[0-9]*/fd/*')) "
        "try(suppressWarnings(cat('2\\n0\\n', file = path)), silent = TRUE)\n",
        "exits": "quit(status = 0)\n",
        "hogs": "all <- list()\nrepeat all[[length(all) + 1]] <- rep(1, 2e6)\n",
        "forks": "repeat parallel::mcparallel(Sys.sleep(9))\n",
    },
}
CASES: Final = [(language, attack) for language, attacks in HOSTILE.items() for attack in attacks]
OURS: Final = {
    "perl": "sleep 1; print join ' ', grep { $_ != $$ } map { m{(\\d+)} } glob '/proc/[0-9]*';\n",
    "ruby": "sleep 0.5\nprint Dir.children('/proc').grep(/^\\d+$/).map(&:to_i).reject { |pid| pid == $$ }"
    ".join(' ')\n",
    "r": "Sys.sleep(0.5)\n"
    "cat(setdiff(as.integer(grep('^[0-9]+$', list.files('/proc'), value = TRUE)), Sys.getpid()))\n",
}
"""Prints the other processes of the sandbox, when the one that forked the program has ended."""


class Box:
    """A sandbox of one language."""

    def __init__(self, language: str, sandbox: Sandbox) -> None:
        self.language = LANGUAGES[language]
        self.sandbox = sandbox

    def run(self, source: str, expected: Outcome = Outcome.PASSED, stdout: str = "") -> tuple[Verdict, str]:
        """Run a program under small limits; returns the verdict and what it printed."""
        test = SelfTest(
            name="test", source=source, outcome=expected, stdout=stdout, cpu_s=1.0, memory_bytes=192 << 20
        )
        program = self_test_program(self.language, test)
        steps = tuple(
            msgspec.structs.replace(step, limits=msgspec.structs.replace(step.limits, wall_s=10.0))
            for step in program.steps
        )
        program = msgspec.structs.replace(program, steps=steps)
        self.sandbox.send([program])
        execution = self.sandbox.receive()
        return judge(program, execution), execution.steps[-1].stdout

    def honest(self) -> None:
        """Check that each kind of verdict comes out right."""
        for test in self.language.self_tests:
            if test.name in ("passes", "assertion", "early-exit"):
                assert self.run(test.source, test.outcome)[0].outcome is test.outcome, test.name

    def others(self) -> list[int]:
        """Return the processes that a program finds beside itself."""
        return sorted(int(pid) for pid in self.run(OURS[self.language.id], stdout="-")[1].split())


@pytest.fixture(scope="module", params=[DOCKER, UNPACKED, UNPACKED_ROOTLESS])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=HOSTILE)
def box(request: pytest.FixtureRequest, kind: str, demand_image: Callable[..., None]) -> Iterator[Box]:
    image = LANGUAGES[request.param].image
    demand_image(image, kind)
    options = SandboxOptions(image=image, run_id="tests", probe=False, processes=64)
    sandbox = launcher(kind).launch(options)
    yield Box(request.param, sandbox)
    sandbox.close()


def test_programs_are_forked_from_one_warm_interpreter(box: Box, kind: str) -> None:
    """There is none where only one user exists: a program could kill it."""
    first = box.others()
    assert len(first) == (1 if kind.endswith("rootless") else 2), "only the runner and the interpreter"
    assert box.others() == first


@pytest.mark.parametrize("attack", sorted({attack for _, attack in CASES}))
def test_the_interpreter_survives(box: Box, attack: str) -> None:
    if attack not in HOSTILE[box.language.id]:
        pytest.skip(f"{box.language.title} has no such means")
    before = box.others()
    verdict, printed = box.run(HOSTILE[box.language.id][attack])
    assert verdict.outcome is not Outcome.SANDBOX_ERROR
    assert "root" not in printed
    assert "traced" not in printed
    assert "memory" not in printed
    if attack in ("exits", "hogs", "forks"):
        assert verdict.outcome is not Outcome.PASSED
    box.honest()
    assert box.others() == before, "the same interpreter, and nothing else"
    assert not box.sandbox.retired


def test_an_interpreter_that_died_is_replaced(box: Box, kind: str) -> None:
    if kind.endswith("rootless"):
        pytest.skip("where only one user exists there is no warm interpreter")
    killed = box.others()[1]
    kill_inside(box.sandbox, killed)
    box.honest()
    runner, interpreter = box.others()
    assert runner == 1
    assert interpreter != killed


def kill_inside(sandbox: Sandbox, pid: int) -> None:
    """Kill a process that has this number inside of a sandbox."""
    if isinstance(sandbox, DockerSandbox):
        client, command = sandbox._client, f"import os; os.kill({pid}, 9)"
        client.exec_start(client.exec_create(sandbox._id, ["python3", "-c", command])["Id"])
        return
    (outside,) = (found for found in descendants(sandbox._process.pid) if number_inside(found) == pid)
    os.kill(outside, signal.SIGKILL)


def number_inside(pid: int) -> int:
    """The number of a process in the innermost process namespace that it belongs to."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("NSpid:"))
    return int(line.split()[-1])
