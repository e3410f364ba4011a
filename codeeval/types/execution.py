"""What the sandbox measured."""

from __future__ import annotations

import enum

from codeeval.types.base import Value


class StepStatus(enum.StrEnum):
    """How a step ended, as the runner saw it; says nothing yet about right or wrong."""

    EXITED = "exited"
    SIGNALED = "signaled"
    CPU_LIMIT = "cpu_limit"
    WALL_LIMIT = "wall_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    DEADLOCK = "deadlock"
    """It waited for its interactor, which waited for it."""


class UnitTestStatus(enum.StrEnum):
    """How one unit test ended."""

    OK = "ok"
    FAIL = "fail"
    """An assertion did not hold."""
    ERROR = "error"
    SKIPPED = "skipped"
    EXPECTED_FAILURE = "expected failure"
    UNEXPECTED_SUCCESS = "unexpected success"
    LOST = "lost"
    """It began, but how it ended is not known."""


class UnitTestResult(Value, frozen=True, kw_only=True):
    """How one unit test of a ``UnittestStep`` ended."""

    name: str
    status: UnitTestStatus
    trace: str = ""
    """End of the traceback, or the reason of a skip."""


class StepResult(Value, frozen=True, kw_only=True):
    """What the runner measured of one step."""

    name: str
    status: StepStatus
    exit_code: int = 0
    """Exit status where ``status`` is EXITED."""
    signal: int = 0
    """Number of the signal that ended the step, or 0."""
    stdout: str = ""
    stderr: str = ""
    completed: bool = False
    """Whether the execution's token arrived on the private descriptor."""
    report: str = ""
    """What else arrived there: the interpreter's own account of how a Python program failed."""
    tests: tuple[UnitTestResult, ...] = ()
    """Of a ``UnittestStep`` that completed: each test that ran, in order."""
    values: str = ""
    """Of a ``CallsStep``: what the calls returned, one line a call."""
    slow_calls: tuple[tuple[int, float], ...] = ()
    """Of a ``CallsStep``: number, from 0, and CPU seconds of each call that took long."""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_bytes: int = 0


class Interaction(Value, frozen=True, kw_only=True):
    """How the interactor of one case ended."""

    result: StepResult
    first: bool
    """Whether it ended before the candidate did: then what became of the candidate is no fault of its own."""


class Execution(Value, frozen=True, kw_only=True):
    """A program's run in a sandbox. ``error`` is set iff the sandbox, not the program, failed."""

    task_id: str
    sample: int
    steps: tuple[StepResult, ...] = ()
    cases: tuple[StepResult, ...] = ()
    """Of a program with cases: how the last step ended in each that was run, in order; ``steps`` has those
    before it."""
    interactions: tuple[Interaction, ...] = ()
    """Of a program with an interactor: how that ended in each case that was run, in order."""
    interactor_failure: str = ""
    """Why the interactor took part in no case."""
    error: str = ""
    node: str = ""
    """The machine of a cluster that executed it; empty for this one."""
    lost_on: tuple[str, ...] = ()
    """Machines that were lost while they had the program, before it was executed."""
    final: bool = False
    """Whether trying again is of no use: the fault lies in the problem or in what this tool can judge."""
