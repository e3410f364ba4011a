"""``verify``: generate n candidates, let the model judge each, select the one it believes in most.

Source: the verification by a model's judgement of Liang et al. 2024, "Improving LLM Reasoning through Scaling
Inference Computation with Collaborative Verification" (arXiv:2410.05318), with the same model as its verifier
and without training. Nothing is executed.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from codeeval.errors import PromptRefused
from codeeval.strategies import prompts
from codeeval.strategies.base import StrategyBase
from codeeval.strategies.parameters import refuse_base_model, refuse_greedy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt, Candidate
    from codeeval.types import Completion, Sampling

VERIFY: Final = "verify"
UNDECIDED: Final = 0.5
"""The score of a candidate that no judgement decides on."""
_VERDICT: Final = re.compile(r"\bverdict\W{1,8}(yes|no)\b", re.IGNORECASE)


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters."""

    n: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    """Candidates a sample."""
    judgements: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
    """Of each candidate."""


class Verify(StrategyBase[Parameters]):
    """Of n candidates, the first of those with the largest share of judgements that say yes."""

    name = "verify"
    parameter_type = Parameters
    templates = (VERIFY,)
    needs_trials = False
    selects_only = False

    @property
    def max_generations(self) -> int:
        """Each candidate, and its judgements."""
        return self._parameters.n * (1 + self._parameters.judgements)

    def check(self, model: ModelInfo, sampling: Sampling) -> None:
        """Refuse base models, which do not answer questions, and greedy sampling of several candidates.

        Raises:
            UsageError: one of both.
        """
        refuse_base_model(self.name, "judgements", model)
        if self._parameters.n > 1 or self._parameters.judgements > 1:
            refuse_greedy(self.name, sampling)

    async def solve(self, attempt: Attempt) -> Completion:
        """Generate, judge, select; the share of judgements becomes the sample's score."""
        candidates = await attempt.generate("candidate", count=self._parameters.n)
        scores = await asyncio.gather(*(self._score(attempt, each) for each in candidates))
        best = max(range(len(scores)), key=lambda index: (scores[index], -index))
        return msgspec.structs.replace(attempt.select(candidates[best]), score=scores[best])

    async def _score(self, attempt: Attempt, candidate: Candidate) -> float:
        text = candidate.completion.text
        if not text.strip():
            return 0.0
        message = prompts.render(VERIFY, task=prompts.task_text(attempt.prompt), code=text.strip())
        try:
            judgements = await attempt.generate(
                f"judgement of {candidate.number + 1}",
                prompts.question(attempt.prompt, message),
                message=message,
                sampling=msgspec.structs.replace(attempt.sampling, stop=()),
                count=self._parameters.judgements,
            )
        except PromptRefused:  # say, too long with the candidate in it
            return UNDECIDED
        return share([each.completion.text for each in judgements])


def share(judgements: Sequence[str]) -> float:
    """Return the share of judgements that say yes, of those that decide; 0.5 where none does."""
    last = [found[-1].lower() for text in judgements if (found := _VERDICT.findall(text))]
    return last.count("yes") / len(last) if last else UNDECIDED
