"""Programs that solve nothing do not pass, on real tasks and their real tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command import succeed

from codeeval import registry
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.session.doctor import REFERENCE, STUBS
from codeeval.types import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.interfaces import LoadedProblems

SHARES = 8
"""All cheats on all tasks are 25,000 programs: each kind of sandbox takes every eighth task, not the same."""
TOO_SLOW = {"Mbpp/123"}
"""Its own reference solution times out; see ``test_references``."""

HUMANEVAL = "humaneval"
MBPP = pytest.param("mbpp", marks=pytest.mark.data)
SANITIZED = pytest.param("mbpp:sanitized", marks=pytest.mark.data)


def load(name: str, root: Path | None) -> LoadedProblems:
    family, _, variant = name.partition(":")
    benchmark = registry.benchmark_factory(family)(BenchmarkOptions(variant=variant))
    return benchmark.load(DataSource(root=root, offline=True))


@pytest.mark.parametrize(
    ("sandbox", "first"),
    [
        pytest.param("docker", 0, marks=pytest.mark.docker),
        pytest.param("bubblewrap", 4, marks=pytest.mark.bubblewrap),
    ],
)
@pytest.mark.parametrize("name", [HUMANEVAL, MBPP, SANITIZED])
def test_no_cheat_passes(sandbox: str, first: int, name: str, request: pytest.FixtureRequest) -> None:
    root = None if name == HUMANEVAL else request.getfixturevalue("data_root")
    problems = load(name, root).problems[first::SHARES]
    tasks = [problem.task_id for problem in problems if problem.task_id not in TOO_SLOW]
    chosen = [argument for task in tasks for argument in ("--task", task)]
    found = succeed("doctor", name, *chosen, "--sandbox", sandbox, "--json", "-q").json
    assert found["failures"] == []
    counts = {count["control"]: count for count in found["controls"]}
    assert counts.pop(REFERENCE)["outcomes"] == {Outcome.PASSED: len(tasks)}
    assert counts.pop(STUBS)["tried"] >= 3 * len(tasks)
    assert len(counts) >= 20
    for cheat, count in counts.items():
        assert sum(count["outcomes"].values()) == len(tasks), cheat
        assert not {Outcome.PASSED, Outcome.SANDBOX_ERROR} & count["outcomes"].keys(), cheat
