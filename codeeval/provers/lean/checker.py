"""Checks candidates with Lean: in a warm REPL where there is one, else a process each.

A header's imports are most of the work (Mathlib: seconds, gigabytes). The REPL keeps the environment behind a
header, and each candidate starts from that very one: what it adds is its own answer's environment, which
nothing refers to again. A process that was cut off is thrown away, and so is one that has served long.
"""

from __future__ import annotations

import secrets
import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from codeeval.errors import SandboxError
from codeeval.lexing.lean import tokens
from codeeval.sandboxes.fstar.acceptance import Category, Finding
from codeeval.sandboxes.lean.acceptance import question, verdict
from codeeval.sandboxes.lean.protocol import Message, Severity, answer, messages
from codeeval.sandboxes.lean.rules import forbidden, unreadable

if TYPE_CHECKING:
    from codeeval.sandboxes.fstar.session import Stream
    from codeeval.sandboxes.lean.acceptance import Question, Task
    from codeeval.sandboxes.lean.protocol import Answer

MAX_CANDIDATE_CHARS: Final = 256 << 10
MAX_OUTPUT_BYTES: Final = 32 << 20
HEADER_TIMEOUT_S: Final = 600.0
REPL_USES: Final = 200
"""Candidates after which a REPL is replaced: it keeps each one's environment."""
_EXHAUSTED: Final = ("Stack overflow", "excessive memory", "out of memory", "printed over")
_UNKNOWN: Final = "the double has no session"


class Overdue(SandboxError):
    """No end before the deadline."""


class Output(NamedTuple):
    """What a process that has ended wrote, and its exit status, negative for a signal."""

    printed: bytes
    errors: str
    status: int


class Backend(Protocol):
    """Where Lean comes from, and which it is."""

    version: str
    """What ``lean --version`` says."""
    double: str
    """The folder of a double; empty for the real Lean."""

    def run(self, source: str, wall_s: float) -> Output:
        """Run ``lean --json`` on a text.

        Raises:
            Overdue: it took longer; the process has been ended.
            SandboxError: it cannot be started.
        """
        ...

    def repl(self) -> Stream | None:
        """Start a REPL, or None where there is none."""
        ...


class TextCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What Lean says of a whole text, as SURGE's ground truth has it."""

    errors: tuple[Message, ...]
    passed: bool
    """No error (``pass`` in the dataset)."""
    complete: bool
    """Passed, and nothing left to ``sorry``."""


def check_text(backend: Backend, text: str, wall_s: float) -> TextCheck:
    """Run a whole text and tell its errors; the text is trusted to mean what it says.

    ``complete`` also fails where Lean warns that a declaration uses ``sorry`` or that something failed.
    Source: SURGE, row field ``gt``; deepseek-ai/DeepSeek-Prover-V1.5, prover/lean/verifier.py.

    Raises:
        SandboxError: there is no verdict: too slow (``Overdue``), or Lean ended before it had read the text.
    """
    done = backend.run(text, wall_s)
    said = messages(done.printed)
    errors = tuple(message for message in said if message.severity is Severity.ERROR)
    if done.status not in (0, 1) or (done.status == 1 and not errors):
        raise SandboxError(f"Lean ended with status {done.status}: {done.errors[-300:].strip()}")
    warned = (message.data for message in said if message.severity is Severity.WARNING)
    unfinished = any(("declaration uses" in data and "sorry" in data) or "failed" in data for data in warned)
    return TextCheck(errors=errors, passed=not errors, complete=not errors and not unfinished)


class Checker:
    """Judges candidates, one at a time; its REPL is kept between them. Not thread-safe.

    Args:
        backend: starts the processes.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._repl: Repl | None = None
        self._has_repl = True
        self.starts = 0
        """Processes started so far."""

    def check(self, task: Task, candidate: str, wall_s: float) -> Finding:
        """Judge a candidate: never raises for what the candidate does.

        Raises:
            SandboxError: Lean cannot be started.
        """
        if refused := _refused_unsent(candidate):
            return refused
        finding = self._once(task, candidate, wall_s)
        if finding.category is Category.CRASH:
            finding = self._once(task, candidate, wall_s)
        return finding

    def close(self) -> None:
        """End the process."""
        if self._repl:
            self._repl.close()
        self._repl = None

    def _once(self, task: Task, candidate: str, wall_s: float) -> Finding:
        asked = question(task, candidate, secrets.token_hex(16))
        if asked is None:
            return Finding(Category.CONTEXT, "the problem states no theorem")
        try:
            repl = self._warm(task.header)
            if repl is None:
                return self._cold(task, asked, wall_s)
            if isinstance(repl, Finding):
                return repl
            return verdict(asked, repl.ask(asked.text, wall_s))
        except Overdue:
            self.close()
            return Finding(Category.TIMEOUT, f"Lean took over {wall_s:g} s")
        except ReplDied as error:
            self.close()
            return _death(error.message)

    def _cold(self, task: Task, asked: Question, wall_s: float) -> Finding:
        header = f"{task.header.rstrip()}\n"
        lines = header.count("\n")
        self.starts += 1
        done = self._backend.run(header + asked.text, wall_s)
        said = [_moved(message, -lines) for message in messages(done.printed)]
        if done.status not in (0, 1) or not said:
            return _death(done.errors or f"status {done.status}")
        return verdict(asked, said)

    def _warm(self, header: str) -> Repl | Finding | None:
        """Return a REPL that has the header's environment; None where there is no REPL."""
        if not self._has_repl:
            return None
        if self._repl and self._repl.uses >= REPL_USES:
            self.close()
        if self._repl is None:
            stream = self._backend.repl()
            if stream is None:
                self._has_repl = False
                return None
            self._repl = Repl(stream)
            self.starts += 1
        try:
            broken = self._repl.use(header)
        except Overdue:
            self.close()
            return Finding(Category.CONTEXT, f"the header took over {HEADER_TIMEOUT_S:g} s")
        return (
            Finding(Category.CONTEXT, f"the header does not check in this Lean: {broken}")
            if broken
            else self._repl
        )


class ReplDied(SandboxError):
    """The REPL ended, or answered nonsense."""


class Repl:
    """Speaks with one process of leanprover-community's REPL.

    Args:
        stream: of a process that has just started.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._headers: dict[str, int | str] = {}
        self._env = 0
        self.uses = 0
        """Candidates served."""

    def use(self, header: str) -> str:
        """Load a header, once, and start from it; returns why it does not check, or an empty string."""
        if header not in self._headers:
            said = self._send({"cmd": header}, HEADER_TIMEOUT_S)
            errors = [message.data for message in said.messages if message.severity is Severity.ERROR]
            failed = (
                said.message or next(iter(errors), "") or ("" if said.env is not None else "no environment")
            )
            self._headers[header] = failed[:400] if failed or said.env is None else said.env
        known = self._headers[header]
        if isinstance(known, str):
            return known
        self._env = known
        return ""

    def ask(self, text: str, wall_s: float) -> tuple[Message, ...]:
        """Run a text behind the header."""
        self.uses += 1
        said = self._send({"cmd": text, "env": self._env}, wall_s)
        if said.message:
            raise ReplDied(f"the REPL does not take it: {said.message[:300]}")
        return said.messages

    def close(self) -> None:
        """End the process."""
        self._stream.close()

    def _send(self, command: dict[str, str | int], wall_s: float) -> Answer:
        deadline = time.monotonic() + wall_s
        received = bytearray()
        try:
            self._stream.write(msgspec.json.encode(command) + b"\n\n")
            while not received.rstrip(b" ").endswith(b"\n\n"):
                chunk = self._stream.read(max(deadline - time.monotonic(), 0.001))
                if not chunk or len(received) > MAX_OUTPUT_BYTES:
                    raise ReplDied(self._stream.last_words() or "without a word")
                received += chunk
                if time.monotonic() > deadline:
                    raise Overdue("the REPL did not answer in time")
        except TimeoutError as error:
            raise Overdue("the REPL did not answer in time") from error
        except OSError as error:
            raise ReplDied(self._stream.last_words() or str(error)) from error
        said = answer(bytes(received))
        if said is None:
            raise ReplDied(f"answered nonsense: {bytes(received[:200])!r}")
        return said


class Checkers:
    """The checkers of all sandboxes with the same options; each is one candidate's at a time.

    Args:
        backend: starts their processes.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._idle: list[Checker] = []
        self._all: list[Checker] = []
        self._lock = threading.Lock()
        self._sandboxes = 0

    @property
    def starts(self) -> int:
        """Processes started so far."""
        with self._lock:
            return sum(checker.starts for checker in self._all)

    def open(self) -> None:
        """Take on one more sandbox."""
        with self._lock:
            self._sandboxes += 1

    def close(self) -> None:
        """Let go of a sandbox; the last one ends every process."""
        with self._lock:
            self._sandboxes -= 1
            if not self._sandboxes:
                for checker in self._idle:
                    checker.close()

    def check(self, task: Task, candidate: str, wall_s: float) -> Finding:
        """Judge a candidate with a warm checker, or a new one where all are at work."""
        with self._lock:
            if not self._idle:
                self._idle.append(Checker(self.backend))
                self._all.append(self._idle[-1])
            checker = self._idle.pop()
        try:
            return checker.check(task, candidate, wall_s)
        finally:
            with self._lock:
                self._idle.append(checker)


def _refused_unsent(candidate: str) -> Finding | None:
    """Refuse what Lean is not sent: it could change what is asked behind it, or would run."""
    if len(candidate) > MAX_CANDIDATE_CHARS:
        size = f"{len(candidate)} characters, and {MAX_CANDIDATE_CHARS} are the most that are checked"
        return Finding(Category.SYNTAX, f"the proof has {size}")
    try:
        candidate.encode()
    except UnicodeEncodeError:
        return Finding(Category.SYNTAX, "the proof is not Unicode: it has half of a surrogate pair")
    code = tokens(candidate)
    if said := unreadable(code):
        return Finding(Category.SYNTAX, said)
    if said := forbidden(code):
        return Finding(Category.CHEAT, said)
    return None


def _death(words: str) -> Finding:
    """Tell a candidate that exhausts Lean from a Lean that breaks."""
    short = " ".join(words.split())[-300:]
    if any(sign in words for sign in _EXHAUSTED):
        return Finding(Category.SMT, f"Lean gave up: {short}")
    if _UNKNOWN in words:
        return Finding(Category.UNABLE, short)
    return Finding(Category.CRASH, f"Lean ended: {short or 'without a word'}")


def _moved(message: Message, lines: int) -> Message:
    place = msgspec.structs.replace(message.pos, line=message.pos.line + lines)
    return msgspec.structs.replace(message, pos=place)
