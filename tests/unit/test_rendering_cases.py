"""``codeeval show --task``: which case failed, with its input, what was expected and what came."""

from __future__ import annotations

import msgspec
from rich.console import Console

from codeeval.rendering.sample import SHOWN_CHARS, sample_tables
from codeeval.session.inspection import Sample
from codeeval.types import (
    Case,
    CaseResult,
    CommandStep,
    Extraction,
    Limits,
    Oracle,
    Outcome,
    Program,
    Verdict,
)

PROGRAM = Program(
    task_id="t",
    sample=0,
    language="python",
    image="python",
    extraction=Extraction(rule="given"),
    steps=(CommandStep(name="run", argv=("true",), limits=Limits(cpu_s=1, wall_s=1)),),
    oracle=Oracle.CASES,
    cases=(Case(stdin="in-0", expected="want-0"), Case(stdin="in-1", expected="want-1", name="large")),
)
VERDICT = Verdict(
    task_id="t",
    sample=0,
    outcome=Outcome.WRONG_ANSWER,
    detail="",
    rule="given",
    wall_s=0.1,
    cpu_s=0.1,
    peak_rss_bytes=1,
    cases=(
        CaseResult(index=0, outcome=Outcome.PASSED),
        CaseResult(index=1, name="large", outcome=Outcome.WRONG_ANSWER, detail="differs", output="got-1"),
    ),
)


def shown(verdict: Verdict, program: Program | None) -> str:
    sample = Sample(
        task_id="t", sample=0, prompt=None, completion=None, program=program, verdict=verdict, missing=""
    )
    console = Console(width=200)
    with console.capture() as text:
        for renderable in sample_tables(sample):
            console.print(renderable)
    return text.get()


def test_a_failed_case_has_input_expected_and_output() -> None:
    text = shown(VERDICT, PROGRAM)
    assert "case 2 (large): WRONG_ANSWER: differs" in text
    assert all(part in text for part in ("in-1", "want-1", "got-1"))
    assert "in-0" not in text


def test_a_long_text_is_shortened() -> None:
    cases = (PROGRAM.cases[0], Case(stdin="x" * 5000, expected=""))
    text = shown(VERDICT, msgspec.structs.replace(PROGRAM, cases=cases))
    assert text.count("x") < SHOWN_CHARS + 100
    assert "5,000 characters" in text
    assert "(nothing)" in text


def test_without_the_dataset_the_outcomes_are_shown() -> None:
    assert "case 2 (large): WRONG_ANSWER" in shown(VERDICT, None)
