"""What the runner answers: always a frame that the host reads, however much a program sends."""

from __future__ import annotations

import importlib
import json
import sys
import types
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from codeeval.sandboxes import images
from codeeval.sandboxes.channel import MAX_FRAME_BYTES
from codeeval.sandboxes.protocol import CaseReply, Reply
from codeeval.types import StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNER = images.containers_folder() / "runner"
TOKEN = "0123456789abcdef" * 2
Runner = Any
"""Modules of the runner, which are in no package and have no types."""


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    sys.path.insert(0, str(RUNNER))
    try:
        yield types.SimpleNamespace(
            **{name: importlib.import_module(name) for name in ("job", "calls_step", "unit_tests")}
        )
    finally:
        sys.path.remove(str(RUNNER))


def ended(report: bytes = b"", out: bytes = b"", err: bytes = b"", fired: str = "") -> Any:
    """Return what the runner has of a step that ended."""
    return types.SimpleNamespace(
        report=report, out=out, err=err, fired=fired, status=0, started=0.0, ended=1.0, cpu_s=0.5,
        peak_rss_bytes=1,
    )  # fmt: skip


def reply(runner: Runner, *steps: tuple[str, Any]) -> tuple[int, Reply]:
    """Return the size of the frame with the reply on these steps, and the reply as the host reads it."""
    job = runner.job.Job({"token": TOKEN, "cases": []}, [])
    job.ended = [({"name": "run", "kind": kind, "part": ""}, TOKEN, each) for kind, each in steps]
    frame = json.dumps(job.reply()).encode("ascii")
    return len(frame), msgspec.json.decode(frame, type=Reply)


def test_results_arrive_as_they_are(runner: Runner) -> None:
    _, found = reply(runner, ("calls", ended(b"ready\n1\n@0.500 [2]\n!raised\nKeyError\n'x'")))
    (step,) = found.steps
    assert step.values == "1\n[2]\n"
    assert step.slow_calls == ((1, 0.5),)
    assert step.report == "raised\nKeyError\n'x'"
    assert step.status is StepStatus.EXITED


@pytest.mark.parametrize("byte", [b"\xff", b"\0", b'"', b"\\", b"\n", b"x"])
def test_no_report_makes_a_frame_that_the_host_refuses(runner: Runner, byte: bytes) -> None:
    """A wrong answer that is longer than a frame is the program's OUTPUT_LIMIT, no failure of the sandbox."""
    whole = runner.calls_step.REPORT_BYTES
    flood = b"ready\n" + byte * (whole - 6)
    size, found = reply(runner, ("calls", ended(flood)), ("calls", ended(flood)))
    assert size <= MAX_FRAME_BYTES
    assert len(found.steps) == 2
    assert {step.status for step in found.steps} <= {StepStatus.EXITED, StepStatus.OUTPUT_LIMIT}
    assert all(step.values.isascii() for step in found.steps)


@pytest.mark.parametrize("unit", [b"\xff", b"\0", "\U0001f600".encode()])
def test_no_output_makes_a_frame_that_the_host_refuses(runner: Runner, unit: bytes) -> None:
    flood = unit * ((16 << 20) // len(unit))
    size, found = reply(runner, ("command", ended(out=flood, err=flood)), ("command", ended(out=b"x")))
    assert size <= MAX_FRAME_BYTES
    assert found.steps[0].status is StepStatus.OUTPUT_LIMIT
    assert found.steps[0].stdout
    assert (found.steps[1].status, found.steps[1].stdout) == (StepStatus.EXITED, "x")
    case = runner.job._case_reply({"name": "run", "kind": "command"}, ended(out=flood, err=flood), b"t")
    frame = json.dumps(case)
    assert len(frame) <= MAX_FRAME_BYTES
    assert msgspec.json.decode(frame, type=CaseReply).result.status is StepStatus.OUTPUT_LIMIT


def test_long_results_that_fit_are_kept(runner: Runner) -> None:
    flood = b"x" * (8 << 20)
    _, found = reply(runner, *[("command", ended(out=flood))] * 4)
    assert {step.status for step in found.steps} == {StepStatus.EXITED}
    assert {len(step.stdout) for step in found.steps} == {8 << 20}


def test_a_time_is_no_infinite_number(runner: Runner) -> None:
    report = runner.calls_step.CallsReport(b"ready\n@" + b"9" * 400 + b" 1\n@1.5 2\n")
    assert report.slow == [(1, 1.5)]
    assert report.values == "@" + "9" * 400 + " 1\n2\n"


def test_more_lines_than_any_calls_are_left_as_they_are(runner: Runner) -> None:
    report = runner.calls_step.CallsReport(b"ready\n" + b"@1 \n" * (runner.calls_step.MOST_LINES + 1))
    assert report.slow == []


def test_why_a_program_ended_is_short(runner: Runner) -> None:
    _, found = reply(runner, ("calls", ended(b"ready\n!" + b"\xff" * (12 << 20))))
    assert len(found.steps[0].report) <= runner.calls_step.FAILURE_BYTES


def test_lone_surrogates_break_no_frame(runner: Runner) -> None:
    """Python's JSON carries them, the host's does not."""
    report = TOKEN + json.dumps([["test_\ud800", "fail", "AssertionError: \udcff"]]) + TOKEN
    _, found = reply(runner, ("unittest", ended(report.encode())))
    (test,) = found.steps[0].tests
    assert (test.name, test.trace) == ("test_?", "AssertionError: ?")
    job = runner.job.Job({"token": TOKEN, "cases": []}, [])
    job.error = "OSError: /tmp/\udcff"
    assert msgspec.json.decode(json.dumps(job.reply()), type=Reply).error == "OSError: /tmp/?"
    case = job.prevented_case({"name": "run"}, "cannot remove /tmp/\udcff")()
    assert "/tmp/?" in msgspec.json.decode(json.dumps(case), type=CaseReply).result.report
