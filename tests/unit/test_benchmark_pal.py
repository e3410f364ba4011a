"""PAL beside its numbers: choices, dates, texts, and DeepSeek-Coder's form; what is read on the host."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from codeeval.benchmarks.common import answering
from codeeval.benchmarks.pal import choices, pal_math
from codeeval.benchmarks.pal.benchmark import PAL_MATH, Asked, Pal
from codeeval.benchmarks.pal.forms import Form, shape
from codeeval.errors import DataError, UnknownName
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.types import CallsStep, Completion, CompletionKind, Problem, PromptStyle

if TYPE_CHECKING:
    from pathlib import Path

ONE = "def solution():\n    return 1\n"
QUESTION = "How many?Answer Choices:(a) $61(b) 3:4(c) 67.40(d) .5.(e) None of these"


@pytest.mark.parametrize(
    ("result", "choice"),
    [
        (61, "(a)"),
        (34, "(b)"),
        (66, "(c)"),
        (5, "(d)"),
        (0.0, "(e)"),
        (float("nan"), ""),
        (float("inf"), ""),
        (1e300, "(a)"),
    ],
)
def test_the_nearest_choice(result: float, choice: str) -> None:
    assert choices.nearest(result, QUESTION) == choice


@pytest.mark.parametrize(
    "question", ["no choices", "(a) x(b) 2(c) 3(d) 4(e) 5", "(a) 1.2.3(b) 2(c) 3(d) 4(e) 5", "(a) 1(b) 2"]
)
def test_choices_that_cannot_be_read(question: str) -> None:
    assert choices.nearest(2, question) == ""
    assert choices.number_for("(b)", question) is None


@pytest.mark.parametrize(
    ("answer", "same"),
    [
        ("18", True),
        ("18.001", True),
        ("$18.", True),
        ("1,8", True),
        ("0.18", True),
        ("1800", True),
        ("36/2", True),
        ("18.01", False),
        ("1/0", False),
        ("True", False),
        ("9" * 10_000, False),
        ("eighteen", False),
    ],
)
def test_numbers_as_pal_math_has_them(answer: str, same: bool) -> None:
    assert pal_math.same(answer, 18) is same


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"So:\n```python\nimport math\n{ONE}```\n", f"import math\n{ONE}"),
        (f"```python\nx = 1\n```\n```python\n{ONE}```", f"x = 1\n```\n```python\n{ONE}"),
        (f"```python\n{ONE}", ""),
        (f"```\n{ONE}```", ""),
        ("The answer is 1.", ""),
        ("```python\n" * 50_000, ""),
    ],
    ids=["block", "two blocks", "open", "other fence", "prose", "hostile"],
)
def test_the_block_of_pal_math(text: str, code: str) -> None:
    assert pal_math.block(text) == code


def test_pal_math_is_of_numbers_alone() -> None:
    made = Pal(BenchmarkOptions(variant="mawps:addsub", protocol=PAL_MATH, style=PromptStyle.BASE))
    assert (made.settings["shots"], made.sampling.stop) == ("3", pal_math.STOP)
    for variant in ("aqua", "bbh-date"):
        with pytest.raises(UnknownName, match="official"):
            Pal(BenchmarkOptions(variant=variant, protocol=PAL_MATH))


RELATIVE = (
    """
import datetime as dt, itertools, sys
from dateutil.relativedelta import relativedelta as published
ours = {}
exec(sys.stdin.read(), ours)
own = ours["relativedelta"]
spans = [
    {"months": 1}, {"months": -14, "days": 3}, {"years": 4, "weeks": 2}, {"hours": 36}, {"day": 31},
    {"year": 2001, "month": 2, "day": 30}, {"hour": 7, "minutes": -90}, {"days": 0.5}, {},
]
starts = [dt.datetime(2020, 2, 29, 12), dt.datetime(1999, 12, 31), dt.datetime(2021, 3, 31, 23, 59)]
def wrong(one, other):
    pairs = [
        (start + make(one) - make(other), make(one) + start, start - 2 * make(other), start + -make(one))
        for make in (published, own)
        for start in starts
    ]
    return pairs[: len(starts)] != pairs[len(starts) :]
failures = [pair for pair in itertools.product(spans, spans) if wrong(*pair)]
""".replace("make(one)", "make(**one)").replace("make(other)", "make(**other)")
    + """
assert not failures, failures
import dateutil.relativedelta
assert dateutil.relativedelta.relativedelta is own
"""
)


def test_the_relativedelta_that_programs_on_dates_find() -> None:
    """As dateutil's, which the sandbox lacks."""
    subprocess.run(
        [sys.executable, "-c", RELATIVE], input=shape(Form.DATE).before, text=True, check=True, timeout=60
    )


@pytest.mark.parametrize(
    ("variant", "rows", "accepted"),
    [
        ("aqua", '{"input": "1?(a) 1(b) 2(c) 3(d) 4(e) 5", "target": "(a)"}\n', "(a)"),
        ("bbh-date", '{"examples": [{"input": "Today?", "target_scores": {"05/01/2021": 1}}]}', "05/01/2021"),
        ("bbh-penguins", '{"examples": [{"input": "Who?", "target_scores": {"Gwen": 1}}]}', "Gwen"),
        ("bbh-repeat-copy", '{"examples": [{"input": "Say a twice.", "target": "a a"}]}', "a a"),
    ],
)
def test_files_as_published(tmp_path: Path, variant: str, rows: str, accepted: str) -> None:
    made = Pal(BenchmarkOptions(variant=variant))
    task = made._task.ref
    file = tmp_path / task.files[0]
    file.parent.mkdir(parents=True)
    file.write_text(rows, "utf-8")
    [problem] = made.load(DataSource(root=tmp_path, offline=True)).problems
    program = made.program(problem, made.reference(problem))
    step = program.steps[0]
    assert isinstance(step, CallsStep)
    assert accepted in step.expected
    right = made.compare(step, f'"{accepted}"\n' if variant != "aqua" else "1.0\n")
    assert right.matched
    assert right.answer == accepted
    assert not made.compare(step, '"other"\n').matched
    file.write_text(rows.replace("(a)", "").replace(": 1", ": 0").replace("a a", ""), "utf-8")
    if variant != "aqua":
        with pytest.raises(DataError, match="row 0"):
            made.load(DataSource(root=tmp_path, offline=True))


def test_the_last_line_of_a_program_on_dates_is_its_answer() -> None:
    made = Pal(BenchmarkOptions(variant="bbh-date", style=PromptStyle.BASE))
    assert made.sampling.stop == ("\n\n",)
    text = "today = datetime(2021, 5, 1)\n'x' + \"y\""
    completion = Completion(task_id="t", sample=0, text=text, kind=CompletionKind.CONTINUATION)
    problem = Problem(
        task_id="t",
        prompt="?",
        entry_point="",
        reference="",
        tests=(),
        payload=Asked(accepted=("xy",), program=""),
    )
    written = made.program(problem, completion).files[0].content
    assert "today = datetime(2021, 5, 1)\n" in written
    assert repr("'x' + \"y\"") in written


@pytest.mark.parametrize(
    ("values", "value", "text", "fault"),
    [
        ('"a"\n', "a", "a", ""),
        ('{"f":"inf"}\n', float("inf"), "inf", ""),
        ("1.5\n", 1.5, "1.5", ""),
        ('""\n', "", '""', ""),
        ("[nothing\n", None, "[nothing", ""),
        ("1\n2\n", None, "", "wrote results that no call has returned"),
        ("", None, "", ""),
    ],
)
def test_what_a_sandbox_wrote(values: str, value: object, text: str, fault: str) -> None:
    assert answering.answer(values) == (value, text, fault)


def test_an_answer_can_be_recorded_whatever_it_holds() -> None:
    answering.answer('"\\ud800"\n').text.encode("utf-8")
