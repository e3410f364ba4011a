"""What benchmarks share: option checks, names, settings and templates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.types import Completion, CompletionKind, Problem, Program, PromptStyle, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROBLEM = Problem(task_id="t/1", prompt="Write f.", entry_point="f", reference="f = 1\n", tests=())


class Plain(BenchmarkBase):
    """A benchmark with nothing of its own but what it must write."""

    family = "plain"
    folder = Path("unset")
    variants = ("small", "large")
    splits = ("test", "train")
    image = "python"
    base_sampling = Sampling(max_tokens=7, stop=("\n",))
    chat_sampling = Sampling(max_tokens=9)

    @property
    def shot_counts(self) -> Sequence[int]:
        return (3, 0, 1, 2)

    @property
    def settings(self) -> Mapping[str, str]:
        return self.stated(split=self.split)

    def load(self, source: DataSource) -> LoadedProblems:
        raise NotImplementedError

    def program(self, problem: Problem, completion: Completion) -> Program:
        raise NotImplementedError

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        return [self.cheat(problem, "nothing", "")]


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Plain]:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "chat.jinja").write_text("{{ prompt }}!")
    monkeypatch.setattr(Plain, "folder", tmp_path)
    return Plain


def test_an_option_that_is_not_given_takes_the_protocols_value(family: type[Plain]) -> None:
    made = family(BenchmarkOptions())
    assert (made.name, made.split, made.shots) == ("plain", "test", 3)
    assert made.settings == {"split": "test", "style": "chat"}


def test_options_that_exist_are_taken(family: type[Plain]) -> None:
    made = family(BenchmarkOptions(variant="small", split="train", shots=0, style=PromptStyle.BASE))
    assert (made.name, made.split, made.shots) == ("plain:small", "train", 0)
    assert made.sampling.max_tokens == 7


@pytest.mark.parametrize(
    ("options", "error", "named"),
    [
        (BenchmarkOptions(variant="smal"), UnknownName, "small"),
        (BenchmarkOptions(variant="zzz"), UnknownName, "large, small"),
        (BenchmarkOptions(split="zzz"), UnknownName, "test, train"),
        (BenchmarkOptions(split=""), UnknownName, "test, train"),
        (BenchmarkOptions(shots=4), UsageError, "0 to 3"),
        (BenchmarkOptions(shots=-1), UsageError, "0 to 3"),
    ],
)
def test_an_option_that_does_not_exist_is_refused_with_those_that_do(
    family: type[Plain], options: BenchmarkOptions, error: type[UsageError], named: str
) -> None:
    with pytest.raises(error) as caught:
        family(options)
    assert named in str(caught.value)


def test_a_users_template_is_read_when_the_benchmark_is_made(family: type[Plain], tmp_path: Path) -> None:
    broken = tmp_path / "mine.jinja"
    broken.write_text("a\n{% if %}")
    with pytest.raises(UsageError) as caught:
        family(BenchmarkOptions(template=broken))
    assert f"{broken}:2" in str(caught.value)
    broken.write_text("{{ prompt }}?")
    made = family(BenchmarkOptions(template=broken))
    assert made.prompt(PROBLEM).messages[0].content == "Write f.?"
    assert made.settings["template"] == str(broken)


def test_a_style_without_a_template_is_refused_with_those_that_exist(family: type[Plain]) -> None:
    assert family(BenchmarkOptions()).prompt(PROBLEM).messages[0].content == "Write f.!"
    with pytest.raises(UsageError) as caught:
        family(BenchmarkOptions(style=PromptStyle.BASE)).prompt(PROBLEM)
    assert "chat" in str(caught.value)


def test_references_and_cheats_are_of_the_stated_kind(
    family: type[Plain], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plain, "reference_kind", CompletionKind.CONTINUATION)
    made = family(BenchmarkOptions())
    assert made.reference(PROBLEM).kind is CompletionKind.CONTINUATION
    assert made.reference(PROBLEM).text == PROBLEM.reference
    assert made.cheats(PROBLEM)[0].completion.kind is CompletionKind.CONTINUATION


def test_a_subclass_without_a_member_cannot_be_made() -> None:
    class Unfinished(BenchmarkBase):
        family = "unfinished"
        folder = Path()
        image = ""

    with pytest.raises(TypeError, match="program"):
        Unfinished(BenchmarkOptions())  # type: ignore[abstract]  # that is the point
