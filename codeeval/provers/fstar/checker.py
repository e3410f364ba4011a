"""Checks candidates against one source file: a process that is kept, reused, and replaced where it breaks.

The queries for a candidate: the context once (``push``, or ``push-partial-checked-file`` where this F* and
the project's checked files allow it), then ``push``, and where that succeeds ``lookup`` and ``pop``. Names
whose origin only F* knows are looked up too.
"""

from __future__ import annotations

import itertools
import re
import time
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from codeeval.errors import SandboxError
from codeeval.provers.findings import Category, Finding
from codeeval.provers.fstar.acceptance import assumed, identity, refusal
from codeeval.provers.fstar.options import reset, sets_options
from codeeval.provers.fstar.protocol import PushKind, Status, symbol
from codeeval.provers.fstar.rules import is_unlisted, read
from codeeval.provers.fstar.session import PARTIAL, FStarSession
from codeeval.provers.hosts import Overdue, ProcessDied
from codeeval.provers.sandbox import Checker, ContextError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.provers.fstar.protocol import Response
    from codeeval.provers.fstar.rules import Reading
    from codeeval.provers.fstar.task import ProofTask
    from codeeval.provers.hosts import Stream

CONTEXT_TIMEOUT_S: Final = 600.0
LOOKUP_TIMEOUT_S: Final = 60.0
MAX_LOOKUPS: Final = 1000
"""Of one candidate, so that its names cannot keep F* busy."""
ALIVE: Final = "let codeeval_alive (x:int) : Lemma (x + 0 == x) = ()\n"
"""Proved by any F* whose solver works."""
INCLUDE: Final = " (CODEEVAL_FSTAR_INCLUDE names the folders of a project's own modules)"
_NOT_FOUND: Final = re.compile(r"[Nn]ot found|cannot be found|[Mm]odule \S+|[Nn]amespace")


class Launch(Protocol):
    """Starts F*."""

    writes_files: bool
    """Whether ``start`` puts ``contents`` where F* reads it; if not, it must be sent with ``vfs-add``."""

    def start(self, file_name: str, contents: str) -> Stream:
        """Start a process for a source file that reads like ``contents``."""
        ...

    def has_checked(self, file_name: str) -> bool:
        """Whether the project's own file is where F* finds it, with its checked file."""
        ...


class _Loaded(NamedTuple):
    """What is on the process's stack below the candidates."""

    task: ProofTask
    modules: frozenset[str]
    """Modules that the process knows of for a candidate's sake."""
    partial: bool
    """Whether it came from a checked file."""


class FStarChecker(Checker["ProofTask"]):
    """Judges candidates of one source file.

    Args:
        launch: starts the process.
    """

    title = "F*"

    def __init__(self, launch: Launch) -> None:
        super().__init__()
        self._launch = launch
        self._session: FStarSession | None = None
        self._loaded: _Loaded | None = None
        self._broken: dict[tuple[str, str], str] = {}

    def _end(self) -> None:
        if self._session:
            self._session.close()
        self._session = self._loaded = None

    def _refused(self, task: ProofTask, candidate: str) -> Finding | None:
        reading = read(task, candidate)
        if reading.unreadable:
            return Finding(Category.SYNTAX, reading.unreadable)
        if reading.unsendable:
            return Finding(Category.CHEAT, reading.unsendable)
        return None

    def _judge(self, task: ProofTask, candidate: str, wall_s: float) -> Finding:
        reading = read(task, candidate)
        if broken := self._broken.get((task.context, task.name)):
            raise ContextError(broken)
        session, partial = self._ready_with(task, reading.modules)
        text = f"{task.statement}\n{reading.text}\n" if task.statement else f"{reading.text}\n"
        line = _next_line(task.context)
        if partial:
            text, line = f"{task.scaffold}\n{text}", 0
        elif taken_back := reset(task.context, task.options):
            text = f"{taken_back}\n{text}"
        before = self._meanings(session, reading.kept)
        self._sending()
        deadline = time.monotonic() + wall_s
        response = session.push(PushKind.FULL, text, line=line, timeout_s=wall_s)
        if refused := refusal(response):
            return refused
        found = session.lookup(
            task.name.rpartition(".")[2], max(LOOKUP_TIMEOUT_S, deadline - time.monotonic())
        )
        if reason := reading.forbidden:
            finding = Finding(Category.CHEAT, reason)
        elif reading.mismatch:
            finding = Finding(Category.MISMATCH, reading.mismatch)
        else:
            finding = self._asked(session, reading, before) or identity(found, task.name, line)
        if refusal(session.pop(LOOKUP_TIMEOUT_S)):
            self.close()
        return assumed(response) or finding

    def _asked(self, session: FStarSession, reading: Reading, before: Mapping[str, str]) -> Finding | None:
        """Ask F* what the names of an accepted candidate mean."""
        places = ("", *(f"{module}." for module in dict.fromkeys(reading.open_modules)))
        if len(reading.unknown) * len(places) > MAX_LOOKUPS:
            return Finding(Category.CHEAT, f"over {MAX_LOOKUPS} names that may be of tactics")
        for name, place in itertools.product(reading.unknown, places):
            meant = _meaning(session.lookup(f"{place}{name}", LOOKUP_TIMEOUT_S))
            if is_unlisted(meant):
                return Finding(Category.CHEAT, f"{meant}: not among the tactics that may be used")
        for name, meant in self._meanings(session, reading.kept).items():
            if before[name] != meant:
                return Finding(
                    Category.MISMATCH, f"redefines {name}, which the statement names: it is {meant}"
                )
        return None

    def _meanings(self, session: FStarSession, names: Sequence[str]) -> Mapping[str, str]:
        return {name: _meaning(session.lookup(name, LOOKUP_TIMEOUT_S)) for name in names}

    def _sound(self, task: ProofTask) -> bool:
        try:
            session, partial = self._ready(task, frozenset())
            line = 0 if partial else _next_line(task.context)
            alive = session.push(PushKind.FULL, ALIVE, line=line, timeout_s=CONTEXT_TIMEOUT_S)
        except SandboxError:
            return False
        self.close()
        return alive.status is Status.SUCCESS

    def _ready_with(self, task: ProofTask, modules: frozenset[str]) -> tuple[FStarSession, bool]:
        """Return what ``_ready`` does; modules that the context does not check with are left out.

        Where they cannot be loaded, F* says so of the candidate.
        """
        try:
            try:
                return self._ready(task, modules)
            except ContextError:
                if not modules:
                    raise
                self.close()
                return self._ready(task, frozenset())
        except ContextError as error:
            self._broken[task.context, task.name] = error.message
            raise
        except (ProcessDied, Overdue) as error:
            raise ProcessDied(f"while loading the context: {error.message}") from error

    def _ready(self, task: ProofTask, modules: frozenset[str]) -> tuple[FStarSession, bool]:
        """Return a process with the task's context alone on its stack, and whether from a checked file.

        Raises:
            ContextError: the context does not check.
        """
        loaded = self._loaded
        if self._session and loaded and loaded.task == task and loaded.modules == modules:
            return self._session, loaded.partial
        contents = _mention(task.context, modules)
        checked = self._launch.has_checked(task.file_name)
        if self._session and loaded:
            self._loaded = None
            if refusal(self._session.pop(LOOKUP_TIMEOUT_S)):
                self.close()
        if self._session is None:
            self._session = FStarSession(self._launch.start(task.file_name, contents))
            self.starts += 1
            stale = not self._launch.writes_files and not checked
        else:
            stale = not checked or bool(modules)
        session = self._session
        if stale:
            session.vfs_add(contents, LOOKUP_TIMEOUT_S)
        partial = checked and PARTIAL in session.features
        if partial and refusal(session.push_partial(task.name, CONTEXT_TIMEOUT_S)):
            partial = False
        if not partial:
            self._push_context(session, task)
        self._loaded = _Loaded(task, modules, partial)
        return session, partial

    def _push_context(self, session: FStarSession, task: ProofTask) -> None:
        options = "" if sets_options(task.context) else task.options
        text = task.context.removesuffix("\n") + "\n" + (f"{options}\n" if options else "")
        refused = refusal(session.push(task.context_kind, text, line=1, timeout_s=CONTEXT_TIMEOUT_S))
        if refused and refused.category is Category.CRASH:
            raise ProcessDied(refused.detail)
        if refused:
            remedy = INCLUDE if _NOT_FOUND.search(refused.detail) else ""
            raise ContextError(f"the context does not check in this F*: {refused.detail}{remedy}")


def _meaning(response: Response) -> str:
    """Return the qualified name that ``lookup`` found, or an empty string."""
    found = symbol(response) if response.status is Status.SUCCESS else None
    return found.name if found else ""


def _next_line(context: str) -> int:
    return context.removesuffix("\n").count("\n") + 2


def _mention(context: str, modules: frozenset[str]) -> str:
    """Return a file that depends on what the context depends on, and on a candidate's modules.

    F* decides what to load from the file, before anything is pushed; the candidate itself is no part of it,
    because one that does not parse would spoil the context.
    """
    if not modules:
        return context
    names = ", ".join(f"{module}.dependency" for module in sorted(modules))
    return f"{context}\nlet dependencies__ = ({names})\n"
