"""What a command's own words say about how it failed."""

from __future__ import annotations

import re
from typing import Final

from codeeval.languages import LANGUAGES, Marks
from codeeval.types import Said, Step, StepResult, StreamName

MARKED_CHARS: Final = 16_384
"""Of each end of each stream, what is searched: a hostile program may print a lot between."""

WORDS_CHARS: Final = 200
"""Of the line that tells most, what is kept."""
_TELLING: Final = re.compile(
    r"\b(?:\w*error|\w*exception|panic\w*|fatal|fail(?:ed|ure)?|assert\w*|abort\w*|uncaught|overflow)\b",
    re.IGNORECASE,
)


def said(language: str, failed: StepResult) -> Said:
    """Ask a language's marks what a failed command's words make of the failure."""
    marks = _marks(language)
    text = _printed(failed)
    for kind, patterns in (
        (Said.SYNTAX, marks.syntax),
        (Said.MEMORY, marks.memory),
        (Said.ASSERTION, marks.assertion),
    ):
        if any(re.search(pattern, text, re.MULTILINE) for pattern in patterns):
            return kind
    return Said.NOTHING


def telling(language: str, failed: StepResult) -> str:
    """Return the line of what a failed command printed that tells most, with the next where it announces it.

    It is the first that its language's marks know, else the first that speaks of an error, else the last.
    """
    marks = _marks(language)
    text = _printed(failed)
    for pattern in (*marks.syntax, *marks.memory, *marks.assertion):
        found = re.search(pattern, text, re.MULTILINE)
        if found and found[0].strip():
            start = found.start() + len(found[0]) - len(found[0].lstrip())
            return _line(text, start)
    if found := _TELLING.search(text):
        return _line(text, found.start())
    return _line(text.rstrip(), len(text.rstrip()))


def _line(text: str, place: int) -> str:
    """Return the line at a place, in one row, and what follows where it ends in a colon."""
    rest = text[text.rfind("\n", 0, place) + 1 :]
    first, _, after = rest.partition("\n")
    if first.rstrip().endswith(":"):
        first = f"{first} {after.lstrip().partition(chr(10))[0]}"
    return " ".join(first.split())[:WORDS_CHARS]


def _marks(language: str) -> Marks:
    known = LANGUAGES.get(language)
    return known.marks if known else Marks()


def _printed(failed: StepResult) -> str:
    return "\n".join(map(_ends, (failed.stderr, failed.stdout)))


def refuted(step: Step, ended: StepResult) -> str:
    """Name the first rule of a step that what it printed breaks, empty where it breaks none."""
    streams = {StreamName.STDOUT: ended.stdout, StreamName.STDERR: ended.stderr}
    broken = (rule for rule in step.forbidden if re.search(rule.pattern, streams[rule.stream], re.MULTILINE))
    return next((rule.name for rule in broken), "")


def _ends(stream: str) -> str:
    if len(stream) <= 2 * MARKED_CHARS:
        return stream
    return stream[:MARKED_CHARS] + "\n" + stream[-MARKED_CHARS:]
