"""How many requests a server should have in flight: as many as make it faster, fewer when it is overloaded.

Three rules, all taken from what TCP does:

- *Grow while it pays.* The number doubles each round (as many responses as may be in flight) until a doubling
  no longer raises the rate of responses: from there on requests would only queue.
- *Then carefully.* One more each round; a tenth fewer where the median latency is twice what it used to be.
- *Back off at once.* Half where the server states that it is overloaded (429, 503, a timeout, a broken
  connection), once a burst, however many requests it hits.

No clock and no I/O: the caller states when things happened.

Source: Jacobson 1988, "Congestion Avoidance and Control"; the gradient on latency is that of Netflix's
concurrency-limits (``Gradient2Limit``).
"""

from __future__ import annotations

import statistics
from typing import Final

SMALLEST_ROUND: Final = 8
"""Responses that a round has at least: the median of fewer means little."""
WORTH_DOUBLING: Final = 1.2
"""By what factor the rate of responses must rise where the number in flight doubles."""
RISEN: Final = 2.0
"""Factor of the usual latency from which the server counts as loaded."""
_DRIFT: Final = 0.05
"""Share of a round's latency in the usual one, which follows the responses' changing length."""


class Window:
    """The number of requests that may be in flight.

    Args:
        start: the first number.
        maximum: the number that is never exceeded.
    """

    def __init__(self, start: int, maximum: int) -> None:
        self._limit = float(max(1, min(start, maximum)))
        self._maximum = float(maximum)
        self._growing = start < maximum
        self._ceiling = float(maximum)
        self._target = self._limit
        self._outage = False
        self._cut_at_s = float("-inf")
        self._round_started_s = float("-inf")
        self._latencies: list[float] = []
        self._filled = False
        self._before: tuple[float, float] | None = None
        self._usual_s: float | None = None

    @property
    def limit(self) -> int:
        """Requests that may be in flight now, at least 1."""
        return int(self._limit)

    def succeeded(self, started_s: float, ended_s: float, in_flight: int) -> None:
        """Record a response.

        Args:
            started_s: when the request was sent.
            ended_s: when the response was there.
            in_flight: requests in flight until then, this one included.
        """
        self._outage = False
        full = in_flight >= self.limit
        self._filled = self._filled or full
        if self._limit < self._target:
            self._limit = min(self._target, self._limit + 1)
        if started_s < self._round_started_s:
            return  # sent before the number was changed
        self._latencies.append(ended_s - started_s)
        if len(self._latencies) >= max(SMALLEST_ROUND, self._limit):
            self._end_round(statistics.median(self._latencies), ended_s)

    def overloaded(self, started_s: float, now_s: float) -> None:
        """Record that a request, sent at ``started_s``, was rejected because of the load."""
        if started_s < self._cut_at_s:
            return  # of a burst that has been dealt with
        if not self._outage:
            self._target = max(1.0, self._limit / 2)
            self._outage = True
        self._growing = False
        self._limit = max(1.0, self._limit / 2)
        self._cut_at_s = now_s
        self._start_round(now_s)

    def _start_round(self, now_s: float) -> None:
        self._round_started_s = now_s
        self._latencies.clear()
        self._filled = False

    def _end_round(self, median_s: float, now_s: float) -> None:
        filled = self._filled
        self._start_round(now_s)
        if not filled:
            return  # the caller had fewer requests: nothing was learned about the server
        if self._growing:
            self._grow(median_s)
        else:
            self._adjust(median_s)

    def _grow(self, median_s: float) -> None:
        if self._before is not None:
            limit, latency_s = self._before
            if self._limit * latency_s < limit * median_s * WORTH_DOUBLING:
                self._growing = False
                self._limit = self._target = limit
                self._usual_s = latency_s
                self._ceiling = min(self._maximum, 2 * limit)
                return
        self._before = (self._limit, median_s)
        self._limit = self._target = min(self._maximum, 2 * self._limit)
        if self._limit == self._before[0]:
            self._growing = False
            self._usual_s = median_s

    def _adjust(self, median_s: float) -> None:
        if self._usual_s is None:
            self._usual_s = median_s
        if median_s > RISEN * self._usual_s:
            self._limit = max(1.0, self._limit * 0.9)
        else:
            self._limit = min(self._ceiling, self._limit + 1)
        self._target = self._limit
        self._usual_s = min(median_s, self._usual_s + _DRIFT * (median_s - self._usual_s))
