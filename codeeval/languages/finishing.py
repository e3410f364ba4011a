"""Puts a language's epilogue where a test program's tests end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codeeval.languages.entry import Epilogue


def finish(tests: str, epilogue: Epilogue | None) -> str | None:
    """Return a program with its epilogue, or None where it lacks the shape that the epilogue wants.

    Args:
        tests: the program or its last part: what the benchmark wrote, never what a model did.
        epilogue: the language's; None leaves the program as it is.
    """
    if epilogue is None:
        return tests
    if epilogue.instead_of:
        before, found, after = tests.rpartition(epilogue.instead_of)
        return before + epilogue.code + after if found else None
    place = len(tests)
    for _ in range(epilogue.closings):
        place = tests.rfind("}", 0, place)
        if place < 0:
            return None
    before, after = tests[:place], tests[place:]
    gap = "" if before.endswith("\n") or not before else "\n"
    return f"{before}{gap}{epilogue.code}\n{after}"
