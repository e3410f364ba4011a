"""LiveCodeBench's recorded programs with their official verdicts, and the tests that decide on them.

The data root has the public tests alone: what 279 of its rows have as private ones are the tests of one other
problem. Those that made recorded programs fail stand in their place.
"""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from support import published

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DATASET = "livecodebench/code_generation_lite"
CHANGED = {"2872", "2878", "3226", "3454", "3471", "3475", "3518", "3531", "3607", "3616"}
"""Problems of which recorded programs changed the arguments that they were given: the runner shows these as
they were afterwards, and so they are no tests."""
OLDER_RUNNER = {
    **dict.fromkeys(("abc303_d", "abc338_d", "abc359_d", "abc380_c"), "sys.stdin.read() gave the rest"),
    "abc344_b": "sys.stdin could be iterated over",
    "abc364_a": "exit was no function",
}
"""Problems of which a program of o1-mini has another verdict here, because its runner was an older one."""
SLOW = {"abc301_e", "abc346_c"}
"""Problems of which a program exceeded the time limit there and does not, or only just, here."""
SHOWN = 300
"""Characters of a test that a recorded verdict shows."""


class Recorded(NamedTuple):
    """A program, and what the authors' runner made of it."""

    task_id: str
    output: str
    code: str
    passed: bool
    metadata: Mapping[str, Any]  # Any: as it is in the file
    run: str


def recordings() -> list[Recorded]:
    """Read all of them."""
    return [
        Recorded(
            task_id=f"livecodebench/{row['question_id']}",
            output=row["output"],
            code=row["code"],
            passed=row["passed"],
            metadata=json.loads(row["metadata"]),
            run=f"{row['run']} {row['scenario']} {row['release']}",
        )
        for row in published.published_rows("livecodebench/codegeneration_and_selfrepair.parquet")
    ]


def with_tests_seen(root: Path, target: Path) -> dict[str, list[tuple[str, str]]]:
    """Write the dataset with the tests that recorded programs failed as its private ones.

    Args:
        root: the data root to read.
        target: the data root to write.

    Returns:
        The tests of each task: input and expected output.
    """
    from pyarrow import parquet  # noqa: PLC0415 -- costs 200 ms

    seen: dict[str, list[dict[str, str]]] = {}
    for row in published.published_rows("livecodebench/tests_seen_in_failures.parquet"):
        test = {"input": row["inputs"], "output": row["expected"], "testtype": row["testtype"]}
        seen.setdefault(row["question_id"], []).append(test)
    tests: dict[str, list[tuple[str, str]]] = {}
    folder = target / DATASET
    folder.mkdir(parents=True)
    with (folder / "test1-6.jsonl").open("w") as file:
        for path in sorted((root / DATASET).glob("*.parquet")):
            for row in parquet.read_table(path).to_pylist():
                known = json.loads(row["public_test_cases"])
                own = [] if row["question_id"] in CHANGED else seen.get(row["question_id"], [])
                found = [_as_stored(each, known[0]) for each in own if known]
                more = [each for each in found if each and each not in known]
                row["private_test_cases"] = json.dumps(more)
                file.write(json.dumps(row) + "\n")
                tests[f"livecodebench/{row['question_id']}"] = [
                    (test["input"], test["output"]) for test in known + more
                ]
    return tests


def _as_stored(seen: dict[str, str], public: dict[str, str]) -> dict[str, str] | None:
    """Write a test of a function, seen as Python shows its values, in JSON; None where that cannot be."""
    if seen["testtype"] != "functional":
        return seen
    text = isinstance(json.loads(public["output"]), str)
    try:
        expected = seen["output"] if text else ast.literal_eval(seen["output"])
        given = "\n".join(map(json.dumps, ast.literal_eval(seen["input"])))
    except (ValueError, SyntaxError):
        return None
    return {"input": given, "output": json.dumps(expected), "testtype": "functional"}


def decided(recorded: Recorded, tests: Sequence[tuple[str, str]]) -> bool:
    """Whether the test that a recorded program failed is among these; true where none was reached."""
    if "inputs" not in recorded.metadata:
        return True
    shown = recorded.metadata["inputs"], recorded.metadata["expected"]
    return any(shown in (_shown(test), _shown_values(test)) for test in tests)


def labelled(recorded: Sequence[Recorded], tests: Mapping[str, Sequence[tuple[str, str]]]) -> list[Recorded]:
    """Return those whose verdict these tests can decide on, each different program once."""
    found: dict[tuple[str, str, bool], Recorded] = {}
    for each in recorded:
        known = tests[each.task_id]
        if known and (each.passed or decided(each, known)):
            found.setdefault((each.task_id, each.code, each.passed), each)
    return list(found.values())


def of_older_runner(tests: Mapping[str, Sequence[tuple[str, str]]]) -> list[Recorded]:
    """Return the programs of which the older runner is why they have another verdict here."""
    ids = {f"livecodebench/{name}" for name in OLDER_RUNNER}
    found = labelled(recordings(), tests)
    return [each for each in found if each.task_id in ids and each.run.startswith("o1-mini")]


def write_labels(path: Path, chosen: Sequence[Recorded]) -> None:
    """Write programs as ``codeeval audit --labels`` reads them."""
    with path.open("w") as file:
        for each in chosen:
            line = {"task_id": each.task_id, "completion": each.code, "kind": "solution"}
            file.write(json.dumps(line | {"passed": each.passed, "name": each.run}) + "\n")


def _shown(test: tuple[str, str]) -> tuple[str, str]:
    return _cut(test[0]), _cut(test[1])


def _shown_values(test: tuple[str, str]) -> tuple[str, str]:
    try:
        values = [json.loads(line) for line in test[0].split("\n")], json.loads(test[1])
    except ValueError:
        return "", ""
    arguments, expected = values
    return _cut(str(arguments)), _cut(str(expected))


def _cut(text: str) -> str:
    """Cut as ``truncatefn`` in lcb_runner/evaluation/testing_util.py."""
    if len(text) <= SHOWN:
        return text
    return text[: SHOWN // 2] + "...(truncated) ..." + text[-SHOWN // 2 :]
