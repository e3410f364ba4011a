"""Groups of a program's cases, and what they are worth together."""

from __future__ import annotations

import enum

from codeeval.types.base import Value


class Accepts(enum.StrEnum):
    """When a group of tests is accepted."""

    ALL = "all"
    """If all that is in it is."""
    ANY = "any"
    """If anything in it is."""
    ALWAYS = "always"


class Aggregation(enum.StrEnum):
    """How the scores of what is in a group become the group's."""

    SUM = "sum"
    AVERAGE = "avg"
    LEAST = "min"
    MOST = "max"


class CaseGroup(Value, frozen=True, kw_only=True):
    """A group of test cases and further groups, in the order in which they are judged.

    Source: Kattis' problem package format, legacy version, "Test Data Groups" and "Graders".
    """

    items: tuple[int | CaseGroup, ...]
    """Places in ``Program.cases``, and groups."""
    breaks: bool = True
    """Whether what follows the first item that is rejected does not count."""
    accepts: Accepts = Accepts.ALL
    aggregation: Aggregation = Aggregation.SUM
    ignores_first: bool = False
    """Whether the first item, the samples, counts for nothing."""
    accept_score: float = 1.0
    """Of a case that is right."""
    reject_score: float = 0.0
