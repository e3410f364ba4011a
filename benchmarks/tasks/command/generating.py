"""Makes the tests of Library Checker's packages: inputs by generators, outputs by the reference solution.

Source: github.com/yosupo06/library-checker-problems, generate.py.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import judge_programs
from codeeval.datasets.packages import library_checker
from codeeval.datasets.packages.package import CASE_BYTES, read_text, sources
from codeeval.errors import DataError, StorageError
from codeeval.judging import ended_badly
from codeeval.languages import language
from codeeval.pipeline import Verifier
from codeeval.session.sandboxes import open_pool
from codeeval.types import Case, Extraction, Oracle, Program, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codeeval.benchmarks.common.judge_programs import Built
    from codeeval.datasets.packages.library_checker import Info
    from codeeval.session.hooks import Notes
    from codeeval.session.settings import SandboxSettings
    from codeeval.types import Execution, StepResult

CPP: Final = "cpp"


class Generated(msgspec.Struct, frozen=True, kw_only=True):
    """What was made of one package."""

    package: str
    tests: int
    written: int
    """Files."""
    kept: int
    """Files that were there."""
    problems: tuple[str, ...]
    """What could not be made, or is not what hash.json says."""


def generate_tests(folder: Path, sandbox: SandboxSettings, notes: Notes) -> tuple[Generated, ...]:
    """Make the tests of all packages in a folder.

    Args:
        folder: a package, or what packages lie in.
        sandbox: where generators and reference solutions run.
        notes: receives what a user should know, a line each.

    Raises:
        DataError: there is no package, or its configuration is malformed.
        SandboxError: no sandbox can be used here.
        StorageError: a file cannot be written.
    """
    places = sorted(path.parent for path in folder.rglob(library_checker.CONFIGURATION))
    if not places:
        raise DataError(
            f"{folder} has no package of Library Checker in it: no {library_checker.CONFIGURATION}",
            "Only these have generators; the tests of Kattis' packages lie in them.",
        )
    with open_pool((language(CPP).image,), sandbox, notes) as opened:
        verifier = Verifier(opened.pool)
        return tuple(_Package(place, verifier).generate() for place in places)


class _Package:
    """One package at work."""

    def __init__(self, folder: Path, verifier: Verifier) -> None:
        self._folder = folder
        self._verifier = verifier
        self._info: Info = library_checker.read_info(folder)
        self._hashes = library_checker.hashes(folder)
        self._written = self._kept = 0
        self._problems: list[str] = []

    def generate(self) -> Generated:
        names = [name for _, _, name in library_checker.case_names(self._info)]
        self._make_inputs()
        self._make_outputs([name for name in names if self._input(name).is_file()])
        return Generated(
            package=self._folder.name,
            tests=len(names),
            written=self._written,
            kept=self._kept,
            problems=tuple(self._problems),
        )

    def _input(self, name: str) -> Path:
        return self._folder / "in" / f"{name}.in"

    def _output(self, name: str) -> Path:
        return self._folder / "out" / f"{name}.out"

    def _make_inputs(self) -> None:
        for entry, number, name in library_checker.case_names(self._info):
            ready = self._folder / "gen" / f"{name}.in"
            generator = self._folder / "gen" / entry.name
            if self._input(name).is_file():
                self._kept += 1
            elif ready.is_file():
                self._keep(self._input(name), read_text(ready, CASE_BYTES))
            elif generator.suffix == ".cpp" and generator.is_file():
                self._run_generator(generator, number, name)
            else:
                self._problems.append(f"{name}: there is neither {ready.name} nor {entry.name} in gen/")

    def _run_generator(self, generator: Path, number: int, name: str) -> None:
        own = tuple(sources(self._folder / "gen", headers_only=True, within=self._folder))
        shared = library_checker.headers(self._folder, self._info, of_solutions=False)
        headers = tuple({file.path: file for file in (*shared, *own)}.values())
        made = judge_programs.built(
            CPP,
            read_text(generator),
            place="gen",
            headers=headers,
            folders=(library_checker.COMMON,),
            arguments=(str(number),),
        )
        execution = self._execute(made, (Case(),))
        self._take(execution, 0, name, self._input(name))

    def _make_outputs(self, names: list[str]) -> None:
        wanted = [name for name in names if not self._output(name).is_file()]
        self._kept += len(names) - len(wanted)
        reference = self._folder / "sol" / library_checker.REFERENCE
        if not wanted:
            return
        if not reference.is_file():
            self._problems.append(f"there is no reference solution: sol/{reference.name}")
            return
        made = judge_programs.built(
            CPP,
            read_text(reference),
            place="sol",
            headers=library_checker.headers(self._folder, self._info),
            folders=(library_checker.COMMON,),
        )
        cases = tuple(Case(stdin=read_text(self._input(name), CASE_BYTES)) for name in wanted)
        execution = self._execute(made, cases)
        for index, name in enumerate(wanted):
            self._take(execution, index, name, self._output(name))

    def _execute(self, made: Built, cases: tuple[Case, ...]) -> Execution:
        *before, last = made.steps
        limits = msgspec.structs.replace(
            last.limits,
            cpu_s=max(last.limits.cpu_s, 2 * self._info.timelimit),
            wall_s=max(last.limits.wall_s, 6 * self._info.timelimit),
            memory_bytes=library_checker.MEMORY_BYTES,
            output_bytes=library_checker.OUTPUT_BYTES,
        )
        entry = language(CPP)
        program = Program(
            task_id=self._folder.name,
            sample=0,
            language=entry.id,
            image=entry.image,
            extraction=Extraction(rule="package"),
            files=_unlike(made.files),
            steps=(*before, msgspec.structs.replace(last, limits=limits)),
            oracle=Oracle.CASES,
            cases=cases,
            stop_at_failure=False,
        )
        return self._verifier.execute(program).result()

    def _take(self, execution: Execution, index: int, name: str, path: Path) -> None:
        """Write what a case printed, if it may be what it should be."""
        if index < len(execution.cases) and not ended_badly(execution.cases[index]):
            self._keep(path, execution.cases[index].stdout)
            return
        self._problems.append(f"{name}: {path.name} could not be made: {_reason(execution, index)}")

    def _keep(self, path: Path, content: str) -> None:
        raw = content.encode("utf-8", "surrogatepass")
        stated = self._hashes.get(path.name)
        if stated is not None and hashlib.sha256(raw).hexdigest() != stated:
            self._problems.append(f"{path.name}: its SHA-256 is not that of hash.json")
            return
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(raw)
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error.strerror}", "Free some space.") from error
        self._written += 1


def _unlike(files: tuple[SourceFile, ...]) -> tuple[SourceFile, ...]:
    """Drop files whose path an earlier one has."""
    return tuple({file.path: file for file in reversed(files)}.values())


def _reason(execution: Execution, index: int) -> str:
    if execution.error:
        return execution.error
    ended = [*execution.steps, *execution.cases[index : index + 1]]
    return " ".join(_shown(ended)) or "its sandbox stopped"


def _shown(results: list[StepResult]) -> Iterator[str]:
    for result in results:
        if ended_badly(result):
            yield f"{result.name}: {result.status.value} {result.exit_code or result.signal or ''}".rstrip()
            yield " ".join(result.stderr[:600].split())
