"""``think-and-execute``: analyse a task, write pseudocode for it, execute that in the head on the question.

Source: Chae et al. 2024, "Language Models as Compilers: Simulating Pseudocode Execution Improves Algorithmic
Reasoning in Language Models" (arXiv:2404.02575), section 2. There one pseudocode serves a whole task, written
after worked examples of other tasks; here each question has its own, without examples, since a strategy sees
one question. The prompts are ours. Nothing is executed but by the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.strategies import prompts
from codeeval.strategies.base import StrategyBase
from codeeval.strategies.parameters import refuse_base_model

if TYPE_CHECKING:
    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt
    from codeeval.types import Completion, Sampling

ANALYSE, WRITE, EXECUTE = "think_analyse", "think_write", "think_execute"
STAGES: Final = (ANALYSE, WRITE, EXECUTE)


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """It has none."""


class ThinkAndExecute(StrategyBase[Parameters]):
    """Three generations: the last is the sample's answer."""

    name = "think-and-execute"
    parameter_type = Parameters
    templates = (ANALYSE, WRITE, EXECUTE)
    needs_trials = False
    selects_only = False
    max_generations = 3

    def check(self, model: ModelInfo, sampling: Sampling) -> None:  # noqa: ARG002 -- any sampling will do
        """Refuse base models, which do not answer questions.

        Raises:
            UsageError: the model continues texts.
        """
        refuse_base_model(self.name, "an analysis and pseudocode", model)

    async def solve(self, attempt: Attempt) -> Completion:
        """Analyse, write, execute."""
        unstopped = msgspec.structs.replace(attempt.sampling, stop=())
        task = prompts.task_text(attempt.prompt)
        message = prompts.render(ANALYSE, task=task)
        [analysis] = await attempt.generate(
            "analysis", prompts.question(attempt.prompt, message), message=message, sampling=unstopped
        )
        message = prompts.render(WRITE, task=task, analysis=analysis.completion.text.strip())
        [pseudocode] = await attempt.generate(
            "pseudocode", prompts.question(attempt.prompt, message), message=message, sampling=unstopped
        )
        message = prompts.render(EXECUTE, pseudocode=pseudocode.completion.text.strip())
        [answer] = await attempt.generate(
            "execution", prompts.extended(attempt.prompt, message), message=message
        )
        return attempt.select(answer)
