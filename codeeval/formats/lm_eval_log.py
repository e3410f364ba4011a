"""Writes a run as lm-evaluation-harness leaves one: aggregated results, and the samples of its task.

The folder holds ``<model>/results_<date>.json`` and ``<model>/samples_<task>_<date>.jsonl``, a line a task,
with
pass@k by task under the filter ``codeeval``. Samples whose sandbox failed, or that were not judged, are in
none: a line is about those that pass or fail.

Source: lm_eval/loggers/evaluation_tracker.py, ``save_results_aggregated`` and ``save_results_samples``;
lm_eval/result_schema.py.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import DataError
from codeeval.formats.judged import prompt_text
from codeeval.metrics import LESS_IS_BETTER, pass_at_k
from codeeval.records import write_atomically, writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from codeeval.formats.judged import ExportedRun, JudgedSample, JudgedTask

FILTER: Final = "codeeval"


def write_lm_eval(run: ExportedRun, out: Path) -> int:
    """Write both files and return how many samples are in the lines.

    Args:
        run: what to write.
        out: the folder, as lm-evaluation-harness' ``--output_path``.

    Raises:
        DataError: no sample of the run has a verdict, or a task is not in the dataset.
        StorageError: a file cannot be written.
    """
    if run.metrics is None:
        raise DataError(f"{run.directory.path} has no verdicts", "Execute its completions: codeeval execute.")
    config = run.directory.config
    folder = out / re.sub(r"[\"<>:/|\\?*\[\]]+", "__", config.model.spec)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    date = config.created.partition("+")[0].replace(":", "-")
    task = re.sub(r"\W", "_", config.benchmark)
    written = 0

    def counted() -> Iterator[bytes]:
        nonlocal written
        for number, each in enumerate(run.tasks()):
            if known := [sample for sample in each.samples if sample.passed is not None]:
                written += len(known)
                yield _line(number, each, known)

    write_atomically(folder / f"samples_{task}_{date}.jsonl", counted())
    results = msgspec.json.format(msgspec.json.encode(_results(run, task)), indent=2)
    write_atomically(folder / f"results_{date}.json", (results, b"\n"))
    return written


def _line(number: int, task: JudgedTask, known: Sequence[JudgedSample]) -> bytes:
    """Return the line of a task with the samples that passed or failed."""
    problem, passed = task.problem, sum(sample.passed is True for sample in known)
    doc = {
        "task_id": problem.task_id,
        "prompt": problem.prompt,
        "entry_point": problem.entry_point,
        "canonical_solution": problem.reference,
        "test": "\n".join(problem.tests),
    }
    asked, target = prompt_text(task.prompt), problem.reference
    line = {
        "doc_id": number,
        "doc": doc,
        "target": target,
        "arguments": {"gen_args_0": {"arg_0": asked, "arg_1": {"until": list(task.prompt.stop)}}},
        "resps": [[sample.completion.text for sample in known]],
        "filtered_resps": [[sample.program for sample in known]],
        "filter": FILTER,
        "metrics": ["pass@1"],
        "doc_hash": _hash(msgspec.json.format(msgspec.json.encode(doc), indent=2)),
        "prompt_hash": _hash(asked.encode("utf-8", "surrogatepass")),
        "target_hash": _hash(target.encode("utf-8", "surrogatepass")),
        "pass@1": pass_at_k(len(known), passed, 1),
    }
    return msgspec.json.encode(line) + b"\n"


def _results(run: ExportedRun, task: str) -> dict[str, object]:
    config, metrics = run.directory.config, run.metrics
    values: dict[str, object] = {"alias": config.benchmark}
    higher = {}
    for name, each in metrics.metrics.items() if metrics else ():
        values[f"{name},{FILTER}"] = each.value
        values[f"{name}_stderr,{FILTER}"] = (each.high - each.low) / (2 * 1.959964)
        higher[name] = name not in LESS_IS_BETTER
    sampling = config.sampling
    generation = {"temperature": sampling.temperature, "top_p": sampling.top_p}
    generation["max_gen_toks"] = sampling.max_tokens
    return {
        "results": {task: values},
        "group_subtasks": {task: []},
        "configs": {
            task: {
                "task": task,
                "dataset_path": config.dataset.id,
                "dataset_name": config.dataset.config,
                "test_split": config.dataset.split,
                "output_type": "generate_until",
                "repeats": max(config.plan.values(), default=1),
                "generation_kwargs": generation | {"until": list(sampling.stop)},
                "metadata": dict(config.settings) | {"version": config.codeeval_version},
            }
        },
        "versions": {task: config.codeeval_version},
        "n-shot": {task: config.options.shots or 0},
        "higher_is_better": {task: higher},
        "n-samples": {task: {"original": config.dataset.rows, "effective": len(config.plan)}},
        "config": {"model": config.model.spec.partition(":")[0], "model_args": config.model.spec},
        "model_source": config.model.spec.partition(":")[0],
        "model_name": config.model.spec,
        "codeeval": {
            "version": config.codeeval_version,
            "intervals": {
                name: [each.low, each.high] for name, each in (metrics.metrics.items() if metrics else ())
            },
        },
    }


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
