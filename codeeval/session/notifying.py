"""Tells a URL that a run or a suite has ended or failed: one JSON document, by POST.

It holds nothing secret: keys that codeeval knows are taken out of error messages, addresses in them lose
user, password and query, and the command line is not in it. The URL itself may be a secret (a chat's incoming
webhook), so only its host is ever shown, and it is recorded nowhere.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from codeeval import __version__
from codeeval.config import load_settings
from codeeval.errors import (
    BudgetSpent,
    CodeEvalError,
    NearlyNoAnswers,
    SuiteIncomplete,
    TooManySandboxErrors,
    UsageError,
)
from codeeval.models.spec import canonical_spec, parse_spec, public_url
from codeeval.pipeline import RunCancelled
from codeeval.session.results import RunResult, read_result
from codeeval.suites import SuiteTable, make_table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codeeval.session.hooks import Blocking, Notes

TIMEOUT_S: Final = 10.0
"""For the connection, and for the answer."""
_TRIES: Final = 2
_EXIT_BUG: Final = 70
_EXIT_INTERRUPTED: Final = 130
_URL: Final = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")
T = TypeVar("T", RunResult, SuiteTable)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice is about."""

    kind: Literal["run", "suite"]
    benchmark: str = ""
    """Of a run; of a suite its file, or the name that it is asked for by."""
    model: str = ""
    """Spec string of a run's model."""
    path: str = ""
    """The directory, where it was named."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A score with its 95% interval."""

    value: float
    low: float
    high: float


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The document that is posted."""

    text: str
    """All of it in a sentence: what chats show of an incoming webhook."""
    event: Literal["finished", "failed", "interrupted"]
    kind: Literal["run", "suite"]
    benchmark: str
    """Of a run; of a suite its name, or where there is no result its file."""
    model: str
    path: str
    exit_code: int
    """That of the command."""
    error: str = ""
    remedy: str = ""
    started: str
    """UTC, ISO 8601."""
    ended: str
    duration_s: float
    tasks: int = 0
    samples: int = 0
    metrics: dict[str, Score] = {}
    """Of a run by name, of a suite by model: the suite's score."""
    outcomes: dict[str, int] = {}
    """Samples of a run by outcome."""
    cost_usd: float | None = None
    codeeval_version: str = __version__


def check_url(url: str) -> str:
    """Return the URL, if one can post to it.

    Raises:
        UsageError: it is none.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError("--notify is no URL", "Write --notify https://HOST/PATH.")
    return url


async def with_notice(
    url: str,
    subject: Subject,
    session: Callable[[], Awaitable[T]],
    *,
    notes: Notes,
    blocking: Blocking,
) -> T:
    """Do a session, and post what came of it; where that fails, a note states so and nothing else changes.

    Args:
        url: where to.
        subject: what the session is about.
        session: does it.
        notes: receives that nothing could be posted.
        blocking: how the posting is done.

    Raises:
        UsageError: the URL is none; the session is not begun.
        CodeEvalError: as the session does.
    """
    check_url(url)
    started, began_s = _now(), time.monotonic()

    def notice(error: BaseException | None, result: RunResult | SuiteTable | None) -> Notice:
        return _notice(subject, error, result, started, time.monotonic() - began_s)

    try:
        result = await session()
    except BaseException as error:
        stopped = error
        await blocking(lambda: _post(url, notice(stopped, _kept(stopped)), notes))
        raise
    await blocking(lambda: _post(url, notice(None, result), notes))
    return result


def _kept(error: BaseException) -> RunResult | SuiteTable | None:
    """Return the result of a run or suite that ended with an error and has one all the same."""
    try:
        match error:
            case TooManySandboxErrors(path=Path() as path) | BudgetSpent(path=Path() as path):
                return read_result(path)
            case NearlyNoAnswers(path=Path() as path):
                return read_result(path)
            case SuiteIncomplete(path=Path() as path):
                return make_table(path)
            case _:
                return None
    except CodeEvalError:
        return None


def _notice(
    subject: Subject,
    error: BaseException | None,
    result: RunResult | SuiteTable | None,
    started: str,
    duration_s: float,
) -> Notice:
    event: Literal["finished", "failed", "interrupted"] = "finished"
    exit_code, message, remedy = 0, "", ""
    if isinstance(error, CodeEvalError):
        event, exit_code, message, remedy = "failed", error.exit_code, error.message, error.remedy
    elif isinstance(error, KeyboardInterrupt | asyncio.CancelledError):
        event, exit_code = "interrupted", _EXIT_INTERRUPTED
        message = error.interrupted.message if isinstance(error, RunCancelled) else "interrupted"
    elif error is not None:
        event, exit_code, message = "failed", _EXIT_BUG, f"a bug in codeeval: {type(error).__name__}"
    metrics, outcomes, cost, tasks, samples = _numbers(result)
    path = str(result.path) if result is not None else subject.path
    model = _public_spec(subject.model)
    name = result.name if isinstance(result, SuiteTable) else subject.benchmark
    what = f"{name} on {model}" if model else f"{subject.kind} {name}"
    scores = ", ".join(f"{name} {each.value:.1%}" for name, each in metrics.items())
    message = without_secrets(message)
    parts = [f"codeeval: {what} {event}", scores, message.partition("\n")[0]]
    return Notice(
        text=": ".join(part for part in parts if part),
        event=event,
        kind=subject.kind,
        benchmark=name,
        model=model,
        path=path,
        exit_code=exit_code,
        error=message,
        remedy=without_secrets(remedy),
        started=started,
        ended=_now(),
        duration_s=round(duration_s, 3),
        tasks=tasks,
        samples=samples,
        metrics=metrics,
        outcomes=outcomes,
        cost_usd=cost,
    )


def _numbers(
    result: RunResult | SuiteTable | None,
) -> tuple[dict[str, Score], dict[str, int], float | None, int, int]:
    if isinstance(result, SuiteTable):
        scores = {
            each.entry: Score(value=each.value, low=each.low, high=each.high)
            for each in result.scores
            if each.value is not None
        }
        counted = result.runs
        return scores, {}, None, sum(each.tasks for each in counted), sum(each.samples for each in counted)
    if result is None:
        return {}, {}, None, 0, 0
    found = result.metrics
    if found is None:
        return {}, {}, result.timings.cost_usd, 0, 0
    scores = {
        name: Score(value=each.value, low=each.low, high=each.high) for name, each in found.metrics.items()
    }
    return scores, dict(found.outcomes), result.timings.cost_usd, found.tasks, found.samples


def _public_spec(spec: str) -> str:
    try:
        return canonical_spec(parse_spec(spec))
    except UsageError:
        return ""


def without_secrets(text: str) -> str:
    """Take known keys out of a text, and user, password and query out of the addresses in it."""
    settings = load_settings()
    for secret in (settings.openai_api_key, settings.anthropic_api_key, settings.token):
        if secret:
            text = text.replace(secret, "***")
    return _URL.sub(lambda found: _public(found[0]), text)


def _public(url: str) -> str:
    try:
        return public_url(url)
    except ValueError:
        return "***"


def _post(url: str, notice: Notice, notes: Notes) -> None:
    """Post a notice; what goes wrong is noted, with no more of the URL than its host."""
    import requests  # noqa: PLC0415 -- costs 100 ms, only where something is posted

    host = urlsplit(url).hostname
    reason = ""
    for _ in range(_TRIES):
        try:
            answer = requests.post(
                url,
                data=msgspec.json.encode(notice),
                headers={"Content-Type": "application/json", "User-Agent": f"codeeval/{__version__}"},
                timeout=TIMEOUT_S,
                allow_redirects=False,
                stream=True,  # nobody reads the answer, however long it is
            )
        except (requests.RequestException, ValueError) as error:
            reason = type(error).__name__
            continue
        answer.close()
        if answer.ok and not answer.is_redirect:
            return
        reason = f"it answered {answer.status_code}"
        if answer.status_code < 500:
            break
    notes(f"warning: {host} could not be notified: {reason}")


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
