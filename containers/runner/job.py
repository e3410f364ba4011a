"""A program on its way through the runner, and what is said of it to the host."""

import functools
import itertools
import json
import os

import calls_step
import python_step
import unit_tests
import warm_tools
import watch

Prepared = tuple[dict, python_step.PythonStep | None]
"""A step as the host requests it, and what was made ready for it."""
Ended = watch.Watch | warm_tools.Served

REPLY_BYTES = 48 << 20
"""Most that one answer takes as JSON. The host reads frames of up to 64 MiB and takes a longer one for a
failure of the sandbox; so a program's results that are longer are cut here, and are its OUTPUT_LIMIT."""
TEXTS = ("stdout", "stderr", "values", "report")
CHAR_BYTES = 12
"""Most that JSON takes for a character of a text."""
ENTRY_BYTES = 128
"""Most that it takes for a unit test or a slow call, besides its texts."""
KEPT_CHARS = 2000
"""Of each stream of a step whose results are too long."""


class Job:
    """A program on its way through the runner: a ``Request``, and how its steps ended so far."""

    def __init__(self, request: dict, steps: list[Prepared]) -> None:
        self.request = request
        self.parts = [list(part) for _, part in itertools.groupby(steps, key=_part)]
        self.ended: list[tuple[dict, str, Ended]] = []
        self.error = ""
        self.unclean = ""
        self.retire = False

    @property
    def failed(self) -> bool:
        """Whether the step that ran last did."""
        return bool(self.ended) and has_failed(self.ended[-1][2])

    def reply(self) -> dict:
        """Say how it went: a ``Reply``."""
        steps = [_result(step, watcher, token.encode()) for step, token, watcher in self.ended]
        _shorten(steps)
        steps += self._prevented()
        return {"frame": "reply", "steps": steps, "error": encodable(self.error), "retire": self.retire}

    def case_reply(self, step: dict, ended: Ended) -> functools.partial:
        """Return what makes the ``CaseReply`` on a case that has ended."""
        return functools.partial(_case_reply, step, ended, self.request["token"].encode())

    def prevented_case(self, step: dict, reason: str) -> functools.partial:
        """Return what makes the ``CaseReply`` on a case that an earlier one prevented."""
        return functools.partial(dict, frame="case", result=_prevented(step, "case", reason))

    def _prevented(self) -> list[dict]:
        """Fail the parts that an earlier one prevented, by leaving behind what cannot be removed.

        That was the program's doing: without a verdict, it would be left out of the score.
        """
        if not self.unclean or self.request["cases"]:  # of these each has been answered
            return []
        begun = {step["part"] for step, _, _ in self.ended}
        return [
            _prevented(part[0][0], "part", self.unclean) for part in self.parts if _part(part[0]) not in begun
        ]


def has_failed(ended: Ended) -> bool:
    """Whether a step ended otherwise than with exit status 0."""
    return bool(ended.fired) or ended.status != 0


def _part(prepared: Prepared) -> str:
    return prepared[0]["part"]


def _prevented(step: dict, what: str, reason: str) -> dict:
    report = f"raised\nUncleanError\nan earlier {what} prevented this one: {reason}"
    return {"name": step["name"], "status": "exited", "exit_code": 1, "report": encodable(report)}


def _case_reply(step: dict, ended: Ended, token: bytes) -> dict:
    result = _result(step, ended, token)
    _shorten([result])
    return {"frame": "case", "result": result}


def encodable(text: str) -> str:
    """Replace lone surrogates, which a file's name may have and the host's JSON may not."""
    return text.encode("utf-8", "replace").decode()


def _shorten(results: list[dict]) -> None:
    """Cut the results of steps that no frame has room for; what a program did so is over its output limit."""
    room = REPLY_BYTES
    if sum(map(_most_bytes, results)) <= room:  # nearly always
        return
    for result in results:
        size = len(json.dumps(result))
        if size > room:
            result.update(
                status="output_limit",
                stdout=result["stdout"][-KEPT_CHARS:],
                stderr=result["stderr"][-KEPT_CHARS:],
                values="",
                report="",
                tests=[],
                slow_calls=[],
                completed=False,
            )
            size = _most_bytes(result)
        room -= size


def _most_bytes(result: dict) -> int:
    """Return the most that a result takes as JSON."""
    chars = sum(len(result[text]) for text in TEXTS)
    chars += sum(len(test["name"]) + len(test["trace"]) for test in result["tests"])
    return CHAR_BYTES * chars + ENTRY_BYTES * (len(result["tests"]) + len(result["slow_calls"]) + 4)


def _result(step: dict, ended: Ended, token: bytes) -> dict:
    """Make a ``StepResult``."""
    code = os.waitstatus_to_exitcode(ended.status)
    report = bytes(ended.report)
    calls = calls_step.CallsReport(report if step["kind"] == "calls" else b"")
    if step["kind"] == "calls":
        report = calls.failure
    tests = unit_tests.unpack(report, token) if step["kind"] == "unittest" else None
    if tests is not None:
        report = token
    return {
        "name": step["name"],
        "tests": tests or [],
        "values": calls.values,
        "slow_calls": calls.slow,
        "status": ended.fired or ("exited" if code >= 0 else "signaled"),
        "exit_code": max(code, 0),
        "signal": max(-code, 0),
        "stdout": ended.out.decode("utf-8", "replace"),
        "stderr": ended.err.decode("utf-8", "replace"),
        "completed": report == token,
        "report": "" if report == token else report.decode("utf-8", "replace"),
        "wall_s": round(ended.ended - ended.started, 6),
        "cpu_s": round(ended.cpu_s, 6),
        "peak_rss_bytes": ended.peak_rss_bytes,
    }
