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
        self.cases: list[tuple[dict, str, Ended]] = []
        """The last step of a program with cases, as it ended in each that was run."""
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
        cases = [_result(wanted, watcher, token.encode()) for wanted, token, watcher in self.cases]
        if self.unclean and self.cases:
            cases += [self._spoiled(self.cases[0][0]["name"], "case")] * self._unrun()
        return {"steps": steps, "cases": cases, "error": self.error, "retire": self.retire}

    def _unrun(self) -> int:
        """Count the cases that what an earlier one left behind has prevented."""
        watcher = self.cases[-1][2]
        stopped = self.request["stop_at_failure"] and (watcher.fired or watcher.status != 0)
        return 0 if stopped else len(self.request["cases"]) - len(self.cases)

    def _spoiled(self, name: str, what: str) -> dict:
        report = f"raised\nUncleanError\nan earlier {what} prevented this one: {self.unclean}"
        return {"name": name, "status": "exited", "exit_code": 1, "report": report}

    def _prevented(self) -> list[dict]:
        """Fail the parts that an earlier one prevented, by leaving behind what cannot be removed.

        That was the program's doing: without a verdict, it would be left out of the score.
        """
        if not self.unclean:
            return []
        begun = {wanted["part"] for wanted, _, _ in self.ended + self.cases}
        return [
            self._spoiled(part[0][0]["name"], "part") for part in self.parts if _part(part[0]) not in begun
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
