"""A value written as a literal, and printed by a program in that language, is the same value."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING

import pytest
from typed_values import BOOL, BY_HAND, FLOAT, INT, STR, TypedValue, as_json, generated

from codeeval.languages import language
from codeeval.sandboxes.images import catalogue
from codeeval.translators.problem import Case, Parameter, PythonProblem, Untranslatable
from codeeval.translators.target_languages import TARGETS, target
from codeeval.translators.types import DictOf, ListOf, Scalar
from codeeval.types import Extraction, Oracle, Program, SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from support.warm_sandboxes import WarmSandboxes

    from codeeval.languages import Language
    from codeeval.translators.target import Target
    from codeeval.translators.types import Type, Value
    from codeeval.types import StepResult

GENERATED = 150
BATCH = 120
"""Values a program: few programs, for a compiler takes its time to start. An echo may want fewer."""
HERE = [
    suffix for suffix in TARGETS if catalogue().image(language(target(suffix).language).image).from_packages
]
EVERYDAY: tuple[TypedValue, ...] = (
    *((1, INT), (-7, INT), (2.5, FLOAT), (True, BOOL), ('a b\'s "quoted"\\\n.', STR), ("é 😀", STR)),
    *(
        ([1, 2], ListOf(INT)),
        (["x"], ListOf(STR)),
        ([[1], []], ListOf(ListOf(INT))),
        ({"a": 1}, DictOf(STR, INT)),
    ),
)


def literal(target: Target, value: Value, type_: Type) -> str | None:
    """The value's source; None where a problem with that value is untranslatable."""
    problem = PythonProblem(
        name="same",
        entry_point="same",
        parameters=(Parameter("value", type_),),
        returns=type_,
        description=("Return the value.",),
        cases=(Case((value,), value),),
    )
    try:
        return None if target.translate(problem).excluded else target.literal(value, type_)
    except Untranslatable:
        return None


def run(of: Language, sources: Sequence[str], warm_sandboxes: WarmSandboxes) -> list[StepResult]:
    programs = [
        Program(
            task_id=f"echo/{number}",
            sample=0,
            language=of.id,
            image=of.image,
            extraction=Extraction(rule="test"),
            files=(SourceFile(path=of.source_name, content=source), *of.support),
            steps=of.steps(),
            oracle=Oracle.STDOUT,
        )
        for number, source in enumerate(sources)
    ]
    return [done.steps[-1] for done in warm_sandboxes.executions(programs)]


@pytest.mark.parametrize("suffix", TARGETS)
def test_ordinary_values_are_translatable(suffix: str) -> None:
    assert not [value for value, type_ in EVERYDAY if literal(target(suffix), value, type_) is None]


@pytest.mark.parametrize("suffix", TARGETS)
def test_values_without_literals_are_untranslatable(suffix: str) -> None:
    for value in (float("nan"), float("inf"), float("-inf")):
        with pytest.raises(Untranslatable):
            target(suffix).literal(value, Scalar.FLOAT)


@pytest.mark.docker
@pytest.mark.parametrize("suffix", HERE)
def test_values_come_back_the_same(
    suffix: str, demand_image: Callable[[str], None], warm_sandboxes: WarmSandboxes
) -> None:
    to = target(suffix)
    of = language(to.language)
    demand_image(of.image)
    echo = importlib.import_module(f"echo.{of.id}")
    wanted = [*BY_HAND, *generated(getattr(echo, "GENERATED", GENERATED))]
    taken = [
        (source, value, type_) for value, type_ in wanted if (source := literal(to, value, type_)) is not None
    ]
    assert len(taken) > len(wanted) / 2
    size = getattr(echo, "BATCH", BATCH)
    batches = [taken[start : start + size] for start in range(0, len(taken), size)]
    sources = [echo.program([(source, type_) for source, _, type_ in batch]) for batch in batches]
    wrong = []
    for step, batch in zip(run(of, sources, warm_sandboxes), batches, strict=True):
        lines = step.stdout.splitlines()[: len(batch)]  # a test framework may print more
        assert len(lines) == len(batch), f"{step.name}: {(step.stdout + step.stderr)[:3000]}"
        wrong += [
            (source, value, line)
            for line, (source, value, type_) in zip(lines, batch, strict=True)
            if repr(as_json(json.loads(line), type_, single=to.single))
            != repr(as_json(value, type_, single=to.single))
        ]
    assert not wrong
