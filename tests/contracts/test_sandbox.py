"""What every launcher owes: the same outcomes, streams and measures, warm and cold."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from support import sandboxing
from support.sandboxing import SMALL, Box, boxed, commands, program

from codeeval.errors import SandboxError
from codeeval.judging import judge
from codeeval.languages import PYTHON, SelfTest, self_test_program
from codeeval.sandboxes import bubblewrap, images
from codeeval.testing import check_sandbox
from codeeval.types import TOKEN_PLACEHOLDER, Extraction, Limits, Oracle, Outcome, StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.types import Verdict

SELF_TESTS = [pytest.param(test, id=test.name) for test in PYTHON.self_tests]
"""The other languages' are in test_language_self_tests.py: they have images of their own."""

LAUNCHERS = (
    sandboxing.DOCKER,
    sandboxing.BUBBLEWRAP,
    sandboxing.ROOTLESS,
    sandboxing.UNPACKED,
    sandboxing.UNPACKED_ROOTLESS,
)
PATIENT = Limits(cpu_s=5.0, wall_s=60.0)
"""For measures that a loaded machine must not cut short."""
OPEN_ENDS = (
    "\\\n",
    "\ny = 5 \\\n",
    "\ny = (1,\n",
    "\ny = 'abc\n",
    "\ny = '''abc\n",
    "\nif True:\n",
    "\n    ",
    "\n# comment \\\n",
    "\n@f\n",
    "\nfor y in ():\n    pass\nelse:\n",
    "\nx = 1;\\\n",
    "\nlambda: \\\n",
    "\ntry:\n    x = 1\n",
    "; x = 1\n\f\n",
)


def _passes(source: str) -> bool:
    try:
        exec(source, {})
    except BaseException:  # noqa: BLE001 -- whatever a candidate raises
        return False
    return True


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((name, cold), marks=marks, id=f"{name}-{'cold' if cold else 'warm'}")
        for (name,), marks, _ in LAUNCHERS
        for cold in (False, True)
        if not (cold and name.endswith("rootless"))  # the two differ in nothing that the others do not
    ],
)
def box(request: pytest.FixtureRequest) -> Iterator[Box]:
    name, cold = request.param
    with boxed(name, msgspec.structs.replace(sandboxing.SMALL_SANDBOX, cold=cold)) as made:
        yield made


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize("name", LAUNCHERS)
def test_conformance(name: str, *, cold: bool) -> None:
    options = msgspec.structs.replace(sandboxing.SMALL_SANDBOX, cold=cold)
    check_sandbox(sandboxing.launcher(name), options)


class TestOutcomes:
    @pytest.mark.parametrize("test", SELF_TESTS)
    def test_self_test(self, box: Box, test: SelfTest) -> None:
        wanted = self_test_program(PYTHON, test)
        if test.outcome is Outcome.TIMEOUT:  # one second of spinning shows as much as several
            steps = [msgspec.structs.replace(step, limits=SMALL) for step in wanted.steps]
            wanted = msgspec.structs.replace(wanted, steps=tuple(steps))
        assert box.judge(wanted).outcome is test.outcome
        box.check_clean()

    def test_self_tests_reach_every_status(self) -> None:
        """NO_CODE needs no sandbox, SANDBOX_ERROR no program, OUTPUT_LIMIT a limit: see the tests below."""
        reached = {test.outcome for test in PYTHON.self_tests}
        assert set(Outcome) - reached == {Outcome.NO_CODE, Outcome.SANDBOX_ERROR, Outcome.OUTPUT_LIMIT}

    def test_no_code(self) -> None:
        nothing = msgspec.structs.replace(program("pass"), steps=(), extraction=Extraction(rule="none"))
        assert judge(nothing, None).outcome is Outcome.NO_CODE

    def test_sandbox_error(self, box: Box) -> None:
        """A program that the host cannot hand over is nobody's failure, and harms no other."""
        outside = commands(("true",), files={"../outside": "x"})
        verdict = box.judge(outside)
        assert verdict.outcome is Outcome.SANDBOX_ERROR
        assert "outside" in verdict.detail
        box.check_clean()

    def test_unused_limits_do_not_decide(self, box: Box) -> None:
        """A program that prints and allocates just under its limits passes."""
        source = f"""
import sys
data = bytearray(b'x') * (48 << 20)
sys.stdout.write('x' * {SMALL.output_bytes})
sys.stderr.write('y' * {SMALL.output_bytes})
"""
        verdict = box.judge(program(source))
        assert (verdict.outcome, verdict.detail) == (Outcome.PASSED, "")

    def test_one_byte_too_much_output(self, box: Box) -> None:
        source = f"import sys\nsys.stderr.write('y' * {SMALL.output_bytes + 1})\n"
        assert box.outcome(source) is Outcome.OUTPUT_LIMIT


class TestOutputThatNothingCompares:
    """It is not limited: left-over prints are no failure, and what matters of them is kept."""

    limits = msgspec.structs.replace(SMALL, cpu_s=5.0, wall_s=20.0, output_bytes=None)

    def judge(self, box: Box, source: str, **how: str) -> Verdict:
        return box.judge(program(source, limits=self.limits, **how))

    @pytest.mark.parametrize("stream", ["stdout", "stderr"])
    @pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1, 3 << 19, (3 << 19) + 1, 40_000_000])
    def test_a_flood_passes(self, box: Box, stream: str, size: int) -> None:
        source = f"import sys\nsys.{stream}.write('begin' + 'x' * {size - 8} + 'end')\n"
        execution = box.execute(program(source, limits=self.limits))
        text: str = getattr(execution.steps[0], stream)
        assert judge(program(source, limits=self.limits), execution).outcome is Outcome.PASSED
        assert (text[:5], text[-3:]) == ("begin", "end")
        note = re.search(r"\n\[\.\.\. (\d+) bytes omitted \.\.\.\] *\n", text)
        assert (note is None) == (size <= 1 << 20)
        if note is not None:
            assert int(note[1]) + len(text) - len(note[0]) == size

    def test_many_small_writes(self, box: Box) -> None:
        verdict = self.judge(box, "for number in range(100_000): print('line', number)\n")
        assert verdict.outcome is Outcome.PASSED
        assert verdict.stdout.endswith("line 99998\nline 99999\n")

    def test_one_without_end_is_ended_by_its_time(self, box: Box) -> None:
        limits = msgspec.structs.replace(self.limits, cpu_s=0.5)
        assert box.judge(program("while True: print('x' * 1000)", limits=limits)).outcome is Outcome.TIMEOUT

    def test_compared_output_is_limited(self, box: Box) -> None:
        verdict = self.judge(box, f"print('x' * {1 << 20})\n", expected="x")
        assert (verdict.outcome, verdict.detail) == (Outcome.OUTPUT_LIMIT, "run: printed over 1024 KiB")


class TestSurroundings:
    """What official evaluators' machines have and some programs rely on."""

    def test_a_home_and_a_name(self, box: Box) -> None:
        source = """
import getpass, os, pathlib, tempfile
assert getpass.getuser() == os.environ['LOGNAME'] == os.environ['USER'] == 'user'
os.makedirs(os.path.expanduser('~/.myapp/cache'))
(pathlib.Path.home() / '.myapp' / 'settings').write_text('x')
"""
        verdict = box.judge(program(source))
        assert (verdict.outcome, verdict.stderr) == (Outcome.PASSED, "")
        box.check_clean()

    def test_the_same_packages(self, box: Box) -> None:
        """NumPy, and no other, wherever a program runs: a verdict may not depend on the sandbox."""
        source = """
import importlib.util, subprocess, sys
import numpy
assert numpy.arange(3).sum() == 3
for name in ('pandas', 'scipy', 'click', 'msgspec', 'yaml', 'pip', 'setuptools', 'codeeval', 'torch'):
    assert importlib.util.find_spec(name) is None, name
command = ['python3', '-c', 'import numpy; print(numpy.__version__)']
assert subprocess.run(command, capture_output=True, text=True).stdout.strip() == numpy.__version__
"""
        limits = msgspec.structs.replace(SMALL, cpu_s=10.0, wall_s=60.0, memory_bytes=512 << 20)
        verdict = box.judge(program(source, limits=limits))
        assert (verdict.outcome, verdict.stderr) == (Outcome.PASSED, "")
        assert box.pool.toolchain["numpy"][0].isdigit()


class TestMeasures:
    def test_cpu_and_wall(self, box: Box) -> None:
        source = """
import time
end = time.process_time() + 0.4
while time.process_time() < end:
    pass
time.sleep(0.3)
"""
        verdict = box.judge(program(source, limits=PATIENT))
        assert verdict.outcome is Outcome.PASSED
        assert 0.4 <= verdict.cpu_s < 0.8
        assert verdict.cpu_s + 0.25 < verdict.wall_s < PATIENT.wall_s

    def test_cpu_of_children_counts(self, box: Box) -> None:
        source = """
import os, time
if (pid := os.fork()) == 0:
    while time.process_time() < 0.4:
        pass
    os._exit(0)
os.waitpid(pid, 0)
"""
        verdict = box.judge(program(source, limits=PATIENT))
        assert verdict.outcome is Outcome.PASSED
        assert 0.4 <= verdict.cpu_s < 0.9

    def test_memory(self, box: Box) -> None:
        small = box.judge(program("pass\n"))
        large = box.judge(program("data = bytearray(b'x') * (64 << 20)\n"))
        assert large.outcome is Outcome.PASSED
        # of a command the kernel counts its parent's peak too, so the small one measures nothing of the large
        assert 0 < small.peak_rss_bytes < 40 << 20
        assert 64 << 20 < large.peak_rss_bytes < 104 << 20

    def test_toolchain(self, box: Box) -> None:
        version = box.judge(program("import platform\nprint(platform.python_version())", expected="")).stdout
        assert box.pool.toolchain["python"] == version.strip()


class TestStreams:
    def test_streams_and_exit_code(self, box: Box) -> None:
        source = "import os, sys\nprint(input())\nprint(input(), file=sys.stderr)\nos._exit(7)\n"
        wanted = program(source, stdin="one\ntwo\nthree")
        (result,) = box.execute(wanted).steps
        # os._exit flushes nothing: what a full line on standard error shows, standard output still holds back
        assert (result.status, result.exit_code, result.stderr) == (StepStatus.EXITED, 7, "two\n")
        assert not result.completed

    def test_no_stdin_is_an_empty_one(self, box: Box) -> None:
        assert box.outcome("import sys\nassert sys.stdin.read() == ''\n") is Outcome.PASSED

    def test_a_large_stdin_arrives(self, box: Box) -> None:
        text = "".join(f"{number}\n" for number in range(200_000))
        source = "import sys\nprint(sum(map(int, sys.stdin)), sys.stdin.read() == '')\n"
        assert box.judge(program(source, stdin=text, expected="19999900000 True")).outcome is Outcome.PASSED

    @pytest.mark.parametrize("path", ["/dev/stdin", "/proc/self/fd/0"])
    def test_streams_can_be_opened_by_name(self, box: Box, path: str) -> None:
        source = (
            f"with open({path!r}) as lines, open('/dev/stdout', 'w') as out:\n    out.write(lines.read())\n"
        )
        verdict = box.judge(program(source, stdin="by name", expected="by name"))
        assert verdict.outcome is Outcome.PASSED, verdict.stderr

    @pytest.mark.parametrize(
        "text", ["żółć 漢字 😀", "a\x00b", "a\r\nb\rc\n", "\x1b[31m\x7f", "\u2028\u2029\ufeff", "x" * 100_000]
    )
    def test_text_travels_both_ways(self, box: Box, text: str) -> None:
        source = (
            "import sys\nsys.stdin.reconfigure(newline='')\nsys.stdout.reconfigure(newline='')\n"
            "text = sys.stdin.read()\nsys.stdout.write(text)\nsys.stderr.write(text)\n"
        )
        (result,) = box.execute(program(source, stdin=text)).steps
        assert (result.stdout, result.stderr, result.completed) == (text, text, True)

    def test_undecodable_bytes_are_replaced(self, box: Box) -> None:
        (result,) = box.execute(program("import os\nos.write(1, b'a\\xff\\xfeb\\xc3')\n")).steps
        assert result.stdout == "a\ufffd\ufffdb\ufffd"

    def test_a_printed_lone_surrogate_is_escaped(self, box: Box) -> None:
        verdict = box.judge(program("print('\\ud800')\n"))
        assert (verdict.outcome, verdict.stdout) == (Outcome.PASSED, "\\ud800\n")

    def test_an_unfinished_last_line_is_kept(self, box: Box) -> None:
        source = "import sys\nsys.stdout.write('half')\nsys.stderr.write('done')\nassert False\n"
        verdict = box.judge(program(source))
        assert verdict.stdout == "half"
        assert verdict.stderr.startswith("doneTraceback")


class TestSources:
    @pytest.mark.parametrize(
        ("source", "outcome"),
        [
            ("text = 'żółć 😀'\nassert len(text) == 6\n", Outcome.PASSED),
            ("ż = 1\r\nif ż:\r\n    ok = '''a\r\nb'''\r\nassert ok == 'a\\nb'\r\n", Outcome.PASSED),
            ("x = 1\rassert x == 1\r", Outcome.PASSED),
            ("x = 1\x00\n", Outcome.COMPILE_ERROR),
            ("# \x00\n", Outcome.COMPILE_ERROR),
            ("x = '\ud800'\n", Outcome.COMPILE_ERROR),
            ("# \udfff\n", Outcome.COMPILE_ERROR),
            ("\ufeffx = 1\n", Outcome.COMPILE_ERROR),
            ("# -*- coding: latin-1 -*-\nassert 'ż' == '\\u017c'\n", Outcome.PASSED),
            ("x = 1\n\x1a", Outcome.COMPILE_ERROR),
            ("", Outcome.PASSED),
            ("#" * 1_000_000, Outcome.PASSED),
        ],
    )
    def test_odd_characters_are_read_as_exec_reads_them(
        self, box: Box, source: str, outcome: Outcome
    ) -> None:
        try:
            exec(source, {})
            here = Outcome.PASSED
        except (SyntaxError, ValueError):  # UnicodeEncodeError is a ValueError
            here = Outcome.COMPILE_ERROR
        assert here is outcome
        assert box.outcome(source) is outcome

    def test_a_lone_surrogate_in_stdin(self, box: Box) -> None:
        source = "import sys\nassert sys.stdin.buffer.read() == b'a\\xed\\xa0\\x80b'\n"
        assert box.judge(program(source, stdin="a\ud800b")).outcome is Outcome.PASSED

    def test_a_lone_surrogate_in_tests(self, box: Box) -> None:
        assert box.outcome("x = 1\n", "assert x == '\ud800'\n") is Outcome.COMPILE_ERROR

    def test_a_large_source(self, box: Box) -> None:
        limits = Limits(cpu_s=10.0, wall_s=30.0)
        source = "".join(f"v{number} = {number}\n" for number in range(30_000)) + "assert v29999 == 29999\n"
        assert box.judge(program(source, limits=limits)).outcome is Outcome.PASSED


class TestExecSemantics:
    """Files run as ``exec(candidate + tests, {})`` would run them."""

    def test_name_and_namespace(self, box: Box) -> None:
        source = """
assert __name__ == 'builtins'
assert set(globals()) <= {'__builtins__'}, set(globals())
if __name__ == '__main__':
    raise SystemExit(1)
"""
        assert box.outcome(source, "assert __name__ == 'builtins'\n") is Outcome.PASSED

    def test_the_runner_is_invisible(self, box: Box) -> None:
        source = """
import os, sys
assert 'codeeval' not in repr(sys.path) + repr(os.environ) and 'PATH' in os.environ
"""
        assert box.outcome(source) is Outcome.PASSED

    def test_tests_see_what_the_candidate_defined(self, box: Box) -> None:
        source = "import math as m\ndef f(x):\n    return m.floor(x) + LIMIT\nLIMIT = 3\n"
        assert box.outcome(source, "assert f(1.5) == 4 and m.pi > 3\n", entry_point="f") is Outcome.PASSED

    def test_the_tests_import_rescues_the_candidate(self, box: Box) -> None:
        source = "def f(x):\n    return math.sqrt(x)\n"
        assert box.outcome(source, "import math\nassert f(4) == 2\n", entry_point="f") is Outcome.PASSED
        assert box.outcome(source, "assert f(4) == 2\n", entry_point="f") is Outcome.RUNTIME_ERROR

    def test_a_missing_name_fails_when_it_is_used(self, box: Box) -> None:
        source = "def f(x: List[int]) -> int:\n    return 1\n"
        verdict = box.judge(program(source, "from typing import List\nassert f([]) == 1\n", entry_point="f"))
        assert verdict.outcome is Outcome.RUNTIME_ERROR
        assert verdict.detail.startswith("NameError")

    def test_tests_may_rebind_the_entry_point(self, box: Box) -> None:
        tests = "g = f\ndef f(x):\n    return g(x) + 1\nassert f(1) == 3\n"
        assert box.outcome("def f(x):\n    return x + 1\n", tests, entry_point="g") is Outcome.PASSED

    @pytest.mark.parametrize("entry_point", ["count", "sum", "append", "real"])
    def test_an_entry_point_named_like_an_attribute(self, box: Box, entry_point: str) -> None:
        source = f"def {entry_point}(x):\n    return [x]\n"
        tests = f"""
def check(candidate):
    assert candidate(1) == [1] and {entry_point}(2) == [2]
    assert [1, 1].count(1) == 2 and (5).real == 5
    mine = []
    mine.append(3)
    assert mine == [3]
check({entry_point})
"""
        assert box.outcome(source, tests, entry_point=entry_point) is Outcome.PASSED

    def test_a_shadowed_builtin_named_like_an_attribute(self, box: Box) -> None:
        source = "import datetime\nmin = 5\nformat = 6\ndef f(x):\n    return x\n"
        tests = (
            "assert f(2) == 2 and min(3, 2) == 2 and datetime.date.min.year == 1 and '{}'.format(1) == '1'\n"
        )
        assert box.outcome(source, tests, entry_point="f") is Outcome.PASSED

    @pytest.mark.parametrize(
        "tests",
        ["\nassert f(1) == 2\n", "\n\n\nMETADATA = {}\ndef check(c):\n    assert c(1) == 2\ncheck(f)"],
    )
    def test_candidates_with_an_open_end(self, box: Box, tests: str) -> None:
        """They must pass if the concatenation does; a candidate that swallows its tests never does."""
        candidates = [f"def f(x):\n    return x + 1{end}" for end in OPEN_ENDS]
        expected = {candidate: _passes(candidate + tests) for candidate in candidates}
        assert set(expected.values()) == {True, False}
        found = {
            candidate: box.outcome(candidate, tests, entry_point="f") is Outcome.PASSED
            for candidate in candidates
        }
        assert found == expected

    @pytest.mark.parametrize(
        "candidate", ["if 0:\n", "x = '''", "def f():\n  return 1\n'''", "while 0: \\\n"]
    )
    def test_a_candidate_that_swallows_its_tests(self, box: Box, candidate: str) -> None:
        assert box.outcome(candidate, "    assert 0\n'''\nx = ''''''\n") is not Outcome.PASSED

    @pytest.mark.parametrize(
        ("source", "outcome", "detail"),
        [
            ("def f(x):\n    return f(x)\n", Outcome.RUNTIME_ERROR, "RecursionError"),
            ("def f(x):\n    raise KeyError('k')\n", Outcome.RUNTIME_ERROR, "KeyError: 'k'"),
            ("def f(x):\n    raise MemoryError\n", Outcome.MEMORY_LIMIT, "MemoryError"),
            ("def f(x):\n    return 2\n", Outcome.WRONG_ANSWER, "AssertionError: one"),
            ("def f(x):\n    raise KeyboardInterrupt\n", Outcome.RUNTIME_ERROR, "KeyboardInterrupt"),
            (
                "def f(x):\n    raise ExceptionGroup('g', [ValueError()])\n",
                Outcome.RUNTIME_ERROR,
                "ExceptionGroup",
            ),
            ("def f(x):\n    exec('1 +')\n", Outcome.RUNTIME_ERROR, "SyntaxError"),
            ("def f(x):\n    raise SystemExit(0)\n", Outcome.INCOMPLETE, "the program ended"),
            ("def f(x):\n    raise GeneratorExit\n", Outcome.RUNTIME_ERROR, "GeneratorExit"),
        ],
    )
    def test_how_a_failure_is_reported(self, box: Box, source: str, outcome: Outcome, detail: str) -> None:
        verdict = box.judge(program(source, "assert f(1) == 1, 'one'\n", entry_point="f"))
        assert verdict.outcome is outcome
        assert verdict.detail.startswith(detail)

    def test_hash_seed_and_time_zone_are_fixed(self, box: Box) -> None:
        source = "import time\nprint(hash('seed'), time.tzname[0])\n"
        first, second = (box.judge(program(source, expected="")).stdout for _ in range(2))
        assert first == second
        assert first.endswith(" UTC\n")

    def test_recursion_up_to_the_usual_depth(self, box: Box) -> None:
        source = "def f(n):\n    return n and 1 + f(n - 1)\n"
        assert box.outcome(source, "assert f(900) == 900\n", entry_point="f") is Outcome.PASSED


class TestCommands:
    def test_argv_cwd_and_files(self, box: Box) -> None:
        script = 'cd "$(pwd)" && cat data/in.txt && echo made > data/out.txt && cat data/out.txt'
        wanted = commands(("sh", "-c", script), files={"data/in.txt": "in żółć\n"}, expected="in żółć\nmade")
        assert box.judge(wanted).outcome is Outcome.PASSED
        box.check_clean()

    def test_compile_then_run(self, box: Box) -> None:
        compile_ = ("sh", "-c", "printf '#!/bin/sh\\ncat\\n' > main && chmod +x main && echo noise")
        wanted = commands(compile_, ("./main",), stdin="run only", expected="run only")
        execution = box.execute(wanted)
        assert [(step.name, step.exit_code) for step in execution.steps] == [("compile", 0), ("run", 0)]
        assert execution.steps[0].stdout == "noise\n"
        assert judge(wanted, execution).outcome is Outcome.PASSED

    def test_a_failed_compilation_runs_nothing(self, box: Box) -> None:
        wanted = commands(("sh", "-c", "echo bad >&2; exit 3"), ("true",))
        execution = box.execute(wanted)
        assert [step.name for step in execution.steps] == ["compile"]
        verdict = judge(wanted, execution)
        assert (verdict.outcome, verdict.detail, verdict.stderr) == (
            Outcome.COMPILE_ERROR,
            "compile: exit status 3: bad",
            "bad\n",
        )

    @pytest.mark.parametrize(
        ("script", "status", "code", "signal"),
        [
            ("exit 0", StepStatus.EXITED, 0, 0),
            ("exit 255", StepStatus.EXITED, 255, 0),
            ("kill -SEGV $$", StepStatus.SIGNALED, 0, 11),
            ("kill -9 $$", StepStatus.SIGNALED, 0, 9),
            ("kill -TERM $$", StepStatus.SIGNALED, 0, 15),
        ],
    )
    def test_exit_status_and_signal(
        self, box: Box, script: str, status: StepStatus, code: int, signal: int
    ) -> None:
        wanted = commands(("sh", "-c", script))
        (result,) = box.execute(wanted).steps
        assert (result.status, result.exit_code, result.signal) == (status, code, signal)
        assert box.judge(wanted).outcome is (Outcome.RUNTIME_ERROR if code or signal else Outcome.INCOMPLETE)

    def test_a_missing_command_is_no_sandbox_error(self, box: Box) -> None:
        verdict = box.judge(commands(("no-such-tool",)))
        assert verdict.outcome is Outcome.RUNTIME_ERROR
        assert "no-such-tool" in verdict.stderr or "No such file" in verdict.stderr

    @pytest.mark.parametrize("way", [">&3", "> /dev/fd/3", "> /proc/self/fd/3"])
    def test_the_token_placeholder(self, box: Box, way: str) -> None:
        script = f"echo tests\nprintf %s {TOKEN_PLACEHOLDER} {way}\n"
        verdict = box.judge(commands(("sh", "main.sh"), files={"main.sh": script}))
        assert verdict.outcome is Outcome.PASSED, verdict.stderr

    def test_a_token_written_before_a_failure_is_no_pass(self, box: Box) -> None:
        script = f"printf %s {TOKEN_PLACEHOLDER} >&3; exit 1"
        verdict = box.judge(commands(("sh", "main.sh"), files={"main.sh": script}))
        assert verdict.outcome is Outcome.RUNTIME_ERROR

    def test_commands_have_limits_too(self, box: Box) -> None:
        spin = box.judge(commands(("sh", "-c", "while :; do :; done")))
        flood = box.judge(commands(("sh", "-c", "while :; do echo 0123456789; done")))
        sleep = box.judge(commands(("sleep", "60"), limits=Limits(cpu_s=1, wall_s=0.5)))
        assert [verdict.outcome for verdict in (spin, flood, sleep)] == [
            Outcome.TIMEOUT,
            Outcome.OUTPUT_LIMIT,
            Outcome.TIMEOUT,
        ]
        box.check_clean()

    def test_processes_left_by_a_step_are_killed(self, box: Box) -> None:
        left = ("sh", "-c", "(sleep 60; echo late) & echo started")
        look = ("sh", "-c", "ls -d /proc/[0-9]* | wc -l; ps 2>/dev/null | grep -c slee[p] || true")
        execution = box.execute(commands(left, look, expected=""))
        assert execution.steps[0].stdout == "started\n"
        assert int(execution.steps[1].stdout.split()[0]) <= 4  # process 1, the shell, ls, wc


class TestPools:
    def test_oracle_is_not_in_the_sandbox(self, box: Box) -> None:
        source = """
import sys
frame, seen = sys._getframe(), []
while frame:
    seen.append(repr(frame.f_locals))
    frame = frame.f_back
print('unguessable' + ' answer' in ''.join(seen))
"""
        wanted = program(source, expected="False\nunguessable answer")
        assert wanted.oracle is Oracle.STDOUT
        verdict = box.judge(wanted)
        assert (verdict.outcome, verdict.stdout) == (Outcome.WRONG_ANSWER, "False\n")


class TestInterpreter:
    """A command's ``python3`` is the interpreter whose version is recorded, whatever else the machine has."""

    PRINTS_VERSION = "import platform; print(platform.python_version())"

    @pytest.mark.parametrize("command", ["python3", "/usr/bin/env python3"])
    def test_commands_run_the_interpreter_that_is_recorded(self, box: Box, command: str) -> None:
        wanted = commands(
            (*command.split(), "-c", self.PRINTS_VERSION), expected=box.pool.toolchain["python"]
        )
        verdict = box.judge(wanted)
        assert verdict.outcome is Outcome.PASSED, (verdict.stdout, box.pool.toolchain)

    def test_it_finds_its_own_library(self, box: Box) -> None:
        source = (
            "import os, sqlite3, ssl, sys\n"
            "print(os.path.dirname(os.__file__) == sys.prefix + '/lib/python%d.%d' % sys.version_info[:2])"
        )
        assert box.judge(commands(("python3", "-c", source), expected="True")).outcome is Outcome.PASSED


@pytest.mark.bubblewrap
def test_bubblewrap_shadows_the_path_of_the_runner() -> None:
    path = (images.containers_folder() / "runner" / "supervisor.py").read_text("utf-8")
    assert f'"PATH": "{":".join(bubblewrap.COMMAND_FOLDERS)}"' in path


@pytest.mark.bubblewrap
def test_bubblewrap_has_no_other_image() -> None:
    options = msgspec.structs.replace(sandboxing.SMALL_SANDBOX, image="rust")
    with pytest.raises(SandboxError, match="docker"):
        sandboxing.launcher("bubblewrap").launch(options)


@pytest.mark.bubblewrap
def test_lower_limits_of_the_machine_are_kept_and_stated() -> None:
    """A cluster starts jobs under ``ulimit``; a sandbox may not ask for more."""
    source = """
import codeeval
notes = []
with codeeval.Sandbox(sandbox="bubblewrap", workers=1, notes=notes.append) as sandbox:
    print(sandbox.execute("import resource; print(resource.getrlimit(resource.RLIMIT_AS))").stdout)
print(notes)
"""
    limit = 1_800_000  # KiB, less than a sandbox has otherwise
    command = ["bash", "-c", f'ulimit -v {limit}; ulimit -u 200; exec "$0" -c "$1"', sys.executable, source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"({limit << 10}, {limit << 10})" in done.stdout
    assert f"inherits (ulimit): {limit << 10} bytes of memory, 200 processes" in done.stdout
