"""The conformance kits find what they are for: each fault that is put in is in the account."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from codeeval import benchmarks
from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.interfaces import (
    BenchmarkOptions,
    DataSource,
    LoadedProblems,
    ModelInfo,
    SandboxOptions,
)
from codeeval.languages import LANGUAGES, Language, SelfTest, language
from codeeval.sandboxes.bubblewrap import BubblewrapLauncher
from codeeval.testing import check_benchmark, check_golden, check_language, check_model, check_sandbox
from codeeval.testing.account import SHOWN, Account
from codeeval.types import Completion, CompletionKind, FinishReason, Outcome, PromptStyle, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces import Cheat, Sandbox
    from codeeval.types import Execution, Problem, Program, Prompt, Sampling

LUA = language("lua")


def account(check: object, *arguments: object, **named: object) -> str:
    """Return what a kit reports."""
    assert callable(check)
    with pytest.raises(AssertionError) as caught:
        check(*arguments, **named)
    return str(caught.value)


class TestBenchmarks:
    def test_a_right_one_passes(self) -> None:
        check_benchmark(HumanEval, tasks=2)

    def test_prompts_that_differ_each_time(self) -> None:
        class Faulty(HumanEval):
            count = 0

            def prompt(self, problem: Problem) -> Prompt:
                self.count += 1
                return msgspec.structs.replace(super().prompt(problem), prefill=str(self.count))

        assert "HumanEval/0: the prompt" in account(check_benchmark, Faulty, tasks=1)

    def test_a_sample_index_that_gets_lost(self) -> None:
        class Faulty(HumanEval):
            def program(self, problem: Problem, completion: Completion) -> Program:
                return msgspec.structs.replace(super().program(problem, completion), sample=0)

        assert "sample index" in account(check_benchmark, Faulty, tasks=1)

    def test_a_text_that_there_is_no_program_of(self) -> None:
        class Faulty(HumanEval):
            def program(self, problem: Problem, completion: Completion) -> Program:
                if not completion.text:
                    raise KeyError("nothing")
                return super().program(problem, completion)

        assert "KeyError" in account(check_benchmark, Faulty, tasks=1)

    def test_a_cheat_that_is_the_reference(self) -> None:
        class Faulty(HumanEval):
            def cheats(self, problem: Problem) -> Sequence[Cheat]:
                return [self.cheat(problem, "honest", problem.reference)]

        assert "'honest'" in account(check_benchmark, Faulty, tasks=1)

    def test_task_ids_that_are_not_unique(self) -> None:
        class Faulty(HumanEval):
            def load(self, source: DataSource) -> LoadedProblems:
                loaded = super().load(source)
                return msgspec.structs.replace(loaded, problems=loaded.problems[:1] * 2)

        assert "task_id" in account(check_benchmark, Faulty)

    def test_members_of_another_form_and_abilities_in_part(self) -> None:
        class Faulty(HumanEval):
            images = ("python",)
            card = "README.md"  # type: ignore[assignment] # the fault

        text = account(check_benchmark, Faulty)
        assert "`card`" in text
        assert "SpansImages" in text
        assert "image_of" in text

    def test_an_image_that_does_not_exist_and_a_card_that_is_missing(self, tmp_path: Path) -> None:
        class Faulty(HumanEval):
            image = "pyton"
            folder = tmp_path

        text = account(check_benchmark, Faulty)
        assert "'pyton'" in text
        assert "card" in text

    @pytest.mark.bubblewrap
    def test_references_that_fail_and_cheats_that_pass(self) -> None:
        class Faulty(HumanEval):
            def reference(self, problem: Problem) -> Completion:
                return self.completion(problem, "    pass\n")

            def cheats(self, problem: Problem) -> Sequence[Cheat]:
                return [self.cheat(problem, "honest", problem.reference)]

        text = account(check_benchmark, Faulty, tasks=1, sandbox="bubblewrap")
        found = {
            tuple(re.findall(r"HumanEval/0|reference|honest|[A-Z]+_?[A-Z]{5,}", line))
            for line in text.splitlines()
        }
        assert {("HumanEval/0", "reference", "WRONG_ANSWER"), ("HumanEval/0", "honest", "PASSED")} <= found


class Echo:
    """A model that writes the same text for every sample, and cuts it at the stop sequences."""

    deterministic = True
    index = 0

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(
            spec="echo:",
            style=PromptStyle.CHAT,
            concurrency=1,
            max_n=2,
            deterministic=self.deterministic,
        )

    def text(self, sample: int, sampling: Sampling, stop: tuple[str, ...]) -> tuple[str, FinishReason]:
        whole = f"sample {sample if sampling.temperature else 0} of a text"
        cut = min((whole.index(each) for each in stop if each in whole), default=len(whole))
        return whole[:cut], FinishReason.STOP

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        found = []
        for sample in samples:
            text, reason = self.text(sample, sampling, (*prompt.stop, *sampling.stop))
            found.append(
                Completion(
                    task_id=prompt.task_id,
                    sample=sample + self.index,
                    text=text,
                    kind=CompletionKind.ANSWER,
                    finish_reason=reason,
                    usage=Usage(completion_tokens=4),
                )
            )
        return found

    async def aclose(self) -> None:
        pass


class TestModels:
    def test_a_right_one_passes(self) -> None:
        check_model(Echo)

    def test_samples_with_other_indices(self) -> None:
        class Faulty(Echo):
            index = 1

        assert "[3, 4, 5]" in account(check_model, Faulty)

    def test_stop_sequences_that_are_passed_over(self) -> None:
        class Faulty(Echo):
            def text(self, sample: int, sampling: Sampling, _stop: object) -> tuple[str, FinishReason]:
                return super().text(sample, sampling, ())

        assert "stop sequence" in account(check_model, Faulty)

    def test_a_seed_that_does_not_hold(self) -> None:
        class Faulty(Echo):
            calls = 0

            def text(
                self, sample: int, sampling: Sampling, stop: tuple[str, ...]
            ) -> tuple[str, FinishReason]:
                self.calls += 1
                text, reason = super().text(sample, sampling, stop)
                return (f"{text} {self.calls}" if sampling.temperature else text), reason

        assert "alone" in account(check_model, Faulty)

        class Honest(Faulty):
            deterministic = False

        check_model(Honest)

    def test_other_errors_than_a_models(self) -> None:
        class Faulty(Echo):
            def text(self, *_asked: object) -> tuple[str, FinishReason]:
                raise ValueError("no")

        assert "ValueError: no" in account(check_model, Faulty)

    def test_members_of_another_form(self) -> None:
        class Faulty(Echo):
            info = {}  # type: ignore[assignment] # noqa: RUF012 -- the fault

        assert "`info`" in account(check_model, Faulty)


class TestLanguages:
    def test_a_right_one_passes(self) -> None:
        check_language(LUA)

    @pytest.mark.parametrize(
        ("changes", "finding"),
        [
            ({"id": "Lua 5"}, "id "),
            ({"fences": ("python",)}, "python"),
            ({"fences": ()}, "fence"),
            ({"epilogue": None}, "token"),
            ({"self_tests": ()}, "'endless-loop'"),
            ({"self_tests": LUA.self_tests * 2}, "name"),
            ({"image": "luna"}, "'luna'"),
            ({"image": "python"}, "'python'"),
            ({"marks": msgspec.structs.replace(LUA.marks, syntax=("(",))}, "'('"),
        ],
    )
    def test_an_entry_with_a_fault(self, changes: dict[str, object], finding: str) -> None:
        assert finding in account(check_language, msgspec.structs.replace(LUA, **changes))

    @pytest.mark.bubblewrap
    def test_a_self_test_that_comes_to_something_else(self) -> None:
        python = LANGUAGES["python"]
        wrong = SelfTest(name="wrong", source="assert False\n", outcome=Outcome.PASSED)
        faulty: Language = msgspec.structs.replace(python, self_tests=(*python.self_tests, wrong))
        text = account(check_language, faulty, sandbox="bubblewrap")
        pattern = re.compile(r"warm|cold|\bwrong\b|PASSED|WRONG_ANSWER")
        found = [words for line in text.splitlines() if (words := pattern.findall(line))]
        assert sorted(found) == [[way, "wrong", "PASSED", "WRONG_ANSWER"] for way in ("cold", "warm")]


class TestGolden:
    @pytest.fixture
    def golden(self, tmp_path: Path) -> Path:
        own = Path(benchmarks.__path__[0]) / "humaneval" / "golden" / "cases.jsonl"
        path = tmp_path / "cases.jsonl"
        path.write_bytes(own.read_bytes())
        return path

    @pytest.mark.parametrize(
        ("old", "new", "finding"),
        [
            ('"text":"', '"text":"# ', "prompt"),
            ('"rule":"', '"rule":"other-', "rule"),
            ('"task_id":"HumanEval/0"', '"task_id":"HumanEval/999"', "HumanEval/999"),
        ],
    )
    def test_a_case_that_differs(self, golden: Path, old: str, new: str, finding: str) -> None:
        check_golden(golden)
        text = golden.read_text("utf-8")
        assert old in text
        golden.write_text(text.replace(old, new, 1 if "task" in old else -1), "utf-8")
        assert finding in account(check_golden, golden)

    def test_a_benchmark_that_is_not_installed(self, golden: Path) -> None:
        golden.write_text(golden.read_text("utf-8").replace('"humaneval"', '"other"'), "utf-8")
        check_golden(golden, factories={"other": HumanEval})

    def test_a_file_without_programs(self, golden: Path) -> None:
        lines = golden.read_text("utf-8").splitlines(keepends=True)
        golden.write_text("".join(line for line in lines if '"type":"prompt"' in line), "utf-8")
        assert "program" in account(check_golden, golden)

    @pytest.mark.bubblewrap
    def test_an_outcome_that_differs(self, golden: Path) -> None:
        golden.write_text(golden.read_text("utf-8").replace('"PASSED"', '"TIMEOUT"'), "utf-8")
        text = account(check_golden, golden, sandbox="bubblewrap")
        assert re.search("TIMEOUT.* PASSED", text)


class TestSandboxes:
    def test_members_that_are_missing(self) -> None:
        class Faulty:
            name = "faulty"

        assert "`launch` is missing" in account(check_sandbox, Faulty())

    @pytest.mark.bubblewrap
    def test_answers_in_another_order_and_a_silent_description(self) -> None:
        class Hasty:
            """Hands out the newest answer first."""

            def __init__(self, inner: Sandbox) -> None:
                self.inner = inner
                self.sent = 0
                self.answers: list[Execution] = []

            def __getattr__(self, name: str) -> object:
                return getattr(self.inner, name)

            def send(self, programs: Sequence[Program]) -> None:
                self.inner.send(programs)
                self.sent += len(programs)

            def receive(self) -> Execution:
                while len(self.answers) < self.sent:
                    self.answers.append(self.inner.receive())
                self.sent -= 1
                return self.answers.pop()

        class Faulty(BubblewrapLauncher):
            def launch(self, options: SandboxOptions) -> Sandbox:  # type: ignore[override]
                return Hasty(super().launch(options))  # type: ignore[return-value]

        assert "order" in account(check_sandbox, Faulty())

        class Silent(BubblewrapLauncher):
            def describe(self, options: SandboxOptions) -> Mapping[str, str]:  # noqa: ARG002
                return {}

        assert "describe" in account(check_sandbox, Silent())


def test_a_long_account_is_cut() -> None:
    long = Account("it")
    for number in range(SHOWN + 5):
        long.note(f"finding {number}")
    text = account(long.close)
    assert len(text.splitlines()) == SHOWN + 2
    assert text.endswith("and 5 more")


def test_a_variant_is_checked_with_its_options() -> None:
    assert "HumanEval/0" in account(check_benchmark, _NeverBase, BenchmarkOptions(style=PromptStyle.BASE))


class _NeverBase(HumanEval):
    def prompt(self, problem: Problem) -> Prompt:
        prompt = super().prompt(problem)
        return msgspec.structs.replace(prompt, style=PromptStyle.CHAT)
