"""``think-and-execute``: analyse a task, write pseudocode for it, execute that in the head on the question.

Source: Chae et al. 2024, "Language Models as Compilers: Simulating Pseudocode Execution Improves Algorithmic
Reasoning in Language Models" (arXiv:2404.02575), section 2. There one pseudocode serves a whole task, written
after worked examples of other tasks; here each question has its own, without examples, since a strategy sees
one question. The prompts are ours. Nothing is executed but by the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import UsageError
from codeeval.strategies import prompts
from codeeval.strategies.parameters import parameter_texts, read_parameters
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt
    from codeeval.types import Completion, Sampling

ANALYSE, WRITE, EXECUTE = "think_analyse", "think_write", "think_execute"
STAGES: Final = (ANALYSE, WRITE, EXECUTE)


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """It has none."""


class ThinkAndExecute:
    """Three generations: the last is the sample's answer."""

    name = "think-and-execute"
    needs_trials = False
    selects_only = False
    max_generations = 3

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = read_parameters(self.name, Parameters, parameters)

    @property
    def parameters(self) -> dict[str, str]:
        """None."""
        return parameter_texts(self._parameters)

    @property
    def template_hash(self) -> str:
        """Of all three templates."""
        return prompts.combined_hash(STAGES)

    def check(self, model: ModelInfo, sampling: Sampling) -> None:  # noqa: ARG002 -- any sampling will do
        """Refuse base models, which do not answer questions.

        Raises:
            UsageError: the model continues texts.
        """
        if model.style is PromptStyle.BASE:
            raise UsageError(
                "think-and-execute requests an analysis and pseudocode, which a base model does not write",
                "Use a chat model, or add --style chat.",
            )

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
