"""``Sandbox`` and ``execute`` on real engines: plain programs, tests, several languages, limits."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.sandboxing import BUBBLEWRAP, DOCKER

import codeeval
from codeeval import Comparison, ExecutionRequest, LimitOptions, Outcome, Sandbox
from codeeval.errors import SandboxError
from codeeval.languages import LANGUAGES
from codeeval.session.hooks import no_notes
from codeeval.session.sandboxes import open_pool
from codeeval.session.settings import SandboxSettings
from codeeval.types import CommandStep, Extraction, Limits, Oracle, Program, SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDLESS = "while True: pass"


@pytest.fixture(scope="module", params=[DOCKER, BUBBLEWRAP])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(sandbox=request.param, workers=2) as opened:
        yield opened


def test_plain_programs(sandbox: Sandbox) -> None:
    echo = sandbox.execute("print(input()[::-1])", stdin="olleh")
    assert (echo.outcome, echo.exit_code, echo.stdout, echo.reward) == (Outcome.PASSED, 0, "hello\n", 1.0)
    assert echo.wall_s > 0
    assert echo.peak_rss_bytes > 0
    failed = sandbox.execute("import os, sys\nsys.stderr.write('aside')\nsys.stderr.flush()\nos._exit(3)")
    assert (failed.outcome, failed.exit_code, failed.stderr) == (Outcome.RUNTIME_ERROR, 3, "aside")
    raised = sandbox.execute("{}['key']")
    assert raised.outcome is Outcome.RUNTIME_ERROR
    assert "KeyError" in raised.detail
    assert "Traceback" in raised.stderr
    assert sandbox.execute("def f(:").outcome is Outcome.COMPILE_ERROR


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("def double(x): return 2 * x", Outcome.PASSED),
        ("def double(x): return 3 * x", Outcome.WRONG_ANSWER),
        ("import os\ndef double(x): os._exit(0)", Outcome.INCOMPLETE),
        ("class Same:\n    __eq__ = lambda a, b: True\ndef double(x): return Same()", Outcome.WRONG_ANSWER),
        ("def double(x): return y", Outcome.RUNTIME_ERROR),
        (ENDLESS, Outcome.TIMEOUT),
    ],
)
def test_tests_decide(sandbox: Sandbox, code: str, outcome: Outcome) -> None:
    tests = "assert double(2) == 4\nassert double('a') == 'aa'\n"
    result = sandbox.execute(code, tests=tests, entry_point="double", limits=LimitOptions(cpu_s=1.0))
    assert result.outcome is outcome


def test_limits(sandbox: Sandbox) -> None:
    slow = sandbox.execute(ENDLESS, limits=LimitOptions(cpu_s=0.3))
    assert (slow.outcome, slow.attempts, slow.exit_code) == (Outcome.TIMEOUT, 1, None)
    assert slow.cpu_s < 2
    hungry = sandbox.execute(
        "x = bytearray(300 << 20)\nx[::4096] = x[::4096]", limits=LimitOptions(memory_bytes=100 << 20)
    )
    assert hungry.outcome is Outcome.MEMORY_LIMIT
    flood = "print('x' * (8 << 20))"
    assert sandbox.execute(flood).passed
    limited = sandbox.execute(flood, limits=LimitOptions(output_bytes=1 << 20))
    assert limited.outcome is Outcome.OUTPUT_LIMIT


async def test_in_threads_and_in_a_running_loop(sandbox: Sandbox) -> None:
    codes = [f"print({number})" for number in range(40)]
    many, single = await asyncio.gather(sandbox.aexecute_many(codes), sandbox.aexecute("print('one')"))
    assert [result.stdout for result in many] == [f"{number}\n" for number in range(40)]
    assert single.stdout == "one\n"
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(sandbox.execute, codes))
    assert [result.stdout for result in found] == [result.stdout for result in many]


@pytest.mark.parametrize("kind", [DOCKER, BUBBLEWRAP])
def test_closing_while_programs_run(kind: str) -> None:
    sandbox = Sandbox(sandbox=kind, workers=1).open()
    futures = [sandbox.submit(ENDLESS) for _ in range(20)]
    sandbox.close()
    for future in futures:
        with pytest.raises(SandboxError):
            future.result(timeout=10)


@pytest.mark.parametrize("kind", [DOCKER, BUBBLEWRAP])
def test_execute_alone(kind: str) -> None:
    assert codeeval.execute("print('hello')", sandbox=kind).stdout == "hello\n"


@pytest.mark.docker
def test_several_languages_at_once(demand_image: Callable[[str], None]) -> None:
    names = ("bash", "cpp", "perl", "python")
    for name in names:
        demand_image(LANGUAGES[name].image)
    requests = []
    for name in names:
        (echo,) = (test for test in LANGUAGES[name].self_tests if test.name == "echo")
        requests.append(ExecutionRequest(echo.source, name, stdin=echo.stdin))
    with Sandbox(names, sandbox="docker", workers=2) as sandbox:
        results = sandbox.execute_many(requests * 5)
        tested = sandbox.execute(
            "#include <cassert>\nint twice(int x) { return 2 * x; }",
            language="cpp",
            tests="int main() { assert(twice(2) == 4); }",
        )
        wrong = sandbox.execute(
            "#include <cassert>\nint twice(int x) { return 3 * x; }",
            language="cpp",
            tests="int main() { assert(twice(2) == 4); }",
        )
    assert {(result.outcome, result.stdout.strip()) for result in results} == {(Outcome.PASSED, "hello")}
    assert (tested.outcome, wrong.outcome) == (Outcome.PASSED, Outcome.WRONG_ANSWER)


CHECKER = """
import sys
text = {name: open(f'{name}.txt').read() for name in ('input', 'output', 'answer')}
number = int(text['output'])
print('it is', number, file=sys.stderr)
sys.exit(0 if number > 0 and int(text['input']) % number == 0 else 1)
"""


def test_cases_decide(sandbox: Sandbox) -> None:
    code = "import sys\nprint(2 * int(input()))\nsys.exit(0)"
    right = sandbox.execute(code, cases=[("1", "2"), ("4", " 8\n\n"), ("-3", "-6")])
    assert (right.outcome, len(right.cases), right.reward) == (Outcome.PASSED, 3, 1.0)
    wrong = sandbox.execute(code, cases=[("1", "2"), ("2", "5"), ("x", "8"), ("3", "6")])
    assert [case.outcome for case in wrong.cases] == [Outcome.PASSED, Outcome.WRONG_ANSWER]
    assert wrong.stdout == "4\n"
    going_on = sandbox.execute(
        code, cases=[("1", "2"), ("2", "5"), ("x", "8"), ("3", "6")], stop_at_failure=False
    )
    assert [case.outcome for case in going_on.cases] == [
        Outcome.PASSED,
        Outcome.WRONG_ANSWER,
        Outcome.RUNTIME_ERROR,
        Outcome.PASSED,
    ]
    floats = sandbox.execute(
        "print(1/3)", cases=[("", "0.3333333")], comparison=Comparison(name="floats", tolerance=1e-3)
    )
    assert floats.passed


def test_a_case_that_used_up_its_cpu_time_is_not_repeated(sandbox: Sandbox) -> None:
    result = sandbox.execute(
        "text = input()\nwhile text == 'wait': pass\nprint(text)",
        cases=[("go", "go"), ("wait", "wait")],
        limits=LimitOptions(cpu_s=0.3),
    )
    assert (result.outcome, result.attempts) == (Outcome.TIMEOUT, 1)
    assert [case.outcome for case in result.cases] == [Outcome.PASSED, Outcome.TIMEOUT]


def test_a_case_that_waited_past_the_guard_is_repeated(sandbox: Sandbox) -> None:
    result = sandbox.execute(
        "import time\ntext = input()\nif text == 'wait': time.sleep(60)\nprint(text)",
        cases=[("go", "go"), ("wait", "wait")],
        limits=LimitOptions(cpu_s=0.3, wall_s=0.6),
    )
    assert (result.outcome, result.attempts) == (Outcome.TIMEOUT, 2)
    assert [case.outcome for case in result.cases] == [Outcome.PASSED, Outcome.TIMEOUT]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("print(1)", Outcome.PASSED),
        ("print(int(input()) // 2)", Outcome.PASSED),
        ("print(7)", Outcome.WRONG_ANSWER),
        ("print('seven')", Outcome.SANDBOX_ERROR),  # the checker breaks on it, which is the checker's fault
    ],
)
def test_a_checker_decides(sandbox: Sandbox, code: str, outcome: Outcome) -> None:
    result = sandbox.execute(code, cases=[("6", ""), ("10", "")], checker=CHECKER)
    assert result.outcome is outcome


@pytest.mark.docker
def test_a_precompiled_header_fits(demand_image: Callable[[str], None]) -> None:
    """As programs are compiled, and as judges compile them."""
    demand_image("gcc")
    limits = Limits(cpu_s=15.0, wall_s=60.0)
    command = ("sh", "/opt/codeeval/fast/g++", "-std=c++17")
    program = Program(
        task_id="header",
        sample=0,
        language="cpp",
        image="gcc",
        extraction=Extraction(rule="own"),
        files=(SourceFile(path="main.cpp", content="#include <bits/stdc++.h>\nint main() {}\n"),),
        steps=tuple(
            CommandStep(
                name="compile", argv=(*command, *options, "-H", "-fsyntax-only", "main.cpp"), limits=limits
            )
            for options in ((), ("-O2",))
        ),
        oracle=Oracle.EXIT_STATUS,
    )
    with open_pool(("gcc",), SandboxSettings(sandbox="docker", workers=1), no_notes) as opened:
        steps = opened.pool.submit(program).result().steps
    used = [line for step in steps for line in step.stderr.splitlines() if line.startswith("! ")]
    folder = "/opt/codeeval/fast/include/bits/stdc++.h.gch"
    assert used == [f"! {folder}/plain", f"! {folder}/optimised"]
