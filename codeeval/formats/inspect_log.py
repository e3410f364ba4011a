"""Writes a run as an evaluation log of Inspect (``inspect_ai``), which its viewer and ``read_eval_log`` open.

The log is the JSON of version 2. A sample's scorer is ``codeeval``: ``C`` for passed and ``I`` for not, with
the program as the answer and the verdict's reason as the explanation. A sample without a verdict, or whose
sandbox failed, has no score.

Source: inspect_ai/log/_log.py, ``EvalLog``; inspect_ai/model/_model_output.py, ``ModelOutput``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.types import FinishReason, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.formats.judged import ExportedRun, JudgedSample, JudgedTask
    from codeeval.types import Usage

VERSION: Final = 2
"""Of the log's schema."""
SCORER: Final = "codeeval"
_STOP_REASONS: Final = {
    FinishReason.STOP: "stop",
    FinishReason.LENGTH: "max_tokens",
    FinishReason.OVERFLOW: "model_length",
    FinishReason.TOOL_CALL: "tool_calls",
    FinishReason.FILTERED: "content_filter",
    FinishReason.REFUSAL: "content_filter",
}
"""Of ``ModelOutput``; all others are ``unknown``."""


class _Message(msgspec.Struct, frozen=True, kw_only=True):
    role: str
    content: str | list[dict[str, str]]
    source: str


class _Choice(msgspec.Struct, frozen=True, kw_only=True):
    message: _Message
    stop_reason: str


class _TokenUsage(msgspec.Struct, frozen=True, kw_only=True):
    input_tokens: int
    output_tokens: int
    total_tokens: int
    reasoning_tokens: int


class _Output(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    model: str
    choices: tuple[_Choice, ...]
    completion: str
    usage: _TokenUsage
    time: float
    error: str | None = None


class _Score(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    answer: str
    explanation: str
    metadata: dict[str, str | int | float | None]


class _Sample(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    epoch: int
    input: str | tuple[_Message, ...]
    target: str
    messages: tuple[_Message, ...]
    output: _Output
    scores: dict[str, _Score] | None
    metadata: dict[str, str]
    model_usage: dict[str, _TokenUsage]
    uuid: str


def inspect_log(run: ExportedRun) -> Iterator[bytes]:
    """Yield the parts of the log, a sample at a time.

    Raises:
        DataError: a task is not in the dataset.
    """
    encode = msgspec.json.Encoder().encode
    header = encode(_header(run))
    yield header.removesuffix(b"}") + b',"samples":['
    separator = b"\n"
    for task in run.tasks():
        for sample in task.samples:
            yield separator + encode(_sample(run, task, sample))
            separator = b",\n"
    yield b"\n]}\n"


def _header(run: ExportedRun) -> dict[str, object]:
    """Return all of the log but its samples."""
    config, metrics = run.directory.config, run.metrics
    sampling = config.sampling
    generate = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": sampling.seed,
        "stop_seqs": list(sampling.stop) or None,
        "reasoning_tokens": sampling.reasoning_tokens,
        "reasoning_effort": sampling.reasoning_effort,
    }
    generated = sum(map(run.directory.has_completion, range(run.directory.samples)))
    complete = metrics is not None and metrics.complete
    return {
        "version": VERSION,
        "status": "success" if complete else "cancelled",
        "eval": {
            "eval_id": run.identity("eval"),
            "run_id": run.identity("run"),
            "created": config.created,
            "task": config.benchmark,
            "task_id": run.identity("task"),
            "task_version": 0,
            "task_args": dict(config.settings),
            "dataset": {
                "name": config.dataset.id,
                "location": config.dataset.id,
                "samples": config.dataset.rows,
                "sample_ids": list(config.plan),
                "shuffled": False,
            },
            "model": config.model.spec,
            "model_generate_config": {name: each for name, each in generate.items() if each is not None},
            "config": {"epochs": max(config.plan.values(), default=1)},
            "packages": {"codeeval": config.codeeval_version},
            "metadata": {
                "dataset_revision": config.dataset.revision,
                "dataset_sha256": config.dataset.sha256,
                "template_hash": config.template_hash,
            },
        },
        "plan": {"name": "plan", "steps": [], "config": {}},
        "results": _results(run, generated),
        "stats": {"started_at": config.created, "completed_at": "", "model_usage": {}},
    }


def _results(run: ExportedRun, generated: int) -> dict[str, object] | None:
    if run.metrics is None:
        return None
    values = {
        name: {"name": name, "value": each.value, "params": {}, "metadata": msgspec.to_builtins(each)}
        for name, each in run.metrics.metrics.items()
    }
    failed = run.metrics.outcomes.get("SANDBOX_ERROR", 0)
    return {
        "total_samples": run.directory.samples,
        "completed_samples": generated,
        "scores": [
            {
                "name": SCORER,
                "scorer": SCORER,
                "scored_samples": run.metrics.samples - failed,
                "unscored_samples": generated - run.metrics.samples + failed,
                "params": {},
                "metrics": values,
            }
        ],
    }


def _sample(run: ExportedRun, task: JudgedTask, sample: JudgedSample) -> _Sample:
    completion, model = sample.completion, run.directory.config.model.spec
    prompt = task.prompt
    if prompt.style is PromptStyle.BASE:
        asked: tuple[_Message, ...] = (_Message(role="user", content=prompt.text, source="input"),)
    else:
        asked = tuple(
            _Message(role=each.role.value, content=each.content, source="input") for each in prompt.messages
        )
    content: str | list[dict[str, str]] = completion.text
    if completion.reasoning:
        content = [
            {"type": "reasoning", "reasoning": completion.reasoning},
            {"type": "text", "text": completion.text},
        ]
    answer = _Message(role="assistant", content=content, source="generate")
    usage = _token_usage(completion.usage)
    return _Sample(
        id=completion.task_id,
        epoch=completion.sample + 1,
        input=prompt.text if prompt.style is PromptStyle.BASE else asked,
        target=task.problem.reference,
        messages=(*asked, answer),
        output=_Output(
            model=model,
            choices=(
                _Choice(message=answer, stop_reason=_STOP_REASONS.get(completion.finish_reason, "unknown")),
            ),
            completion=completion.text,
            usage=usage,
            time=completion.usage.latency_s,
            error=completion.error or None,
        ),
        scores=_scores(sample),
        metadata={"entry_point": task.problem.entry_point, "completion_kind": completion.kind.value},
        model_usage={model: usage},
        uuid=run.identity(completion.task_id, str(completion.sample)),
    )


def _token_usage(usage: Usage) -> _TokenUsage:
    return _TokenUsage(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
        reasoning_tokens=usage.reasoning_tokens,
    )


def _scores(sample: JudgedSample) -> dict[str, _Score] | None:
    if sample.passed is None or sample.verdict is None:
        return None
    verdict = sample.verdict
    return {
        SCORER: _Score(
            value="C" if sample.passed else "I",
            answer=sample.program,
            explanation=verdict.detail,
            metadata={
                "outcome": verdict.outcome.value,
                "rule": verdict.rule,
                "wall_s": verdict.wall_s,
                "cpu_s": verdict.cpu_s,
                "peak_rss_bytes": verdict.peak_rss_bytes,
            },
        )
    }
