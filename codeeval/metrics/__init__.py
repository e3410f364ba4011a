"""What verdicts add up to: pass@k, mean scores, outcome counts, times, tokens."""

from codeeval.metrics.means import (
    LESS_IS_BETTER,
    Means,
    PassValues,
    TaskScores,
    averages,
    mean,
    score_name,
)
from codeeval.metrics.pass_at_k import (
    NAMED_EXCEPTIONS,
    Counts,
    GroupMetrics,
    Metrics,
    PassAtK,
    Scores,
    Tally,
    TaskCounts,
    parse_ks,
    pass_at_k,
)
from codeeval.metrics.study import (
    Bin,
)
from codeeval.metrics.timings import (
    GroupTimings,
    Spread,
    Timings,
    spread,
)

__all__ = [
    "LESS_IS_BETTER",
    "Bin",
    "Counts",
    "GroupMetrics",
    "GroupTimings",
    "Means",
    "Metrics",
    "NAMED_EXCEPTIONS",
    "PassAtK",
    "PassValues",
    "Scores",
    "Spread",
    "Tally",
    "TaskCounts",
    "TaskScores",
    "Timings",
    "averages",
    "mean",
    "parse_ks",
    "pass_at_k",
    "score_name",
    "spread",
]
