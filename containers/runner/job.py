"""A program on its way through the runner, and how it went, for the host to read."""

import functools
import itertools
import os

import python_step
import warm_tools
import watch
from texts import Texts

Prepared = tuple[dict, python_step.PythonStep | None]
"""A step as the host requests it, and what was made ready for it."""
Ended = watch.Watch | warm_tools.Served
Answer = tuple[dict, list]
"""A message and its data."""

REPLY_BYTES = 60 << 20
"""Most data of one answer. The host reads frames of up to 64 MiB and takes a longer one for a failure of the
sandbox; so a program's results that are longer are cut here, and are its OUTPUT_LIMIT."""
KEPT_BYTES = 2000
"""Of each stream of a step whose results are too long."""


class Job:
    """A program on its way through the runner: a ``Request``, and how its steps ended so far.

    Attributes:
        part: number of the part that is running.
    """

    def __init__(self, request: dict, texts: Texts, steps: list[Prepared]) -> None:
        self.request = request
        self.texts = texts
        self.part = 0
        self.parts = [list(part) for _, part in itertools.groupby(steps, key=_part)]
        self.ended: list[tuple[dict, int, Ended]] = []
        self.error = ""
        self.unclean = ""
        self.retire = False

    @property
    def failed(self) -> bool:
        """Whether the step that ran last did."""
        return bool(self.ended) and has_failed(self.ended[-1][2])

    @property
    def token(self) -> str:
        """What proves that the part that is running has ended."""
        return self.request["tokens"][self.part]

    def reply(self) -> Answer:
        """Make a ``Reply``, and its data."""
        answers = _shortened([self._result(*ended) for ended in self.ended]) + self._prevented()
        steps = [step for step, _ in answers]
        message = {"frame": "reply", "steps": steps, "error": encodable(self.error), "retire": self.retire}
        return message, [piece for _, data in answers for piece in data]

    def case_reply(self, step: dict, ended: Ended) -> functools.partial:
        """Return what makes the ``CaseReply`` on a case that has ended, and its data."""
        (answer,) = _shortened([self._result(step, self.part, ended)])
        return functools.partial(_case_reply, answer)

    def prevented_case(self, step: dict, reason: str) -> functools.partial:
        """Return what makes the ``CaseReply`` on a case that an earlier one prevented."""
        return functools.partial(_case_reply, _prevented(step, "case", reason))

    def _prevented(self) -> list[Answer]:
        """Fail the parts that an earlier one prevented, by leaving behind what cannot be removed.

        That was the program's doing: without a verdict, it would be left out of the score.
        """
        if not self.unclean or self.request["cases"]:  # of these each has been answered
            return []
        begun = {step["part"] for step, _, _ in self.ended}
        return [
            _prevented(part[0][0], "part", self.unclean) for part in self.parts if _part(part[0]) not in begun
        ]

    def _result(self, step: dict, part: int, ended: Ended) -> Answer:
        """Make a ``Result``, and its data."""
        code = os.waitstatus_to_exitcode(ended.status)
        data = [ended.out, ended.err, ended.report]
        result = {
            "name": step["name"],
            "kind": step["kind"],
            "part": part,
            "status": ended.fired or ("exited" if code >= 0 else "signaled"),
            "exit_code": max(code, 0),
            "signal": max(-code, 0),
            "sizes": [len(piece) for piece in data],
            "wall_s": round(ended.ended - ended.started, 6),
            "cpu_s": round(ended.cpu_s, 6),
            "peak_rss_bytes": ended.peak_rss_bytes,
        }
        return result, data


def has_failed(ended: Ended) -> bool:
    """Whether a step ended otherwise than with exit status 0."""
    return bool(ended.fired) or ended.status != 0


def failed_step(step: dict, reason: str) -> Ended:
    """Return how a step ended that the program kept from ending, or from its input."""
    ended = warm_tools.Served(step["limits"])
    ended.status = 1 << 8
    ended.report = f"raised\nUncleanError\n{reason}".encode("utf-8", "replace")
    return ended


def encodable(text: str) -> str:
    """Replace lone surrogates, which a file's name may have and the host's JSON may not."""
    return text.encode("utf-8", "replace").decode()


def _shortened(answers: list[Answer]) -> list[Answer]:
    """Cut the results of steps that no frame has room for; what a program did so is over its output limit."""
    room = REPLY_BYTES
    for number, (result, data) in enumerate(answers):
        if sum(result["sizes"]) > room:
            data = [data[0][-KEPT_BYTES:], data[1][-KEPT_BYTES:], b""]  # noqa: PLW2901 -- shortened
            sizes = [len(piece) for piece in data]
            answers[number] = result | {"status": "output_limit", "sizes": sizes}, data
        room -= sum(map(len, data))
    return answers


def _part(prepared: Prepared) -> str:
    return prepared[0]["part"]


def _prevented(step: dict, what: str, reason: str) -> Answer:
    report = f"raised\nUncleanError\nan earlier {what} prevented this one: {reason}".encode(
        "utf-8", "replace"
    )
    result = {"name": step["name"], "kind": step["kind"], "part": 0, "status": "exited", "exit_code": 1}
    return result | {"sizes": [0, 0, len(report)]}, [b"", b"", report]


def _case_reply(answer: Answer) -> Answer:
    result, data = answer
    return {"frame": "case", "result": result}, data
