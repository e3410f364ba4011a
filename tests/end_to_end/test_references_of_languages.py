"""References in many languages pass, a few programs each; tests/performance/references.py executes all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import published

from codeeval.benchmarks.humaneval_xl.benchmark import LANGUAGES
from codeeval.interfaces import LacksReferences
from codeeval.languages import language

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.data, pytest.mark.docker]

IMAGELESS = "kotlin"
"""Its image needs a download, so no gate has it."""
WITH_HELPERS = ("Go/72", "Go/90")
"""Their solutions have what ends a model's continuation: a second function, and ``struct``."""


@pytest.mark.parametrize("id_", [each for each in LANGUAGES if each not in {IMAGELESS, "python"}])
def test_a_solution_of_ours_passes(id_: str, data_root: Path, demand_image: Callable[[str], None]) -> None:
    """HumanEval-XL has solutions for Python alone; three in each other language are ours."""
    demand_image(language(id_).image)
    made, problems = published.benchmark(f"humaneval-xl:{id_}:en", data_root)
    assert isinstance(made, LacksReferences)
    solved = [each for each in problems.values() if made.has_reference(each)]
    assert [each.task_id.rpartition("/")[2] for each in solved] == ["0", "1", "4"]
    problem = solved[LANGUAGES.index(id_) % len(solved)]
    reference = made.reference(problem)
    found = published.judged(
        made, problems, [(problem.task_id, reference.text)], reference.kind, sandbox="docker"
    )
    assert [(each.outcome, each.detail) for each in found.values()] == [("PASSED", "")]


def test_canonical_and_buggy_solutions_keep_their_helpers(
    data_root: Path, demand_image: Callable[[str], None]
) -> None:
    demand_image("go")
    made, problems = published.benchmark("humanevalpack:fixdocs-go", data_root)
    wanted = {}
    for task in WITH_HELPERS:
        cheats = {each.name: each.completion for each in made.cheats(problems[task])}
        wanted[task, made.reference(problems[task]).text] = "PASSED"
        wanted[task, cheats["buggy"].text] = "WRONG_ANSWER"
    found = published.judged(made, problems, wanted, made.reference(problems[task]).kind, sandbox="docker")
    assert {key: each.outcome for key, each in found.items()} == wanted
