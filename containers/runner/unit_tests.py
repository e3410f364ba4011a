"""Results of unit tests: written by the program's process, read by the supervisor."""

import json

OK, FAIL, ERROR, SKIPPED = "ok", "fail", "error", "skipped"
EXPECTED_FAILURE, UNEXPECTED_SUCCESS, LOST = "expected failure", "unexpected success", "lost"
STATUSES = frozenset((OK, FAIL, ERROR, SKIPPED, EXPECTED_FAILURE, UNEXPECTED_SUCCESS, LOST))
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


def unpack(report: bytes, token: bytes) -> list[dict] | None:
    """Read a report, or return None: the step did not complete.

    The program can write to the same place, but does not know the token.
    """
    parts = report.split(token)
    if len(parts) != 3 or parts[2]:
        return None
    try:
        entries = [(name, status, trace) for name, status, trace in json.loads(parts[1])]
    except (ValueError, TypeError, RecursionError):
        return None
    if not all(isinstance(part, str) for entry in entries for part in entry):
        return None
    if not STATUSES.issuperset(status for _, status, _ in entries):
        return None
    return [
        {
            "name": _encodable(name[:NAME_CHARS]),
            "status": status,
            "trace": _encodable(trace[:TRACE_CHARS]),
        }
        for name, status, trace in entries
    ]


def _encodable(text: str) -> str:
    """Replace lone surrogates, which a message may have: the host would take them for a broken frame."""
    return text.encode("utf-8", "replace").decode()
