"""Identical programs of a run are executed once: the others take over the verdict."""

from __future__ import annotations

import collections
import hashlib
import re
import threading
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.types import Extraction, Outcome

if TYPE_CHECKING:
    from concurrent.futures import Future

    from codeeval.types import Program, Verdict

REMEMBERED: Final = 2048
"""Programs whose verdicts are at hand; samples of one problem follow each other closely."""
OF_ONE_EXECUTION: Final = frozenset({Outcome.TIMEOUT, Outcome.SANDBOX_ERROR, Outcome.NO_CODE})
"""Outcomes that may be another the next time."""
_VARIES: Final = re.compile(
    r"\b(?:time|clock\w*|date|datetime|now|today|Date|Calendar|Instant|nanoTime|currentTime\w*|hrtime"
    r"|performance|random\w*|s?rand|Random\w*|mt19937\w*|shuffle|sample|choice|secrets|uuid\w*|urandom"
    r"|os|sys|io|fs|f?open\w*|\w*stream|tempfile|pathlib|Path|glob|shutil|Files?|environ|getenv"
    r"|threads?|Thread\w*|threading|multiprocessing|asyncio|async|go|chan|subprocess|signal|socket|getpid"
    r"|id|hash|gc|ctypes|weakref)\b|/dev/|/proc/|/tmp"
)
"""Names of what reads a clock, randomness, files, other processes or addresses, in any language. Where one
means something else, that costs an execution."""


class Leader:
    """The program that is executed, and what the same programs after it need to know.

    Attributes:
        future: its verdict; None until it was handed over.
    """

    def __init__(self) -> None:
        self.future: Future[Verdict] | None = None
        self._varies: bool | None = None

    def varies(self, program: Program) -> bool:
        """Whether a program, the same as its own, may do something else the next time."""
        if self._varies is None:
            self._varies = varies(program)
        return self._varies


class Sharing:
    """The programs of a run by what they are; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._leaders: collections.OrderedDict[bytes, Leader] = collections.OrderedDict()

    def leader(self, program: Program) -> tuple[Leader, bool]:
        """Return the first program that is the same as this one, and whether it is this one.

        The same are programs of one problem that have files, steps, input, cases, limits, image and oracle in
        common: all but the sample's number and how its code was found.
        """
        key = hashlib.blake2b(content_of(program), digest_size=16).digest()
        with self._lock:
            found = self._leaders.get(key)
            if found is None or found.future is None or found.varies(program):
                leader = self._leaders[key] = Leader()
                if len(self._leaders) > REMEMBERED:
                    self._leaders.popitem(last=False)
                return leader, True
            self._leaders.move_to_end(key)
            return found, False


def varies(program: Program) -> bool:
    """Whether a program may do something else the next time, by the names in it."""
    checking = program.checker.files if program.checker is not None and program.checker.interactive else ()
    return any(_VARIES.search(file.content) for file in (*program.files, *checking))


def content_of(program: Program) -> bytes:
    """Return all that makes two programs the same, as ``Sharing.leader`` defines."""
    alike = msgspec.structs.replace(program, sample=0, extraction=Extraction(rule=""))
    return msgspec.json.encode(alike)


def taken_over(done: Future[Verdict], program: Program) -> Verdict | None:
    """Return a program's verdict from that of the same program, or None where it is to be executed itself."""
    if done.cancelled() or done.exception() is not None:
        return None
    verdict = done.result()
    if verdict.outcome in OF_ONE_EXECUTION:
        return None
    same_as = verdict.sample if verdict.same_as is None else verdict.same_as
    return msgspec.structs.replace(
        verdict, sample=program.sample, rule=program.extraction.rule, attempts=0, same_as=same_as
    )
