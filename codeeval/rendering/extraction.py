"""Lays out how the code of a run's samples was found, and the candidates of one sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.rendering.console import heading, lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.session.extraction import ExtractionAudit
    from codeeval.types import Candidate


def audit_tables(found: ExtractionAudit) -> Iterator[RenderableType]:
    """Lay out an audit: the rules that fired, and the samples with other code that may be meant."""
    yield lines(f"{found.benchmark}, {found.samples} samples with a completion", "")
    rules = [(each.rule, str(each.samples), str(each.passed)) for each in found.rules]
    yield table(("rule", "samples", "passed"), rules, right=(1, 2))
    if not found.doubtful:
        yield lines("", "No sample that failed has other code that parses and defines its function.")
        return
    yield lines("", "Samples with other code that parses and defines the function:")
    rows = [
        (
            each.task_id,
            str(each.sample),
            str(each.outcome or ""),
            _described(each.taken),
            _described(each.others[0]),
        )
        for each in found.doubtful
    ]
    yield table(("task", "sample", "outcome", "taken", "other"), rows, right=(1,))
    yield lines(
        "", "`codeeval show RUN --task ID --sample I` shows what the model wrote, and each candidate."
    )


def candidate_lines(candidates: tuple[Candidate, ...]) -> Iterator[RenderableType]:
    """Lay out the candidates of one sample, with the code of those that were not taken."""
    if not candidates:
        return
    yield heading("candidates, the one that was taken first")
    for number, each in enumerate(candidates, 1):
        yield lines(f"{number}. {_described(each)}")
        if number > 1:
            yield lines("", each.code)


def _described(candidate: Candidate) -> str:
    """Return the rule, the size, and what speaks against the code."""
    count = candidate.code.count("\n")
    size = "1 line" if count == 1 else f"{count} lines"
    return f"{candidate.rule}, {size}: {'; '.join(candidate.faults) or 'sound'}"
