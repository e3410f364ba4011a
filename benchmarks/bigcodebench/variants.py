"""Names of the variants: ``[complete|instruct][-hard][-uncalibrated]``."""

from __future__ import annotations

import enum

import msgspec

from codeeval.errors import UnknownName


class Asked(enum.StrEnum):
    """How the task is put."""

    COMPLETE = "complete"
    """A function's head and docstring, to be completed."""
    INSTRUCT = "instruct"
    """A description in words."""


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One of the eight variants.

    Attributes:
        asked: which prompt.
        hard: only the 148 tasks of BigCodeBench-Hard.
        calibrated: whether the prompt's imports stand before each solution, as leaderboard scores have it.
    """

    asked: Asked = Asked.COMPLETE
    hard: bool = False
    calibrated: bool = True

    def __str__(self) -> str:
        """Return the shortest name: empty for the protocol's own."""
        marks = ("-hard" if self.hard else "") + ("" if self.calibrated else "-uncalibrated")
        if self.asked is Asked.COMPLETE and not marks:
            return ""
        return f"{self.asked.value}{marks}"


VARIANTS = tuple(
    Variant(asked=asked, hard=hard, calibrated=calibrated)
    for calibrated in (True, False)
    for hard in (False, True)
    for asked in Asked
)


def parse_variant(name: str) -> Variant:
    """Read what follows the colon of the benchmark's name.

    Raises:
        UnknownName: there is no such variant.
    """
    full = name if name.startswith(tuple(Asked)) else f"complete-{name}".removesuffix("-")
    for variant in VARIANTS:
        if full == (str(variant) or "complete"):
            return variant
    raise UnknownName("variant of bigcodebench", name, [str(variant) or "complete" for variant in VARIANTS])
