"""Problems in other languages than Python: one an assertion of the tests, which decide themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import mistakes
from codeeval.benchmarks.surrogate import written_values
from codeeval.extraction import NO_CODE_RULE
from codeeval.types import Mistake, Problem, Program, SourceFile, StepStatus, Study, Trait

if TYPE_CHECKING:
    from codeeval.types import Completion, Execution, Extraction

FAILS: Final = "the reference does not pass its tests here"


class SpelledValue(Problem, frozen=True, kw_only=True):
    """A value that one assertion expects. ``prompt`` is the program as it is shown."""

    checked: Program
    """The reference with all of its tests."""
    head: str
    """the code before the value in its line ..."""
    value: str
    tail: str
    """... and what stands behind it."""
    example: str
    """Another assertion of the tests: how values are written."""
    known: tuple[str, ...]
    """The values of all assertions: what literals are made of."""
    unusable: str = ""
    """Why nothing can be asked, once the reference has run."""

    @property
    def image(self) -> str:
        """The image that it runs in."""
        return self.checked.image

    @property
    def traits(self) -> tuple[Trait, ...]:
        """What accuracy is shown against; how long one call runs is not known."""
        return (
            Trait(name="program_lines", value=sum(bool(line.strip()) for line in self.prompt.splitlines())),
        )

    @property
    def question(self) -> str:
        """The assertion with the value left open."""
        return f"{self.head}??{self.tail}"


def make(task_id: str, problem: Problem, checked: Program, shown: str, most: int) -> list[SpelledValue]:
    """Make the problems of one task: at most ``most``; none where the tests are written in no known form.

    Args:
        task_id: as the problems' ids begin.
        problem: the wrapped one.
        checked: its reference with its tests.
        shown: the reference alone.
        most: of the assertions the first so many, and of those that another can show the spelling of.
    """
    found = written_values.assertions("\n".join(problem.tests), problem.language, problem.entry_point)
    if len(found) < 2:
        return []
    values = tuple(dict.fromkeys(each.value for each in found))
    return [
        SpelledValue(
            task_id=f"{task_id}/{number}",
            prompt=written_values.without_comments(shown, problem.language),
            entry_point=problem.entry_point,
            reference="",
            tests=(),
            language=problem.language,
            groups=problem.groups,
            checked=checked,
            head=each.head,
            value=each.value,
            tail=each.tail,
            example=found[number - 1 if number else -1].line,
            known=values,
        )
        for number, each in enumerate(found[:most])
        if written_values.is_literal(each.value, problem.language, values)
    ]


def with_expected_outputs(problem: SpelledValue, execution: Execution) -> SpelledValue:
    """Return the problem as it is if the reference has passed its tests: the value is what it returns."""
    ended = [result.status is StepStatus.EXITED and not result.exit_code for result in execution.steps]
    if all(ended) and len(ended) == len(problem.checked.steps) and execution.steps[-1].completed:
        return problem
    return msgspec.structs.replace(problem, unusable=FAILS)


def program(problem: SpelledValue, completion: Completion, extraction: Extraction) -> Program:
    """Make the program that decides on a predicted value: the tests, with it in place of theirs.

    Without steps where it is no literal, so that it is never executed.
    """
    if problem.unusable:
        raise LookupError(f"nothing can be asked of {problem.task_id}: {problem.unusable}")
    value = extraction.code.strip()
    found = extraction.rule != NO_CODE_RULE
    literal = found and written_values.is_literal(value, problem.language, problem.known)
    wrong = mistakes.mistake(completion, value if found else None, problem.value)
    study = Study(mistake=wrong if literal or not found else Mistake.FORMAT, traits=problem.traits)
    line, asked = f"{problem.head}{problem.value}{problem.tail}", f"{problem.head}{value}{problem.tail}"
    files = tuple(
        SourceFile(path=file.path, content=file.content.replace(line, asked))
        for file in problem.checked.files
    )
    return msgspec.structs.replace(
        problem.checked,
        task_id=problem.task_id,
        sample=completion.sample,
        extraction=extraction,
        files=files if literal else (),
        steps=problem.checked.steps if literal else (),
        study=study,
    )


def cheats(problem: SpelledValue) -> list[tuple[str, str]]:
    """Return predictions that are wrong or no literals, by name."""
    call = problem.head.rpartition(problem.entry_point)[1] or "candidate"
    others = [value for value in problem.known if value != problem.value]
    found = [
        ("the-call-itself", f"{call}()"),
        ("gap", "??"),
        ("empty", ""),
        ("or-true", f"{problem.value} || true"),
        ("two-values", f"{problem.value}, 1000000"),
        ("two-datums", f"{problem.value} 1000000"),
        ("closed", f"{problem.value}){problem.tail} exit(0); ("),
        ("two-lines", f"{problem.value}\nexit 0"),
        ("runs-code", '"$(exit 0)`exit`#{exit}"'),
        ("glob", "*"),
    ]
    return found + [("another", others[0])] * bool(others)
