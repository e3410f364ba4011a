"""``self-repair``: show the model how its program fails on the prompt's examples, and repeat.

Source: Olausson et al. 2023, "Is Self-Repair a Silver Bullet for Code Generation?", and the feedback of unit
tests of Chen et al. 2023, "Teaching Large Language Models to Self-Debug", section 3. Both let the model see
tests; here these are the ones that the benchmark's own prompt shows, and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final

import msgspec

from codeeval.errors import PromptRefused
from codeeval.strategies import prompts
from codeeval.strategies.base import StrategyBase
from codeeval.types import Outcome, PromptStyle

if TYPE_CHECKING:
    from codeeval.strategies.attempt import Attempt, Candidate
    from codeeval.strategies.trials import Trial
    from codeeval.types import Completion

CHAT, BASE = "self_repair_chat", "self_repair_base"
MAX_FAILURES: Final = 3
MAX_CHARS: Final = 600
"""Of one example, what the program did on it, or an error; a program can print any amount."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters."""

    rounds: Annotated[int, msgspec.Meta(ge=1, le=20)] = 2
    """Most repairs of a sample."""


class SelfRepair(StrategyBase[Parameters]):
    """Repair until the examples pass or the rounds are used up; select the last of the best."""

    name = "self-repair"
    parameter_type = Parameters
    templates = (CHAT, BASE)  # for chat models and for base models
    step: ClassVar[str] = "repair"
    needs_trials = True
    selects_only = False

    @property
    def max_generations(self) -> int:
        """The first candidate, and one a round."""
        return 1 + self._parameters.rounds

    async def solve(self, attempt: Attempt) -> Completion:
        """Generate, run a trial, give feedback, repeat."""
        [selected] = await attempt.generate("candidate")
        best = last = await attempt.run_trial(selected)
        prompt, candidate = attempt.prompt, selected
        for number in range(1, self._parameters.rounds + 1):
            if last.outcome in (Outcome.PASSED, Outcome.SANDBOX_ERROR):
                break  # it passes, or there is no feedback to give
            values = self.feedback(candidate, last)
            chat, base = self.templates
            feedback = prompts.render(chat if attempt.prompt.style is PromptStyle.CHAT else base, **values)
            match attempt.prompt.style:
                case PromptStyle.CHAT:
                    prompt = prompts.continue_conversation(prompt, candidate.completion.text, feedback)
                case PromptStyle.BASE:  # the last program only: such texts grow past small contexts
                    prompt = prompts.extended(attempt.prompt, feedback)
            try:
                [candidate] = await attempt.generate(f"{self.step} {number}", prompt, message=feedback)
            except PromptRefused:
                break
            last = await attempt.run_trial(candidate)
            if last.rank >= best.rank:
                selected, best = candidate, last
        return attempt.select(selected)

    def feedback(self, candidate: Candidate, trial: Trial) -> dict[str, object]:
        """Return what the templates name: what is wrong with a program, from its trial alone."""
        wrong = [result for result in trial.results if not result.passed]
        return {
            "code": shown_code(candidate, trial),
            "no_code": trial.outcome is Outcome.NO_CODE,
            "error": "" if trial.results else trial.detail[:MAX_CHARS],
            "passed": trial.passed,
            "examples": trial.examples,
            "failures": [
                {"text": each.text[:MAX_CHARS], "said": each.actual[:MAX_CHARS]}
                for each in wrong[:MAX_FAILURES]
            ],
        }


def shown_code(candidate: Candidate, trial: Trial) -> str:
    """Return the code of a candidate, or all that it wrote where there is none."""
    return trial.code if trial.code.strip() else candidate.completion.text
