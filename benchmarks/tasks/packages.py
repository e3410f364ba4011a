"""Problem packages as tasks: ``tasks:FOLDER``.

A solution runs in the language that its fence names, if the package is judged in it, else in Python.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import case_programs, judge_programs
from codeeval.benchmarks.tasks.programs import limited_by
from codeeval.benchmarks.tasks.solutions import FENCE
from codeeval.datasets.packages import find_packages, language_of
from codeeval.datasets.packages.package import CASE_BYTES, read_text
from codeeval.datasets.task_files import TaskLimits
from codeeval.extraction import NO_CODE_RULE
from codeeval.interfaces import Cheat, LabelledSolution
from codeeval.languages import LANGUAGES, PYTHON, language
from codeeval.types import (
    TOKEN_PLACEHOLDER,
    Case,
    Comparison,
    Completion,
    CompletionKind,
    CompletionOrigin,
    Extraction,
    Oracle,
    Problem,
    Program,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from codeeval.datasets.packages import Package, Submission
    from codeeval.languages import Language
    from codeeval.types import Checker, Limits

JUDGED: Final = ("python", "cpp")
"""Languages that a model may answer in: Python where it names none."""
LARGE_BYTES: Final = 1 << 30
READS_THE_ANSWER: Final = """\
import glob

for name in glob.glob("/**/answer.txt", recursive=True) + glob.glob("/**/*.ans", recursive=True):
    print(open(name).read())
"""


class Packages:
    """The packages of a folder.

    Args:
        folder: a package, or what packages lie in.

    Raises:
        DataError: there is none, or one is incomplete.
    """

    def __init__(self, folder: Path) -> None:
        self.packages = find_packages(folder)
        self._by_id = {package.id: package for package in self.packages}
        self._others = {
            (package.id, each.name): each.others
            for package in self.packages
            for each in package.submissions
            if each.others
        }

    @property
    def sha256(self) -> str:
        """Of all packages' ids and contents, hex."""
        digest = hashlib.sha256()
        for package in self.packages:
            digest.update(f"{package.id}\0{package.sha256()}\n".encode())
        return digest.hexdigest()

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the packages is not supported or not there."""
        return tuple(f"{package.id}: {note}" for package in self.packages for note in package.notes)

    @property
    def images(self) -> tuple[str, ...]:
        """The images that answers, references and checkers run in."""
        checkers = (package.checker.language for package in self.packages if package.checker)
        references = (language_of(each.reference.path.name) for each in self.packages if each.reference)
        return tuple(dict.fromkeys(language(id_).image for id_ in (*JUDGED, *checkers, *references) if id_))

    @property
    def scored(self) -> bool:
        """Whether the tests of some package are worth points."""
        return any(package.groups for package in self.packages)

    def problems(self) -> tuple[Problem, ...]:
        """Return a problem for each package."""
        return tuple(
            Problem(
                task_id=package.id,
                prompt=package.statement,
                entry_point="",
                reference=_fenced(package.reference) if package.reference else "",
                tests=(),
                language=PYTHON.id,
                stop=(FENCE,),
            )
            for package in self.packages
        )

    def reference(self, problem: Problem) -> Completion:
        """Return the package's own solution."""
        return _own(problem.task_id, problem.reference)

    def labelled_solutions(self, problem: Problem) -> Sequence[LabelledSolution]:
        """Return the package's submissions in languages that there are."""
        package = self._by_id[problem.task_id]
        return tuple(
            LabelledSolution(
                name=each.name,
                completion=_own(package.id, _fenced(each)),
                outcomes=each.outcomes,
                language=language_of(each.path.name),
            )
            for each in package.submissions
            if language_of(each.path.name)
        )

    def cheats(self, problem: Problem) -> Iterator[Cheat]:
        """Yield programs that solve nothing."""
        package = self._by_id[problem.task_id]
        yield Cheat(
            name="empty-program", completion=_own(package.id, case_programs.in_fence("pass\n", PYTHON.id))
        )
        yield Cheat(
            name="reads-the-answer",
            completion=_own(package.id, case_programs.in_fence(READS_THE_ANSWER, PYTHON.id)),
        )
        known = [read_text(case.answer, CASE_BYTES) for case in package.cases if case.answer]
        if len({text.strip() for text in known}) > 1:
            shown = f"print({known[0]!r}, end='')\n"
            yield Cheat(
                name="first-answer", completion=_own(package.id, case_programs.in_fence(shown, PYTHON.id))
            )

    def program(self, completion: Completion) -> Program:
        """Make the program that decides on a completion: its cases are read now."""
        package = self._by_id[completion.task_id]
        own = completion.origin is CompletionOrigin.REFERENCE
        entry, extraction = case_programs.find(completion, PYTHON, tuple(LANGUAGES) if own else JUDGED)
        if extraction.rule == NO_CODE_RULE:
            return _nothing(completion, entry, extraction)
        source = extraction.code.replace(TOKEN_PLACEHOLDER, "").rstrip("\n") + "\n"
        made = judge_programs.built(
            entry.id,
            source,
            place=package.place if own else "",
            headers=package.headers if own and entry.id in judge_programs.OPTIMISED else (),
            others=self._others.get((package.id, case_programs.name_in_fence(completion.text)), ())
            if own
            else (),
            folders=package.folders if own else (),
        )
        *before, last = made.steps
        checker = judge_programs.package_checker(package.checker) if package.checker else None
        return Program(
            task_id=completion.task_id,
            sample=completion.sample,
            language=entry.id,
            image=entry.image,
            extraction=extraction,
            files=made.files,
            steps=(*before, msgspec.structs.replace(last, limits=_limits(package, last.limits, checker))),
            solution=source,
            oracle=Oracle.CASES,
            cases=tuple(
                Case(
                    stdin=read_text(case.input, CASE_BYTES),
                    expected=read_text(case.answer, CASE_BYTES) if case.answer else "",
                    name=case.name,
                )
                for case in package.cases
            ),
            comparison=Comparison(name=package.comparison.name, tolerance=package.comparison.tolerance),
            checker=checker,
            groups=package.groups,
            stop_at_failure=package.groups is None,
        )


def _limits(package: Package, own: Limits, checker: Checker | None) -> Limits:
    memory_bytes = max(package.memory_bytes, own.memory_bytes if own.memory_bytes > LARGE_BYTES else 0)
    limits = limited_by(own, TaskLimits(cpu_s=package.cpu_s, memory_bytes=memory_bytes))
    wall_s = 2 * package.cpu_s + 5.0 if checker and checker.interactive else limits.wall_s
    return msgspec.structs.replace(limits, output_bytes=package.output_bytes, wall_s=wall_s)


def _fenced(submission: Submission) -> str:
    id_ = language_of(submission.path.name)
    name = submission.name if submission.others else ""
    return case_programs.in_fence(read_text(submission.path), id_, name) if id_ else ""


def _own(task_id: str, text: str) -> Completion:
    return Completion(
        task_id=task_id,
        sample=0,
        text=text,
        kind=CompletionKind.ANSWER,
        origin=CompletionOrigin.REFERENCE,
    )


def _nothing(completion: Completion, entry: Language, extraction: Extraction) -> Program:
    return Program(
        task_id=completion.task_id,
        sample=completion.sample,
        language=entry.id,
        image=entry.image,
        extraction=extraction,
        oracle=Oracle.CASES,
    )
