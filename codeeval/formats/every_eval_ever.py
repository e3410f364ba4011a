"""Writes a run in the schema of Every Eval Ever: one aggregate record, and a line a sample beside it.

``data/<collection>/<developer>/<model>/<uuid>.json`` has every score with its interval;
``<uuid>_samples.jsonl`` the samples that passed or failed, each linked to the main score by
``evaluation_result_id``. Who the evaluator is to the model's developer, and whether its weights are open, no
run knows: ``other`` and ``unknown`` stand there until somebody fills them in.

Source: evaleval/every_eval_ever, schemas/eval.schema.json and instance_level_eval.schema.json, version 0.3.0.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import DataError
from codeeval.formats.judged import model_name, prompt_text
from codeeval.metrics import LESS_IS_BETTER
from codeeval.records import write_atomically, writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codeeval.formats.judged import ExportedRun, JudgedSample, JudgedTask
    from codeeval.metrics import PassAtK

SCHEMA: Final = "0.3.0"


def write_every_eval_ever(run: ExportedRun, out: Path) -> int:
    """Write both files and return how many samples have a line.

    Args:
        run: what to write.
        out: the folder; the records are in it as in the datastore, under
            ``data/<collection>/<developer>/<model>``.

    Raises:
        DataError: no sample of the run has a verdict, or a task is not in the dataset.
        StorageError: a file cannot be written.
    """
    if run.metrics is None:
        raise DataError(f"{run.directory.path} has no verdicts", "Execute its completions: codeeval execute.")
    place = _place(run)
    folder = out / place
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    # a UUID of version 4 in form, and the same whenever the run is exported
    name = str(uuid.UUID(hex=hashlib.sha256(run.identity().encode()).hexdigest()[:32], version=4))
    samples = folder / f"{name}_samples.jsonl"
    digest, rows = hashlib.sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal rows
        for task in run.tasks():
            for sample in task.samples:
                if sample.passed is not None:
                    line = msgspec.json.encode(_instance(run, task, sample)) + b"\n"
                    digest.update(line)
                    rows += 1
                    yield line

    write_atomically(samples, counted())
    record = _record(run)
    if rows:
        record["detailed_evaluation_results"] = {
            "format": "jsonl",
            "file_path": f"{place}/{samples.name}",
            "hash_algorithm": "sha256",
            "checksum": digest.hexdigest(),
            "total_rows": rows,
        }
    write_atomically(
        folder / f"{name}.json", (msgspec.json.format(msgspec.json.encode(record), indent=2), b"\n")
    )
    return rows


def _place(run: ExportedRun) -> str:
    """Return the records' folder in the datastore: ``data/<collection>/<developer>/<model>``."""
    config = run.directory.config
    developer, slash, model = model_name(config).partition("/")
    parts = (config.benchmark, developer if slash else "unknown", model if slash else developer)
    return "/".join(("data", *(re.sub(r"[^A-Za-z0-9._-]+", "_", part).strip(".") or "_" for part in parts)))


def _record(run: ExportedRun) -> dict[str, object]:
    config = run.directory.config
    scores = run.metrics.metrics if run.metrics else {}
    engine, _, _ = config.model.spec.partition(":")
    return {
        "schema_version": SCHEMA,
        "evaluation_id": _evaluation_id(run),
        "evaluation_timestamp": config.created,
        "retrieved_timestamp": str(int(dt.datetime.now(dt.UTC).timestamp())),
        "source_metadata": {
            "source_name": "codeeval",
            "source_type": "evaluation_run",
            "source_organization_name": "unknown",
            "evaluator_relationship": "other",
        },
        "eval_library": {"name": "codeeval", "version": config.codeeval_version},
        "model_info": {
            "name": config.model.spec,
            "id": model_name(run.directory.config),
            "inference_engine": {"name": engine},
            "additional_details": {
                "deployment_type": "unknown",
                "model_availability": "unknown",
                **config.model.details,
            },
        },
        "evaluation_results": [_result(run, name, each) for name, each in scores.items()],
    }


def _result(run: ExportedRun, name: str, score: PassAtK) -> dict[str, object]:
    config = run.directory.config
    data, sampling = config.dataset, config.sampling
    part, _, k = name.rpartition("@")
    kind = {"metric_id": "pass_at_k", "metric_parameters": {"k": int(k)}} if part and k.isdecimal() else {}
    return {
        "evaluation_result_id": _result_id(run, name),
        "evaluation_name": config.benchmark,
        "source_data": {
            "dataset_name": config.benchmark,
            "source_type": "hf_dataset",
            "hf_repo": data.id,
            "hf_split": data.split,
            "samples_number": data.rows,
            "additional_details": {"revision": data.revision, "sha256": data.sha256},
        },
        "evaluation_timestamp": config.created,
        "metric_config": {
            "evaluation_description": f"{name} of {config.benchmark}",
            "metric_name": name,
            "metric_kind": "pass_rate",
            "metric_unit": "proportion",
            "lower_is_better": name in LESS_IS_BETTER,
            "score_type": "continuous",
            "min_score": 0.0,
            "max_score": 1.0,
            **kind,
        },
        "score_details": {
            "score": score.value,
            "details": {"worst": str(score.worst), "best": str(score.best)},
            "uncertainty": {
                "confidence_interval": {
                    "lower": score.low,
                    "upper": score.high,
                    "confidence_level": 0.95,
                    "method": score.interval,
                },
                "num_samples": score.tasks,
            },
        },
        "generation_config": {
            "generation_args": {
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "max_tokens": sampling.max_tokens,
            },
            "additional_details": {
                **config.settings,
                "template_hash": config.template_hash,
                "samples_per_task": str(max(config.plan.values(), default=1)),
            },
        },
    }


def _instance(run: ExportedRun, task: JudgedTask, sample: JudgedSample) -> dict[str, object]:
    completion, problem, verdict = sample.completion, task.problem, sample.verdict
    asked, reference = prompt_text(task.prompt), [problem.reference]
    hashed = json.dumps({"raw": asked, "reference": reference}, sort_keys=True, separators=(",", ":"))
    line: dict[str, object] = {
        "schema_version": SCHEMA,
        "evaluation_id": _evaluation_id(run),
        "model_id": model_name(run.directory.config),
        "evaluation_name": run.directory.config.benchmark,
        "evaluation_result_id": _result_id(run, next(iter(run.metrics.metrics), "") if run.metrics else ""),
        "sample_id": f"{problem.task_id}#{completion.sample}",
        "sample_hash": hashlib.sha256(hashed.encode()).hexdigest(),
        "interaction_type": "single_turn",
        "input": {"raw": asked, "reference": reference},
        "output": {
            "raw": [completion.text],
            "reasoning_trace": [completion.reasoning] if completion.reasoning else None,
        },
        "answer_attribution": [
            {
                "turn_idx": 0,
                "source": "output.raw",
                "extracted_value": sample.program,
                "extraction_method": verdict.rule if verdict else "",
                "is_terminal": True,
            }
        ],
        "evaluation": {"score": float(sample.passed is True), "is_correct": sample.passed is True},
        "performance": {"latency_ms": completion.usage.latency_s * 1000},
        "metadata": {
            "task_id": problem.task_id,
            "sample": str(completion.sample),
            "outcome": verdict.outcome.value if verdict else "",
            "detail": verdict.detail if verdict else "",
        },
    }
    usage = completion.usage
    if usage.prompt_tokens or usage.completion_tokens:
        line["token_usage"] = {
            "input_tokens": usage.prompt_tokens,
            "output_tokens": usage.completion_tokens,
            "total_tokens": usage.prompt_tokens + usage.completion_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
        }
    return line


def _evaluation_id(run: ExportedRun) -> str:
    config = run.directory.config
    return f"{config.benchmark}/{model_name(run.directory.config)}/{config.created}"


def _result_id(run: ExportedRun, metric: str) -> str:
    return f"{run.identity()}:{metric}"
