"""Public tests that a statement shows, as what a strategy may execute: inputs with their outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.interfaces import ShownExample
from codeeval.types import Case, Comparison, Oracle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.types import Program

OWN_INPUT_CPU_S: Final = 2.0
"""CPU time on an input that nobody vouches for: it is small, and may make a program run forever."""


def examples(cases: Sequence[Case]) -> tuple[ShownExample, ...]:
    """Make an example of each case; whether it passes is decided by the benchmark's comparison."""
    return tuple(
        ShownExample(text=f"Input:\n{case.stdin.rstrip()}\nOutput:\n{case.expected.rstrip()}", check="")
        for case in cases
    )


def example_program(scored: Program, cases: Sequence[Case]) -> Program:
    """Make of a program that would be scored the one that tries the examples; the solution is the same.

    Args:
        scored: with cases, or empty where no code was found.
        cases: in place of its own; without any, it is merely executed, on no input.
    """
    if not scored.steps:
        return scored
    return msgspec.structs.replace(
        scored,
        cases=tuple(cases),
        stop_at_failure=False,
        oracle=Oracle.CASES if cases else Oracle.EXIT_STATUS,
    )


def inputs_program(scored: Program, inputs: Sequence[str]) -> Program:
    """Make of a program that would be scored the one that runs on other inputs, whatever it prints there."""
    if not scored.steps:
        return scored
    *before, last = scored.steps
    limits = msgspec.structs.replace(last.limits, cpu_s=min(last.limits.cpu_s, OWN_INPUT_CPU_S))
    return msgspec.structs.replace(
        scored,
        steps=(*before, msgspec.structs.replace(last, limits=limits)),
        cases=tuple(Case(stdin=text) for text in inputs),
        comparison=Comparison(),
        checker=None,
        stop_at_failure=False,
        total_cpu_s=0.0,
    )
