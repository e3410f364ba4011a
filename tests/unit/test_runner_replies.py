"""What the runner answers: always a frame that the host reads, however much a program sends."""

from __future__ import annotations

import importlib
import json
import sys
import types
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from codeeval.sandboxes import images, reports
from codeeval.sandboxes.channel import MAX_FRAME_BYTES
from codeeval.sandboxes.protocol import CaseReply, Reply
from codeeval.types import StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.sandboxes.protocol import Result
    from codeeval.types import StepResult

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


def reply(runner: Runner, *steps: tuple[str, Any]) -> tuple[int, tuple[StepResult, ...]]:
    """Return the size of the frame with the reply on these steps, and the results as the host reads them."""
    job = made(runner)
    job.ended = [({"name": "run", "kind": kind, "part": ""}, 0, each) for kind, each in steps]
    message, data = job.reply()
    read = msgspec.json.decode(json.dumps(message), type=Reply)
    return len(json.dumps(message)) + sum(map(len, data)), results(read.steps, data)


def made(runner: Runner) -> Any:
    request = {"tokens": [TOKEN], "cases": [], "shared": [], "files": [], "stdin": 0}
    return runner.job.Job(request, None, [])


def results(steps: tuple[Result, ...], data: list[bytes]) -> tuple[StepResult, ...]:
    pieces = iter(data)
    found = []
    for step in steps:
        out, err, report = (bytes(next(pieces)) for _ in step.sizes)
        assert (len(out), len(err), len(report)) == step.sizes
        found.append(reports.step_result(step, out, err, report, TOKEN.encode()))
    return tuple(found)


def test_results_arrive_as_they_are(runner: Runner) -> None:
    _, (step,) = reply(runner, ("calls", ended(b"ready\n1\n@0.500 [2]\n!raised\nKeyError\n'x'")))
    assert step.values == "1\n[2]\n"
    assert step.slow_calls == ((1, 0.5),)
    assert step.report == "raised\nKeyError\n'x'"
    assert step.status is StepStatus.EXITED


@pytest.mark.parametrize("byte", [b"\xff", b"\0", b'"', b"\\", b"\n", b"x"])
def test_no_report_makes_a_frame_that_the_host_refuses(runner: Runner, byte: bytes) -> None:
    whole = runner.calls_step.REPORT_BYTES
    flood = b"ready\n" + byte * (whole - 6)
    size, found = reply(runner, ("calls", ended(flood)), ("calls", ended(flood)))
    assert size <= MAX_FRAME_BYTES
    assert [step.status for step in found] == [StepStatus.EXITED] * 2
    assert all(step.values.isascii() for step in found)


@pytest.mark.parametrize("unit", [b"\xff", b"\0", "\U0001f600".encode()])
def test_no_output_makes_a_frame_that_the_host_refuses(runner: Runner, unit: bytes) -> None:
    """A wrong answer that is longer than a frame is the program's OUTPUT_LIMIT, no failure of the sandbox."""
    flood = unit * ((32 << 20) // len(unit))
    size, found = reply(runner, ("command", ended(out=flood, err=flood)), ("command", ended(out=b"x")))
    assert size <= MAX_FRAME_BYTES
    assert found[0].status is StepStatus.OUTPUT_LIMIT
    assert found[0].stdout
    assert (found[1].status, found[1].stdout) == (StepStatus.EXITED, "x")
    message, data = made(runner).case_reply({"name": "run", "kind": "command"}, ended(out=flood, err=flood))()
    assert len(json.dumps(message)) + sum(map(len, data)) <= MAX_FRAME_BYTES
    (case,) = results((msgspec.json.decode(json.dumps(message), type=CaseReply).result,), data)
    assert case.status is StepStatus.OUTPUT_LIMIT


def test_long_results_that_fit_are_kept(runner: Runner) -> None:
    flood = b"x" * (8 << 20)
    _, found = reply(runner, *[("command", ended(out=flood))] * 4)
    assert {step.status for step in found} == {StepStatus.EXITED}
    assert {len(step.stdout) for step in found} == {8 << 20}


def test_a_time_is_no_infinite_number() -> None:
    report = reports.Calls.read(b"ready\n@" + b"9" * 400 + b" 1\n@1.5 2\n")
    assert report.slow == ((1, 1.5),)
    assert report.values == "@" + "9" * 400 + " 1\n2\n"


def test_more_lines_than_any_calls_are_left_as_they_are() -> None:
    assert reports.Calls.read(b"ready\n" + b"@1 \n" * (reports.MOST_LINES + 1)).slow == ()


def test_why_a_program_ended_is_short(runner: Runner) -> None:
    _, (step,) = reply(runner, ("calls", ended(b"ready\n!" + b"\xff" * (12 << 20))))
    assert len(step.report) <= reports.FAILURE_BYTES


def test_lone_surrogates_break_no_frame(runner: Runner) -> None:
    """Python's JSON carries them, the host's does not."""
    report = TOKEN + json.dumps([["test_\ud800", "fail", "AssertionError: \udcff"]]) + TOKEN
    _, (step,) = reply(runner, ("unittest", ended(report.encode())))
    (test,) = step.tests
    assert (test.name, test.trace) == ("test_?", "AssertionError: ?")
    job = made(runner)
    job.error = "OSError: /tmp/\udcff"
    assert msgspec.json.decode(json.dumps(job.reply()[0]), type=Reply).error == "OSError: /tmp/?"
    message, data = job.prevented_case({"name": "run", "kind": "command"}, "cannot remove /tmp/\udcff")()
    (case,) = results((msgspec.json.decode(json.dumps(message), type=CaseReply).result,), data)
    assert "/tmp/?" in case.report
