"""``dialogue``: tell the model in one sentence what is wrong with its program, and repeat.

Source: Austin et al. 2021, "Program Synthesis with Large Language Models" (arXiv:2108.07732), section 5,
where people give up to four hints of a sentence. Here a rule gives them, from the first example of the prompt
that fails: there is no code or it does not parse, it fails with an error, it does not end, or it returns
another value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from codeeval.strategies.self_repair import Parameters as Rounds
from codeeval.strategies.self_repair import SelfRepair, shown_code
from codeeval.types import Outcome

if TYPE_CHECKING:
    from codeeval.strategies.attempt import Candidate
    from codeeval.strategies.trials import Trial

HINT_CHARS: Final = 300
"""Of an example or an error; a program can print any amount."""


class Parameters(Rounds, frozen=True, kw_only=True):
    """The parameters."""

    rounds: Annotated[int, msgspec.Meta(ge=1, le=20)] = 4
    """Most hints for a sample."""


class Dialogue(SelfRepair):
    """Give hints until the examples pass or the rounds are used up; select the last of the best."""

    name = "dialogue"
    parameter_type = Parameters
    templates = ("dialogue_chat", "dialogue_base")
    step = "hint"

    def feedback(self, candidate: Candidate, trial: Trial) -> dict[str, object]:
        """Return the hint, and the program for base models."""
        return {"code": shown_code(candidate, trial), "hint": hint(trial)}


def hint(trial: Trial) -> str:
    """Say in one sentence what is wrong with a program that failed."""
    error = _sentence(trial.detail)
    match trial.outcome:
        case Outcome.NO_CODE:
            return "There is no code in your answer."
        case Outcome.COMPILE_ERROR:
            return f"The code does not parse: {error}."
        case Outcome.TIMEOUT:
            return f"The program does not end: {error}."
        case _:
            pass
    wrong = next((result for result in trial.results if not result.passed), None)
    if wrong is None:
        return f"The program fails: {error}."
    example, actual = _sentence(wrong.text), _sentence(wrong.actual)
    if wrong.returned:
        return f"For the example `{example}` the program is wrong: it {actual}."
    return f"For the example `{example}` the program fails with an error: it {actual}."


def _sentence(text: str) -> str:
    return " ".join(text.split())[:HINT_CHARS].rstrip(" .")
