"""``plan-search``: observations about the task, plans from several choices of them, code from each plan.

Source: Wang et al. 2024, "Planning in Natural Language Improves LLM Search for Code Generation" (PlanSearch),
section 4: observations, subsets of at most two of them, a plan for each, then code; selected by the tests
that the task shows, as in their section on public test filtering. Omitted: the second level of observations,
the plans made by calling the first ones wrong, and the step of pseudocode.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from codeeval.errors import PromptRefused
from codeeval.strategies import prompts
from codeeval.strategies.base import StrategyBase
from codeeval.strategies.parameters import refuse_base_model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt, Candidate
    from codeeval.types import Completion, Sampling

OBSERVE, PLAN, FOLLOW = "plan_search_observe", "plan_search_plan", "plan_search_follow"
MAX_SUBSET: Final = 2
"""Most observations in a plan. Source: section 4.1, S = 2."""
_MARK: Final = re.compile(r"^(?:\d+[.):]|[-*•])\s+")


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters."""

    plans: Annotated[int, msgspec.Meta(ge=1, le=100)] = 4
    """Plans, and programs, a sample."""
    observations: Annotated[int, msgspec.Meta(ge=1, le=20)] = 4
    """Observations that the plans choose from."""


class PlanSearch(StrategyBase[Parameters]):
    """Of the programs made from the plans, the first of those that pass most examples."""

    name = "plan-search"
    parameter_type = Parameters
    templates = (OBSERVE, PLAN, FOLLOW)
    selects_only = False

    @property
    def max_generations(self) -> int:
        """The observations, and two a plan."""
        return 1 + 2 * self._parameters.plans

    @property
    def needs_trials(self) -> bool:
        """Only where there is something to select from."""
        return self._parameters.plans > 1

    def check(self, model: ModelInfo, sampling: Sampling) -> None:  # noqa: ARG002 -- any sampling will do
        """Refuse base models, which do not answer questions.

        Raises:
            UsageError: the model continues texts.
        """
        refuse_base_model(self.name, "observations and plans", model)

    async def solve(self, attempt: Attempt) -> Completion:
        """Generate observations, plans and programs, run trials, select."""
        unstopped = msgspec.structs.replace(attempt.sampling, stop=())
        task = prompts.task_text(attempt.prompt)
        message = prompts.render(OBSERVE, task=task, count=self._parameters.observations)
        [answer] = await attempt.generate(
            "observations", prompts.question(attempt.prompt, message), message=message, sampling=unstopped
        )
        found = observations(answer.completion.text, self._parameters.observations)
        chosen = list(itertools.islice(subsets(found), self._parameters.plans))
        written = await asyncio.gather(
            *(self._program(attempt, number, task, each, unstopped) for number, each in enumerate(chosen, 1))
        )
        candidates = [candidate for candidate in written if candidate is not None]
        if not candidates:
            raise PromptRefused(f"{attempt.prompt.task_id}: the model rejected the prompt of every plan")
        if len(candidates) == 1:
            return attempt.select(candidates[0])
        trials = await attempt.run_trials(candidates)
        best = max(range(len(trials)), key=lambda index: (trials[index].rank, -candidates[index].number))
        return attempt.select(candidates[best])

    async def _program(
        self, attempt: Attempt, number: int, task: str, chosen: tuple[str, ...], unstopped: Sampling
    ) -> Candidate | None:
        """Make a plan of some observations, and a program of the plan; None where a prompt is rejected."""
        message = prompts.render(PLAN, task=task, observations=chosen)
        question = prompts.question(attempt.prompt, message)
        try:
            [plan] = await attempt.generate(f"plan {number}", question, message=message, sampling=unstopped)
            instruction = prompts.render(FOLLOW, plan=plan.completion.text.strip())
            longer = prompts.extended(attempt.prompt, instruction)
            [candidate] = await attempt.generate(f"program {number}", longer, message=instruction)
        except PromptRefused:
            return None
        return candidate


def observations(text: str, most: int) -> list[str]:
    """Return the items of a list; of any other text, its paragraphs."""
    lines = [line.strip() for line in text.splitlines()]
    items = [_MARK.sub("", line) for line in lines if _MARK.match(line)]
    if not items:
        items = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]
    return [item for item in dict.fromkeys(items) if item][:most]


def subsets(found: list[str]) -> Iterable[tuple[str, ...]]:
    """Yield single observations, then pairs, then no observation at all, and all that again."""
    every = [each for size in range(1, MAX_SUBSET + 1) for each in itertools.combinations(found, size)]
    return itertools.cycle([*every, ()])
