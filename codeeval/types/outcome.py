"""The verdict classes."""

from __future__ import annotations

import enum


class Outcome(enum.StrEnum):
    """The verdict classes. Only ``SANDBOX_ERROR`` is never the model's doing."""

    PASSED = "PASSED"
    WRONG_ANSWER = "WRONG_ANSWER"
    RUNTIME_ERROR = "RUNTIME_ERROR"
    COMPILE_ERROR = "COMPILE_ERROR"
    TIMEOUT = "TIMEOUT"
    MEMORY_LIMIT = "MEMORY_LIMIT"
    OUTPUT_LIMIT = "OUTPUT_LIMIT"
    NO_CODE = "NO_CODE"
    INCOMPLETE = "INCOMPLETE"
    SANDBOX_ERROR = "SANDBOX_ERROR"
