"""What ``hf:`` adds to transformers' generation: sampling a token, and ending a sample.

Imported only once torch is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from transformers import LogitsProcessor, StoppingCriteria

if TYPE_CHECKING:
    import random
    import threading
    from collections.abc import Callable, Sequence

    from codeeval.models.hf.batching import Job, Watch


_MORE_TOKENS: Final = 8
"""Tokens beyond the longest stop sequence that are looked at: it may begin in the middle of one."""


class TokenSampler(LogitsProcessor):  # type: ignore[misc]  # transformers is not typed
    """Samples each row's next token with its own generator and leaves it as the only one possible.

    One uniform number a token picks from the cumulative probabilities, so that a row's text does not depend
    on how many rows there are. Temperature 0 takes the most likely.
    """

    def __init__(self, batch: Sequence[Job], generators: Sequence[random.Random]) -> None:
        self._generators = generators
        self._greedy = [job.temperature == 0 for job in batch]
        self._temperatures = torch.tensor([job.temperature or 1.0 for job in batch])
        self._top_ps = torch.tensor([job.top_p for job in batch])

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Return scores that leave one token a row."""
        del input_ids
        best = scores.argmax(dim=-1, keepdim=True)
        if all(self._greedy):
            chosen = best
        else:
            greedy = torch.tensor(self._greedy, device=scores.device).unsqueeze(1)
            chosen = torch.where(greedy, best, self._sample(scores))
        return torch.full_like(scores, float("-inf")).scatter_(1, chosen, 0.0)

    def _sample(self, scores: torch.Tensor) -> torch.Tensor:
        numbers = torch.tensor([[each.random()] for each in self._generators], dtype=torch.float64)
        temperatures = self._temperatures.to(scores.device).unsqueeze(1)
        shares = torch.softmax(scores.double().cpu() / temperatures.double().cpu(), dim=-1)
        if bool((self._top_ps < 1).all()):
            return self._from_nucleus(shares, numbers).to(scores.device)
        whole = _pick(shares, numbers)
        if bool((self._top_ps < 1).any()):
            nucleus = self._from_nucleus(shares, numbers)
            whole = torch.where((self._top_ps < 1).unsqueeze(1), nucleus, whole)
        return whole.to(scores.device)

    def _from_nucleus(self, shares: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """Sample among the most likely tokens that together have the share top_p, the last one included."""
        ordered, tokens = shares.sort(dim=-1, descending=True, stable=True)
        before = ordered.cumsum(dim=-1) - ordered
        kept = ordered.masked_fill(before >= self._top_ps.double().unsqueeze(1), 0.0)
        return tokens.gather(1, _pick(kept, numbers))


def _pick(shares: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """Return for each row the index in whose part of the total its number falls."""
    sums = shares.cumsum(dim=-1)
    found = torch.searchsorted(sums, numbers * sums[:, -1:], right=True)
    return found.clamp_(max=shares.shape[1] - 1)


class RowEnds(StoppingCriteria):  # type: ignore[misc]  # as above
    """Ends a row at its own limit, at a stop sequence, or when nobody waits for it any more."""

    def __init__(
        self,
        batch: Sequence[Job],
        watches: Sequence[Watch],
        decode: Callable[[list[int]], str],
        start: int,
        closing: threading.Event,
    ) -> None:
        self._batch = batch
        self._watches = watches
        self._decode = decode
        self._start = start
        self._closing = closing
        self._over = [False] * len(batch)
        self.stopped: set[int] = set()
        """Rows that a stop sequence ended."""
        self.lengths: dict[int, int] = {}
        """How many tokens the rows had that were ended here: padding follows."""

    def __call__(
        self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **_: object
    ) -> torch.BoolTensor:
        """Return of each row whether it is over."""
        del scores
        count = input_ids.shape[1] - self._start
        closing = self._closing.is_set()
        for row, job in enumerate(self._batch):
            if self._over[row]:
                continue
            watch = self._watches[row]
            if not watch.idle:
                tail = watch.longest + _MORE_TOKENS
                written = input_ids[row, max(self._start, input_ids.shape[1] - tail) :].tolist()
                if watch.stopped(self._decode(written), count, whole=count <= tail):
                    self.stopped.add(row)
                    self._over[row] = True
            if self._over[row] or closing or job.cancelled or count >= job.limit:
                self._over[row] = True
                self.lengths[row] = count
        return torch.tensor(self._over, device=input_ids.device)
