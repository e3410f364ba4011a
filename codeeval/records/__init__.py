"""The run directory, the only state of a run.

::

    run.json            the frozen configuration and the plan: how many samples of which task
    completions.jsonl   one line a sample, appended as it is generated
    verdicts.jsonl      one line a sample, appended as it is judged
    metrics.json        what follows from the verdicts; the same after any number of interruptions
    timings.json        what differs from one run to the next: times, tokens
    .lock               held by the process that writes; states which, and how far the run was when it began

Lines carry ``"schema": 2`` and go to the kernel one by one, so a killed process loses nothing that
was finished; what a line left torn is cut off and done again. When a run ends, both JSONL files are
put into the order of the dataset.
"""

from codeeval.records.config import SUITE, NodeRecord, RunConfig, SandboxInfo, differences, flatten
from codeeval.records.directory import (
    COMPLETIONS,
    METRICS,
    RUN,
    TIMINGS,
    VERDICTS,
    RunDirectory,
    SampleKey,
    Watcher,
    is_suite,
)
from codeeval.records.files import write_atomically, writing
from codeeval.records.locking import LOCK, Holder, acquire, read_holder
from codeeval.records.shards import Shard, parse_shard, shard_plan

__all__ = [
    "COMPLETIONS",
    "LOCK",
    "METRICS",
    "RUN",
    "SUITE",
    "TIMINGS",
    "VERDICTS",
    "Holder",
    "NodeRecord",
    "RunConfig",
    "RunDirectory",
    "SampleKey",
    "SandboxInfo",
    "Shard",
    "Watcher",
    "acquire",
    "differences",
    "flatten",
    "is_suite",
    "parse_shard",
    "read_holder",
    "shard_plan",
    "write_atomically",
    "writing",
]
