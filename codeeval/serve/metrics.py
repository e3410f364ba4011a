"""What a service counts, in Prometheus' text format.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4).
"""

from __future__ import annotations

import bisect
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.types import Outcome

BUCKETS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Histogram:
    """Durations by bucket."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BUCKETS_S) + 1)
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        """Count a duration."""
        self._counts[bisect.bisect_left(BUCKETS_S, seconds)] += 1
        self.sum_s += seconds

    def lines(self, name: str, labels: str) -> Iterator[str]:
        """Yield the samples of it."""
        total = 0
        for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), self._counts, strict=True):
            total += count
            yield f'{name}_bucket{{{labels},le="{bound}"}} {total}'
        yield f"{name}_sum{{{labels}}} {self.sum_s:.6f}"
        yield f"{name}_count{{{labels}}} {total}"


class Metrics:
    """Counters of one service. Labels come from bounded sets: languages, outcomes, routes and statuses."""

    def __init__(self) -> None:
        self._outcomes: Counter[tuple[str, Outcome]] = Counter()
        self._latencies: dict[str, Histogram] = {}
        self._responses: Counter[tuple[str, int]] = Counter()
        self.cancelled = 0

    def judged(self, language: str, outcome: Outcome, seconds: float) -> None:
        """Count a program, with the time from its arrival to its result."""
        self._outcomes[language, outcome] += 1
        self._latencies.setdefault(language, Histogram()).add(seconds)

    def responded(self, route: str, status: int) -> None:
        """Count a response."""
        self._responses[route, status] += 1

    def text(self, gauges: dict[str, tuple[str, float]]) -> str:
        """Write all of it.

        Args:
            gauges: by name, what a value means and what it is now.
        """
        lines: list[str] = []
        for name, (meaning, value) in gauges.items():
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {value:g}"]
        lines += _head("codeeval_programs_total", "counter", "Programs judged, by language and outcome.")
        lines += [
            f'codeeval_programs_total{{language="{language}",outcome="{outcome.value}"}} {count}'
            for (language, outcome), count in sorted(self._outcomes.items())
        ]
        lines += _head("codeeval_cancelled_total", "counter", "Programs that nobody waited for any more.")
        lines.append(f"codeeval_cancelled_total {self.cancelled}")
        lines += _head("codeeval_responses_total", "counter", "Responses, by route and status.")
        lines += [
            f'codeeval_responses_total{{route="{route}",status="{status}"}} {count}'
            for (route, status), count in sorted(self._responses.items())
        ]
        name = "codeeval_program_seconds"
        lines += _head(name, "histogram", "Time from a program's arrival to its result.")
        for language, histogram in sorted(self._latencies.items()):
            lines += histogram.lines(name, f'language="{language}"')
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, meaning: str) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
