"""A row after it was run: one line of the verification's file."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.surge.executable import printed
from codeeval.benchmarks.surge.verification.agreement import Agreement, agreement_of, ceiling
from codeeval.benchmarks.surge.verification.causes import Cause, Known, explain
from codeeval.types import COMPARED_BYTES, StepStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.benchmarks.surge.executable import Asked
    from codeeval.benchmarks.surge.rows import Row
    from codeeval.types import Execution, Step, StepResult


SCHEMA: Final = 1
"""Of the file that ``surge verify`` writes, a line a row."""


class State(enum.StrEnum):
    """Whether the machine has an answer of its own."""

    EXECUTED = "executed"
    CUT_OFF = "cut off"
    """It was run, and stopped at a limit."""
    NOT_RUN = "not run"


class Checked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a row."""

    schema: int = SCHEMA
    task_id: str
    sample: int = 0
    digest: str = ""
    """Of the program and its image: a line of another program is not taken for this one's."""
    state: State
    reason: str = ""
    """Why there is no output of the machine's."""
    agreement: Agreement | None = None
    """None where there is nothing to compare."""
    outputs: tuple[str, ...] = ()
    """What the machine printed: the first run's, then that of any further runs."""
    answer: str
    cause: Cause | None = None
    note: str = ""
    official: float | None = None
    """What the published metric gives the machine, and ..."""
    fixed: float | None = None
    """... what this project's gives it."""
    cpu_s: float = 0.0
    """Of the first run."""
    cpu_limit_s: float = 0.0
    """What it might have used."""

    @property
    def subset(self) -> str:
        """The subset that the row is of."""
        return self.task_id.split("/")[1]


def not_run(row: Row, reason: str) -> Checked:
    """Note a row whose program is not run here."""
    return Checked(task_id=row.task_id, state=State.NOT_RUN, reason=reason, answer=row.gt)


def needs_repeating(row: Row, asked: Asked, execution: Execution) -> bool:
    """Whether only further runs can distinguish chance from another cause."""
    output = printed(asked, execution)
    return not _limit(asked, execution) and not agreement_of(row, output).identical


def checked(
    row: Row, asked: Asked, executions: Sequence[Execution], *, digest: str, known: Known | None
) -> Checked:
    """Compare what a row's program printed with the row's answer.

    Args:
        row: the row.
        asked: its program.
        executions: of the program; further ones where it ``needs_repeating``.
        digest: of the program and its image.
        known: a reviewer's note on the row.
    """
    first = executions[0]
    line = Checked(
        task_id=row.task_id,
        digest=digest,
        state=State.EXECUTED,
        answer=row.gt,
        cpu_s=sum(step.cpu_s for step in first.steps),
        cpu_limit_s=asked.program.steps[-1].limits.cpu_s,
    )
    if reason := _limit(asked, first):
        replaced = {"state": State.CUT_OFF, "reason": reason, "cause": Cause.LIMIT, "note": reason}
        return msgspec.structs.replace(line, **replaced)
    outputs = tuple(printed(asked, execution) for execution in executions if not execution.error)
    return judged(msgspec.structs.replace(line, outputs=outputs), row, known)


def judged(line: Checked, row: Row, known: Known | None) -> Checked:
    """Compare again what was printed with the row's answer; needs no execution."""
    if line.state is not State.EXECUTED:
        return line
    agreement = agreement_of(row, line.outputs[0])
    found = None if agreement.identical else explain(row.gt, line.outputs, known)
    scores = {score.scorer: score.value for score in ceiling(row, line.outputs[0])}
    return msgspec.structs.replace(
        line,
        agreement=agreement,
        cause=found.cause if found else None,
        note=found.note if found else "",
        official=scores["official"],
        fixed=scores["fixed"],
    )


def _limit(asked: Asked, execution: Execution) -> str:
    """Name the limit that a program ran into; empty where it ended by itself."""
    last = execution.steps[-1]
    step = asked.program.steps[len(execution.steps) - 1]
    match last.status:
        case StepStatus.EXITED | StepStatus.SIGNALED:
            return ""
        case StepStatus.CPU_LIMIT:
            return f"{_what(last)} took more than {step.limits.cpu_s:g} s of CPU time"
        case StepStatus.WALL_LIMIT | StepStatus.DEADLOCK:
            return f"{_what(last)} took more than {step.limits.wall_s:g} s"
        case StepStatus.MEMORY_LIMIT:
            return f"{_what(last)} took more than {_mebibytes(step)} MiB of memory"
        case StepStatus.OUTPUT_LIMIT:
            return f"{_what(last)} printed more than {COMPARED_BYTES >> 20} MiB"


def _what(step: StepResult) -> str:
    return "compiling" if step.name == "compile" else "the program"


def _mebibytes(step: Step) -> int:
    return step.limits.memory_bytes >> 20
