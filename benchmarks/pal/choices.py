"""AQuA: from the number that a program returns to one of five choices, as published.

Source: reasoning-machines/pal: scripts/aqua_eval.py.
"""

from __future__ import annotations

import math
from typing import Final

CHOICES: Final = ("(a)", "(b)", "(c)", "(d)", "(e)")
FAR: Final = 10.0
"""Relative distance beyond which ``None of these`` is the answer, where that is a choice."""
_SYMPY: Final = "from sympy import *"


def trimmed(code: str) -> str:
    """Take what a model wrote up to two empty lines, less lines that import all of SymPy.

    Published, SymPy and NumPy are imported before a program and calls of ``solve`` are changed; the sandbox
    has neither.
    """
    code = code.partition("\n\n\n")[0].strip()
    return "\n".join(line for line in code.split("\n") if _SYMPY not in line)


def nearest(result: float, question: str) -> str:
    """Return the choice whose number is nearest; empty where the choices' numbers cannot be read.

    Of a choice all digits and points count together (``3:4`` is 34, a sign is lost). One that says ``none``
    has no number; the others move up in its place, so that where it is not the last the letters are wrong.
    Published, an infinite number is nearest to the first.
    """
    try:
        stated = [number for choice in CHOICES if (number := _number(choice, question)) is not None]
        distances = [abs(number - result) for number in stated]
        if not distances or not math.isfinite(result):
            return ""
        found = CHOICES[distances.index(min(distances))]
        number = _number(found, question)
        if number is None:
            return ""
        far = abs(abs(number - result) / (result + 1e-6)) > FAR
    except (ValueError, IndexError, ArithmeticError):
        return ""
    return CHOICES[-1] if far and len(stated) < len(CHOICES) else found


def number_for(choice: str, question: str) -> float | None:
    """Return a number to which a choice is nearest; None where there is none."""
    try:
        own = _number(choice, question)
    except (ValueError, IndexError):
        return None
    candidates = [0.0 if own is None else own, 1e-9]
    return next((each for each in candidates if nearest(each, question) == choice), None)


def _number(choice: str, question: str) -> float | None:
    text = question.split(choice)[1].partition(")")[0]
    if "none" in text.lower():
        return None
    digits = "".join(character for character in text if character.isdigit() or character == ".")
    if digits[0] == "." and digits.count(".") > 1:
        digits = digits[1:]
    return float(digits)
