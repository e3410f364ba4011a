"""Reads off what a row's program printed, in the form of the row's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from codeeval.benchmarks.surge.executable.asked import Asked, Shape
from codeeval.types import StepStatus

if TYPE_CHECKING:
    from codeeval.types import Execution, StepResult

COMPILE_HEADING: Final = "Compilation Error: "
"""What BG's answers put before a compiler's complaint."""


def printed(asked: Asked, execution: Execution) -> str:
    """Return what came out, put together as the row's answer is."""
    if not execution.steps:
        return ""
    last = execution.steps[-1]
    match asked.shape:
        case Shape.OUTPUT:
            return last.stdout if ended_well(last) else last.stdout + last.stderr
        case Shape.COMPILED:
            if last.name == "compile":
                return COMPILE_HEADING + last.stderr
            return last.stdout + last.stderr
        case Shape.SHELL:
            errors = "".join(step.stderr for step in execution.steps)
            return errors + "".join(step.stdout for step in execution.steps)
        case _:
            assert_never(asked.shape)


def ended_well(step: StepResult) -> bool:
    """Whether a step ended by itself, with status 0."""
    return step.status is StepStatus.EXITED and step.exit_code == 0
