"""Problems that we translate: their tests pass with the hand-written references, and with a stub they fail.

The Python side is the twelve problems that ``multipl-e:twelve-py`` has; some languages' references are of
others too, which are excluded here. C has solutions of its own, for its hand-written rows have other types.
The gate takes a few of the twelve in every language, chosen for their types.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.sandboxing import launcher

from codeeval.benchmarks.multipl_e import references
from codeeval.benchmarks.multipl_e.benchmark import MultiplE
from codeeval.errors import CodeEvalError
from codeeval.interfaces import BenchmarkOptions, PythonSource, SandboxOptions
from codeeval.languages import finish, language
from codeeval.sandboxes.images import catalogue
from codeeval.translators.python_problem import parse
from codeeval.translators.target_languages import TARGETS, target
from codeeval.types import Completion, CompletionKind, Outcome, Problem, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from support.warm_sandboxes import WarmSandboxes

    from codeeval.translators.problem import PythonProblem
    from codeeval.types import Program

ROWS = Path(references.__file__).parent / "twelve" / "py.jsonl"
FEW = ("HumanEval_0_has_close_elements", "HumanEval_111_histogram", "HumanEval_136_largest_smallest_integers")
"""Floats and lists; strings and a dictionary; a tuple of optional values."""
SLOW = ("clj", "jl", "rkt", "scala")
"""A program takes seconds, so a third of them is tried."""
SOLUTIONS = Path(__file__).parent / "solutions"
FAILS = frozenset({Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR})


class Control(NamedTuple):
    """A program whose verdict is known."""

    name: str
    passes: bool
    program: Program


@functools.cache
def problems() -> dict[str, PythonProblem]:
    """The twelve in Python."""
    found = {}
    for line in ROWS.read_text("utf-8").splitlines():
        row = json.loads(line)
        entry_point = row["name"].split("_", 2)[2]
        found[row["name"]] = parse(
            PythonSource(row["name"], entry_point, row["prompt"], row["tests"])
        ).problem
    return found


def control(suffix: str, name: str, *, passes: bool) -> Control:
    """The translated problem with its reference, or with the stub."""
    to = target(suffix)
    python = problems()[name]
    row = to.translate(python)
    assert not row.excluded, row.excluded
    problem = Problem(
        task_id=name,
        prompt=row.prompt,
        entry_point=to.function(python),
        reference="",
        tests=(row.tests,),
        language=to.language,
        stop=row.stop_tokens,
    )
    text = solutions(to.language)[name] if passes else to.stub(python)
    completion = Completion(task_id=name, sample=0, text=text, kind=CompletionKind.CONTINUATION)
    benchmark = MultiplE(BenchmarkOptions(variant="twelve-py", style=PromptStyle.BASE))
    return Control(f"{name}{'' if passes else ', stub'}", passes, benchmark.program(problem, completion))


def check(suffix: str, names: Sequence[str], warm_sandboxes: WarmSandboxes) -> None:
    controls = [control(suffix, name, passes=passes) for name in names for passes in (True, False)]
    judged = warm_sandboxes.verdicts([each.program for each in controls])
    wrong = {
        each.name: (verdict.outcome, verdict.detail, (verdict.stdout + verdict.stderr)[-1000:])
        for each, verdict in zip(controls, judged, strict=True)
        if (verdict.outcome is not Outcome.PASSED if each.passes else verdict.outcome not in FAILS)
    }
    assert not wrong


def demand_image_of(suffix: str, demand_image: Callable[[str], None]) -> None:
    """Require the language's image; one that packages alone do not build may be missing anywhere."""
    image = language(target(suffix).language).image
    if not catalogue().image(image).from_packages:
        try:
            launcher("docker").describe(SandboxOptions(image=image))
        except CodeEvalError as error:
            pytest.skip(str(error))
    demand_image(image)


@functools.cache
def solutions(language_id: str) -> dict[str, str]:
    """What follows the prompts that we write, by row."""
    own = {file.stem: file.read_text("utf-8") for file in (SOLUTIONS / language_id).glob("*")}
    return own or references.solutions(language_id)


def referenced(suffix: str) -> list[str]:
    return sorted(solutions(target(suffix).language).keys() & problems().keys())


def language_of(suffix: str) -> str:
    return target(suffix).language


@pytest.mark.parametrize("suffix", TARGETS)
def test_the_token_is_inserted_into_the_tests(suffix: str) -> None:
    to = target(suffix)
    for problem in problems().values():
        assert finish(to.translate(problem).tests, language(to.language).epilogue) is not None, problem.name


@pytest.mark.docker
@pytest.mark.parametrize("suffix", TARGETS)
def test_references_pass_and_stubs_fail(
    suffix: str, demand_image: Callable[[str], None], warm_sandboxes: WarmSandboxes
) -> None:
    demand_image_of(suffix, demand_image)
    known = referenced(suffix)
    assert known, f"write some in {SOLUTIONS / target(suffix).language}"
    check(suffix, [name for name in FEW if name in known] or known[:3], warm_sandboxes)


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.parametrize("suffix", TARGETS)
def test_all_references_pass_and_all_stubs_fail(
    suffix: str, demand_image: Callable[[str], None], warm_sandboxes: WarmSandboxes
) -> None:
    demand_image_of(suffix, demand_image)
    names = referenced(suffix)
    assert len(names) >= len(problems()) / 2, f"write some in {SOLUTIONS / target(suffix).language}"
    others = [name for name in names if name not in FEW]  # which the test above has tried
    check(suffix, others[::3] if suffix in SLOW else others, warm_sandboxes)
