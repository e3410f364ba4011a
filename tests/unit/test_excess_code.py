"""CanItEdit's ExcessCode: which lines are statements, which of them run, and what is made of it."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from codeeval.benchmarks.canitedit import benchmark, line_coverage
from codeeval.interfaces import Scoring
from codeeval.judging import judge, rejudge
from codeeval.metrics import Scores
from codeeval.types import (
    MEASURE,
    Evidence,
    Execution,
    Extraction,
    Limits,
    Oracle,
    Outcome,
    Program,
    PythonStep,
    StepKind,
    StepResult,
    StepStatus,
    Verdict,
)

PROGRAM = '''# a comment first
"""So this is no docstring."""
import abc, threading
class A(abc.ABC):
    """Doc
    of two lines."""
    @abc.abstractmethod
    def f(self):
        raise NotImplementedError
    @property
    def g(self):
        # a comment
        """Doc."""
        return (1 +
                2)
    def never(self):
        x = [
            1,
        ]
        return x
class B(A):
    def f(self): return 1
def unused(): return 3
if __name__ == "__main__":
    y = {
        "b": lambda: 3,
    }
else:
    y = None
if y is None:  # pragma: no cover
    print(1)
elif y == 3:
    print(4)
def in_thread():
    for i in range(3):
        if i == 5: break
    else:
        t = 5
thread = threading.Thread(target=in_thread)
thread.start(); thread.join()
print("a", file=__import__("sys").stdout)
async def co():
    with open("x") as f, \\
         open("y") as g:
        pass
assert B().g == 3
print([i
   for i in range(3)
   if i > 1])
'''
STATEMENTS = {
    *(2, 3, 4, 10, 11, 14, 16, 17, 20, 21, 22, 23, 24, 25, 29, 32, 33),
    *(34, 35, 36, 38, 39, 40, 41, 42, 43, 45, 46, 47),
}
REACHED = STATEMENTS - {17, 20, 29, 33, 43, 45}


def test_statements_are_those_of_coverage_py() -> None:
    """As ``coverage report`` 7.3.2 counts them."""
    code = compile(PROGRAM, line_coverage.NAME, "exec", dont_inherit=True)
    assert line_coverage.Lines(PROGRAM).statements(code) == STATEMENTS


def test_what_is_executed_beside_a_program_prints_the_percentage_of_coverage_py() -> None:
    measuring = benchmark._measuring(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-c", measuring.content], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{line_coverage.percent(len(REACHED), len(STATEMENTS))}\n" == "79\n"


@pytest.mark.parametrize(
    ("reached", "statements", "percent"),
    [(0, 0, 100), (0, 9, 0), (1, 900, 1), (899, 900, 99), (900, 900, 100), (1, 8, 12), (3, 8, 38)],
)
def test_percentages_are_rounded_as_by_coverage_py(reached: int, statements: int, percent: int) -> None:
    assert line_coverage.percent(reached, statements) == percent


LIMITS = Limits(cpu_s=1, wall_s=3)
MEASURED = Program(
    task_id="t",
    sample=0,
    language="python",
    image="python",
    extraction=Extraction(rule="as-is"),
    steps=(
        PythonStep(name="run", files=("a.py",), limits=LIMITS),
        PythonStep(name=MEASURE, part=MEASURE, files=("m.py",), script=True, limits=LIMITS),
    ),
    oracle=Oracle.COMPLETED,
)
PASSED = StepResult(name="run", status=StepStatus.EXITED, completed=True, cpu_s=0.5, stdout="own")


@pytest.mark.parametrize(
    ("run", "measured", "outcome", "share"),
    [
        (PASSED, {"stdout": "93\n"}, Outcome.PASSED, 0.93),
        (PASSED, {"stdout": "101\n"}, Outcome.PASSED, None),
        (PASSED, {"stdout": "9" * 5000}, Outcome.PASSED, None),
        (PASSED, {"stdout": "²"}, Outcome.PASSED, None),
        (PASSED, {"stdout": ""}, Outcome.PASSED, None),
        (PASSED, {"stdout": "93", "report": "raised\nE\nm"}, Outcome.PASSED, None),
        (PASSED, {"status": StepStatus.CPU_LIMIT}, Outcome.PASSED, None),
        (msgspec.structs.replace(PASSED, completed=False), {"stdout": "93"}, Outcome.INCOMPLETE, 0.93),
    ],
)
def test_what_measures_decides_on_nothing(
    run: StepResult, measured: dict[str, object], outcome: Outcome, share: float | None
) -> None:
    values = {"name": MEASURE, "status": StepStatus.EXITED, "exit_code": 0, "cpu_s": 0.25, **measured}
    steps = (run, msgspec.convert(values, StepResult))
    verdict = judge(MEASURED, Execution(task_id="t", sample=0, steps=steps))
    assert (verdict.outcome, verdict.share) == (outcome, share)
    assert (verdict.cpu_s, verdict.stdout, verdict.parts) == (0.5, "own", ())
    assert rejudge(verdict) == verdict


def verdict(task_id: str, sample: int, outcome: Outcome, share: float | None) -> Verdict:
    evidence = Evidence(kind=StepKind.PYTHON, limits=LIMITS, last=PASSED, share=share)
    return Verdict(
        task_id=task_id,
        sample=sample,
        outcome=outcome,
        detail="",
        rule="as-is",
        wall_s=0,
        cpu_s=0,
        peak_rss_bytes=0,
        evidence=(evidence,),
    )


def test_the_median_of_the_samples_that_pass_counts() -> None:
    scores = Scores(Scoring(excess_code=True))
    assert "excess_code" not in scores.pass_values([1])
    for number, share in enumerate((0.5, 1.0, 0.9, None)):
        scores.add(verdict("a", number, Outcome.PASSED, share))
    scores.add(verdict("b", 0, Outcome.PASSED, 0.8))
    scores.add(verdict("b", 1, Outcome.WRONG_ANSWER, 0.1))
    scores.add(verdict("c", 0, Outcome.WRONG_ANSWER, 0.1))
    assert scores.pass_values([1])["excess_code"].values == pytest.approx([0.1, 0.2])
