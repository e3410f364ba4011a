"""Builds pages about runs. A report is one of them: one self-contained HTML file that loads nothing.

``codeeval view`` serves the same templates, scripts and style sheet; its pages ask for what a file brings.
"""

from __future__ import annotations

import base64
import functools
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

    from jinja2 import Environment

    from codeeval.reports.sections import Section
    from codeeval.reports.source import RunView

SCRIPTS: Final = ("page.js", "table.js", "report.js")
"""Of a page with a table of tasks."""
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
    verdicts: str = ""
    """Link to the file, relative to the report."""
    completions: str = ""
    shown: int = 0
    """Samples that the page holds whole."""
    details: str = ""
    """Address of its tasks in detail, without their numbers; empty where the page holds them."""


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
    shown = [sum(map(len, each)) for each in chosen]
    links = [
        RunIndex(
            label=run.label,
            benchmark=visible(run.config.benchmark),
            path=visible(str(run.path)),
            verdicts=_link(run.path / VERDICTS, out),
            completions=_link(run.path / COMPLETIONS, out),
            shown=count,
        )
        for run, count in zip(runs, shown, strict=True)
    ]
    page = render_file(
        "report.html.jinja",
        SCRIPTS,
        title=" · ".join(dict.fromkeys(visible(run.config.benchmark) for run in runs)),
        sections=sections,
        runs=runs,
        index=safe_json(index_of(runs, links)),
        details="\n".join(_details(runs, chosen)),
    )
    total = sum(sum(max(sum(task.outcomes), 0) for task in run.tasks) for run in runs)
    return page, Built(samples=total, shown=sum(shown))


def render_file(template: str, scripts: Sequence[str], **values: object) -> str:
    """Render a page that is one file: style sheet and script stand in it, and its policy allows only these.

    Args:
        template: its name; it extends ``file.html.jinja``.
        scripts: names of the assets that its script is joined from.
        values: what else the template uses.
    """
    style, script = asset("report.css"), "".join(map(asset, scripts))
    policy = _POLICY.format(script=_hash(script), style=_hash(style))
    return render(template, policy=policy, style=style, script=script, **values)


def render(template: str, **values: object) -> str:
    """Render one of the templates that all pages are made of."""
    return (
        _environment()
        .get_template(template)
        .render(
            outcomes=[(each, OUTCOME_WORDS[each], OUTCOME_COLOURS[each]) for each in OUTCOMES],
            run_colours=RUN_COLOURS,
            version=__version__,
            **values,
        )
    )


def asset(name: str) -> str:
    """Return a script or the style sheet."""
    return (_HERE / "assets" / name).read_text("utf-8")


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
            packed = pack(task_detail(run.directory, run.origin, task, samples))
            yield f'<script type="text/plain" id="d{number}">{packed}</script>'
            number += 1


def index_of(runs: Sequence[RunView], links: Sequence[RunIndex]) -> Index:
    """Return what a page's script knows of runs and their tasks.

    Args:
        runs: the runs.
        links: of each run its name, and where its samples are.
    """
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
    return Index(
        outcomes=tuple(OUTCOME_WORDS[each] for each in OUTCOMES),
        runs=tuple(links),
        languages=tuple(map(visible, languages)),
        groups=tuple(map(visible, groups)),
        tasks=tasks,
    )


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


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


@functools.cache
def _environment() -> Environment:
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
    return environment
