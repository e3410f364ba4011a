"""How what the machine printed is compared with a row's answer, explained, kept and counted."""

from __future__ import annotations

import json
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from codeeval.benchmarks.surge.command import verifying
from codeeval.benchmarks.surge.rows import NUMBERS, Features, Row, Subset
from codeeval.benchmarks.surge.verification import (
    Agreement,
    Cause,
    Checked,
    Known,
    State,
    agreement_of,
    ceiling,
    explain,
    known_rows,
    markdown,
    renewed,
    summarise,
)
from codeeval.benchmarks.surge.verification.summary import MARK
from codeeval.cli.main import run_command
from codeeval.records import SandboxInfo
from codeeval.session.sandboxes import OpenPool
from codeeval.types import Execution, Program, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterator


ROOT = Path(__file__).parents[2]


def row(gt: str, subset: Subset = Subset.ML, **features: Any) -> Row:  # Any: whatever a row's features are
    return Row(
        task_id=f"surge/{subset}/0",
        subset=subset,
        features=msgspec.convert(features, Features),
        question="",
        gt=gt,
        sys_0shot="",
        sys_3shot="",
        sys_cot="",
    )


@pytest.mark.parametrize(
    ("about", "output", "agreement"),
    [
        (row("4\n"), "4\n", Agreement.EXACT),
        (row("4"), "4\n", Agreement.WHITESPACE),
        (row("a\nb"), "a  \nb\n", Agreement.WHITESPACE),
        (row("4"), "5", Agreement.NO),
        (row("[1.5 2.5]", Subset.SC, fid="heat_eq_x.py"), "[1.5\n 2.5]", Agreement.METRIC),
        (row("[1.5 2.5]", Subset.SC, fid="heat_eq_x.py"), "[1.5\n 3.5]", Agreement.NO),
        (row("a b c", Subset.DR), "a b\nc", Agreement.METRIC),
    ],
)
def test_agreement(about: Row, output: str, agreement: Agreement) -> None:
    assert agreement_of(about, output) is agreement
    assert agreement.identical == (agreement in (Agreement.EXACT, Agreement.WHITESPACE))


def test_the_machine_is_scored_as_a_model_is() -> None:
    scores = {score.scorer: score.value for score in ceiling(row("4\n5"), "4\n5\n")}
    assert scores == {"fixed": 1.0, "official": 1.0}
    assert {score.value for score in ceiling(row("4"), "5")} == {0.0}


@pytest.mark.parametrize(
    ("answer", "output", "cause", "note"),
    [
        (
            "ld: undefined reference to `pthread_create'\n",
            "2000\n",
            Cause.TOOLCHAIN,
            "glibc before 2.34",
        ),
        ("(.text+0x24): no `main'\n", "(.text+0x17): no `main'\n", Cause.TOOLCHAIN, "start-up code"),
        (
            "/usr/include/a.h:10:5: note: x\n   10 | int x;\n",
            "/usr/include/a.h:12:5: note: x\n   12 | int x;\n",
            Cause.TOOLCHAIN,
            "line numbers",
        ),
        ("  if x\n     ^\nSyntaxError: x\n", "  if x\n      ^\nSyntaxError: x\n", Cause.TOOLCHAIN, "caret"),
        ("二月 5", "February 5", Cause.LOCALE, "language"),
        ("[1 2\n 3]", "[1 2 3]", Cause.DATASET, "other lines"),
        ("first\n", "first\nsecond\n", Cause.DATASET, "cut off"),
        ("[0.123456789 2.0]", "[0.123456788 2.0]", Cause.ROUNDING, "last digits"),
        ("a.c:1: error: x here", "a.c:1: error: there is x", Cause.TOOLCHAIN, "other words"),
        ("5", "ModuleNotFoundError: No module named 'gone'", Cause.PACKAGE, "ModuleNotFoundError: "),
        ("a.c:1: warning: x\n4", "a.c:1: warning: x\n5", Cause.UNEXPLAINED, "no rule"),
        ("4", "5", Cause.UNEXPLAINED, "no rule"),
        ("[0.5 2.0]", "[0.6 2.0]", Cause.UNEXPLAINED, "no rule"),
        ("[0.5 2.0]", "[0.5]", Cause.UNEXPLAINED, "no rule"),
    ],
)
def test_causes(answer: str, output: str, cause: Cause, note: str) -> None:
    found = explain(answer, [output])
    assert found.cause is cause
    assert note in found.note


def test_randomness_shows_in_further_runs_and_reviews_take_precedence() -> None:
    assert explain("1", ["2", "3", "2"]).cause is Cause.CHANCE
    known = Known(cause=Cause.ROUNDING, note="looked at")
    assert explain("1", ["2", "3"], known) == (Cause.ROUNDING, "looked at")


def test_reviewed_rows_are_few_and_have_reasons() -> None:
    known = known_rows()
    assert len(known) <= 20
    for task_id, each in known.items():
        prefix, subset, number = task_id.split("/")
        assert (prefix, Subset(subset).value) == ("surge", subset)
        assert number.isdecimal()
        assert each.note
        assert each.cause is not Cause.UNEXPLAINED


def line(number: int, **more: Any) -> Checked:  # Any: fields of a line
    return Checked(task_id=f"surge/ml/{number}", answer="secret", **({"state": State.EXECUTED} | more))


def test_counts_and_document() -> None:
    checked = [
        line(10, agreement=Agreement.NO, cause=Cause.CHANCE, note="why", official=0.0, fixed=0.5),
        line(2, agreement=Agreement.EXACT, official=1.0, fixed=1.0),
        line(3, state=State.CUT_OFF, cause=Cause.LIMIT, note="too long"),
        line(4, state=State.NOT_RUN, reason="no tool"),
    ]
    summary = summarise(checked, {"gcc/gcc": "14"})
    ml, everything = summary.lines
    assert (ml.rows, ml.executed, ml.exact, ml.no, ml.cut_off, ml.not_run) == (4, 2, 1, 1, 1, 1)
    assert (ml.official, ml.fixed, ml.agreement) == (50.0, 75.0, 0.5)
    assert (everything.subset, everything.rows) == ("all", 4)
    assert [each.task_id for each in summary.differing] == ["surge/ml/3", "surge/ml/10"]
    assert summary.not_run == {"ml": {"no tool": 1}}
    text = markdown(summary)
    assert "| ml | 4 | 2 | 50.0% | 1 | 0 | 0 | 1 | 1 | 50.00 | 75.00 |" in text
    assert "| surge/ml/10 | no | nondeterminism | why |" in text
    assert "| surge/ml/3 | cut off | our limits | too long |" in text
    assert "- gcc/gcc: 14" in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("before", "kept"), [("", ""), ("By hand.\n", "By hand.\n"), (f"By hand.\n{MARK}\nold", "By hand.\n")]
)
def test_a_document_keeps_what_was_written_by_hand(before: str, kept: str) -> None:
    assert renewed(before, "new") == f"{kept}{MARK}\n\nnew"


class Machine:
    """A pool that prints what a table holds, or the next of several texts."""

    size = 1

    def __init__(self, prints: dict[str, list[str]]) -> None:
        self.prints = prints
        self.ran: list[str] = []

    def submit(self, program: Program) -> Future[Execution]:
        self.ran.append(program.task_id)
        texts = self.prints[program.task_id]
        text = texts.pop(0) if len(texts) > 1 else texts[0]
        future: Future[Execution] = Future()
        if text == "lost":
            future.set_result(Execution(task_id=program.task_id, sample=0, error="the sandbox died"))
        else:
            status = StepStatus.CPU_LIMIT if text == "endless" else StepStatus.EXITED
            step = StepResult(name="run", status=status, stdout=text)
            future.set_result(Execution(task_id=program.task_id, sample=program.sample, steps=(step,)))
        return future


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A dataset of our own: five programs in Python."""
    rows = [
        {
            "custom_categoey": NUMBERS[Subset.ML],
            "custom_features": {"language": "Python"},
            "question": f"print({number})",
            "gt": str(number),
            **dict.fromkeys(("sys_0shot", "sys_3shot", "sys_cot"), "x"),
        }
        for number in range(5)
    ]
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "ml.json").write_text(json.dumps(rows))
    return folder


def verify(
    data: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch, *more: str, code: int = 0
) -> list[Checked]:
    @contextmanager
    def opened(*_arguments: object) -> Iterator[OpenPool]:
        info = SandboxInfo(launcher="none", toolchain={"python": "3"})
        yield OpenPool(machine, info)  # type: ignore[arg-type] # all of a pool that is needed

    monkeypatch.setattr(verifying, "open_pool", opened)
    out = data.parent / "out"
    arguments = ["ml", "--data-root", str(data), "--offline", "--out", str(out), "-q", *more]
    assert run_command(["surge", "verify", *arguments]) == code
    rows = out / verifying.ROWS
    return [msgspec.json.decode(text, type=Checked) for text in rows.read_bytes().splitlines()]


def test_rows_are_run_once_and_those_that_differ_again(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prints = {f"surge/ml/{number}": [f"{number}\n"] for number in range(5)}
    prints["surge/ml/1"] = ["a", "b", "c"]
    prints["surge/ml/2"] = ["7"]
    prints["surge/ml/3"] = ["endless"]
    prints["surge/ml/4"] = ["lost"]
    machine = Machine(prints)
    lines = verify(data, machine, monkeypatch)
    assert [(each.task_id[-1], each.state, each.cause) for each in lines] == [
        ("0", State.EXECUTED, None),
        ("1", State.EXECUTED, Cause.CHANCE),
        ("2", State.EXECUTED, Cause.UNEXPLAINED),
        ("3", State.CUT_OFF, Cause.LIMIT),
    ]
    assert lines[1].outputs == ("a", "b", "c")
    assert sorted(machine.ran) == sorted("surge/ml/" + number for number in "0111222" + "3" + "444")

    again = Machine({"surge/ml/4": ["4"], "surge/ml/3": ["3"]})
    assert len(verify(data, again, monkeypatch)) == 5
    assert again.ran == ["surge/ml/4"]  # what has no result, and nothing else
    verify(data, again, monkeypatch, "--cpu-limit", "90")
    assert again.ran == ["surge/ml/4", "surge/ml/3"]  # what was cut off, where it may take longer now


def test_a_sandbox_that_dies_costs_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prints = {f"surge/ml/{number}": [f"{number}\n"] for number in range(5)}
    prints["surge/ml/1"] = ["lost", "lost", "1"]
    prints["surge/ml/2"] = ["7", "lost", "8", "9"]
    lines = verify(data, Machine(prints), monkeypatch)
    assert [each.cause for each in lines] == [None, None, Cause.CHANCE, None, None]
    assert lines[2].outputs == ("7", "8", "9")


def test_another_answer_is_checked_again(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prints = {f"surge/ml/{number}": [f"{number}\n"] for number in range(5)}
    assert all(each.cause is None for each in verify(data, Machine(prints), monkeypatch))
    rows = json.loads((data / "ml.json").read_text())
    rows[2]["gt"] = "wrong"
    (data / "ml.json").write_text(json.dumps(rows))
    machine = Machine(prints)
    table = data.parent / "table.md"
    table.write_text(f"By hand.\n{MARK}\nold\n")
    lines = verify(data, machine, monkeypatch, "--markdown", str(table))
    assert set(machine.ran) == {"surge/ml/2"}
    assert [each.agreement for each in lines] == [Agreement.WHITESPACE] * 2 + [Agreement.NO] + [
        Agreement.WHITESPACE
    ] * 2
    document = table.read_text()
    assert "| surge/ml/2 | no | unexplained |" in document
    assert document.startswith(f"By hand.\n{MARK}\n")
    assert "old" not in document


def test_json_and_table(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prints = {f"surge/ml/{number}": [f"{number}\n"] for number in range(5)}
    verify(data, Machine(prints), monkeypatch, "--limit", "2")
    assert "100.0%" in capsys.readouterr().out
    verify(data, Machine(prints), monkeypatch, "--limit", "2", "--json")
    shown = json.loads(capsys.readouterr().out)
    assert shown["lines"][0]["executed"] == 2
    assert shown["toolchain"] == {"python/python": "3"}


@pytest.mark.parametrize(
    ("time", "seconds"), [(None, 0.0), (0.5, 0.5), ("12.5 seconds", 12.5), ("long", 0.0), ("", 0.0)]
)
def test_rows_state_their_duration(time: float | str | None, seconds: float) -> None:
    assert verifying.seconds_stated(row("1", Subset.TC, time=time)) == seconds


def test_a_line_without_a_row_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = data.parent / "out" / verifying.ROWS
    for task_id in ("surge/ml/1000", "surge/xx/1", "other"):
        rows.parent.mkdir(exist_ok=True)
        stray = msgspec.structs.replace(line(0), task_id=task_id)
        rows.write_bytes(msgspec.json.encode(stray) + b"\n")
        verify(data, Machine({}), monkeypatch, code=4)


def test_an_unknown_task_or_subset_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = data.parent / "out"
    out.mkdir()
    (out / verifying.ROWS).touch()
    verify(data, Machine({}), monkeypatch, "--task", "surge/ml/99", code=2)
    assert run_command(["surge", "verify", "nothing", "--out", str(out)]) == 2


def test_the_published_table_explains_every_row() -> None:
    document = (ROOT / "docs" / "surge-verification.md").read_text("utf-8")
    by_hand, _, generated = document.partition(MARK)
    assert by_hand.startswith("# SURGE's answers")
    rows = [text.split(" | ") for text in generated.splitlines() if text.startswith("| surge/")]
    assert len(rows) > 50
    assert {row[2] for row in rows} <= {cause.value for cause in Cause} - {Cause.UNEXPLAINED.value}
