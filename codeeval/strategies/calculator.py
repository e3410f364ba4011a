"""``calculator``: the results of ``<<48/2=24>>`` are computed while the model writes, not left to the model.

Where an annotation states another result than its arithmetic has, the text is cut behind its ``=``, the
right one put there, and the model continues from it. The published sampler does so at every ``=``; a result
that the model has right is left here as it is, which costs no generation and gives the same text. Arithmetic
is parsed and computed within bounds, never evaluated as code.

Source: Cobbe et al. 2021, "Training Verifiers to Solve Math Word Problems" (arXiv:2110.14168), appendix C;
openai/grade-school-math: grade_school_math/calculator.py.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import msgspec

from codeeval.errors import PromptRefused, UsageError
from codeeval.interfaces import Support
from codeeval.strategies.base import StrategyBase
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt
    from codeeval.types import Completion, Prompt, Sampling

LONGEST_CHARS: Final = 200
"""Of an expression; the longest of the dataset has 40."""
LARGEST: Final = 1e15
"""Of a number, so that it is exact, and a power takes no time."""
_ANNOTATION: Final = re.compile(r"<<([^<>=\n]+)=(?:([^<>\n]*)>>)?")
_ARITHMETIC: Final = re.compile(r"[0-9*+\-/.()]+")
"""Source: calculator.py, ``use_calculator``, which leaves everything else to the model."""
_RESULT: Final = re.compile(r"-?[0-9]*\.?[0-9]+")
_SAME: Final = 1e-9


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters."""

    corrections: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    """Most results of a sample that are corrected; what follows is left as the model wrote it."""


class Calculator(StrategyBase[Parameters]):
    """One sample, generated anew from each result that the model has wrong."""

    name = "calculator"
    parameter_type = Parameters
    needs_trials = False
    selects_only = False

    @property
    def max_generations(self) -> int:
        """The first, and one a correction."""
        return 1 + self._parameters.corrections

    def check(self, model: ModelInfo, sampling: Sampling) -> None:  # noqa: ARG002 -- any sampling will do
        """Refuse chat models that cannot continue an answer.

        Raises:
            UsageError: the server is known to start anew.
        """
        capabilities = model.capabilities
        starts_anew = capabilities is not None and capabilities.prefill is Support.NO
        if model.style is PromptStyle.CHAT and starts_anew:
            raise UsageError(
                f"calculator: {model.spec} cannot continue an answer that is begun",
                "Add --style base, or use a model that `codeeval models test` shows to support prefill.",
            )

    async def solve(self, attempt: Attempt) -> Completion:
        """Generate, correct the first wrong result, continue behind it, and so on."""
        [candidate] = await attempt.generate("answer")
        text = written = candidate.completion.text
        last, spent, done = candidate, 0, 0
        for number in range(1, self._parameters.corrections + 1):
            found = wrong_result(text, done)
            if found is None:
                break
            kept = f"{text[: found.at]}{found.right}>>"
            # how many of the tokens last written are kept, as near as the length tells
            share = (found.at - done) / len(written)
            spent += round(last.completion.usage.completion_tokens * share)
            left = attempt.sampling.max_tokens - spent
            if left < 1:
                break
            try:
                [last] = await attempt.generate(
                    f"correction {number}",
                    _continued(attempt.prompt, kept),
                    message=f"{found.expression} = {found.right}",
                    sampling=msgspec.structs.replace(attempt.sampling, max_tokens=left),
                )
            except PromptRefused:  # the context is full
                break
            written = last.completion.text
            if attempt.prompt.style is PromptStyle.CHAT:
                if not written.startswith(kept):
                    break  # this model starts anew, so its first answer stands
                written = written[len(kept) :]
            text, done = kept + written, len(kept)
            candidate = last
        if not done:
            return attempt.select(candidate)
        whole = attempt.select(attempt.compose("whole answer", text, candidate))
        return msgspec.structs.replace(whole, finish_reason=candidate.completion.finish_reason)


def _continued(prompt: Prompt, kept: str) -> Prompt:
    """Ask for what follows the beginning of an answer."""
    match prompt.style:
        case PromptStyle.BASE:
            return msgspec.structs.replace(prompt, text=prompt.text + kept)
        case PromptStyle.CHAT:
            return msgspec.structs.replace(prompt, prefill=kept)


class WrongResult(NamedTuple):
    """An annotation whose result is not what its arithmetic has."""

    at: int
    """Where the result begins in the text."""
    expression: str
    right: str


def wrong_result(text: str, start: int = 0) -> WrongResult | None:
    """Find the first annotation with a wrong result or without one, from a place in a text on."""
    for found in _ANNOTATION.finditer(text, start):
        value = compute(found[1])
        if value is None or (found[2] is not None and _is(found[2], value)):
            continue
        return WrongResult(found.end(1) + 1, found[1], _written(value))
    return None


def _is(result: str, value: float) -> bool:
    text = result.replace(",", "").strip()
    return bool(_RESULT.fullmatch(text)) and abs(float(text) - value) <= _SAME * max(1.0, abs(value))


def _written(value: float) -> str:
    """Write a number as the dataset does: ``24``, not ``24.0``."""
    return str(int(value)) if value == int(value) else f"{value:.10g}"


def compute(expression: str) -> float | None:
    """Compute what is written with digits, ``+ - * / ** //``, a point and brackets; commas are left out.

    Returns:
        None where it is anything else, is not defined, or is too large.
    """
    text = expression.replace(",", "")
    if len(text) > LONGEST_CHARS or not _ARITHMETIC.fullmatch(text):
        return None
    try:
        with warnings.catch_warnings(action="ignore"):
            value = _value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None
    return value if abs(value) <= LARGEST else None


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if abs(number) <= LARGEST:
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=operator, right=right):
            return _operated(operator, _value(left), _value(right))
        case _:
            raise ValueError("no arithmetic")


def _operated(operator: ast.operator, left: float, right: float) -> float:
    match operator:
        case ast.Add():
            result = left + right
        case ast.Sub():
            result = left - right
        case ast.Mult():
            result = left * right
        case ast.Div():
            result = left / right
        case ast.FloorDiv():
            result = left // right
        case ast.Pow():
            if left < 0 and right != int(right):
                raise ArithmeticError("no real number")
            result = float(left) ** float(right)
        case _:
            raise ValueError("no arithmetic")
    if abs(result) > LARGEST:
        raise OverflowError("too large")
    return result
