"""What a module of codeeval logs, whatever other tools' packages did to logging."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


class _Log:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str, *facts: object) -> None:
        self.warnings.append(text % facts)


def warnings_of(module: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the warnings of a module from now on.

    ``caplog`` may see none: packages that some tests load reconfigure the logging of the process.
    """
    log = _Log()
    monkeypatch.setattr(f"{module}._log", log)
    return log.warnings
