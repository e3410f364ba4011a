"""A user's own problems: ``tasks:FILE.jsonl``, in any language, without writing Python; or ``tasks:FOLDER``.

Each line of the file is one task; ``codeeval.datasets.task_files`` has the schema. A folder holds problem
packages (``codeeval.datasets.packages``).
"""

from __future__ import annotations

import functools
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import sealed_calls, sealing
from codeeval.benchmarks.tasks import controls, forms, programs, soundness
from codeeval.benchmarks.tasks.packages import Packages
from codeeval.benchmarks.tasks.solutions import find, reference_kind, stops
from codeeval.datasets.task_files import TaskFile, json_schema, read_task_file, refuse
from codeeval.errors import UsageError
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, DatasetIdentity, LoadedProblems, Scoring
from codeeval.languages import PYTHON, language
from codeeval.prompting import Variables
from codeeval.types import Completion, CompletionOrigin, Problem, PromptStyle, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.datasets.task_files import Task
    from codeeval.interfaces import Cheat, DataSource, LabelledSolution
    from codeeval.types import CallsStep, Match, Program, Prompt

_log = logging.getLogger(__name__)
LONGEST: Final = 2048
"""Tokens of a completion."""
GROUP_SCORE: Final = "group_score"
EXAMPLES: Final = "examples"
"""The variant that is no file of a user's: one task of each kind, from the documentation."""


class Tasks(BenchmarkBase):
    """The problems of a file, under one set of options.

    Raises:
        UsageError: an option that does not exist for them.
    """

    family = "tasks"
    folder = Path(__file__).parent
    variants = None
    protocols = ("tasks", sealing.SEALED)
    base_sampling = chat_sampling = Sampling(max_tokens=LONGEST)
    """Greedy; the stop sequences come with each prompt."""

    def __init__(self, options: BenchmarkOptions) -> None:
        path = None
        if options.variant == EXAMPLES:
            path = self.folder / f"{EXAMPLES}.jsonl"
        elif options.variant:
            path = Path(options.variant).resolve()  # the run may be taken up again from elsewhere
            options = msgspec.structs.replace(options, variant=str(path))
        super().__init__(options)
        self._path = path
        self._is_folder = path is not None and path.is_dir()
        if path and options.variant != EXAMPLES:
            self.name = f"{self.family}:{path.name}"

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol=self.protocol)

    def schema(self) -> Mapping[str, object]:
        """Return the JSON Schema of a line of the file."""
        return json_schema()

    @functools.cached_property
    def _file(self) -> TaskFile:
        """The file, read and checked.

        Raises:
            UsageError: no file is named.
            DataError: it cannot be read, or there are mistakes in it.
        """
        if self._path is None or self._is_folder:
            raise UsageError(
                "tasks: which file?", "Write tasks:FILE.jsonl; `codeeval explain tasks` has the form."
            )
        file = read_task_file(self._path)
        tasks = tuple(map(forms.settled, file.tasks))
        refuse(file.path, [mistake for task in tasks for mistake in soundness.mistakes(task)])
        return TaskFile(file.path, file.sha256, tasks)

    @functools.cached_property
    def _packages(self) -> Packages | None:
        """The problem packages, where a folder is named.

        Raises:
            DataError: it has none, or one is incomplete.
        """
        return Packages(self._path) if self._path and self._is_folder else None

    @functools.cached_property
    def _tasks(self) -> Mapping[str, Task]:
        return {task.task_id: task for task in self._file.tasks}

    @property
    def images(self) -> tuple[str, ...]:
        """The images that the tasks' programs and checkers run in; Python's where no file is named."""
        if self._path is None:
            return (PYTHON.image,)
        if self._packages:
            return self._packages.images
        tasks = self._file.tasks
        used = [
            *(task.language for task in tasks),
            *(task.checker.language for task in tasks if task.checker),
        ]
        return tuple(dict.fromkeys(language(id_).image for id_ in used))

    @property
    def image(self) -> str:
        """The first of the images that its programs run in."""
        return self.images[0]

    def image_of(self, problem: Problem) -> str:
        """Return the image that a problem's programs run in."""
        return language(problem.language).image

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems; where they are in several languages, each language is a group too.

        Raises:
            UsageError: no file is named.
            DataError: the file cannot be read, or there are mistakes in it.
        """
        del source  # it is a file, whatever the data root
        if self._packages:
            return self._of_packages(self._packages)
        file = self._file
        sealed = self.protocol == sealing.SEALED
        several = len({task.language for task in file.tasks}) > 1
        identity = DatasetIdentity(
            id="tasks",
            config=file.path.name,
            split=self.split,
            revision="file",
            sha256=file.sha256,
            rows=len(file.tasks),
        )
        problems = tuple(
            Problem(
                task_id=task.task_id,
                prompt=task.prompt,
                entry_point=task.entry_point,
                reference=task.reference,
                tests=(programs.tests_of(task),) if task.tests else (),
                language=task.language,
                stop=stops(task),
                groups=tuple(
                    dict.fromkeys(
                        ((task.language,) if several else ())
                        + task.groups
                        + ((sealing.group(programs.not_sealed(task)),) if sealed else ())
                    )
                ),
            )
            for task in file.tasks
        )
        return LoadedProblems(problems=problems, identity=identity)

    def _of_packages(self, packages: Packages) -> LoadedProblems:
        for note in packages.notes:
            _log.warning("%s", note)
        if packages.scored:
            self.scoring = Scoring(share=GROUP_SCORE)
        identity = DatasetIdentity(
            id="tasks",
            config=self._path.name if self._path else "",
            split=self.split,
            revision="folder",
            sha256=packages.sha256,
            rows=len(packages.packages),
        )
        return LoadedProblems(problems=packages.problems(), identity=identity)

    def variables(self, problem: Problem) -> Variables:
        """Return the prompt, the language, and the kind of completion that the task requires."""
        if self._packages:
            return Variables(
                task_id=problem.task_id,
                prompt=problem.prompt,
                entry_point="",
                form=forms.Kind.PROGRAM.value,
                language=PYTHON.title,
                fence=PYTHON.fences[0],
            )
        task = self._tasks[problem.task_id]
        entry = language(task.language)
        return Variables(
            task_id=task.task_id,
            prompt=task.prompt,
            entry_point=task.entry_point,
            form=forms.kind(task).value,
            language=entry.title,
            fence=entry.fences[0],
        )

    def prompt(self, problem: Problem) -> Prompt:
        """Render the prompt; a base model stops at the stop sequences of the task or its language."""
        stop = problem.stop if self.options.style is PromptStyle.BASE else ()
        return self.template.render(self.variables(problem), self.options.style, stop)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that decides on a completion: with the task's tests, or with its cases."""
        if self._packages:
            return self._packages.program(completion)
        task = self._tasks[problem.task_id]
        return programs.make(task, problem, completion, find(task, problem, completion), self.protocol)

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what sealed calls returned with what the tests expect."""
        return sealed_calls.compare(step, values)

    def has_reference(self, problem: Problem) -> bool:
        """Whether the task has a solution."""
        return bool(problem.reference.strip())

    def reference(self, problem: Problem) -> Completion:
        """The task's solution: a whole program, or what continues the prompt."""
        if self._packages:
            return self._packages.reference(problem)
        return Completion(
            task_id=problem.task_id,
            sample=0,
            text=problem.reference,
            kind=reference_kind(self._tasks[problem.task_id]),
            origin=CompletionOrigin.REFERENCE,
        )

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Completions that solve nothing."""
        if self._packages:
            return tuple(self._packages.cheats(problem))
        return controls.cheats(self._tasks[problem.task_id], problem)

    def labelled_solutions(self, problem: Problem) -> Sequence[LabelledSolution]:
        """The submissions of a package; none of a file's task."""
        return self._packages.labelled_solutions(problem) if self._packages else ()
