"""A program on its way through the runner, and what is reported on it."""

import itertools
import os

import calls_step
import case_results
import python_step
import warm_tools
import watch

Prepared = tuple[dict, python_step.PythonStep | None]
"""A step as the host wants it, and what was made ready for it."""
Ended = watch.Watch | warm_tools.Served


class Job:
    """A program on its way through the runner.

    What comes before and after its run is done for several programs at once: after each fork, every
    page that the supervisor writes to must be copied or unlocked again.
    """

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
        watcher = self.ended[-1][2]
        return bool(watcher.fired) or watcher.status != 0

    def reply(self) -> dict:
        """Tell how it went."""
        steps = [
            _result(wanted, watcher, token.encode()) for wanted, token, watcher in self.ended
        ] + self._prevented()
        return {"steps": steps, "error": self.error, "retire": self.retire}

    def _prevented(self) -> list[dict]:
        """Fail the parts that an earlier one prevented, by leaving behind what cannot be removed.

        That was the program's doing: without a verdict, it would be left out of the score.
        """
        if not self.unclean:
            return []
        begun = {wanted["part"] for wanted, _, _ in self.ended}
        report = f"raised\nUncleanError\nan earlier part prevented this one: {self.unclean}"
        return [
            {"name": part[0][0]["name"], "status": "exited", "exit_code": 1, "report": report}
            for part in self.parts
            if _part(part[0]) not in begun
        ]


def _part(step: Prepared) -> str:
    return step[0]["part"]


def _result(wanted: dict, watcher: Ended, token: bytes) -> dict:
    code = os.waitstatus_to_exitcode(watcher.status)
    report = bytes(watcher.report)
    reported = calls_step.Reported(report if wanted["kind"] == "calls" else b"")
    if wanted["kind"] == "calls":
        report = reported.failure
    tests = case_results.unpack(report, token) if wanted["kind"] == "unittest" else None
    if tests is not None:
        report = token
    return {
        "name": wanted["name"],
        "tests": tests or [],
        "values": reported.values,
        "slow_calls": reported.slow,
        "status": watcher.fired or ("exited" if code >= 0 else "signaled"),
        "exit_code": max(code, 0),
        "signal": max(-code, 0),
        "stdout": watcher.out.decode("utf-8", "replace"),
        "stderr": watcher.err.decode("utf-8", "replace"),
        "completed": report == token,
        "report": "" if report == token else report.decode("utf-8", "replace"),
        "wall_s": round(watcher.ended - watcher.started, 6),
        "cpu_s": round(watcher.cpu_s, 6),
        "peak_rss_bytes": watcher.peak_rss_bytes,
    }
