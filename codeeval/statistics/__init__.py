"""How far a score can be trusted. Everything here is a function of its arguments alone.

Tasks are the unit that a benchmark sampled: every interval and test works on one value a task, for the
samples of one task are not independent of each other. Heavy libraries load when a function that
needs them is called.
"""

from codeeval.statistics.counts import Count
from codeeval.statistics.coverage import BetaBinomial, Coverage, Estimate, Point, PowerLaw, coverage
from codeeval.statistics.diversity import Diversity, diversity, expected_distinct
from codeeval.statistics.intervals import (
    LEVEL,
    SEED,
    Interval,
    mean_interval,
    wilson_interval,
)
from codeeval.statistics.paired import (
    Difference,
    holm,
    mcnemar_exact,
    non_inferiority,
    paired_difference,
)
from codeeval.statistics.power import (
    PairedSpread,
    Spread,
    minimum_detectable_effect,
    paired_spread_of,
    samples_needed,
    spread_of,
    tasks_needed,
)
from codeeval.statistics.selection import Majority, best_of_n, majority_at_k, pass_hat_k
from codeeval.statistics.strata import (
    PairedStratum,
    Stratum,
    Weighted,
    WeightedDifference,
    weighted_difference,
    weighted_mean,
)

__all__ = [
    "LEVEL",
    "SEED",
    "Count",
    "Interval",
    "mean_interval",
    "wilson_interval",
    "Difference",
    "paired_difference",
    "mcnemar_exact",
    "holm",
    "non_inferiority",
    "Spread",
    "PairedSpread",
    "minimum_detectable_effect",
    "samples_needed",
    "tasks_needed",
    "spread_of",
    "paired_spread_of",
    "Coverage",
    "Point",
    "Estimate",
    "PowerLaw",
    "BetaBinomial",
    "coverage",
    "Stratum",
    "PairedStratum",
    "Weighted",
    "WeightedDifference",
    "weighted_mean",
    "weighted_difference",
    "Majority",
    "pass_hat_k",
    "majority_at_k",
    "best_of_n",
    "Diversity",
    "diversity",
    "expected_distinct",
]
