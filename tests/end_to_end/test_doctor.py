"""``codeeval doctor`` of a machine without network: soon, with remedies, and nothing else on the terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from command import codeeval

if TYPE_CHECKING:
    from pathlib import Path

BOUND_S = 10.0
"""It takes two or three seconds on two quiet cores; the Hub's own client alone retries for half a minute."""
NOWHERE = "http://127.0.0.1:9"


@pytest.mark.alone
@pytest.mark.parametrize("offline", [(), ("--offline",)])
def test_without_network(tmp_path: Path, offline: tuple[str, ...]) -> None:
    surroundings = {
        "HF_ENDPOINT": NOWHERE,
        "HF_HOME": str(tmp_path / "hf"),
        "CODEEVAL_CACHE_DIR": str(tmp_path / "cache"),
        "CODEEVAL_DATA_ROOT": None,
        "HTTPS_PROXY": NOWHERE,
    }
    started = time.monotonic()
    ended = codeeval("doctor", "--json", *offline, env=surroundings, cwd=tmp_path)
    assert time.monotonic() - started < BOUND_S
    assert ended.code in (0, 1), ended.err
    assert ended.err == ""
    checks = {(check["area"], check["name"]): check for check in ended.json}
    assert checks["dataset", "humaneval"]["health"] == "works"
    missing = {
        name.partition(":")[0]: check
        for (area, name), check in checks.items()
        if area == "dataset" and check["remedy"]
    }
    assert {"bigcodebench", "fstar", "lean", "mbpp", "multipl-e", "surge"} <= missing.keys()
    assert {check["health"] for check in missing.values()} == {"missing"}
    assert (("network", "Hugging Face Hub") in checks) is not bool(offline)


@pytest.mark.bubblewrap
def test_both_protocols() -> None:
    chosen = ("--task", "HumanEval/53", "--protocol", "both", "--sandbox", "bubblewrap")
    ended = codeeval("doctor", "humaneval", *chosen, "--json", "-q")
    assert ended.code == 0, ended.err
    assert [(each["protocol"], each["tasks"], each["failures"]) for each in ended.json] == [
        ("official", 1, []),
        ("sealed", 1, []),
    ]


def test_a_graded_benchmark_without_its_data_has_a_remedy(tmp_path: Path) -> None:
    ended = codeeval(
        *("run", "surge:ml", "--model", "reference:", "--out", tmp_path / "run"),
        env={"HTTPS_PROXY": NOWHERE, "CODEEVAL_CACHE_DIR": str(tmp_path), "CODEEVAL_DATA_ROOT": None},
    )
    assert ended.code == 4, ended.err
    assert "--data-root" in ended.err
