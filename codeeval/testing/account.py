"""Collects what a check finds wrong, so that one run of a test shows all of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN: Final = 20


class Account:
    """What is wrong with one thing; ``close`` raises it.

    Args:
        subject: what is checked, as the account names it.
    """

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.findings: list[str] = []

    def note(self, finding: str) -> None:
        """Add a finding."""
        self.findings.append(finding)

    def expect(self, held: object, finding: str) -> bool:
        """Note a finding unless something holds; returns whether it does."""
        if not held:
            self.findings.append(finding)
        return bool(held)

    @contextlib.contextmanager
    def allowing(self, what: str, *expected: type[Exception]) -> Iterator[None]:
        """Note what is raised, except errors of these types."""
        try:
            yield
        except expected:
            pass
        except Exception as error:  # noqa: BLE001 -- whatever is checked may raise anything
            self.findings.append(f"{what} raised {type(error).__name__}: {' '.join(str(error).split())}")

    def close(self) -> None:
        """Report.

        Raises:
            AssertionError: there are findings; its text lists them.
        """
        if not self.findings:
            return
        lines = [f"{self.subject}:", *(f"- {finding}" for finding in dict.fromkeys(self.findings))]
        if len(lines) > SHOWN + 1:
            lines[SHOWN + 1 :] = [f"- and {len(lines) - SHOWN - 1} more"]
        raise AssertionError("\n".join(lines))
