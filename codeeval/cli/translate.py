"""``codeeval translate``: a Python benchmark translated into other languages."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click
import msgspec

from codeeval.cli import options
from codeeval.cli.translated import side_by_side, summary_table
from codeeval.errors import NotAllTranslated, UnknownName, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.cli.output import Output
    from codeeval.translators.dataset_folder import Origin
    from codeeval.translators.rows import ParsedTask
    from codeeval.translators.target import Doctests
    from codeeval.types import Problem

_FILE_SUFFIX: Final = ".jsonl"
_DOCTESTS: Final = ("transform", "keep", "remove")


class Read(NamedTuple):
    """The tasks to translate, and where they came from."""

    tasks: list[ParsedTask]
    origin: Origin


@click.command()
@click.argument("benchmark")
@click.option(
    "--to", "to", required=True, metavar="LANGUAGE,...|all", help="Names or suffixes: rust,go or rs."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the rows go: a folder for --data-root.",
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
    tasks: options.TaskChoice,
    data: options.DataChoice,
    place: options.SandboxChoice,
    output: Output,
) -> None:
    """Translate a Python benchmark into other languages.

    BENCHMARK is humaneval, mbpp, humaneval-plus, mbpp-plus, or a file FILE.jsonl whose lines have `prompt`,
    `tests` and `entry_point`. DIR then holds MultiPL-E's form: `codeeval run multipl-e:humaneval-rs
    --data-root DIR`. Untranslatable problems and tests are listed in `skipped.jsonl` with the reasons, and
    the exit code is 9 if there are any. A sandbox is needed for humaneval-plus and mbpp-plus alone.
    """
    from codeeval.translators.dataset_folder import check_folder, write_folder  # noqa: PLC0415 -- not for --help
    from codeeval.translators.rows import translate as translated  # noqa: PLC0415 -- as above
    from codeeval.translators.summary import summarise  # noqa: PLC0415 -- as above
    from codeeval.translators.target import Doctests  # noqa: PLC0415 -- as above
    from codeeval.translators.target_languages import suffixes as target_suffixes  # noqa: PLC0415 -- as above

    suffixes = target_suffixes(to)
    if out is None and not dry_run:
        raise UsageError("--out is missing", "Name a folder for the rows (--out DIR), or pass --dry-run.")
    config = config_of(benchmark)
    if out is not None and not dry_run:
        check_folder(out, config, suffixes)
    if dry_run and not tasks.task:
        tasks = msgspec.structs.replace(tasks, limit=1)
    way = Doctests(doctests)
    if _is_file(benchmark):
        read = _read_file(Path(benchmark), tasks, way)
    else:
        read = _read_benchmark(benchmark, way, tasks=tasks, data=data, place=place, output=output)
    translations = translated(config, read.tasks, suffixes, way)
    if dry_run or out is None:
        shown = {"rows": translations.rows, "skipped": translations.skipped}
        output.result(shown, *([] if output.json else side_by_side(read.tasks, translations)))
        return
    write_folder(out, read.origin, translations)
    output.note(f"to use them: codeeval run multipl-e:{config}-{suffixes[0]} --data-root {out} --model ...")
    summary = summarise(out, config, read.tasks, translations)
    output.result(summary, *([] if output.json else [summary_table(summary)]))
    if translations.skipped:
        raise NotAllTranslated(
            f"untranslatable: {_counted(summary.problems_excluded, 'problem')} and "
            f"{_counted(summary.tests_excluded, 'test')}; everything else is in {out}",
            f"{out / 'skipped.jsonl'} lists them with the reasons.",
        )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _is_file(benchmark: str) -> bool:
    return benchmark.endswith(_FILE_SUFFIX)


def config_of(benchmark: str) -> str:
    """Return how the configurations' names begin: the benchmark's name, or the file's.

    Raises:
        UsageError: the file's name has nothing that a configuration may be called.
    """
    if not _is_file(benchmark):
        return benchmark.replace(":", "-")
    plain = re.sub(r"[^A-Za-z0-9_.]+", "-", Path(benchmark).name.removesuffix(_FILE_SUFFIX)).strip("-._")
    if not plain:
        raise UsageError(f"no configuration can be called {benchmark!r}", "Give the file a name in letters.")
    return plain


def _read_file(path: Path, tasks: options.TaskChoice, doctests: Doctests) -> Read:
    from codeeval.translators.dataset_folder import Origin  # noqa: PLC0415 -- not for --help
    from codeeval.translators.rows import parse_tasks  # noqa: PLC0415 -- as above
    from codeeval.translators.task_files import read_tasks  # noqa: PLC0415 -- as above

    found = read_tasks(path)
    known = [task.task_id for task in found]
    for task in tasks.task:
        if task not in known:
            raise UnknownName("task", task, known)
    chosen = [task for task in found if not tasks.task or task.task_id in tasks.task][: tasks.limit]
    return Read(
        parse_tasks(chosen),
        Origin(
            config=config_of(str(path)),
            benchmark=path.name,
            source=path.name,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            doctests=doctests.value,
        ),
    )


def _read_benchmark(
    name: str,
    doctests: Doctests,
    *,
    tasks: options.TaskChoice,
    data: options.DataChoice,
    place: options.SandboxChoice,
    output: Output,
) -> Read:
    from codeeval.cli.assemble import data_source, make_benchmark  # noqa: PLC0415 -- not for --help
    from codeeval.interfaces import NeedsExpectedOutputs  # noqa: PLC0415 -- as above
    from codeeval.pipeline import select_problems  # noqa: PLC0415 -- as above
    from codeeval.translators.dataset_folder import Origin  # noqa: PLC0415 -- as above
    from codeeval.translators.rows import parse_problems, translatable  # noqa: PLC0415 -- as above

    benchmark = translatable(make_benchmark(name))
    loaded = benchmark.load(data_source(data))
    problems: Sequence[Problem] = select_problems(loaded.problems, limit=tasks.limit, tasks=tasks.task)
    if isinstance(benchmark, NeedsExpectedOutputs):
        from codeeval.cli.places import images_of, open_pool  # noqa: PLC0415 -- where references run
        from codeeval.cli.truth import known_truth  # noqa: PLC0415 -- as above

        chosen = {problem.task_id for problem in problems}
        with open_pool(images_of(benchmark), place, output) as opened:
            loaded = known_truth(benchmark, loaded, chosen, opened, output)
        problems = [problem for problem in loaded.problems if problem.task_id in chosen]
    return Read(
        parse_problems(benchmark, problems),
        Origin(
            config=config_of(name),
            benchmark=benchmark.name,
            source=f"{loaded.identity.id} {loaded.identity.config}",
            sha256=loaded.identity.sha256,
            doctests=doctests.value,
        ),
    )
