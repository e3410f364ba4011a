"""Builds a report: one self-contained HTML file that loads nothing from the network."""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from codeeval import __version__
from codeeval.formatting import duration, size, visible
from codeeval.records import COMPLETIONS, VERDICTS
from codeeval.reports.details import pack, task_detail
from codeeval.reports.palette import OUTCOME_COLOURS, OUTCOME_WORDS, RUN_COLOURS
from codeeval.reports.selection import choose
from codeeval.reports.source import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jinja2 import Template

    from codeeval.reports.sections import Section
    from codeeval.reports.source import RunView

_HERE: Final = Path(__file__).parent
_POLICY: Final = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


class RunIndex(msgspec.Struct, frozen=True, kw_only=True):
    """What the page's script knows of a run."""

    label: str
    benchmark: str
    path: str
    verdicts: str
    """Link to the file, relative to the report."""
    completions: str
    shown: int
    """Samples that the page holds whole."""


class TaskIndex(msgspec.Struct, frozen=True, array_like=True):
    """What the page's script knows of a task before it is opened."""

    run: int
    task_id: str
    planned: int
    outcomes: tuple[int, ...]
    cpu_s: float
    language: int
    groups: tuple[int, ...]


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What the page's script knows when the page opens."""

    outcomes: tuple[str, ...]
    runs: tuple[RunIndex, ...]
    languages: tuple[str, ...]
    groups: tuple[str, ...]
    tasks: tuple[TaskIndex, ...]


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What a page holds."""

    samples: int
    """With a verdict or at least a completion."""
    shown: int
    """Of these, those that the page holds whole."""


def build(runs: Sequence[RunView], sections: Sequence[Section], out: Path, budget: int) -> tuple[str, Built]:
    """Return the page.

    Args:
        runs: the runs, in the order in which they were named.
        sections: their figures, benchmark by benchmark.
        out: where the page will lie: links to the runs' files are relative to it.
        budget: samples that the page may hold whole.
    """
    chosen = _choose(runs, budget)
    scripts = "\n".join(_details(runs, chosen))
    shown = [sum(map(len, each)) for each in chosen]
    style, script = (_HERE / "assets" / "report.css").read_text("utf-8"), _script()
    policy = _POLICY.format(script=_hash(script), style=_hash(style))
    page = _template().render(
        title=" · ".join(dict.fromkeys(visible(run.config.benchmark) for run in runs)),
        policy=policy,
        style=style,
        script=script,
        sections=sections,
        runs=runs,
        outcomes=[(each, OUTCOME_WORDS[each], OUTCOME_COLOURS[each]) for each in OUTCOMES],
        run_colours=RUN_COLOURS,
        version=__version__,
        index=_index(runs, shown, out),
        details=scripts,
    )
    total = sum(sum(max(sum(task.outcomes), 0) for task in run.tasks) for run in runs)
    return page, Built(samples=total, shown=sum(shown))


def _choose(runs: Sequence[RunView], budget: int) -> list[list[list[int]]]:
    """Choose samples over all runs at once, so that a short run does not use up a long run's share."""
    flat = []
    for run in runs:
        start = 0
        for task in run.tasks:
            flat.append([run.directory.outcome(start + sample) for sample in range(task.planned)])
            start += task.planned
    chosen = iter(choose(flat, budget))
    return [[_drawn(run, task.task_id, next(chosen)) for task in run.tasks] for run in runs]


def _drawn(run: RunView, task_id: str, samples: Sequence[int]) -> list[int]:
    """Exclude samples that a run has neither generated nor judged yet."""
    start = run.directory.index(task_id, 0) or 0
    return [
        sample
        for sample in samples
        if run.directory.has_completion(start + sample) or run.directory.outcome(start + sample) is not None
    ]


def _details(runs: Sequence[RunView], chosen: Sequence[Sequence[Sequence[int]]]) -> Iterator[str]:
    number = 0
    for run, tasks in zip(runs, chosen, strict=True):
        for task, samples in zip(run.tasks, tasks, strict=True):
            yield f'<script type="text/plain" id="d{number}">{pack(task_detail(run, task, samples))}</script>'
            number += 1


def _index(runs: Sequence[RunView], shown: Sequence[int], out: Path) -> str:
    languages = sorted({task.language for run in runs for task in run.tasks})
    groups = sorted({group for run in runs for task in run.tasks for group in task.groups})
    tasks = tuple(
        TaskIndex(
            number,
            visible(task.task_id),
            task.planned,
            task.outcomes,
            round(task.cpu_s, 4),
            languages.index(task.language),
            tuple(map(groups.index, task.groups)),
        )
        for number, run in enumerate(runs)
        for task in run.tasks
    )
    index = Index(
        outcomes=tuple(OUTCOME_WORDS[each] for each in OUTCOMES),
        runs=tuple(
            RunIndex(
                label=run.label,
                benchmark=visible(run.config.benchmark),
                path=visible(str(run.path)),
                verdicts=_link(run.path / VERDICTS, out),
                completions=_link(run.path / COMPLETIONS, out),
                shown=count,
            )
            for run, count in zip(runs, shown, strict=True)
        ),
        languages=tuple(map(visible, languages)),
        groups=tuple(map(visible, groups)),
        tasks=tasks,
    )
    return safe_json(index)


def safe_json(value: object) -> str:
    """Encode a value so that it may stand inside a script element, whatever texts it holds."""
    text = msgspec.json.encode(value).decode()
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def command_line(run: RunView) -> str:
    """Format the command that made a run, as one types it."""
    words = run.config.command
    return visible(shlex.join([Path(words[0]).name, *words[1:]])) if words else ""


def _link(file: Path, out: Path) -> str:
    return quote(os.path.relpath(file.resolve(), out.resolve().parent))


def _script() -> str:
    return (_HERE / "assets" / "table.js").read_text("utf-8") + (_HERE / "assets" / "report.js").read_text(
        "utf-8"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _template() -> Template:
    import jinja2  # noqa: PLC0415 -- costs 60 ms

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        share=lambda value: f"{value * 100:.1f}%",
        points=lambda value: f"{value * 100:+.1f}".replace("-", "\N{MINUS SIGN}"),
        brief=lambda value: f"{value[:12]}…" if len(value) > 40 and " " not in value else value,
        count=lambda value: f"{value:,}",
        duration=duration,
        size=size,
        visible=lambda value: visible(str(value)),
        words=lambda name: OUTCOME_WORDS[next(each for each in OUTCOMES if each.value == name)],
    )
    environment.globals["command_line"] = command_line
    return environment.get_template("report.html.jinja")
