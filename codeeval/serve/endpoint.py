"""What an HTTP route is: a path, the types of its request and response, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from codeeval.session.wire import ErrorAnswer, ErrorBody

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping

    from codeeval.serve.failures import Failure
    from codeeval.serve.service import Caller, Service

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"


class Answer(NamedTuple):
    """A response as a whole."""

    body: bytes
    content_type: str = JSON
    status: int = 200


class Stream(NamedTuple):
    """A response line by line."""

    lines: AsyncGenerator[bytes]
    content_type: str = NDJSON


class Asked(NamedTuple):
    """A request, read and checked."""

    body: Any  # Any: of the endpoint's type
    caller: Caller
    path: Mapping[str, str]
    """What stands in the path's placeholders."""
    headers: Mapping[str, str]

    @property
    def wants_lines(self) -> bool:
        """Whether results are wanted as they come, a line each."""
        return NDJSON in self.headers.get("accept", "")


class Endpoint(NamedTuple):
    """One route."""

    method: str
    path: str
    summary: str
    body: Any  # Any: the type of the request, as msgspec decodes it; None for none
    answer: Any  # Any: the type of the response, as msgspec encodes it; None where it is no JSON
    handle: Callable[[Service, Asked], Coroutine[object, object, object]]
    fail: Callable[[Failure], Answer]
    """States a failure as the protocol does."""
    strict: bool = False
    """Whether a number may not be written as a string, and the like."""
    public: bool = False
    """Whether no token is needed."""


def native_failure(failure: Failure) -> Answer:
    """State a failure as codeeval's own routes do."""
    error = ErrorBody(code=failure.code, message=failure.message, remedy=failure.remedy)
    return Answer(msgspec.json.encode(ErrorAnswer(error=error)), status=failure.status)


def detail_failure(failure: Failure) -> Answer:
    """State a failure as FastAPI's servers do: ``{"detail": ...}``."""
    return Answer(msgspec.json.encode({"detail": failure.text}), status=failure.status)
