"""What a server's error means: try again, omit a parameter, give up this prompt, or give up.

Servers state the same errors in different words and shapes; this module knows the words of all of them.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import enum
import re
import ssl
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.errors import ContextOverflow, ModelError, NoAnswer, PromptRefused
from codeeval.models.connections import proxy_of
from codeeval.models.context import exceeds_context, stated_room
from codeeval.models.serving.pacing import Transient

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from codeeval.models.serving.pacing import Pacer

_RETRIED: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524, 529})
_THROTTLED: Final = frozenset({429, 529})
_REFUSED: Final = frozenset({400, 413, 422})
_OVERFLOW: Final = re.compile(
    r"context (length|size|window|limit)|maximum context|max_model_len|prompt is too long"
    r"|too many (input )?tokens|exceeds? the (available|maximum) context|input (length|is too long)"
    r"|context_length_exceeded|exceed_context_size_error|string_above_max_length",
    re.IGNORECASE,
)
_FILTERED: Final = re.compile(
    r"content[ _](management[ _])?(filter|policy)|safety (system|filter)|content_policy_violation",
    re.IGNORECASE,
)
_MODERATED: Final = re.compile(r"content|safety|moderation|flagged", re.IGNORECASE)
"""With 403, which else rejects the key."""
_QUOTA: Final = re.compile(
    r"insufficient_quota|billing_hard_limit_reached|credit balance|exceeded your current quota", re.IGNORECASE
)
_UNSUPPORTED: Final = re.compile(
    r"not? (be )?(support|allow|permit|recogni[sz]|available|accept|specified|compatible)|unsupported"
    r"|deprecated|unknown|unrecogni[sz]ed|unexpected|extra (inputs|fields)|can(no|')t both|incompatible"
    r"|only the default|must end with a user|may only be set to 1",
    re.IGNORECASE,
)
"""Rejects a parameter whatever its value; a value out of range is the user's to correct."""


class Parameter(enum.Enum):
    """A parameter of a request that can be omitted; the values are names in ``Capabilities``."""

    TEMPERATURE = "temperature"
    TOP_P = "top_p"
    SEED = "seed"
    STOP = "stop"
    N = "n"
    PREFILL = "prefill"
    REASONING = "reasoning"


_NAMED: Final = {
    Parameter.PREFILL: re.compile(
        r"prefill|must end with a user|(last|final) message|assistant message", re.IGNORECASE
    ),
    Parameter.TOP_P: re.compile(r"\btop_?p\b", re.IGNORECASE),
    Parameter.TEMPERATURE: re.compile(r"\btemperature\b", re.IGNORECASE),
    Parameter.SEED: re.compile(r"\bseed\b", re.IGNORECASE),
    Parameter.N: re.compile(r"\bn\b"),
    Parameter.STOP: re.compile(r"\bstop(_sequences)?\b", re.IGNORECASE),
    Parameter.REASONING: re.compile(r"reasoning|thinking|\bthink\b|budget_tokens|\beffort\b", re.IGNORECASE),
}
"""How errors name the parameters; where one names two, the first of these is omitted."""
_VALUES: Final = (Parameter.TEMPERATURE, Parameter.TOP_P, Parameter.SEED, Parameter.REASONING)
"""What only the user can correct, where an error names it."""
_LIMIT: Final = re.compile(r"max_(\w+_)?tokens", re.IGNORECASE)
_REPLACEABLE: Final = frozenset({Parameter.N, Parameter.STOP})
"""What codeeval can do itself: omitted at any error that names it, be it about the value alone."""


_NO_TEMPLATE: Final = re.compile(r"chat[ _]template", re.IGNORECASE)
_HEADER: Final = re.compile(r"(header value|Bearer|api[ -]key provided:)\s+\S.*", re.IGNORECASE | re.DOTALL)
_HIDDEN: Final = "(not shown)"
_SHORTEST_SECRET: Final = 6
"""A shorter key is a placeholder, and a word of messages."""


class LessRoom(Exception):
    """The server has room for fewer tokens than were asked for; the request can be sent with these."""

    def __init__(self, tokens: int, *, fixed: bool) -> None:
        super().__init__(f"there is room for {tokens} tokens")
        self.tokens = tokens
        self.fixed = fixed
        """Whether that holds for every prompt."""


class Rejected(Exception):
    """The server rejects the request and does not say why in known words; ``error`` is what to raise."""

    def __init__(self, error: NoAnswer) -> None:
        super().__init__(error.message)
        self.error = error


class UnsupportedParameter(Exception):
    """The server rejects a parameter; the request can be sent without it."""

    def __init__(self, parameter: Parameter, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class ErrorResponse(NamedTuple):
    """An error as a server states it."""

    status: int
    """Of HTTP."""
    message: str
    code: str = ""
    """The server's name of the error: ``insufficient_quota``; may be empty."""
    param: str = ""
    """The parameter that the server names; may be empty."""
    headers: Mapping[str, str] = {}


class ServerErrors(NamedTuple):
    """Classifies the errors of one server.

    Attributes:
        pacer: learns of errors that no later request can escape.
        server: what messages call the server.
        model: its name there.
        key: the variable that the user sets the key in.
        secret: the key, which no message may hold.
    """

    pacer: Pacer
    server: str
    model: str
    key: str
    secret: str | None = None

    def hidden(self, message: str) -> str:
        """Return a message without the key, and without the values of headers."""
        return hidden(message, self.secret)

    def unconnected(self, error: BaseException) -> Exception:
        """Tell a connection that may come about later from one that will not.

        Args:
            error: of an SDK or its HTTP client, with its causes.
        """
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLCertVerificationError):
                return self._end(
                    f"{self.server}: its certificate is not trusted: {cause.verify_message}",
                    "Name the file with the right authority in SSL_CERT_FILE, or use http://.",
                )
            if isinstance(cause, ssl.SSLError) and cause.reason == "WRONG_VERSION_NUMBER":
                return self._end(
                    f"{self.server}: it does not speak TLS", "Write http:// in place of https://."
                )
            if isinstance(cause, UnicodeError) or type(cause).__name__ == "LocalProtocolError":
                return self._end(
                    f"{self.server}: the request has a header that cannot be sent",
                    f"Look at {self.key} for characters that no key has.",
                )
        what = self.hidden(str(error.__cause__ or error) or type(error.__cause__ or error).__name__)
        if proxy := proxy_of(self.server):
            return Transient(f"no connection through the proxy {proxy}, or it broke off: {what}")
        return Transient(f"no connection, or it broke off: {what}")

    def _end(self, message: str, remedy: str) -> ModelError:
        return self.pacer.end(ModelError(message, remedy))

    def classify(self, error: ErrorResponse, sent: Collection[Parameter] = (), asked: int = 0) -> Exception:
        """Return the exception that an error should be raised as.

        Args:
            error: as the server states it.
            sent: the parameters of the request that could be omitted.
            asked: the tokens that the request asked for, where it was one for completions.
        """
        if fatal := self._fatal(error):
            return self.pacer.end(fatal)
        if asked and error.status in _REFUSED and (full := self._full(error, asked)):
            return full
        if is_overflow(error):
            return ContextOverflow(f"{self.model} rejects the prompt: {error.message}")
        if error.status in _RETRIED:
            wait_s, throttled = retry_after_s(error.headers), error.status in _THROTTLED
            return Transient(f"status {error.status}: {error.message}", wait_s=wait_s, throttled=throttled)
        if is_filtered(error):
            return PromptRefused(f"{self.model} rejects the prompt: {error.message}")
        return self._rejected(error, sent, asked)

    def _rejected(self, error: ErrorResponse, sent: Collection[Parameter], asked: int) -> Exception:
        """Return what an error means that is about this request: a parameter, its value, or the prompt."""
        if error.status in _REFUSED and (parameter := unsupported_parameter(error, sent)):
            return UnsupportedParameter(parameter, error.message)
        message = f"{self.server} rejects the request ({error.status}): {error.message}"
        remedy = "The message is the server's; check --temperature, --max-tokens and the model's name."
        words = f"{error.param} {error.message}"
        value = any(_NAMED[each].search(words) for each in _VALUES if each in sent) or _LIMIT.search(words)
        return Rejected(NoAnswer(message, remedy)) if asked and not value else ModelError(message, remedy)

    def _full(self, error: ErrorResponse, asked: int) -> Exception | None:
        """Return what an error means that is about the room for the answer; None for another one."""
        room = stated_room(error.message, asked)
        if room is not None and 1 <= room.tokens < asked:
            return LessRoom(room.tokens, fixed=room.fixed)
        too_long = room is not None and room.tokens < 1
        if too_long or not is_overflow(error) or not exceeds_context(error.message, asked):
            return None
        return self.pacer.end(
            ModelError(
                f"{self.server} has no room for {asked} tokens ({error.status}): {error.message}",
                "Lower --max-tokens (and --reasoning-tokens), or give the server a longer context.",
            )
        )

    def _fatal(self, error: ErrorResponse) -> ModelError | None:
        if error.status in (401, 403) and not is_filtered(error):
            remedy = f"Set {self.key} to a key that is valid there and may use {self.model}."
            return ModelError(f"{self.server} rejects the key ({error.status}): {error.message}", remedy)
        if error.status in _REFUSED and _NO_TEMPLATE.search(error.message):
            return ModelError(
                f"{self.server} has no chat template for {self.model} ({error.status}): {error.message}",
                "It is a base model: try --style base.",
            )
        quota = error.status in (400, 429) and _QUOTA.search(f"{error.code} {error.message}")
        if error.status == 402 or quota:
            return ModelError(f"{self.server}: {error.message}", "Check the account's plan and billing.")
        if error.status == 404:
            return ModelError(
                f"{self.server} has no model {self.model!r}: {error.message}", "Check the model's name."
            )
        return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def is_overflow(error: ErrorResponse) -> bool:
    """Whether an error states that the prompt is longer than the model's context."""
    if error.status in _THROTTLED:
        return False  # "too many tokens" a minute
    return error.status == 413 or bool(_OVERFLOW.search(f"{error.code} {error.message}"))


def is_filtered(error: ErrorResponse) -> bool:
    """Whether an error states that the prompt was filtered for its content."""
    pattern = _MODERATED if error.status == 403 else _FILTERED
    return bool(pattern.search(f"{error.code} {error.message}"))


def is_unsupported(error: ErrorResponse) -> bool:
    """Whether an error rejects something whatever its value."""
    return bool(_UNSUPPORTED.search(f"{error.code} {error.message}"))


def hidden(message: str, key: str | None = None) -> str:
    """Return a message without the values of headers, which hold keys, and without this key.

    Args:
        message: of a library or a server, for the user.
        key: that was sent.
    """
    for secret in {key or "", (key or "").strip()} - {""}:
        if len(secret) >= _SHORTEST_SECRET:
            message = message.replace(secret, _HIDDEN)
    return _HEADER.sub(rf"\1 {_HIDDEN}", message)


def unsupported_parameter(error: ErrorResponse, sent: Collection[Parameter]) -> Parameter | None:
    """Return the parameter that an error rejects whatever its value; None where it rejects none."""
    unsupported = is_unsupported(error)
    words = f"{error.param} {error.message}"
    named = (
        parameter
        for parameter, pattern in _NAMED.items()
        if parameter in sent and (unsupported or parameter in _REPLACEABLE) and pattern.search(words)
    )
    return next(named, None)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return how long a server asks to wait, in seconds: ``Retry-After`` as a number or a date."""
    milliseconds = headers.get("retry-after-ms")
    text = headers.get("retry-after")
    try:
        if milliseconds is not None:
            return max(0.0, float(milliseconds) / 1000)
        return None if text is None else max(0.0, float(text))
    except ValueError:
        pass
    try:
        then = email.utils.parsedate_to_datetime(text or "")
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=dt.UTC)
    return max(0.0, (then - dt.datetime.now(dt.UTC)).total_seconds())
