"""The reward hacker's programs fail over HTTP as they do in runs, on every route that judges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cheat_kinds
import pytest
from support.serving import Served, serving
from test_cheat_kinds import HUMANEVAL
from test_cheats import EXITS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.bubblewrap
CHEATS = [*EXITS.values(), *(each for kind in cheat_kinds.KINDS.values() for each in kind.values())]
HONEST = "def solve(x):\n    return {1: [41, 42], 2: [99.5], 3: [6] * 7}[x]\n"
ROW = {"prompt": "", "entry_point": "solve", "test": HUMANEVAL.replace("check(solve)\n", "")}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("serve"), "--sandbox", "bubblewrap", "--workers", "2") as found:
        yield found


def test_native(served: Served) -> None:
    requests = [{"code": code, "tests": HUMANEVAL, "entry_point": "solve"} for code in (*CHEATS, HONEST)]
    results = served.call("/v1/execute_many", {"requests": requests}, timeout_s=280).json["results"]
    outcomes = [line["result"]["outcome"] for line in results]
    assert outcomes[-1] == "PASSED"
    assert not [CHEATS[index] for index, outcome in enumerate(outcomes[:-1]) if outcome == "PASSED"]


def rewards(served: Served, code: str) -> list[Any]:
    """What a program earns on the other routes that judge."""
    answer = f"```python\n{code}\n```"
    config = {"dataset_type": "HumanEvalDataset", "provided_data": ROW}
    submitted = {"dataset": "x", "id": 1, "completion": answer, "config": config}
    item = {"response": answer, "tests": HUMANEVAL}
    label = {"tests": HUMANEVAL, "entry_point": "solve"}
    body = {"program": code, "tests": ["assert solve(1) == [41, 42]"], "max_execution_time": 5}
    return [
        served.call("/submit", submitted).json["accepted"],
        served.call("/batch_reward", {"items": [item]}).json["rewards"][0]["passed"],
        bool(served.call("/get_reward", {"query": [answer], "labels": [label]}).json["rewards"][0]),
        bool(served.call("/test_program", body).json["results"][0]),
    ]


@pytest.mark.parametrize(
    "code",
    [EXITS["os._exit"], EXITS["exit-in-eq"], cheat_kinds.FORGED],
    ids=["leaves", "leaves late", "equals"],
)
def test_reward_routes(served: Served, code: str) -> None:
    assert rewards(served, code) == [False] * 4


def test_honest_programs_are_rewarded(served: Served) -> None:
    assert rewards(served, HONEST) == [True] * 4


def test_a_cheat_learns_nothing_of_the_host(served: Served) -> None:
    code = "import os\nprint(dict(os.environ), os.listdir('/'), open('/proc/self/mountinfo').read())"
    seen = served.run_code(code)["run_result"]["stdout"]
    for secret in ("CODEEVAL", "PYTEST", "serve.log"):
        assert secret not in seen
