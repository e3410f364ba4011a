"""Colours that colour-blind readers can distinguish; the page adds patterns and words to each.

Source: Okabe and Ito 2008, "Color Universal Design".
"""

from __future__ import annotations

from typing import Final

from codeeval.types import Outcome

INK: Final = "#1b1f24"
QUIET: Final = "#59636e"
LINE: Final = "#d1d9e0"
PAPER: Final = "#fefefe"
"""Stand for the page's own colours in charts: its style sheet replaces them, light or dark."""

OUTCOME_COLOURS: Final[dict[Outcome, str]] = {
    Outcome.PASSED: "#009e73",
    Outcome.WRONG_ANSWER: "#d55e00",
    Outcome.RUNTIME_ERROR: "#e69f00",
    Outcome.COMPILE_ERROR: "#cc79a7",
    Outcome.TIMEOUT: "#56b4e9",
    Outcome.MEMORY_LIMIT: "#0072b3",
    Outcome.OUTPUT_LIMIT: "#f0e442",
    Outcome.NO_CODE: "#8c959f",
    Outcome.INCOMPLETE: "#6e5494",
    Outcome.SANDBOX_ERROR: "#c8c8c8",
}

OUTCOME_WORDS: Final[dict[Outcome, str]] = {
    Outcome.PASSED: "passed",
    Outcome.WRONG_ANSWER: "wrong answer",
    Outcome.RUNTIME_ERROR: "runtime error",
    Outcome.COMPILE_ERROR: "compile error",
    Outcome.TIMEOUT: "timeout",
    Outcome.MEMORY_LIMIT: "memory limit",
    Outcome.OUTPUT_LIMIT: "output limit",
    Outcome.NO_CODE: "no code",
    Outcome.INCOMPLETE: "incomplete",
    Outcome.SANDBOX_ERROR: "sandbox error",
}

RUN_COLOURS: Final = ("#0072b2", "#d55e01", "#009e74", "#cc79a8", "#e69f01", "#56b4ea", "#6e5495", "#8c9590")
"""One a run, apart by one from the outcomes' colours, which the page gives patterns."""

RUN_DASHES: Final = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [1, 3], [10, 3], [3, 6])
RUN_SHAPES: Final = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "stroke",
    "circle",
)
