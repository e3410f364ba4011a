"""Many checks in several functions: the JVM limits what one compiles to.

Source: The Java Virtual Machine Specification, sections 4.7.3 (a method has less than 65,536 bytes) and 4.4.7
(a string's bytes are counted in 16 bits).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.translators.problem import Untranslatable

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOGETHER: Final = 30_000
"""So many characters of checks stand together; they come to half of what a method may have."""
_ALONE: Final = 60_000
_STRING_BYTES: Final = 65_535


def grouped(checks: Sequence[str], begin: str, end: str) -> list[str]:
    """Return checks as they are where they are few, or in functions that are called one after the other.

    Args:
        checks: their lines.
        begin: a line that begins a function; ``{number}`` is its number.
        end: a line that ends and calls it.
    """
    groups: list[list[str]] = [[]]
    length = 0
    for check in checks:
        length += len(check)
        if length > _TOGETHER and groups[-1]:
            groups.append([])
            length = len(check)
        groups[-1].append(check)
    if len(groups) == 1:
        return list(checks)
    return [
        line
        for number, group in enumerate(groups)
        for line in (begin.format(number=number), *group, end.format(number=number))
    ]


def short_enough(check: str) -> str:
    """Return a check.

    Raises:
        Untranslatable: it alone is too long for a method.
    """
    if len(check) > _ALONE:
        raise Untranslatable("a test that is too long for a method")
    return check


def constant(text: str) -> str:
    """Return a string.

    Raises:
        Untranslatable: it is too long for a constant.
    """
    if len(text.encode("utf-16-le", "surrogatepass")) * 3 // 2 > _STRING_BYTES:
        raise Untranslatable("a string that is too long for a constant")
    return text
