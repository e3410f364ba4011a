"""What an HTTP route is: a path, the types of its request and response, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qs

import msgspec

from codeeval.benchmarks.common.sealing import OFFICIAL, PROTOCOLS
from codeeval.errors import UnknownName
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
    query: str
    """What follows the question mark."""

    @property
    def protocol(self) -> str:
        """How candidates are judged where the request's body does not say: ``?protocol=sealed``.

        The bodies that trainers send are fixed, and the address is what their users choose.

        Raises:
            UnknownName: there is no such protocol.
        """
        named = parse_qs(self.query).get("protocol", [OFFICIAL])[-1]
        if named not in PROTOCOLS:
            raise UnknownName("protocol", named[:100], PROTOCOLS)
        return named

    def protocol_for(self, entry_point: str) -> str:
        """Return the protocol for tests of a function: where it is not known, they cannot be sealed."""
        return self.protocol if entry_point else OFFICIAL

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
