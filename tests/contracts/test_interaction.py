"""Programs that talk with an interactor, in real sandboxes: one each, the host between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codeeval import Case, Limits, Outcome, Sandbox
from codeeval.languages import PYTHON
from codeeval.types import Checker, CheckerForm

if TYPE_CHECKING:
    from collections.abc import Iterator

GUESS = """
low, high = 1, 1000
while True:
    middle = (low + high) // 2
    print(middle, flush=True)
    answer = input()
    if answer == 'correct':
        break
    low, high = (middle + 1, high) if answer == 'higher' else (low, middle - 1)
"""
HIDES_A_NUMBER = """
import sys
number = int(open('input.txt').read())
for _ in range(10):
    line = sys.stdin.readline()
    if not line.strip().isdecimal():
        sys.exit(print(f"not a guess: {line!r}", file=sys.stderr) or 1)
    guess = int(line)
    print('correct' if guess == number else 'higher' if guess < number else 'lower', flush=True)
    if guess == number:
        sys.exit(0 if not sys.stdin.read().strip() else 'it goes on after the answer')
sys.exit('ten wrong guesses')
"""
FLOODED = """
import sys, threading
lines = 10_000
reader = threading.Thread(target=lambda: [sys.stdin.readline() for _ in range(lines)])
reader.start()
for n in range(lines):
    print('x' * 60)
sys.stdout.flush()
reader.join()
"""
CASES = (Case(stdin="1"), Case(stdin="731"), Case(stdin="1000"))
LONG = Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=256 << 20)
IN_A_MOMENT = Limits(cpu_s=0.5, wall_s=1.5, memory_bytes=256 << 20)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("docker", False), marks=pytest.mark.docker),
        pytest.param(("bubblewrap", True), marks=pytest.mark.bubblewrap),
    ],
    ids=["docker", "bubblewrap cold"],
)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    from codeeval.session.settings import SandboxSettings  # noqa: PLC0415 -- of this fixture alone

    engine, cold = request.param
    with Sandbox(settings=SandboxSettings(sandbox=engine, workers=1, cold=cold)) as opened:
        yield opened


def interactor(source: str, form: CheckerForm = CheckerForm.FILES) -> Checker:
    return Checker(
        language=PYTHON.id,
        image=PYTHON.image,
        files=PYTHON.script_files(source),
        steps=PYTHON.script_steps(source),
        form=form,
        interactive=True,
    )


def test_a_program_and_its_interactor_answer_each_other_in_every_case(sandbox: Sandbox) -> None:
    result = sandbox.execute(GUESS, cases=CASES, checker=interactor(HIDES_A_NUMBER))
    assert result.passed, result.detail
    assert [case.outcome for case in result.cases] == [Outcome.PASSED] * 3
    assert result.cases[0].cpu_s > 0


@pytest.mark.parametrize(
    ("code", "outcome", "said"),
    [
        (
            "for n in range(20):\n    print(2, flush=True)\n    input()",
            Outcome.WRONG_ANSWER,
            "ten wrong guesses",
        ),
        ("print('seven')", Outcome.WRONG_ANSWER, "not a guess: 'seven"),
        ("", Outcome.WRONG_ANSWER, "not a guess: ''"),
        ("raise ValueError('own fault')", Outcome.RUNTIME_ERROR, "own fault"),
        (f"{GUESS}\nprint('more')", Outcome.WRONG_ANSWER, "goes on after the answer"),
        (f"{GUESS}\nraise SystemExit(3)", Outcome.RUNTIME_ERROR, "3"),
        ("import os\nos.close(1)\ninput()", Outcome.WRONG_ANSWER, "not a guess: ''"),
    ],
)
def test_who_ends_first_decides(sandbox: Sandbox, code: str, outcome: Outcome, said: str) -> None:
    result = sandbox.execute(code, cases=CASES, checker=interactor(HIDES_A_NUMBER))
    assert (result.outcome, said in result.detail) == (outcome, True), result.detail
    assert len(result.cases) == 1


def test_a_program_that_goes_on_without_end_is_ended_by_its_limits(sandbox: Sandbox) -> None:
    cases = [Case(stdin="500", limits=IN_A_MOMENT)]
    code = f"{GUESS}\nwhile True:\n    pass"
    result = sandbox.execute(code, cases=cases, checker=interactor(HIDES_A_NUMBER))
    assert result.outcome is Outcome.TIMEOUT, result.detail


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("input()", id="at once"),
        pytest.param("print(1, flush=True)\ninput()\nprint(2, end='')\ninput()", id="unflushed"),
        pytest.param("import os\nif os.fork():\n    os.wait()\nelse:\n    input()", id="its child"),
    ],
)
def test_two_that_wait_for_each_other_are_ended_at_once(sandbox: Sandbox, code: str) -> None:
    cases = [Case(stdin="500", limits=LONG), *CASES]
    result = sandbox.execute(code, cases=cases, checker=interactor(HIDES_A_NUMBER))
    assert (result.outcome, "deadlock" in result.detail) == (Outcome.TIMEOUT, True), result.detail
    assert [case.wall_s < LONG.wall_s / 4 for case in result.cases] == [True]
    assert sandbox.execute(GUESS, cases=CASES, checker=interactor(HIDES_A_NUMBER)).passed


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import time\ntime.sleep(1)", id="sleep"),
        pytest.param("import select\nselect.select([0], [], [], 1)", id="select"),
        pytest.param("import threading\nthreading.Event().wait(1)", id="a lock's time-out"),
        pytest.param(
            "import signal\n"
            "def wake(*_):\n    raise TimeoutError\n"
            "signal.signal(signal.SIGALRM, wake)\nsignal.alarm(1)\n"
            "try:\n    input()\nexcept TimeoutError:\n    pass",
            id="an alarm in a read",
        ),
    ],
)
def test_a_program_that_will_go_on_by_itself_is_in_no_deadlock(sandbox: Sandbox, code: str) -> None:
    cases = [Case(stdin="731", limits=LONG)]
    result = sandbox.execute(f"{code}\n{GUESS}", cases=cases, checker=interactor(HIDES_A_NUMBER))
    assert result.passed, result.detail
    assert result.cases[0].wall_s >= 1


def test_an_interactor_that_will_go_on_by_itself_is_in_no_deadlock(sandbox: Sandbox) -> None:
    late = f"import time\nif time.sleep(1) is None:\n    print('go', flush=True)\n{HIDES_A_NUMBER}"
    result = sandbox.execute(f"input()\n{GUESS}", cases=CASES[:1], checker=interactor(late))
    assert result.passed, result.detail


def test_both_may_print_far_more_than_a_pipe_holds_before_they_read(sandbox: Sandbox) -> None:
    result = sandbox.execute(FLOODED, cases=[Case(), Case()], checker=interactor(FLOODED))
    assert result.passed, result.detail


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("print('ready', flush=True)\nraise KeyError('interactor')", "the checker failed"),
        ("raise SystemExit(3)", "exit status 3"),
        ("raise SystemExit(0)", "exit status 0"),
    ],
)
def test_an_interactor_that_fails_or_says_nothing_is_never_the_programs_fault(
    sandbox: Sandbox, source: str, said: str
) -> None:
    form = CheckerForm.KATTIS if "0" in source else CheckerForm.FILES
    result = sandbox.execute("input()", cases=CASES, checker=interactor(source, form))
    assert result.outcome is Outcome.SANDBOX_ERROR
    assert said in result.detail
