"""Chains the stages: the only owner of concurrency and retries.

``planning`` decides what a run consists of, ``running`` does it, ``scoring`` sums it up, ``analysis`` says
what several samples a task tell beyond that.
"""

from codeeval.pipeline.analysis import Analysis, Variety, analyse, analyse_directory
from codeeval.pipeline.execution import ProgramPool
from codeeval.pipeline.planning import make_config, plan_samples, select_problems, task_groups
from codeeval.pipeline.progress import Counts, Progress
from codeeval.pipeline.running import RunOptions, Stage, run
from codeeval.pipeline.scoring import DEFAULT_KS, RunResult, read_metrics, read_timings, score, sum_up
from codeeval.pipeline.truth import establish

__all__ = [
    "DEFAULT_KS",
    "Analysis",
    "Counts",
    "ProgramPool",
    "Progress",
    "RunOptions",
    "RunResult",
    "Stage",
    "Variety",
    "analyse",
    "analyse_directory",
    "establish",
    "make_config",
    "plan_samples",
    "read_metrics",
    "read_timings",
    "run",
    "score",
    "select_problems",
    "sum_up",
    "task_groups",
]
