"""Every reference solution of the benchmarks passes, through the whole pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command import rows

if TYPE_CHECKING:
    from conftest import ReferenceRun

TOO_SLOW = {"Mbpp/123": "TIMEOUT"}
"""Broken by the dataset: its reference sums divisors in quadratic time. The official limit is 3 s; where a
core needs 4 to 5 s for it, it times out, there as here. A faster core may pass it."""


@pytest.mark.parametrize(
    ("sandbox", "name", "split", "tasks"),
    [
        pytest.param("docker", "humaneval", "", 164, marks=pytest.mark.docker),
        pytest.param("bubblewrap", "humaneval", "", 164, marks=pytest.mark.bubblewrap),
        pytest.param("docker", "mbpp", "test", 500, marks=[pytest.mark.docker, pytest.mark.data]),
        pytest.param("docker", "mbpp:sanitized", "test", 257, marks=[pytest.mark.docker, pytest.mark.data]),
        pytest.param("bubblewrap", "mbpp", "all", 974, marks=[pytest.mark.bubblewrap, pytest.mark.data]),
        pytest.param(
            "bubblewrap", "mbpp:sanitized", "all", 427, marks=[pytest.mark.bubblewrap, pytest.mark.data]
        ),
    ],
)
def test_every_reference_solution_passes(
    sandbox: str, name: str, split: str, tasks: int, reference_run: ReferenceRun
) -> None:
    lines = rows(reference_run(name, split, sandbox) / "verdicts.jsonl")
    assert len({line["task_id"] for line in lines}) == len(lines) == tasks
    failed = {line["task_id"]: line["outcome"] for line in lines if line["outcome"] != "PASSED"}
    assert failed.items() <= TOO_SLOW.items()
