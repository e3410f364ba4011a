"""The run directory, the only state of a run.

::

    run.json            the frozen configuration and the plan: how many samples of which task
    completions.jsonl   one line a sample, appended as it is generated
    verdicts.jsonl      one line a sample, appended as it is judged
    metrics.json        what follows from the verdicts; the same after any number of interruptions
    timings.json        what differs from one run to the next: times, tokens
    .lock               held by the process that writes

Lines carry ``"schema": 2`` and go to the kernel one by one, so a killed process loses nothing that
was finished; what a line left torn is cut off and done again. When a run ends, both JSONL files are
put into the order of the dataset.
"""

from codeeval.records.config import NodeRecord, RunConfig, SandboxInfo, differences, flatten
from codeeval.records.directory import COMPLETIONS, METRICS, RUN, TIMINGS, VERDICTS, RunDirectory, SampleKey
from codeeval.records.files import write_atomically, writing
from codeeval.records.shards import Shard, parse_shard, shard_plan

__all__ = [
    "COMPLETIONS",
    "METRICS",
    "RUN",
    "TIMINGS",
    "VERDICTS",
    "NodeRecord",
    "RunConfig",
    "RunDirectory",
    "SampleKey",
    "SandboxInfo",
    "Shard",
    "differences",
    "flatten",
    "parse_shard",
    "shard_plan",
    "write_atomically",
    "writing",
]
