"""The function that returns its argument passes its tests, and fails one that expects something else.

So arguments and results of each type can be written, passed and compared. A language takes part
where its echo module has that function's body (``IDENTITY``).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest
from typed_values import BOOL, FLOAT, INT, STR

from codeeval.languages import finish, language
from codeeval.sandboxes.images import catalogue
from codeeval.translators.problem import Case, Parameter, PythonProblem, Untranslatable
from codeeval.translators.target_languages import TARGETS, target
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, SetOf, TupleOf, UnionOf
from codeeval.types import Extraction, Outcome, Program, SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.warm_sandboxes import WarmSandboxes

    from codeeval.translators.target import Target
    from codeeval.translators.types import Type, Value

HERE = [
    suffix for suffix in TARGETS if catalogue().image(language(target(suffix).language).image).from_packages
]
PAIRS: tuple[tuple[Type, Value, Value], ...] = (
    (INT, 2**63 - 1, 2**63 - 2),
    (FLOAT, 0.1, 0.2),
    (BOOL, True, False),
    (STR, "a \\ \" ' $ # { \n é 😀", "a \\ \" ' $ # { \n é"),
    (ListOf(ListOf(INT)), [[], [1], [2, -3]], [[], [1], [2, 3]]),
    (ListOf(STR), ["a", ""], ["a", "b"]),
    (ListOf(FLOAT), [0.1, 2.0], [0.1, 2.5]),
    (ListOf(TupleOf((INT, STR))), [(1, "a"), (2, "b")], [(1, "a"), (2, "c")]),
    (TupleOf((INT, STR, FLOAT)), (1, "a", 0.1), (1, "a", 0.2)),
    (TupleOf((ListOf(INT), BOOL)), ([], True), ([1], True)),
    (TupleOf((OptionalOf(INT), OptionalOf(INT))), (None, 1), (1, None)),
    (OptionalOf(INT), None, 0),
    (OptionalOf(STR), "a", None),
    (OptionalOf(ListOf(INT)), [1], []),
    (OptionalOf(DictOf(STR, INT)), {"a": 1}, None),
    (DictOf(STR, INT), {"a": 1, "b": 2}, {"a": 1, "b": 3}),
    (DictOf(INT, ListOf(STR)), {1: ["a"], 2: []}, {1: ["a"], 2: ["b"]}),
    (ListOf(DictOf(STR, INT)), [{"a": 1}, {}], [{"a": 1}, {"b": 1}]),
    (SetOf(INT), {3, 1}, {3, 2}),
    (UnionOf((INT, STR)), "x", 1),
    (ListOf(Scalar.ANY), [1, "a", [2]], [1, "a", [3]]),
)


def program(to: Target, type_: Type, value: Value, expected: Value, body: str) -> Program | None:
    """A test of the function with this body; None where it is untranslatable."""
    problem = PythonProblem(
        name="same",
        entry_point="same",
        parameters=(Parameter("value", type_),),
        returns=type_,
        description=("Return the value.",),
        cases=(Case((value,), expected),),
    )
    try:
        translated = to.translate(problem)
    except Untranslatable:
        return None
    of = language(to.language)
    tests = finish(translated.tests, of.epilogue)
    assert tests is not None
    code = f"{translated.prompt}{body}\n{tests}"
    return Program(
        task_id=f"{type_}: {value!r} == {expected!r}",
        sample=0,
        language=of.id,
        image=of.image,
        extraction=Extraction(rule="test", code=code),
        files=(SourceFile(path=of.source_name, content=code), *of.support),
        steps=of.steps(),
    )


@pytest.mark.docker
@pytest.mark.parametrize("suffix", HERE)
def test_equal_values_are_equal_and_others_are_not(
    suffix: str, demand_image: Callable[[str], None], warm_sandboxes: WarmSandboxes
) -> None:
    to = target(suffix)
    of = language(to.language)
    body = getattr(importlib.import_module(f"echo.{of.id}"), "IDENTITY", None)
    if body is None:
        pytest.skip(f"the echo module of {of.title} has no function that returns its argument")
    demand_image(of.image)
    pairs = [(type_, value, expected) for type_, value, other in PAIRS for expected in (value, other)]
    programs = [(made, pair[1] is pair[2]) for pair in pairs if (made := program(to, *pair, body))]
    assert len(programs) > len(pairs) / 2
    judged = warm_sandboxes.verdicts([made for made, _ in programs])
    wrong = [
        (made.task_id, verdict.outcome, verdict.detail, verdict.stderr[:500])
        for (made, equal), verdict in zip(programs, judged, strict=True)
        if verdict.outcome is not (Outcome.PASSED if equal else Outcome.WRONG_ANSWER)
    ]
    assert not wrong
