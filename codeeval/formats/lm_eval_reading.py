"""Reads what lm-evaluation-harness leaves with ``--log_samples``.

That is ``samples_*.jsonl``, and ``results_*.json`` beside it.

A line is about one task under one filter. Its metric states how many of the task's repeats passed, not which:
where some did and some did not, the samples are read without a verdict.

Source: lm_eval/loggers/evaluation_tracker.py; lm_eval/result_schema.py, ``SampleResult``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.errors import DataError
from codeeval.formats.foreign import (
    ForeignRun,
    ForeignSample,
    Gaps,
    count,
    decode,
    items,
    no_samples,
    number,
    read_sampling,
    record,
    text,
)
from codeeval.formats.task_ids import POSITION
from codeeval.reading import bounded_lines, open_binary, read_bounded
from codeeval.types import CompletionKind, PromptStyle

if TYPE_CHECKING:
    from pathlib import Path

_IDS: Final = ("task_id", "question_id", "id", "name")
"""Fields of a document that name a task."""
_FIRST: Final = ("pass@1", "pass_at_1", "exact_match", "acc")
"""Metrics that state whether a task's one answer is right; others count only where a line has them first."""
_UNFILTERED: Final = "none"


def read_lm_eval(path: Path, scorer: str | None) -> ForeignRun:
    """Read a task's samples.

    Args:
        path: a ``samples_*.jsonl``, or a folder with the samples of one task.
        scorer: which filter's lines, where the task has several; None for the file's first.

    Raises:
        DataError: it cannot be read, a line is malformed (file:line), or there is no such filter.
    """
    path = _samples_file(path)
    gaps = Gaps()
    lines = _lines(path)
    names = list(dict.fromkeys(text(line.get("filter")) for line in lines))
    name = names[0] if scorer is None else scorer
    if name not in names:
        raise DataError(f"{path} has no filter {name!r}", f"It has: {', '.join(names)}.")
    if len(names) > 1:
        gaps.note(f"of the filters {', '.join(names)}, the lines of {name} were read")
    chosen = [line for line in lines if text(line.get("filter")) == name]
    chosen.sort(key=lambda line: count(line.get("doc_id")))
    samples = tuple(sample for line in chosen for sample in _samples(line, name, gaps))
    if not samples:
        raise no_samples(path)
    results = _results(path, gaps)
    task = _task(path)
    config = record(results, "configs", task)
    settings = record(config, "generation_kwargs")
    stop = settings.get("until")
    chat = results.get("chat_template") or any(line_is_chat(line) for line in chosen[:1])
    return ForeignRun(
        tool="lm_eval",
        version=text(results.get("lm_eval_version")),
        task=task,
        model=text(results.get("model_name")) or text(record(results, "config").get("model_args")),
        scorer=name,
        style=PromptStyle.CHAT if chat else PromptStyle.BASE,
        sampling=read_sampling(
            {"temperature": 0.0, "top_p": 1.0} | settings if settings.get("do_sample") is False else settings,
            [stop] if isinstance(stop, str) else items(stop),
            "max_gen_toks",
            gaps,
        ),
        created="",
        samples=samples,
        reported=_reported(record(results, "results", task), name),
        notes=gaps.notes(),
    )


def line_is_chat(line: dict[str, object]) -> bool:
    """Whether a line's prompt is a conversation: lm-eval writes those as JSON."""
    asked = text(record(line, "arguments", "gen_args_0").get("arg_0"))
    return asked.startswith('[{"role"')


def _samples_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    found = sorted(path.rglob("samples_*.jsonl"))
    tasks = sorted({_task(each) for each in found})
    if not found:
        raise DataError(f"{path} has no samples_*.jsonl", "Run lm_eval with --log_samples.")
    if len(tasks) > 1:
        raise DataError(
            f"{path} has samples of {len(tasks)} tasks: {', '.join(tasks[:10])}", "Name the file of one task."
        )
    return max(found, key=lambda each: each.name)  # the latest: names end in the date


def _task(path: Path) -> str:
    """Return the task of ``samples_<task>_<date>.jsonl``."""
    return path.stem.removeprefix("samples_").rpartition("_")[0] if "_" in path.stem else ""


def _lines(path: Path) -> list[dict[str, object]]:
    try:
        with open_binary(path) as file:
            return [
                decode(line.rstrip(b"\r\n"), f"{path}:{place}")
                for place, line in enumerate(bounded_lines(file), 1)
                if line.strip()
            ] or _none(path)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read: {error.strerror or error}", "Name a samples file."
        ) from error


def _none(path: Path) -> list[dict[str, object]]:
    raise no_samples(path)


def _results(path: Path, gaps: Gaps) -> dict[str, object]:
    """Return the aggregated results of the same date; empty where there are none."""
    beside = path.with_name(f"results_{path.stem.rpartition('_')[2]}.json")
    try:
        return decode(read_bounded(beside), str(beside))
    except OSError:
        gaps.note(f"no {beside.name} beside it: model and sampling are not known")
        return {}


def _samples(line: dict[str, object], filtered_by: str, gaps: Gaps) -> list[ForeignSample]:
    doc = record(line, "doc")
    named = next((each for name in _IDS if isinstance(each := doc.get(name), str | int)), None)
    if named is None and not isinstance(line.get("doc_id"), int):
        gaps.add("neither an id in the document nor a doc_id, not imported", "?")
        return []
    task_id = text(named) or (f"{POSITION}{line['doc_id']}" if named is None else str(named))
    if filtered_by in ("", _UNFILTERED):
        texts = _texts(line.get("resps"))
        kind = CompletionKind.ANSWER if line_is_chat(line) else CompletionKind.CONTINUATION
    else:
        texts, kind = _texts(line.get("filtered_resps")), CompletionKind.SOLUTION
    if not texts:
        gaps.add("no response", task_id)
        return []
    passed = _passed(line, len(texts), task_id, gaps)
    return [ForeignSample(task_id=task_id, text=each, kind=kind, passed=passed) for each in texts]


def _texts(responses: object) -> list[str]:
    """Return the texts of a task: of ``[[repeat, ...]]``, ``[repeat, ...]``, or of one alone."""
    if isinstance(responses, str):
        return [text(responses)]
    return [found for each in items(responses) for found in _texts(each)]


def _passed(line: dict[str, object], repeats: int, task_id: str, gaps: Gaps) -> bool | None:
    metric = _metric(line)
    value = number(line.get(metric)) if metric else None
    if value is None:
        gaps.add("no pass@1 or other verdict", task_id)
        return None
    if value in (0.0, 1.0):
        return value == 1.0
    gaps.add(f"{metric} states how many of {repeats} passed and not which, so none has a verdict", task_id)
    return None


def _metric(line: dict[str, object]) -> str:
    stated = [each for each in items(line.get("metrics")) if isinstance(each, str)]
    for name in (*_FIRST, *stated[:1]):
        if name in line and not (name.startswith("pass@") and name != _FIRST[0]):
            return name
    return ""


def _reported(values: dict[str, object], filtered_by: str) -> float | None:
    for name in _FIRST:
        if (value := number(values.get(f"{name},{filtered_by}"))) is not None:
            return value
    return None
