"""Problems in other languages than Python: one an assertion of the tests, which decide themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import mistakes
from codeeval.benchmarks.surrogate import written_values
from codeeval.extraction import NO_CODE_RULE
from codeeval.types import Mistake, Problem, ProblemPayload, Program, SourceFile, StepStatus, Study, Trait

if TYPE_CHECKING:
    from codeeval.types import Completion, Execution, Extraction

FAILS: Final = "the reference does not pass its tests here"


class SpelledValue(ProblemPayload, frozen=True, kw_only=True):
    """A value that one assertion expects of the program that ``Problem.prompt`` shows."""

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
    program_lines: int
    """Of the program as it is shown."""
    unusable: str = ""
    """Why nothing can be asked, once the reference has run."""

    @property
    def image(self) -> str:
        """The image that it runs in."""
        return self.checked.image

    @property
    def traits(self) -> tuple[Trait, ...]:
        """What accuracy is shown against; how long one call runs is not known."""
        return (Trait(name="program_lines", value=self.program_lines),)

    @property
    def question(self) -> str:
        """The assertion with the value left open."""
        return f"{self.head}??{self.tail}"


def value_problems(task_id: str, problem: Problem, checked: Program, shown: str, most: int) -> list[Problem]:
    """Make the problems of one task: at most ``most``; none where the tests are written in no known form.

    Args:
        task_id: as the problems' ids begin.
        problem: the wrapped one.
        checked: its reference with its tests.
        shown: the reference alone.
        most: problems, from the first assertions on, each with another that shows how values are written.
    """
    found = written_values.assertions("\n".join(problem.tests), problem.language, problem.entry_point)
    if len(found) < 2:
        return []
    values = tuple(dict.fromkeys(each.value for each in found))
    prompt = written_values.without_comments(shown, problem.language)
    return [
        Problem(
            task_id=f"{task_id}/{number}",
            prompt=prompt,
            entry_point=problem.entry_point,
            reference="",
            tests=(),
            language=problem.language,
            groups=problem.groups,
            payload=SpelledValue(
                checked=checked,
                head=each.head,
                value=each.value,
                tail=each.tail,
                example=found[number - 1 if number else -1].line,
                known=values,
                program_lines=sum(bool(line.strip()) for line in prompt.splitlines()),
            ),
        )
        for number, each in enumerate(found[:most])
        if written_values.is_literal(each.value, problem.language, values)
    ]


def with_expected_outputs(asked: SpelledValue, execution: Execution) -> SpelledValue:
    """Return the value as it is if the reference has passed its tests: the value is what it returns."""
    ended = [result.status is StepStatus.EXITED and not result.exit_code for result in execution.steps]
    if all(ended) and len(ended) == len(asked.checked.steps) and execution.steps[-1].completed:
        return asked
    return msgspec.structs.replace(asked, unusable=FAILS)


def program(problem: Problem, completion: Completion, extraction: Extraction) -> Program:
    """Make the program that decides on a predicted value: the tests, with it in place of theirs.

    Without steps where it is no literal, so that it is never executed.
    """
    asked = problem.payload_of(SpelledValue)
    if asked.unusable:
        raise LookupError(f"nothing can be asked of {problem.task_id}: {asked.unusable}")
    value = extraction.code.strip()
    found = extraction.rule != NO_CODE_RULE
    literal = found and written_values.is_literal(value, problem.language, asked.known)
    wrong = mistakes.mistake(completion, value if found else None, asked.value)
    study = Study(mistake=wrong if literal or not found else Mistake.FORMAT, traits=asked.traits)
    line, predicted = f"{asked.head}{asked.value}{asked.tail}", f"{asked.head}{value}{asked.tail}"
    files = tuple(
        SourceFile(path=file.path, content=file.content.replace(line, predicted))
        for file in asked.checked.files
    )
    return msgspec.structs.replace(
        asked.checked,
        task_id=problem.task_id,
        sample=completion.sample,
        extraction=extraction,
        files=files if literal else (),
        steps=asked.checked.steps if literal else (),
        study=study,
    )


def cheats(problem: Problem) -> list[tuple[str, str]]:
    """Return predictions that are wrong or no literals, by name."""
    asked = problem.payload_of(SpelledValue)
    call = asked.head.rpartition(problem.entry_point)[1] or "candidate"
    others = [value for value in asked.known if value != asked.value]
    found = [
        ("the-call-itself", f"{call}()"),
        ("gap", "??"),
        ("empty", ""),
        ("or-true", f"{asked.value} || true"),
        ("two-values", f"{asked.value}, 1000000"),
        ("two-datums", f"{asked.value} 1000000"),
        ("closed", f"{asked.value}){asked.tail} exit(0); ("),
        ("two-lines", f"{asked.value}\nexit 0"),
        ("runs-code", '"$(exit 0)`exit`#{exit}"'),
        ("glob", "*"),
    ]
    return found + [("another", others[0])] * bool(others)
