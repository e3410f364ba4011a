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
from codeeval.sandboxes.fstar.acceptance import Category, Finding, assumed, identity, refusal
from codeeval.sandboxes.fstar.protocol import PushKind
from codeeval.sandboxes.fstar.rules import forbidden, restated, unreadable, unsendable
from codeeval.sandboxes.fstar.session import PARTIAL, Overdue, ProcessDied, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.lexing.fstar import Token
    from codeeval.sandboxes.fstar.session import Stream

MAX_CANDIDATE_CHARS: Final = 256 << 10
"""Longer definitions are not sent; the longest of the published dataset is a tenth of it."""
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
    """The context is trusted: checking its proofs again would take minutes and tell nothing new."""


class Launch(Protocol):
    """Starts F*."""

    def start(self, file_name: str, contents: str) -> Stream:
        """Start a process for a source file that reads like ``contents``."""
        ...

    def has_checked(self, file_name: str) -> bool:
        """Whether the project's own file is where F* finds it, with its checked file."""
        ...

    @property
    def writes_files(self) -> bool:
        """Whether ``start`` puts ``contents`` where F* reads it; if not, it must be sent with ``vfs-add``."""
        ...


class _Loaded(NamedTuple):
    """What is on the process's stack below the candidates."""

    task: ProofTask
    modules: frozenset[str]
    """Modules that the process knows of for a candidate's sake."""
    partial: bool
    """Whether it came from a checked file."""


class Checker:
    """Judges candidates of one source file with at most one process at a time. Not thread-safe.

    Args:
        launch: starts the process.
    """

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._session: Session | None = None
        self._loaded: _Loaded | None = None
        self._broken: dict[tuple[str, str], Finding] = {}
        self.starts = 0
        """Processes started so far."""

    def check(self, task: ProofTask, candidate: str, wall_s: float) -> Finding:
        """Judge a candidate: never raises for what the candidate does.

        Args:
            task: what it must define.
            candidate: F* source, hostile.
            wall_s: longest time for the candidate alone.

        Raises:
            SandboxError: F* cannot be started.
        """
        code = tokens(candidate) if len(candidate) <= MAX_CANDIDATE_CHARS else []
        if refused := _refused_unsent(code, candidate):
            return refused
        finding = self._once(task, candidate, code, wall_s)
        if finding.category is Category.CRASH:
            self.close()
            finding = self._once(task, candidate, code, wall_s)
        if finding.category in (Category.CRASH, Category.TIMEOUT):
            self.close()
        return finding

    def close(self) -> None:
        """End the process."""
        if self._session:
            self._session.close()
        self._session = self._loaded = None

    def _once(self, task: ProofTask, candidate: str, code: Sequence[Token], wall_s: float) -> Finding:
        if known := self._broken.get((task.context, task.name)):
            return known
        modules = module_paths(code) - _modules_of(task.context)
        try:
            session, partial = self._ready(task, modules)
        except (ProcessDied, Overdue) as error:
            self.close()
            return Finding(Category.CRASH, f"while loading the context: {error.message}")
        if isinstance(session, Finding):
            return session
        try:
            return self._judge(session, task, candidate, code, wall_s, partial=partial)
        except Overdue:
            return Finding(Category.TIMEOUT, f"F* took over {wall_s:g} s")
        except ProcessDied as error:
            return Finding(Category.CRASH, error.message)

    def _judge(
        self,
        session: Session,
        task: ProofTask,
        candidate: str,
        code: Sequence[Token],
        wall_s: float,
        *,
        partial: bool,
    ) -> Finding:
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
        if said := assumed(response):
            return said
        if used := forbidden(code, short):
            return Finding(Category.CHEAT, used)
        if not task.statement and (said_otherwise := restated(code, task.reference, short)):
            return Finding(Category.MISMATCH, said_otherwise)
        return identity(found, task.name, line)

    def _ready(self, task: ProofTask, modules: frozenset[str]) -> tuple[Session | Finding, bool]:
        """Return a process that has exactly the task's context on its stack, or why it does not check."""
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
            self._session = Session(self._launch.start(task.file_name, contents))
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
        if not partial and (refused := self._push_context(session, task)):
            self._broken[task.context, task.name] = refused
            return refused, False
        self._loaded = _Loaded(task, modules, partial)
        return session, partial

    def _push_context(self, session: Session, task: ProofTask) -> Finding | None:
        options = "" if sets_options(task.context) else task.options
        text = task.context.removesuffix("\n") + "\n" + (f"{options}\n" if options else "")
        response = session.push(task.context_kind, text, line=1, timeout_s=CONTEXT_TIMEOUT_S)
        refused = refusal(response)
        if refused is None or refused.category is Category.CRASH:
            if refused:
                raise ProcessDied(refused.detail)
            return None
        return Finding(Category.CONTEXT, f"the context does not check in this F*: {refused.detail}")


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


def _refused_unsent(code: Sequence[Token], candidate: str) -> Finding | None:
    """Refuse what F* must not or cannot be sent."""
    if len(candidate) > MAX_CANDIDATE_CHARS:
        size = f"{len(candidate)} characters, and {MAX_CANDIDATE_CHARS} are the most that are checked"
        return Finding(Category.SYNTAX, f"the definition has {size}")
    try:
        candidate.encode()
    except UnicodeEncodeError:
        return Finding(Category.SYNTAX, "the definition is not Unicode: it has half of a surrogate pair")
    if said := unreadable(code):
        return Finding(Category.SYNTAX, said)
    if said := unsendable(code):
        return Finding(Category.CHEAT, said)
    return None
