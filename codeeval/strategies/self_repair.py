"""``self-repair``: tell the model what its program did wrong on the examples of the prompt, some rounds.

Source: Olausson et al. 2023, "Is Self-Repair a Silver Bullet for Code Generation?", and the feedback of unit
tests of Chen et al. 2023, "Teaching Large Language Models to Self-Debug", section 3. Both let the model see
tests; here these are the ones that the benchmark's own prompt shows, and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from codeeval.errors import PromptRefused
from codeeval.strategies import prompts
from codeeval.strategies.parameters import read_parameters, spelled
from codeeval.types import Outcome, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt, Draw
    from codeeval.strategies.values import Trial
    from codeeval.types import Completion, Sampling

CHAT, BASE = "self_repair_chat", "self_repair_base"
SHOWN_FAILURES: Final = 3
SHOWN_CHARS: Final = 600
"""Of one example, what the program did on it, or an error; a program can print any amount."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set."""

    rounds: Annotated[int, msgspec.Meta(ge=1, le=20)] = 2
    """Most repairs of a sample."""


class SelfRepair:
    """Repair until the examples pass or the rounds are used up; keep the last of the best."""

    name = "self-repair"
    needs_trials = True
    replays = False

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._given = read_parameters(self.name, Parameters, parameters)

    @property
    def parameters(self) -> dict[str, str]:
        """All of them."""
        return spelled(self._given)

    @property
    def template_hash(self) -> str:
        """Of both templates."""
        return prompts.combined_hash((CHAT, BASE))

    @property
    def draws(self) -> int:
        """Most draws a sample."""
        return 1 + self._given.rounds

    def check(self, model: ModelInfo, sampling: Sampling) -> None:
        """Any model and sampling will do."""

    async def solve(self, attempt: Attempt) -> Completion:
        """Draw, try out, tell, and again."""
        [kept] = await attempt.draw("draw")
        best = last = await attempt.try_out(kept)
        prompt, draw = attempt.prompt, kept
        for number in range(1, self._given.rounds + 1):
            if last.outcome in (Outcome.PASSED, Outcome.SANDBOX_ERROR):
                break  # all is well, or there is nothing that the model could be told
            told = _told(attempt.prompt.style, draw, last)
            match attempt.prompt.style:
                case PromptStyle.CHAT:
                    prompt = prompts.go_on(prompt, draw.completion.text, told)
                case PromptStyle.BASE:  # the last program only: such texts grow past small contexts
                    prompt = prompts.with_more(attempt.prompt, told)
            try:
                [draw] = await attempt.draw(f"repair {number}", prompt, asked=told)
            except PromptRefused:
                break
            last = await attempt.try_out(draw)
            if last.rank >= best.rank:
                kept, best = draw, last
        return attempt.finish(kept)


def _told(style: PromptStyle, draw: Draw, trial: Trial) -> str:
    """Put into words what is wrong with a program, from its trial alone."""
    wrong = [result for result in trial.results if not result.passed]
    return prompts.render(
        CHAT if style is PromptStyle.CHAT else BASE,
        code=trial.code if trial.code.strip() else draw.completion.text,
        no_code=trial.outcome is Outcome.NO_CODE,
        error="" if trial.results else trial.detail[:SHOWN_CHARS],
        passed=trial.passed,
        examples=trial.examples,
        failures=[
            {"text": each.text[:SHOWN_CHARS], "said": each.said[:SHOWN_CHARS]}
            for each in wrong[:SHOWN_FAILURES]
        ],
    )
