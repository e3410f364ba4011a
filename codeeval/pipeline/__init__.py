"""Chains the stages: the only owner of concurrency and retries.

``planning`` decides what a run consists of, ``running`` does it, ``scoring`` sums it up.
"""

from codeeval.pipeline.expected_outputs import compute_expected_outputs
from codeeval.pipeline.planning import make_config, plan_samples, select_problems, task_groups
from codeeval.pipeline.pools import NoSandbox, ProgramPool
from codeeval.pipeline.progress import Counts, Progress
from codeeval.pipeline.running import RunCancelled, RunOptions, Stage, run
from codeeval.pipeline.scoring import DEFAULT_KS, RunResult, read_metrics, read_timings, score, sum_up
from codeeval.pipeline.verifier import Examined, Verifier

__all__ = [
    "DEFAULT_KS",
    "Counts",
    "Examined",
    "NoSandbox",
    "ProgramPool",
    "Progress",
    "RunCancelled",
    "RunOptions",
    "RunResult",
    "Stage",
    "Verifier",
    "compute_expected_outputs",
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
