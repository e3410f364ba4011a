"""What a command's own words say about how it failed."""

from __future__ import annotations

import re
from typing import Final

from codeeval.languages import LANGUAGES, Marks
from codeeval.types import Said, Step, StepResult, StreamName

MARKED_CHARS: Final = 16_384
"""Of each end of each stream, what is searched: a hostile program may print a lot between."""


def said(language: str, failed: StepResult) -> Said:
    """Ask a language's marks what a failed command's words make of the failure."""
    known = LANGUAGES.get(language)
    marks = known.marks if known else Marks()
    text = "\n".join(map(_ends, (failed.stderr, failed.stdout)))
    for kind, patterns in (
        (Said.SYNTAX, marks.syntax),
        (Said.MEMORY, marks.memory),
        (Said.ASSERTION, marks.assertion),
    ):
        if any(re.search(pattern, text, re.MULTILINE) for pattern in patterns):
            return kind
    return Said.NOTHING


def refuted(step: Step, ended: StepResult) -> str:
    """Name the first rule of a step that what it printed breaks, empty where it breaks none."""
    streams = {StreamName.STDOUT: ended.stdout, StreamName.STDERR: ended.stderr}
    broken = (rule for rule in step.forbidden if re.search(rule.pattern, streams[rule.stream], re.MULTILINE))
    return next((rule.name for rule in broken), "")


def _ends(stream: str) -> str:
    if len(stream) <= 2 * MARKED_CHARS:
        return stream
    return stream[:MARKED_CHARS] + "\n" + stream[-MARKED_CHARS:]
