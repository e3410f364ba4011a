"""What a verification comes to: by subset, by cause, and every row that differs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.surge.rows import Subset
from codeeval.benchmarks.surge.verification.agreement import Agreement
from codeeval.benchmarks.surge.verification.causes import Cause
from codeeval.benchmarks.surge.verification.checked import Checked, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ALL: Final = "all"
COLUMNS: Final = (
    *("subset", "rows", "executed", "agree", "exact", "white space", "metric", "differ", "cut off"),
    *("official", "fixed"),
)
MARK: Final = "<!-- From here on: codeeval surge verify --markdown -->"
"""Where the generated part of a document begins."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One subset, or all of them."""

    subset: str
    rows: int
    executed: int
    exact: int
    white_space: int
    metric: int
    no: int
    cut_off: int
    not_run: int
    official: float | None
    """Mean score of the machine's own output by the published metrics, over the rows executed; 0 to 100."""
    fixed: float | None
    causes: dict[str, int]

    @property
    def agreement(self) -> float | None:
        """Share of the rows executed that the machine confirms, to the character or by the metric."""
        return (self.executed - self.no) / self.executed if self.executed else None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The whole."""

    lines: tuple[Line, ...]
    """One a subset, and the last for all."""
    differing: tuple[Checked, ...]
    """Rows whose output is not the answer to the character, and rows that were cut off."""
    not_run: dict[str, dict[str, int]]
    """By subset, how many rows for which reason."""
    toolchain: dict[str, str]
    """Versions of what ran them, by ``image/tool``."""


def summarise(checked: Iterable[Checked], toolchain: Mapping[str, str]) -> Summary:
    """Count."""
    rows = sorted(checked, key=_place)
    subsets = list(dict.fromkeys(each.subset for each in rows))
    lines = [_line(name, [each for each in rows if each.subset == name]) for name in subsets]
    reasons: dict[str, Counter[str]] = {}
    for each in rows:
        if each.state is State.NOT_RUN:
            reasons.setdefault(each.subset, Counter())[each.reason] += 1
    return Summary(
        lines=(*lines, _line(ALL, rows)),
        differing=tuple(each for each in rows if each.cause is not None),
        not_run={subset: dict(counts) for subset, counts in reasons.items()},
        toolchain=dict(toolchain),
    )


def _place(row: Checked) -> tuple[int, int]:
    _, subset, index = row.task_id.split("/")
    return [each.value for each in Subset].index(subset), int(index)


def _line(subset: str, rows: Sequence[Checked]) -> Line:
    states = Counter(each.state for each in rows)
    agreements = Counter(each.agreement for each in rows if each.agreement is not None)
    causes = Counter(each.cause.value for each in rows if each.cause is not None)
    return Line(
        subset=subset,
        rows=len(rows),
        executed=states[State.EXECUTED],
        exact=agreements[Agreement.EXACT],
        white_space=agreements[Agreement.WHITESPACE],
        metric=agreements[Agreement.METRIC],
        no=agreements[Agreement.NO],
        cut_off=states[State.CUT_OFF],
        not_run=states[State.NOT_RUN],
        official=_mean([each.official for each in rows]),
        fixed=_mean([each.fixed for each in rows]),
        causes=dict(causes),
    )


def _mean(scores: Sequence[float | None]) -> float | None:
    there = [score for score in scores if score is not None]
    return 100 * sum(there) / len(there) if there else None


def markdown(summary: Summary) -> str:
    """Write the summary as a document: counts, and each differing row with its cause, none of its content."""
    counts = [
        f"| {' | '.join(COLUMNS)} |",
        "|---" * len(COLUMNS) + "|",
        *(_counts(line) for line in summary.lines),
    ]
    there = [cause for cause in Cause if any(cause in line.causes for line in summary.lines)]
    causes = [
        "| subset | " + " | ".join(there) + " |",
        "|---|" + "---|" * len(there),
        *(
            f"| {line.subset} | " + " | ".join(str(line.causes.get(cause, 0)) for cause in there) + " |"
            for line in summary.lines
        ),
    ]
    rows = [
        "| row | agreement | cause | what shows it |",
        "|---|---|---|---|",
        *(
            f"| {each.task_id} | {each.agreement or each.state} | {each.cause} | {each.note} |"
            for each in summary.differing
        ),
    ]
    tools = [f"- {tool}: {version}" for tool, version in sorted(summary.toolchain.items())]
    sections = (
        ("Agreement", counts),
        ("Causes", causes),
        ("Rows that differ", rows),
        ("Toolchain", tools),
    )
    return "\n".join(f"## {title}\n\n" + "\n".join(text) + "\n" for title, text in sections)


def renewed(document: str, generated: str) -> str:
    """Put a new summary in place of a document's old one, or behind what is there, which is kept."""
    return f"{document.partition(MARK)[0]}{MARK}\n\n{generated}"


def _counts(line: Line) -> str:
    cells = (
        line.subset,
        line.rows,
        line.executed,
        f"{line.agreement:.1%}" if line.agreement is not None else "",
        line.exact,
        line.white_space,
        line.metric,
        line.no,
        line.cut_off,
        *(f"{score:.2f}" if score is not None else "" for score in (line.official, line.fixed)),
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
