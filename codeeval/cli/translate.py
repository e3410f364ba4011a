"""``codeeval translate``: a Python benchmark in other languages."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click
import msgspec

from codeeval.cli import options
from codeeval.cli.translated import show_side_by_side, show_summary
from codeeval.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.cli.output import Output
    from codeeval.pipeline.translated_folder import Origin
    from codeeval.pipeline.translating import ReadTask
    from codeeval.session.settings import DataOptions, SandboxSettings, TaskSelection
    from codeeval.translators.target import Doctests
    from codeeval.types import Problem

ALL: Final = "all"
_FILE_SUFFIX: Final = ".jsonl"
_DOCTESTS: Final = ("transform", "keep", "remove")


class Read(NamedTuple):
    """The tasks to translate, and where they came from."""

    tasks: list[ReadTask]
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
    help="Say the examples of the docstring in the language, keep them in Python, or remove them.",
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

    BENCHMARK is humaneval, mbpp, humaneval-plus, mbpp-plus, or a file FILE.jsonl whose lines have `prompt`,
    `tests` and `entry_point`. DIR then holds MultiPL-E's form: `codeeval run multipl-e:humaneval-rs
    --data-root DIR`. What cannot be said in a language is in `skipped.jsonl` with the reason, and exit code 9
    says that there is some. A sandbox is needed for humaneval-plus and mbpp-plus alone.
    """
    from codeeval.pipeline.translated_folder import check_folder, write_folder  # noqa: PLC0415 -- not for --help
    from codeeval.pipeline.translating import translate as translated  # noqa: PLC0415 -- as above
    from codeeval.translators.target import Doctests  # noqa: PLC0415 -- as above

    suffixes = languages(to)
    if out is None and not dry_run:
        raise UsageError("--out is missing", "Name a folder for the rows (--out DIR), or pass --dry-run.")
    config = config_of(benchmark)
    if out is not None and not dry_run:
        check_folder(out, config, suffixes)
    if dry_run and not tasks.tasks:
        tasks = msgspec.structs.replace(tasks, limit=1)
    way = Doctests(doctests)
    if _is_file(benchmark):
        read = _read_file(Path(benchmark), tasks, way)
    else:
        read = _read_benchmark(benchmark, way, tasks=tasks, data=data, sandbox=sandbox, output=output)
    translations = translated(config, read.tasks, suffixes, way)
    if dry_run or out is None:
        show_side_by_side(read.tasks, translations, output)
        return
    write_folder(out, read.origin, translations)
    output.note(f"to use them: codeeval run multipl-e:{config}-{suffixes[0]} --data-root {out} --model ...")
    show_summary(out, config, read.tasks, translations, output)


def languages(to: str) -> list[str]:
    """Return the suffixes of the languages that the user names, by suffix, id or title.

    Raises:
        UnknownName: one is no target language.
    """
    from codeeval.languages import LANGUAGES  # noqa: PLC0415 -- not for --help
    from codeeval.translators.targets import TARGETS, target  # noqa: PLC0415 -- as above

    if to == ALL:
        return list(TARGETS)
    known = {suffix: suffix for suffix in TARGETS}
    for suffix in TARGETS:
        id_ = target(suffix).language
        known |= {id_: suffix, LANGUAGES[id_].title.lower(): suffix}
    found = []
    for name in filter(None, (each.strip().lower() for each in to.split(","))):
        if name not in known:
            raise UnknownName("target language", name, known)
        found.append(known[name])
    if not found:
        raise UsageError("--to names no language", "For example: --to rust,go, or --to all.")
    return list(dict.fromkeys(found))


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


def _read_file(path: Path, tasks: TaskSelection, doctests: Doctests) -> Read:
    from codeeval.pipeline.translated_folder import Origin  # noqa: PLC0415 -- not for --help
    from codeeval.pipeline.translating import read_file_tasks  # noqa: PLC0415 -- as above
    from codeeval.translators.task_files import read_tasks  # noqa: PLC0415 -- as above

    found = read_tasks(path)
    known = [task.task_id for task in found]
    for task in tasks.tasks:
        if task not in known:
            raise UnknownName("task", task, known)
    chosen = [task for task in found if not tasks.tasks or task.task_id in tasks.tasks][: tasks.limit]
    return Read(
        read_file_tasks(chosen),
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
    tasks: TaskSelection,
    data: DataOptions,
    sandbox: SandboxSettings,
    output: Output,
) -> Read:
    from codeeval.interfaces import NeedsExpectedOutputs  # noqa: PLC0415 -- as above
    from codeeval.pipeline import select_problems  # noqa: PLC0415 -- as above
    from codeeval.pipeline.translated_folder import Origin  # noqa: PLC0415 -- as above
    from codeeval.pipeline.translating import read_problems, translatable  # noqa: PLC0415 -- as above
    from codeeval.session.benchmarks import data_source, images_of, make_benchmark  # noqa: PLC0415 -- not for --help

    benchmark = translatable(make_benchmark(name))
    loaded = benchmark.load(data_source(data))
    problems: Sequence[Problem] = select_problems(loaded.problems, limit=tasks.limit, tasks=tasks.tasks)
    if isinstance(benchmark, NeedsExpectedOutputs):
        from codeeval.session.expected_outputs import with_expected_outputs  # noqa: PLC0415 -- as above
        from codeeval.session.sandboxes import open_pool  # noqa: PLC0415 -- where references run

        chosen = {problem.task_id for problem in problems}
        with open_pool(images_of(benchmark), sandbox, output.note) as opened:
            loaded = with_expected_outputs(benchmark, loaded, chosen, opened, output.note)
        problems = [problem for problem in loaded.problems if problem.task_id in chosen]
    return Read(
        read_problems(benchmark, problems),
        Origin(
            config=config_of(name),
            benchmark=benchmark.name,
            source=f"{loaded.identity.id} {loaded.identity.config}",
            sha256=loaded.identity.sha256,
            doctests=doctests.value,
        ),
    )
