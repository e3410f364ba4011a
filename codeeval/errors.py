"""Every error that codeeval reports to its user, each with its exit code.

::

    CodeEvalError ............... 3   anything that stops a command
    ├── UsageError .............. 2   the command line or the configuration is wrong
    │   ├── UnknownName ......... 2   no such benchmark, model, task ...; nearest names offered
    │   └── RunMismatch ......... 2   the run directory was made with other settings
    ├── DataError ............... 4   a dataset or a samples file cannot be read or is malformed
    ├── ModelError .............. 5   a model backend refuses or sends a malformed response
    │   ├── PromptRefused ....... 5   it refuses one prompt: filtered, for example; others may work
    │   │   └── ContextOverflow . 5   the prompt is longer than the model's context
    │   ├── NoAnswer ............ 5   a server gives no answer to one prompt; others may work
    │   └── NearlyNoAnswers ..... 5   the run ended, but nearly all samples have no answer of the model
    ├── SandboxError ............ 6   no engine, no image, or a sandbox that keeps dying
    │   ├── UnsoundEnvironment .. 6   too few reference solutions pass here to score others
    │   └── TooManySandboxErrors  6   the run ended, but more samples than allowed have no verdict
    ├── StorageError ............ 7   disk full, path not writable
    ├── BudgetSpent ............. 8   --max-cost is reached; the completions so far are kept and scored
    ├── NotAllTranslated ........ 9   translated, but some problems or tests are untranslatable
    ├── PluginError ............ 10   a plug-in of another package is faulty: named, with the member
    ├── SuiteIncomplete ........ 11   the suite has ended, but some of its runs could not be carried out
    └── Interrupted ........... 130   Ctrl-C; what was done is kept

A message states what happened, where (file and line), and what to do next.
"""

from __future__ import annotations

import difflib
import errno
import re
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


_STORAGE_ERRNOS: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG}
)


def is_storage_error(error: OSError) -> bool:
    """Whether an error of the system says that a file cannot be written: disk full, no permission."""
    return error.errno in _STORAGE_ERRNOS


def unless_denied(error: BaseException, remedy: str) -> str:
    """Return what helps where a file cannot be read: not this remedy where permission is denied."""
    if isinstance(error, PermissionError):
        return "Permission is denied: make it, and the folders above it, readable for this user (chmod)."
    return remedy


class CodeEvalError(Exception):
    """Base of all errors meant for the user.

    Args:
        message: what happened and where.
        remedy: what the user can do about it.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


class UsageError(CodeEvalError):
    """The command line or the configuration cannot be carried out."""

    exit_code: ClassVar[int] = 2


class UnknownName(UsageError):
    """A name that nothing answers to.

    The remedy offers the nearest names and lists all of them, or of many their number, first and last.

    Args:
        what: the sort of thing that was looked up, for example ``benchmark``.
        name: the name as given.
        known: the names that exist.

    Attributes:
        known: all names that exist, in order; ``Task/2`` comes before ``Task/10``.
    """

    LISTED: ClassVar[int] = 100
    """Most names that the remedy lists."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.known = tuple(sorted(known, key=_with_numbers))
        near = difflib.get_close_matches(name, self.known, n=3, cutoff=0.5)
        offer = f"Did you mean {' or '.join(near)}? " if near else ""
        if len(self.known) > self.LISTED:
            listed = f"There are {len(self.known)}, from {self.known[0]} to {self.known[-1]}."
        else:
            listed = f"Known: {', '.join(self.known) or 'none'}."
        super().__init__(f"unknown {what} {name!r}", offer + listed)
        self._made_of = (what, name, self.known)

    def __reduce__(self) -> tuple[type[UnknownName], tuple[str, str, tuple[str, ...]]]:
        return type(self), self._made_of  # not of the message alone, as exceptions are


class RunMismatch(UsageError):
    """A run directory holds a run with other settings than the command has."""


class DataError(CodeEvalError):
    """A dataset or a samples file is missing or malformed."""

    exit_code: ClassVar[int] = 4


class ModelError(CodeEvalError):
    """A model backend cannot be used or answered something unusable."""

    exit_code: ClassVar[int] = 5


class PromptRefused(ModelError):
    """A model backend refuses this prompt (too long, filtered); a run continues with an empty completion."""


class ContextOverflow(PromptRefused):
    """A prompt, with the tokens asked for, is longer than the model's context."""


class NoAnswer(ModelError):
    """A server gives no answer to this prompt, however often it is asked; a run leaves the sample out."""


class NearlyNoAnswers(ModelError):
    """The run ended, but nearly all samples were rejected or have no answer: that is no result."""

    path: Path | None = None
    """The run directory, whose metrics are written nevertheless."""


class SandboxError(CodeEvalError):
    """A sandbox cannot be made, or keeps dying."""

    exit_code: ClassVar[int] = 6


class TooManySandboxErrors(SandboxError):
    """The run ended, but more samples than allowed were left without a verdict."""

    path: Path | None = None
    """The run directory, whose metrics are written nevertheless."""


class UnsoundEnvironment(SandboxError):
    """Too few of a benchmark's reference solutions pass here for others to be scored."""


class StorageError(CodeEvalError):
    """A file cannot be written: disk full, no permission, not a directory."""

    exit_code: ClassVar[int] = 7


class BudgetSpent(CodeEvalError):
    """The next request might cost more than the user allows; the completions so far are kept and scored."""

    exit_code: ClassVar[int] = 8
    path: Path | None = None
    """The run directory, whose metrics are written nevertheless."""


class NotAllTranslated(CodeEvalError):
    """The rows are written, but some problems or tests were untranslatable; a file lists them."""

    exit_code: ClassVar[int] = 9


class PluginError(CodeEvalError):
    """A plug-in of another package lacks a member, has it in another form, or fails.

    Its ``__cause__`` is the error that the plug-in raised, where it raised one.
    """

    exit_code: ClassVar[int] = 10


class SuiteIncomplete(CodeEvalError):
    """The suite has ended, but some of its runs could not be carried out; the others are there."""

    exit_code: ClassVar[int] = 11
    path: Path | None = None
    """The suite's folder."""


class Interrupted(CodeEvalError):
    """The user stopped the command; what was done is kept."""

    exit_code: ClassVar[int] = 130


def _with_numbers(name: str) -> list[tuple[int, str]]:
    """Return the key that orders numbers within names as numbers, however many digits they have."""
    parts = ((part.lstrip("0"), part) for part in re.split(r"(\d+)", name))
    return [(len(digits), digits) if part.isdecimal() else (0, part) for digits, part in parts]
