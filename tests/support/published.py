"""Outputs of models that the authors of a benchmark published with their scores, judged again here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codeeval import registry
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.pipeline import Verifier
from codeeval.session.benchmarks import images_of
from codeeval.session.hooks import no_notes
from codeeval.session.sandboxes import open_pool
from codeeval.session.settings import SandboxSettings
from codeeval.types import Completion, CompletionKind, CompletionOrigin, LimitOptions, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codeeval.interfaces import Benchmark
    from codeeval.types import Problem, Verdict

PUBLISHED = "CODEEVAL_PUBLISHED"


# Any: a row of a file, as it is
def published_rows(file: str) -> list[dict[str, Any]]:
    """Read a file below the folder of published outputs."""
    from pyarrow import parquet  # noqa: PLC0415 -- costs 200 ms

    rows: list[dict[str, Any]] = parquet.read_table(Path(os.environ[PUBLISHED]) / file).to_pylist()
    return rows


def benchmark(name: str, root: Path, **options: Any) -> tuple[Benchmark, Mapping[str, Problem]]:
    """Make a benchmark in base style, and its problems by id."""
    family, _, variant = name.partition(":")
    chosen = BenchmarkOptions(variant=variant, **{"style": PromptStyle.BASE, **options})
    made = registry.benchmark_factory(family)(chosen)
    loaded = made.load(DataSource(root=root, offline=True))
    return made, {problem.task_id: problem for problem in loaded.problems}


def judged(
    made: Benchmark,
    problems: Mapping[str, Problem],
    texts: Iterable[tuple[str, str]],
    kind: CompletionKind,
    *,
    cpu_s: float | None = None,
    sandbox: str = "bubblewrap",
) -> dict[tuple[str, str], Verdict]:
    """Return the verdict of each pair of a task's id and a completion's text, each judged once.

    Args:
        made: the benchmark.
        problems: its problems by id.
        texts: pairs of a task's id and a completion's text.
        kind: what the texts are.
        cpu_s: a shorter limit than the benchmark's; then a timeout is not repeated alone.
        sandbox: where the programs run; Docker where they need an image's libraries.
    """
    unique = list(dict.fromkeys(texts))
    images = tuple(image for image in images_of(made) if image)
    with open_pool(images, SandboxSettings(sandbox=sandbox), no_notes) as opened:
        verifier = Verifier(
            opened.pool, made, timeout_reruns=0 if cpu_s else 1, limits=LimitOptions(cpu_s=cpu_s)
        )
        programs = (
            verifier.make(
                problems[task_id],
                Completion(
                    task_id=task_id, sample=number, text=text, kind=kind, origin=CompletionOrigin.FILE
                ),
            )
            for number, (task_id, text) in enumerate(unique)
        )
        return {unique[number]: verdict for number, verdict in verifier.each(programs)}
