"""``codeeval translate``: a Python benchmark translated into other languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from codeeval.cli import options
from codeeval.errors import NotAllTranslated, UsageError
from codeeval.rendering.translations import side_by_side, summary_table

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions, SandboxSettings, TaskSelection
    from codeeval.session.translation import Summary

_DOCTESTS: Final = ("transform", "keep", "remove")


@click.command()
@click.argument("benchmark")
@click.option(
    "--to", "to", required=True, metavar="LANGUAGE,...|all", help="Names or suffixes: rust,go or rs."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder for the rows, to be used as --data-root.",
)
@click.option("--dry-run", is_flag=True, help="Show one problem side by side; write nothing.")
@click.option(
    "--doctests",
    type=click.Choice(_DOCTESTS),
    default=_DOCTESTS[0],
    show_default=True,
    help="Translate the examples of the docstring, keep them in Python, or remove them.",
)
@options.task_options
@options.data_options
@options.sandbox_options
@options.output_options
def translate(
    *,
    benchmark: str,
    to: str,
    out: Path | None,
    dry_run: bool,
    doctests: str,
    tasks: TaskSelection,
    data: DataOptions,
    sandbox: SandboxSettings,
    output: Output,
) -> None:
    """Translate a Python benchmark into other languages.

    BENCHMARK is humaneval, mbpp, humaneval-plus, mbpp-plus, or a file FILE.jsonl of your own problems
    (`codeeval explain tasks`). DIR then holds MultiPL-E's form: `codeeval run multipl-e:humaneval-rs
    --data-root DIR`. Untranslatable problems and tests are listed in `skipped.jsonl` with the reasons, and
    the exit code is 9 if there are any. A sandbox is needed for humaneval-plus and mbpp-plus alone.
    """
    from codeeval.session.translation import Doctests, TranslationRequest, translate_problems  # noqa: PLC0415 -- not for --help

    if out is None and not dry_run:
        raise UsageError("--out is missing", "Name a folder for the rows (--out DIR), or pass --dry-run.")
    if dry_run and not tasks.tasks:
        tasks = msgspec.structs.replace(tasks, limit=1)
    request = TranslationRequest(
        source=benchmark,
        to=to,
        out=None if dry_run else out,
        doctests=Doctests(doctests),
        tasks=tasks,
        data=data,
        sandbox=sandbox,
    )
    result = translate_problems(request, output.note)
    if result.summary is None:
        shown = {"rows": result.translations.rows, "skipped": result.translations.skipped}
        output.result(shown, *([] if output.json else side_by_side(result.tasks, result.translations)))
        return
    name = f"multipl-e:{result.config}-{result.suffixes[0]}"
    output.note(f"to use them: codeeval run {name} --data-root {out} --model ...")
    _show(result.summary, output)


def _show(summary: Summary, output: Output) -> None:
    """Print what was translated.

    Raises:
        NotAllTranslated: something was untranslatable.
    """
    output.result(summary, *([] if output.json else [summary_table(summary)]))
    if summary.problems_excluded or summary.tests_excluded:
        raise NotAllTranslated(
            f"untranslatable: {_counted(summary.problems_excluded, 'problem')} and "
            f"{_counted(summary.tests_excluded, 'test')}; everything else is in {summary.out}",
            f"{Path(summary.out) / 'skipped.jsonl'} lists them with the reasons.",
        )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
