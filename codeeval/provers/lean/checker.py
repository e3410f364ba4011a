"""Checks candidates with Lean: in a warm REPL where there is one, else a process each.

A header's imports are most of the work (Mathlib: seconds, gigabytes). The REPL keeps the environment behind a
header, and each candidate starts from that very one: what it adds is its own response's environment, which
nothing refers to again. A process that was cut off is thrown away, and so is one that has served long. What a
process accepts that has served other candidates is checked again in a process of its own.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from codeeval.errors import SandboxError
from codeeval.lexing.lean import statement, tokens
from codeeval.provers.findings import Category, Finding
from codeeval.provers.hosts import MAX_OUTPUT_BYTES, Overdue, ProcessDied, Session, quoted
from codeeval.provers.lean.acceptance import question, verdict
from codeeval.provers.lean.protocol import Answer, Message, Severity, answer, messages
from codeeval.provers.lean.rules import attributes, forbidden, unreadable
from codeeval.provers.sandbox import Checker, ContextError

if TYPE_CHECKING:
    from codeeval.provers.hosts import Output, Stream
    from codeeval.provers.lean.acceptance import Question, Task

HEADER_TIMEOUT_S: Final = 600.0
REPL_USES: Final = 200
"""Candidates after which a REPL is replaced: it keeps each one's environment."""
_EXHAUSTED: Final = ("Stack overflow", "excessive memory", "out of memory", "printed over")
_NOT_RECORDED: Final = "the double has no session"


class Launch(Protocol):
    """Starts Lean."""

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


class LeanChecker(Checker["Task"]):
    """Judges candidates; its REPL is kept between them.

    Args:
        launch: starts the processes.
    """

    title = "Lean"

    def __init__(self, launch: Launch) -> None:
        super().__init__()
        self._launch = launch
        self._repl: Repl | None = None
        self._has_repl = True

    def _end(self) -> None:
        if self._repl:
            self._repl.close()
        self._repl = None

    def _refused(self, task: Task, candidate: str) -> Finding | None:
        code = tokens(candidate)
        if reason := unreadable(code):
            return Finding(Category.SYNTAX, reason)
        if reason := forbidden(code, candidate, attributes(tokens(task.stated))):
            return Finding(Category.CHEAT, reason)
        return None

    def _sound(self, task: Task) -> bool:
        found = statement(task.stated)
        unproved = f"{task.stated[found.start : found.end].rstrip()} := by sorry" if found else ""
        try:
            return self._judge(task, unproved, HEADER_TIMEOUT_S).category is Category.CHEAT
        except SandboxError:
            return False

    def _judge(self, task: Task, candidate: str, wall_s: float) -> Finding:
        asked = question(task, candidate, secrets.token_hex(16))
        if asked is None:
            raise ContextError("the problem states no theorem")
        repl = self._warm(task.header)
        if repl:
            self._sending()
        received = repl.ask(asked.text, wall_s) if repl else self._cold(task.header, asked, wall_s)
        return verdict(asked, received)

    def _blamed(self, death: ProcessDied) -> Finding:
        if any(sign in death.stderr for sign in _EXHAUSTED):
            return Finding(Category.UNPROVED, f"Lean gave up: {quoted(death.stderr)}", by_chance=True)
        if _NOT_RECORDED in death.stderr:
            return Finding(Category.UNABLE, quoted(death.stderr))
        return super()._blamed(death)

    def _cold(self, header: str, asked: Question, wall_s: float) -> tuple[Message, ...]:
        header = f"{header.rstrip()}\n"
        lines = header.count("\n")
        self.starts += 1
        done = self._launch.run(header + asked.text, wall_s)
        received = tuple(_moved(message, -lines) for message in messages(done.stdout))
        if done.status not in (0, 1) or not received:
            reason = quoted(done.stderr) if done.stderr else f"status {done.status}"
            raise ProcessDied(f"Lean ended: {reason}", stderr=done.stderr)
        return received

    def _warm(self, header: str) -> Repl | None:
        """Return a REPL that has the header's environment; None where there is no REPL."""
        if not self._has_repl:
            return None
        if self._repl and self._repl.uses >= REPL_USES:
            self.close()
        if self._repl is None:
            stream = self._launch.repl()
            if stream is None:
                self._has_repl = False
                return None
            self._repl = Repl(stream)
            self.starts += 1
        try:
            self._repl.use(header)
        except Overdue as error:
            self.close()
            raise ContextError(f"the header took over {HEADER_TIMEOUT_S:g} s") from error
        return self._repl


class Repl(Session):
    """Client of one process of leanprover-community's REPL.

    Args:
        stream: of a process that has just started.
    """

    title = "Lean"
    end_of_response = b"\n\n"
    max_response_bytes = MAX_OUTPUT_BYTES

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._headers: dict[str, int | str] = {}
        self._env = 0
        self.uses = 0
        """Candidates served."""

    def use(self, header: str) -> None:
        """Load a header, once, and start from it.

        Raises:
            ContextError: it does not check.
        """
        if header not in self._headers:
            response = self._command({"cmd": header}, HEADER_TIMEOUT_S)
            errors = [message.data for message in response.messages if message.severity is Severity.ERROR]
            failed = response.message or next(iter(errors), "")
            if failed or response.env is None:
                self._headers[header] = failed[:400] or "no environment"
            else:
                self._headers[header] = response.env
        known = self._headers[header]
        if isinstance(known, str):
            raise ContextError(f"the header does not check in this Lean: {known}")
        self._env = known

    def ask(self, text: str, wall_s: float) -> tuple[Message, ...]:
        """Run a text behind the header."""
        self.uses += 1
        response = self._command({"cmd": text, "env": self._env}, wall_s)
        if response.message:
            raise ProcessDied(f"the REPL refuses the text: {response.message[:300]}")
        return response.messages

    def _command(self, command: dict[str, str | int], wall_s: float) -> Answer:
        self._send(msgspec.json.encode(command) + b"\n\n")
        deadline_s = time.monotonic() + wall_s
        received = self._receive(deadline_s)
        while (response := answer(received)) is None and len(received) < self.max_response_bytes:
            if received.lstrip()[:1] == b"{" and not self.pending:
                break
            received += b"\n\n" + self._receive(deadline_s)  # what Lean prints may hold empty lines
        if response is None or self.pending:
            raise ProcessDied(f"the REPL sent a malformed response: {received[:200]!r}")
        return response


def _moved(message: Message, lines: int) -> Message:
    place = msgspec.structs.replace(message.pos, line=message.pos.line + lines)
    return msgspec.structs.replace(message, pos=place)
