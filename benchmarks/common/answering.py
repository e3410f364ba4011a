"""Programs that work out an answer: the sandbox executes them and returns it, the host compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.benchmarks.common import python_functions
from codeeval.benchmarks.common.call_values import MalformedError, read_returned
from codeeval.extraction import encodable
from codeeval.types import CallsStep, Extraction, Oracle, Program, SourceFile

if TYPE_CHECKING:
    from codeeval.types import Completion, Limits, Problem

FINAL: Final = "final_answer"
"""The function that the sandbox calls: it takes the answer from where the program has left it."""
SOLUTION: Final = "solution.py"
INPUTS: Final = "inputs.json"


class Answer(NamedTuple):
    """What a program has come to."""

    value: object
    """None where it is malformed, or a value that the sandbox does not spell out."""
    text: str
    """The value as a text, or as the sandbox spelled it; empty where it wrote nothing, or more than one."""
    fault: str
    """What is wrong with what it wrote, where there is no text."""


def program(
    problem: Problem,
    completion: Completion,
    extraction: Extraction,
    *,
    written: str,
    expected: str,
    limits: Limits,
) -> Program:
    """Make the program that returns an answer, in a namespace of its own.

    Args:
        problem: the problem.
        completion: what the program was made of.
        extraction: the code.
        written: all of the program, which defines ``final_answer``; empty where there is no code.
        expected: what the benchmark compares the answer with.
        limits: of its execution.
    """
    step = CallsStep(
        name="run",
        program=SOLUTION,
        inputs=INPUTS,
        entry_point=FINAL,
        limits=limits,
        expected=expected,
    )
    files = (SourceFile(path=SOLUTION, content=written), SourceFile(path=INPUTS, content="[[]]"))
    return Program(
        task_id=problem.task_id,
        sample=completion.sample,
        language=problem.language,
        image=python_functions.IMAGE,
        extraction=extraction,
        files=files if written else (),
        steps=(step,) if written else (),
        oracle=Oracle.VALUES,
    )


def taking(code: str, taken: str) -> str:
    """Write a program that ends by taking the answer, an expression."""
    return f"{code}\n\n\ndef {FINAL}():\n    return {taken}\n"


def answer(values: str) -> Answer:
    """Read the answer from what the sandbox wrote: hostile text."""
    lines = values.split("\n")[:-1]
    if len(lines) != 1:
        return Answer(None, "", "wrote results that no call has returned" if lines else "")
    try:
        value = read_returned(lines[0]).value
    except MalformedError:
        value = None
    text = encodable(str(value)) if isinstance(value, str | float) else ""
    return Answer(value, text or lines[0], "")
