"""What the messages of a failed command say about how it failed."""

from __future__ import annotations

import re
from typing import Final

from codeeval.languages import LANGUAGES, Marks
from codeeval.types import CommandStep, Hint, Step, StepResult, StreamName

MARKED_CHARS: Final = 16_384
"""Of each end of each stream, what is searched: a hostile program may print a lot between."""

DIAGNOSTIC_CHARS: Final = 200
"""Of the most telling line, what is kept."""
_TELLING: Final = re.compile(
    r"\b(?:\w*error|\w*exception|panic\w*|fatal|fail(?:ed|ure)?|assert\w*|abort\w*|uncaught|overflow)\b",
    re.IGNORECASE,
)


def hint_of(language: str, failed: StepResult) -> Hint:
    """Ask a language's marks what kind of failure the messages of a failed command hint at."""
    marks = _marks(language)
    text = _printed(failed)
    for hint, patterns in (
        (Hint.SYNTAX, marks.syntax),
        (Hint.MEMORY, marks.memory),
        (Hint.ASSERTION, marks.assertion),
    ):
        if any(re.search(pattern, text, re.MULTILINE) for pattern in patterns):
            return hint
    return Hint.NOTHING


def diagnostic_of(language: str, failed: StepResult) -> str:
    """Return the most telling line of what a failed command printed, with the next where it announces it.

    It is the first that its language's marks know, else the first that speaks of an error, else the last;
    what our compiler lacks stands before it.
    """
    marks = _marks(language)
    text = _printed(failed)
    lacks = next((each.name for each in marks.lacks if re.search(each.pattern, text, re.MULTILINE)), "")
    line = _telling_line(marks, text)
    return f"{lacks}: {line}" if lacks else line


def _telling_line(marks: Marks, text: str) -> str:
    for pattern in (*marks.syntax, *marks.memory, *marks.assertion):
        found = re.search(pattern, text, re.MULTILINE)
        if found and found[0].strip():
            start = found.start() + len(found[0]) - len(found[0].lstrip())
            return _line(text, start)
    if found := _TELLING.search(text):
        return _line(text, found.start())
    return _line(text.rstrip(), len(text.rstrip()))


def violated_rule(step: Step, ended: StepResult) -> str:
    """Name the first rule of a step that what it printed violates, empty where it violates none."""
    if not isinstance(step, CommandStep):
        return ""
    streams = {StreamName.STDOUT: ended.stdout, StreamName.STDERR: ended.stderr}
    broken = (rule for rule in step.forbidden if re.search(rule.pattern, streams[rule.stream], re.MULTILINE))
    return next((rule.name for rule in broken), "")


def _line(text: str, place: int) -> str:
    """Return the line at a place, in one row, and what follows where it ends in a colon."""
    rest = text[text.rfind("\n", 0, place) + 1 :]
    first, _, after = rest.partition("\n")
    if first.rstrip().endswith(":"):
        first = f"{first} {after.lstrip().partition(chr(10))[0]}"
    return " ".join(first.split())[:DIAGNOSTIC_CHARS]


def _marks(language: str) -> Marks:
    known = LANGUAGES.get(language)
    return known.marks if known else Marks()


def _printed(failed: StepResult) -> str:
    return "\n".join(map(_ends, (failed.stderr, failed.stdout)))


def _ends(stream: str) -> str:
    if len(stream) <= 2 * MARKED_CHARS:
        return stream
    return stream[:MARKED_CHARS] + "\n" + stream[-MARKED_CHARS:]
