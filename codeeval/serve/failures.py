"""Why a request was not carried out: one kind of error, which each protocol states in its own shape."""

from __future__ import annotations

from typing import Final

import msgspec

from codeeval.errors import CodeEvalError, SandboxError

RETRY_AFTER_S: Final = 1


class Failure(Exception):
    """A request that is not carried out.

    Args:
        status: of the HTTP response.
        code: names the kind of failure, for programs.
        message: what is wrong.
        remedy: what the caller can do about it; empty for nothing.
        retry: whether the same request may be sent again later.
    """

    def __init__(
        self, status: int, code: str, message: str, remedy: str = "", *, retry: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.remedy = remedy
        self.retry = retry

    @property
    def text(self) -> str:
        """What is wrong, and what can be done about it."""
        return f"{self.message}. {self.remedy}" if self.remedy else self.message


def failure_of(error: Exception) -> Failure | None:
    """Return what an error means to a caller; None where it is a defect."""
    match error:
        case Failure():
            return error
        case UnicodeEncodeError():
            return Failure(422, "invalid_request", "a text has surrogates that are no characters")
        case msgspec.DecodeError():
            return Failure(422, "invalid_request", str(error))
        case SandboxError():
            return Failure(503, "no_sandbox", error.message, error.remedy, retry=True)
        case CodeEvalError():
            return Failure(422, "invalid_request", error.message, error.remedy)
        case _:
            return None


def queue_is_full(waiting: int) -> Failure:
    """Make the failure of a request that finds as many others waiting as there may be."""
    return Failure(
        429, "queue_full", f"{waiting} programs are waiting already", "Try again later.", retry=True
    )


def overdue(seconds: float) -> Failure:
    """Make the failure of a request that had no answer in time."""
    return Failure(
        504,
        "overdue",
        f"no result within {seconds:g} s: the service is loaded",
        "Try again later.",
        retry=True,
    )


def draining() -> Failure:
    """Make the failure of a request that comes while the service ends."""
    return Failure(503, "draining", "the service is about to end", "Ask another one.", retry=True)
