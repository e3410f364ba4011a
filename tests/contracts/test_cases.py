"""Programs with cases, in real sandboxes: one visit, each case by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.sandboxing import boxed

from codeeval import Case, Limits, Outcome, Sandbox
from codeeval.interfaces import SandboxOptions
from codeeval.judging import judge
from codeeval.languages.cpp import CPP
from codeeval.types import CommandStep, Extraction, Oracle, Program

if TYPE_CHECKING:
    from collections.abc import Iterator

DOUBLE = "print(2 * int(input()))"
COUNTS_FILES = """
import os
print(len(os.listdir(".")), os.path.exists("/tmp/left"))
open("left", "w").close()
open("/tmp/left", "w").close()
"""
COUNTS_COMPILERS = """
#include <fstream>
#include <iostream>
int main() {
    long n;
    std::cin >> n;
    std::cout << 2 * n << ' ' << std::ifstream("compiled").rdbuf();
}
"""
LEFT = {
    "deep": "os.makedirs('/'.join(['d'] * 3000))",
    "many": "for n in range(25000): open(str(n), 'w')",
}
"""What is hard to remove."""
BRIEF = Limits(cpu_s=0.3, wall_s=5.0)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("docker", False), marks=pytest.mark.docker),
        pytest.param(("docker", True), marks=pytest.mark.docker),
        pytest.param(("bubblewrap", False), marks=pytest.mark.bubblewrap),
        pytest.param(("bubblewrap", True), marks=pytest.mark.bubblewrap),
    ],
    ids=["docker", "docker cold", "bubblewrap", "bubblewrap cold"],
)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    from codeeval.session.settings import SandboxSettings  # noqa: PLC0415 -- of this fixture alone

    engine, cold = request.param
    with Sandbox(settings=SandboxSettings(sandbox=engine, workers=1, cold=cold)) as opened:
        yield opened


def outcomes(result: object) -> list[Outcome]:
    return [case.outcome for case in result.cases]  # type: ignore[attr-defined]


def test_each_case_has_its_own_input_and_verdict(sandbox: Sandbox) -> None:
    result = sandbox.execute(DOUBLE, cases=[Case(stdin="1", expected="2"), Case(stdin="2", expected="4")])
    assert result.passed
    assert outcomes(result) == [Outcome.PASSED] * 2
    assert all(case.wall_s > 0 and case.peak_rss_bytes > 0 for case in result.cases)


def test_a_case_arrives_as_it_is(sandbox: Sandbox) -> None:
    texts = ("a\r\nb\r\n", "a\x00b\n", "no end of line", "\ufeffx\n", "", "\n\n")
    cases = [Case(stdin=text, expected=repr(text.encode())) for text in texts]
    result = sandbox.execute("import sys\nprint(sys.stdin.buffer.read())", cases=cases, stop_at_failure=False)
    assert outcomes(result) == [Outcome.PASSED] * len(texts), result.detail


@pytest.mark.bubblewrap
def test_a_case_of_200_mb_and_those_after_it() -> None:
    size = 200 << 20
    code = "import sys\nprint(sum(map(len, iter(lambda: sys.stdin.buffer.read(1 << 20), b''))))"
    cases = [Case(stdin="x" * size, expected=f"{size}"), Case(stdin="x", expected="1")]
    with Sandbox(sandbox="bubblewrap", workers=1) as opened:
        assert outcomes(opened.execute(code, cases=cases)) == [Outcome.PASSED] * 2


def test_the_first_case_that_fails_decides_and_is_shown(sandbox: Sandbox) -> None:
    cases = [Case(stdin="1", expected="2"), Case(stdin="2", expected="5"), Case(stdin="x", expected="")]
    result = sandbox.execute(DOUBLE, cases=cases)
    assert result.outcome is Outcome.WRONG_ANSWER
    assert outcomes(result) == [Outcome.PASSED, Outcome.WRONG_ANSWER]
    assert result.cases[1].output == "4\n"


def test_all_cases_run_where_that_is_wanted(sandbox: Sandbox) -> None:
    cases = [Case(stdin="x", expected=""), Case(stdin="1", expected="3"), Case(stdin="2", expected="4")]
    result = sandbox.execute(DOUBLE, cases=cases, stop_at_failure=False)
    assert outcomes(result) == [Outcome.RUNTIME_ERROR, Outcome.WRONG_ANSWER, Outcome.PASSED]


def test_a_case_finds_nothing_that_an_earlier_one_left(sandbox: Sandbox) -> None:
    result = sandbox.execute(COUNTS_FILES, cases=[Case(), Case(), Case()], stop_at_failure=False)
    assert len({case.output for case in result.cases}) == 1
    assert "False" in result.cases[0].output


def test_a_case_may_bring_limits_of_its_own(sandbox: Sandbox) -> None:
    endless = "n = int(input())\nwhile n:\n    pass\nprint(n)"
    cases = [Case(stdin="0", expected="0"), Case(stdin="1", limits=BRIEF), Case(stdin="0", expected="0")]
    result = sandbox.execute(endless, cases=cases, stop_at_failure=False)
    assert outcomes(result) == [Outcome.PASSED, Outcome.TIMEOUT, Outcome.PASSED]
    assert "0.3 s" in result.cases[1].detail


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("import sys\nif __name__ == '__main__':\n    print(sys.argv[1:])\n    sys.exit()", Outcome.PASSED),
        ("print([])\nraise SystemExit(0)", Outcome.PASSED),
        ("print([])\nraise SystemExit(3)", Outcome.RUNTIME_ERROR),
        ("print([])\nraise SystemExit('no')", Outcome.RUNTIME_ERROR),
        ("print([])\nassert False", Outcome.RUNTIME_ERROR),
        ("print([]", Outcome.COMPILE_ERROR),
    ],
    ids=["main", "exit 0", "exit 3", "exit with a text", "own assertion", "no syntax"],
)
def test_a_script_runs_as_python_runs_it(sandbox: Sandbox, code: str, outcome: Outcome) -> None:
    assert sandbox.execute(code, cases=[Case(expected="[]")]).outcome is outcome


def test_a_wrong_output_ends_the_program_while_it_runs(sandbox: Sandbox) -> None:
    """The host compares, and the runner hears of it before many more cases have run."""
    slow = "import sys, time\nn = input()\ntime.sleep(0.2)\nprint(n)"
    cases = [Case(stdin=f"{n}", expected="0") for n in range(12)]
    began = time.monotonic()
    result = sandbox.execute(slow, cases=cases)
    assert outcomes(result) == [Outcome.PASSED, Outcome.WRONG_ANSWER]
    assert time.monotonic() - began < 12 * 0.2


def test_what_a_case_leaves_running_ends_with_it(sandbox: Sandbox) -> None:
    source = """
import os, sys, time
running = [name for name in os.listdir('/proc') if name.isdigit() and name != '1']
print(len(running))
if os.fork() == 0:
    os.setsid()
    time.sleep(60)
"""
    result = sandbox.execute(source, cases=[Case(expected="1")] * 3)
    assert outcomes(result) == [Outcome.PASSED] * 3


def test_nothing_of_the_interpreter_is_shared(sandbox: Sandbox) -> None:
    source = """
import builtins, math, sys
print(hasattr(builtins, 'seen'), math.pi > 3, 'seen' in globals(), sys.getrecursionlimit())
builtins.seen = seen = True
math.pi = 0
sys.setrecursionlimit(5000)
"""
    result = sandbox.execute(source, cases=[Case(expected="False True False 1000")] * 3)
    assert outcomes(result) == [Outcome.PASSED] * 3, result.cases


def test_expected_outputs_are_not_in_the_sandbox(sandbox: Sandbox) -> None:
    secret = "False\nunguessable answer"
    source = """
import gc, os, sys
frame, seen = sys._getframe(), []
while frame:
    seen.append(repr(frame.f_locals) + repr(frame.f_globals))
    frame = frame.f_back
seen += [repr(each)[:100_000] for each in gc.get_objects() if isinstance(each, (dict, list, tuple))]
for root, _, names in os.walk('/sandbox'):
    seen += [open(f'{root}/{name}').read() for name in names]
print(' '.join((input(), input())) in ''.join(seen))
"""
    result = sandbox.execute(source, cases=[Case(stdin="unguessable\nanswer", expected=secret)])
    assert (result.outcome, result.cases[0].output) == (Outcome.WRONG_ANSWER, "False\n")


def test_many_cases_with_much_output(sandbox: Sandbox) -> None:
    """More in all than a frame may hold."""
    text = "x" * 1_000_000
    cases = [Case(stdin=text, expected=text)] * 80
    result = sandbox.execute("print(input())", cases=cases)
    assert outcomes(result) == [Outcome.PASSED] * 80


@pytest.mark.parametrize("stop", [True, False])
@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT)
def test_a_case_that_leaves_what_cannot_be_removed(sandbox: Sandbox, left: str, stop: bool) -> None:
    """It fails those that it prevents, and harms no other program."""
    source = f"import os, contextlib\nwith contextlib.suppress(OSError):\n    {left}\nprint('done')"
    cases = [Case(expected="done")] * 3
    result = sandbox.execute(source, cases=cases, stop_at_failure=stop)
    assert result.outcome in (Outcome.PASSED, Outcome.RUNTIME_ERROR)
    assert sandbox.execute("print(1)", cases=[Case(expected="1")] * 2).passed


@pytest.mark.docker
def test_a_program_with_thirty_cases_is_compiled_once() -> None:
    (source,) = CPP.script_files(COUNTS_COMPILERS)
    compiles, runs = CPP.script_steps(COUNTS_COMPILERS)
    assert isinstance(compiles, CommandStep)
    noting = ("sh", "-c", 'echo compiled >>compiled; exec "$@"', "sh", *compiles.argv)
    program = Program(
        task_id="test/0", sample=0, language=CPP.id, image=CPP.image, extraction=Extraction(rule="test"),
        files=(source,), steps=(msgspec.structs.replace(compiles, argv=noting), runs), oracle=Oracle.CASES,
        cases=tuple(Case(stdin=f"{n}", expected=f"{2 * n} compiled") for n in range(30)),
    )  # fmt: skip
    with boxed("docker", SandboxOptions(image=CPP.image, run_id="tests")) as box:
        execution = box.execute(program)
    verdict = judge(program, execution)
    assert [case.outcome for case in verdict.cases] == [Outcome.PASSED] * 30, verdict.detail
    assert [step.name for step in execution.steps] == ["compile"]


CHANGES_ITSELF = """
#include <cstdio>
#include <cstdlib>
#include <cstring>
static const char SEEN[] = "first";
int main() {
    puts(SEEN);
    fflush(stdout);
    char way[9];
    scanf("%8s", way);
    if (!strcmp(way, "remove")) return remove("main") | remove("main.cpp");
    if (!strcmp(way, "replace"))
        return system("printf '#!/bin/sh\\necho second\\n' >new; chmod +x new; mv new main");
    if (!strcmp(way, "mode")) return system("chmod 0 main");
    if (!strcmp(way, "link")) return system("cp main other; ln -sf other main");
    return 0;
}
"""
PATCHES = """
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile const char seen[] = "unpatched";
static void patch() {
    int file = open("main", O_RDWR);
    off_t size = lseek(file, 0, SEEK_END);
    char* text = (char*)mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    volatile char sum = 0;
    for (off_t at = 0; at < size; at += 512) sum += text[at];
    for (off_t at = 0; at + 9 < size; at++)
        if (text[at] == 'u' && !memcmp(text + at + 1, "npatched", 8)) { text[at] = 'U'; }
}
int main(int argc, char**) {
    if (argc > 1) { patch(); return 0; }
    for (int at = 0; seen[at]; at++) putchar(seen[at]);
    puts("");
    fflush(stdout);
    if (FILE* copy = fopen("/tmp/copy", "w")) {
        FILE* own = fopen("main", "r");
        for (int c; (c = fgetc(own)) != EOF;) fputc(c, copy);
        fclose(copy);
    }
    execl("/bin/sh", "sh", "-c", "chmod +x /tmp/copy; exec /tmp/copy x", (char*)0);
}
"""
"""Changes its own binary through shared memory, from a copy of it: no time of the file changes."""


@pytest.fixture(scope="module")
def cpp() -> Iterator[Sandbox]:
    with Sandbox("cpp", sandbox="docker", workers=1) as opened:
        yield opened


@pytest.mark.docker
@pytest.mark.parametrize("way", ["none", "remove", "replace", "mode", "link"])
def test_a_program_that_changes_itself_is_put_back(cpp: Sandbox, way: str) -> None:
    cases = [Case(stdin=way, expected="first")] * 3
    result = cpp.execute(CHANGES_ITSELF, language="cpp", cases=cases)
    assert [(case.outcome, case.output) for case in result.cases] == [(Outcome.PASSED, "")] * 3, result.detail


@pytest.mark.docker
def test_a_program_that_patches_its_binary_is_put_back(cpp: Sandbox) -> None:
    result = cpp.execute(PATCHES, language="cpp", cases=[Case(expected="unpatched")] * 3)
    assert outcomes(result) == [Outcome.PASSED] * 3, result.cases
