"""Checks candidates against one source file: a process that is kept, reused, and replaced where it breaks.

The queries for a candidate: the context once (``push``, or ``push-partial-checked-file`` where this F* and
the project's checked files allow it), then ``push``, and where that succeeds ``lookup`` and ``pop``.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from codeeval.lexing.fstar import Kind, module_paths, tokens
from codeeval.provers.findings import Category, Finding
from codeeval.provers.fstar.acceptance import assumed, identity, refusal
from codeeval.provers.fstar.protocol import PushKind
from codeeval.provers.fstar.rules import forbidden, restated, unreadable, unsendable
from codeeval.provers.fstar.session import PARTIAL, FStarSession
from codeeval.provers.hosts import Overdue, ProcessDied
from codeeval.provers.sandbox import Checker, ContextError

if TYPE_CHECKING:
    from codeeval.provers.hosts import Stream

CONTEXT_TIMEOUT_S: Final = 600.0
LOOKUP_TIMEOUT_S: Final = 60.0


class ProofTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a candidate must define, and behind what."""

    file_name: str
    """Of the source, without folder."""
    name: str
    """Qualified."""
    context: str
    """The file up to the definition."""
    scaffold: str = ""
    """Opens, abbreviations and solver options: in force where the context comes from a checked file."""
    options: str = ""
    """The ``#push-options`` line for a context that sets none itself."""
    statement: str = ""
    """The ``val`` of the definition; empty where the dataset has none."""
    reference: str = ""
    """The dataset's own definition: its head is the statement where there is no ``val``."""
    context_kind: PushKind = PushKind.LAX
    """The context is trusted: checking its proofs again would take minutes and show nothing new."""


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


class FStarChecker(Checker[ProofTask]):
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

    def close(self) -> None:
        """End the process."""
        if self._session:
            self._session.close()
        self._session = self._loaded = None

    def _refused(self, candidate: str) -> Finding | None:
        code = tokens(candidate)
        if reason := unreadable(code):
            return Finding(Category.SYNTAX, reason)
        if reason := unsendable(code):
            return Finding(Category.CHEAT, reason)
        return None

    def _judge(self, task: ProofTask, candidate: str, wall_s: float) -> Finding:
        code = tokens(candidate)
        if broken := self._broken.get((task.context, task.name)):
            raise ContextError(broken)
        try:
            session, partial = self._ready(task, module_paths(code) - _modules_of(task.context))
        except (ProcessDied, Overdue) as error:
            raise ProcessDied(f"while loading the context: {error.message}") from error
        short = task.name.rpartition(".")[2]
        text = f"{task.statement}\n{candidate}\n" if task.statement else f"{candidate}\n"
        line = _next_line(task.context)
        if partial:
            text, line = f"{task.scaffold}\n{text}", 0
        deadline = time.monotonic() + wall_s
        response = session.push(PushKind.FULL, text, line=line, timeout_s=wall_s)
        if refused := refusal(response):
            return refused
        found = session.lookup(short, max(LOOKUP_TIMEOUT_S, deadline - time.monotonic()))
        popped = session.pop(LOOKUP_TIMEOUT_S)
        if refusal(popped):
            self.close()
        if believed := assumed(response):
            return believed
        if reason := forbidden(code, short):
            return Finding(Category.CHEAT, reason)
        if not task.statement and (reason := restated(code, task.reference, short)):
            return Finding(Category.MISMATCH, reason)
        return identity(found, task.name, line)

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
            reason = f"the context does not check in this F*: {refused.detail}"
            self._broken[task.context, task.name] = reason
            raise ContextError(reason)


@functools.lru_cache(maxsize=64)
def _modules_of(context: str) -> frozenset[str]:
    return module_paths(tokens(context))


def sets_options(context: str) -> bool:
    """Whether a file sets the solver's options itself: pushed as a whole, they are in force already."""
    return any("-options" in token.text for token in tokens(context) if token.kind is Kind.PRAGMA)


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
