"""``plan-search``: observations about the task, plans from several choices of them, code from each plan.

Source: Wang et al. 2024, "Planning in Natural Language Improves LLM Search for Code Generation" (PlanSearch),
section 4: observations, subsets of at most two of them, a plan for each, then code; chosen by the tests that
the task shows, as in their section on public test filtering. Left out: the second level of observations, the
plans made by calling the first ones wrong, and the step of pseudocode.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from codeeval.errors import PromptRefused, UsageError
from codeeval.strategies import prompts
from codeeval.strategies.parameters import read_parameters, spelled
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt, Draw
    from codeeval.types import Completion, Sampling

OBSERVE, PLAN, FOLLOW = "plan_search_observe", "plan_search_plan", "plan_search_follow"
SUBSET: Final = 2
"""Most observations in a plan. Source: section 4.1, S = 2."""
_MARK: Final = re.compile(r"^(?:\d+[.):]|[-*•])\s+")


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set."""

    plans: Annotated[int, msgspec.Meta(ge=1, le=100)] = 4
    """Plans, and programs, a sample."""
    observations: Annotated[int, msgspec.Meta(ge=1, le=20)] = 4
    """Observations that the plans choose from."""


class PlanSearch:
    """Of the programs made from the plans, the first of those that pass most examples."""

    name = "plan-search"
    replays = False

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._given = read_parameters(self.name, Parameters, parameters)

    @property
    def parameters(self) -> dict[str, str]:
        """All of them."""
        return spelled(self._given)

    @property
    def template_hash(self) -> str:
        """Of all three templates."""
        return prompts.combined_hash((OBSERVE, PLAN, FOLLOW))

    @property
    def draws(self) -> int:
        """Most draws a sample: the observations, and two a plan."""
        return 1 + 2 * self._given.plans

    @property
    def needs_trials(self) -> bool:
        """Only where there is something to choose from."""
        return self._given.plans > 1

    def check(self, model: ModelInfo, sampling: Sampling) -> None:  # noqa: ARG002 -- any sampling will do
        """Refuse base models, which do not answer questions.

        Raises:
            UsageError: the model continues texts.
        """
        if model.style is PromptStyle.BASE:
            raise UsageError(
                "plan-search asks for observations and plans, which a base model does not answer",
                "Use a chat model, or add --style chat.",
            )

    async def solve(self, attempt: Attempt) -> Completion:
        """Observe, plan, write, try out, choose."""
        freely = msgspec.structs.replace(attempt.sampling, stop=())
        task = prompts.task_text(attempt.prompt)
        asked = prompts.render(OBSERVE, task=task, count=self._given.observations)
        [answer] = await attempt.draw(
            "observations", prompts.question(attempt.prompt, asked), asked=asked, sampling=freely
        )
        found = observations(answer.completion.text, self._given.observations)
        chosen = list(itertools.islice(subsets(found), self._given.plans))
        written = await asyncio.gather(
            *(self._written(attempt, number, task, each, freely) for number, each in enumerate(chosen, 1))
        )
        draws = [draw for draw in written if draw is not None]
        if not draws:
            raise PromptRefused(f"{attempt.prompt.task_id}: the model refused the prompt of every plan")
        if len(draws) == 1:
            return attempt.finish(draws[0])
        trials = await attempt.try_all(draws)
        best = max(range(len(draws)), key=lambda place: (trials[place].rank, -draws[place].number))
        return attempt.finish(draws[best])

    async def _written(
        self, attempt: Attempt, number: int, task: str, chosen: tuple[str, ...], freely: Sampling
    ) -> Draw | None:
        """Make a plan of some observations, and a program of the plan; None where a prompt is refused."""
        asked = prompts.render(PLAN, task=task, observations=chosen)
        question = prompts.question(attempt.prompt, asked)
        try:
            [plan] = await attempt.draw(f"plan {number}", question, asked=asked, sampling=freely)
            told = prompts.render(FOLLOW, plan=plan.completion.text.strip())
            longer = prompts.with_more(attempt.prompt, told)
            [draw] = await attempt.draw(f"program {number}", longer, asked=told)
        except PromptRefused:
            return None
        return draw


def observations(text: str, most: int) -> list[str]:
    """Read the items of a list; of a text that is none, its paragraphs."""
    lines = [line.strip() for line in text.splitlines()]
    items = [_MARK.sub("", line) for line in lines if _MARK.match(line)]
    if not items:
        items = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]
    return [item for item in dict.fromkeys(items) if item][:most]


def subsets(found: list[str]) -> Iterable[tuple[str, ...]]:
    """Yield single observations, then pairs, then no observation at all, and all that again."""
    every = [each for size in range(1, SUBSET + 1) for each in itertools.combinations(found, size)]
    return itertools.cycle([*every, ()])
