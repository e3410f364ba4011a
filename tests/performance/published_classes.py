"""Judges ClassEval's published greedy generations again, and prints the published scores in brackets.

    CODEEVAL_PUBLISHED=DIR python tests/performance/published_classes.py --data-root DIR [MODEL_STRATEGY ...]

Such as ``GPT-4-Turbo_class_H``; all 26 are 2,600 generations and 13,052 classes of tests. Last in a line: how
many of the classes of tests that fail are among those that the references fail here too, and how many ran out
of time.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import published

from codeeval.metrics import Scores
from codeeval.types import CompletionKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codeeval.types import Verdict

METRICS = {
    "pass@1": "class_success",
    "method.pass@1": "fun_success",
    "partial.pass@1": "class_partial_success",
    "method.partial.pass@1": "fun_partial_success",
}
"""Our metrics, and what the published scores call them."""
NAMES = {"starcoder-instruct-15B": "starcoder-gpteacher-code-instruct-15B"}
"""Of models that the published scores call otherwise."""


def failed(verdicts: Iterable[Verdict]) -> dict[tuple[str, str], Outcome]:
    """Return what the classes of tests came to that do not pass, by task and name."""
    return {
        (verdict.task_id, part.name): part.outcome
        for verdict in verdicts
        for part in verdict.parts
        if part.outcome is not Outcome.PASSED
    }


def main() -> None:
    """Judge and print, a line for each model and strategy."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="*")
    parser.add_argument("--data-root", type=Path, required=True)
    asked = parser.parse_args()
    rows = published.published_rows("classeval/pass_at_k_official.parquet")
    (scores,) = (json.loads(row["value"]) for row in rows if row["key"] == "pass_1_greedy")
    made, problems = published.benchmark("classeval", asked.data_root)
    by_run: dict[str, list[tuple[str, str]]] = {}
    for row in published.published_rows("classeval/model_output_greedy.parquet"):
        (text,) = row["predict"]
        model = NAMES.get(row["model"], row["model"])
        by_run.setdefault(f"{model}_{row['strategy']}", []).append((row["task_id"], text))
    references = [(task_id, problem.reference) for task_id, problem in problems.items()]
    judged = published.judged(made, problems, references, CompletionKind.SOLUTION, sandbox="docker")
    here = failed(judged.values())
    sys.stdout.write(f"references: {len(here)} classes of tests fail\n")
    for run in asked.runs or by_run:
        verdicts = published.judged(made, problems, by_run[run], CompletionKind.ANSWER, sandbox="docker")
        counted = Scores(made.scoring)
        for verdict in verdicts.values():
            counted.add(verdict)
        ours = {
            name: sum(found.values) / len(found.values) for name, found in counted.pass_values([1]).items()
        }
        theirs = scores[f"{run}_greedy"]
        told = (f"{key} {ours[metric]:.3f} ({theirs[key]:.3f})" for metric, key in METRICS.items())
        failing = failed(verdicts.values())
        slow = sum(outcome is Outcome.TIMEOUT for outcome in failing.values())
        sys.stdout.write(
            f"{run}: {', '.join(told)}; {len(failing.keys() & here)} as references, {slow} slow\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
