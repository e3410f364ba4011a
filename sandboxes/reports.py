"""Reads what a program wrote beside its output: hostile bytes, but for what a token proves.

The formats are those of ``containers/runner``: ``calls_step`` and ``unit_tests`` write them.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.types import StepKind, StepResult, UnitTestResult, UnitTestStatus

if TYPE_CHECKING:
    from codeeval.sandboxes.protocol import Result

EXPLANATION_BYTES: Final = 1 << 14
FAILURE_BYTES: Final = 8192
"""Of why a program's calls ended: as much as a step of another kind may report."""
MOST_LINES: Final = 1 << 18
"""A report of more is no report of calls; it is left as it is."""
MARK_CHARS: Final = 16
"""Of a slow call's time."""
READY: Final = b"ready\n"
FAILED: Final = b"!"
NAME_CHARS: Final = 200
TRACE_CHARS: Final = 1200


def step_result(result: Result, out: bytes, err: bytes, report: bytes, token: bytes) -> StepResult:
    """Make a step's result of what the runner measured and what the program wrote."""
    calls, tests = Calls(), None
    if result.kind is StepKind.CALLS:
        calls = Calls.read(report)
        report = calls.failure
    elif result.kind is StepKind.UNITTEST:
        tests = unit_tests(report, token)
    completed = report == token or tests is not None
    return StepResult(
        name=result.name,
        status=result.status,
        exit_code=result.exit_code,
        signal=result.signal,
        stdout=out.decode("utf-8", "replace"),
        stderr=err.decode("utf-8", "replace"),
        completed=completed,
        report="" if completed else report.decode("utf-8", "replace"),
        tests=tests or (),
        values=calls.values,
        slow_calls=calls.slow,
        wall_s=result.wall_s,
        cpu_s=result.cpu_s,
        peak_rss_bytes=result.peak_rss_bytes,
    )


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a ``CallsStep`` taken apart."""

    values: str = ""
    """What the calls returned, one line a call."""
    slow: tuple[tuple[int, float], ...] = ()
    """Number and CPU seconds of each call that took long."""
    failure: bytes = b""
    """Why the program ended, if not because all calls had returned."""

    @classmethod
    def read(cls, report: bytes) -> Calls:
        """Take a report apart; never raises."""
        reported, failed, failure = (b"\n" + report).partition(b"\n" + FAILED)
        reported = reported[1:] + b"\n" if failed and len(reported) > 1 else reported[1:]
        if not reported.startswith(READY):  # it ended before it was loaded, or wrote something else there
            return cls(failure=failure[:FAILURE_BYTES] or reported[:EXPLANATION_BYTES])
        failure = failure[:FAILURE_BYTES]
        values = reported[len(READY) :].translate(_printable()).decode("ascii")
        if ("\n@" not in values and not values.startswith("@")) or values.count("\n") > MOST_LINES:
            return cls(values=values, failure=failure)
        slow = []
        lines = values.split("\n")
        for number, line in enumerate(lines):
            mark, _, value = line.partition(" ")
            if mark[:1] == "@" and len(mark) <= MARK_CHARS and mark[1:].replace(".", "", 1).isdecimal():
                slow.append((number, float(mark[1:])))
                lines[number] = value
        return cls(values="\n".join(lines), slow=tuple(slow), failure=failure)


@functools.cache
def _printable() -> bytes:
    """Return what results are written with; a question mark for any other byte."""
    return bytes(byte if 32 <= byte < 127 or byte == 10 else 63 for byte in range(256))


def unit_tests(report: bytes, token: bytes) -> tuple[UnitTestResult, ...] | None:
    """Read the results of unit tests, or return None: the step did not complete.

    The program can write to the same place, but does not know the token.
    """
    parts = report.split(token)
    if len(parts) != 3 or parts[2]:
        return None
    try:
        entries = [(name, UnitTestStatus(status), trace) for name, status, trace in json.loads(parts[1])]
    except (ValueError, TypeError, RecursionError):
        return None
    if not all(isinstance(name, str) and isinstance(trace, str) for name, _, trace in entries):
        return None
    return tuple(
        UnitTestResult(
            name=_encodable(name[:NAME_CHARS]), status=status, trace=_encodable(trace[:TRACE_CHARS])
        )
        for name, status, trace in entries
    )


def _encodable(text: str) -> str:
    """Replace lone surrogates, which a message may have and a record may not."""
    return text.encode("utf-8", "replace").decode()
