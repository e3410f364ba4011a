"""Programs as judges of programming contests run them: optimised, with headers, and with a checker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.datasets.packages.package import HEADERS
from codeeval.languages import PYTHON, language
from codeeval.types import Checker, CommandStep, SourceFile, Step

if TYPE_CHECKING:
    from codeeval.datasets.packages import PackageChecker

OPTIMISED: Final = {"c": ("-O2",), "cpp": ("-O2",)}
"""What compilers are told beside a language's own command: time limits of contests presume it."""


FINDS_MODULES: Final = 'import sys; sys.path.insert(0, ".")\n'
"""Stands before a Python program that has modules beside it."""


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a program, and the steps that compile and run it."""

    files: tuple[SourceFile, ...]
    steps: tuple[Step, ...]


def built(
    language_id: str,
    source: str,
    *,
    place: str = "",
    headers: tuple[SourceFile, ...] = (),
    others: tuple[SourceFile, ...] = (),
    folders: tuple[str, ...] = (),
    arguments: tuple[str, ...] = (),
) -> Built:
    """Make a program that reads standard input and prints.

    Args:
        language_id: of the program.
        source: its text.
        place: folder in which the source lies, of a language that compiles single files; else at the top.
        headers: what it may include.
        others: its other files, beside the source; C and C++ are compiled together.
        folders: where headers are looked for that are not beside the source.
        arguments: of its command line.
    """
    entry = language(language_id)
    if others and entry is PYTHON:
        source = FINDS_MODULES + source
    files = entry.script_files(source)
    steps = entry.script_steps(source, arguments)
    if language_id not in OPTIMISED:
        return Built(files=(*files, *headers, *others), steps=steps)
    name = files[0].path
    path = f"{place}/{name}" if place else name
    placed = tuple(_placed(file, place, name) for file in others)
    more = (file.path for file in placed if not file.path.endswith(HEADERS))
    options = (*OPTIMISED[language_id], *(f"-I{folder}" for folder in folders), *more)
    compiling, running = steps
    if isinstance(compiling, CommandStep):
        compiling = msgspec.structs.replace(
            compiling,
            argv=_with_options(compiling.argv, name, path, options),
            cold_argv=_with_options(compiling.cold_argv, name, path, options),
        )
    moved = msgspec.structs.replace(files[0], path=path)
    return Built(files=(moved, *files[1:], *headers, *placed), steps=(compiling, running))


def _placed(file: SourceFile, place: str, main: str) -> SourceFile:
    """Move a file to where the main one lies, which has its name."""
    path = f"other-{file.path}" if file.path == main else file.path
    return msgspec.structs.replace(file, path=f"{place}/{path}" if place else path)


def package_checker(checker: PackageChecker) -> Checker:
    """Make the checker of a problem package."""
    main = next(file for file in checker.files if file.path == checker.main)
    others = tuple(file for file in checker.files if file is not main)
    made = built(
        checker.language,
        main.content,
        place=checker.main.rpartition("/")[0],
        headers=others,
        folders=checker.folders,
        arguments=(*checker.form.arguments, *checker.arguments),
    )
    return Checker(
        language=checker.language,
        image=language(checker.language).image,
        files=made.files,
        steps=made.steps,
        form=checker.form,
        interactive=checker.interactive,
    )


def _with_options(argv: tuple[str, ...], name: str, path: str, options: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for each in argv for part in ((*options, path) if each == name else (each,)))
