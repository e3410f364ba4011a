"""Programs with cases, in real sandboxes: one visit, each case by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codeeval import Case, Limits, Outcome, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

DOUBLE = "print(2 * int(input()))"
COUNTS_FILES = """
import os
print(len(os.listdir(".")), os.path.exists("/tmp/left"))
open("left", "w").close()
open("/tmp/left", "w").close()
"""
DOUBLE_IN_CPP = "#include <iostream>\nint main() { long n; std::cin >> n; std::cout << 2 * n << '\\n'; }\n"
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
    result = sandbox.execute(code, cases=[Case(expected="[]")])
    if outcome is Outcome.COMPILE_ERROR:  # a plain interpreter reports it by its exit status alone
        assert not result.passed
    else:
        assert result.outcome is outcome


@pytest.mark.docker
def test_a_compiled_program_is_compiled_once() -> None:
    cases = [Case(stdin=f"{n}", expected=f"{2 * n}") for n in range(5)]
    with Sandbox("cpp", sandbox="docker", workers=1) as opened:
        result = opened.execute(DOUBLE_IN_CPP, language="cpp", cases=cases)
    assert outcomes(result) == [Outcome.PASSED] * 5
    assert sum(case.wall_s for case in result.cases) < result.compile_s
