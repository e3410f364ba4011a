"""What a proof assistant made of a candidate."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CANDIDATE_CHARS: Final = 256 << 10
"""Longer candidates are not sent; the longest of the published datasets is a tenth of it."""
MESSAGE_CHARS: Final = 400


class Category(enum.StrEnum):
    """What became of a candidate."""

    ACCEPTED = "accepted"
    SYNTAX = "syntax"
    TYPE = "type"
    UNPROVED = "unproved"
    """Well-typed but for what remains to be proved."""
    TIMEOUT = "timeout"
    CHEAT = "cheat"
    """The prover accepts it, but nothing is proved."""
    MISMATCH = "mismatch"
    """The prover accepts it, but it is not what was asked for."""
    CONTEXT = "context"
    """What stands before the candidate does not check in this prover: no verdict on the candidate."""
    UNABLE = "unable"
    """This prover does not support a query: no verdict, and trying again would not give one."""
    CRASH = "crash"
    """The prover ended or sent a malformed response: no verdict."""


class Finding(msgspec.Struct, frozen=True):
    """The category and the reason in short."""

    category: Category
    detail: str = ""
    by_chance: bool = False
    """Whether it may depend on what the process did before: solvers are given limits, and remember."""

    @property
    def no_verdict(self) -> bool:
        """Whether it concerns the prover, not the candidate."""
        return self.category in (Category.CRASH, Category.CONTEXT, Category.UNABLE)


ACCEPTED: Final = Finding(Category.ACCEPTED)


def malformed(candidate: str) -> Finding | None:
    """Refuse what no prover can be sent: too long, or not Unicode."""
    if len(candidate) > MAX_CANDIDATE_CHARS:
        return Finding(
            Category.SYNTAX,
            f"the candidate has {len(candidate)} characters; at most {MAX_CANDIDATE_CHARS} are checked",
        )
    try:
        candidate.encode()
    except UnicodeEncodeError:
        return Finding(Category.SYNTAX, "the candidate is not Unicode: it has half of a surrogate pair")
    return None


def shortened(messages: Sequence[str]) -> str:
    """Return the first message on one line, and how many follow it."""
    first = " ".join(messages[0].split())[:MESSAGE_CHARS] if messages else "no message"
    return f"{first} and {len(messages) - 1} more" if len(messages) > 1 else first
