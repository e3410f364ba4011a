"""A run with every kind of verdict, on tasks of HumanEval, for exports and imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from support.runs import P, S, W, make_run

from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.interfaces import BenchmarkOptions, DataSource

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.types import Verdict

OUTCOMES = {"HumanEval/0": [P, P], "HumanEval/1": [W, W], "HumanEval/2": [P, W], "HumanEval/3": [P, S]}
PASS_AT_1 = (1 + 0 + 0.5 + 1) / 4
TEXT = "Here, é:\r\n```python\ndef f(): # {0}, {1}\n    return '\"'\n```"


def mixed_run(folder: Path) -> Path:
    """Eight samples of four tasks; one has no verdict because its sandbox failed."""

    def explained(verdict: Verdict) -> Verdict:
        return msgspec.structs.replace(verdict, stdout="a,b\nc", rule="fence")

    loaded = HumanEval(BenchmarkOptions()).load(DataSource(offline=True))
    return make_run(
        folder, "humaneval", OUTCOMES, text=TEXT.format, verdict=explained, dataset=loaded.identity
    )
