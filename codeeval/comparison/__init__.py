"""Two or more runs side by side, paired by task.

``reading`` counts a run's outcomes, ``settings`` lists what the runs differ in before any number,
``contrasting`` makes the numbers, ``comparing`` puts them together.
"""

from codeeval.comparison.comparing import compare, match
from codeeval.comparison.contrasting import (
    contrast,
    graded_values,
    metric_contrast,
    paired_values,
    scores_of,
)
from codeeval.comparison.ranking import PairTest, Ranked, Ranking, letter_groups, rank
from codeeval.comparison.reading import Run, read_run, read_runs
from codeeval.comparison.results import (
    Area,
    BenchmarkComparison,
    Comparison,
    Contrast,
    Example,
    GroupContrast,
    MetricContrast,
    RunSummary,
    SettingDifference,
    Shift,
    TaskChange,
)
from codeeval.comparison.settings import setting_differences

__all__ = [
    "Area",
    "BenchmarkComparison",
    "Comparison",
    "Contrast",
    "Example",
    "GroupContrast",
    "MetricContrast",
    "PairTest",
    "Ranked",
    "Ranking",
    "Run",
    "RunSummary",
    "SettingDifference",
    "Shift",
    "TaskChange",
    "compare",
    "contrast",
    "graded_values",
    "letter_groups",
    "match",
    "metric_contrast",
    "paired_values",
    "rank",
    "read_run",
    "read_runs",
    "scores_of",
    "setting_differences",
]
