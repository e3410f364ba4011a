"""Results of unit tests, written by the program's process; ``sandboxes/reports.py`` reads them."""

import json

OK, FAIL, ERROR, SKIPPED = "ok", "fail", "error", "skipped"
EXPECTED_FAILURE, UNEXPECTED_SUCCESS, LOST = "expected failure", "unexpected success", "lost"
NAME_CHARS = 200
TRACE_CHARS = 1200
TRACES_CHARS = 60_000
"""Of all tests together."""
REPORT_BYTES = 1 << 20
"""More than names and traces of a thousand tests can need, escaped."""

dump = json.JSONEncoder().encode


def pack(entries: list[tuple[str, str, str]]) -> bytes:
    """Make of name, status and trace of each test what goes between two tokens."""
    left = TRACES_CHARS
    packed = []
    for name, status, trace in entries:
        trace = trace[-min(TRACE_CHARS, left) :] if left else ""  # noqa: PLW2901 -- shortened
        left -= len(trace)
        packed.append((name[:NAME_CHARS], status, trace))
    return dump(packed).encode("ascii")
