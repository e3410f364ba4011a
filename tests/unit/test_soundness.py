"""References must pass, cheats must fail, and a failed sandbox has seen through nothing."""

# ruff: noqa: ARG002 -- fakes take what their protocols give

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pipeline_fakes import FakeBenchmark, FakePool
from rich.console import Console

from codeeval.benchmarks.common.stubs import stubs
from codeeval.errors import TooManySandboxErrors
from codeeval.interfaces import Cheat
from codeeval.languages import language
from codeeval.rendering.doctor import soundness_tables
from codeeval.session.doctor import REFERENCE, STUBS, check_benchmark, check_language
from codeeval.types import (
    Completion,
    CompletionKind,
    Execution,
    Outcome,
    Problem,
    Program,
    StepResult,
    StepStatus,
)

if TYPE_CHECKING:
    from codeeval.pipeline import Counts


class Cheated(FakeBenchmark):
    """Has one reference and the cheats with these texts."""

    def __init__(self, tasks: int, *cheats: str) -> None:
        super().__init__(tasks)
        self.texts = cheats

    def cheats(self, problem: Problem) -> list[object]:
        return [
            Cheat(
                name=f"cheat-{number}",
                completion=Completion(
                    task_id=problem.task_id, sample=0, text=text, kind=CompletionKind.ANSWER
                ),
            )
            for number, text in enumerate(self.texts)
        ]


class Stubbed(Cheated):
    """Tries its texts as stubs."""

    def cheats(self, problem: Problem) -> list[object]:
        return []

    def stubs(self, problem: Problem) -> list[object]:
        return super().cheats(problem)


class Watcher:
    def __init__(self) -> None:
        self.seen: list[int] = []

    def update(self, counts: Counts) -> None:
        self.seen.append(counts.executed)

    def note(self, message: str) -> None:
        raise AssertionError(message)


def test_a_sound_benchmark() -> None:
    benchmark, watcher = Cheated(3, "fail", "", "crash"), Watcher()
    found = check_benchmark(benchmark, benchmark.problems, FakePool(0), progress=watcher)
    assert found.sound
    assert found.tasks == 3
    assert [(each.control, each.tried, each.right) for each in found.controls] == [
        (REFERENCE, 3, 3),
        ("cheat-0", 3, 3),
        ("cheat-1", 3, 3),
        ("cheat-2", 3, 3),
    ]
    assert [list(each.outcomes) for each in found.controls] == [
        ["PASSED"],
        ["INCOMPLETE"],
        ["NO_CODE"],
        ["RUNTIME_ERROR"],
    ]
    assert watcher.seen == list(range(1, 13))


def test_a_cheat_that_passes_and_a_reference_that_fails_are_named() -> None:
    benchmark = Cheated(2, "pass")
    benchmark.reference = lambda problem: Completion(  # type: ignore[method-assign]
        task_id=problem.task_id, sample=0, text="fail", kind=CompletionKind.SOLUTION
    )
    found = check_benchmark(benchmark, benchmark.problems, FakePool(0))
    assert not found.sound
    assert sorted((each.task_id, each.control, each.outcome) for each in found.failures) == [
        ("Fake/0", "cheat-0", Outcome.PASSED),
        ("Fake/0", REFERENCE, Outcome.INCOMPLETE),
        ("Fake/1", "cheat-0", Outcome.PASSED),
        ("Fake/1", REFERENCE, Outcome.INCOMPLETE),
    ]


def test_nothing_is_concluded_from_failed_sandboxes() -> None:
    benchmark = Cheated(2, "sandbox:9")
    with pytest.raises(TooManySandboxErrors, match="2 of 4"):
        check_benchmark(benchmark, benchmark.problems, FakePool(0))


class Dying(FakePool):
    """Its sandbox dies under every program once."""

    def _result(self, program: Program, *, alone: bool) -> Execution:
        key = program.task_id, program.sample
        self._failed[key] = self._failed.get(key, 0) + 1
        if self._failed[key] == 1:
            return Execution(task_id=program.task_id, sample=program.sample, error="it died")
        return Execution(
            task_id=program.task_id,
            sample=program.sample,
            steps=(StepResult(name="run", status=StepStatus.EXITED, completed=True),),
        )


def test_self_tests_survive_a_failed_sandbox() -> None:
    tested = language("bash")
    results = check_language(tested, Dying(0))
    assert [each.test for each in results] == [test.name for test in tested.self_tests]
    assert Outcome.SANDBOX_ERROR not in {each.outcome for each in results}


def test_a_stub_that_passes_is_listed_and_says_nothing_of_the_machine() -> None:
    """Tests that a function which does nothing passes are the dataset's fault."""
    benchmark = Stubbed(2, "pass", "fail")
    found = check_benchmark(benchmark, benchmark.problems, FakePool(0))
    assert found.sound
    assert [(each.task_id, each.control) for each in found.weak] == [
        ("Fake/0", "cheat-0"),
        ("Fake/1", "cheat-0"),
    ]
    assert [(each.control, each.tried, each.right) for each in found.controls] == [
        (REFERENCE, 2, 2),
        (STUBS, 4, 4),
    ]
    console = Console(width=200)
    with console.capture() as shown:
        console.print(*soundness_tables(found), sep="\n")
    assert "Tests that are too weak" in shown.get()
    assert "Sound: every reference solution passes" in shown.get()


@pytest.mark.parametrize(
    ("tests", "names"),
    [
        ("assert f(1) == 0.0\nassert f(2) == 0.0\nassert f(3) == 1", ["constant None", "constant 0.0"]),
        ("assert f(1) == []", ["constant None", "constant []"]),
        ("assert f(1) is None", ["constant None"]),
        ("assert f(1) == -1 and f(2) == -1", ["constant None", "constant -1"]),
        ("assert f(1) == [1, 2]\nassert f(2) == 'x'", ["constant None"]),
        ("assert abs(f(1) - 2) < 1e-6", ["constant None"]),
    ],
)
def test_stubs_return_what_is_expected_most_often_or_an_argument(tests: str, names: list[str]) -> None:
    problem = Problem(task_id="t", prompt="", entry_point="f", reference="", tests=(tests,))
    made = stubs(problem, tests)
    assert [each.name for each in made] == [*names, "first argument", "last argument"]
    for each in made:
        namespace: dict[str, Any] = {}
        exec(each.completion.text, namespace)
        result = namespace["f"](7, 8)
        assert f"constant {result!r}" == each.name or result == {"first": 7, "last": 8}[each.name.split()[0]]
