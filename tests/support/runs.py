"""Run directories made of outcomes alone, by the code that records and scores real runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval import __version__
from codeeval.interfaces import BenchmarkOptions, DatasetIdentity, ModelInfo
from codeeval.pipeline import score
from codeeval.records import RunConfig, RunDirectory
from codeeval.types import (
    Completion,
    CompletionKind,
    FinishReason,
    Limits,
    Outcome,
    PromptStyle,
    Sampling,
    Usage,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

P, W, S = Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.SANDBOX_ERROR


def run_config(benchmark: str, plan: Mapping[str, int], **overrides: object) -> RunConfig:
    """Make a plausible ``run.json`` of a benchmark and a plan; ``overrides`` are fields of it."""
    config = RunConfig(
        benchmark=benchmark,
        options=BenchmarkOptions(),
        settings={"split": "test", "style": "chat"},
        dataset=DatasetIdentity(
            id=f"org/{benchmark}",
            config="",
            split="test",
            revision="r1",
            sha256="d" * 64,
            rows=len(plan),
        ),
        template_hash="7" * 64,
        model=ModelInfo(
            spec="fake:model", style=PromptStyle.CHAT, concurrency=4, max_n=1, deterministic=True
        ),
        sampling=Sampling(seed=1),
        limits={"python": Limits(cpu_s=3.0, wall_s=15.0)},
        codeeval_version=__version__,
        created="2026-01-02T03:04:05+00:00",
        command=("codeeval", "run", benchmark, "--model", "fake:model"),
        plan=dict(plan),
    )
    return msgspec.structs.replace(config, **overrides)


def make_run(
    path: Path,
    benchmark: str,
    outcomes: Mapping[str, Sequence[Outcome]],
    *,
    planned: int = 0,
    ks: Sequence[int] = (1,),
    text: Callable[[str, int], str] = "return {0!r}  # sample {1}".format,
    verdict: Callable[[Verdict], Verdict] = lambda verdict: verdict,
    score_of: Callable[[str, int], float | None] = lambda _task, _sample: None,
    **overrides: object,
) -> Path:
    """Write a run directory with a verdict for each outcome: all files of a run that has ended.

    Args:
        path: the folder.
        benchmark: full name.
        outcomes: of each task's samples, in order.
        planned: samples planned of each task; more than there are outcomes makes the run unfinished.
        ks: of pass@k in ``metrics.json``.
        text: gives the completion of a task's sample.
        verdict: changes each verdict before it is recorded.
        score_of: gives the score of a task's sample.
        overrides: fields of ``run.json``.
    """
    plan = {task: max(planned, len(found)) for task, found in outcomes.items()}
    with RunDirectory.create(path, run_config(benchmark, plan, **overrides), list(plan)) as run:
        for task, found in outcomes.items():
            for sample, outcome in enumerate(found):
                completion = _completion(task, sample, text(task, sample))
                run.add_completion(msgspec.structs.replace(completion, score=score_of(task, sample)))
                run.add_verdict(verdict(_verdict(task, sample, outcome)))
        run.finish()
    score(path, ks)
    return path


def bits(passed: str, prefix: str = "Task/") -> dict[str, list[Outcome]]:
    """Outcomes of one sample a task, ``1`` passed and ``0`` wrong; words are tasks of several samples."""
    words = passed.split() if " " in passed else list(passed)
    return {f"{prefix}{i}": [P if bit == "1" else W for bit in word] for i, word in enumerate(words)}


def _completion(task: str, sample: int, text: str) -> Completion:
    return Completion(
        task_id=task,
        sample=sample,
        text=text,
        kind=CompletionKind.ANSWER,
        finish_reason=FinishReason.STOP,
        usage=Usage(prompt_tokens=7, completion_tokens=3, latency_s=0.5),
    )


def _verdict(task: str, sample: int, outcome: Outcome) -> Verdict:
    ran = outcome not in (Outcome.NO_CODE, Outcome.SANDBOX_ERROR)
    return Verdict(
        task_id=task,
        sample=sample,
        outcome=outcome,
        detail="" if outcome is Outcome.PASSED else f"why {outcome}",
        rule="none" if outcome is Outcome.NO_CODE else "fence",
        wall_s=0.25 if ran else 0.0,
        cpu_s=0.125 if ran else 0.0,
        peak_rss_bytes=9_000_000 if ran else 0,
    )
